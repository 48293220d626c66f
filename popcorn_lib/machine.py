"""A machine: kernels as the nodes of a networkx graph, links as its edges.

    Machine.multikernel(3)                  three kernels that share nothing
    Machine.smp(cores=8)                    one kernel with eight cores
    Machine.preset("xeon+phi")              a published system, from data/machines.csv
    Machine.from_graph(graph)               any connected graph with names as nodes

A node carries isa, cores, sockets (equally many cores on each), clock_hz and how many operations of
`compute` it does in a cycle, by kind: int_per_cycle, float_per_cycle, memory_per_cycle; and where
they are known idle_w and busy_w (watts with no core and with every core at work).  An edge carries
latency_s (one way), bandwidth_bps (bits per second, 0 if the latency says it all) and notify
("poll" or "interrupt", how its messages are noticed; "" leaves that to the costs).  A message
between kernels that have no link takes the fastest path.
"""

import networkx

from popcorn_lib import data
from popcorn_lib.errors import UsageError, choose
from popcorn_lib.graphs import (
    EDGE,
    MAX_KERNELS,
    RATES,
    TOPOLOGIES,
    check_count,
    checked,
    merged,
    pairs,
)
from popcorn_lib.kernel import Boot, Kernel
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.mechanisms.ipc import Ipc
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.mechanisms.namespaces import Namespaces
from popcorn_lib.mechanisms.signals import Signals
from popcorn_lib.mechanisms.sockets import Sockets
from popcorn_lib.mechanisms.threads import Threads

MECHANISMS = (Threads, Namespaces, Memory, Futex, Signals, Ipc, Sockets)
KERNEL = {"isa": str, "cores": int, "sockets": int, "clock_hz": float, "idle_w": float}
KERNEL |= {"busy_w": float} | dict.fromkeys(RATES, float)
LINK = {"latency_s": float, "bandwidth_bps": float, "notify": str}


class Machine:
    """Kernels and links; immutable once made.  See the constructors.

    graph: networkx.Graph.  kernels: names in order, the first is where programs start.
    page_size: bytes, a power of two of at least 64.
    """

    def __init__(self, graph, mechanisms=MECHANISMS, page_size=4096):
        _check_page_size(page_size)
        self.graph = checked(graph)
        self.kernels = tuple(self.graph)
        self.mechanisms = tuple(mechanisms)
        self.page_size = page_size

    # ---- constructors ---------------------------------------------------------------------------

    @classmethod
    def multikernel(cls, kernels, cores=1, topology="full", page_size=4096, link=None, **edge):
        """Kernels "k0", "k1", ...; latency_s, bandwidth_bps and notify are those of all links.

        topology: "full", "ring", "star" (k0 in the middle) or "mesh" (nearly square).
        link: a class of links from data/links.csv: "board", "interrupt", "pcie" or "infiniband".
        """
        check_count("kernels", kernels)
        if kernels > MAX_KERNELS:
            raise UsageError(f"{kernels} kernels: a global pid has room for {MAX_KERNELS}")
        for name in edge:
            choose("attribute of a link", name, EDGE)
        edge = (_link(link) if link else {}) | edge
        graph = networkx.Graph()
        graph.add_nodes_from((f"k{i}" for i in range(kernels)), cores=cores)
        ends = pairs(choose("topology", topology, TOPOLOGIES), kernels)
        graph.add_edges_from(((f"k{a}", f"k{b}") for a, b in ends), **edge)
        return cls(graph, page_size=page_size)

    @classmethod
    def smp(cls, cores=8, sockets=1, page_size=4096):
        """One kernel "k0" with many cores, equally many on each socket."""
        graph = networkx.Graph()
        graph.add_node("k0", cores=cores, sockets=sockets)
        return cls(graph, page_size=page_size)

    @classmethod
    def preset(cls, name, page_size=4096):
        """A published system from data/machines.csv; the rows there name their sources."""
        table = data.rows("machines")
        choose("preset", name, sorted({row["preset"] for row in table}))
        graph = networkx.Graph(name=name)
        for row in (row for row in table if row["preset"] == name):
            if row["element"] == "kernel":
                graph.add_node(row["name"], **_given(row, KERNEL))
            else:
                graph.add_edge(*row["name"].split("-"), **_given(row, LINK))
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

    def one_kernel(self):
        """The same cores under one kernel "k0", each former kernel a socket of its own.

        Raises UsageError if they differ in instruction set, clock or number of cores.
        """
        return Machine(merged(self.graph), self.mechanisms, self.page_size)

    # ---- what worlds and pictures ask -----------------------------------------------------------

    def mechanism(self, name):
        """The class of the mechanism called `name`."""
        kinds = {kind.name: kind for kind in self.mechanisms}
        return kinds[choose("mechanism", name, kinds)]

    def boot(self, **around):
        """Fresh kernels: {name: Kernel}; around: the machine's address, those of hosts outside."""
        cores = tuple(self.graph.nodes[name]["cores"] for name in self.kernels)
        isas = tuple(self.graph.nodes[name]["isa"] for name in self.kernels)
        given = self.kernels, cores, self.page_size, isas
        boots = (Boot(name, *given, **around) for name in self.kernels)
        return {boot.name: Kernel(boot, self.mechanisms) for boot in boots}

    def routes(self):
        """{(source, destination): (latency in s, seconds per byte, notify)}, the fastest paths."""
        routes = {}
        for source, paths in self._fastest():
            for destination, path in paths.items():
                hops = [self.graph.edges[hop] for hop in networkx.utils.pairwise(path)]
                per_byte = sum(8 / hop["bandwidth_bps"] for hop in hops if hop["bandwidth_bps"])
                latency = sum(hop["latency_s"] for hop in hops)
                notify = hops[-1]["notify"] if hops else ""
                routes[source, destination] = latency, per_byte, notify
        return routes

    def _fastest(self):
        """(source, {destination: path}); where no detour pays, none is looked for."""
        graph = self.graph
        links = [latency for *_, latency in graph.edges(data="latency_s")]
        all_linked = len(links) == len(graph) * (len(graph) - 1) // 2
        if all_linked and max(links, default=0) <= 2 * min(links, default=0):
            return ((a, {b: [a, b] if a != b else [a] for b in graph}) for a in graph)
        return networkx.all_pairs_dijkstra_path(graph, weight="latency_s")

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


def _given(row, fields):
    """The attributes that a row of a table gives."""
    return {name: kind(row[name]) for name, kind in fields.items() if row[name]}


def _link(name):
    """The attributes of a class of links."""
    table = {row["link"]: row for row in data.rows("links")}
    return _given(table[choose("link", name, table)], LINK)


def _check_page_size(value):
    if not isinstance(value, int) or value < 64 or value & (value - 1):
        raise UsageError(f"page_size must be a power of two of at least 64, not {value!r}")


def _check_mechanism(kind, name):
    if not (isinstance(kind, type) and issubclass(kind, Mechanism)):
        raise UsageError(f"mechanism {name!r} must be a subclass of Mechanism, not {kind!r}")
    if kind.name != name:
        raise UsageError(f"mechanism {kind.__name__} is called {kind.name!r}, not {name!r}")
