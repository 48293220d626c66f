"""Mutexes and their kin in every order: two threads, one kernel and many, moved or not."""

import pytest
import sync_programs as small
from futex_scenarios import BOTH, SHARED, joined, tried
from programs import PAGE, outcomes
from sync_programs import WORD, attempted

from popcorn_lib import Machine, simulate, single_system_image, sync

PLACES = [(1, ("k0", "k0")), (2, ("k1", "k0")), (3, ("k1", "k2"))]
KERNELS = pytest.mark.parametrize(
    ("kernels", "places"),
    PLACES,
    ids=lambda item: str(item) if type(item) is int else "-".join(item),
)


def found(main, kernels, places, migrations=0):
    """All values that it can give; no deadlock, nothing left over, no search that was cut."""
    return {value for value, _ in outcomes(main, kernels, places, migrations)}


# ---- mutex --------------------------------------------------------------------------------------


@KERNELS
def test_does_a_mutex_let_one_in_at_a_time_and_all_in_the_end(kernels, places):
    assert found(small.one_mutex, kernels, places) == {(2, (None, None), 0)}


@pytest.mark.parametrize("kernels", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_does_it_when_a_thread_is_moved_at_any_moment(kernels):
    assert found(small.one_mutex, kernels, ("k1", "k0"), 1) == {(2, (None, None), 0)}


@KERNELS
def test_does_trylock_never_wait_and_never_break_in(kernels, places):
    assert found(small.one_tries, kernels, places) == {(1, (None, 0), 0), (2, (None, 1), 0)}


@KERNELS
def test_does_who_gives_up_leave_the_mutex_to_others(kernels, places):
    assert found(small.one_hurries, kernels, places) == {(1, (None, 0), 0), (2, (None, 1), 0)}


# ---- condition variable -------------------------------------------------------------------------


@KERNELS
def test_is_a_signal_never_missed(kernels, places):
    assert found(small.told, kernels, places) == {(1, None)}


@pytest.mark.slow
@pytest.mark.parametrize("kernels", [2, 3])
def test_is_it_missed_when_a_thread_is_moved_at_any_moment(kernels):
    assert found(small.told, kernels, ("k1", "k0"), 1) == {(1, None)}


@KERNELS
def test_does_a_broadcast_under_the_mutex_reach_who_waits(kernels, places):
    assert found(small.told_by_broadcast, kernels, places) == {(1, None)}


@KERNELS
def test_what_if_a_signal_comes_in_the_middle_of_a_broadcast(kernels, places):
    assert found(small.all_at_once, kernels, places) == {("ETIMEDOUT", 2)}


@KERNELS
def test_is_a_token_kept_when_a_wait_times_out(kernels, places):
    assert found(small.told_too_late, kernels, places) == {((1, None), 0), ((0, None), 1)}


@pytest.mark.parametrize("kernels", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_does_a_spurious_wake_up_do_no_harm(kernels):
    assert found(small.told_among_noise, kernels, ("k1", "k0")) == {(1, None, None)}


# ---- barrier, read-write lock, semaphore, once --------------------------------------------------


@KERNELS
def test_does_a_barrier_hold_all_until_the_last_and_serve_again(kernels, places):
    assert found(small.two_rounds, kernels, places) == {2}, "each round has one serial thread"


@KERNELS
def test_does_a_writer_keep_readers_and_writers_out(kernels, places):
    assert found(small.one_writes, kernels, places) == {((None, 0), 0), ((None, 1), 0)}
    assert found(small.both_write, kernels, places) == {(2, 0)}


@KERNELS
def test_do_readers_let_readers_in_and_no_writer(kernels, places):
    assert found(small.both_read, kernels, places) == {(0, "EBUSY", "EBUSY", 0)}


@KERNELS
def test_do_as_many_pass_as_have_been_posted(kernels, places):
    assert found(small.one_passes, kernels, places) == {("EAGAIN", 0, 0)}


@KERNELS
def test_is_a_post_kept_when_a_wait_times_out(kernels, places):
    assert found(small.passes_or_not, kernels, places) == {(None, 0, 0), ("ETIMEDOUT", 1, 0)}


@KERNELS
def test_is_it_done_once_and_before_anybody_goes_on(kernels, places):
    assert found(small.both_begin, kernels, places) == {(1, 1)}


@KERNELS
def test_does_the_next_one_try_again_after_a_failure(kernels, places):
    for answers in found(small.one_fails, kernels, places):
        assert {answer for answer, _ in answers} == {"EINVAL", None}
        assert dict(answers)[None] == 2, "one failure and one success"


# ---- the claim ----------------------------------------------------------------------------------

CLAIMS = [
    small.one_mutex, small.told, small.two_rounds, small.one_writes, small.one_passes,
    small.both_begin,
]  # fmt: skip
SLOW = pytest.param(1, marks=pytest.mark.slow)


@pytest.mark.parametrize("migrations", [0, SLOW])
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_a_program_tell_by_them_how_many_kernels_there_are(program, migrations):
    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(program, ("k1", "k0"), machine=machine, migrations=migrations)
    assert verdict.holds, verdict


@pytest.mark.slow
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_it_tell_three(program):
    machine = Machine.multikernel(3, page_size=PAGE)
    verdict = single_system_image(program, ("k1", "k2"), machine=machine, migrations=0)
    assert verdict.holds, verdict


# ---- refusals, times, homes ---------------------------------------------------------------------


def test_what_is_refused():
    def main(sys):
        page = yield sys.mmap(PAGE)
        found = [(yield from attempted(sync.barrier_init(sys, page, 0)))]
        found.append((yield from attempted(sync.sem_init(sys, page, -1))))
        found.append((yield from attempted(sync.sem_timedwait(sys, page, -1))))
        yield from sync.mutex_lock(sys, page)
        found.append((yield from attempted(sync.mutex_timedlock(sys, page, -1))))
        found.append((yield from attempted(sync.cond_wait(sys, page + 16, page, -1))))
        found.append((yield from attempted(sync.mutex_trylock(sys, page))))
        return found

    assert simulate(main, Machine.multikernel(1)).value == ["EINVAL"] * 5 + ["EBUSY"]


@pytest.mark.parametrize("kernels", [1, 2])
@pytest.mark.parametrize("wait", [sync.mutex_timedlock, sync.sem_timedwait])
def test_how_long_is_a_timed_wait_that_is_woken_for_nothing(kernels, wait):
    def main(sys):
        page = yield sys.mmap(PAGE)
        held = page + 4 * WORD if wait.__name__ == "sem_timedwait" else page
        yield from sync.mutex_lock(sys, page)
        tid = yield sys.clone(late, held, on="k1")
        for _ in range(3):
            yield sys.nanosleep(0.03)
            yield sys.futex_wake(held, 9)
        return (yield sys.join(tid))

    def late(sys, held):
        before = yield sys.clock_gettime()
        assert (yield from attempted(wait(sys, held, 0.1))) == "ETIMEDOUT"
        return (yield sys.clock_gettime()) - before

    assert 0.1 <= simulate(main, Machine.multikernel(kernels)).value < 0.101


def test_does_a_broadcast_work_when_cond_and_mutex_have_two_homes():
    """A kernel refuses to requeue from one home to another; then all are woken at once."""

    def main(sys):
        mutex = yield sys.mmap(PAGE, BOTH, SHARED)
        yield from tried(sys.migrate("k1"))
        yield sys.fork(child, mutex)
        return (yield sys.wait4())[1]

    def child(sys, mutex):
        cond = yield sys.mmap(PAGE, BOTH, SHARED)
        tids = []
        for place in ("k0", "k1"):
            tids.append((yield sys.clone(sleeps, cond, mutex, on=place)))
        yield sys.nanosleep(0.1)
        yield from sync.cond_broadcast(sys, cond)
        yield from joined(sys, tids)

    def sleeps(sys, cond, mutex):
        yield from sync.mutex_lock(sys, mutex)
        yield from sync.cond_wait(sys, cond, mutex)
        yield from sync.mutex_unlock(sys, mutex)

    for kernels in (1, 2):
        made = simulate(main, Machine.multikernel(kernels))
        assert (made.value, made.residue()) == (0, {})
