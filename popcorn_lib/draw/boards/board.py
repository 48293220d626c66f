"""What all boards share: every kernel's tables as they are after an event.

An event holds the frozen state of its own kernel.  After it, the machine is in the latest state of
each of its kernels; one that has done nothing yet is as it booted.  A frozen state is thawed once,
and a board is asked once per state of the machine, so that walking through a whole trace is cheap.
"""

from weakref import WeakKeyDictionary

from popcorn_lib.mechanism import Mechanism

_MOMENTS = WeakKeyDictionary()  # Story -> Moments
DEAD = {"dead": ("M-6-8l6 6l6-6l2 2l-6 6l6 6l-2 2l-6-6l-6 6l-2-2l6-6l-6-6z", "line", "is dead")}


def moments(story):
    """The Moments of a Story, made when they are first asked for."""
    if story not in _MOMENTS:
        _MOMENTS[story] = Moments(story.trace)
    return _MOMENTS[story]


class Moments:
    """The states of a trace, thawed: `tables` says them, `dead` which kernels have died."""

    def __init__(self, trace):
        machine = trace.machine
        self.kinds = {kind.name: kind for kind in getattr(machine, "mechanisms", ())}
        self.kernels = machine.boot() if self.kinds else {}
        self.kept = {}  # what boards want to keep
        self._thawed = {}
        self._states, self._dead = [], []
        now = {name: _booted(kernel) for name, kernel in self.kernels.items()}
        dead = frozenset()
        for event in trace.events:
            now = now | {event.kernel: event.state}
            if (event.cause, event.name) == ("fault", "crash"):
                dead = dead | {event.kernel}
            self._states.append(now)
            self._dead.append(dead)

    def dead(self, index):
        """The kernels that have died by an event."""
        return self._dead[index]

    def key(self, index, mechanism):
        """Equal for events after which a mechanism is in the same states everywhere."""
        states = self._states[index].values()
        return tuple(id(state[mechanism]) for state in states), self._dead[index]

    def tables(self, index, mechanism):
        """{kernel: its tables of a mechanism} after an event, to be read only."""
        states = self._states[index]
        return {name: self._thaw(name, mechanism, states[name][mechanism]) for name in states}

    def every(self, mechanism):
        """The tables of every state in which any kernel has ever been."""
        for index in range(len(self._states)):
            self.tables(index, mechanism)
        return [tables for (_, kind, _), tables in self._thawed.items() if kind == mechanism]

    def _thaw(self, name, mechanism, frozen):
        key = name, mechanism, id(frozen)  # the trace keeps it, so its id stays its own
        if key not in self._thawed:
            kind = self.kinds[mechanism]
            self._thawed[key] = kind(self.kernels[name]).thaw(frozen)
        return self._thawed[key]


def _booted(kernel):
    return {name: mechanism.freeze() for name, mechanism in kernel.mechanisms.items()}


class Board:
    """One view of the machine's state as rows of cells; a subclass says what is in them.

    A subclass has `name`, `title`, `kinds` (see `KINDS`), the `mechanism` whose tables it shows,
    the class `reads` that these tables must be of, and two methods:
    `table(story, index)` -> ((head, cells), ...) and `say(story, index)` -> words.
    """

    name = title = mechanism = ""
    reads = Mechanism
    kinds = {}

    def columns(self, story):
        """The heads of the columns, the same for all events."""
        return tuple(story.kernels)

    def rows(self, story, index):
        """((head, ((kind, text), ...)), ...) after an event; ValueError if there is none."""
        return self._kept("rows", self.table, story, index) if self._fits(story) else ()

    def words(self, story, index):
        """The same in a sentence or two; ValueError for an event that is not there."""
        if not self._fits(story):
            return f"This machine has no {self.mechanism} that could be shown here."
        return self._kept("words", self.say, story, index)

    def used(self, story):
        """Whether there is anything to show after any event."""
        return any(self.rows(story, event.index) for event in story.events)

    def key(self, story, index):
        """Equal for events after which the board is the same."""
        return moments(story).key(index, self.mechanism)

    def tables(self, story, index):
        """{kernel: tables} of this board's mechanism after an event."""
        return moments(story).tables(index, self.mechanism)

    def _fits(self, story):
        return issubclass(moments(story).kinds.get(self.mechanism, object), self.reads)

    def _kept(self, what, make, story, index):
        kept, key = moments(story).kept, (self.name, what, self.key(story, story.check(index)))
        if key not in kept:
            kept[key] = make(story, index)
        return kept[key]
