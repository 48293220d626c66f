"""What do faults do to one run in virtual time?"""

from collections import Counter

import pytest
from programs import PAGE

from popcorn_lib import Deadlock, Faults, HandlerError, Machine, UsageError, explore, simulate

TWO = Machine.multikernel(2, page_size=PAGE)
SEEDS = range(40)


def adder(sys, word):
    yield sys.fetch_add(word, 1)


def main(sys):
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(adder, word, on="k1")
    yield sys.fetch_add(word, 1)
    yield sys.join(thread)
    return (yield sys.load(word))


def run(faults, seed, machine=TWO):
    """How a run ends, in a word, and its trace."""
    try:
        run = simulate(main, machine, seed=seed, faults=faults)
        return run.value, run.trace
    except (Deadlock, HandlerError) as error:
        return type(error).__name__, error.trace


def end(*given):
    """How a run ends, and the faults that its trace tells of."""
    how, trace = run(*given)
    return how, tuple(event.name for event in trace.events if event.cause == "fault")


def ends(faults):
    return Counter(end(faults, seed) for seed in SEEDS)


def test_is_a_lost_message_a_deadlock_whose_trace_says_which_was_lost():
    found = ends(Faults(drop=1))
    assert found["Deadlock", ("drop",)] and found[2, ()]
    assert {told for _, told in found} == {("drop",), ()}


def test_can_a_run_end_only_in_ways_that_explore_finds_too():
    # such a run is one of the schedules that the search walks through, up to a broken invariant
    for faults in (Faults(drop=1), Faults(duplicate=1)):
        found = explore(main, TWO, faults=faults, stop=False)
        assert found.complete
        values = {value for value, _ in found.outcomes}
        kinds = {"Deadlock": "deadlock", "HandlerError": "crash", None: "residue"}
        for how, _ in ends(faults):
            assert how in values or kinds[how] in found.violations


def hit(faults):
    """Every fault of the runs: (trace, event, the message that it hit)."""
    traces = [run(faults, seed)[1] for seed in SEEDS]
    found = [
        (trace, event, trace.messages[n])
        for trace in traces
        for event, (n,) in trace.faults.items()
    ]
    assert len(found) > 10
    return found


def test_is_a_message_that_is_lost_never_handled():
    assert all(message.handled_by is None for _, _, message in hit(Faults(drop=1)))


def test_has_a_doubled_message_a_second_row():
    for trace, _, message in hit(Faults(duplicate=1)):
        again = [m for m in trace.messages if m.text.endswith("(again)")]
        assert [(m.kind, m.sent_by) for m in again] == [(message.kind, message.sent_by)]


def test_does_a_late_message_still_come():
    assert all(message.handled_by > event for _, event, message in hit(Faults(delay=1)))


def test_do_the_threads_of_a_dead_kernel_wait_for_nothing():
    said = set()
    for seed in SEEDS:
        try:
            said.add(simulate(main, TWO, seed=seed, faults=Faults(crash=1)).status)
        except Deadlock as error:
            dead = [e.kernel for e in error.trace.events if e.cause == "fault"]
            assert dead and f"on {dead[0]} waits" not in str(error)
            said.add("waits")
    assert said == {0, None, "waits"}  # none was hit; main's kernel died; the other's did


def test_do_equal_seeds_give_equal_runs_and_others_not():
    every = [end(Faults(drop=1, duplicate=1, delay=1), seed) for seed in SEEDS]
    assert every == [end(Faults(drop=1, duplicate=1, delay=1), seed) for seed in SEEDS]
    assert len(set(every)) > 3


def test_does_a_machine_without_messages_know_no_faults():
    one = Machine.smp(cores=2)
    assert {end(Faults(9, 9, 9, 9), seed, one) for seed in SEEDS} == {(2, ())}


def test_is_what_is_no_fault_named():
    with pytest.raises(UsageError, match="drop"):
        simulate(main, TWO, faults=Faults(drop=-1))
    with pytest.raises(UsageError, match=r"0\.5"):
        simulate(main, TWO, faults=0.5)
