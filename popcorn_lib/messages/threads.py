"""Threads that come, go and are waited for."""

from typing import NamedTuple

from popcorn_lib.messages.kind import message

# What a thread is on the wire when it moves, on x86-64: its registers (struct pt_regs, 21 words),
# 64 signal actions of 32 bytes, and the ids, bounds and path of its process (512 bytes).
THREAD_BYTES = 21 * 8 + 64 * 32 + 512


@message("threads", size=THREAD_BYTES)
class CLONE_REQUEST(NamedTuple):
    """Run this thread from here on; it has not been on your kernel before."""

    tid: int
    pid: int
    visited: tuple  # the kernels that keep a shadow of it, oldest first
    start: object  # token of the function to start, None for a thread that already runs
    stopped: int  # the signal that has stopped the process; 0 if it is not stopped
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
    stopped: int  # the signal that has stopped the process; 0 if it is not stopped
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
