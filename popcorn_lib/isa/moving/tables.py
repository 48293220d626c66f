"""The tables in `data/moving/`, made by `make data` from our program and the compilers' files.

homes       where DWARF says that each variable is, at each call site and level
attempts    how a move ends at each level, with what DWARF says
costs       how large a thread is on both sides, and how long its move took
"""

from popcorn_lib import data
from popcorn_lib.isa.moving.stackmap import HERE


def rows(table):
    """The rows of a table as dicts of text; UsageError lists the tables there are.

    homes: isa, level, site, name, where, movable ("yes" or "no").  attempts: level, source, target,
    outcome, said.  costs: source, target, frames, values, bytes_before, bytes_after (registers,
    stack and globals), microseconds (the fastest of 25 moves by this library, in Python).
    """
    return data.rows(table, HERE)


def frame(table):
    """The same as a pandas DataFrame, numbers as numbers."""
    import pandas

    rows(table)  # a wrong name gets its message here
    return pandas.read_csv(HERE / f"{table}.csv", keep_default_na=False)
