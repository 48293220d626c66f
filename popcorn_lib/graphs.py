"""The graph of a machine: shapes of links, defaults of kernels and links, and every check.

Each complaint names the kernel or link and the value.
"""

import math

import networkx

from popcorn_lib.errors import UsageError, choose

NODE = {"isa": "x86-64", "cores": 1, "sockets": 1, "clock_hz": 2.5e9}
RATES = {"int_per_cycle": 1.0, "float_per_cycle": 1.0, "memory_per_cycle": 1.0}
NODE |= RATES
# A cache line to the other socket: far pairs of a 2-socket Xeon Gold 6242, data/core_to_core.csv
EDGE = {"latency_s": 141.4e-9, "bandwidth_bps": 0, "notify": ""}
TOPOLOGIES = ("full", "ring", "star", "mesh")
NOTIFY = ("poll", "interrupt", "")
SUMMED = ("cores", "sockets", "idle_w", "busy_w")
MAX_KERNELS = 256  # as many as global pids have room for


def pairs(topology, n):
    if topology == "full":
        return [(a, b) for a in range(n) for b in range(a)]
    if topology == "ring":
        return [(i, (i + 1) % n) for i in range(n) if n > 1]
    if topology == "star":
        return [(0, i) for i in range(1, n)]
    wide = math.ceil(math.sqrt(n))
    right = [(i, i + 1) for i in range(n - 1) if (i + 1) % wide]
    return right + [(i, i + wide) for i in range(n - wide)]


def checked(graph):
    """A copy of the graph with the defaults filled in; UsageError names what is wrong with it."""
    if not isinstance(graph, networkx.Graph) or graph.is_directed() or graph.is_multigraph():
        raise UsageError(f"a machine needs an undirected networkx.Graph, not {graph!r}")
    if not 1 <= len(graph) <= MAX_KERNELS:
        raise UsageError(f"a machine has 1 to {MAX_KERNELS} kernels, not {len(graph)}")
    copy = networkx.Graph(**graph.graph)
    for name, given in graph.nodes.items():
        copy.add_node(name, **_node(name, NODE | given))
    for a, b, given in graph.edges(data=True):
        if a == b:
            raise UsageError(f"kernel {a!r} has a link to itself")
        copy.add_edge(a, b, **_edge(f"{a}-{b}", EDGE | given))
    if not networkx.is_connected(copy):
        parts = " and ".join(str(sorted(part)) for part in networkx.connected_components(copy))
        raise UsageError(f"the graph is disconnected: no link joins {parts}")
    return copy


def merged(graph):
    """A graph of one kernel "k0" with all cores, each kernel of `graph` a socket."""
    nodes = list(graph.nodes.values())
    for what in ("isa", "clock_hz", "cores", *RATES):
        found = sorted({node[what] for node in nodes})
        if len(found) > 1:
            raise UsageError(f"one kernel cannot run on {what} {' and '.join(map(str, found))}")
    one = networkx.Graph()
    sums = {name: sum(n[name] for n in nodes) for name in SUMMED if all(name in n for n in nodes)}
    one.add_node("k0", **nodes[0] | sums)
    return one


def _node(name, node):
    if not isinstance(name, str) or not name:
        raise UsageError(f"a kernel's name must be text, not {name!r}")
    for field in ("cores", "sockets"):
        check_count(f"{field} of {name!r}", node[field])
    if node["cores"] % node["sockets"]:
        what = f"{node['cores']} cores are not equally many on {node['sockets']} sockets"
        raise UsageError(f"kernel {name!r}: {what}")
    for field in ("clock_hz", *RATES):
        _check_number(f"{field} of {name!r}", node[field], above=0)
    for field in ("idle_w", "busy_w"):
        _check_number(f"{field} of {name!r}", node.get(field, 0))
    return node


def _edge(name, edge):
    _check_number(f"latency_s of link {name!r}", edge["latency_s"])
    _check_number(f"bandwidth_bps of link {name!r}", edge["bandwidth_bps"])
    choose(f"notify of link {name!r}", edge["notify"], NOTIFY)
    return edge


def _check_number(what, value, above=None):
    if not isinstance(value, int | float) or not 0 <= value < math.inf or value == above:
        least = "more than 0" if above == 0 else "0 or more"
        raise UsageError(f"{what} must be {least}, not {value!r}")


def check_count(what, value):
    if not isinstance(value, int) or value < 1:
        raise UsageError(f"{what} must be a whole number of 1 or more, not {value!r}")
