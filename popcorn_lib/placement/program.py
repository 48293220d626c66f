"""A program to place: phases one after the other, or tasks that wait for each other.

The idea.  A phase is a stretch of a program that runs on one kernel.  It says how long it takes on
each instruction set with one core, how much of it runs on all cores, and how many pages it touches;
those must be where it runs.  A program is a networkx graph of phases: an edge says who comes
first, and how many pages the second needs that the first has left behind.

    chain([Phase("read", {...}), Phase("sort", {...}, parallel=0.9, pages=1000)])
    tasks([Phase("left", {...}), Phase("right", {...}), Phase("sum", {...})],
          {("left", "sum"): 10, ("right", "sum"): 10})
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import networkx

from popcorn_lib.errors import UsageError, choose

START = ""  # in place of a phase: the first kernel, before anything has run


@dataclass(frozen=True)
class Phase:
    """A stretch of a program.

    seconds: {isa: seconds on one core}; the name of a kernel instead of an isa is about that kernel
    alone.  parallel: the share of those seconds that runs on all cores, 0 to 1.  pages: how many
    it touches.
    Raises UsageError for a number that cannot be.
    """

    name: str
    seconds: dict = field(hash=False)
    parallel: float = 0.0
    pages: int = 0

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name:
            raise UsageError(f"a phase's name must be text, not {self.name!r}")
        if not isinstance(self.seconds, dict) or not self.seconds:
            raise UsageError(f"phase {self.name!r} needs {{isa: seconds}}, not {self.seconds!r}")
        for isa, value in self.seconds.items():
            _check(f"seconds on {isa!r}", self, value)
        _check("parallel", self, self.parallel, most=1)
        check_whole(f"pages of phase {self.name!r}", self.pages)

    def on(self, machine, kernel):
        """Seconds of the whole phase on one core of a kernel."""
        isa = machine.graph.nodes[kernel]["isa"]
        return self.seconds.get(kernel, self.seconds.get(isa))


def chain(phases):
    """Phases one after the other, as a networkx.DiGraph of their names.

    A phase's pages lie where the phase before it has run; those of the first, where programs start.
    Raises UsageError for no phase, or two of one name.
    """
    graph = _nodes(phases)
    first = phases[0]
    graph.nodes[first.name]["start"] = first.pages, 1
    for one, two in pairwise(phases):
        graph.add_edge(one.name, two.name, pages=two.pages, threads=1)
    return graph


def tasks(phases, edges):
    """Phases that may run at the same time, as a networkx.DiGraph.

    edges: {(first, second): pages that the second needs of the first}.  A task's own pages lie
    where programs start.  It is begun where it is to run, so that no thread moves.
    Raises UsageError for an unknown name, a negative number, or a cycle, which it names.
    """
    graph = _nodes(phases)
    for phase in phases:
        graph.nodes[phase.name]["start"] = phase.pages, 0
    for (one, two), pages in dict(edges).items():
        for name in (one, two):
            choose("task", name, graph)
        check_whole(f"pages from {one!r} to {two!r}", pages)
        graph.add_edge(one, two, pages=pages, threads=0)
    check(graph)
    return graph


def _nodes(phases):
    graph = networkx.DiGraph()
    for phase in phases:
        if not isinstance(phase, Phase):
            raise UsageError(f"a program is made of Phases, not {phase!r}")
        if phase.name in graph:
            raise UsageError(f"two phases are called {phase.name!r}")
        graph.add_node(phase.name, phase=phase, start=(0, 0))
    if not graph:
        raise UsageError("a program needs one phase or more, not []")
    return graph


def phase_of(graph, name):
    """The Phase of that name."""
    return graph.nodes[name]["phase"]


def needs(graph, name):
    """[(the phase before, pages, threads)]: what a phase needs from where, START first."""
    before = [(one, edge["pages"], edge["threads"]) for one, _, edge in graph.in_edges(name, True)]
    return [(START, *graph.nodes[name]["start"]), *before]


def is_chain(graph):
    """Whether the phases run one after the other."""
    degrees = [*dict(graph.in_degree).values(), *dict(graph.out_degree).values()]
    return max(degrees) <= 1 and graph.number_of_edges() == len(graph) - 1


def in_order(graph):
    """The phases in an order in which none comes before what it needs."""
    return list(networkx.lexicographical_topological_sort(graph, key=list(graph).index))


def check(graph, machine=None):
    """Raise UsageError for a graph that cannot be placed, on a machine if one is given."""
    if not isinstance(graph, networkx.DiGraph) or not graph:
        raise UsageError(f"a program is a graph that chain() or tasks() makes, not {graph!r}")
    if not networkx.is_directed_acyclic_graph(graph):
        ring = [one for one, _ in networkx.find_cycle(graph)]
        raise UsageError(f"the tasks wait for each other in a ring: {' -> '.join(ring + ring[:1])}")
    for name in graph if machine else ():
        _check_isas(phase_of(graph, name), machine)


def _check_isas(phase, machine):
    """Every kernel of the machine must have a cost, and one at least must be meant."""
    known, kernels = ", ".join(map(repr, phase.seconds)), machine.graph.nodes
    lacking = [name for name in machine.kernels if phase.on(machine, name) is None]
    if len(lacking) == len(machine.kernels):
        has = ", ".join(sorted({repr(node["isa"]) for node in kernels.values()}))
        raise UsageError(f"phase {phase.name!r} needs {known}; the machine has only {has}")
    for name in lacking:
        raise UsageError(
            f"phase {phase.name!r} has no cost for {kernels[name]['isa']!r} of kernel {name!r}; "
            f"known: {known}"
        )


def _check(what, phase, value, most=math.inf):
    if not isinstance(value, int | float) or not 0 <= value <= most or value == math.inf:
        most = "finite" if most == math.inf else f"at most {most}"
        raise UsageError(f"{what} of phase {phase.name!r}: 0 or more and {most}, not {value!r}")


def check_whole(what, value):
    """Raise UsageError unless it is a whole number of 0 or more."""
    if not isinstance(value, int) or value < 0:
        raise UsageError(f"{what}: a whole number of 0 or more, not {value!r}")
