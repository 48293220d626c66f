"""Futexes: wait, wake, requeue, cancel."""

from typing import NamedTuple

from popcorn_lib.messages.kind import HIGH, message


@message("futex")
class KEY_REQUEST(NamedTuple):
    """To the owner: if the word is `value`, queue thread `tid`."""

    tid: int
    key: object  # the word
    value: int
    bitset: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return True


@message("futex")
class KEY_RESPONSE(NamedTuple):
    """From the owner: the thread is queued and may sleep, or an errno."""

    tid: int
    errno: int


@message("futex")
class WAKE_REQUEST(NamedTuple):
    """To the owner: wake up to `count` waiters for thread `tid`."""

    tid: int
    key: object
    count: int
    bitset: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return False


@message("futex")
class REQUEUE_REQUEST(NamedTuple):
    """To the owner: wake some waiters and let others wait for another word."""

    tid: int
    key: object
    wake: int
    requeue: int
    key2: object
    value: object  # what the word must be; None if it does not matter

    def compares(self):
        """Whether the owner must read the word for it."""
        return self.value is not None


@message("futex")
class WAKE_RESPONSE(NamedTuple):
    """From the owner to a waker: how many, or an errno."""

    tid: int
    count: int
    errno: int


@message("futex", HIGH)
class WAKE_NOTICE(NamedTuple):
    """From the owner to a waiter's kernel: a wake has chosen your thread."""

    tid: int


@message("futex")
class CANCEL_REQUEST(NamedTuple):
    """To the owner: thread `tid` no longer wants to wait."""

    tid: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return False


@message("futex")
class CANCEL_RESPONSE(NamedTuple):
    """From the owner: the thread is out of the queue; if not, a wake had chosen it before."""

    tid: int
    removed: bool
