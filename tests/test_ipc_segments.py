"""Segments on many kernels: one memory, and a count of attachments that is always true."""

import random
import signal
from mmap import MAP_ANONYMOUS, MAP_SHARED

import pytest
from ipc_programs import NEW, WHERE, attached, does, last, run, slow
from oracle import check_invariants
from programs import PAGE, outcomes, visit
from scenarios import tried

from popcorn_lib import (
    GETVAL,
    IPC_PRIVATE,
    IPC_RMID,
    SEM_UNDO,
    Machine,
    explore,
    simulate,
)

# ---- segments -----------------------------------------------------------------------------------


@WHERE
def test_is_the_number_of_attachments_true_at_every_moment(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(7, 8, NEW)
        address = yield sys.shmat(segment)
        counts = [(yield from attached(sys, segment))]
        pid = yield sys.fork(child, segment, address, on=last(kernels))
        counts.append((yield sys.wait4(pid))[1] >> 8)
        counts.append((yield from attached(sys, segment)))
        yield sys.shmdt(address)
        counts.append((yield from attached(sys, segment)))
        yield sys.shmctl(segment, IPC_RMID)
        return tuple(counts)

    def child(sys, segment, address):
        yield sys.exit((yield from attached(sys, segment)))

    assert outcomes(main, kernels, migrations=migrations) == {((1, 2, 1, 0), 0)}


@pytest.mark.parametrize("start", ["k1", "k2"])
def test_is_it_true_where_process_caller_and_segment_have_three_kernels(start):
    """The fork, the attachments and the end: of a process at home on k1, called from k2."""

    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
        yield from visit(sys, "k2")
        address = yield sys.shmat(segment)
        pid = yield sys.fork(child, address, on="k1")
        counts = [(yield from attached(sys, segment))]
        yield sys.wait4(pid)
        counts.append((yield from attached(sys, segment)))
        yield from visit(sys, "k1")
        yield sys.munmap(address, PAGE)
        yield from visit(sys, "k0")
        counts.append((yield from attached(sys, segment)))
        yield sys.shmctl(segment, IPC_RMID)
        return tuple(counts)

    def child(sys, address):
        yield sys.sched_yield()
        yield sys.shmdt(address)

    machine = Machine.multikernel(3, page_size=PAGE)
    result = explore(main, machine, start=start)
    assert result.violation is None and result.complete
    assert {value for value, _ in result.outcomes} == {(2, 1, 0), (1, 1, 0)}
    assert outcomes(main, 1) == result.outcomes


@WHERE
def test_do_two_processes_add_to_one_word_of_a_segment(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(7, 8, NEW)
        pid = yield sys.fork(adds, on=last(kernels))
        yield from adds(sys)
        yield sys.wait4(pid)
        address = yield sys.shmat(segment)
        yield sys.shmctl(segment, IPC_RMID)
        return (yield sys.load(address))

    def adds(sys):
        address = yield sys.shmat((yield sys.shmget(7, 8, 0)))
        yield sys.fetch_add(address, 1)
        yield sys.shmdt(address)

    assert outcomes(main, kernels, migrations=migrations) == {(2, 0)}


@WHERE
def test_may_a_segment_be_removed_while_another_process_attaches_it(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
        pid = yield sys.fork(child, segment, on=last(kernels))
        yield sys.shmctl(segment, IPC_RMID)
        status = (yield sys.wait4(pid))[1]
        return status >> 8, (yield from tried(sys.shmat(segment)))

    def child(sys, segment):
        address = yield from tried(sys.shmat(segment))
        if address == "EINVAL":
            yield sys.exit(1)
        yield sys.fetch_add(address, 5)
        yield sys.exit((yield sys.load(address)))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((5, "EINVAL"), 0), ((1, "EINVAL"), 0)}


@WHERE
def test_do_processes_wait_for_each_other_by_a_futex_in_a_segment(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 16, 0o600)
        address = yield sys.shmat(segment)
        yield sys.shmctl(segment, IPC_RMID)
        pid = yield sys.fork(wakes, address, on=last(kernels))
        while (yield sys.load(address)) == 0:
            yield from tried(sys.futex_wait(address, 0))
        yield sys.wait4(pid)
        return (yield sys.load(address))

    def wakes(sys, address):
        yield sys.store(address, 7)
        yield sys.futex_wake(address)

    assert outcomes(main, kernels, migrations=migrations) == {(7, 0)}


@pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 0), (2, 1), (3, 0)])
def test_may_a_process_be_killed_at_any_moment(kernels, migrations):
    """When its parent hears of it, nothing is attached and everything has been undone."""

    def main(sys):
        segment = yield sys.shmget(7, 8, NEW)
        sems = yield sys.semget(7, 1, NEW)
        pid = yield sys.fork(child, segment, sems, on=last(kernels))
        yield sys.kill(pid, signal.SIGKILL)
        yield sys.wait4(pid)
        left = (yield from attached(sys, segment)), (yield sys.semctl(sems, 0, GETVAL))
        yield sys.shmctl(segment, IPC_RMID)
        yield sys.semctl(sems, 0, IPC_RMID)
        return left

    def child(sys, segment, sems):
        address = yield sys.shmat(segment)
        yield sys.semop(sems, ((0, 1, SEM_UNDO),))
        yield sys.clone(does, "semop", sems, ((0, -2, 0),))
        yield sys.shmdt(address)

    assert outcomes(main, kernels, migrations=migrations) == {((0, 0), 0)}


@pytest.mark.parametrize("seed", [*range(6), *(slow(seed) for seed in range(6, 40))])
def test_is_every_attachment_given_back_by_processes_drawn_at_random(seed):
    """Threads attach, detach, unmap, map over and fork at once, and some are killed."""
    rng = random.Random(seed)
    steps = tuple(
        (rng.choice(("at", "over", "dt", "unmap", "fork", "add", "go")), rng.randrange(4))
        for _ in range(14)
    )

    def main(sys, places):
        segment = yield sys.shmget(7, 2 * PAGE, NEW)
        pids = []
        for number in range(3):
            pids.append((yield sys.fork(process, segment, number, places, 1, on=places[number])))
        yield sys.nanosleep(rng.random() * 1e-4)
        yield from tried(sys.kill(pids[0], signal.SIGKILL))
        for pid in pids:
            yield sys.wait4(pid)
        while (yield from attached(sys, segment)):  # of orphans
            yield sys.nanosleep(1e-4)
        yield sys.shmctl(segment, IPC_RMID)

    def process(sys, segment, number, places, depth):
        other = yield sys.clone(acts, segment, number, places, depth, on=places[number + 1])
        yield from acts(sys, segment, number + 3, places, depth)
        yield sys.join(other)

    def acts(sys, segment, number, places, depth):
        mine = [(yield sys.shmat(segment))]
        for kind, which in steps[number:] + steps[:number]:
            address = mine[which % len(mine)]
            if kind == "at":
                mine.append((yield sys.shmat(segment)))
            elif kind == "over":
                yield from tried(sys.shmat(segment, address, which % 2 * 0o40000))
            elif kind == "dt":
                yield from tried(sys.shmdt(address))
            elif kind == "unmap":
                yield sys.munmap(address + which % 2 * PAGE, PAGE)
            elif kind == "fork" and depth:
                here = places[which]
                pid = yield sys.fork(acts, segment, number, places, depth - 1, on=here)
                yield sys.wait4(pid)
            elif kind == "go":
                yield from visit(sys, places[which])
            elif mine[0] == address:
                again = yield sys.shmat(segment)
                yield sys.fetch_add(again, 1)

    for kernels in (1, 3):
        machine = Machine.multikernel(kernels, page_size=PAGE)
        places = tuple(f"k{(n + seed) % kernels}" for n in range(5))
        made = simulate(main, machine, (places,), seed, start=last(kernels))
        assert (made.status, made.residue()) == (0, {})
        assert seed % 6 != 1 or check_invariants(made) is None


def test_is_an_anonymous_mapping_no_segment():
    def main(sys):
        shared = yield sys.mmap(PAGE, flags=MAP_SHARED | MAP_ANONYMOUS)
        private = yield sys.mmap(PAGE)
        return (yield from tried(sys.shmdt(shared))), (yield from tried(sys.shmdt(private)))

    assert run(main, start="k1").value == ("EINVAL", "EINVAL")


def test_is_a_hole_in_a_segment_no_obstacle():
    """What else lies in the hole stays; the count is of attachments, not of areas."""

    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 4 * PAGE, 0o600)
        address = yield sys.shmat(segment)
        yield sys.munmap(address + PAGE, PAGE)
        counts = [(yield from attached(sys, segment))]
        yield sys.shmdt(address)
        counts.append((yield from attached(sys, segment)))
        yield sys.shmctl(segment, IPC_RMID)
        return tuple(counts)

    for start in ("k0", "k2"):
        assert run(main, start=start).value == (1, 0)
