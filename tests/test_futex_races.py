"""Waits, wakes, timeouts, requeues and kills in every order, on kernels of every kind."""

import errno

import futex_programs as small
import pytest
from programs import PAGE, outcomes

from popcorn_lib import Machine, single_system_image

# Where the threads of a program run; the owner of the word is k0.
TWO = [("k0", "k0"), ("k1", "k0"), ("k0", "k1"), ("k1", "k1")]
THREE = [*TWO, ("k1", "k2")]
PLACES = pytest.mark.parametrize("places", THREE, ids="-".join)


def found(main, places, migrations=0, kernels=3):
    """What a program can end with; nothing may go wrong, be cut or be left over."""
    return {value for value, _ in outcomes(main, kernels, places, migrations)}


# ---- one waiter, one waker ----------------------------------------------------------------------


@PLACES
def test_can_a_wake_up_be_lost(places):
    assert found(small.change, places) == {(0, 0), (1, 1)}


@pytest.mark.parametrize(("kernels", "places"), [(2, place) for place in TWO])
def test_can_a_wake_up_be_lost_when_threads_are_moved(kernels, places):
    assert found(small.change, places, 1, kernels) == {(0, 0), (1, 1)}


@PLACES
def test_is_a_wait_that_a_wake_has_counted_never_a_timeout(places):
    assert found(small.too_late_or_not, places) == {(0, 1), ("ETIMEDOUT", 0)}


@pytest.mark.parametrize("places", [("k0", "k0", "k0"), ("k1", "k0", "k1"), ("k1", "k2", "k0")])
def test_is_a_wake_lost_on_one_who_gives_up(places):
    ends = found(small.one_gives_up, places)
    for *results, first, second in ends:
        assert results.count(0) == first + second, "who has been counted has been woken"
    assert ends == {
        (0, 0, 1, 1),
        (0, "EAGAIN", 1, 0),
        ("ETIMEDOUT", 0, 1, 0),
        ("ETIMEDOUT", 0, 0, 1),
        ("ETIMEDOUT", "EAGAIN", 0, 0),
    }


@PLACES
def test_does_a_wake_with_other_bits_pass_by_in_every_order(places):
    assert found(small.bits, places) == {(0, (0, 1)), ("ETIMEDOUT", (0, 0))}


# ---- requeue ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "places", [("k0", "k0", "k0"), ("k1", "k0", "k0"), ("k1", "k0", "k1"), ("k1", "k2", "k0")]
)
def test_does_a_requeue_lose_a_timeout_or_a_wake(places):
    assert found(small.moved, places) == {
        (0, 1, 1),
        ("ETIMEDOUT", 1, 0),
        ("ETIMEDOUT", 0, 0),
    }


@pytest.mark.parametrize("places", [("k0", "k0", "k0"), ("k1", "k0", "k2"), ("k1", "k2", "k0")])
def test_does_the_owner_compare_and_requeue_in_one_step(places):
    """Of one waiter, at most one of the two can have woken it; a changed word is EAGAIN."""
    ends = found(small.compared, places)
    for wait, requeue, wake in ends:
        assert (wait == 0) == ((requeue == 1) + wake == 1), (wait, requeue, wake)
    assert {requeue for _, requeue, _ in ends} == {0, 1, "EAGAIN"}
    assert {wait for wait, _, _ in ends} == {0, "EAGAIN", "ETIMEDOUT"}


# ---- the word is somewhere else -----------------------------------------------------------------


@pytest.mark.parametrize("places", [("k1", "k0"), ("k0", "k1"), ("k1", "k2"), ("k2", "k2")])
def test_what_if_the_words_page_is_on_another_kernel_when_it_is_compared(places):
    expected = {((0, 6), 1), (("EAGAIN", 6), 0)}
    for writer in ("k1", "k2"):
        assert found(small.far_word, (writer, *places)) == expected


@PLACES
def test_what_if_the_word_is_unmapped_while_somebody_begins_to_wait(places):
    assert found(small.unmapped, places) == {("EFAULT", "EFAULT"), ("ETIMEDOUT", "EFAULT")}


# ---- killed -------------------------------------------------------------------------------------


KILLED = [
    (small.waits_once, small.wakes),
    (small.gives_up, small.wakes),
    (small.waits_for_change, small.changes),
    (small.gives_up, small.requeues),
]


@PLACES
@pytest.mark.parametrize("programs", KILLED, ids=lambda programs: programs[0].__name__)
def test_what_if_the_process_exits_while_threads_wait_cancel_or_are_woken(programs, places):
    assert outcomes(small.killed, 3, (programs, *places)) == {(None, 3 << 8)}


@pytest.mark.parametrize("places", TWO, ids="-".join)
def test_what_if_it_exits_while_they_are_moved(places):
    assert outcomes(small.killed, 2, ((small.gives_up, small.wakes), *places), 1) == {
        (None, 3 << 8)
    }


@PLACES
def test_what_if_the_waker_ends_the_process(places):
    assert outcomes(small.exits_itself, 3, places) == {(None, 4 << 8)}


# ---- in order -----------------------------------------------------------------------------------


@PLACES
def test_is_first_come_first_served_in_every_order(places):
    assert outcomes(small.in_order, 3, places) == {((0, 0), 0), (None, 1 << 8)}


# ---- processes ----------------------------------------------------------------------------------


@PLACES
def test_can_a_wake_up_between_processes_be_lost(places):
    assert found(small.family, places) == {(1, 0), (0, errno.EAGAIN)}


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_what_if_the_childs_home_is_not_the_words(kernels):
    assert found(small.homes_apart, (), 0, kernels) == {(1, 0), (0, errno.EAGAIN)}


# ---- the claim ----------------------------------------------------------------------------------

CLAIMS = [small.change, small.too_late_or_not, small.bits, small.unmapped, small.exits_itself]


@pytest.mark.parametrize("places", [("k1", "k0"), ("k0", "k1")], ids="-".join)
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_a_program_tell_by_its_futexes_how_many_kernels_there_are(program, places):
    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(program, places, machine=machine, migrations=1)
    assert verdict.holds, verdict


@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_it_tell_three(program):
    machine = Machine.multikernel(3, page_size=PAGE)
    verdict = single_system_image(program, ("k1", "k2"), machine=machine, migrations=0)
    assert verdict.holds, verdict


@pytest.mark.slow
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_it_tell_three_when_threads_are_moved(program):
    machine = Machine.multikernel(3, page_size=PAGE)
    verdict = single_system_image(program, ("k1", "k2"), machine=machine, migrations=1)
    assert verdict.holds, verdict
