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
        self.groups = {}  # places of mechanisms -> [(number, mechanism or None, invariant), ...]
        self.known = {}  # places of mechanisms -> {their states: (number, what is wrong) or None}
        self.views = {}
        own = [(kind.name, invariant) for kind in kinds for invariant in kind.invariants]
        for number, (name, invariant) in enumerate(own + [(None, each) for each in invariants]):
            places = [self.place[name]] if name else range(len(kinds))
            self._group(tuple(places)).append((number, name, invariant))

    def _group(self, places):
        """The checks that look at some mechanisms; one more is about to join them."""
        self.known[places] = {}
        return self.groups.setdefault(places, [])

    def wrong(self, here):
        """None, or what the first invariant that does not hold says of it."""
        parts, found = [self.exploration.states.values[state] for state in here], []
        for places, known in list(self.known.items()):
            key = tuple([part[place] for part in parts for place in places])
            if key not in known:
                known[key], moved = self._judge(places, here)
                if moved:
                    return self.wrong(here)
            if known[key]:
                found.append(known[key])
        for name, predicate in list(self.unreached.items()):
            if self._ask(predicate, here):
                del self.unreached[name]
        return min(found)[1] if found else None

    def _ask(self, function, here, name=None):
        """What a function says of the tables of all kernels, or of one mechanism of each."""
        views = self._views(here)
        if name:
            views = {kernel: view[name] for kernel, view in views.items()}
        else:
            for view in views.values():
                view.complete()
        return judged(function, views)

    def _judge(self, places, here):
        """Ask the invariants that look at some mechanisms: (what is wrong, whether one moved on).

        One that has looked further goes to those that look there too.
        """
        found, moved = None, False
        for check in list(self.groups[places]):
            number, name, invariant = check
            wrong, looked = self._looked(name, invariant, here)
            if not looked <= set(places):
                self.groups[places].remove(check)
                self._group(tuple(sorted({*places, *looked}))).append(check)
                moved = True
            elif wrong and found is None:
                found = (number, f"{name_of(invariant)}: {wrong}")
        return found, moved

    def _looked(self, name, invariant, here):
        """What an invariant says, and the places of the mechanisms that it has looked at."""
        kernels = [view[name].kernel for view in self._views(here).values()] if name else []
        for kernel in kernels:
            kernel.touched.clear()  # of what others have looked at
        wrong = self._ask(invariant, here, name)
        return wrong, {self.place[other] for kernel in kernels for other in kernel.touched}

    def _views(self, here):
        names = self.exploration.names
        return {kernel: self.view(i, here[i]) for i, kernel in enumerate(names)}

    def view(self, index, state):
        """The tables of a kernel in a state, to be read: {mechanism: its tables}."""
        if (index, state) not in self.views:
            kernel = copy(self.exploration.kernels[index])  # one of its own, all in this state
            kernel.touched = set()
            frozen = self.exploration.frozen(state)
            self.views[index, state] = kernel.mechanisms = Thawed(kernel, frozen)
        return self.views[index, state]


class Thawed(View):
    """The tables of a kernel, each made when it is first looked at."""

    def __init__(self, kernel, frozen):
        super().__init__()
        self.__dict__.update(kernel=kernel, frozen=frozen)  # frozen: {mechanism: (class, state)}

    def __missing__(self, name):
        kind, state = self.frozen[name]
        self[name] = kind(self.kernel).thaw(state)
        return self[name]

    def complete(self):
        """All of them in the machine's order, for one who looks through them."""
        if tuple(self) != tuple(self.frozen):
            tables = {name: self[name] for name in self.frozen}
            self.clear()
            self.update(tables)
