"""The world of every interleaving for protocol models: no programs, only kernels and channels.

found = explore_protocol(Msi, 3)
found.states                    # 1872
found.violation                 # None, or the shortest way to something that is wrong
explore_protocol(Msi, 5, symmetric=True).states  # 4172 that stand for 274,374
"""

from itertools import islice

from popcorn_lib.errors import UsageError
from popcorn_lib.protocol import Protocol
from popcorn_lib.worlds.collect import no_collection
from popcorn_lib.worlds.progress import Progress
from popcorn_lib.worlds.protocol_graph import Graph
from popcorn_lib.worlds.protocol_steps import Crash, Steps, called
from popcorn_lib.worlds.search import search
from popcorn_lib.worlds.symmetry import Alike, Symmetry

MOST_STATES = 1_000_000


def explore_protocol(model, nodes, *, symmetric=False, invariants=(), max_states=None, stop=True):
    """Visit every global state of a protocol model on so many nodes, nearest first.

    model: a subclass of Protocol.
    symmetric: count once what differs only in which node is which.  The model must say how its
    values are renamed; each local step is tried with neighbours exchanged as well, so one that
    does not treat all nodes alike is refused.  Invariants must not single out a node: that is not
    tested.
    invariants: besides the model's own; functions of {"k0": local state, ...}, or of that and
    home's state, which return nothing, or what is wrong.
    max_states: visit no more than so many states; a million if it is None.
    stop: end at the first violation.
    Values that are equal are one value: True and 1 are not told apart.  Returns a ProtocolResult.
    Raises UsageError for a wrong use.
    """
    _check(model, nodes, max_states)
    steps = (Alike if symmetric else Steps)(model(nodes))
    graph = Graph(steps, (*model.invariants, *invariants))
    symmetry = Symmetry(graph) if symmetric else None
    shown, progress = symmetry or graph, Progress()
    most = MOST_STATES if max_states is None else max_states
    with no_collection():
        seen = search(shown.first, shown.successors, graph.check, most, stop, progress)
    progress.close()
    return ProtocolResult(graph, seen, symmetry)


def _check(model, nodes, max_states):
    if not isinstance(model, type) or not issubclass(model, Protocol):
        raise UsageError(f"explore_protocol needs a subclass of Protocol, not {model!r}")
    if not isinstance(nodes, int) or nodes < 1:
        raise UsageError(f"nodes must be a whole number of 1 or more, not {nodes!r}")
    if max_states is not None and (not isinstance(max_states, int) or max_states < 0):
        raise UsageError(f"max_states must be a whole number of 0 or more, not {max_states!r}")


class ProtocolViolation:
    """What went wrong.

    kind: "deadlock", "invariant" or "crash".  message: what, in words.
    steps: a shortest way to it, in words.
    states: {kernel: its local state} at the start and after each step but one that crashed.
    """

    def __init__(self, kind, message, steps, states):
        self.kind, self.message, self.steps, self.states = kind, message, steps, states

    def __repr__(self):
        return f"<ProtocolViolation: {self.kind} after {len(self.steps)} steps: {self.message}>"

    def __str__(self):
        lines = [f"{number:3} {step}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([*lines, f"{self.kind}: {self.message}"])


class ProtocolResult:
    """What the exploration of a protocol model has found.

    states: how many global states were seen; with symmetry, how many that differ in more than
    names.  complete: whether that was all of them.
    violation: None, or a nearest ProtocolViolation.  violations: the kinds that were met.
    """

    def __init__(self, graph, seen, symmetry):
        self._graph, self._seen, self._symmetry = graph, seen, symmetry
        self.states, self.complete = seen.visited, seen.complete
        self.violations = frozenset(kind for kind, _ in seen.wrong.values())
        self.violation = self._violation(*next(iter(seen.wrong.items()))) if seen.wrong else None

    def stands_for(self):
        """How many states there are if every node counts as itself; takes time with many nodes."""
        if self._symmetry is None:
            return self.states
        seen = islice(self._seen.parents, self.states)
        return sum(len(self._symmetry.orbit(state)) for state in seen)

    def _violation(self, state, wrong):
        chain = [state]
        while self._seen.parents[chain[0]]:
            chain.insert(0, self._seen.parents[chain[0]][0])
        graph = self._graph
        if self._symmetry:
            steps = self._symmetry.path(chain)
        else:
            steps = list(zip(self._seen.path(state), chain[1:], strict=True))
        last = steps[-1][1] if steps else graph.first  # with symmetry, under its real names
        states = [graph.first, *(after for _, after in steps if type(after) is not Crash)]
        told = [{called(end): at for end, at, _ in graph.parts(state)} for state in states]
        return ProtocolViolation(*graph.check(last), [words for words, _ in steps], told)

    def __repr__(self):
        end = "all" if self.complete else "cut"
        wrong = f", {self.violation!r}" if self.violation else ""
        return f"<ProtocolResult: {self.states:,} states ({end}){wrong}>"
