"""Programs that cannot tell how many kernels they run on, against plain Python."""

import random
import time

import pytest
from oracle import check_invariants
from programs import (
    CAS_RACE,
    COHERENCE,
    MESSAGE_PASSING,
    PAGE,
    STORE_BUFFERING,
    expected,
    interleavings,
    litmus,
    outcomes,
    random_litmus,
    random_tree,
    tree_program,
    tree_value,
    tree_words,
    visit,
)

from popcorn_lib import Machine, simulate

SHAPES = {
    "store buffering": STORE_BUFFERING,
    "message passing": MESSAGE_PASSING,
    "coherence": COHERENCE,
    "cas": CAS_RACE,
}
WHERE = [(1, 0), (2, 0), (3, 0), (2, 1)]


def spread(threads, kernels):
    return tuple(f"k{(number + 1) % kernels}" for number in range(len(threads)))


def test_is_the_oracle_right_about_what_is_known():
    assert {results for results, _ in interleavings(STORE_BUFFERING)} == {
        ((None, 0), (None, 1)),
        ((None, 1), (None, 0)),
        ((None, 1), (None, 1)),
    }, "sequentially consistent: not both zero"
    seen = {results[1] for results, _ in interleavings(MESSAGE_PASSING)}
    assert seen == {(0, 0), (0, 1), (1, 1)}, "who sees the flag sees the data"
    assert {results[1] for results, _ in interleavings(COHERENCE)} == {
        (a, b) for a in range(3) for b in range(3) if a <= b
    }


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("kernels", "migrations"), WHERE)
def test_have_litmus_tests_exactly_the_outcomes_of_their_interleavings(name, kernels, migrations):
    threads = SHAPES[name]
    found = outcomes(litmus, kernels, (threads, spread(threads, kernels)), migrations)
    assert found == expected(threads)


@pytest.mark.parametrize("seed", range(12))
def test_have_random_litmus_tests_exactly_the_outcomes_of_their_interleavings(seed):
    threads = random_litmus(random.Random(seed), operations=2 + seed % 2)
    for kernels in (1, 2, 3):
        assert outcomes(litmus, kernels, (threads, spread(threads, kernels))) == expected(threads)
    assert outcomes(litmus, 2, (threads, spread(threads, 2)), migrations=1) == expected(threads)


@pytest.mark.parametrize("seed", range(3))
def test_do_three_threads_have_exactly_the_outcomes_of_their_interleavings(seed):
    threads = random_litmus(random.Random(50 + seed), threads=3, operations=1)
    for kernels in (1, 3):
        assert outcomes(litmus, kernels, (threads, spread(threads, kernels))) == expected(threads)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_have_random_litmus_tests_the_same_outcomes_with_moves_on_three_kernels(seed):
    threads = random_litmus(random.Random(900 + seed), operations=2)
    assert outcomes(litmus, 3, (threads, spread(threads, 3)), migrations=1) == expected(threads)


def lost_update(sys, kernels):
    page = yield sys.mmap(PAGE)
    tids = []
    for kernel in (*kernels, *kernels)[:2]:
        tids.append((yield sys.clone(increment, page, on=kernel)))
    for tid in tids:
        yield sys.join(tid)
    return (yield sys.load(page))


def increment(sys, page):
    value = yield sys.load(page)
    yield sys.store(page, value + 1)


def travellers(sys, kernels):
    page = yield sys.mmap(PAGE)
    tid = yield sys.clone(traveller, page, kernels, on=kernels[0])
    mine = yield sys.fetch_add(page, 1)
    theirs = yield sys.join(tid)
    return mine, theirs, (yield sys.load(page))


def traveller(sys, page, kernels):
    old = yield sys.fetch_add(page, 2)
    yield from visit(sys, kernels[-1])
    yield sys.exit(old)


def first_to_exit(sys, kernels):
    tid = yield sys.clone(leaver, on=kernels[0])
    yield sys.join(tid)
    yield sys.exit(3)


def leaver(sys):
    yield sys.exit_group(4)


# By hand: two increments that overlap count once; who adds first reads 0; exit_group comes before
# its caller could be joined.
BY_HAND = [
    (lost_update, {(1, 0), (2, 0)}),
    (travellers, {((0, 1, 3), 0), ((2, 0, 3), 0)}),
    (first_to_exit, {(None, 4 << 8)}),
]


@pytest.mark.parametrize(("main", "reasoned"), BY_HAND)
@pytest.mark.parametrize(("kernels", "migrations"), [*WHERE, (3, 1)])
def test_have_programs_exactly_the_outcomes_that_reasoning_gives(
    main, reasoned, kernels, migrations
):
    names = [f"k{i}" for i in range(kernels)]
    assert outcomes(main, kernels, (names[1:] + names[:1],), migrations) == reasoned


@pytest.mark.parametrize("main", [main for main, _ in BY_HAND] + [litmus])
def test_are_one_two_and_three_kernels_explored_in_under_a_second(main):
    def all_of_it():
        begin = time.process_time()
        for kernels, migrations in ((1, 0), (2, 0), (3, 0), (2, 1)):
            names = tuple(f"k{(i + 1) % kernels}" for i in range(2))
            args = (STORE_BUFFERING, names) if main is litmus else (names,)
            outcomes(main, kernels, args, migrations)
        return time.process_time() - begin

    assert min(all_of_it() for _ in range(3)) < 1


@pytest.mark.parametrize("seed", range(25))
def test_do_random_trees_of_threads_give_what_plain_python_gives(seed):
    tree = random_tree(random.Random(seed), depth=2 + seed % 2)
    for kernels in (1, 2, 3, 4):
        machine = Machine.multikernel(kernels, cores=1 + seed % 3, page_size=PAGE)
        run = simulate(tree_program, machine, (tree, machine.kernels), seed)
        assert run.value == (tree_value(tree), tree_words(tree))
        assert (run.status, run.residue()) == (0, {})
        assert check_invariants(run) is None
        assert kernels > 1 or len(run.messages) == 0


@pytest.mark.parametrize("seed", range(8))
def test_have_small_random_trees_the_one_outcome_that_plain_python_gives(seed):
    rng = random.Random(seed)
    tree = (("clone", 1, random_tree(rng, 0, 2)), *random_tree(rng, 0, 2))
    for kernels in (1, 3):
        places = tuple(f"k{i}" for i in range(kernels))
        found = outcomes(tree_program, kernels, (tree, places), migrations=0)
        assert found == {((tree_value(tree), tree_words(tree)), 0)}
