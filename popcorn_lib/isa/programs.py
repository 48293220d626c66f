"""The kernels: a dozen small C programs, compiled for five instruction sets at two levels.

Their sources are in `data/isa/kernels/`, what compilers have made of them in `data/isa/programs/`:
an ELF file of all kernels for each instruction set and level, and its listing.  A kernel is a
function of one number, which says how much there is to do, and returns a number that is known and
the same everywhere.
"""

from functools import cache
from typing import NamedTuple

from popcorn_lib.errors import choose
from popcorn_lib.isa.processors import PROCESSORS
from popcorn_lib.isa.tables import HERE, KINDS, LETTERS, chosen, rows

LEVELS = ("O0", "O2")


class Kernel(NamedTuple):
    """A C function of one number: `result` is what it returns for `argument`; MOST bounds it."""

    name: str
    about: str
    argument: int
    most: int
    result: int


class Instruction(NamedTuple):
    """One line of a listing: where it is, its bytes, its kind, and the text of objdump."""

    address: int
    size: int
    kind: str
    text: str


class Function(NamedTuple):
    """A function of a kernel, with its instructions in the order of their addresses."""

    name: str
    kernel: str
    instructions: tuple


@cache
def kernels():
    """{name: Kernel}, in the order of the table."""
    return {
        row["kernel"]: Kernel(
            row["kernel"], row["about"], *(int(row[c]) for c in Kernel._fields[2:])
        )
        for row in rows("kernels")
    }


def kernel(name):
    """The Kernel of this name; UsageError that lists the known ones."""
    return kernels()[choose("kernel", name, kernels())]


def source(name):
    """The C source of a kernel."""
    return (HERE / "kernels" / f"{kernel(name).name}.c").read_text(encoding="utf-8")


def path(isa, level, ending, folder=None):
    """A program's file; UsageError for an unknown instruction set or level."""
    choose("instruction set", isa, PROCESSORS)
    return (folder or HERE / "programs") / f"{isa}-{choose('level', level, LEVELS)}.{ending}"


def program(isa, level, folder=None):
    """The bytes of the ELF file with all kernels, of `data/isa/programs/` or another folder."""
    return path(isa, level, "elf", folder).read_bytes()


@cache
def listing(isa, level, folder=None):
    """The Functions of a program, by address."""
    lines = path(isa, level, "lst", folder).read_text(encoding="ascii").splitlines()
    functions, at = [], 0
    for line in lines:
        first, _, rest = line.partition(" ")
        if first.startswith("@"):
            at = int(first[1:], 16)
            functions.append((*rest.split(), []))
            continue
        size, kind = int(first[:-1]), KINDS[LETTERS.index(first[-1])]
        functions[-1][2].append(Instruction(at, size, kind, rest))
        at += size
    return tuple(Function(name, of, tuple(code)) for name, of, code in functions)


def functions(name, isa, level, folder=None):
    """The Functions of one kernel."""
    return [one for one in listing(isa, level, folder) if one.kernel == kernel(name).name]


def code(name=None, isa=None, level=None):
    """How large the code of each kernel is, as a DataFrame: bytes, instructions, those by kind.

    These are instructions as they stand in the program; how often they run is in `counts()`.
    """
    import pandas

    table = pandas.DataFrame(
        _size(one, processor, where)
        for one in kernels()
        for processor in PROCESSORS
        for where in LEVELS
    )
    return chosen(table, kernel=name, isa=isa, level=level)


def _size(name, isa, level):
    lines = [line for one in functions(name, isa, level) for line in one.instructions]
    kinds = {kind: sum(line.kind == kind for line in lines) for kind in KINDS}
    total = {"bytes": sum(line.size for line in lines), "instructions": len(lines)}
    return {"kernel": name, "isa": isa, "level": level, **total, **kinds}
