"""A process dies, or a change waits, while faults, changes and forks are under way."""

import signal
from mmap import PROT_READ

import pytest
from memory_programs import ANON, FLAGS, PLACES, RW, SHARED, WHERE, holds, together
from programs import PAGE

from popcorn_lib import Machine, simulate
from popcorn_lib.syscalls import MAP_FIXED

# ---- a process dies while something is under way ------------------------------------------------


def exits(sys):
    yield sys.exit_group(3)


def touches_nothing(sys):
    yield sys.load(0)


def faults(sys, page):
    yield sys.fetch_add(page, 1)
    yield sys.store_bytes(page + PAGE - 4, b"12345678")


def maps_shared_over(sys, page):
    yield sys.mmap(PAGE, RW, SHARED | MAP_FIXED, page)


def unmaps_one(sys, page):
    yield sys.munmap(page, PAGE)


def reads_and_protects(sys, page):
    yield sys.load(page)
    yield sys.mprotect(page, PAGE, PROT_READ)


def forks_here(sys, page):
    yield sys.fork(stores, page)


def forks_there(sys, page):
    yield sys.fork(stores, page, on="k2")


def stores(sys, page):
    yield sys.store(page, 7)


WORKS = (faults, maps_shared_over, unmaps_one, reads_and_protects, forks_here, forks_there)


def killed(sys, work, killer, flags, places):
    page = yield sys.mmap(2 * PAGE, RW, flags)
    yield sys.store(page, 5)
    yield from together(sys, (places[0], work, page), (places[1], killer))


@pytest.mark.parametrize("killer", [exits, touches_nothing])
@pytest.mark.parametrize("work", WORKS)
def test_is_nothing_left_when_a_process_dies_at_work(work, killer):
    status = 3 << 8 if killer is exits else signal.SIGSEGV
    for places in WHERE:
        for flags in (ANON, SHARED):
            assert holds(killed, (work, killer, flags, places)) == {(None, status)}


@pytest.mark.parametrize("work", [faults, unmaps_one, forks_here])
def test_is_nothing_left_when_a_process_dies_at_work_and_on_the_move(work):
    args = (work, exits, ANON, ("k1", "k0"))
    assert holds(killed, args, kernels=2, migrations=1) == {(None, 3 << 8)}


@pytest.mark.slow
@FLAGS
@PLACES
@pytest.mark.parametrize("work", WORKS)
def test_is_nothing_left_wherever_it_dies_and_moves(work, flags, places):
    holds(killed, (work, exits, flags, places), migrations=1)


# ---- changes come to their end ------------------------------------------------------------------


def adds_for_ever(sys, word):
    while True:
        yield sys.fetch_add(word, 1)


@pytest.mark.parametrize("seed", range(3))
def test_does_a_munmap_end_although_its_pages_are_always_wanted(seed):
    def main(sys):
        page = yield sys.mmap(2 * PAGE)
        for i in range(1, 4):
            for word in (page, page + PAGE):
                yield sys.clone(adds_for_ever, word, on=f"k{i}")
        yield sys.nanosleep(1e-4)
        yield sys.munmap(page, 2 * PAGE)
        yield sys.nanosleep(1)

    machine = Machine.multikernel(4, cores=2, page_size=PAGE)
    run = simulate(main, machine, (), seed, max_seconds=0.01)
    assert (run.status, run.residue()) == (signal.SIGSEGV, {})
