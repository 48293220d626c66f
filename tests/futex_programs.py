"""Small programs around one futex, for every order in which things can happen.

The owner of the word is k0.  Each takes the kernels of its threads and tells what they saw.
"""

import errno
import os
from mmap import PROT_READ, PROT_WRITE

from futex_scenarios import SHARED, joined, tried
from programs import PAGE


def starts(sys, programs, places, *args):
    tids = []
    for program, place in zip(programs, places, strict=True):
        tids.append((yield sys.clone(program, *args, on=place)))
    return tids


# ---- one waiter, one waker ----------------------------------------------------------------------


def waits_for_change(sys, word):
    """Wait until the word has changed, as every careful program does; how often it slept."""
    slept = 0
    while (yield sys.load(word)) == 0:
        slept += (yield from tried(sys.futex_wait(word, 0))) == 0
    return slept


def changes(sys, word):
    yield sys.store(word, 1)
    return (yield sys.futex_wake(word, 9))


def change(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (waits_for_change, changes), places, word)
    return (yield from joined(sys, tids))


def gives_up(sys, word):
    return (yield from tried(sys.futex_wait(word, 0, 1)))


def wakes(sys, word):
    return (yield sys.futex_wake(word))


def too_late_or_not(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, wakes), places, word)
    return (yield from joined(sys, tids))


def one_gives_up(sys, *places):
    """Two wait, one of them not for ever; the first wake is for one of them."""
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, waits_once, wakes), places, word)
    hasty, first = (yield sys.join(tids[0])), (yield sys.join(tids[2]))
    yield sys.store(word, 1)
    second = yield sys.futex_wake(word, 9)
    return hasty, (yield sys.join(tids[1])), first, second


def waits_once(sys, word):
    return (yield from tried(sys.futex_wait(word, 0)))


def chosen(sys, word):
    return (yield from tried(sys.futex_wait(word, 0, 1, 1)))


def wakes_bit(sys, word):
    return (yield sys.futex_wake(word, 1, 2)), (yield sys.futex_wake(word, 1, 3))


def bits(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (chosen, wakes_bit), places, word)
    return (yield from joined(sys, tids))


# ---- requeue ------------------------------------------------------------------------------------


def requeues(sys, word):
    return (yield sys.futex_requeue(word, 0, 1, word + 8))


def wakes_there(sys, word):
    return (yield sys.futex_wake(word + 8))


def moved(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, requeues, wakes_there), places, word)
    return (yield from joined(sys, tids))


def compares_and_requeues(sys, word):
    return (yield from tried(sys.futex_cmp_requeue(word, 1, 1, word + 8, 0)))


def stores(sys, word):
    yield sys.store(word, 1)
    return (yield sys.futex_wake(word))


def compared(sys, *places):
    word = yield sys.mmap(PAGE)
    programs = (gives_up, compares_and_requeues, stores)
    tids = yield from starts(sys, programs, places, word)
    return (yield from joined(sys, tids))


# ---- the word is somewhere else -----------------------------------------------------------------


def far_word(sys, writer, *places):
    """The word's page is on the writer's kernel alone when the owner has to compare."""
    word = yield sys.mmap(PAGE)
    tid = yield sys.clone(prepares, word, on=writer)
    yield sys.join(tid)
    tids = yield from starts(sys, (waits_from_five, adds), places, word)
    return (yield from joined(sys, tids))


def prepares(sys, word):
    yield sys.store(word, 5)


def waits_from_five(sys, word):
    result = yield from tried(sys.futex_wait(word, 5))
    return result, (yield sys.load(word))


def adds(sys, word):
    yield sys.fetch_add(word, 1)
    return (yield sys.futex_wake(word))


def unmapped(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, unmaps), places, word)
    return (yield from joined(sys, tids))


def unmaps(sys, word):
    yield sys.munmap(word, PAGE)
    return (yield from tried(sys.futex_wake(word)))


# ---- killed -------------------------------------------------------------------------------------


def killed(sys, programs, *places):
    """The process exits whatever its threads are doing."""
    word = yield sys.mmap(PAGE)
    yield from starts(sys, programs, places, word)
    yield sys.exit_group(3)


def exits_itself(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, wakes_and_exits), places, word)
    yield from joined(sys, tids)


def wakes_and_exits(sys, word):
    yield sys.futex_wake(word)
    yield sys.exit_group(4)


# ---- in order -----------------------------------------------------------------------------------


def in_order(sys, *places):
    """Requeueing a word to itself changes nothing and tells how many wait."""
    word = yield sys.mmap(PAGE)
    tids = []
    for place in places:
        tids.append((yield sys.clone(waits_once, word, on=place)))
        if (yield sys.futex_requeue(word, 0, 9, word)) < len(tids):
            yield sys.exit_group(1)  # it has not come yet: another time
    values = []
    for tid in tids:
        assert (yield sys.futex_wake(word)) == 1
        values.append((yield sys.join(tid)))  # for ever, if another was woken
    return tuple(values)


# ---- processes ----------------------------------------------------------------------------------


def family(sys, *places):
    """A child waits for a word of its parent's shared object; the parent is home."""
    word = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
    yield sys.fork(child, word, on=places[0])
    yield from tried(sys.migrate(places[1]))
    yield sys.store(word, 1)
    woken = yield sys.futex_wake(word)
    status = (yield sys.wait4())[1]
    return woken, os.waitstatus_to_exitcode(status)


def child(sys, word):
    result = yield from tried(sys.futex_wait(word, 0))
    yield sys.exit_group(0 if result == 0 else getattr(errno, result))


def homes_apart(sys):
    """Home of the word is k0, home of the child k1."""
    word = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
    yield from tried(sys.migrate("k1"))
    yield sys.fork(child, word)
    yield sys.store(word, 1)
    woken = yield sys.futex_wake(word)
    return woken, os.waitstatus_to_exitcode((yield sys.wait4())[1])
