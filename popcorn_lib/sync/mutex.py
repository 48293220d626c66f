"""Mutex: one thread at a time.

The idea.  One word, three states.  Who finds it FREE takes it without asking any kernel to wait
or wake; only when somebody may sleep does it say WAITED, and then its owner wakes one on leaving.

Invariant.  While a thread sleeps on the word it is WAITED, or one that will make it so has been
woken: whoever comes back from sleep locks it as WAITED, since others may still sleep.

One word; zero is a free mutex.

Source.  Drepper, Futexes Are Tricky (2011), the second mutex.  It does not have: an owner that is
known (so no EPERM, no EDEADLK), recursion, robustness, inherited priorities, fairness.
"""

import errno

from popcorn_lib.sync.sleep import end_of, left_until, refused, sleep
from popcorn_lib.syscalls import WORD

MUTEX_BYTES = WORD
FREE, HELD, WAITED = range(3)


def mutex_lock(sys, mutex):
    """Lock it; sleep until it is free."""
    if (yield sys.cas(mutex, FREE, HELD)) != FREE:
        yield from lock_waited(sys, mutex)


def mutex_trylock(sys, mutex):
    """Lock it.  EBUSY: it is not free."""
    if (yield sys.cas(mutex, FREE, HELD)) != FREE:
        raise refused(errno.EBUSY)


def mutex_timedlock(sys, mutex, timeout):
    """Lock it within `timeout` seconds.  ETIMEDOUT.  EINVAL: it would wait a negative time."""
    if (yield sys.cas(mutex, FREE, HELD)) == FREE:
        return
    if timeout < 0:
        raise refused(errno.EINVAL)
    end = yield from end_of(sys, timeout)
    yield from lock_waited(sys, mutex, end)


def lock_waited(sys, mutex, end=None):
    """Lock it as one beside whom others may sleep: it stays WAITED."""
    while (old := (yield sys.cas(mutex, FREE, WAITED))) != FREE:
        # Say that somebody waits before sleeping, and also before giving up: a wake that this
        # thread has had is then passed on by the owner.
        if old == WAITED or (yield sys.cas(mutex, HELD, WAITED)) != FREE:
            yield from sleep(sys, mutex, WAITED, (yield from left_until(sys, end)))


def mutex_unlock(sys, mutex):
    """Unlock it, and wake one of those who may sleep."""
    if (yield sys.cas(mutex, HELD, FREE)) == WAITED:
        yield sys.store(mutex, FREE)
        yield sys.futex_wake(mutex, 1)
