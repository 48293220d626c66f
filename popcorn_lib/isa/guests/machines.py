"""One emulated machine: how it is started, what it starts with, and that it ends.

It has a processor that is emulated instruction by instruction (no virtualisation, so any machine
can carry any other), some memory, a serial line that goes to a file, and one device: a piece of
memory that it shares with others.  No disk, no network, no firmware's settings.
"""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from popcorn_lib.data import FOLDER
from popcorn_lib.isa.guests import initramfs
from popcorn_lib.isa.guests.window import SIZE
from popcorn_lib.isa.moving.run import program
from popcorn_lib.isa.moving.stackmap import stack_map

HERE = FOLDER / "guests"
MEMORY = 256  # MiB
PLACE = "0x10"  # of the shared memory on the PCI bus, as in data/guests/init.c
COMMON = (
    "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-accel", "tcg",
    "-m", str(MEMORY), "-smp", "1", "-device", f"ivshmem-plain,memdev=window,addr={PLACE}",
)  # fmt: skip
LAST = 5  # lines of a console that say how a guest has ended
PATIENCE = 5  # seconds for a killed emulator to be gone


class Machine:
    """A guest's emulator, started when this is made.

    guest: of `packages.GUESTS`.  kernel: the path of its kernel.  folder: with the file `window`
    that is the shared memory; here the machine puts its own files.
    """

    def __init__(self, guest, kernel, folder):
        self.guest, self.folder = guest, Path(folder)
        self._file("cpio").write_bytes(first_files(guest))
        with open(self._file("errors"), "wb") as errors, on_core(guest.number):
            self.process = subprocess.Popen(
                self._command(kernel), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
            )

    def _file(self, ending):
        return self.folder / f"{self.guest.name}.{ending}"

    def _command(self, kernel):
        memory = f"memory-backend-file,id=window,share=on,size={SIZE},"
        line = f"console={self.guest.console} rdinit=/init panic=-1"
        return [
            *(self.guest.qemu, *self.guest.options, *COMMON),
            *("-object", memory + f"mem-path={self.folder / 'window'}"),
            *("-kernel", str(kernel), "-initrd", str(self._file("cpio")), "-append", line),
            *("-serial", f"file:{self._file('console')}"),
        ]

    def alive(self):
        """Whether it still runs."""
        return self.process.poll() is None

    def console(self):
        """All that its kernel has written."""
        path = self._file("console")
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def last_words(self):
        """The ends of what the emulator and the kernel have written."""
        errors = self._file("errors").read_text(encoding="utf-8", errors="replace")
        return "\n".join((errors + self.console()).splitlines()[-LAST:])

    def kill(self):
        """End it; a second time does nothing."""
        self.process.kill()
        self.process.wait(PATIENCE)


@contextmanager
def on_core(number):
    """What is started here stays on one of the cores that we may use, where Linux lets us say so.

    Two guests that poll on the same core hand it to each other once in a scheduler's slice, and
    some thousand times slower; left alone, they were seen to fall into that and stay there.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    if allowed:
        os.sched_setaffinity(0, {sorted(allowed)[number % len(allowed)]})
    try:
        yield
    finally:
        if allowed:
            os.sched_setaffinity(0, allowed)


def first_files(guest):
    """The archive of the files with which a guest begins: our init, and the thread's program."""
    code = program(stack_map(guest.name))
    files = {"init": (HERE / f"init-{guest.name}.elf").read_bytes(), "program": code}
    entries = {name: (initramfs.PROGRAM, content) for name, content in files.items()}
    return initramfs.archive({"sys": (initramfs.FOLDER, b"")} | entries)
