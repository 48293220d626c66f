"""What all of them share: to sleep on a word, and to give up when it is too late.

The idea.  A futex compares and falls asleep in one step, so a change of the word is never missed.
Whoever returns from here knows only that the word may have changed: it looks again, in a loop.
"""

import errno
import os

ALL = (1 << 31) - 1  # how many to wake: INT_MAX, everybody


def sleep(sys, word, value, timeout=None, quiet=(errno.EAGAIN, errno.EINTR)):
    """Sleep while a word has a value; may come back for no reason.  ETIMEDOUT.

    quiet: what is no failure: the word has changed already, or a signal's handler has run.
    """
    try:
        yield sys.futex_wait(word, value, timeout)
    except OSError as error:
        if error.errno not in quiet:
            raise


def end_of(sys, timeout):
    """The time at which a timeout that begins now is over; None if there is none."""
    return None if timeout is None else (yield sys.clock_gettime()) + timeout


def left_until(sys, end):
    """How long it is until then: 0 if it is over, None if there is no end."""
    return None if end is None else max(0, end - (yield sys.clock_gettime()))


def refused(number):
    """The exception of a refusal."""
    return OSError(number, os.strerror(number))
