"""The world of every interleaving: all global states of a program on a machine.

A kernel's step depends on its own state and its input, so local states and inputs get small
numbers and every step is computed once; a global state is a tuple of numbers: one per kernel, then
the messages on their way, the timers, the threads, the outcome, the migrations left.  A message
may be handled at any time, in order within its class and pair of kernels; a timer may expire at
any time; any ready thread may be next.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.kernel import readable, short
from popcorn_lib.syscalls import Call
from popcorn_lib.worlds.histories import Histories, Numbers
from popcorn_lib.worlds.program import Token
from popcorn_lib.worlds.situation import MOVING, READY, WAITS, Situation

MOST_CALLS = 1_000  # of one thread; one that makes more, as a polling loop does, goes no further


class Crash(Exception):
    """An exception in a handler."""


class View(dict):
    """The tables of one kernel, to be read: `view["threads"].tasks` or `view.threads.tasks`."""

    __getattr__ = dict.__getitem__


class _Thawing(dict):
    """A kernel's mechanisms in a given state, each thawed when a step first looks at it."""

    def __init__(self, exploration, index, state):
        super().__init__()
        self.mechanisms = exploration.mechanisms[index]
        parts = exploration.states.values[state]
        names = (kind.name for kind in exploration.machine.mechanisms)
        self.frozen = dict(zip(names, zip(exploration.parts, parts, strict=True), strict=True))

    def __missing__(self, name):
        numbers, part = self.frozen[name]
        mechanism = self[name] = self.mechanisms[name].thaw(numbers.values[part])
        return mechanism


class Exploration:
    """The graph of one program on one machine; see `explore`."""

    def __init__(self, main, machine, args, migrations, invariants, start):
        self.machine, self.names = machine, machine.kernels
        self.kernels = list(machine.boot().values())
        self.mechanisms = [kernel.mechanisms for kernel in self.kernels]
        self.parts = [Numbers() for _ in machine.mechanisms]  # states of each mechanism
        self.states = Numbers()  # states of kernels: tuples of the parts' numbers
        self.posts, self.timers, self.threads = Numbers(), Numbers(), Numbers()
        self.messages = Numbers()
        self.outcomes = Numbers()
        self.histories = Histories()
        self.steps, self.verdicts, self.views = {}, {}, {}
        self.invariants = invariants
        self.cut = False  # whether a thread has been held back at MOST_CALLS
        boots = [self._number(kernel) for kernel in self.kernels]
        self.place = place = self.names.index(start)  # where the first process starts
        effects = self.kernels[place].start(self.histories.keep("main", (main, args)))
        boots[place] = self._number(self.kernels[place])
        self.main = effects[0][1]
        for numbers, empty in ((self.posts, ()), (self.timers, ()), (self.threads, ())):
            numbers(empty)
        self.outcomes(None)
        first = Situation(self, (*boots, 0, 0, 0, 0, migrations))
        first.carry_out(place, effects)
        self.first = first.frozen(place, boots[place], migrations)

    # ---- states of kernels ----------------------------------------------------------------------

    def _number(self, kernel, before=None):
        """The number of a kernel's state; only what the step touched is frozen again."""
        old = self.states.values[before] if before is not None else None
        parts = zip(kernel.names, self.parts, strict=True)
        fresh = kernel.mechanisms
        return self.states(
            tuple(
                number(fresh[name].freeze()) if name in fresh else old[i]
                for i, (name, number) in enumerate(parts)
            )
        )

    def step(self, index, state, cause, *given):
        """What a kernel in a state does with an input: (its next state, its effects)."""
        key = (index, state, cause, given)
        if key not in self.steps:
            kernel = self.kernels[index]
            kernel.mechanisms = _Thawing(self, index, state)
            try:
                effects = tuple(getattr(kernel, cause)(*given))
                self.steps[key] = self._number(kernel, state), effects
            except UsageError:
                raise
            except Exception as error:
                kernel.abandon()
                text = f"{type(error).__name__} in {self.names[index]}: {error}"
                self.steps[key] = Crash(readable(f"{text}, handling {given[-1]!r}"))
        return self.steps[key]

    # ---- states of the world --------------------------------------------------------------------

    def successors(self, state):
        """Every step that can be next, and the state after it."""
        world = Situation(self, state)
        for (source, index, priority), queue in world.posts.items():
            step = ("message", self.names[source], self.messages.values[queue[0]])
            yield self._after(state, index, step, (source, index, priority))
        for index, key in sorted(world.timers):
            yield self._after(state, index, ("timer", key), (index, key))
        for tid, (index, history, status) in world.threads.items():
            if status == READY and self._is_endless(history):
                self.cut = True
            elif status == READY:
                call, _ = self.histories.request(history, tid)
                try:
                    yield self._after(state, index, ("request", tid, call), WAITS)
                except UsageError as error:
                    raise type(error)(f"{error} ({self.histories.place(history, tid)})") from error
                if state[-1]:
                    for other in self.names[:index] + self.names[index + 1 :]:
                        move = Call("migrate", (other,))
                        yield self._after(state, index, ("request", tid, move), MOVING)

    def _is_endless(self, history):
        return self.histories.length[history] >= MOST_CALLS

    def _after(self, state, index, step, used):
        """One step of one kernel and the state after it; `used` is what the step takes up."""
        made = self.step(index, state[index], *step)
        if type(made) is Crash:
            return (index, step), made
        world = Situation(self, state)
        if step[0] == "message":
            world.take(used)
        elif step[0] == "timer":
            world.timers.discard(used)
        else:
            tid = step[1]
            world.threads[tid] = (index, world.threads[tid][1], used)
        world.carry_out(index, made[1])
        return (index, step), world.frozen(index, made[0], state[-1] - (used == MOVING))

    # ---- what is wrong with a state -------------------------------------------------------------

    def check(self, state):
        """None, or (kind, message)."""
        if type(state) is Crash:
            return ("crash", str(state))
        world = Situation(self, state)
        for tid, (_, history, status) in world.threads.items():
            if status == READY:
                made = self.histories.request(history, tid)
                if isinstance(made, Exception):
                    return ("crash", str(made))
        broken = self._broken(state)
        if broken:
            return ("invariant", readable(broken))
        if not any(status == READY for _, _, status in world.threads.values()):
            return None if world.posts or world.timers else self._at_rest(world, state)
        return None

    def _at_rest(self, world, state):
        """Nothing can happen any more: nobody may wait and nothing may be left over."""
        if world.threads:
            waits = (
                f"{short(tid)} on {self.names[i]} waits in "
                f"{self.histories.request(history, tid)[1]}"
                for tid, (i, history, _) in world.threads.items()
            )
            return ("deadlock", readable("; ".join(waits)))
        left = {}
        for index, kernel in enumerate(self.kernels):
            kernel.mechanisms = _Thawing(self, index, state[index])
            left |= {kernel.name: kernel.residue()} if kernel.residue() else {}
        return ("residue", readable(f"left over: {left}")) if left else None

    def _broken(self, state):
        """What an invariant says of the kernels' states, computed once per combination."""
        here = state[: len(self.names)]
        if here not in self.verdicts:
            self.verdicts[here] = self._judge(here)
        return self.verdicts[here]

    def _judge(self, here):
        for kind in self.machine.mechanisms:
            for invariant in kind.invariants:
                tables = [self.view(i, s)[kind.name] for i, s in enumerate(here)]
                wrong = invariant(dict(zip(self.names, tables, strict=True)))
                if wrong:
                    return f"{invariant.__name__}: {wrong}"
        views = {name: self.view(i, here[i]) for i, name in enumerate(self.names)}
        for invariant in self.invariants:
            wrong = invariant(views)
            if wrong:
                return f"{getattr(invariant, '__name__', invariant)}: {wrong}"
        return None

    def view(self, index, state):
        """The tables of a kernel in a state, to be read: {mechanism: its tables}."""
        if (index, state) not in self.views:
            kinds, parts = self.machine.mechanisms, self.states.values[state]
            self.views[index, state] = View(
                (kind.name, kind(self.kernels[index]).thaw(numbers.values[part]))
                for kind, numbers, part in zip(kinds, self.parts, parts, strict=True)
            )
        return self.views[index, state]

    # ---- in words -------------------------------------------------------------------------------

    def outcome(self, state):
        """The (value, status) of the process in a state; None if it has not ended there."""
        if not state[-2]:
            return None
        value, status = self.outcomes.values[state[-2]]
        return (self.histories.objects[value.key] if value is not None else None, status)

    def words(self, tid, call):
        """A request as the program wrote it, functions by their names."""
        tokens = [arg for arg in call.args if type(arg) is Token]
        if not tokens:
            return repr(call)
        meant = self.histories.objects[tokens[0].key]
        if call.name in ("clone", "fork"):
            return repr(Call(call.name, call.args[1:], meant))
        return repr(Call(call.name, (meant,)))
