"""Compile for the five instruction sets with Debian's compilers, the same flags for all."""

import hashlib
import platform
import shutil
import subprocess
from pathlib import Path

from popcorn_lib.data import FOLDER
from popcorn_lib.isa.processors import PROCESSORS

HERE = FOLDER / "isa"
SOURCES = HERE / "kernels"
LEVELS = ("O0", "O2")
# No operating system and no library; no calls that the compiler makes up; sums as they are written.
FLAGS = [
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fno-ident",
    "-ffreestanding",
    "-fno-pic",
    "-no-pie",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-ffp-contract=off",
    "-fno-tree-loop-distribute-patterns",
]
LINK = [
    "-nostdlib",
    "-static",
    "-Wl,-N,--build-id=none,--no-warn-rwx-segments,-z,noexecstack,-Ttext=0x10000000,-e,0",
]


def missing(names=PROCESSORS):
    """{tool that is not installed: the Debian package that has it}."""
    wanted = {}
    for one in (PROCESSORS[name] for name in names):
        native = one.triple.startswith(f"{platform.machine()}-")
        wanted[one.compiler] = "gcc" if native else one.package
        wanted[f"{one.triple}-objdump"] = one.package.replace("gcc-", "binutils-")
    return {tool: package for tool, package in wanted.items() if not shutil.which(tool)}


def run(*command, folder=None):
    """The output of a command as text; what it says if it fails is part of the error."""
    job = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True)
    if job.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{job.stderr}")
    return job.stdout


def versions():
    """{tool: the first line of its --version}."""
    tools = [f"{one.triple}-{tool}" for one in PROCESSORS.values() for tool in ("gcc", "objdump")]
    return {tool: run(tool, "--version").splitlines()[0] for tool in tools}


def command(isa, level, output, sources, *more):
    """The command that compiles sources; it is run in the folder in which they are."""
    return [PROCESSORS[isa].compiler, f"-{level}", *FLAGS, *more, *sources, "-o", output]


def link(isa, level, output, sources=None, *more):
    """Compile and link whole programs; without a list of sources, all the kernels."""
    folder = SOURCES if sources is None else HERE
    names = sorted(path.name for path in SOURCES.glob("*.c")) if sources is None else sources
    run(*command(isa, level, output, names, *LINK, *more), folder=folder)


def sources():
    """{name: SHA-256} of every C file, so that a table older than its source is found."""
    return {
        str(path.relative_to(HERE).as_posix()): digest(path) for path in sorted(HERE.rglob("*.c"))
    }


def digest(path):
    """SHA-256 of a file, lines ended as in the repository."""
    return hashlib.sha256(Path(path).read_bytes().replace(b"\r\n", b"\n")).hexdigest()
