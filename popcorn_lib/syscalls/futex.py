"""Calls to wait for each other."""

from popcorn_lib.syscalls.linux import (
    FUTEX_BITSET_MATCH_ANY,
)
from popcorn_lib.syscalls.request import Call, bits, duration, whole, word


class FutexCalls:
    """Sleep on a word, and wake who sleeps."""

    def futex_wait(self, addr, value, timeout=None, bitset=FUTEX_BITSET_MATCH_ANY):
        """Sleep if the word at `addr` is still `value`, until a wake; the result is 0.

        Comparing and falling asleep are one step.  The word has 64 bits; Linux's has 32.
        timeout: relative seconds, for ever if None.  bitset: woken only by wakes that share a bit.
        EAGAIN: another value.  ETIMEDOUT.  EINTR.  EINVAL: a misaligned address, no bit, a negative
        timeout.  EFAULT: nothing readable is there.
        """
        seconds = None if timeout is None else duration("futex_wait", timeout)
        given = (word("futex_wait", value), seconds, bits("futex_wait", bitset))
        return Call("futex_wait", (whole("futex_wait", "addr", addr), *given))

    def futex_wake(self, addr, count=1, bitset=FUTEX_BITSET_MATCH_ANY):
        """Wake up to `count` waiters, first come first served; the result is how many.

        EINVAL: a misaligned address, no bit.  EFAULT: nothing readable is there.
        """
        given = (whole("futex_wake", "count", count), bits("futex_wake", bitset))
        return Call("futex_wake", (whole("futex_wake", "addr", addr), *given))

    def futex_requeue(self, addr, wake, requeue, addr2):
        """Wake up to `wake` waiters and let up to `requeue` others wait at `addr2`.

        The result is how many of both.  EINVAL: a misaligned address, a negative number, or two
        words whose memory objects have different homes (Linux has no such limit).  EFAULT.
        """
        return self._requeue("futex_requeue", addr, wake, requeue, addr2)

    def futex_cmp_requeue(self, addr, wake, requeue, addr2, value):
        """The same, but only if the word at `addr` is still `value`.  EAGAIN: another value."""
        expected = word("futex_cmp_requeue", value)
        return self._requeue("futex_cmp_requeue", addr, wake, requeue, addr2, expected)

    def _requeue(self, name, addr, wake, requeue, addr2, value=None):
        pairs = (("addr", addr), ("wake", wake), ("requeue", requeue), ("addr2", addr2))
        return Call(name, (*(whole(name, what, number) for what, number in pairs), value))
