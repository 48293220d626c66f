"""Mutexes and their kin in schedules drawn at random: more threads, long programs, all together."""

import random

import pytest
import sync_programs as small
from futex_scenarios import joined, tried
from programs import PAGE
from sync_programs import WORD, adds

from popcorn_lib import Costs, Machine, simulate, sync

UNEVEN = Costs(jitter=5.0)  # calls and messages take up to six times as long
KERNELS = pytest.mark.parametrize("kernels", [1, 2, 3, 4])


def schedules(main, count=25):
    """What a program gives in many runs: (value, timeout), on 1 to 3 kernels."""
    rng = random.Random(main.__name__)
    for seed in range(1, count + 1):
        for machine in (Machine.smp(4), Machine.multikernel(2), Machine.multikernel(3)):
            places = [rng.choice(machine.kernels) for _ in range(2)]
            timeout = rng.choice((5e-6, 20e-6, 100e-6)) * rng.random()
            made = simulate(main, machine, (timeout, *places), seed, UNEVEN, trace=False)
            assert made.residue() == {}
            yield made.value


# ---- three threads and more ---------------------------------------------------------------------


def test_is_a_wake_passed_on_by_who_gives_up():
    assert set(schedules(small.one_of_three_hurries)) == {(3, 0)}


def test_is_a_signal_lost_on_one_whose_wait_times_out():
    assert set(schedules(small.one_token_for_two)) == {(1, 0, 0)}


@pytest.mark.parametrize("gives", [small.tell_all, small.tell_all_inside])
def test_does_a_broadcast_bring_back_everybody(gives):
    def main(sys, timeout, *places):
        return (yield from small.all_told(sys, gives, *places))

    assert set(schedules(main)) == {((1, 1, 1), 0)}


def test_is_a_post_lost_on_one_who_gives_up():
    assert set(schedules(small.all_pass)) == {(False, 0, 0), (True, 1, 0)}


def test_do_more_threads_than_a_round_needs_share_a_barrier():
    """Six threads meet in pairs at one barrier, all of them at another; three times."""

    def main(sys, timeout, *places):
        page = yield sys.mmap(PAGE)
        yield from sync.barrier_init(sys, page, 2)
        yield from sync.barrier_init(sys, page + 4 * WORD, 6)
        return sum((yield from small.starts(sys, (meets,) * 6, (*places, None) * 2, page)))

    def meets(sys, page):
        serial = 0
        for _ in range(3):
            serial += yield from sync.barrier_wait(sys, page)
            yield from sync.barrier_wait(sys, page + 4 * WORD)
        return serial

    assert set(schedules(main, 10)) == {3 * 3 * sync.BARRIER_SERIAL_THREAD}


# ---- all together -------------------------------------------------------------------------------

LOCKS, COUNTERS, RWLOCK, LIMIT, INSIDE, BARRIER = 0, 2, 4, 8, 10, 12
CONDITION, STORE, ONCE, BEGUN, END = 16, 18, 20, 22, 24  # word numbers; pages have eight words
PHASES, THREADS = 3, 4


def random_steps(rng):
    """Steps of each thread in each phase; in each, one gives tokens and the others take some."""
    steps = []
    for _ in range(PHASES):
        giver, tokens = rng.randrange(THREADS), rng.randrange(5)
        takers = [rng.choice([n for n in range(THREADS) if n != giver]) for _ in range(tokens)]
        for number in range(THREADS):
            mine = [("give",)] * tokens if number == giver else []
            mine += [("take",)] * takers.count(number)
            mine += [_random_step(rng) for _ in range(rng.randrange(6))]
            rng.shuffle(mine)
            steps.append((number, tuple(mine)))
    return tuple(tuple(mine for number, mine in steps if number == n) for n in range(THREADS))


def _random_step(rng):
    kind = rng.choice(("add", "write", "read", "limit", "once", "move"))
    return kind, rng.randrange(2), rng.randrange(100)


def mixed(sys, steps, places):
    base = yield sys.mmap(END * WORD)
    yield from sync.barrier_init(sys, base + BARRIER * WORD, THREADS)
    yield from sync.sem_init(sys, base + LIMIT * WORD, 2)
    tids = []
    for number, phases in enumerate(steps):
        place = places[number % len(places)]
        tids.append((yield sys.clone(thread, phases, base, places, on=place)))
    serial = sum((yield from joined(sys, tids)))
    values = []
    for word in (COUNTERS, COUNTERS + 1, RWLOCK + 1, RWLOCK + 2, STORE, BEGUN, BEGUN + 1):
        values.append((yield sys.load(base + word * WORD)))
    return serial, tuple(values)


def thread(sys, phases, base, places):
    serial = 0
    for steps in phases:
        for kind, *details in steps:
            yield from STEPS[kind](sys, base, places, *details)
        serial -= yield from sync.barrier_wait(sys, base + BARRIER * WORD)
    return serial


def step_add(sys, base, places, which, n):
    yield from sync.mutex_lock(sys, base + (LOCKS + which) * WORD)
    counter = base + (COUNTERS + which) * WORD
    yield sys.store(counter, (yield sys.load(counter)) + n)
    yield from sync.mutex_unlock(sys, base + (LOCKS + which) * WORD)


def step_write(sys, base, places, which, n):
    yield from sync.rwlock_wrlock(sys, base + RWLOCK * WORD)
    for word in (RWLOCK + 1, RWLOCK + 2):
        yield sys.store(base + word * WORD, (yield sys.load(base + word * WORD)) + n)
    yield from sync.rwlock_unlock(sys, base + RWLOCK * WORD)


def step_read(sys, base, places, which, n):
    yield from sync.rwlock_rdlock(sys, base + RWLOCK * WORD)
    first = yield sys.load(base + (RWLOCK + 1) * WORD)
    assert first == (yield sys.load(base + (RWLOCK + 2) * WORD))
    yield from sync.rwlock_unlock(sys, base + RWLOCK * WORD)


def step_limit(sys, base, places, which, n):
    yield from sync.sem_wait(sys, base + LIMIT * WORD)
    assert (yield sys.fetch_add(base + INSIDE * WORD, 1)) < 2, "two may be inside"
    yield sys.fetch_add(base + INSIDE * WORD, -1)
    yield from sync.sem_post(sys, base + LIMIT * WORD)


def step_once(sys, base, places, which, n):
    def init(sys):
        yield from adds(sys, base + (BEGUN + which) * WORD)

    yield from sync.once(sys, base + (ONCE + which) * WORD, init)
    assert (yield sys.load(base + (BEGUN + which) * WORD)) == 1


def step_move(sys, base, places, which, n):
    yield from tried(sys.migrate(places[n % len(places)]))


def step_give(sys, base, places):
    mutex, cond, store = base + LOCKS * WORD, base + CONDITION * WORD, base + STORE * WORD
    yield from sync.mutex_lock(sys, mutex)
    yield from adds(sys, store)
    yield from sync.mutex_unlock(sys, mutex)
    yield from sync.cond_signal(sys, cond)


def step_take(sys, base, places):
    mutex, cond, store = base + LOCKS * WORD, base + CONDITION * WORD, base + STORE * WORD
    yield from sync.mutex_lock(sys, mutex)
    while (tokens := (yield sys.load(store))) == 0:
        yield from sync.cond_wait(sys, cond, mutex)
    yield sys.store(store, tokens - 1)
    yield from sync.mutex_unlock(sys, mutex)


STEPS = {
    "add": step_add, "write": step_write, "read": step_read, "limit": step_limit,
    "once": step_once, "move": step_move, "give": step_give, "take": step_take,
}  # fmt: skip


def sequential(steps):
    """What `mixed` must give: plain sums over all steps, in any order."""
    flat = [step for phases in steps for phase in phases for step in phase]
    counters = [sum(step[2] for step in flat if step[:2] == ("add", w)) for w in (0, 1)]
    written = sum(step[2] for step in flat if step[0] == "write")
    begun = [int(any(step[:2] == ("once", which) for step in flat)) for which in (0, 1)]
    return PHASES, (*counters, written, written, 0, *begun)


@KERNELS
def test_do_random_programs_with_all_of_them_end_with_the_right_sums(kernels):
    machine = Machine.multikernel(kernels, cores=1 + (kernels == 1), page_size=PAGE)
    for seed in range(25):
        steps = random_steps(random.Random(seed))
        made = simulate(mixed, machine, (steps, machine.kernels), seed, UNEVEN, trace=False)
        assert (made.value, made.residue()) == (sequential(steps), {}), seed
