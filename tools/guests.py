"""Make data/guests/ again: compile the guests' init, boot them, and record what they do.

`make guests` calls it; it needs Debian's cross compilers, QEMU, and kernels that apt can download.
"""

import json
import shutil
import subprocess
import sys

from popcorn_lib.errors import UsageError
from popcorn_lib.isa.guests.machines import HERE
from popcorn_lib.isa.guests.packages import GUESTS, needed
from popcorn_lib.isa.guests.running import boot
from popcorn_lib.isa.guests.transcript import watch
from popcorn_lib.isa.processors import processor

FLAGS = (
    "-std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-pie -no-pie "
    "-mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables "
    "-fno-unwind-tables -s -Wl,--build-id=none -Wl,--no-warn-rwx-segments "
    "-Wl,-n -Wl,-Ttext-segment=0x10000000"
)
# The C library is not used, but the headers that number Linux's calls are.
PACKAGES = {
    "x86-64": "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
    "AArch64": "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
}
BOOTS = 5  # times that both are started, to say how long it takes


def main():
    """Everything, in the order in which one needs the other."""
    for name in GUESTS:
        compiled(name, HERE / f"init-{name}.elf")
    try:
        needed()
        seen = watch()
        seen.boots += [dict(booted()) for _ in range(BOOTS - 1)]
    except UsageError as error:
        sys.exit(str(error))
    write({"made by": versions()} | seen.plain())


def compiled(name, path):
    """Compile a guest's init."""
    compiler = processor(name).compiler
    if not shutil.which(compiler):
        sys.exit(f"{compiler} is missing; on Debian: apt install {PACKAGES[name]}")
    command = [compiler, *FLAGS.split(), "init.c", "-o", str(path)]
    if subprocess.run(command, cwd=HERE).returncode:
        sys.exit(f"{compiler} failed; on Debian it needs: apt install {PACKAGES[name]}")
    path.chmod(0o644)


def booted():
    """(guest, seconds until its first message) for one more start of both."""
    with boot() as guests:
        return [(name, guests.boot_s[name]) for name in GUESTS]


def versions():
    """What the tools say of themselves, and how the guests were compiled."""
    tools = [one.qemu for one in GUESTS.values()] + [processor(name).compiler for name in GUESTS]
    return {tool: first_line(tool) for tool in tools} | {"flags": FLAGS}


def first_line(tool):
    """The first line of what a tool says of its version."""
    ran = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True)
    return ran.stdout.splitlines()[0]


def write(plain):
    """The transcript, a line for each entry and for each thread."""
    text = json.dumps(plain, indent=1)
    (HERE / "transcript.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
