"""Semaphores on many kernels: all operations or none, and undone at the end."""

import random
import signal
from functools import cache

import pytest
from ipc_programs import WHERE, last, operates
from programs import PAGE, outcomes
from scenarios import tried

from popcorn_lib import (
    GETALL,
    GETVAL,
    IPC_NOWAIT,
    IPC_PRIVATE,
    IPC_RMID,
    SEM_UNDO,
    SETALL,
    SETVAL,
    Machine,
    explore,
)

# ---- semaphores ---------------------------------------------------------------------------------


@WHERE
def test_does_a_semaphore_keep_two_threads_apart(kernels, migrations):
    def main(sys):
        page = yield sys.mmap(PAGE)
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        yield sys.semctl(sems, 0, SETVAL, 1)
        thread = yield sys.clone(adds, sems, page, on=last(kernels))
        yield from adds(sys, sems, page)
        yield sys.join(thread)
        yield sys.semctl(sems, 0, IPC_RMID)
        return (yield sys.load(page))

    def adds(sys, sems, page):
        yield sys.semop(sems, ((0, -1, 0),))
        yield sys.store(page, (yield sys.load(page)) + 1)
        yield sys.semop(sems, ((0, 1, 0),))

    assert outcomes(main, kernels, migrations=migrations) == {(2, 0)}


@WHERE
def test_can_nobody_see_half_of_a_call_with_two_operations(kernels, migrations):
    def main(sys):
        sems = yield sys.semget(IPC_PRIVATE, 2, 0o600)
        yield sys.semctl(sems, 0, SETVAL, 1)
        thread = yield sys.clone(moves, sems, on=last(kernels))
        seen = yield sys.semctl(sems, 0, GETALL)
        yield sys.join(thread)
        yield sys.semctl(sems, 0, IPC_RMID)
        return seen

    def moves(sys, sems):
        yield sys.semop(sems, ((0, -1, 0), (1, 1, 0)))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((1, 0), 0), ((0, 1), 0)}


@WHERE
def test_is_a_lock_free_again_when_its_holder_has_been_killed(kernels, migrations):
    def main(sys):
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        yield sys.semctl(sems, 0, SETVAL, 1)
        pid = yield sys.fork(holder, sems, on=last(kernels))
        yield sys.kill(pid, signal.SIGKILL)
        yield sys.wait4(pid)
        value = yield sys.semctl(sems, 0, GETVAL)  # the parent hears of the end after the undo
        yield sys.semctl(sems, 0, IPC_RMID)
        return value

    def holder(sys, sems):
        yield from operates(sys, sems, (0, -1, SEM_UNDO), (0, -1, SEM_UNDO))

    assert outcomes(main, kernels, migrations=migrations) == {(1, 0)}


@WHERE
def test_do_threads_on_many_kernels_share_what_is_to_be_undone(kernels, migrations):
    """Two threads undo each other's: nothing is left to be undone at the end of the process."""

    def main(sys):
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        yield sys.wait4((yield sys.fork(child, sems, on="k0")))
        value = yield sys.semctl(sems, 0, GETVAL)
        yield sys.semctl(sems, 0, IPC_RMID)
        return value

    def child(sys, sems):
        thread = yield sys.clone(operates, sems, (0, 2, SEM_UNDO), on=last(kernels))
        yield from operates(sys, sems, (0, -1, SEM_UNDO), (0, 1, 0))
        yield sys.join(thread)

    assert outcomes(main, kernels, migrations=migrations) == {(1, 0)}


# ---- by brute force ------------------------------------------------------------------------------

# What threads do: each tuple of a thread is one semop; IPC_NOWAIT where it says so.


def attempt(values, operations):
    """The values afterwards, an errno's name, or None: it has to wait.  By the manual."""
    values = list(values)
    for number, change, flags in operations:
        if (change == 0 and values[number]) or values[number] + change < 0:
            return "EAGAIN" if flags & IPC_NOWAIT else None
        values[number] += change
    return tuple(values)


def wake(values, waiting):
    """Let those go on who can: first who only waits for zeros, else in order: (state, who)."""
    for only_zeros in (True, False):
        for thread, operations in waiting:
            zeros = all(change == 0 for _, change, _ in operations)
            after = attempt(values, operations)
            if zeros == only_zeros and after is not None:
                rest = tuple(item for item in waiting if item[0] != thread)
                return after, rest, thread
    return values, waiting, None


def ends(threads, values):
    """Every end: what each thread's calls gave and the values; "deadlock" where nothing goes on."""

    @cache
    def go(places, values, waiting, results):
        found, stuck = set(), {thread for thread, _ in waiting}
        for thread, place in enumerate(places):
            if thread in stuck or place == len(threads[thread]):
                continue
            found |= step(places, values, waiting, results, thread, threads[thread][place])
        over = not waiting and all(p == len(t) for p, t in zip(places, threads, strict=True))
        return found or ({(results, values)} if over else {"deadlock"})

    def step(places, values, waiting, results, thread, operations):
        places = tuple(p + (n == thread) for n, p in enumerate(places))
        after = attempt(values, operations)
        if after is None:
            return go(places, values, (*waiting, (thread, operations)), results)
        told = [list(r) for r in results]
        told[thread].append(after if isinstance(after, str) else 0)
        values = values if isinstance(after, str) else after
        while True:
            after, waiting, woken = wake(values, waiting)
            if woken is None:
                return go(places, values, waiting, tuple(map(tuple, told)))
            told[woken].append(after if isinstance(after, str) else 0)
            values = values if isinstance(after, str) else after

    return go((0,) * len(threads), values, (), ((),) * len(threads))


def draw_threads(rng):
    def operation():
        return (
            rng.randrange(2),
            rng.choice((-2, -1, -1, 0, 1, 1, 2)),
            rng.choice((0, 0, IPC_NOWAIT)),
        )

    def call():
        return tuple(operation() for _ in range(rng.choice((1, 1, 2))))

    return tuple(tuple(call() for _ in range(2)) for _ in range(3))


def tells(sys, sems, calls):
    results = []
    for operations in calls:
        results.append((yield from tried(sys.semop(sems, operations))))
    return tuple(results)


@pytest.mark.parametrize("seed", range(20))
def test_do_random_semops_end_as_brute_force_says(seed):
    rng = random.Random(seed)
    threads, values = draw_threads(rng), (rng.randrange(3), rng.randrange(3))

    def main(sys, places):
        sems = yield sys.semget(IPC_PRIVATE, 2, 0o600)
        yield sys.semctl(sems, 0, SETALL, values)
        tids, results = [], []
        for calls, place in zip(threads, places, strict=True):
            tids.append((yield sys.clone(tells, sems, calls, on=place)))
        for tid in tids:
            results.append((yield sys.join(tid)))
        found = tuple(results), (yield sys.semctl(sems, 0, GETALL))
        yield sys.semctl(sems, 0, IPC_RMID)
        return found

    expected = ends(threads, values)
    for kernels, places in ((1, ("k0",) * 3), (2, ("k0", "k1", "k1"))):
        machine = Machine.multikernel(kernels, page_size=PAGE)
        result = explore(main, machine, (places,), stop=False)
        found = {value for value, _ in result.outcomes} | set(result.violations)
        assert result.complete and found == expected
