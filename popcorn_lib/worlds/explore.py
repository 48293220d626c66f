"""The world of every interleaving: what can a program do, whatever comes first?

result = explore(main, Machine.multikernel(2), migrations=1)
result.outcomes                 # every (value, status) that the process can end with
result.violation                # None, or the shortest way to something that is wrong
"""

from itertools import islice

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.collect import no_collection
from popcorn_lib.worlds.exploration import MOST_CALLS, Exploration
from popcorn_lib.worlds.faults import Budget, check_faults
from popcorn_lib.worlds.program import check_program
from popcorn_lib.worlds.progress import Progress
from popcorn_lib.worlds.replay import replay
from popcorn_lib.worlds.schedule import schedule_to
from popcorn_lib.worlds.search import cannot_reach, search
from popcorn_lib.worlds.violation import Setting, Violation

MOST_STATES = 1_000_000


def explore(
    main,
    machine,
    args=(),
    migrations=0,
    faults=None,
    *,
    invariants=(),
    reach=None,
    rest=False,
    reduce=False,
    max_states=None,
    stop=True,
    start=None,
):
    """Visit every global state of `main(sys, *args)` on a machine, nearest first.

    migrations: move any thread to any kernel at any call boundary, up to so many times in all.
    faults: a Faults with budgets for messages lost, doubled or late, and for kernels that die.
    invariants: functions of {kernel: its tables} that return nothing, or what is wrong.
    reach: {name: function of {kernel: its tables}}: each must be true in some state, so that a
    protocol does not pass by doing nothing.  rest: from every state the program must still be able
    to end (this keeps every step in memory).  Both are judged only after a whole search.
    reduce: explore a step that commutes with all others (a thread's own gettid, sched_yield,
    compute and their kin) once, before the others: the same outcomes and the same kinds of
    violation from fewer states, but the first violation need not be a shortest one.
    max_states: visit no more than so many states; a million if it is None.
    stop: end at the first violation.  start: the kernel of the first thread, by name.
    A sleep may end at any moment.  A thread goes no further than a thousand calls: a loop that
    polls a word is endless here; then `complete` is False and `held_at` says where.
    Values that a program hands over must be hashable.  An interrupt (the stop button) ends the
    search; what it has seen so far is kept.
    Raises UsageError for a wrong use, a program that is not deterministic among them.
    """
    _check(machine, migrations, max_states, reach)
    faults = check_faults(faults)
    check_program(main, args)
    place = choose("kernel", start or machine.kernels[0], machine.kernels)
    reach, budget = dict(reach or {}), Budget(migrations, *faults)
    world = Exploration(main, machine, args, budget, place, tuple(invariants), reach, reduce)
    most = MOST_STATES if max_states is None else max_states
    edges, progress = [] if rest else None, Progress()
    with no_collection():
        seen = search(world.first, world.successors, world.check, most, stop, progress, edges)
    progress.close()
    if seen.complete and not (stop and seen.wrong):
        seen.wrong |= _afterwards(world, edges)
    world.histories.dismiss()
    setting = Setting(main, machine, tuple(args), place, tuple(invariants))
    return Result(world, seen, setting)


def _check(machine, migrations, max_states, reach):
    if not isinstance(machine, Machine):
        raise UsageError(f"explore needs a Machine, not {machine!r}")
    for what, value in (("migrations", migrations), ("max_states", max_states)):
        if value is not None and (not isinstance(value, int) or value < 0):
            raise UsageError(f"{what} must be a whole number of 0 or more, not {value!r}")
    if reach is not None and not isinstance(reach, dict):
        raise UsageError(f"reach must be {{name: function}}, not {reach!r}")


def _afterwards(world, edges):
    """What only a whole search can tell: {state: (kind, message)}."""
    wrong = {}
    if edges is not None:
        ends = {state for edge in edges for state in edge if world.has_ended(state)}
        for state in cannot_reach(ends, edges)[:1]:
            wrong[state] = ("no rest", "from here on the program can never end")
    if world.verdicts.unreached:
        names = ", ".join(world.verdicts.unreached)
        wrong.setdefault(world.first, ("unreached", f"in no state: {names}"))
    return wrong


class Result:
    """What an exploration has found.

    outcomes: frozenset of (value, status).  states: how many global states were seen.
    complete: whether that was all of them.  held_at: where a thread made too many calls, or None.
    violation: None, or a nearest Violation.
    violations: the kinds that were met (all of them only with stop=False).
    """

    def __init__(self, world, seen, setting):
        self._world, self._seen, self._setting = world, seen, setting
        self.held_at = world.held_at
        self.states, self.complete = seen.visited, seen.complete and not world.held_at
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
            trace = replay(self._world, self._seen.path(state))
            steps = schedule_to(self._world, self._seen, state)
            return Violation(kind, message, trace, steps, self._setting)
        return None

    def show(self, **options):
        """The violation in the stepper, re-sorted by `Trace.causal`; the result if all is well."""
        return self.violation.show(**options) if self.violation else self

    def predicates(self, named=None):
        """What holds after each step to the violation, as a table; see `Trace.predicates`."""
        return self._wrong("predicates").predicates(named)

    def show_predicates(self, named=None, **options):
        """The same as a picture, its events numbered as `show` numbers them."""
        return self._wrong("show_predicates").show_predicates(named, **options)

    def save_test(self, path, name=None):
        """Save the violation as a test; see `Violation.save_test`."""
        return self._wrong("save_test").save_test(path, name)

    def _wrong(self, what):
        if self.violation is None:
            raise UsageError(f"{what} needs a violation, and nothing is wrong: {self!r}")
        return self.violation

    def witness(self, end):
        """The trace of a shortest way to an outcome or a kind of violation.

        Raises UsageError, with the known ones, if there is no way to it.
        """
        if end not in self._ends:
            raise UsageError(f"nothing ends in {end!r}; known: {sorted(self._ends, key=repr)}")
        return replay(self._world, self._seen.path(self._ends[end]))

    def __repr__(self):
        end = "all" if self.complete else "cut"
        if self.held_at:
            end = f"cut: more than {MOST_CALLS:,} calls at {self.held_at}; futex_wait would sleep"
        wrong = f", {self.violation!r}" if self.violation else ""
        return f"<Result: {self.states} states ({end}), {len(self.outcomes)} outcomes{wrong}>"
