"""A trace in another order, the past of an event, vector clocks: against networkx and replays."""

import itertools
import random

import networkx
import pytest
from programs import PAGE, random_tree, tree_program, visit

from popcorn_lib import Faults, Machine, UsageError, explore, simulate
from popcorn_lib.trace import Trace
from popcorn_lib.variants import programs
from popcorn_lib.variants.defects import DEFECTS
from popcorn_lib.worlds.replay import replay

EACH = pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.variant.__name__)
TWO = Machine.multikernel(2, page_size=PAGE)


def simulated(seed):
    machine = Machine.multikernel(3, cores=1 + seed % 2, page_size=PAGE)
    rng = random.Random(seed)
    tree = (("clone", 1, random_tree(rng, 1)), ("migrate", 2), *random_tree(rng, 2))
    return simulate(tree_program, machine, (tree, machine.kernels), seed).trace


@pytest.fixture(params=[*range(4), *DEFECTS], ids=lambda given: getattr(given, "name", str(given)))
def trace(request):
    given = request.param
    return simulated(given) if isinstance(given, int) else given.explore().violation.trace


def changes(trace):
    """How often the reader must look at another kernel."""
    return sum(a.kernel != b.kernel for a, b in itertools.pairwise(trace.events))


def on(trace, kernel):
    return [event for event in trace.events if event.kernel == kernel]


def pairs(old, new):
    """{event of `old`: the same event in `new`}: the same one of the same kernel."""
    found = {}
    for name in old.machine.kernels:
        same = zip(on(old, name), on(new, name), strict=False)  # some may have been left out
        found |= {a.index: b.index for a, b in same}
    return found


def told(event):
    """What of an event does not depend on its place among those of other kernels."""
    return event[2:8] + event[10:]


# ---- another order ------------------------------------------------------------------------------


def test_does_the_order_keep_everything_that_happened_before(trace):
    new = trace.causal()
    place = pairs(trace, new)
    assert sorted(place.values()) == list(range(len(trace)))
    assert all(place[a] < place[b] for a, b in trace.to_graph().edges)
    same = networkx.relabel_nodes(trace.to_graph(), place)
    assert set(same.edges(data="why")) == set(new.to_graph().edges(data="why"))
    assert list(new.to_graph()) == list(range(len(trace)))


def test_does_every_kernel_go_through_the_same_states(trace):
    new = trace.causal()
    for name in trace.machine.kernels:
        assert list(map(told, on(trace, name))) == list(map(told, on(new, name)))
    rows = [row[3:12] for row in trace.messages]
    assert sorted(rows, key=repr) == sorted((row[3:12] for row in new.messages), key=repr)


def test_are_messages_where_their_events_say(trace):
    new = trace.causal()
    assert [row.index for row in new.messages] == list(range(len(new.messages)))
    for row in new.messages:
        assert row.index in new.events[row.sent_by].sent
        assert row.handled_by is None or new.events[row.handled_by].message == row.index


@EACH
def test_is_the_new_order_one_that_the_machine_can_run(defect):
    """The steps of the search in the new order, with real kernels: the very same trace."""
    result = defect.explore()
    old = result.violation.trace
    new = old.causal()
    path = result._seen.path(next(iter(result._seen.wrong)))
    place = pairs(old, new)
    steps = dict(zip((place[i] for i in range(1, len(old))), path, strict=True))
    again = replay(result._world, [steps[number] for number in sorted(steps)])
    assert again.events == new.events and again.messages == new.messages


def test_does_the_reader_look_from_kernel_to_kernel_less_often(trace):
    assert changes(trace.causal()) <= changes(trace)


def test_is_it_easier_for_every_defect():
    before = sum(changes(defect.explore().violation.trace) for defect in DEFECTS)
    after = sum(changes(defect.explore().violation.trace.causal()) for defect in DEFECTS)
    assert after < 0.75 * before


def test_does_what_the_end_does_not_follow_from_come_behind_it_or_go(trace):
    last = len(trace) - 1
    past = networkx.ancestors(trace.to_graph(), last) | {last}
    new, only = trace.causal(), trace.causal(only=True)
    place = pairs(trace, new)
    assert sorted(place[event] for event in past) == list(range(len(past)))
    assert place[last] == len(past) - 1
    assert [told(e) for e in only.events] == [told(e) for e in new.events[: len(past)]]
    assert all(row.sent_by < len(past) for row in only.messages)
    for row in only.messages:
        assert (row.handled_by is None) == (row.handled_s is None)
        assert row.handled_by is None or only.events[row.handled_by].message == row.index


def test_is_a_thread_that_ends_by_itself_left_out():
    def main(sys):
        yield sys.clone(idle, on="k1")
        yield sys.gettid()
        raise ValueError("the end")

    def idle(sys):
        yield sys.gettid()
        yield sys.gettid()

    trace = explore(main, TWO, stop=False).witness("crash")
    run = simulate(lambda sys: visit(sys, "k1"), TWO).trace
    assert {event.kernel for event in trace.causal(only=True).events} == {"k0"}
    assert len(run.causal(only=True)) <= len(run)


def test_are_steps_numbered_anew_and_seconds_kept():
    steps = DEFECTS[0].explore().violation.trace.causal()
    assert [event.time_s for event in steps.events] == list(range(len(steps)))
    assert all(row.time_s == row.sent_by for row in steps.messages)
    run = simulated(0)
    assert sorted(e.time_s for e in run.causal().events) == [e.time_s for e in run.events]


def test_has_an_empty_trace_an_order():
    assert len(Trace(TWO).causal()) == len(Trace(TWO).causal(only=True)) == 0


@pytest.mark.parametrize("fault", ["drop", "duplicate", "delay", "crash"])
def test_does_a_fault_follow_from_the_message_that_it_is_about(fault):
    result = explore(programs.impatient, TWO, ("k1", "k0"), faults=Faults(**{fault: 1}))
    trace = result.violation.trace
    [about] = trace.faults.values() if fault != "crash" else [()]
    assert len(about) == {"delay": 2, "crash": 0}.get(fault, 1)
    new = trace.causal()
    place = pairs(trace, new)
    assert all(place[a] < place[b] for a, b in trace.to_graph().edges)
    for event, rows in new.faults.items():
        assert (new.events[event].cause, new.events[event].name) == ("fault", fault)
        assert all(new.messages[row].sent_by < event for row in rows)
    path = result._seen.path(next(iter(result._seen.wrong)))
    steps = dict(zip((place[i] for i in range(1, len(trace))), path, strict=True))
    again = replay(result._world, [steps[number] for number in sorted(steps)])
    assert list(map(told, again.events)) == list(map(told, new.events))


# ---- the past, and clocks -----------------------------------------------------------------------


def test_do_clocks_say_what_networkx_says_of_the_past(trace):
    graph = trace.to_graph()
    later = {event: networkx.descendants(graph, event) for event in graph}
    for a, b in itertools.combinations(graph, 2):
        assert trace.concurrent(a, b) == (b not in later[a]) == trace.concurrent(b, a)
        if len(trace) > 40 and a > 5:
            break  # long runs: a few events against all are enough
    for event in graph:
        assert trace.past(event) == sorted(e for e in graph if event in later[e])
        assert not trace.concurrent(event, event)


def test_do_clocks_count_the_events_of_each_kernel(trace):
    clocks = trace.clocks()
    assert list(clocks.index) == list(range(len(trace)))
    assert list(clocks.columns) == list(trace.machine.kernels) and clocks.index.name == "event"
    graph = trace.to_graph()
    for event in trace.events:
        past = networkx.ancestors(graph, event.index) | {event.index}
        for name in clocks.columns:
            count = sum(graph.nodes[e]["kernel"] == name for e in past)
            assert clocks.loc[event.index, name] == count


def test_is_an_event_that_is_not_there_named():
    trace = DEFECTS[0].explore().violation.trace
    for ask in (lambda: trace.past(99), lambda: trace.concurrent(0, 99)):
        with pytest.raises(UsageError, match="event 99 is not in the trace; it has 14"):
            ask()
