"""The world in virtual time: schedules, cores, clocks, and what it says of bad programs."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PAGE, random_tree, tree_program

from popcorn_lib import Costs, Machine, Mechanism, UsageError, simulate
from popcorn_lib.syscalls import Call

TWO = Machine.multikernel(2, page_size=PAGE)


# ---- schedules ----------------------------------------------------------------------------------


def test_does_the_same_seed_give_the_same_trace_and_another_one_another():
    machine = Machine.multikernel(3, cores=2, page_size=PAGE)
    tree = random_tree(random.Random(2), depth=3, steps=6)
    runs = [simulate(tree_program, machine, (tree, machine.kernels), s) for s in (5, 5, 6, 7)]
    assert runs[0].trace.events == runs[1].trace.events
    assert runs[0].trace.messages == runs[1].trace.messages
    assert len({tuple((e.time_s, e.text) for e in run.trace.events) for run in runs}) == 3
    assert len({(run.value, run.status) for run in runs}) == 1


def test_does_a_trace_change_nothing_and_its_lack_say_what_to_do():
    tree = random_tree(random.Random(3), depth=2)
    kept, bare = (simulate(tree_program, TWO, (tree, TWO.kernels), 3, trace=t) for t in (1, 0))
    assert (kept.value, kept.status, kept.seconds) == (bare.value, bare.status, bare.seconds)
    assert bare.residue() == {}
    for what in ("messages", "trace", "rings"):
        with pytest.raises(RuntimeError, match="trace=True"):
            getattr(bare, what)


def test_does_max_seconds_end_an_endless_program():
    def main(sys):
        while True:
            yield sys.sched_yield()

    run = simulate(main, TWO, max_seconds=1e-4)
    assert (run.value, run.status, run.seconds) == (None, None, 1e-4)
    assert 100 < len(run.trace) < 1e-4 / 1e-9
    assert run.residue() != {}


def test_may_the_first_thread_start_elsewhere():
    def main(sys):
        return (yield sys.getpid()) >> 15 & 0x7F

    assert simulate(main, TWO, start="k1").value == 1
    with pytest.raises(UsageError, match=r"'k9'.*'k0', 'k1'"):
        simulate(main, TWO, start="k9")


# ---- cores and time -----------------------------------------------------------------------------


def crunch(sys, work):
    for _ in range(20):
        yield sys.compute(work)


def two_crunch(sys, work):
    tids = []
    for _ in range(2):
        tids.append((yield sys.clone(crunch, work)))
    for tid in tids:
        yield sys.join(tid)


@pytest.mark.parametrize("work", [1e5, 1e7])
def test_do_two_threads_take_twice_as_long_on_one_core_as_on_two(work):
    one = simulate(two_crunch, Machine.smp(cores=1), (work,)).seconds
    two = simulate(two_crunch, Machine.smp(cores=2), (work,)).seconds
    assert one / two == pytest.approx(2, rel=0.05)
    assert two == pytest.approx(20 * work / 2.5e9, rel=0.05)


def test_does_sched_yield_let_the_other_thread_run():
    def main(sys):
        tids = []
        for _ in range(2):
            tids.append((yield sys.clone(polite)))
        for tid in tids:
            yield sys.join(tid)

    def polite(sys):
        for _ in range(5):
            yield sys.sched_yield()

    events = simulate(main, Machine.smp(cores=1)).trace.events
    turns = [event.tid for event in events if event.name == "sched_yield"]
    assert len(turns) == 10
    assert all(a != b for a, b in itertools.pairwise(turns))


@given(
    st.lists(st.floats(0, 1e-2), min_size=1, max_size=4),
    st.integers(0, 3),
    st.sampled_from([Costs(), Costs(handler_s=0, call_s=0)]),
)
@settings(derandomize=True, deadline=None, max_examples=40)
def test_does_a_sleep_never_end_early_nor_much_too_late(naps, seed, costs):
    def main(sys):
        times = [(yield sys.clock_gettime())]
        for nap in naps:
            yield sys.nanosleep(nap)
            times.append((yield sys.clock_gettime()))
        return tuple(times)

    times = simulate(main, TWO, seed=seed, costs=costs).value
    for nap, before, after in zip(naps, times, times[1:], strict=False):
        assert nap <= after - before + 1e-12 <= nap + 1e-5


class Alarm(Mechanism):
    """One timer that can be set, dropped and waited for."""

    name = "alarm"
    state = {"waiting": dict}

    def sys_arm(self, tid, seconds):
        self.kernel.effect("timer", ("alarm", tid), seconds)
        self.kernel.resume(tid, 0)

    def sys_disarm(self, tid):
        self.kernel.effect("drop", ("alarm", tid))
        self.kernel.resume(tid, 0)

    def sys_ring(self, tid):
        self.waiting[tid] = True

    def on_timer(self, key):
        del self.waiting[key[1]]
        self.kernel.resume(key[1], 0)


def test_does_a_timer_that_is_set_again_forget_its_earlier_time():
    def main(sys):
        yield Call("arm", (1e-3,))
        yield Call("disarm")
        begin = yield sys.clock_gettime()
        yield Call("arm", (5e-3,))
        yield Call("ring")
        return (yield sys.clock_gettime()) - begin

    assert simulate(main, TWO.with_mechanism(Alarm)).value >= 5e-3


def test_do_clock_and_messages_share_one_time():
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.migrate("k1")
        before = yield sys.clock_gettime()
        yield sys.load(page)
        return before, (yield sys.clock_gettime())

    run = simulate(main, TWO)
    before, after = run.value
    times = run.messages.time_s[run.messages.mechanism == "memory"]
    assert len(times) == 4 and all(before <= time < after for time in times)
    assert after <= run.seconds


# ---- nothing is shared --------------------------------------------------------------------------


def test_are_arguments_closures_defaults_and_results_copied():
    box = []

    def main(sys):
        given = [0]
        mine = yield sys.join((yield sys.clone(worker, given)))
        other = yield sys.join((yield sys.clone(worker, given, on="k1")))
        mine.append("changed")
        return len(given), other, len(box)

    def worker(sys, given):
        given.append(1)
        box.append(1)
        yield sys.gettid()
        return [len(given), len(box)]

    assert simulate(main, TWO).value == (1, [2, 1], 0)
    assert box == []


def test_is_a_default_argument_shared_by_no_two_threads():
    def main(sys):
        first = yield sys.clone(worker)
        second = yield sys.clone(worker, on="k1")
        return (yield sys.join(first)), (yield sys.join(second))

    def worker(sys, box=[]):  # noqa: B006  this is what is asked
        box.append(1)
        yield sys.gettid()
        return len(box)

    assert simulate(main, TWO).value == (1, 1)


def test_may_a_program_close_over_a_module():
    numbers = math

    def main(sys):
        yield sys.gettid()
        return numbers.floor(2.5)

    assert simulate(main, TWO).value == 2


def test_does_a_killed_thread_run_no_more_of_its_program():
    def main(sys):
        yield sys.clone(tidy, on="k1")
        yield sys.nanosleep(1e-3)
        return "done"

    def tidy(sys):
        try:
            yield sys.nanosleep(5)
        finally:
            yield sys.gettid()  # as a program does that unlocks what it holds

    run = simulate(main, TWO)
    assert (run.value, run.status) == ("done", 0)
