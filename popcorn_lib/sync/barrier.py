"""Barrier: nobody goes on before all have come; then it serves again.

The idea.  Every thread that comes draws a number, and the number says its round.  The last of a
round counts it as complete and wakes all; the others sleep until their round is complete.

Invariant.  Rounds are complete only as often as full rounds of threads have come.

Three words: how many make a round, how many have come, how many rounds are complete.

Source.  glibc, nptl/pthread_barrier_wait.c (2016); counters of 64 bits do not overflow.  It does
not have: `barrier_destroy`, which would have to wait until the last sleeper has left.
"""

import errno

from popcorn_lib.sync.sleep import ALL, refused, sleep
from popcorn_lib.syscalls import WORD

BARRIER_BYTES = 3 * WORD
BARRIER_SERIAL_THREAD = -1  # what one thread of each round gets, the others get 0


def barrier_init(sys, barrier, count):
    """Make a barrier for `count` threads.  EINVAL: fewer than one."""
    if count < 1:
        raise refused(errno.EINVAL)
    for place, value in enumerate((count, 0, 0)):
        yield sys.store(barrier + place * WORD, value)


def barrier_wait(sys, barrier):
    """Wait until all have come; BARRIER_SERIAL_THREAD for the last of them, 0 for the others."""
    come, complete = barrier + WORD, barrier + 2 * WORD
    count = yield sys.load(barrier)
    number = yield sys.fetch_add(come, 1)
    if number % count == count - 1:
        yield sys.fetch_add(complete, 1)
        yield sys.futex_wake(complete, ALL)
        return BARRIER_SERIAL_THREAD
    while (rounds := (yield sys.load(complete))) <= number // count:
        yield from sleep(sys, complete, rounds)
    return 0
