"""The world of every interleaving: outcomes, violations, values, moves."""

from contextlib import suppress
from itertools import count
from typing import NamedTuple

import pytest
from programs import MESSAGE_PASSING, PAGE, leave, litmus, outcomes, visit

from popcorn_lib import Machine, Mechanism, UsageError, explore, simulate
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.messages import message
from popcorn_lib.syscalls import Call
from popcorn_lib.worlds.progress import Progress

TWO = Machine.multikernel(2, page_size=PAGE)


def quiet(sys, calls=1):
    for _ in range(calls):
        yield sys.gettid()


def test_does_max_states_cut_the_search():
    whole = explore(quiet, TWO, (10,), migrations=2)
    assert whole.complete and whole.outcomes == {(None, 0)}
    cut = explore(quiet, TWO, (10,), migrations=2, max_states=whole.states // 2)
    assert not cut.complete
    assert cut.violation is None and cut.outcomes <= whole.outcomes
    assert explore(quiet, TWO, (10,), migrations=2, max_states=whole.states).complete


# ---- violations ---------------------------------------------------------------------------------


def test_is_a_deadlock_found_with_who_waits():
    def main(sys):
        me = yield sys.gettid()
        other = yield sys.clone(joiner, me, on="k1")
        yield sys.join(other)

    def joiner(sys, tid):
        yield sys.join(tid)

    for kernels in (1, 2):
        found = explore(main, Machine.multikernel(kernels)).violation
        assert found.kind == "deadlock"
        assert found.message.count("join(") == 2
        assert "k0:2" in found.message and "k0:3" in found.message


@pytest.mark.parametrize("kernels", [1, 2])
def test_is_a_crash_found_by_a_shortest_way(kernels):
    def main(sys):
        page = yield sys.mmap(PAGE)
        tid = yield sys.clone(adder, page, on="k1")
        seen = yield sys.load(page)
        assert seen != 1, "seen"
        yield sys.join(tid)

    def adder(sys, page):
        yield sys.store(page, 1)
        yield sys.gettid()

    machine = Machine.multikernel(kernels, page_size=PAGE)
    found = explore(main, machine).violation
    assert found.kind == "crash" and "AssertionError: seen" in found.message
    if kernels == 1:  # boot; then mmap, clone, store, load, and not one step more
        assert [e.name for e in found.trace.events] == ["boot", "mmap", "clone", "store", "load"]
    every = explore(main, machine, stop=False)
    assert every.violations == {"crash"} and every.outcomes == {(None, 0)}
    assert every.complete


def test_is_an_invariant_of_ones_own_checked_in_every_state():
    def never_away(views):
        for name, view in views.items():
            if name == "k1" and view["threads"].tasks:
                return f"{len(view.threads.tasks)} task on {name}"
        return None

    found = explore(visit, TWO, ("k1",), invariants=[never_away]).violation
    assert (found.kind, found.message) == ("invariant", "never_away: 1 task on k1")
    assert [event.name for event in found.trace.events] == ["boot", "migrate", "CLONE_REQUEST"]
    assert explore(quiet, TWO, invariants=[never_away]).violation is None
    assert explore(quiet, TWO, migrations=1, invariants=[never_away]).violation is not None


class Littering(Threads):
    """Forgets to forget: what it keeps of an ended thread stays."""

    def forget(self, pid):
        super().forget(pid)
        self.values[pid] = (pid, None)


def test_is_what_a_program_leaves_behind_a_violation():
    result = explore(quiet, TWO.replace(threads=Littering))
    assert result.violation.kind == "residue"
    assert "values" in result.violation.message
    assert simulate(quiet, TWO.replace(threads=Littering)).residue().keys() == {"k0"}


class Fragile(Mechanism):
    name = "fragile"

    def sys_break(self, tid):
        raise ZeroDivisionError("in the handler")


def test_is_an_exception_in_a_handler_a_crash_that_names_its_kernel():
    def main(sys):
        yield sys.gettid()
        yield Call("break")

    found = explore(main, TWO.with_mechanism(Fragile)).violation
    assert found.kind == "crash"
    assert "ZeroDivisionError in k0: in the handler" in found.message
    assert [event.name for event in found.trace.events] == ["boot", "gettid", "break"]


# ---- values and histories -----------------------------------------------------------------------


def echo(sys, value):
    yield sys.gettid()
    return value


def reprs(sys, values):
    found = []
    for value in values:
        found.append(repr((yield sys.join((yield sys.clone(echo, value, on="k1"))))))
    return tuple(found)


EQUAL = [(1, True, 1.0), (0.0, -0.0, False), ((1, (2,)), (True, (2,)), (1, (2.0,)))]
EQUAL += [(frozenset({1}), frozenset({True}))]


@pytest.mark.parametrize("values", EQUAL, ids=str)
@pytest.mark.parametrize("kernels", [1, 2])
def test_are_equal_values_of_different_types_told_apart(values, kernels):
    assert outcomes(reprs, kernels, (values,)) == {(tuple(map(repr, values)), 0)}


@pytest.mark.parametrize("main", [echo, reprs])
def test_is_a_value_that_cannot_be_compared_a_named_error_with_its_place(main):
    with pytest.raises(UsageError, match=r"hashable.*\['odd'\].*k0:\d") as caught:
        explore(main, TWO, (["odd"],) if main is echo else ([["odd"]],))
    assert isinstance(caught.value, ValueError)


def nested(sys, depth):
    if depth:
        return 1 + (yield from nested(sys, depth - 1))
    page = yield sys.mmap(PAGE)
    seen = []
    for number in range(3):
        seen.append((yield sys.fetch_add(page, number)))
        try:
            yield sys.join(7)
        except OSError as error:
            seen.append(error.errno)
    return sum(seen)


def test_is_a_program_that_is_replayed_the_program_that_runs():
    """Moves make many histories, so its generators are made anew again and again."""

    def main(sys):
        tid = yield sys.clone(nested, 3, on="k1")
        mine = yield from nested(sys, 2)
        return mine, (yield sys.join(tid))

    run = simulate(main, TWO)
    assert outcomes(main, 2, migrations=1) == {(run.value, 0)} == outcomes(main, 1)


def test_is_the_number_of_moves_limited_by_the_budget():
    sizes = []
    for budget in range(4):
        moved = []

        def watch(views, moved=moved):
            moved.append(max((len(view.threads.tasks) for view in views.values()), default=0))

        result = explore(quiet, Machine.multikernel(4), (5,), migrations=budget, invariants=[watch])
        assert result.violation is None
        sizes.append(result.states)
        longest = max(len(e) for e in (result.witness(end).events for end in result.outcomes))
        assert longest >= 7
    assert sizes == sorted(set(sizes)), "each move opens more"
    assert explore(quiet, Machine.smp(), (5,), migrations=3).states == sizes[0]


def test_is_nobody_moved_more_often_than_the_budget_allows():
    def places(views):
        """No more shadows than moves: each move leaves at most one more task behind."""
        tasks = sum(len(view.threads.tasks) for view in views.values())
        return f"{tasks} tasks" if tasks > 1 + 2 else None

    machine = Machine.multikernel(4)
    assert explore(quiet, machine, (4,), migrations=2, invariants=[places]).violation is None
    assert explore(quiet, machine, (4,), migrations=3, invariants=[places]).violation is not None


@pytest.mark.parametrize("kernels", [1, 2])
def test_does_a_witness_end_with_its_outcome(kernels):
    machine = Machine.multikernel(kernels, page_size=PAGE)
    result = explore(litmus, machine, (MESSAGE_PASSING, ("k1", "k0")))
    assert len(result.outcomes) == 3
    for end in result.outcomes:
        trace = result.witness(end)
        texts = [event.text for event in trace.events]
        assert f"return {end[0]!r}" in texts
        assert [event.time_s for event in trace.events] == list(range(len(trace)))
        assert all(m.sent_by < m.handled_by for m in trace.messages if m.handled_by is not None)
    with pytest.raises(UsageError, match="nothing ends in 'bliss'"):
        result.witness("bliss")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"machine": 3}, "3"),
        ({"migrations": -1}, "-1"),
        ({"migrations": 1.5}, "1.5"),
        ({"max_states": -7}, "-7"),
        ({"main": 5}, "5"),
        ({"args": 8}, "8"),
    ],
    ids=str,
)
def test_does_explore_name_what_it_cannot_take(given, word):
    with pytest.raises((ValueError, TypeError, RuntimeError), match=word):
        explore(**{"main": quiet, "machine": TWO} | given)


def fly(sys):
    yield sys.fly()  # the line


def five(sys):
    yield 5  # the line


def nowhere(sys):
    yield sys.migrate("k9")  # the line


@pytest.mark.parametrize(("bad", "word"), [(fly, "fly"), (five, "5"), (nowhere, "k9")])
def test_is_a_wrong_use_no_violation_but_an_error(bad, word):
    def main(sys):
        yield sys.clone(bad, on="k1")

    with pytest.raises(UsageError) as caught:
        explore(main, TWO, stop=False)
    assert all(part in str(caught.value) for part in (word, "k0:3", "# the line"))


def polls(sys, word):
    while not (yield sys.load(word)):
        pass


def test_what_if_a_program_polls_for_ever():
    def main(sys):
        word = yield sys.mmap(64)
        thread = yield sys.clone(polls, word)
        yield sys.store(word, 1)
        yield sys.join(thread)

    found = explore(main, Machine.smp(2))
    assert not found.complete and found.violation is None
    assert found.outcomes == {(None, 0)}


def test_can_the_first_process_start_on_another_kernel():
    def main(sys):
        child = yield sys.fork(leave, 3)
        pid, status = yield sys.wait4()
        return pid == child, status

    for start in ("k0", "k1", "k2"):
        result = explore(main, Machine.multikernel(3, page_size=PAGE), start=start)
        assert result.violation is None and result.outcomes == {((True, 3 << 8), 0)}
        assert result.witness(((True, 3 << 8), 0)).events[0].kernel == start
    with pytest.raises(UsageError, match="'k9'"):
        explore(main, Machine.multikernel(3), start="k9")


# ---- what a protocol must be able to do ---------------------------------------------------------


def asleep(kernels):
    return any(kernel["futex"].queues for kernel in kernels.values())


def never(kernels):
    return False


def sleeps(sys):
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(wakes, word, on="k1")
    while (yield sys.load(word)) == 0:
        with suppress(BlockingIOError):
            yield sys.futex_wait(word, 0)
    yield sys.join(thread)


def wakes(sys, word):
    yield sys.store(word, 1)
    yield sys.futex_wake(word)


def test_does_a_protocol_that_does_nothing_pass():
    found = explore(sleeps, TWO, reach={"somebody sleeps": asleep})
    assert found.violation is None and found.complete
    missed = explore(sleeps, TWO, reach={"somebody sleeps": asleep, "the impossible": never})
    assert missed.violation.kind == "unreached" and "the impossible" in missed.violation.message
    assert "somebody sleeps" not in missed.violation.message
    cut = explore(sleeps, TWO, reach={"the impossible": never}, max_states=5)
    assert cut.violation is None, "a search that was cut cannot tell"


class Stubborn(Futex):
    """As long as somebody sleeps the owner has the waker ask again."""

    def on_wake_request(self, source, message):
        if message.key not in self.queues:
            super().on_wake_request(source, message)
        else:
            self.kernel.send(source, AGAIN(message.tid, message))

    def on_again(self, source, message):
        self.kernel.send(source, message.request)


@message("futex")
class AGAIN(NamedTuple):
    tid: int
    request: object


def test_is_a_program_that_can_never_end_found_though_it_never_stands_still():
    machine = TWO.replace(futex=Stubborn)
    assert explore(sleeps, TWO, rest=True).violation is None
    assert explore(sleeps, machine).violation is None, "something can always happen"
    found = explore(sleeps, machine, rest=True).violation
    assert found.kind == "no rest" and "never end" in found.message
    assert found.trace.events[-1].cause in ("message", "request")


# ---- errors of use ------------------------------------------------------------------------------


TICKS = count()  # a thing of the module: programs share it, which they must not


def test_is_a_program_told_that_is_not_deterministic():
    def fickle(sys):
        tid = yield sys.gettid()
        if next(TICKS):
            yield sys.sched_yield()
        return tid

    with pytest.raises(UsageError, match="not deterministic") as caught:
        explore(fickle, TWO)
    assert "sched_yield" in str(caught.value) and "line" in str(caught.value)


def test_is_an_invariant_that_raises_the_users_error():
    def nonsense(kernels):
        return kernels["k7"]

    with pytest.raises(UsageError, match="nonsense raised KeyError"):
        explore(sleeps, TWO, invariants=[nonsense])
    with pytest.raises(UsageError, match="reach must be"):
        explore(sleeps, TWO, reach=[nonsense])


def test_does_a_loop_that_polls_come_with_its_line_and_a_remedy():
    def polls(sys):
        word = yield sys.mmap(PAGE)
        while (yield sys.load(word)) == 0:
            pass

    found = explore(polls, TWO)
    assert not found.complete and "yield sys.load(word)" in found.held_at
    assert "yield sys.load(word)" in repr(found) and "futex_wait" in repr(found)


def test_does_an_interrupt_keep_what_has_been_seen(monkeypatch):
    def stop(self, seen, waiting):
        if seen.visited == 50:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "__call__", stop)
    monkeypatch.setattr(Progress, "every", 1)
    found = explore(sleeps, TWO)
    assert found.states == 50 and not found.complete


def test_is_a_long_search_told_of_and_is_the_line_taken_away(capsys, monkeypatch):
    monkeypatch.setattr("popcorn_lib.worlds.progress.SHOWN_AFTER", 0)
    monkeypatch.setattr("popcorn_lib.worlds.progress.EVERY", 0)
    monkeypatch.setattr(Progress, "every", 10)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    explore(sleeps, TWO)
    told = capsys.readouterr().err
    assert "a second" in told and "#" in told and told.rstrip(" ").endswith("\r")
