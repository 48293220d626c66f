"""A trace in the forms of other tools: does each read what was written?"""

import json
import re

import networkx
import pytest

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.variants.defects import DEFECTS

SHIVIZ = re.compile(r"(?P<event>.*)\n(?P<host>\S*) (?P<clock>{.*})")  # as ShiViz suggests it
TEXT = 'a "quoted" value,\nover two lines'


def busy(sys):
    word = yield sys.mmap(64)
    tid = yield sys.clone(worker, word, on="k1")
    yield sys.nanosleep(1e-6)
    yield sys.join(tid)
    return TEXT


def worker(sys, word):
    yield sys.store(word, 1)
    yield sys.migrate("k2")


def alone(sys):
    yield sys.gettid()
    return TEXT


MADE = {
    "simulate": lambda: simulate(busy, Machine.multikernel(3, page_size=64)).trace,
    "explore": lambda: DEFECTS[1].explore().violation.trace,
    "causal": lambda: DEFECTS[1].explore().violation.trace.causal(),
    "one kernel": lambda: explore(alone, Machine.smp()).witness((TEXT, 0)),
}


@pytest.fixture(params=MADE)
def trace(request):
    return MADE[request.param]()


# ---- ShiViz -------------------------------------------------------------------------------------


@pytest.fixture
def log(trace, tmp_path):
    trace.to_shiviz(tmp_path / "log")
    text = (tmp_path / "log").read_text(encoding="utf-8")
    matches = list(SHIVIZ.finditer(text))
    assert "".join(found[0] + "\n" for found in matches) == text, "nothing but events"
    return [(found["host"], json.loads(found["clock"]), found["event"]) for found in matches]


def test_has_the_log_an_event_for_each(trace, log):
    assert [host for host, _, _ in log] == [event.kernel for event in trace.events]
    for event, (_, _, words) in zip(trace.events, log, strict=True):
        assert words.startswith(f"{event.index} ") and event.name in words


def test_does_shiviz_accept_the_clocks(log):
    """Its rules: one's own entry is there and counts one by one; no entry is 0 or ahead."""
    seen = {}
    for host, clock, _ in log:
        seen[host] = seen.get(host, 0) + 1
        assert clock[host] == seen[host]
        assert all(0 < count <= seen[other] for other, count in clock.items())


def test_do_the_clocks_in_the_log_order_events_as_the_graph_does(trace, log):
    graph = trace.to_graph()
    for late in graph:
        before = networkx.ancestors(graph, late)
        for early, (host, clock, _) in enumerate(log):
            follows = log[late][1].get(host, 0) >= clock[host]
            assert follows == (early in before or early == late)


def test_are_spaces_in_the_name_of_a_kernel_no_trouble(tmp_path):
    graph = networkx.Graph([("big core", "small core")])
    run = simulate(alone, Machine.from_graph(graph))
    run.trace.to_shiviz(tmp_path / "log")
    found = SHIVIZ.findall((tmp_path / "log").read_text(encoding="utf-8"))
    assert {host for _, host, _ in found} == {"big_core"} and len(found) == len(run.trace)


# ---- GraphML ------------------------------------------------------------------------------------


def test_does_networkx_read_the_graph_back(trace, tmp_path):
    trace.to_graphml(tmp_path / "trace.graphml")
    read = networkx.read_graphml(tmp_path / "trace.graphml", node_type=int)
    assert set(read.edges(data="why")) == set(trace.to_graph().edges(data="why"))
    assert list(read) == list(range(len(trace)))
    for event in trace.events:
        node = read.nodes[event.index]
        assert (node["label"], node["kernel"], node["cause"]) == event[4:5] + event[2:4]
        assert event.name in node["text"] and node["time_s"] == event.time_s
    for _, after, edge in read.edges(data=True):
        assert edge["label"] == (
            trace.events[after].name if edge["why"] == "message" else edge["why"]
        )


def test_do_nodes_name_threads_as_the_pictures_do(tmp_path):
    trace = DEFECTS[0].explore().violation.trace
    trace.to_graphml(tmp_path / "trace.graphml")
    read = networkx.read_graphml(tmp_path / "trace.graphml")
    threads = {node["thread"] for _, node in read.nodes(data=True)}
    assert {"k0:2", "k0:3"} <= threads
    assert not any(re.search(r"\b41943\d\d\b", node["text"]) for _, node in read.nodes(data=True))


# ---- Perfetto -----------------------------------------------------------------------------------


def test_is_the_perfetto_file_well_formed(trace, tmp_path):
    trace.to_perfetto(tmp_path / "trace.json")
    found = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))
    assert set(found) == {"traceEvents", "displayTimeUnit"} and found["displayTimeUnit"] == "ns"
    rows = found["traceEvents"]
    needs = {"M": {"name", "pid", "args"}, "X": {"name", "ts", "dur", "pid", "tid", "args"}}
    needs |= {
        "s": {"id", "ts", "pid", "tid", "name"},
        "f": {"id", "ts", "pid", "tid", "bp", "name"},
    }
    assert all(needs[row["ph"]] <= set(row) for row in rows)
    tracks = {row["pid"] for row in rows if row["ph"] == "M"}
    assert tracks == {row["pid"] for row in rows} == set(range(len(trace.machine.kernels)))
    sent = [row["id"] for row in rows if row["ph"] == "s"]
    assert len(sent) == len(set(sent))
    assert {row["id"] for row in rows if row["ph"] == "f"} <= set(sent)
    assert sum(row["ph"] == "X" for row in rows) == len(trace)
