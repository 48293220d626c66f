"""The small tables in `data/`, each with its sources; read with the standard library alone."""

import csv
from pathlib import Path

from popcorn_lib.errors import choose

FOLDER = Path(__file__).resolve().parent.parent / "data"


def rows(name, folder=FOLDER):
    """The rows of `data/<name>.csv` as dicts of text; UsageError lists the tables there are."""
    tables = sorted(path.stem for path in folder.glob("*.csv"))
    with open(folder / f"{choose('table', name, tables)}.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def frame(name):
    """The same table as a pandas DataFrame, numbers as numbers."""
    import pandas

    rows(name)  # a wrong name gets its message here
    return pandas.read_csv(FOLDER / f"{name}.csv")
