"""Namespaces and /proc: who is in which, the names of hosts, the parts of what is told."""

from typing import NamedTuple

from popcorn_lib.messages.kind import LINE, message

ITEM = 8  # bytes of a number or a short name


def _size(message):
    """A line, and the items of the part."""
    return LINE + ITEM * len(_flat(message.part))


def _flat(part):
    """Every item of a tuple of tuples."""
    if not isinstance(part, tuple):
        return (part,)
    return tuple(item for inside in part for item in _flat(inside))


@message("namespaces")
class NS_REQUEST(NamedTuple):
    """To init's kernel: this call of thread `tid`, which is in these namespaces."""

    tid: int
    pid: int
    call: str
    spaces: tuple
    args: tuple


@message("namespaces")
class NS_RESPONSE(NamedTuple):
    """From init's kernel: the result of the call, or an errno."""

    tid: int
    result: object
    errno: int


@message("namespaces")
class UTS_REQUEST(NamedTuple):
    """To init's kernel: thread `tid` wants the names of its UTS namespace; my kernel has none."""

    tid: int
    space: int


@message("namespaces", size=2 * LINE + LINE)
class UTS_RESPONSE(NamedTuple):
    """From init's kernel: the names, of which your kernel may keep a copy."""

    tid: int
    space: int
    names: object  # None: the namespace has gone meanwhile, and the thread with it


@message("namespaces")
class UTS_INVALIDATE(NamedTuple):
    """From init's kernel: drop your copy, the names change or go."""

    space: int


@message("namespaces")
class UTS_INVALIDATED(NamedTuple):
    """To init's kernel: it is dropped."""

    space: int


@message("namespaces")
class PROC_REQUEST(NamedTuple):
    """To every other kernel: your part of what thread `tid` reads from /proc."""

    tid: int
    asker: int  # the process of the thread
    file: str
    pid: int  # whose file it is; 0: nobody's


@message("namespaces", size=_size)
class PROC_RESPONSE(NamedTuple):
    """To the reader's kernel: this kernel's part."""

    tid: int
    part: tuple
