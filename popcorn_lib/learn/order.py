"""Put the steps of a protocol in order; every order that the protocol allows is right.

Which step must come before which is a directed graph; the right answers are its linear extensions.
Feedback names the first step that comes too early and one that it needs, never the whole order.
"""

import random
import re

import networkx as nx

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.learn import texts, widgets
from popcorn_lib.learn.item import Item, graded_state, is_blank, latest
from popcorn_lib.learn.view import Code, Line, Result, Table, words


class Order(Item):
    """Steps that stand in no valid order until the learner puts them in one.

    Args:
        steps: name to what happens; a dict or pairs.
        before: pairs (earlier, later); a third member says why and is shown as feedback.

    Raises:
        ValueError: a step or pair twice, an unknown step, a circle, no pair at all, or one-letter
            names whose alphabetical order gives the answer away.
    """

    kind = "order"

    def __init__(self, lesson, id, asked, steps, before, objectives=()):
        super().__init__(lesson, id, asked, objectives)
        self.steps = _unique_steps(id, steps)
        self._graph = _graph(id, self.steps, before)
        if all(len(name) == 1 for name in self.steps) and not self._early(sorted(self.steps)):
            raise UsageError(
                f"{id!r}: the order of the letters {sorted(self.steps)!r} is an answer"
            )
        self.shown = self._shuffled(random.Random(f"{lesson.name}/{id}"))

    def _shuffled(self, rng):
        """Return the names in an order that is never valid, the same in every run."""
        names = rng.sample(sorted(self.steps), len(self.steps))
        while not self._early(names):
            rng.shuffle(names)
        return names

    def _early(self, names):
        """Return the first step that comes too early and a step that it needs, or None."""
        placed = set()
        for name in names:
            needed = [step for step in self._graph.predecessors(name) if step not in placed]
            if needed:
                return name, min(needed, key=names.index)
            placed.add(name)
        return None

    def answer(self, given):
        """Grade an order: the names in one string, with blanks or commas between, or a list."""
        if is_blank(given):
            return self._unstored(texts.ORDER_EMPTY)
        names = self._names(given)
        problems = self._problems(names)
        if problems:
            return self._unstored(texts.ORDER_NAMES, problems="; ".join(problems))
        early = self._early(names)
        score = 1 if early is None else self._share(names)
        self._record(given=names, score=score)
        if early is None:
            return Result(1, self._say(texts.ORDER_RIGHT), "correct")
        return Result(score, self._too_early(names, *early), "too early")

    def _too_early(self, names, step, needed):
        why = self._graph.edges[needed, step]["why"]
        place = names.index(step) + 1
        blocks = [words(why)] if why else []
        return self._say(texts.ORDER_EARLY, *blocks, place=place, step=step, needed=needed)

    def _share(self, names):
        kept = [names.index(first) < names.index(later) for first, later in self._graph.edges]
        return sum(kept) / len(kept)

    def _names(self, given):
        if isinstance(given, list | tuple):
            return [str(name) for name in given]
        names = [name for name in re.split(r"->|→|[\s,;>]+", str(given)) if name]
        if len(names) == 1 and names[0] not in self.steps and set(names[0]) <= set(self.steps):
            return list(names[0])
        return names

    def _problems(self, names):
        wrong = (
            (texts.ORDER_UNKNOWN, {name for name in names if name not in self.steps}),
            (texts.ORDER_TWICE, {name for name in names if names.count(name) > 1}),
            (texts.ORDER_MISSING, set(self.steps) - set(names)),
        )
        return [text.format(names=", ".join(sorted(found))) for text, found in wrong if found]

    def describe(self):
        table = Table(("", ""), [(Code(name), words(self.steps[name])) for name in self.shown])
        how = Line(texts.ORDER_HOW, id=self.id, example=" ".join(self.shown))
        return self._say(texts.ORDER, table, how, question=words(self.asked))

    def ask(self):
        """Return a box to answer in, where ipywidgets is there; otherwise the question."""
        return widgets.order(self)

    @staticmethod
    def summary(events):
        return latest(events, "given"), graded_state(events)


def _unique_steps(id, steps):
    pairs = list(steps.items() if hasattr(steps, "items") else steps)
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{id!r} has the step {name!r} twice; known: {names!r}")
        if not isinstance(name, str) or not re.fullmatch(r"[^\s,;>→]+", name):
            raise UsageError(f"{id!r}: a step's name is one word, not {name!r}")
    return dict(pairs)


def _graph(id, steps, before):
    graph = nx.DiGraph()
    graph.add_nodes_from(steps)
    for first, later, *why in before:
        choose(f"step of {id!r}", first, steps)
        choose(f"step of {id!r}", later, steps)
        if graph.has_edge(first, later):
            raise UsageError(f"{id!r} has the pair {(first, later)!r} twice")
        graph.add_edge(first, later, why=why[0] if why else "")
    if not graph.edges:
        raise UsageError(f"{id!r}: before={before!r} allows every order of {list(steps)!r}")
    if not nx.is_directed_acyclic_graph(graph):
        circle = " before ".join(repr(first) for first, _ in nx.find_cycle(graph))
        raise UsageError(f"{id!r} has a circle: {circle} before itself")
    return graph
