"""From ranges of constants, (low, value, high), to the points of a sweep, and what they say.

ranges = Costs.ranges("default")                    {constant: (low, value, high)}
table = sweep(measure, one_at_a_time(ranges))       measure(**constants): Costs(**constants)
swings(table, ranges, "seconds")                    which constants matter most
"""

import math
import random
from itertools import product

from popcorn_lib.errors import UsageError, choose

CORNERS = 4096  # points at most: 12 constants


def one_at_a_time(ranges):
    """All constants at their value, then each at its low and at its high end, as points."""
    base = {name: value for name, (_, value, _) in _checked(ranges).items()}
    ends = [(name, end) for name, (low, value, high) in ranges.items() for end in (low, high)]
    return [base] + [base | {name: end} for name, end in dict.fromkeys(ends) if end != base[name]]


def corners(ranges):
    """Every combination of low and high ends, as points; at most 4,096 of them."""
    ends = [list(dict.fromkeys((low, high))) for low, _, high in _checked(ranges).values()]
    if (count := math.prod(map(len, ends))) > CORNERS:
        raise UsageError(f"{len(ends)} ranges have {count} corners, more than {CORNERS}")
    return [dict(zip(ranges, chosen, strict=True)) for chosen in product(*ends)]


def latin_hypercube(ranges, count, seed=0, scale="linear"):
    """So many points at random within the ranges, each range cut into as many equal strips.

    Every strip of every range has one point (McKay, Beckman and Conover, Technometrics 1979).
    scale: "linear", or "log" for strips of equal ratio.  Whole numbers stay whole.
    """
    if not isinstance(count, int) or count < 1:
        raise UsageError(f"count must be a whole number of 1 or more, not {count!r}")
    choose("scale", scale, ("linear", "log"))
    drawn = random.Random(seed)
    columns = {}
    for name, (low, _, high) in _checked(ranges).items():
        if scale == "log" and low <= 0:
            raise UsageError(f"{name} begins at {low!r}: a logarithmic scale needs more than 0")
        strips = [(strip + drawn.random()) / count for strip in range(count)]
        drawn.shuffle(strips)
        columns[name] = [_between(low, high, share, scale) for share in strips]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def swings(table, ranges, column):
    """Which constants move a value most: a DataFrame, a row per constant, the largest swing first.

    table: of a sweep over one_at_a_time(ranges), with no other parameters.  column: of values.
    Columns: constant, at_low, at_value, at_high, swing (largest minus smallest).
    """
    import pandas

    choose("column", column, list(table.columns))
    base = {name: value for name, (_, value, _) in _checked(ranges).items()}
    rows = []
    for name, ends in ranges.items():
        at = [_value(table, base | {name: end}, column) for end in ends]
        rows.append((name, *at, max(at) - min(at)))
    names = ["constant", "at_low", "at_value", "at_high", "swing"]
    swung = pandas.DataFrame(rows, columns=names)
    return swung.sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def _value(table, point, column):
    rows = table
    for name, value in point.items():
        rows = rows[rows[choose("column", name, list(table.columns))] == value]
    if len(rows) != 1:
        raise UsageError(f"{len(rows)} rows have {point}; swings needs one for each of its points")
    return rows[column].iloc[0]


def _between(low, high, share, scale):
    value = low * (high / low) ** share if scale == "log" else low + (high - low) * share
    return round(value) if isinstance(low, int) and isinstance(high, int) else value


def _checked(ranges):
    if not ranges:
        raise UsageError("there are no ranges")
    for name, given in ranges.items():
        try:
            low, value, high = given
            good = low <= value <= high and math.isfinite(low) and math.isfinite(high)
        except (TypeError, ValueError):
            good = False
        if not good:
            raise UsageError(f"the range of {name} must be (low, value, high), not {given!r}")
    return ranges
