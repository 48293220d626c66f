"""Fork: a copy of an address space whose pages lie on several kernels."""

import os

import pytest
from memory_programs import ANON, PLACES, RW, SHARED, holds, together
from oracle import Steps, check_invariants
from programs import PAGE, visit

from popcorn_lib import Machine, simulate


def run(main, kernels, *args, start=None, seed=0):
    machine = Machine.multikernel(kernels, cores=2, page_size=PAGE)
    made = simulate(main, machine, args, seed, start=start)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def child_says(sys, on, function, *args):
    """The exit status of a child."""
    _, status = yield sys.wait4((yield sys.fork(function, *args, on=on)))
    assert os.WIFEXITED(status)
    return os.WEXITSTATUS(status)


def stores(sys, page, value):
    yield sys.store(page, value)


def exits_with(sys, page):
    yield sys.exit((yield sys.load(page)))


def adds_and_exits(sys, page, n):
    yield sys.exit((yield sys.fetch_add(page, n)))


# ---- contents and isolation ---------------------------------------------------------------------


def spread_and_forked(sys, forker, writer, on):
    """Pages written on two kernels; `forker` forks a child on `on`, which reads and writes."""
    private = yield sys.mmap(2 * PAGE)
    shared = yield sys.mmap(PAGE, RW, SHARED)
    for place, value in ((private, 1), (private + PAGE, 2), (shared, 4)):
        yield from together(sys, (writer, stores, place, value))
    starts = (forker, forks_and_looks, private, shared, on)
    return (yield from together(sys, starts))[0]


def forks_and_looks(sys, private, shared, on):
    seen = yield from child_says(sys, on, sums_and_overwrites, private, shared)
    words = []
    for place in (private, private + PAGE, shared):
        words.append((yield sys.load(place)))
    return seen, tuple(words)


def sums_and_overwrites(sys, private, shared):
    total = 0
    for place in (private, private + PAGE, shared):
        total += yield sys.load(place)
        yield sys.store(place, 50)
    yield sys.exit(total)


@PLACES
@pytest.mark.parametrize("on", [None, "k0", "k2"])
def test_has_a_child_its_own_copy_and_the_same_shared_pages(places, on):
    assert holds(spread_and_forked, (*places, on)) == {((7, (1, 2, 50)), 0)}


def test_has_it_also_while_threads_move():
    assert holds(spread_and_forked, ("k1", "k0", None), 2, 1) == {((7, (1, 2, 50)), 0)}


@pytest.mark.parametrize("start", ["k0", "k2"])
def test_is_a_page_copied_that_lives_on_a_third_kernel_alone(start):
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield from together(sys, ("k1", stores, page, 9))
        yield from visit(sys, "k2")
        seen = [(yield from child_says(sys, "k3", exits_with, page))]
        seen.append((yield from child_says(sys, None, exits_with, page)))
        return (*seen, (yield sys.load(page)))

    assert run(main, 4, start=start).value == (9, 9, 9)


def test_does_a_fork_race_a_write_like_any_other_reader():
    def main(sys):
        page = yield sys.mmap(2 * PAGE)
        writing = ("k2", stores_two, page)
        return (yield from together(sys, ("k1", forks_a_pair, page), writing))

    def stores_two(sys, page):
        yield sys.store(page, 1)
        yield sys.store(page + PAGE, 1)

    def forks_a_pair(sys, page):
        return (yield from child_says(sys, None, exits_with_both, page))

    def exits_with_both(sys, page):
        yield sys.exit(2 * (yield sys.load(page)) + (yield sys.load(page + PAGE)))

    found = {value[0] for value, _ in holds(main)}
    assert {0, 3} <= found <= {0, 1, 2, 3}


def test_may_two_threads_fork_at_once():
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, 3)
        return (yield from together(sys, ("k1", forks_one, page), ("k2", forks_one, page)))

    def forks_one(sys, page):
        return (yield from child_says(sys, None, exits_with, page))

    assert holds(main) == {((3, 3), 0)}


# ---- a number that is used again ----------------------------------------------------------------


def one_after_the_other(sys, first, second):
    """Each child gets the number of the one before; none sees what that one has left behind."""
    page = yield sys.mmap(PAGE)
    yield sys.store(page, 5)
    seen = []
    for on, to in ((first, second), (first, second), (second, first)):
        seen.append((yield from child_says(sys, on, adds_and_goes, page, to)))
    return tuple(seen)


def adds_and_goes(sys, page, to):
    yield sys.fetch_add(page, 1)
    yield from visit(sys, to)
    yield sys.exit((yield sys.fetch_add(page, 1)))


@PLACES
def test_what_if_a_number_is_given_again_before_all_kernels_know_of_the_end(places):
    assert holds(one_after_the_other, places) == {((6, 6, 6), 0)}


# ---- shared objects -----------------------------------------------------------------------------


def three_generations(sys, places):
    page = yield sys.mmap(PAGE, RW, SHARED)
    first = yield sys.fork(adds_and_forks, page, places, on=places[0])
    mine = yield sys.fetch_add(page, 1)
    yield sys.wait4(first)
    return mine, (yield sys.load(page))


def adds_and_forks(sys, page, places):
    if places[1:]:
        child = yield sys.fork(adds_and_forks, page, places[1:], on=places[1])
    yield sys.fetch_add(page, 10 ** len(places))
    if places[1:]:
        yield sys.wait4(child)


def test_do_parent_child_and_grandchild_share_on_three_kernels():
    outcomes = holds(three_generations, (("k1", "k2"),))
    assert outcomes == {((mine, 111), 0) for mine in (0, 10, 100, 110)}


def orphaned(sys, places):
    """The maker ends first; its object lives on as long as a child maps it."""
    page = yield sys.mmap(PAGE, RW, SHARED)
    yield sys.store(page, 8)
    yield sys.fork(outlives, page, places, on=places[0])


def outlives(sys, page, places):
    yield sys.fork(adds_and_exits, page, 1, on=places[1])
    yield sys.nanosleep(1e-3)
    assert (yield sys.load(page)) in (8, 9)


@PLACES
def test_does_a_shared_object_outlive_its_maker_and_go_with_its_last_user(places):
    holds(orphaned, (places,))
    for seed in range(3):
        assert run(orphaned, 3, places, seed=seed).status == 0


def makes_objects_in_turn(sys, there):
    """Objects come and go; each is empty whatever its number was used for before."""
    found = []
    for value in (1, 2, 3):
        page = yield sys.mmap(PAGE, RW, SHARED)
        found.append((yield sys.load(page)))
        yield from together(sys, (there, stores, page, value))
        found.append((yield from child_says(sys, there, exits_with, page)))
        yield sys.munmap(page, PAGE)
    return tuple(found)


def test_is_the_number_of_an_object_used_again_only_when_no_page_of_it_is_left():
    assert holds(makes_objects_in_turn, ("k1",), kernels=2) == {((0, 1, 0, 2, 0, 3), 0)}


@pytest.mark.parametrize("there", ["k1", "k2"])
def test_is_an_object_dropped_while_a_page_of_it_moves(there):
    def main(sys):
        page = yield sys.mmap(PAGE, RW, SHARED)
        child = yield sys.fork(adds_and_exits, page, 1, on="k1")
        other = yield sys.fork(adds_and_exits, page, 1, on=there)
        yield sys.munmap(page, PAGE)
        statuses = {(yield sys.wait4(child))[1], (yield sys.wait4(other))[1]}
        again = yield sys.mmap(PAGE, RW, SHARED)
        return sorted(statuses) == [0, 1 << 8], (yield sys.load(again))

    assert holds(main) == {((True, 0), 0)}


# ---- much of it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["k0", "k1"])
def test_is_a_large_address_space_copied_as_it_is(start):
    areas, step = 72, 16 * PAGE

    def main(sys):
        base = 1 << 20
        for number in range(areas):
            flags = SHARED if number % 3 == 0 else ANON
            yield sys.mmap(4 * PAGE, RW, flags, base + number * step)
            for page in range(4):
                yield sys.store(base + number * step + page * PAGE, 4 * number + page + 1)
        yield from visit(sys, "k1")
        yield from visit(sys, "k2")
        return (yield from child_says(sys, "k0", reads_all, base))

    def reads_all(sys, base):
        for number in range(areas):
            for page in range(4):
                place = base + number * step + page * PAGE
                assert (yield sys.fetch_add(place, 1)) == 4 * number + page + 1
        yield sys.exit(77)

    made = simulate(main, Machine.multikernel(3, page_size=PAGE), start=start, trace=False)
    assert (made.value, made.residue()) == (77, {})


def test_does_every_step_of_a_fork_depend_on_nothing_but_state_and_input(monkeypatch):
    steps = Steps(monkeypatch)
    machine = Machine.multikernel(3, cores=2, page_size=PAGE)
    for program, args in (
        (spread_and_forked, ("k1", "k2", "k2")),
        (three_generations, (("k1", "k2"),)),
        (makes_objects_in_turn, ("k1",)),
    ):
        simulate(program, machine, args, 1)
    assert len(steps.steps) > 200
    assert steps.again(machine) == 0
