"""Read-write lock: many readers, or one writer.

The idea.  One word: how many readers there are, or WRITER, and a bit that says that somebody may
sleep.  Whoever leaves it free takes the bit away and wakes all, and they try again.

Invariant.  While a thread sleeps on the word the bit is set, or a wake of all is on its way.

One word; zero is a free lock.

Source.  musl, pthread_rwlock_*.c.  It does not have: fairness.  It prefers readers, as glibc does
unless told otherwise, so a stream of readers keeps a writer out for ever.
"""

import errno

from popcorn_lib.sync.sleep import ALL, refused, sleep
from popcorn_lib.syscalls import WORD

RWLOCK_BYTES = WORD
WAITED = 1 << 63  # the bit: somebody may sleep
WRITER = WAITED - 1  # the number of readers that means a writer
FREE = 0


def rwlock_rdlock(sys, rwlock):
    """Lock it for reading, together with other readers."""
    while (old := (yield from _read(sys, rwlock))) is not None:
        yield from _sleep(sys, rwlock, old)


def rwlock_wrlock(sys, rwlock):
    """Lock it for writing, alone."""
    while (old := (yield from _write(sys, rwlock))) is not None:
        yield from _sleep(sys, rwlock, old)


def rwlock_tryrdlock(sys, rwlock):
    """Lock it for reading.  EBUSY: a writer has it."""
    if (yield from _read(sys, rwlock)) is not None:
        raise refused(errno.EBUSY)


def rwlock_trywrlock(sys, rwlock):
    """Lock it for writing.  EBUSY: somebody has it."""
    if (yield from _write(sys, rwlock)) is not None:
        raise refused(errno.EBUSY)


def _read(sys, rwlock):
    """Become one reader more: None, or the word that forbids it."""
    old = yield sys.load(rwlock)
    while old & WRITER != WRITER:
        seen = yield sys.cas(rwlock, old, old + 1)
        if seen == old:
            return None
        old = seen  # another reader has come or gone
    return old


def _write(sys, rwlock):
    """Become the writer: None, or the word that forbids it."""
    old = yield sys.cas(rwlock, FREE, WRITER)
    return None if old == FREE else old


def _sleep(sys, rwlock, old):
    """Say that somebody may sleep, then sleep while the word is that."""
    if old & WAITED or (yield sys.cas(rwlock, old, old | WAITED)) == old:
        yield from sleep(sys, rwlock, old | WAITED)


def rwlock_unlock(sys, rwlock):
    """Unlock it, as the reader or the writer that one is."""
    old = yield sys.load(rwlock)
    while (seen := (yield sys.cas(rwlock, old, _without(old)))) != old:
        old = seen
    if _without(old) == FREE and old & WAITED:
        yield sys.futex_wake(rwlock, ALL)


def _without(word):
    """The word when one has left: free after the writer and the last reader."""
    return FREE if word & WRITER in (1, WRITER) else word - 1
