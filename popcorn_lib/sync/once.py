"""Once: the first who comes does it, the others wait until it has been done.

The idea.  One word: NEW, RUNNING, DONE.  Who turns NEW into RUNNING does it; the others sleep while
it is RUNNING.

Invariant.  The word is DONE only when it has been done, and nobody sleeps on it then for long.

One word; zero is NEW.

Source.  glibc, nptl/pthread_once.c.  It does not have: a new beginning in a child that was forked
in the middle.
"""

from popcorn_lib.sync.sleep import ALL, sleep
from popcorn_lib.syscalls import WORD

ONCE_BYTES = WORD
NEW, RUNNING, DONE = range(3)


def once(sys, word, init):
    """Run `init(sys)`, a generator function, if no thread has; return when it has been run.

    If it raises an exception, that goes to its caller and the next thread runs it anew.
    """
    while (yield sys.load(word)) != DONE:
        if (yield sys.cas(word, NEW, RUNNING)) == NEW:
            return (yield from _run(sys, word, init))
        yield from sleep(sys, word, RUNNING)


def _run(sys, word, init):
    after = NEW
    try:
        yield from init(sys)
        after = DONE
    finally:
        yield sys.store(word, after)
        yield sys.futex_wake(word, ALL)
