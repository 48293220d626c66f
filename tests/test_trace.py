"""The trace: events, messages, happened-before, and the forms in which they leave."""

import itertools
import json
import random

import networkx
import pytest
from programs import PAGE, random_tree, tree_program

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.trace import Event

# What the design promises of run.messages; more columns may follow.
PROMISED = ["time_s", "source", "destination", "mechanism", "kind", "bytes"]


@pytest.fixture(params=range(4))
def run(request):
    machine = Machine.multikernel(3, cores=1 + request.param % 2, page_size=PAGE)
    rng = random.Random(request.param)
    tree = (("clone", 1, random_tree(rng, 1)), ("migrate", 2), *random_tree(rng, 2))
    return simulate(tree_program, machine, (tree, machine.kernels), request.param)


@pytest.fixture
def trace(run):
    return run.trace


def test_are_events_numbered_and_in_the_order_of_time(run, trace):
    assert [event.index for event in trace.events] == list(range(len(trace)))
    times = [event.time_s for event in trace.events]
    assert times == sorted(times) and times[0] == 0 and times[-1] <= run.seconds
    assert {event.cause for event in trace.events} <= {"boot", "request", "message", "timer"}
    assert {event.kernel for event in trace.events} == {"k0", "k1", "k2"}


def test_is_every_message_sent_once_and_handled_once_and_later(trace):
    assert [message.index for message in trace.messages] == list(range(len(trace.messages)))
    sent = [index for event in trace.events for index in event.sent]
    handled = [event.message for event in trace.events if event.message is not None]
    assert sorted(sent) == sorted(handled) == list(range(len(trace.messages)))
    for message in trace.messages:
        sender, receiver = trace.events[message.sent_by], trace.events[message.handled_by]
        assert (sender.kernel, receiver.kernel) == (message.source, message.destination)
        assert message.source != message.destination
        assert message.index in sender.sent and receiver.message == message.index
        assert (sender.time_s, receiver.time_s) == (message.time_s, message.handled_s)
        assert message.time_s < message.handled_s
        assert (receiver.cause, receiver.name) == ("message", message.kind)
        assert (receiver.text, receiver.mechanism) == (message.text, message.mechanism)
        assert message.priority in ("high", "normal") and message.bytes >= 64


def test_does_every_thread_start_once_and_end_once(trace):
    ends = [tid for event in trace.events for tid in event.ended]
    starts = [t for event in trace.events for t, what in event.resumed if what == "starts"]
    assert sorted(ends) == sorted(starts) and len(starts) > 2


def test_is_a_state_shared_where_it_is_unchanged(trace):
    last, shared = {}, 0
    for event in trace.events:
        before = last.get(event.kernel, {})
        for name, state in event.state.items():
            if name in before and before[name] == state:
                assert before[name] is state
                shared += 1
        if before == event.state:
            assert before is event.state
        hash(tuple(sorted(event.state.items())))
        last[event.kernel] = event.state
    assert shared > len(trace) // 2


def test_is_happened_before_a_graph_without_circles_that_agrees_with_time(trace):
    graph = trace.to_graph()
    assert list(graph) == list(range(len(trace)))
    assert networkx.is_directed_acyclic_graph(graph)
    for a, b in graph.edges:
        assert trace.events[a].time_s <= trace.events[b].time_s and a < b
    for message in trace.messages:
        assert graph.has_edge(message.sent_by, message.handled_by)
    for kernel in trace.machine.kernels:
        mine = [event.index for event in trace.events if event.kernel == kernel]
        assert all(graph.has_edge(a, b) for a, b in itertools.pairwise(mine))
    assert networkx.descendants(graph, 0) == set(range(1, len(trace))), "all follows from the boot"


def test_does_every_request_follow_what_resumed_its_thread(trace):
    graph = trace.to_graph()
    resumed = {}
    for event in trace.events:
        if event.cause == "request":
            assert graph.has_edge(resumed[event.tid], event.index)
        resumed |= {tid: event.index for tid, _ in event.resumed}


def test_is_the_perfetto_file_json_with_matching_flows(trace, tmp_path):
    path = tmp_path / "trace.json"
    trace.to_perfetto(path)
    rows = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    slices = [row for row in rows if row["ph"] == "X"]
    assert [row["name"] for row in slices] == [event.name for event in trace.events]
    names = {row["pid"]: row["args"]["name"] for row in rows if row["ph"] == "M"}
    assert names == dict(enumerate(trace.machine.kernels))
    flows = {kind: {r["id"]: r for r in rows if r["ph"] == kind} for kind in "sf"}
    assert set(flows["s"]) == set(flows["f"]) == set(range(len(trace.messages)))
    for message in trace.messages:
        begin, end = flows["s"][message.index], flows["f"][message.index]
        assert (names[begin["pid"]], names[end["pid"]]) == (message.source, message.destination)
        assert begin["ts"] == pytest.approx(message.time_s * 1e6)
        assert end["ts"] == pytest.approx(message.handled_s * 1e6)
        assert end["bp"] == "e"


def test_have_the_frames_a_row_for_everything_and_no_cell_missing(run, trace):
    frame = run.messages
    assert set(PROMISED) <= set(frame.columns) and len(frame) == len(trace.messages)
    assert not frame.isna().any().any()
    assert set(frame.mechanism) <= {"threads", "memory"}
    assert list(frame.time_s) == sorted(frame.time_s)
    for name in PROMISED:
        assert list(frame[name]) == [getattr(message, name) for message in trace.messages]
    events = trace.to_frame()
    assert len(events) == len(trace)
    assert list(events.columns) == [f for f in Event._fields if f not in ("index", "state")]
    assert list(events.name) == [event.name for event in trace.events]


def test_have_the_frames_their_columns_where_nothing_was_sent():
    def main(sys):
        yield sys.gettid()

    frame = simulate(main, Machine.smp()).messages
    assert set(PROMISED) <= set(frame.columns) and len(frame) == 0


def test_do_state_lines_say_what_each_mechanism_keeps(trace):
    machine = trace.machine
    for event in trace.events:
        lines = trace.state_lines(event)
        assert set(lines) == {kind.name for kind in machine.mechanisms}
        for name, frozen in event.state.items():
            told = lines[name]
            assert all(isinstance(line, str) and line for line in told)
            empty = machine.mechanism(name)(None).freeze()
            assert frozen != empty or told == []


def test_does_a_run_that_was_cut_leave_messages_on_their_way():
    def main(sys):
        yield sys.migrate("k1")

    trace = simulate(main, Machine.multikernel(2), max_seconds=1e-6).trace
    [message] = trace.messages
    assert message.handled_by is None and message.handled_s is None
    assert not simulate(main, Machine.multikernel(2), max_seconds=1e-6).messages.isna().any().any()
    assert networkx.is_directed_acyclic_graph(trace.to_graph())


def test_does_a_trace_of_explore_have_the_same_form(tmp_path):
    def main(sys):
        tid = yield sys.clone(rest, on="k1")
        yield sys.nanosleep(1)
        yield sys.join(tid)
        assert False, "the end"  # noqa: B011  a crash, to get a trace

    def rest(sys):
        yield sys.migrate("k0")

    found = explore(main, Machine.multikernel(2)).violation
    assert found.kind == "crash"
    trace = found.trace
    graph = trace.to_graph()
    assert networkx.is_directed_acyclic_graph(graph)
    assert [e.time_s for e in trace.events] == list(range(len(trace)))
    assert {event.cause for event in trace.events} == {"boot", "request", "message", "timer"}
    trace.to_perfetto(tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text())
    assert not trace.messages_frame().isna().any().any()
    handled = [e.message for e in trace.events if e.message is not None]
    assert len(handled) == len(set(handled)) and set(handled) <= set(range(len(trace.messages)))
