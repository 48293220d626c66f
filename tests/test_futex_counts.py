"""How many messages do waits and wakes take? Counted from runs."""

import pytest
from futex_scenarios import joined, tried, waits
from oracle import counted
from programs import PAGE

from popcorn_lib import Machine, simulate

WAIT = 1e-3


def futex_messages(main, kernels, *args):
    made = simulate(main, Machine.multikernel(kernels), args)
    assert made.residue() == {}
    return dict(counted(made, "futex"))


def handoff(sys, waiters, waker, count=None, timeout=None):
    """Threads wait on their kernels for a word whose owner is k0; one on `waker` wakes them."""
    word = yield sys.mmap(PAGE)
    tids = []
    for kernel in waiters:
        tids.append((yield sys.clone(waits, word, None, timeout, on=kernel)))
        yield sys.nanosleep(WAIT)
    if waker:
        tid = yield sys.clone(wakes, word, len(waiters) if count is None else count, on=waker)
        assert (yield sys.join(tid)) == (len(waiters) if count is None else count)
    yield from joined(sys, tids)


def wakes(sys, word, count):
    return (yield sys.futex_wake(word, count))


WAIT_2 = {"KEY_REQUEST": 1, "KEY_RESPONSE": 1}
WAKE_2 = {"WAKE_REQUEST": 1, "WAKE_RESPONSE": 1}


def test_how_many_messages_does_a_wait_and_a_wake_through_a_third_kernel_take():
    found = futex_messages(handoff, 3, ("k1",), "k2")
    assert found == WAIT_2 | WAKE_2 | {"WAKE_NOTICE": 1}
    assert sum(found.values()) == 5


@pytest.mark.parametrize(
    ("waiters", "waker", "number"),
    [
        (("k0",), "k0", 0),
        (("k0", "k0"), "k0", 0),
        (("k1",), "k0", 2 + 1),
        (("k0",), "k1", 2),
        (("k1",), "k1", 2 + 2 + 1),
        (("k1", "k2", "k1"), "k0", 3 * 2 + 3),
        (("k1", "k2", "k0"), "k2", 2 * 2 + 2 + 2),
        (("k0", "k0", "k0"), "k2", 2),
    ],
)
def test_do_remote_ones_alone_cost_messages(waiters, waker, number):
    assert sum(futex_messages(handoff, 3, waiters, waker).values()) == number


@pytest.mark.parametrize(("place", "expected"), [("k1", WAKE_2), ("k0", {})])
def test_how_many_messages_does_a_wake_of_nobody_take(place, expected):
    assert futex_messages(handoff, 2, (), place, 0) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [("k1", WAIT_2 | {"CANCEL_REQUEST": 1, "CANCEL_RESPONSE": 1}), ("k0", {})],
)
def test_how_many_messages_does_a_wait_that_times_out_take(place, expected):
    assert futex_messages(handoff, 2, (place,), None, None, WAIT) == expected


@pytest.mark.parametrize("place", ["k0", "k1"])
def test_how_many_messages_does_a_wait_take_that_finds_another_value(place):
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.join((yield sys.clone(compares, word, on=place)))

    def compares(sys, word):
        assert (yield from tried(sys.futex_wait(word, 1))) == "EAGAIN"

    assert futex_messages(main, 2) == (WAIT_2 if place == "k1" else {})


@pytest.mark.parametrize(("place", "number"), [("k0", 1), ("k1", 2 + 1), ("k2", 2 + 1)])
def test_does_a_requeue_tell_only_those_whom_it_wakes(place, number):
    def main(sys):
        word = yield sys.mmap(PAGE)
        tids = []
        for _ in range(3):
            tids.append((yield sys.clone(waits, word, on="k1")))
            yield sys.nanosleep(WAIT)
        yield sys.join((yield sys.clone(requeues, word, on=place)))
        yield sys.futex_wake(word + 8, 2)  # on the owner: one notice each
        yield from joined(sys, tids)

    def requeues(sys, word):
        assert (yield sys.futex_requeue(word, 1, 2, word + 8)) == 3

    found = futex_messages(main, 3)
    assert sum(found.values()) == 3 * 2 + number + 2


def test_is_the_page_that_the_owner_has_to_read_memorys_traffic():
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.join((yield sys.clone(stores, word, on="k2")))
        yield sys.join((yield sys.clone(compares, word, on="k1")))

    def stores(sys, word):
        yield sys.store(word, 1)

    def compares(sys, word):
        assert (yield from tried(sys.futex_wait(word, 0))) == "EAGAIN"

    made = simulate(main, Machine.multikernel(3))
    assert dict(counted(made, "futex")) == WAIT_2
    pages = counted(made, "memory")
    assert pages["REMOTE_PAGE_REQUEST"] == pages["REMOTE_PAGE_RESPONSE"] == 2, "to k2, and back"


def test_can_a_wait_find_the_word_without_knowing_its_area():
    """Home is asked once which area it is; that is memory's business, like a first load."""

    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.join((yield sys.clone(twice, word, on="k1")))

    def twice(sys, word):
        for _ in range(2):
            assert (yield from tried(sys.futex_wait(word, 1))) == "EAGAIN"

    made = simulate(main, Machine.multikernel(2))
    assert counted(made, "memory") == {"VMA_INFO_REQUEST": 1, "VMA_INFO_RESPONSE": 1}
    assert counted(made, "futex") == {"KEY_REQUEST": 2, "KEY_RESPONSE": 2}
