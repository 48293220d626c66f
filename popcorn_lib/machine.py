"""A machine: kernels as the nodes of a networkx graph, links as its edges.

    Machine.multikernel(3)                  three kernels that share nothing
    Machine.smp(cores=8)                    one kernel with eight cores
    Machine.preset("xeon+phi")              a published system, from data/machines.csv
    Machine.from_graph(graph)               any connected graph with names as nodes

A node carries isa, cores and clock_hz; an edge latency_s (one way) and bandwidth_bps (bits per
second, 0 if the latency says it all).  A message between kernels that have no link takes the
fastest path.
"""

import math

import networkx

from popcorn_lib import data
from popcorn_lib.errors import UsageError, choose
from popcorn_lib.kernel import Boot, Kernel, Mechanism
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.mechanisms.ipc import Ipc
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.mechanisms.namespaces import Namespaces
from popcorn_lib.mechanisms.signals import Signals
from popcorn_lib.mechanisms.sockets import Sockets
from popcorn_lib.mechanisms.threads import Threads

MECHANISMS = (Threads, Namespaces, Memory, Futex, Signals, Ipc, Sockets)
NODE = {"isa": "x86-64", "cores": 1, "clock_hz": 2.5e9}
# A cache line to the other socket: far pairs of a 2-socket Xeon Gold 6242, data/core_to_core.csv
EDGE = {"latency_s": 141.4e-9, "bandwidth_bps": 0}
TOPOLOGIES = ("full", "ring", "star", "mesh")
MAX_KERNELS = 128  # seven bits of a global pid


class Machine:
    """Kernels and links; immutable once made.  See the constructors.

    graph: networkx.Graph.  kernels: names in order, the first is where programs start.
    page_size: bytes, a power of two of at least 64.
    """

    def __init__(self, graph, mechanisms=MECHANISMS, page_size=4096):
        _check_page_size(page_size)
        self.graph = _checked(graph)
        self.kernels = tuple(self.graph)
        self.mechanisms = tuple(mechanisms)
        self.page_size = page_size

    # ---- constructors ---------------------------------------------------------------------------

    @classmethod
    def multikernel(cls, kernels, cores=1, topology="full", page_size=4096, **link):
        """Kernels "k0", "k1", ...; `link` sets latency_s and bandwidth_bps of all links.

        topology: "full", "ring", "star" (k0 in the middle) or "mesh" (nearly square).
        """
        _check_count("kernels", kernels)
        if kernels > MAX_KERNELS:
            raise UsageError(f"{kernels} kernels: a global pid has room for {MAX_KERNELS}")
        for name in link:
            choose("attribute of a link", name, EDGE)
        graph = networkx.Graph()
        graph.add_nodes_from((f"k{i}" for i in range(kernels)), cores=cores)
        pairs = _pairs(choose("topology", topology, TOPOLOGIES), kernels)
        graph.add_edges_from(((f"k{a}", f"k{b}") for a, b in pairs), **link)
        return cls(graph, page_size=page_size)

    @classmethod
    def smp(cls, cores=8, page_size=4096):
        """One kernel "k0" with many cores."""
        return cls.multikernel(1, cores=cores, page_size=page_size)

    @classmethod
    def preset(cls, name, page_size=4096):
        """A published system from data/machines.csv; the rows there name their sources."""
        table = data.rows("machines")
        choose("preset", name, sorted({row["preset"] for row in table}))
        graph = networkx.Graph(name=name)
        for row in (row for row in table if row["preset"] == name):
            if row["element"] == "kernel":
                isa, cores, clock = row["isa"], int(row["cores"]), float(row["clock_hz"])
                graph.add_node(row["name"], isa=isa, cores=cores, clock_hz=clock)
            else:
                link = {key: float(row[key]) for key in EDGE}
                graph.add_edge(*row["name"].split("-"), **link)
        return cls(graph, page_size=page_size)

    @classmethod
    def from_graph(cls, graph, page_size=4096):
        """Any undirected, connected networkx graph; missing attributes get the defaults."""
        return cls(graph, page_size=page_size)

    # ---- variants -------------------------------------------------------------------------------

    def replace(self, **mechanisms):
        """The same machine with mechanisms swapped: `replace(memory=MyMemory)`."""
        known = [kind.name for kind in self.mechanisms]
        for name, kind in mechanisms.items():
            choose("mechanism", name, known)
            _check_mechanism(kind, name)
        kinds = [mechanisms.get(kind.name, kind) for kind in self.mechanisms]
        return Machine(self.graph, kinds, self.page_size)

    def with_mechanism(self, kind):
        """The same machine with one mechanism more."""
        _check_mechanism(kind, kind.name)
        if kind.name in (other.name for other in self.mechanisms):
            raise UsageError(f"mechanism {kind.name!r} is there already; replace() swaps it")
        return Machine(self.graph, (*self.mechanisms, kind), self.page_size)

    # ---- what worlds and pictures ask -----------------------------------------------------------

    def mechanism(self, name):
        """The class of the mechanism called `name`."""
        kinds = {kind.name: kind for kind in self.mechanisms}
        return kinds[choose("mechanism", name, kinds)]

    def boot(self, **around):
        """Fresh kernels: {name: Kernel}; around: the machine's address, those of hosts outside."""
        cores = tuple(self.graph.nodes[name]["cores"] for name in self.kernels)
        given = self.kernels, cores, self.page_size
        boots = (Boot(name, *given, **around) for name in self.kernels)
        return {boot.name: Kernel(boot, self.mechanisms) for boot in boots}

    def routes(self):
        """{(source, destination): (latency in s, seconds per byte)} along the fastest paths."""
        routes = {}
        for source, paths in networkx.all_pairs_dijkstra_path(self.graph, weight="latency_s"):
            for destination, path in paths.items():
                hops = [self.graph.edges[hop] for hop in networkx.utils.pairwise(path)]
                per_byte = sum(8 / hop["bandwidth_bps"] for hop in hops if hop["bandwidth_bps"])
                latency = sum(hop["latency_s"] for hop in hops)
                routes[source, destination] = latency, per_byte
        return routes

    def show(self, **options):
        """The machine as a picture."""
        from popcorn_lib.draw import machine_graph  # the one look upwards, when a reader asks

        return machine_graph(self, **options)

    def __repr__(self):
        parts = [
            f"{name} ({node['isa']}, {node['cores']} core{'s' * (node['cores'] != 1)})"
            for name, node in self.graph.nodes.items()
        ]
        return f"<Machine: {', '.join(parts)}>"


# ---- checks: every complaint names the thing ----------------------------------------------------


def _pairs(topology, n):
    if topology == "full":
        return [(a, b) for a in range(n) for b in range(a)]
    if topology == "ring":
        return [(i, (i + 1) % n) for i in range(n) if n > 1]
    if topology == "star":
        return [(0, i) for i in range(1, n)]
    wide = math.ceil(math.sqrt(n))
    right = [(i, i + 1) for i in range(n - 1) if (i + 1) % wide]
    return right + [(i, i + wide) for i in range(n - wide)]


def _checked(graph):
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


def _node(name, node):
    if not isinstance(name, str) or not name:
        raise UsageError(f"a kernel's name must be text, not {name!r}")
    _check_count(f"cores of {name!r}", node["cores"])
    _check_number(f"clock_hz of {name!r}", node["clock_hz"], above=0)
    return node


def _edge(name, edge):
    _check_number(f"latency_s of link {name!r}", edge["latency_s"])
    _check_number(f"bandwidth_bps of link {name!r}", edge["bandwidth_bps"])
    return edge


def _check_number(what, value, above=None):
    if not isinstance(value, int | float) or not 0 <= value < math.inf or value == above:
        least = "more than 0" if above == 0 else "0 or more"
        raise UsageError(f"{what} must be {least}, not {value!r}")


def _check_count(what, value):
    if not isinstance(value, int) or value < 1:
        raise UsageError(f"{what} must be a whole number of 1 or more, not {value!r}")


def _check_page_size(value):
    if not isinstance(value, int) or value < 64 or value & (value - 1):
        raise UsageError(f"page_size must be a power of two of at least 64, not {value!r}")


def _check_mechanism(kind, name):
    if not (isinstance(kind, type) and issubclass(kind, Mechanism)):
        raise UsageError(f"mechanism {name!r} must be a subclass of Mechanism, not {kind!r}")
    if kind.name != name:
        raise UsageError(f"mechanism {kind.__name__} is called {kind.name!r}, not {name!r}")
