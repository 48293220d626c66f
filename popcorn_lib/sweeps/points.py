"""The points of a sweep: which parameters take which values, and how the table shows a value."""

import inspect
from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

from popcorn_lib.errors import UsageError


class Named(NamedTuple):
    """A value, and what the table calls it."""

    name: str
    value: object


class Point(NamedTuple):
    """One point: {parameter: what the table shows} and {parameter: what the measure gets}."""

    cells: dict
    values: dict


def grid(**parameters):
    """Every combination of values, as a list of points; the last parameter changes fastest.

    Each parameter is a list of values, {name: value} for values that the table is to call by a
    name, or a single value.  Raises UsageError for one without values, or in no order.
    """
    choices = [many(name, values) for name, values in parameters.items()]
    return [dict(zip(parameters, chosen, strict=True)) for chosen in product(*choices)]


def many(name, values):
    """The values of one parameter as a list."""
    if isinstance(values, Mapping):
        return [Named(key, value) for key, value in values.items()] or many(name, ())
    if isinstance(values, set | frozenset):
        raise UsageError(f"{name} is {values!r}: a set has no order; give a list")
    if isinstance(values, str | bytes | Named) or not isinstance(values, Iterable):
        return [values]
    if not (values := list(values)):
        raise UsageError(f"the parameter {name!r} has no values: nothing to sweep")
    return values


def points_of(measure, points, parameters):
    """The checked Points: those given, each with every combination of the parameters."""
    if not callable(measure):
        raise UsageError(f"sweep needs a function to call at each point, not {measure!r}")
    if points is None and not parameters:
        raise UsageError("sweep needs points, or parameters such as kernels=[1, 2]")
    made = [_joined(each, more) for each in _given(points) for more in grid(**parameters)]
    made = [_point(each) for each in made]
    _check_alike(made)
    _check_different(made)
    for point in made:
        _check_call(measure, point)
    return made


def _given(points):
    """An explicit list of points, or a single one that says nothing."""
    points = [{}] if points is None else list(points)
    if not points:
        raise UsageError("the list of points is empty: nothing to sweep")
    for point in points:
        if not isinstance(point, Mapping):
            raise UsageError(f"a point must be a dict {{parameter: value}}, not {point!r}")
    return points


def _joined(point, more):
    for name in point.keys() & more.keys():
        raise UsageError(f"the parameter {name!r} is given twice: in a point and by name")
    return {**point, **more}


def _point(given):
    plain = {name: _plain(value) for name, value in given.items()}
    if "error" in plain:
        raise UsageError("no parameter can be called 'error': the table has a column of that name")
    values = {name: v.value if isinstance(v, Named) else v for name, v in plain.items()}
    return Point({name: _cell(name, value) for name, value in plain.items()}, values)


def _plain(value):
    """A number of numpy's as one of Python's."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def _cell(name, value):
    """What the table shows of a value."""
    if isinstance(value, Named):
        return value.name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if inspect.isroutine(value) or isinstance(value, type):
        return value.__name__
    if type(value).__repr__ is object.__repr__:
        raise UsageError(f"{value!r} has no text for the table: give {name}={{'a name': it, ...}}")
    return repr(value)


def _check_alike(points):
    names = points[0].cells.keys()
    for point in points:
        if point.cells.keys() != names:
            raise UsageError(f"points must have the same parameters: {[*names]}, {[*point.cells]}")


def _check_different(points):
    seen = set()
    for cells in (tuple(point.cells.values()) for point in points):
        if cells in seen:
            said = dict(zip(points[0].cells, cells, strict=True))
            raise UsageError(
                f"two points look the same: {said}; name values, as in machine={{'a': ..., 'b': "
                "...}, or add a parameter that tells them apart, as in seed=range(3)"
            )
        seen.add(cells)


def _check_call(measure, point):
    try:
        signature = inspect.signature(measure)
    except ValueError:
        return  # written in C, without a signature to ask
    try:
        signature.bind(**point.values)
    except TypeError as error:
        name = getattr(measure, "__name__", repr(measure))
        raise UsageError(f"{name}{signature} cannot take {point.cells}: {error}") from None
