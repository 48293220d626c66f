"""Interchangeable kernels counted once: which of them is which makes no difference.

The idea.  If a protocol treats all nodes alike, two states that differ only in which node is which
lead to the same things.  So of all renamings of a state one is kept, its canonical form: the nodes
sorted by their records and by how home sees them, whichever the other nodes are.  Where that leaves
nodes level that are not interchangeable, all their orders are tried.

Invariant.  Two states have the same canonical form if and only if one is a renaming of the other.

Source.  C. N. Ip and D. L. Dill, Better verification through symmetry, Formal Methods in System
Design 9, 1996.
"""

from itertools import groupby, pairwise, permutations, product

from popcorn_lib.errors import UsageError
from popcorn_lib.protocol import HOME
from popcorn_lib.worlds.histories import Numbers
from popcorn_lib.worlds.protocol_steps import Crash, Steps
from popcorn_lib.worlds.traffic import Memo


class Names(dict):
    """Old index -> new index; home and nobody keep their names."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self[HOME], self[None] = HOME, None


class Alike(Steps):
    """Asks for each step once more with two neighbours exchanged: both answers must agree."""

    def __init__(self, model):
        super().__init__(model)
        if model.rename is None:
            raise UsageError(
                f"{type(model).__name__} does not say how its kernels are renamed, so they cannot "
                "be interchanged: it needs a method rename(value, name)"
            )
        self.same = Names({node: node for node in model.nodes})
        self.swaps = [Names(self.same | {one: one + 1, one + 1: one}) for one in model.nodes[:-1]]

    def rename(self, value, name):
        """A state or message with other indices, as the model says."""
        try:
            return self.model.rename(value, name)
        except Exception as error:
            text = f"rename({value!r}, {dict(name)}) raised {type(error).__name__}: {error}"
            raise UsageError(text) from error

    def act(self, me, state):
        acts = super().act(me, state)
        for name in self.swaps:
            self._compare(acts, super().act(name[me], self.rename(state, name)), name)
        return acts

    def receive(self, me, state, channel, source, message):
        step = super().receive(me, state, channel, source, message)
        for name in self.swaps:
            other, letter = self.rename(state, name), self.rename(message, name)
            there = super().receive(name[me], other, channel, name[source], letter)
            self._compare([step] if step else [], [there] if there else [], name)
        return step

    def _compare(self, here, there, name):
        if {self._plain(step, name) for step in here} == {self._plain(s, self.same) for s in there}:
            return
        said = [" and ".join(step[0] for step in steps) or "nothing" for steps in (here, there)]
        pair = " and ".join(f"k{node}" for node in self.model.nodes if name[node] != node)
        raise UsageError(
            f"{pair} are not alike, or rename forgets something: {said[0]} would be {said[1]} "
            "if each were the other"
        )

    def _plain(self, step, name):
        """A step without its words, renamed; what it sends is in order only within a channel."""
        _, state, sends = step
        if type(sends) is Crash:
            return Crash
        letters = ((channel, str(name[to]), self.rename(m, name)) for channel, to, m in sends)
        return (self.rename(state, name), *sorted(letters, key=lambda letter: letter[:2]))


class Symmetry:
    """A graph with interchangeable nodes counted once.

    An order is a renaming: a tuple with the old index of the node in each new place.
    """

    def __init__(self, graph):
        self.graph, self.nodes, self.rename = graph, graph.model.nodes, graph.steps.rename
        self.shapes = Numbers()
        self.shape, self.seen, self.named = Memo(self._shape), Memo(self._seen), Memo(self._named)
        self.first = self.canonical(graph.first)

    def successors(self, state):
        """[(step in words, canonical state after it or a Crash), ...]"""
        return [(words, self.canonical(after)) for words, after in self.graph.successors(state)]

    def canonical(self, state):
        """The one of all renamings that is kept."""
        return state if type(state) is Crash else self.renamed(state, self.order(state))

    def order(self, state):
        """The order that leads to the canonical form."""
        shape, seen = self.shape, self.seen[state[0],]
        keyed = sorted([(shape[state[me + 1], me], seen[me], me) for me in self.nodes])
        order = tuple([me for _, _, me in keyed])
        level = [at for at in self.nodes[1:] if keyed[at - 1][:2] == keyed[at][:2]]
        if level and not self._interchangeable(state, order, level):
            return min(_level_orders(keyed), key=lambda order: self.renamed(state, order))
        return order

    def _interchangeable(self, state, order, level):
        """Whether it is the same state if each of these places and the one before are exchanged."""
        here = self.renamed(state, order)
        return all(
            self.renamed(state, (*order[: at - 1], order[at], order[at - 1], *order[at + 1 :]))
            == here
            for at in level
        )

    def renamed(self, state, order):
        """The state with its nodes in another order, and renamed wherever they are mentioned."""
        named = self.named
        return (named[state[0], order], *[named[state[me + 1], order] for me in order])

    def orbit(self, state):
        """All renamings of a state."""
        if type(state) is Crash:
            return {state}
        return {self.renamed(state, order) for order in permutations(self.nodes)}

    # ---- records under other names --------------------------------------------------------------

    def _named(self, record, order):
        """The number of a record when every node has its new index."""
        return self.graph.record(*self._with(record, {old: new for new, old in enumerate(order)}))

    def _shape(self, record, me):
        """A number for what a record is to `me`, whichever the others are."""
        state, queues = self._with(record, {node: int(node != me) for node in self.nodes})
        return self.shapes((state, tuple(sorted(queues, key=str))))

    def _seen(self, home):
        """How home sees each node."""
        return [self._shape(home, me) for me in self.nodes]

    def _with(self, record, pairs):
        """The state and channels of a record with other indices."""
        name = Names(pairs)
        state, queues = self.graph.records.values[record]
        ends, places = self.graph.ends, self.graph.places
        changed = [
            ((channel, places[name[ends[end]]]), tuple(self.rename(one, name) for one in queue))
            for (channel, end), queue in queues
        ]
        return self.rename(state, name) if state is not None else None, changed

    # ---- a way with names -----------------------------------------------------------------------

    def path(self, chain):
        """A chain of canonical states as a real way: [(step in words, state after it), ...]."""
        who = self.order(self.graph.first)  # which node stands in a place of the canonical state
        steps = [("", self.graph.first)]
        for before, target in pairwise(chain):
            ways = self.graph.successors(steps[-1][1])
            if type(target) is Crash:
                steps.append(next(way for way in ways if type(way[1]) is Crash))
                break
            known = (after for _, after in self.graph.successors(before))
            after = next(after for after in known if self.canonical(after) == target)
            real = self.renamed(after, tuple(sorted(self.nodes, key=who.__getitem__)))
            steps.append(next(way for way in ways if way[1] == real))
            who = tuple(who[old] for old in self.order(after))
        return steps[1:]


def _level_orders(keyed):
    """Every order of nodes that differs only among those that are level."""
    groups = [list(group) for _, group in groupby(keyed, key=lambda item: item[:2])]
    for choice in product(*map(permutations, groups)):
        yield tuple(me for group in choice for _, _, me in group)
