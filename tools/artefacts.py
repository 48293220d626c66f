"""Make the tables and programs of data/isa/ again; `make data` calls it.

Needs Debian's compilers for five instruction sets; where one is missing it names the package.
"""

import csv
import io
import json
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from isa_compile import (
    FLAGS,
    HERE,
    LEVELS,
    LINK,
    PROCESSORS,
    digest,
    link,
    missing,
    sources,
    versions,
)
from isa_layouts import MEMBERS, TYPES, members, programs, types
from isa_listing import listing
from isa_variables import COLUMNS, rows

from popcorn_lib.isa.programs import kernels
from popcorn_lib.isa.recount import recount


def main():
    """Make everything in a folder of its own and put it in place when it is complete."""
    need(missing())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder)
        for path in made(folder):
            target = HERE / path.relative_to(folder)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
    print(f"data/isa is made: {sum(path.stat().st_size for path in made(HERE)):,} bytes")


def need(tools):
    """Stop and name the packages of tools that are not there."""
    if tools:
        packages = " ".join(dict.fromkeys(tools.values()))
        sys.exit(
            f"{', '.join(tools)} missing: the tables are made with Debian's cross compilers.\n"
            f"On Debian: apt install {packages}"
        )


def make(folder):
    """Write all that is made here into a folder."""
    (folder / "programs").mkdir()
    for isa in PROCESSORS:
        for level in LEVELS:
            path = folder / "programs" / f"{isa}-{level}.elf"
            link(isa, level, path)
            text = listing(isa, path)
            path.with_suffix(".lst").write_text(text, encoding="ascii", newline="\n")
    write(folder / "counts.csv", counts(folder / "programs"))
    write(folder / "frames.csv", frames(folder), COLUMNS)
    compiled = list(programs(folder))
    write(folder / "types.csv", (row for isa, one in compiled for row in types(isa, one)), TYPES)
    layouts = (row for isa, one in compiled for row in members(isa, one))
    write(folder / "layouts.csv", layouts, MEMBERS)
    said = {
        "sources": sources(),
        "made": {name(path, folder): digest(path) for path in made(folder)},
    }
    text = json.dumps({**how(), **said}, indent=1)
    (folder / "made.json").write_text(text + "\n", encoding="ascii", newline="\n")


def counts(folder):
    """A row for each kernel, instruction set and level; a result that is not known stops it."""
    for one in kernels().values():
        for isa in PROCESSORS:
            for level in LEVELS:
                count = recount(one.name, isa, level, folder=folder)
                if count.result != one.result:
                    wrong = f"{one.name} for {isa} at {level} returned {count.result}"
                    sys.exit(f"{wrong}, not {one.result}")
                yield count.row()


def frames(folder):
    """The rows of the table of frames."""
    for isa in PROCESSORS:
        for level in LEVELS:
            path = folder / f"chain-{isa}-{level}"
            link(isa, level, path, ["chain.c"], "-g")
            yield from rows(isa, level, path.read_bytes())


def how():
    """What made it: versions and commands."""
    flags = " ".join(("TRIPLE-gcc", "-LEVEL", *FLAGS, "SOURCES", *LINK))
    emulator = {name: version(name) for name in ("unicorn", "pyelftools")}
    commands = {
        "programs": f"{flags} -o ISA-LEVEL.elf",
        "chain.c, layouts.c": f"{flags} -g; layouts.c for i386 with -m32",
    }
    return {"versions": {**versions(), **emulator}, "commands": commands, "levels": LEVELS}


def made(folder):
    """The files that are kept, of all that lie in a folder."""
    names = ("counts.csv", "frames.csv", "types.csv", "layouts.csv", "made.json")
    kept = sorted(path for ending in ("elf", "lst") for path in folder.glob(f"programs/*.{ending}"))
    return [*kept, *(folder / name for name in names if (folder / name).exists())]


def name(path, folder):
    """A file's name within its folder, with slashes everywhere."""
    return path.relative_to(folder).as_posix()


def write(path, table, columns=None):
    """A table as CSV, lines ended as in the repository."""
    table = list(table)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    path.write_text(text.getvalue(), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
