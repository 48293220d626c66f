"""The world of every interleaving: what can a program do, whatever comes first?

result = explore(main, Machine.multikernel(2), migrations=1)
result.outcomes                 # every (value, status) that the process can end with
result.violation                # None, or the shortest way to something that is wrong
"""

from itertools import islice

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.exploration import Exploration
from popcorn_lib.worlds.program import check_program
from popcorn_lib.worlds.replay import replay
from popcorn_lib.worlds.search import search

MOST_STATES = 1_000_000


def explore(
    main,
    machine,
    args=(),
    migrations=0,
    *,
    invariants=(),
    max_states=None,
    stop=True,
    start=None,
):
    """Visit every global state of `main(sys, *args)` on a machine, nearest first.

    migrations: move any thread to any kernel at any call boundary, up to so many times in all.
    invariants: functions of {kernel: its tables} that return nothing, or what is wrong.
    max_states: visit no more than so many states; a million if it is None.
    stop: end at the first violation.  start: the kernel of the first thread, by name.
    A sleep may end at any moment.  A thread goes no further than a thousand calls: a loop that
    polls a word is endless here, and then `complete` is False; let it wait in a call instead.
    Values that a program hands over must be hashable.
    Raises UsageError for a wrong use.
    """
    if not isinstance(machine, Machine):
        raise UsageError(f"explore needs a Machine, not {machine!r}")
    for what, value in (("migrations", migrations), ("max_states", max_states)):
        if value is not None and (not isinstance(value, int) or value < 0):
            raise UsageError(f"{what} must be a whole number of 0 or more, not {value!r}")
    check_program(main, args)
    place = choose("kernel", start or machine.kernels[0], machine.kernels)
    world = Exploration(main, machine, args, migrations, tuple(invariants), place)
    most = MOST_STATES if max_states is None else max_states
    seen = search(world.first, world.successors, world.check, most, stop)
    world.histories.dismiss()
    return Result(world, seen)


class Violation:
    """What went wrong.

    kind: "deadlock", "invariant", "crash" or "residue".  message: what, in words.
    trace: a shortest way to it; its times are numbers of steps.
    """

    def __init__(self, kind, message, trace):
        self.kind, self.message, self.trace = kind, message, trace

    def __repr__(self):
        return f"<Violation: {self.kind} after {len(self.trace) - 1} steps: {self.message}>"


class Result:
    """What an exploration has found.

    outcomes: frozenset of (value, status).  states: how many global states were seen.
    complete: whether that was all of them.  violation: None, or a nearest Violation.
    violations: the kinds that were met (all of them only with stop=False).
    """

    def __init__(self, world, seen):
        self._world, self._seen = world, seen
        self.states, self.complete = seen.visited, seen.complete and not world.cut
        self._ends = {}  # outcome, or kind of violation -> a nearest state in which it shows
        for state, (kind, _) in seen.wrong.items():
            self._ends.setdefault(kind, state)
        self.violations = frozenset(self._ends)
        for state in islice(seen.parents, seen.visited):
            if type(state) is tuple and world.outcome(state):
                self._ends.setdefault(world.outcome(state), state)
        self.outcomes = frozenset(self._ends) - self.violations
        self.violation = self._violation()

    def _violation(self):
        for state, (kind, message) in self._seen.wrong.items():
            return Violation(kind, message, replay(self._world, self._seen.path(state)))
        return None

    def show(self, **options):
        """The violation's trace in the stepper; the result itself if there is none."""
        return self.violation.trace.show(**options) if self.violation else self

    def witness(self, end):
        """The trace of a shortest way to an outcome or a kind of violation.

        Raises UsageError, with the known ones, if there is no way to it.
        """
        if end not in self._ends:
            raise UsageError(f"nothing ends in {end!r}; known: {sorted(self._ends, key=repr)}")
        return replay(self._world, self._seen.path(self._ends[end]))

    def __repr__(self):
        end = "all" if self.complete else "cut"
        wrong = f", {self.violation!r}" if self.violation else ""
        return f"<Result: {self.states} states ({end}), {len(self.outcomes)} outcomes{wrong}>"
