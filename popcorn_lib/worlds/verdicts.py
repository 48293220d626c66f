"""What invariants say of a global state, each judged once for all states that look alike to it.

The idea.  An invariant of a mechanism looks at that mechanism's tables, and rarely at another's.
Its verdict depends on what it has looked at and nothing else, so it holds for every state in which
those tables are the same.
"""

from copy import copy

from popcorn_lib.predicates import View, judged, name_of


class Verdicts:
    """The invariants of one exploration: `wrong(here)` judges a combination of kernels' states."""

    def __init__(self, exploration, invariants, reach):
        self.exploration = exploration
        self.unreached = dict(reach)  # name -> predicate of {kernel: its tables}
        kinds = exploration.machine.mechanisms
        self.place = {kind.name: place for place, kind in enumerate(kinds)}
        self.checks = [
            (kind.name, invariant, {kind.name}) for kind in kinds for invariant in kind.invariants
        ] + [(None, invariant, set(self.place)) for invariant in invariants]
        self.known, self.views = {}, {}

    def wrong(self, here):
        """None, or what the first invariant that does not hold says of it."""
        parts = [self.exploration.states.values[state] for state in here]
        for number, (name, invariant, needs) in enumerate(self.checks):
            key = (number, *(part[self.place[need]] for need in sorted(needs) for part in parts))
            if key not in self.known:
                verdict = self._judge(name, invariant, needs, here)
                key = (number, *(part[self.place[n]] for n in sorted(needs) for part in parts))
                self.known[key] = verdict
            if self.known[key]:
                return f"{name_of(invariant)}: {self.known[key]}"
        for name, predicate in list(self.unreached.items()):
            if self._ask(predicate, here):
                del self.unreached[name]
        return None

    def _ask(self, function, here, name=None):
        """What a function says of the tables of all kernels, or of one mechanism of each."""
        views = self._views(here)
        if name:
            views = {kernel: view[name] for kernel, view in views.items()}
        return judged(function, views)

    def _judge(self, name, invariant, needs, here):
        """Ask an invariant, and add to `needs` what else it has looked at."""
        wrong = self._ask(invariant, here, name)
        if name:
            for view in self._views(here).values():
                needs |= view[name].kernel.touched
        return wrong

    def _views(self, here):
        names = self.exploration.names
        return {kernel: self.view(i, here[i]) for i, kernel in enumerate(names)}

    def view(self, index, state):
        """The tables of a kernel in a state, to be read: {mechanism: its tables}."""
        if (index, state) not in self.views:
            exploration = self.exploration
            kinds, parts = exploration.machine.mechanisms, exploration.states.values[state]
            kernel = copy(exploration.kernels[index])  # one of its own, all in this state
            kernel.touched = set()
            self.views[index, state] = kernel.mechanisms = View(
                (kind.name, kind(kernel).thaw(numbers.values[part]))
                for kind, numbers, part in zip(kinds, exploration.parts, parts, strict=True)
            )
        return self.views[index, state]
