"""Where a conclusion turns round along a parameter: a break-even, a cross-over.

flip(lambda cores: messages(cores) < lock(cores), 2, 64)        searched for, in few steps
flips(table, "cores", lambda row: row.messages_s < row.lock_s)  read from a sweep
"""

import math
from typing import NamedTuple

from popcorn_lib.errors import UsageError, choose

STEPS = 60  # halvings at most


class Flip(NamedTuple):
    """Between which two values the conclusion turns round; holds: whether it is true above."""

    below: float
    above: float
    holds: bool


def flip(holds, low, high, tolerance=0.01):
    """Halve from low to high until it is known where `holds(value)` turns round; returns a Flip.

    Between whole numbers it ends at two neighbours, else when they are nearer than `tolerance`
    times the larger one.  Above zero the middle is that of ratios.  Returns None if both ends
    agree; of several turns it finds one: sweep and `flips` show them all.
    Raises UsageError unless low < high, both finite.
    """
    good = all(isinstance(end, int | float) and math.isfinite(end) for end in (low, high))
    if not good or low >= high:
        raise UsageError(f"flip needs two numbers, the smaller one first, not {low!r}, {high!r}")
    if not 0 < tolerance < 1:
        raise UsageError(f"tolerance must be between 0 and 1, not {tolerance!r}")
    at_low = bool(holds(low))
    if bool(holds(high)) == at_low:
        return None
    for _ in range(STEPS):
        middle = _middle(low, high)
        if middle in (low, high) or _is_near(low, high, tolerance):
            break
        low, high = (middle, high) if bool(holds(middle)) == at_low else (low, middle)
    return Flip(low, high, not at_low)


def _middle(low, high):
    if isinstance(low, int) and isinstance(high, int):
        return (low + high) // 2
    return math.sqrt(low * high) if low > 0 else (low + high) / 2


def _is_near(low, high, tolerance):
    if isinstance(low, int) and isinstance(high, int):
        return high - low == 1
    return high - low <= tolerance * max(abs(low), abs(high))


def flips(table, parameter, holds, by=()):
    """The flips between neighbouring rows of a sweep, as a DataFrame; rows with an error are out.

    parameter: a column of numbers.  holds: a column, or a function of a row (as a named tuple).
    by: other columns, each combination of whose values is looked at alone.
    Columns: those of by, below, above, holds (whether it is true above); no row, no flip.
    Raises UsageError for unknown columns, and for two rows with the same value: see by.
    """
    import pandas

    by = [by] if isinstance(by, str) else list(by)
    for name in (parameter, *by, *([holds] if isinstance(holds, str) else [])):
        choose("column", name, list(table.columns))
    good = table[table.error == ""] if "error" in table.columns else table
    found = []
    for group, rows in good.groupby(by, sort=False) if by else [((), good)]:
        found += [(*group, *turn) for turn in _turns(rows, parameter, holds)]
    return pandas.DataFrame(found, columns=[*by, *Flip._fields])


def _turns(rows, parameter, holds):
    rows = rows.sort_values(parameter, kind="stable")
    at = rows[parameter].tolist()
    if len(set(at)) < len(at):
        raise UsageError(f"two rows have the same {parameter}; name the other parameters in by")
    told = rows[holds] if isinstance(holds, str) else map(holds, rows.itertuples(index=False))
    told = [bool(each) for each in told]
    for below, above, before, after in zip(at, at[1:], told, told[1:], strict=False):
        if before != after:
            yield Flip(below, above, after)
