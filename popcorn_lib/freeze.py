"""From the plain dicts, lists and records of a mechanism to one hashable value, and back.

Freezing is canonical: equal situations freeze to equal values, whatever order they came about in.
A dict becomes its items sorted by key, a list a tuple, a record (a dataclass) its fields in order;
each carries its type in front, so that thawing gives the same shapes back.  What is immutable
already (numbers, text, bytes, tuples, named tuples) stands for itself.
"""

from dataclasses import fields, is_dataclass

_SCALARS = frozenset((int, str, bytes, float, bool, type(None)))
_PLAIN = (*_SCALARS, tuple, frozenset)
_EMPTY = {kind: (kind, ()) for kind in (dict, list, set)}  # most tables, most of the time
_FIELDS = {}  # record type -> the names of its fields


def freeze(value):
    """The hashable form of a value made of dicts, lists, sets, records and immutable values.

    Raises TypeError for anything else: a mechanism's state must be plain data.
    """
    kind = type(value)
    if kind in _SCALARS:
        return value
    if not value and kind in _EMPTY:
        return _EMPTY[kind]
    if kind is dict:
        return (dict, tuple([(key, freeze(value[key])) for key in sorted(value)]))
    if kind is list:
        return (list, tuple(map(freeze, value)))
    if kind is set:
        return (set, tuple(sorted(value)))
    if isinstance(value, _PLAIN):
        hash(value)  # a tuple may hold something changeable: that is a TypeError too
        return value
    if kind in _FIELDS or is_dataclass(kind):
        return (kind, tuple([freeze(getattr(value, name)) for name in _names(kind)]))
    raise TypeError(f"state must be plain data, not {kind.__name__}: {value!r}")


def thaw(frozen):
    """The changeable value that `freeze` made `frozen` from."""
    if type(frozen) is not tuple or not frozen or type(frozen[0]) is not type:
        return frozen
    kind, inside = frozen
    if kind is dict:
        return {key: thaw(item) for key, item in inside}
    if kind is list:
        return [thaw(item) for item in inside]
    if kind is set:
        return set(inside)
    return kind(*map(thaw, inside))


def _names(kind):
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(kind))
    return _FIELDS[kind]
