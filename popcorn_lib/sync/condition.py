"""Condition variable: sleep until somebody says that something has changed.

The idea.  A word counts the signals.  A waiter notes the count while it still holds the mutex,
lets go and sleeps only if the count is still that: a signal in between is not missed.  A broadcast
wakes one and lets the others wait for the mutex from then on, since only one can have it anyway.

Invariant.  Who has noted a count before a signal does not fall asleep after it.  Threads that a
broadcast has sent to the mutex are woken one by one: each comes back with the mutex as WAITED.

Two words, of zeros: the count, and the mutex that a broadcast sends sleepers to.  All waiters use
the same mutex, and processes that share it map it at the same address.

Source.  Drepper, Futexes Are Tricky (2011); musl; glibc before 2.25.  It does not have: a count of
waiters (a signal to nobody is a system call all the same), and a sure number of wake-ups (a waiter
that has not slept yet when a signal comes returns as well).  Callers look again, in a loop.
"""

import errno

from popcorn_lib.sync.mutex import lock_waited, mutex_unlock
from popcorn_lib.sync.sleep import ALL, sleep
from popcorn_lib.syscalls import WORD

COND_BYTES = 2 * WORD


def cond_wait(sys, cond, mutex, timeout=None):
    """Unlock the mutex, sleep until a signal, lock it again; may return for no reason.

    ETIMEDOUT; EINVAL: a negative timeout; with the mutex locked.
    """
    yield sys.store(cond + WORD, mutex)
    seen = yield sys.load(cond)
    yield from mutex_unlock(sys, mutex)
    try:
        yield from sleep(sys, cond, seen, timeout)
    finally:
        yield from lock_waited(sys, mutex)


def cond_signal(sys, cond):
    """Wake at least one waiter, if there is any."""
    yield sys.fetch_add(cond, 1)
    yield sys.futex_wake(cond, 1)


def cond_broadcast(sys, cond):
    """Wake all waiters: one at once, the others when the mutex is free for them."""
    yield sys.fetch_add(cond, 1)
    mutex = yield sys.load(cond + WORD)
    while mutex:  # else nobody has ever waited
        seen = yield sys.load(cond)
        try:
            return (yield sys.futex_cmp_requeue(cond, 1, ALL, mutex, seen))
        except OSError as error:
            if error.errno == errno.EINVAL:  # two homes: all wake and ask for the mutex themselves
                return (yield sys.futex_wake(cond, ALL))
            if error.errno != errno.EAGAIN:  # another signal has come in between
                raise
