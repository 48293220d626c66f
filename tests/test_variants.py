"""Futexes by delegation: the same meaning as our own, with other messages."""

import errno

import futex_scenarios
import pytest
from oracle import check_invariants, counted
from programs import PAGE

from popcorn_lib import Machine, explore, simulate, single_system_image
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.mechanisms.futex.tables import Key, Waiter
from popcorn_lib.mechanisms.memory.tables import Page
from popcorn_lib.variants import programs
from popcorn_lib.variants.delegation import FUTEX_CANCEL, FUTEX_RESPONSE, DelegatedFutex
from popcorn_lib.variants.programs import wait_while_zero

SCENARIOS = (futex_scenarios.THREADS | futex_scenarios.MAPPINGS).items()


def delegated(kernels, page_size=PAGE):
    return Machine.multikernel(kernels, page_size=page_size).replace(futex=DelegatedFutex)


@pytest.mark.parametrize(
    ("scenario", "value"), SCENARIOS, ids=lambda item: getattr(item, "__name__", "")
)
def test_do_waiters_and_wakers_see_what_linux_shows(scenario, value):
    for kernels, places in ((1, ("k1", "k2")), (2, ("k1", "k0")), (3, ("k1", "k2"))):
        for start in {"k0", f"k{kernels - 1}"}:
            machine = delegated(kernels, page_size=4096)
            made = simulate(scenario, machine, places, start=start)
            assert made.value == value, (kernels, start)
            assert made.residue() == {} and check_invariants(made) is None
            assert kernels > 1 or len(made.messages) == 0


# ---- races --------------------------------------------------------------------------------------


def attempt(request):
    """The result of a call, or its errno's name."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def timeout_and_wake(sys, there, yonder):
    """A wake counts a waiter if, and only if, the waiter says that it was woken."""
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(wait_while_zero, word, 1e-3, on=there)
    woken = yield sys.futex_wake(word)
    return woken, (yield sys.join(thread))


def two_wakers(sys, there, yonder):
    """Two wakes never count one waiter twice."""
    word = yield sys.mmap(PAGE)
    sleeper = yield sys.clone(wait_while_zero, word, 1e-3, on=there)
    waker = yield sys.clone(wakes, word, on=yonder)
    mine = yield sys.futex_wake(word)
    return mine, (yield sys.join(waker)), (yield sys.join(sleeper))


def wakes(sys, word):
    return (yield sys.futex_wake(word))


def requeue_and_wake(sys, there, yonder):
    """A waiter of one word is moved to another while somebody wakes there."""
    word = yield sys.mmap(PAGE)
    sleeper = yield sys.clone(wait_while_zero, word, 1e-3, on=there)
    waker = yield sys.clone(wakes, word + 8, on=yonder)
    moved = yield from attempt(sys.futex_cmp_requeue(word, 0, 1, word + 8, 0))
    return moved, (yield sys.join(waker)), (yield sys.join(sleeper))


def stale_requeue(sys, there, yonder):
    """A requeue that compares against a word that another thread changes."""
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(sets, word, on=there)
    moved = yield from attempt(sys.futex_cmp_requeue(word, 1, 1, word + 8, 0))
    yield sys.join(thread)
    return moved


def sets(sys, word):
    yield sys.store(word, 1)


def killed_waiter(sys, there, yonder):
    """The process ends while a thread waits, is about to wait, or has just been woken."""
    word = yield sys.mmap(PAGE)
    yield sys.clone(wait_while_zero, word, on=there)
    yield sys.clone(wakes, word, on=yonder)
    yield sys.exit_group(3)


RACES = [
    timeout_and_wake,
    two_wakers,
    requeue_and_wake,
    stale_requeue,
    killed_waiter,
    programs.impatient,
    programs.sent_away,
    programs.two_bitsets,
]


@pytest.mark.parametrize("main", RACES, ids=lambda main: main.__name__)
@pytest.mark.parametrize("places", [("k1", "k0"), ("k1", "k1"), ("k0", "k1")])
def test_has_a_race_the_outcomes_that_our_own_futex_has(main, places):
    verdict = single_system_image(main, places, machine=delegated(2), migrations=0)
    assert verdict.holds, verdict
    ours = explore(main, Machine.multikernel(2, page_size=PAGE), places)
    assert ours.complete and ours.violation is None
    assert verdict.outcomes == ours.outcomes


@pytest.mark.parametrize("main", [timeout_and_wake, stale_requeue], ids=lambda main: main.__name__)
def test_does_it_hold_when_threads_move(main):
    verdict = single_system_image(main, ("k1", "k0"), machine=delegated(2), migrations=1)
    assert verdict.holds and len(verdict.outcomes) == 2


@pytest.mark.slow
@pytest.mark.parametrize("main", RACES, ids=lambda main: main.__name__)
def test_does_it_hold_on_three_kernels_when_threads_move(main):
    assert single_system_image(main, ("k1", "k2"), machine=delegated(3), migrations=1).holds


def test_does_a_wake_count_exactly_the_threads_that_say_so():
    found = explore(timeout_and_wake, delegated(2), ("k1", "k0")).outcomes
    assert found == {((0, "ETIMEDOUT"), 0), ((1, "woken"), 0)}


# ---- messages -----------------------------------------------------------------------------------


def handoff(sys, timeout=None):
    """A word on k0, a waiter on k1, a waker on k2."""
    word = yield sys.mmap(PAGE)
    sleeper = yield sys.clone(wait_while_zero, word, timeout, on="k1")
    yield sys.nanosleep(1e-3)
    yield sys.join((yield sys.clone(wakes, word, on="k2")))
    return (yield sys.join(sleeper))


@pytest.mark.parametrize(("kind", "count"), [(DelegatedFutex, 4), (Futex, 5)])
def test_how_many_messages_take_a_wait_and_a_wake_from_two_other_kernels(kind, count):
    made = simulate(handoff, Machine.multikernel(3).replace(futex=kind))
    assert made.value == "woken"
    assert counted(made, "futex").total() == count


@pytest.mark.parametrize("timeout", [1e-4, 1.0])
def test_does_a_wait_take_two_messages_however_it_ends(timeout):
    made = simulate(handoff, delegated(3), (timeout,))
    assert made.value == ("woken" if timeout > 1e-3 else "ETIMEDOUT")
    assert counted(made, "futex") == {"FUTEX_REQUEST": 2, "FUTEX_RESPONSE": 2}


def test_does_the_timer_run_at_the_owner():
    def kernels_of_timers(kind):
        made = simulate(handoff, Machine.multikernel(3).replace(futex=kind), (1e-4,))
        events = made.trace.events
        return {e.kernel for e in events if e.cause == "timer" and "futex" in e.text}

    owner, waiters = kernels_of_timers(DelegatedFutex), kernels_of_timers(Futex)
    assert (owner, waiters) == ({"k0"}, {"k1"})


# ---- cancel -------------------------------------------------------------------------------------


def queued(kernel):
    """The owner, with thread 7 of `kernel` in a queue."""
    owner = delegated(3).boot()["k0"]
    key = Key(Page("k0", 5, 1), 0)
    owner["futex"].queues[key] = [Waiter(7, kernel, 1)]
    return owner


def test_what_if_a_cancel_finds_the_waiter():
    owner = queued("k1")
    answer = FUTEX_RESPONSE(7, 0, errno.EINTR)
    assert owner.message("k1", FUTEX_CANCEL(7)) == [("send", "k1", answer)]
    assert owner.residue() == {}


def test_what_if_a_cancel_comes_when_its_call_has_been_answered():
    owner = queued("k1")
    assert owner.message("k1", FUTEX_CANCEL(8)) == []
    assert owner["futex"].queues, "somebody else's place"


def test_what_if_a_cancel_is_so_late_that_its_thread_waits_again_from_another_kernel():
    owner = queued("k2")
    assert owner.message("k1", FUTEX_CANCEL(7)) == []
    assert owner["futex"].queues, "that was for an earlier call"


def test_does_a_second_interrupt_send_no_second_cancel():
    machine = delegated(2)
    asker = machine.boot()["k1"]
    asker["futex"]._delegate(7, "wait", Key(Page("k0", 5, 1), 0), (0, None, 1))
    assert asker["futex"].interrupt(7) and asker["futex"].interrupt(7)
    sent = [message for _, _, message in asker.effects]
    assert sent[1:] == [FUTEX_CANCEL(7)]


def test_are_its_tables_shown_in_words():
    trace = simulate(handoff, delegated(3), (1.0,)).trace
    lines = {
        line
        for event in trace.events
        for line in DelegatedFutex.describe_frozen(event.state["futex"])
    }
    assert any(line.endswith("on k1 waits") for line in lines)
    assert any(line.endswith("asks k0") for line in lines)
