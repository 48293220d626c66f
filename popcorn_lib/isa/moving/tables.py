"""The tables in `data/moving/`, made by `make data` from our program and the compilers' files."""

import csv

from popcorn_lib.errors import choose
from popcorn_lib.isa.moving.stackmap import HERE

TABLES = {
    "homes": "where DWARF says that each variable is, at each call site and level",
    "attempts": "how a move ends at each level, with what DWARF says",
    "costs": "how large a thread is on both sides, and how long its move took",
}


def rows(table):
    """The rows of a table as dicts of text; UsageError lists the tables there are.

    homes: isa, level, site, name, where, movable ("yes" or "no").  attempts: level, source, target,
    outcome, said.  costs: source, target, frames, values, bytes_before, bytes_after (registers,
    stack and globals), microseconds (the fastest of 25 moves by this library, in Python).
    """
    name = choose("table", table, TABLES)
    with open(HERE / f"{name}.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def frame(table):
    """The same as a pandas DataFrame, numbers as numbers."""
    import pandas

    rows(table)  # a wrong name gets its message here
    return pandas.read_csv(HERE / f"{table}.csv", keep_default_na=False)
