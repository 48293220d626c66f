"""Machines: their constructors, their shapes, and what they say of a bad one."""

import math
from itertools import product

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Machine, Mechanism, UsageError, data
from popcorn_lib.graphs import EDGE, NODE, TOPOLOGIES
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.mechanisms.threads import Threads


class Quiet(Mechanism):
    name = "quiet"


class OtherMemory(Memory):
    pass


def shape(topology, n):
    """The graph of a topology as networkx makes it, with numbers as nodes."""
    if topology == "full":
        return networkx.complete_graph(n)
    if topology == "ring":
        return networkx.cycle_graph(n) if n > 1 else networkx.empty_graph(1)
    if topology == "star":
        return networkx.star_graph(n - 1)
    wide = math.ceil(math.sqrt(n))
    grid = networkx.grid_2d_graph(wide, wide)
    return networkx.relabel_nodes(grid, {(y, x): y * wide + x for y, x in grid}).subgraph(range(n))


@given(st.sampled_from(TOPOLOGIES), st.integers(1, 30))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_do_topologies_have_the_shapes_that_networkx_gives_them(topology, n):
    machine = Machine.multikernel(n, topology=topology)
    assert machine.kernels == tuple(f"k{i}" for i in range(n))
    links = {frozenset(edge) for edge in machine.graph.edges}
    assert links == {frozenset((f"k{a}", f"k{b}")) for a, b in shape(topology, n).edges}


def test_what_are_the_defaults():
    machine = Machine.multikernel(3)
    assert machine.page_size == 4096
    assert all(node["cores"] == 1 for node in machine.graph.nodes.values())
    assert all(node == NODE for node in machine.graph.nodes.values())
    assert all(edge == EDGE for edge in machine.graph.edges.values())
    assert machine.graph.number_of_edges() == 3


def test_is_an_smp_one_kernel_with_many_cores():
    machine = Machine.smp(cores=5, page_size=64)
    assert machine.kernels == ("k0",)
    assert machine.graph.nodes["k0"]["cores"] == 5
    assert machine.page_size == 64


def test_do_all_links_take_the_given_latency_and_bandwidth():
    machine = Machine.multikernel(4, cores=3, topology="ring", latency_s=2e-6, bandwidth_bps=1e9)
    assert {edge["latency_s"] for edge in machine.graph.edges.values()} == {2e-6}
    assert {edge["bandwidth_bps"] for edge in machine.graph.edges.values()} == {1e9}
    assert {node["cores"] for node in machine.graph.nodes.values()} == {3}


PRESETS = sorted({row["preset"] for row in data.rows("machines")})


@pytest.mark.parametrize("name", PRESETS)
def test_is_a_preset_what_its_table_says_and_does_every_row_name_a_source(name):
    machine = Machine.preset(name)
    rows = [row for row in data.rows("machines") if row["preset"] == name]
    kernels = {row["name"]: row for row in rows if row["element"] == "kernel"}
    links = {frozenset(r["name"].split("-")): r for r in rows if r["element"] == "link"}
    assert len(kernels) + len(links) == len(rows)
    assert list(machine.kernels) == list(kernels)
    for kernel, row in kernels.items():
        node = machine.graph.nodes[kernel]
        found = (node["isa"], node["cores"], node["clock_hz"])
        assert found == (row["isa"], int(row["cores"]), float(row["clock_hz"]))
    assert {frozenset(edge) for edge in machine.graph.edges} == set(links)
    for (a, b), edge in machine.graph.edges.items():
        assert edge["latency_s"] == float(links[frozenset((a, b))]["latency_s"])
    assert all(row["source"].strip() and row["locator"].strip() for row in rows)


def test_does_a_graph_of_ones_own_keep_what_it_says_and_get_the_defaults_for_the_rest():
    graph = networkx.path_graph(["a", "b", "c"])
    graph.nodes["b"].update(isa="arm64", cores=48, position=(1, 2))
    graph.edges["a", "b"]["latency_s"] = 3e-6
    machine = Machine.from_graph(graph)
    assert machine.kernels == ("a", "b", "c")
    assert machine.graph.nodes["b"] == NODE | {"isa": "arm64", "cores": 48, "position": (1, 2)}
    assert machine.graph.edges["a", "b"] == EDGE | {"latency_s": 3e-6}
    graph.nodes["a"]["cores"] = 99
    graph.add_edge("a", "c")
    assert machine.graph.nodes["a"]["cores"] == 1, "the machine has a copy"
    assert not machine.graph.has_edge("a", "c")


def random_graph(draw):
    n = draw(st.integers(1, 8))
    tree = [(i, draw(st.integers(0, i - 1))) for i in range(1, n)]
    more = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=8))
    graph = networkx.Graph()
    graph.add_nodes_from(f"n{i}" for i in range(n))
    for a, b in tree + [pair for pair in more if pair[0] != pair[1]]:
        latency, bandwidth = draw(st.integers(1, 50)), draw(st.sampled_from([0, 8e6, 1e9]))
        graph.add_edge(f"n{a}", f"n{b}", latency_s=latency * 1e-6, bandwidth_bps=bandwidth)
    return graph


@given(st.composite(random_graph)())
@settings(derandomize=True, deadline=None, max_examples=40)
def test_does_a_message_take_the_fastest_path(graph):
    routes = Machine.from_graph(graph).routes()
    lengths = dict(networkx.all_pairs_bellman_ford_path_length(graph, weight="latency_s"))
    for (source, destination), (latency, per_byte, _) in routes.items():
        assert latency == pytest.approx(lengths[source][destination])
        assert per_byte >= 0
    assert len(routes) == len(graph) ** 2


@pytest.mark.parametrize("slowest", [10, 20, 21, 40])
def test_is_a_detour_taken_where_all_are_linked_but_some_slowly(slowest):
    graph = networkx.complete_graph(5)
    for number, edge in enumerate(graph.edges):
        graph.edges[edge]["latency_s"] = (slowest if number == 3 else 10 + number % 2) * 1e-6
    routes = Machine.from_graph(networkx.relabel_nodes(graph, str)).routes()
    lengths = dict(networkx.all_pairs_bellman_ford_path_length(graph, weight="latency_s"))
    for source, destination in product(graph, repeat=2):
        latency = routes[str(source), str(destination)][0]
        assert latency == pytest.approx(lengths[source][destination])


def test_does_replace_swap_one_mechanism_and_leave_the_machine_as_it_was():
    machine = Machine.multikernel(2, page_size=128)
    other = machine.replace(memory=OtherMemory)
    assert other.mechanism("memory") is OtherMemory
    assert other.mechanism("threads") is Threads
    assert machine.mechanism("memory") is Memory
    assert (other.page_size, other.kernels) == (128, machine.kernels)
    assert all(type(k["memory"]) is OtherMemory for k in other.boot().values())


def test_does_with_mechanism_add_one_to_every_kernel():
    machine = Machine.multikernel(2).with_mechanism(Quiet)
    assert [type(kernel["quiet"]) for kernel in machine.boot().values()] == [Quiet, Quiet]


def linked(**edge):
    graph = networkx.path_graph(["a", "b"])
    graph.edges["a", "b"].update(edge)
    return graph


def noded(**node):
    graph = networkx.Graph()
    graph.add_node("solo", **node)
    return graph


def islands():
    graph = networkx.path_graph(["a", "b"])
    graph.add_node("lonely")
    return graph


def looped():
    graph = networkx.path_graph(["a", "b"])
    graph.add_edge("b", "b")
    return graph


BAD = [
    (lambda: Machine.multikernel(2, topology="torus"), ["torus", *TOPOLOGIES]),
    (lambda: Machine.preset("cray"), ["cray", *PRESETS]),
    (lambda: Machine.multikernel(2).replace(fuutex=Quiet), ["fuutex", "threads", "memory"]),
    (lambda: Machine.multikernel(2).replace(memory=Quiet), ["memory", "quiet", "Quiet"]),
    (lambda: Machine.multikernel(2).replace(memory=7), ["memory", "7"]),
    (lambda: Machine.multikernel(2).with_mechanism(OtherMemory), ["memory"]),
    (lambda: Machine.multikernel(2).mechanism("futexes"), ["futexes", "threads", "memory"]),
    (lambda: Machine.multikernel(2, latency_s=-1e-9), ["-1e-09", "latency_s"]),
    (lambda: Machine.multikernel(2, bandwidth_bps=-5), ["-5", "bandwidth_bps"]),
    (lambda: Machine.from_graph(linked(latency_s=math.nan)), ["nan", "a", "b", "latency_s"]),
    (lambda: Machine.from_graph(linked(latency_s=math.inf)), ["inf", "latency_s"]),
    (lambda: Machine.from_graph(linked(latency_s="fast")), ["fast", "latency_s"]),
    (lambda: Machine.from_graph(noded(cores=0)), ["0", "cores", "solo"]),
    (lambda: Machine.from_graph(noded(cores=1.5)), ["1.5", "cores"]),
    (lambda: Machine.from_graph(noded(clock_hz=0)), ["0", "clock_hz", "solo"]),
    (lambda: Machine.from_graph(islands()), ["lonely", "disconnected"]),
    (lambda: Machine.from_graph(networkx.DiGraph([("a", "b")])), ["undirected", "DiGraph"]),
    (lambda: Machine.from_graph(networkx.MultiGraph([("a", "b")])), ["MultiGraph"]),
    (lambda: Machine.from_graph(looped()), ["b", "itself"]),
    (lambda: Machine.from_graph(networkx.path_graph(3)), ["0", "name"]),
    (lambda: Machine.from_graph(networkx.Graph()), ["0", "kernels"]),
    (lambda: Machine.from_graph("a-b"), ["a-b"]),
    (lambda: Machine.multikernel(0), ["0", "kernels"]),
    (lambda: Machine.multikernel(-3), ["-3"]),
    (lambda: Machine.multikernel(2.5), ["2.5"]),
    (lambda: Machine.multikernel(257), ["257", "256"]),
    (lambda: Machine.smp(cores=0), ["0", "cores"]),
    (lambda: Machine.smp(page_size=48), ["48", "page_size"]),
    (lambda: Machine.smp(page_size=32), ["32", "64"]),
    (lambda: Machine.smp(page_size=100), ["100"]),
]


@pytest.mark.parametrize(("make", "words"), BAD, ids=[" ".join(words[:2]) for _, words in BAD])
def test_does_a_bad_machine_get_an_error_that_names_the_thing(make, words):
    with pytest.raises(UsageError) as caught:
        make()
    assert [word for word in words if word not in str(caught.value)] == []


def test_what_if_the_name_of_a_links_attribute_is_misspelt():
    with pytest.raises((UsageError, TypeError), match="latency"):
        Machine.multikernel(2, latency=5e-6)
