"""Signals in every interleaving: can a program tell how many kernels it runs on?"""

import signal

import pytest
from programs import PAGE
from signal_programs import RACES, STOP, counts
from signal_random import draw, drawn

from popcorn_lib import Machine, explore, single_system_image
from popcorn_lib.mechanisms.signals import Signals
from popcorn_lib.mechanisms.signals.tables import put

PLACES = {2: ("k1", "k0"), 3: ("k1", "k2")}
EACH = pytest.mark.parametrize("program", RACES, ids=lambda program: program.__name__)
LARGE = {"two_actions", "all_die", "all_stop", "all_stop_typed", "group_race", "duel"}
TWICE = {"flag", "first_comes_first", "one_can", "waits_for_child", "suspend_race", "segv_race"}


def found(result):
    """Every way in which a program can end, well or not."""
    assert result.complete
    return result.outcomes | {("violation", kind) for kind in result.violations}


def compared(program, kernels, args, migrations, signals=Signals):
    """What a program can do on many kernels and not on one."""
    one = explore(program, Machine.smp(kernels, page_size=PAGE), args, stop=False)
    machine = Machine.multikernel(kernels, page_size=PAGE).replace(signals=signals)
    many = explore(program, machine, args, migrations, stop=False)
    return found(many) - found(one)


@EACH
@pytest.mark.parametrize("kernels", PLACES)
def test_does_no_program_end_in_a_new_way_on_many_kernels(program, kernels):
    assert not compared(program, kernels, PLACES[kernels], 0)


@pytest.mark.parametrize(
    "program", [p for p in RACES if p.__name__ not in LARGE], ids=lambda program: program.__name__
)
def test_does_it_not_matter_where_a_thread_moves_meanwhile(program):
    assert not compared(program, 2, ("k0", "k1"), 1)


@pytest.mark.slow
@pytest.mark.parametrize("places", [("k0", "k1"), ("k1", "k0")], ids="-".join)
@EACH
def test_does_it_not_matter_anywhere(program, places):
    assert not compared(program, 2, places, 1)


@pytest.mark.slow
@pytest.mark.parametrize("kernels", PLACES)
@pytest.mark.parametrize("program", sorted(TWICE))
def test_does_it_not_matter_if_threads_move_twice(program, kernels):
    [chosen] = [each for each in RACES if each.__name__ == program]
    assert not compared(chosen, kernels, PLACES[kernels], 2 if kernels == 2 else 1)


def test_does_the_claim_hold_as_the_library_says_it():
    [flag] = [program for program in RACES if program.__name__ == "flag"]
    verdict = single_system_image(flag, ("k0", "k1"), kernels=2, migrations=1)
    assert verdict.holds and len(verdict.outcomes) == 3


# ---- drawn at random ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_do_programs_drawn_at_random_end_as_on_one_kernel(seed):
    kernels = 2 + seed % 2
    places = PLACES[kernels] if seed % 4 < 2 else PLACES[kernels][::-1]
    assert not compared(drawn, kernels, (draw(seed), *places), 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1030))
def test_do_they_with_threads_that_move(seed):
    places = ("k0", "k1") if seed % 2 else ("k1", "k0")
    assert not compared(drawn, 2, (draw(seed), *places), 1)


# ---- can these tests fail? ----------------------------------------------------------------------


class AnswersTooEarly(Signals):
    """Home answers who sends a fatal signal before the other kernels have obeyed."""

    def see_to(self, pid, offer):
        if offer.order == "kill":
            self.answer(offer)
            offer.kernel = None
        super().see_to(pid, offer)

    def _following(self, pid, offer, then):
        if then == "kill":
            self.answer(offer)
            offer.kernel = None
        return super()._following(pid, offer, then)


class NoHints(Signals):
    """A kernel forgets that a signal was left at home."""

    def left_at_home(self, pid):
        return super().left_at_home(pid) if self.at_home(pid) else frozenset()


class NotFirst(Signals):
    """Home's own threads come before the process's first one."""

    def on_signal_offer(self, source, message):
        super().on_signal_offer(source, message._replace(first=0))


class NobodyIsOwed(Signals):
    """An order is answered while the process still sends signals itself."""

    def owe(self, pid):
        return False


class OnlyHomeStops(Signals):
    """The order to stop is obeyed by the first thread's kernel alone."""

    def order_stop(self, pid, signum):
        return self.at_home(pid) and super().order_stop(pid, signum)


class KeepsNoMask(Signals):
    """What a thread blocks does not travel."""

    def arrive(self, tid, packed):
        super().arrive(tid, packed)
        self.masks.pop(tid, None)


BY_NAME = {program.__name__: program for program in RACES}
PLANTED = [
    (AnswersTooEarly, "all_die", ("k1", "k1"), 1),
    (NoHints, "waits_at_home", ("k0", "k1"), 0),
    (NotFirst, "first_comes_first", ("k1", "k0"), 1),
    (OnlyHomeStops, "all_stop", ("k0", "k1"), 0),
    (NobodyIsOwed, "sender_is_killed", ("k0", "k1"), 1),
    (KeepsNoMask, "suspend_race", ("k0", "k1"), 1),
]


@pytest.mark.parametrize(("signals", "program", "places", "migrations"), PLANTED)
def test_is_a_planted_defect_found(signals, program, places, migrations):
    assert compared(BY_NAME[program], 2, places, migrations, signals)


class LeavesMasks(Signals):
    """The shadow keeps the mask."""

    def leave(self, tid):
        mask = self.blocked(tid)
        packed = super().leave(tid)
        self.masks[tid] = mask
        return packed


class NeverCoalesces(Signals):
    """A second of a standard signal is pending too."""

    def accept(self, tid, info, action=None, **rest):
        if info.si_signo in self.blocked(tid) and not self.awaits(tid, info.si_signo):
            put(self.pending, tid, (*self.pending.get(tid, ()), info))
            return False
        return super().accept(tid, info, action, **rest)


def twice(sys, there):
    yield sys.sigprocmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    me = yield sys.gettid()
    for _ in range(2):
        yield sys.tgkill((yield sys.getpid()), me, signal.SIGUSR1)
    if there:
        yield sys.migrate(there)
    yield sys.sigtimedwait({signal.SIGUSR1})


@pytest.mark.parametrize(
    ("signals", "there", "says"),
    [(LeavesMasks, "k1", "not active there"), (NeverCoalesces, None, "pending twice")],
)
def test_is_each_invariant_seen_to_fail(signals, there, says):
    machine = Machine.multikernel(2, page_size=PAGE)
    assert explore(twice, machine, (there,)).violation is None
    broken = explore(twice, machine.replace(signals=signals), (there,)).violation
    assert broken.kind == "invariant" and says in broken.message


def job_in_small(sys, there):
    """A group of two on two kernels is stopped, continued and killed."""
    page = yield sys.mmap(PAGE, flags=0x21)
    first = yield sys.fork(count, page, on=there)
    yield sys.setpgid(first, first)
    second = yield sys.fork(count, page)
    yield sys.setpgid(second, first)
    yield sys.kill(-first, STOP)
    seen = (yield sys.load(page)), (yield sys.load(page))
    yield sys.kill(-first, signal.SIGKILL)
    ended = set()
    for _ in range(2):
        ended.add((yield sys.wait4(-first))[1])
    return seen[0] == seen[1], len(ended)


def count(sys, page):
    yield sys.fetch_add(page, 1)


@pytest.mark.parametrize("migrations", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_is_a_job_a_job_in_every_interleaving(migrations):
    assert not compared(job_in_small, 2, ("k1",), migrations)


def test_is_a_handler_a_frame_that_leaves_nothing():
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.sigaction(signal.SIGUSR1, counts(word))
        yield sys.tkill((yield sys.gettid()), signal.SIGUSR1)
        return (yield sys.load(word))

    assert explore(main, Machine.smp(page_size=PAGE)).outcomes == {(1, 0)}
