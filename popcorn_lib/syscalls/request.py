"""A request of a thread, how one fails, and what no program can mean."""

import inspect
from typing import NamedTuple

from popcorn_lib.errors import UsageError
from popcorn_lib.syscalls.linux import MASK


class Call(NamedTuple):
    """One request of a thread: the call, its plain arguments, and what it would start."""

    name: str
    args: tuple = ()
    start: object = None  # (function, arguments) for clone and fork

    def __repr__(self):
        if self.name == "return":
            return f"return {self.args[0]!r}"
        inside = [repr(arg) for arg in self.args if arg is not None]
        if self.start is not None:
            inside.insert(0, getattr(self.start[0], "__name__", repr(self.start[0])))
        return f"{self.name}({', '.join(inside)})"


class Failure(NamedTuple):
    """The result of a call that failed: the program gets it as an OSError."""

    errno: int


def check_start(call, fn, args):
    """UsageError if `fn(sys, *args)` cannot be called."""
    if not callable(fn):
        raise UsageError(f"{call} needs a generator function, not {fn!r}")
    try:
        inspect.signature(fn).bind(None, *args)
    except TypeError as error:
        name = getattr(fn, "__name__", repr(fn))
        raise UsageError(f"{call}: {name} cannot start with sys and {args!r}: {error}") from None


def whole(call, what, value):
    """`value` if it is a whole number, else UsageError that names call, argument and value."""
    if not isinstance(value, int):
        raise UsageError(f"{call} needs a whole number as {what}, not {value!r}")
    return int(value)


def word(call, value):
    """`value` as an unsigned 64-bit word; UsageError if it does not fit into one."""
    whole(call, "word", value)
    if not -(1 << 63) <= value <= MASK:
        raise UsageError(f"{call}: {value!r} does not fit into a word of 64 bits")
    return value & MASK


def bits(call, value):
    """`value` as a bitset of 32 bits; UsageError if it does not fit."""
    if not 0 <= whole(call, "bitset", value) < 1 << 32:
        raise UsageError(f"{call}: {value!r} is no bitset of 32 bits")
    return value


def duration(call, value):
    """`value` as a finite number of seconds; UsageError if it is none."""
    if not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise UsageError(f"{call} needs a finite number of seconds, not {value!r}")
    return value
