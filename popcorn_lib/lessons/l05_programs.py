"""Lesson 05: a lock with three states, a futex under test, and how programs with them can end."""

from contextlib import suppress

from popcorn_lib.machine import Machine
from popcorn_lib.sync.sleep import sleep
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.simulate import simulate

FREE, HELD, WAITED = range(3)


def lock(sys, word):
    if (yield sys.cas(word, FREE, HELD)) == FREE:
        return
    while (old := (yield sys.cas(word, FREE, WAITED))) != FREE:
        if old == WAITED or (yield sys.cas(word, HELD, WAITED)) != FREE:
            yield from sleep(sys, word, WAITED)


def unlock(sys, word):
    if (yield sys.cas(word, HELD, FREE)) == WAITED:
        yield sys.store(word, FREE)
        yield sys.futex_wake(word, 1)


def adder(sys, lock, unlock, word):
    yield from lock(sys, word)
    value = yield sys.load(word + 8)
    yield sys.store(word + 8, value + 1)
    yield from unlock(sys, word)


def contest(sys, lock, unlock, place):
    """Two threads add 1 under a lock: 2, if one at a time adds."""
    word = yield sys.mmap(64)
    thread = yield sys.clone(adder, lock, unlock, word, on=place)
    yield from adder(sys, lock, unlock, word)
    yield sys.join(thread)
    return (yield sys.load(word + 8))


def turn(sys, lock, unlock, word):
    yield from lock(sys, word)
    yield from unlock(sys, word)


def crowd(sys, lock, unlock, place):
    """One thread has the lock while two others come: is nobody forgotten?"""
    word = yield sys.mmap(64)
    yield from lock(sys, word)
    one = yield sys.clone(turn, lock, unlock, word, on=place)
    two = yield sys.clone(turn, lock, unlock, word, on=place)
    yield from unlock(sys, word)
    yield sys.join(one)
    yield sys.join(two)


def quietly(sys, lock, unlock):
    word = yield sys.mmap(64)
    for _ in range(3):
        yield from turn(sys, lock, unlock, word)


CONTESTS = {
    "2 threads on 1 kernel": (contest, Machine.smp(2)),
    "2 threads on 2 kernels": (contest, Machine.multikernel(2)),
    "3 threads on 1 kernel": (crowd, Machine.smp(3)),
}
MOST_STATES = 20_000
CASES = [*CONTESTS, "1 thread, 3 times"]


def outcome(lock, unlock, case):
    """How a program can end with two functions of a student, in every order."""
    if case not in CONTESTS:
        run = simulate(quietly, Machine.smp(1), args=(lock, unlock))
        calls = sum(event.name.startswith("futex") for event in run.trace.events)
        return f"{calls} futex calls"
    program, machine = CONTESTS[case]
    args = (lock, unlock, machine.kernels[-1])
    found = explore(program, machine, args=args, max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    if not found.complete and program is contest:  # other right answers have a larger crowd
        return "no end: a thread tries again and again without sleeping"
    sums = {value for value, _ in found.outcomes} - {None}
    return f"every order ends{', the sum is ' if sums else ''}{' or '.join(map(str, sorted(sums)))}"


def try_lock(learned, case):
    return outcome(learned, unlock, case)


def try_unlock(learned, case):
    return outcome(lock, learned, case)


# ---- a timeout that comes while a wake is under way ---------------------------------------------


def first(sys, word):
    with suppress(OSError):  # it is late, or the word has changed
        yield sys.futex_wait(word, 0, 1.0)


def second(sys, word):
    yield from sleep(sys, word, 0)


def relay(sys, *places):
    word = yield sys.mmap(64)
    one = yield sys.clone(first, word, on=places[0])
    two = yield sys.clone(second, word, on=places[1])
    yield sys.join(one)
    yield sys.store(word, 1)
    yield sys.futex_wake(word, 1)
    yield sys.join(two)


def hurry(sys, place):
    """A wake and a timeout meet: whoever counts as woken must say so."""

    def late(sys, word):
        try:
            return (yield sys.futex_wait(word, 0, 1.0))
        except OSError as error:
            return error.errno

    word = yield sys.mmap(64)
    thread = yield sys.clone(late, word, on=place)
    count = yield sys.futex_wake(word, 1)
    return count, (yield sys.join(thread)) == 0


def relay_outcome(futex, *places):
    """How a program can end with a student's futex: the relay, or one waiter in a hurry."""
    program = relay if len(places) == 2 else hurry
    found = explore(program, Machine.multikernel(2).replace(futex=futex), args=places)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    lies = [value for value, _ in found.outcomes if value and value[0] != value[1]]
    return "a wake was counted that woke nobody" if lies else "every order ends well"
