"""Do letters do what futexes do, with fewer messages, and does one kernel give them away?"""

import pytest

from popcorn_lib import Machine, UsageError, explore, simulate, single_system_image
from popcorn_lib.variants.letters import (
    Letters,
    collect,
    letter_barrier,
    letter_lock,
    letter_locksmith,
    letter_unlock,
    post,
)

PLACES = ("k0", "k1", "k2")
THREE = Machine.multikernel(3, page_size=64).with_mechanism(Letters)


def meets(sys, places, me, rounds):
    for _ in range(rounds):
        yield from letter_barrier(sys, places, me)


def meeting(sys, rounds):
    tids = []
    for place in PLACES[1:]:
        tids.append((yield sys.clone(meets, PLACES, place, rounds, on=place)))
    yield from meets(sys, PLACES, "k0", rounds)
    for tid in tids:
        yield sys.join(tid)
    return rounds


def test_does_a_barrier_of_letters_take_two_messages_for_each_who_is_not_the_first():
    few, many = (simulate(meeting, THREE, (rounds,)) for rounds in (2, 7))
    assert len(many.messages) - len(few.messages) == 5 * 2 * 2
    assert set(many.messages.mechanism.tail(3)) <= {"letters", "threads"}
    assert many.residue() == {}


def test_does_the_barrier_hold_in_every_order():
    result = explore(meeting, THREE, (2,))
    assert result.complete and result.violation is None
    assert {value for value, _ in result.outcomes} == {2}


def critical(sys, word, times, me):
    for _ in range(times):
        yield from letter_lock(sys, "k0", me)
        count = yield sys.load(word)
        yield sys.store(word, count + 1)
        yield from letter_unlock(sys, "k0")


def locked(sys, times):
    word = yield sys.mmap(64)
    tids = [(yield sys.clone(letter_locksmith, 2 * times))]
    for place in PLACES[1:]:
        tids.append((yield sys.clone(critical, word, times, place, on=place)))
    for tid in tids:
        yield sys.join(tid)
    return (yield sys.load(word))


def test_does_the_lock_of_letters_lose_no_count():
    assert {simulate(locked, THREE, (5,), seed=seed).value for seed in range(5)} == {10}
    assert {value for value, _ in explore(locked, THREE, (1,)).outcomes} == {2}


def hello(sys):
    yield sys.clone(says, on="k1")
    return (yield collect("hello"))


def says(sys):
    yield post("k0", "hello", 7)


def test_is_a_letter_collected_by_whoever_waits_for_its_tag():
    assert simulate(hello, THREE).value == 7


def test_is_a_kernel_that_is_not_there_named():
    def main(sys):
        yield post("k9", "hello")

    with pytest.raises(UsageError, match="unknown kernel 'k9'; known: 'k0'"):
        simulate(main, THREE)


def test_can_a_program_with_letters_tell_on_how_many_kernels_it_runs():
    def main(sys):
        yield post("k1", "hello", 7)
        return 7

    two = Machine.multikernel(2).with_mechanism(Letters)
    assert simulate(main, two).value == 7
    with pytest.raises(UsageError, match="unknown kernel 'k1'"):
        simulate(main, Machine.multikernel(1).with_mechanism(Letters))


def test_does_the_claim_not_hold_for_who_moves_away_from_its_letter():
    """A letter waits where it was sent to; on one kernel the thread would find it."""

    def main(sys):
        yield post("k0", "hello", 7)
        return (yield collect("hello"))

    machine = Machine.multikernel(2).with_mechanism(Letters)
    verdict = single_system_image(main, machine=machine, migrations=1)
    assert not verdict.holds
