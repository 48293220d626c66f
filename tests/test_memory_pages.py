"""Pages that are copied and taken away: every order of the messages, against plain Python."""

import random

import pytest
from oracle import Steps
from programs import (
    CAS_RACE,
    COHERENCE,
    MESSAGE_PASSING,
    PAGE,
    STORE_BUFFERING,
    interleavings,
    outcomes,
    random_litmus,
    used,
)

from popcorn_lib import Machine, simulate

SHAPES = {
    "store buffering": STORE_BUFFERING,
    "message passing": MESSAGE_PASSING,
    "coherence": COHERENCE,
    "cas": CAS_RACE,
    "load buffering": ((("load", 0), ("store", 1, 1)), (("load", 1), ("store", 0, 1))),
    "2+2W": ((("store", 0, 1), ("store", 1, 2)), (("store", 1, 1), ("store", 0, 2))),
    "R": ((("store", 0, 1), ("store", 1, 1)), (("store", 1, 2), ("load", 0))),
    "S": ((("store", 0, 2), ("store", 1, 1)), (("load", 1), ("store", 0, 1))),
    "upgrades": ((("load", 0), ("add", 0, 1)), (("load", 0), ("add", 0, 2))),
}
THREE = {
    "WRC": ((("store", 0, 1),), (("load", 0), ("store", 1, 1)), (("load", 1), ("load", 0))),
    "RWC": ((("store", 0, 1),), (("load", 0), ("load", 1)), (("store", 1, 1), ("load", 0))),
    "ISA2": (
        (("store", 0, 1), ("store", 1, 1)),
        (("load", 1), ("store", 2, 1)),
        (("load", 2), ("load", 0)),
    ),
}
IRIW = (
    (("store", 0, 1),),
    (("store", 1, 1),),
    (("load", 0), ("load", 1)),
    (("load", 1), ("load", 0)),
)
CORR = (
    (("store", 0, 1),),
    (("store", 0, 2),),
    (("load", 0), ("load", 0)),
    (("load", 0), ("load", 0)),
)
APART = pytest.mark.parametrize("apart", [False, True], ids=["one page", "a page each"])


def spread(threads, kernels, first=1):
    return tuple(f"k{(number + first) % kernels}" for number in range(len(threads)))


def word_at(base, word, apart):
    return base + word * (PAGE if apart else 8)


def thread(sys, base, operations, apart):
    results = []
    for kind, word, *given in operations:
        call = getattr(sys, "fetch_add" if kind == "add" else kind)
        results.append((yield call(word_at(base, word, apart), *given)))
    return tuple(results)


def litmus(sys, threads, places, apart):
    """A litmus test with its words on one page or on a page each."""
    base = yield sys.mmap(PAGE * used(threads))
    tids = []
    for operations, place in zip(threads, places, strict=True):
        tids.append((yield sys.clone(thread, base, operations, apart, on=place)))
    results = []
    for tid in tids:
        results.append((yield sys.join(tid)))
    words = []
    for word in range(used(threads)):
        words.append((yield sys.load(word_at(base, word, apart))))
    return tuple(results), tuple(words)


def check(threads, kernels, apart, migrations=0, first=1):
    """The outcomes are exactly those of the interleavings; explore checks the invariants."""
    places = spread(threads, kernels, first)
    found = outcomes(litmus, kernels, (threads, places, apart), migrations)
    count = used(threads)
    assert found == {((got, words[:count]), 0) for got, words in interleavings(threads)}


# ---- exactly the sequentially consistent outcomes -----------------------------------------------


@APART
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("kernels", "migrations"), [(2, 0), (3, 0)])
def test_has_a_shape_exactly_the_outcomes_of_its_interleavings(name, kernels, migrations, apart):
    check(SHAPES[name], kernels, apart, migrations)


@pytest.mark.parametrize("name", ["store buffering", "message passing", "2+2W", "upgrades"])
def test_has_a_shape_the_same_outcomes_while_threads_move(name):
    check(SHAPES[name], 2, apart=True, migrations=1)


@APART
@pytest.mark.parametrize("name", THREE)
def test_do_three_threads_agree_on_the_order_of_what_they_see(name, apart):
    check(THREE[name], 3, apart)


def test_do_two_readers_see_two_writes_in_one_order():
    check(IRIW, 2, apart=True)


@pytest.mark.slow
@APART
@pytest.mark.parametrize("threads", [IRIW, CORR, *THREE.values()], ids=repr)
def test_do_three_kernels_agree_on_the_order_of_what_they_see(threads, apart):
    for first in (0, 1):
        check(threads, 3, apart, first=first)


@pytest.mark.slow
@APART
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kernels", [2, 3])
def test_has_every_shape_the_same_outcomes_while_threads_move(name, kernels, apart):
    check(SHAPES[name], kernels, apart, migrations=1)


@pytest.mark.parametrize("seed", range(12))
def test_have_random_litmus_tests_exactly_the_outcomes_of_their_interleavings(seed):
    rng = random.Random(seed)
    threads = random_litmus(rng, threads=2 + seed % 2, operations=3 - seed % 2)
    check(threads, 2 + seed % 3, apart=rng.random() < 0.5, first=rng.randrange(3))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_have_larger_random_litmus_tests_exactly_the_outcomes_of_their_interleavings(seed):
    rng = random.Random(1000 + seed)
    threads = random_litmus(rng, threads=2 + seed % 2, operations=4 - seed % 2 * 2, words=3)
    check(threads, 2 + seed % 3, apart=rng.random() < 0.5, first=rng.randrange(3))


# ---- the rule of the house ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_does_every_step_depend_on_nothing_but_state_and_input(monkeypatch, seed):
    steps = Steps(monkeypatch)
    machine = Machine.multikernel(3, cores=2, page_size=PAGE)
    threads = random_litmus(random.Random(seed), threads=6, operations=6, words=3)
    simulate(litmus, machine, (threads, spread(threads, 3), True), seed)
    assert len(steps.steps) > 100
    assert steps.again(machine) == 0
