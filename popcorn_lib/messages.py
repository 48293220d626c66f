"""The first vocabulary: what kernels say to each other.

A message is a named tuple of plain data; its class is its kind, in Popcorn's names where Popcorn
has one.  `bytes` is what it takes on the wire: 64 for a short message, which is one cache line
(Popcorn's base message); a long one says why it is longer.  Two classes of priority exist, as in
Popcorn's messaging layer; messages of one class between two kernels stay in order.
"""

from typing import NamedTuple

from popcorn_lib.errors import UsageError

HIGH, NORMAL = 0, 1
LINE = 64  # bytes of a short message: one cache line


def message(mechanism, priority=NORMAL, size=LINE):
    """Make a named tuple a kind of message: its mechanism, its class and its size in bytes."""

    def mark(kind):
        clash = {"kind", "mechanism", "priority", "bytes"} & set(kind._fields)
        if clash or not kind.__name__.isupper():
            raise UsageError(
                f"{kind.__name__}: a kind of message has a name in capitals, and no field "
                f"called {' or '.join(sorted(clash)) or 'kind, mechanism, priority or bytes'}"
            )
        kind.mechanism, kind.priority, kind.bytes = mechanism, priority, size
        kind.kind = kind.__name__
        kind.__eq__, kind.__ne__, kind.__hash__ = _same, _other, tuple.__hash__
        KINDS[kind.__name__] = kind
        return kind

    return mark


def _same(self, other):
    """Two messages are equal if they are of one kind too: plain tuples would not look at it."""
    return type(self) is type(other) and tuple.__eq__(self, other)


def _other(self, other):
    return not _same(self, other)


KINDS = {}  # name -> message class, in the order of this file

# What a thread is on the wire when it moves, on x86-64: its registers (struct pt_regs, 21 words),
# 64 signal actions of 32 bytes, and the ids, bounds and path of its process (512 bytes).
THREAD_BYTES = 21 * 8 + 64 * 32 + 512

# ---- threads ------------------------------------------------------------------------------------


@message("threads", size=THREAD_BYTES)
class CLONE_REQUEST(NamedTuple):
    """Run this thread from here on; it has not been on your kernel before."""

    tid: int
    pid: int
    visited: tuple  # the kernels that keep a shadow of it, oldest first
    start: object  # token of the function to start, None for a thread that already runs
    packed: tuple  # (mechanism, what travels with the thread), ...


@message("threads")
class PROCESS_PAIRING(NamedTuple):
    """Your shadow's thread has arrived at my kernel."""

    tid: int
    pid: int


@message("threads", size=THREAD_BYTES)
class BACK_MIGRATION(NamedTuple):
    """Run this thread again; you keep a shadow of it."""

    tid: int
    visited: tuple
    packed: tuple


@message("threads")
class NEW_KERNEL(NamedTuple):
    """To home: a first thread of your process has come to my kernel; may it start?"""

    pid: int


@message("threads")
class NEW_KERNEL_ANSWER(NamedTuple):
    """From home: I count your kernel from now on; `status` is not None if the process exits."""

    pid: int
    status: object


@message("threads")
class EXIT_PROCESS(NamedTuple):
    """A thread has ended: drop your shadow of it."""

    tid: int
    pid: int
    value: object  # token of what the thread returned
    status: int  # what it left with
    last: bool  # the sender keeps no thread and no shadow of the process any more


@message("threads")
class LAST_MEMBER(NamedTuple):
    """To home: my kernel keeps no thread and no shadow of your process any more."""

    pid: int


@message("threads")
class EXIT_GROUP(NamedTuple):
    """The process exits with this status: to home as a request, from home as an order."""

    pid: int
    status: int  # the wait status
    value: object  # token of what main returned


@message("threads")
class THREAD_GROUP_EXITED_NOTIFICATION(NamedTuple):
    """From home: the process is gone; drop what you have saved of it."""

    pid: int


@message("threads")
class JOIN_REQUEST(NamedTuple):
    """To the home kernel of `tid`: `waiter` waits for its end."""

    tid: int
    pid: int
    waiter: int


@message("threads")
class JOIN_CANCEL(NamedTuple):
    """To the home kernel of `tid`: `waiter` no longer waits."""

    tid: int
    waiter: int


@message("threads")
class JOIN_RESPONSE(NamedTuple):
    """To the waiter's kernel: the thread's value, or an errno."""

    waiter: int
    value: object
    errno: int


# ---- memory -------------------------------------------------------------------------------------


@message("memory")
class VMA_OP_REQUEST(NamedTuple):
    """To home: map `length` bytes for the process of thread `tid`."""

    tid: int
    pid: int
    length: int


@message("memory")
class VMA_OP_RESPONSE(NamedTuple):
    """From home: the address of the new area, or an errno."""

    tid: int
    address: int
    errno: int


@message("memory")
class WORD_REQUEST(NamedTuple):
    """To home: do this to one word for thread `tid`."""

    tid: int
    pid: int
    operation: str
    address: int
    operands: tuple


@message("memory")
class WORD_RESPONSE(NamedTuple):
    """From home: the word's old value; `signal` is not 0 if the touch was not allowed."""

    tid: int
    value: int
    signal: int
