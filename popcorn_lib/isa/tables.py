"""What the tables of `data/isa/` hold, as pandas DataFrames; `make data` makes, this reads them."""

import json

from popcorn_lib import data
from popcorn_lib.errors import choose

HERE = data.FOLDER / "isa"
KINDS = (
    "move",
    "load",
    "store",
    "integer",
    "multiply",
    "divide",
    "float",
    "branch",
    "call",
    "other",
)
SPARSE = {"offset", "bit", "bits", "digits"}  # columns of numbers that not every row has
LETTERS = "MLSIXDFBCO"  # of the kinds, in listings


def rows(name):
    """The rows of `data/isa/<name>.csv` as dicts of text; UsageError lists the tables there are."""
    return data.rows(name, HERE)


def frame(name):
    """The same table as a DataFrame; a missing text is "", a missing number pandas.NA."""
    import pandas

    rows(name)  # a wrong name gets its message here
    table = pandas.read_csv(HERE / f"{name}.csv", keep_default_na=False)
    for column in SPARSE.intersection(table.columns):
        table[column] = pandas.to_numeric(table[column].replace("", None)).astype("Int64")
    return table


def chosen(table, **filters):
    """The rows in which columns have these values; None lets all through, unknown is an error."""
    for column, value in filters.items():
        if value is not None:
            known = list(table[column].unique())
            table = table[table[column] == choose(column, value, known)]
    return table.reset_index(drop=True)


def counts(kernel=None, isa=None, level=None):
    """What every kernel does on every instruction set at both levels, as a DataFrame.

    A row is one run: instructions in all and by kind, accesses to memory and their bytes.
    kernel, isa, level: only rows with these.  Raises UsageError for one that is not there.
    """
    return chosen(frame("counts"), kernel=kernel, isa=isa, level=level)


def types(type=None, isa=None):
    """Sizes and alignments of C's types in bytes; `signed`, and `digits` of a mantissa in bits.

    i386 is there too, as one that is unlike the others.
    """
    return chosen(frame("types"), type=type, isa=isa)


def layouts(structure=None, isa=None):
    """Structures: one row for each as a whole, with its bytes, and one for each member and hole.

    offset and bytes in bytes from the start; bit and bits of a bit-field in the order of memory.
    """
    return chosen(frame("layouts"), structure=structure, isa=isa)


def frames(isa=None, level=None, function=None):
    """The frames of a chain of calls, stopped: where each value is, as DWARF tells it.

    what: "frame" (bytes in all), "return address", "saved register" or "variable".  A variable's
    place: "memory" (offset from its frame's CFA), "register", "saved register" (in the frame of
    `holder`), "computed" from registers, "argument" (told by what the caller passed), or "nowhere".
    needed: whether the function still reads it after the call.  The program: `data/isa/chain.c`.
    """
    return chosen(frame("frames"), isa=isa, level=level, function=function)


def made():
    """How the tables were made: versions of the tools, commands, hashes of sources and results."""
    return json.loads((HERE / "made.json").read_text(encoding="ascii"))
