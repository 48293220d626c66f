"""Semaphore: as many may pass as have been posted.

The idea.  One word is the value.  A thread that finds it 0 says so in the second word and sleeps on
the first; a post adds one and wakes one, but only if the second word says that somebody waits.

Invariant.  Who sleeps is counted before it looks at the value for the last time, and a post looks
at the count after it has added: one of the two sees the other.

Two words: the value, and how many wait.  Zeros are a semaphore of value 0.

Source.  Drepper, Futexes Are Tricky (2011); glibc, nptl/sem_post.c before 2.21.  It does not have:
SEM_VALUE_MAX (so no EOVERFLOW), and a `sem_destroy` that is safe while a post is still reading the
second word, for which glibc put both into one word in 2015.
"""

import errno

from popcorn_lib.sync.sleep import end_of, left_until, refused, sleep
from popcorn_lib.syscalls import WORD

SEM_BYTES = 2 * WORD


def sem_init(sys, sem, value):
    """Make a semaphore.  EINVAL: a negative value."""
    if value < 0:
        raise refused(errno.EINVAL)
    yield sys.store(sem, value)
    yield sys.store(sem + WORD, 0)


def sem_getvalue(sys, sem):
    """The value at this moment."""
    return (yield sys.load(sem))


def sem_post(sys, sem):
    """Add one, and wake one who waits."""
    yield sys.fetch_add(sem, 1)
    if (yield sys.load(sem + WORD)):
        yield sys.futex_wake(sem, 1)


def sem_trywait(sys, sem):
    """Take one.  EAGAIN: there is none."""
    if not (yield from _take(sys, sem)):
        raise refused(errno.EAGAIN)


def sem_wait(sys, sem):
    """Take one, or wait for it.  EINTR: a signal's handler has run."""
    yield from _wait(sys, sem)


def sem_timedwait(sys, sem, timeout):
    """Take one within `timeout` seconds.  ETIMEDOUT, EINTR.  EINVAL: it would wait less than 0."""
    yield from _wait(sys, sem, timeout)


def _take(sys, sem):
    """Take one if there is one; whether that was so."""
    old = yield sys.load(sem)
    while old:
        seen = yield sys.cas(sem, old, old - 1)
        if seen == old:
            return True
        old = seen
    return False


def _wait(sys, sem, timeout=None):
    if (yield from _take(sys, sem)):
        return
    if timeout is not None and timeout < 0:
        raise refused(errno.EINVAL)
    end = yield from end_of(sys, timeout)
    yield sys.fetch_add(sem + WORD, 1)
    try:
        while not (yield from _take(sys, sem)):
            left = yield from left_until(sys, end)
            yield from sleep(sys, sem, 0, left, quiet=(errno.EAGAIN,))
    finally:
        yield sys.fetch_add(sem + WORD, -1)
