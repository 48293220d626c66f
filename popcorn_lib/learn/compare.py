"""Where two values first differ: the one piece of feedback that shows the gap.

"Wrong" alone teaches nothing.  "The first eleven entries agree; at index 11 yours wakes T3" does.
"""

import math
import numbers
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from popcorn_lib.learn import texts
from popcorn_lib.learn.view import show

GLANCE = 60  # a value with a longer repr is compared part by part


class Nothing:
    """Stands where one side has no entry."""

    def __repr__(self):
        return texts.MISSING


NOTHING = Nothing()


class Difference(NamedTuple):
    """Where two values first differ.

    Attributes:
        where: the place in words, from the outside in.
        agreed: how many entries agree before it.
        before: the entry before it, NOTHING if it is the first; alike on both sides.
        yours, ours: what stands there.
        lengths: both lengths where they differ, otherwise None.
    """

    where: str
    agreed: int
    before: object
    yours: object
    ours: object
    lengths: tuple | None = None


def family(value):
    """Return what kind of thing a value is, more roughly than its type: 2 and 2.0 are numbers."""
    kinds = (
        ("none", type(None)),
        ("truth", bool),
        ("number", numbers.Number),
        ("text", str),
        ("bytes", bytes | bytearray),
        ("sequence", Sequence),
        ("mapping", Mapping),
        ("set", Set),
    )
    value = plain(value)
    found = [name for name, kind in kinds if isinstance(value, kind)]
    return found[0] if found else "function" if callable(value) else type(value).__name__


def plain(value):
    """Return arrays and series as lists, and other values as they are."""
    return value.tolist() if hasattr(value, "tolist") else value


def same(yours, ours):
    """Return whether two values agree; floats nearly, lists and tuples by their entries."""
    yours, ours = plain(yours), plain(ours)
    kind = family(ours)
    if family(yours) != kind:
        return False
    if kind == "number" and isinstance(yours, numbers.Real) and isinstance(ours, numbers.Real):
        return _close(yours, ours)
    if kind == "sequence":
        return len(yours) == len(ours) and all(map(same, yours, ours))
    if kind == "mapping":
        return yours.keys() == ours.keys() and all(same(yours[key], ours[key]) for key in ours)
    return bool(yours == ours)


def _close(yours, ours):
    if yours != yours or ours != ours:  # a NaN agrees with a NaN only
        return yours != yours and ours != ours
    return yours == ours or math.isclose(yours, ours, rel_tol=1e-9, abs_tol=1e-12)


def first_difference(yours, ours):
    """Return the first Difference of two values of one family, or None where they agree."""
    yours, ours = plain(yours), plain(ours)
    if same(yours, ours):
        return None
    kind = family(ours)
    if kind == "text" and "\n" in ours:
        return _in_sequence(yours.split("\n"), ours.split("\n"), texts.WHERE_LINE, 1)
    if kind == "sequence":
        return _in_sequence(yours, ours, texts.WHERE_INDEX, 0)
    if kind == "mapping":
        return _in_mapping(yours, ours)
    if kind == "set":
        return Difference(texts.WHERE_SET, 0, NOTHING, _only(yours, ours), _only(ours, yours))
    return Difference(texts.WHERE_VALUE, 0, NOTHING, yours, ours)


def _in_sequence(yours, ours, where, base):
    at = 0
    while at < min(len(yours), len(ours)) and same(yours[at], ours[at]):
        at += 1
    left, right = (side[at] if at < len(side) else NOTHING for side in (yours, ours))
    before = ours[at - 1] if at else NOTHING
    lengths = None if len(yours) == len(ours) else (len(yours), len(ours))
    return _inside(Difference(where.format(at=at + base), at, before, left, right, lengths))


def _in_mapping(yours, ours):
    keys = [*ours, *(key for key in yours if key not in ours)]
    pairs = [(key, yours.get(key, NOTHING), ours.get(key, NOTHING)) for key in keys]
    at = next(i for i, (_, left, right) in enumerate(pairs) if not same(left, right))
    key, left, right = pairs[at]
    return _inside(Difference(texts.WHERE_KEY.format(at=show(key, 40)), at, NOTHING, left, right))


def _inside(found):
    """Look into two entries that are too long to be compared at a glance."""
    long = max(len(show(found.yours)), len(show(found.ours))) > GLANCE
    kind = family(found.ours)
    if not long or family(found.yours) != kind or kind not in ("sequence", "mapping"):
        return found
    inner = first_difference(found.yours, found.ours)
    return inner._replace(where=f"{found.where}, {inner.where}")


def _only(one, other):
    return set(one) - set(other) or NOTHING
