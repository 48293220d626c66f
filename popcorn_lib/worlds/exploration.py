"""The world of every interleaving: all global states of a program on a machine.

A kernel's step depends on its own state and its input, so local states and inputs get small
numbers and every step is computed once; a global state is a tuple of numbers: one per kernel, then
the messages on their way, the timers, the threads, the outcome; and what is left of the budget.
A message may be handled at any time, in order within its class and pair of kernels; a timer may
expire at any time; any ready thread may be next.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.kernel import readable, short
from popcorn_lib.syscalls import Call
from popcorn_lib.worlds.faults import faulty
from popcorn_lib.worlds.histories import Numbers
from popcorn_lib.worlds.program import Token
from popcorn_lib.worlds.traffic import MOVING, READY, WAITS, Memo, Traffic
from popcorn_lib.worlds.verdicts import Verdicts

MOST_CALLS = 1_000  # of one thread; one that makes more, as a polling loop does, goes no further


class Crash(Exception):
    """An exception in a handler, and the step in which it came."""

    def __init__(self, text, step):
        super().__init__(text)
        self.step = step


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


class Made:
    """What a kernel in a state does with an input: its next state, and its effects as numbers."""

    __slots__ = ("exits", "sends", "state", "step", "threads", "timers")

    def __init__(self, step, state, sends, timers, threads, exits):
        self.step, self.state = step, state
        self.sends, self.timers, self.threads, self.exits = sends, timers, threads, exits


class Exploration:
    """The graph of one program on one machine; see `explore`.

    A state is (kernel, ..., posts, timers, threads, outcome, Budget); all but the last are numbers.
    """

    def __init__(self, main, machine, args, budget, start, invariants=(), reach=()):
        self.machine, self.names = machine, machine.kernels
        self.kernels = list(machine.boot().values())
        self.mechanisms = [kernel.mechanisms for kernel in self.kernels]
        self.parts = [Numbers() for _ in machine.mechanisms]  # states of each mechanism
        self.states = Numbers()  # states of kernels: tuples of the parts' numbers
        self.outcomes = Numbers()
        self.traffic = Traffic(self.names)
        self.histories = self.traffic.histories
        self.held_at = None  # where in its program a thread has been held back at MOST_CALLS
        self.made, self.broken = Memo(self._make), Memo(self._broken)
        self.heads, self.due, self.turns = Memo(self._heads), Memo(self._due), Memo(self._turns)
        self.crashed = Memo(self._crash_of)
        self.verdicts = Verdicts(self, invariants, reach)
        self.with_faults = any(budget[1:5])
        self.first = self._boot(main, args, budget, start)

    def _boot(self, main, args, budget, start):
        self.place = place = self.names.index(start)  # where the first process starts
        states = [self._number(kernel) for kernel in self.kernels]
        effects = self.kernels[place].start(self.histories.keep("main", (main, args)))
        states[place] = self._number(self.kernels[place])
        self.main = effects[0][1]
        self.outcomes(None)
        _, _, threads, _ = self.traffic.sort(place, effects)
        return (*states, 0, 0, self.traffic.turned[0, None, None, threads], 0, budget)

    # ---- steps of kernels -----------------------------------------------------------------------

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

    def _make(self, index, state, cause, *given):
        """A Made, or a Crash; computed once per state of a kernel and input."""
        kernel = self.kernels[index]
        kernel.mechanisms = _Thawing(self, index, state)
        step = (index, (cause, *given))
        try:
            effects = getattr(kernel, cause)(*given)
            return Made(step, self._number(kernel, state), *self.traffic.sort(index, effects))
        except UsageError:
            raise
        except Exception as error:
            kernel.abandon()
            text = f"{type(error).__name__} in {self.names[index]}: {error}"
            return Crash(readable(f"{text}, handling {given[-1]!r}"), step)

    # ---- states of the world --------------------------------------------------------------------

    def successors(self, state):
        """Every step that can be next, and the state after it."""
        posts, timers, threads, _, budget = state[-5:]
        traffic, made = self.traffic, self.made
        for channel, (index, *given) in self.heads[posts,]:
            step = made[index, state[index], *given]
            yield self._after(state, index, step, traffic.taken[posts, channel], timers, threads)
        for index, key, change in self.due[timers,]:
            step = made[index, state[index], "timer", key]
            yield self._after(state, index, step, posts, traffic.ticked[timers, change], threads)
        for index, tid, call, moves in self.turns[threads,]:
            step = self._asked(index, state, tid, call, threads)
            yield self._after(state, index, step, posts, timers, threads, tid, WAITS)
            for move in moves if budget.moves else ():
                step = made[index, state[index], "request", tid, move]
                yield self._after(state, index, step, posts, timers, threads, tid, MOVING)
        if self.with_faults:
            yield from faulty(self, state)

    def _asked(self, index, state, tid, call, threads):
        try:
            return self.made[index, state[index], "request", tid, call]
        except UsageError as error:
            history = dict(self.traffic.threads.values[threads])[tid][1]
            raise type(error)(f"{error} ({self.histories.place(history, tid)})") from error

    def _heads(self, posts):
        """What can be handled next: (channel, (kernel, "message", source, message))."""
        return [
            (channel, (channel[1], "message", self.names[channel[0]], self.message(queue[0])))
            for channel, queue in self.traffic.posts.values[posts]
        ]

    def message(self, number):
        return self.traffic.messages.values[number]

    def _due(self, timers):
        """The timers that can expire next: (kernel, key, the change that takes it away)."""
        return [
            (index, key, self.traffic.changes((("drop", index, key),)))
            for index, key in self.traffic.timers.values[timers]
        ]

    def _turns(self, threads):
        """The threads that can be next: (kernel, tid, request, how explore can move it)."""
        turns = []
        for tid, (index, history, status) in self.traffic.threads.values[threads]:
            if status == READY and self.histories.length[history] >= MOST_CALLS:
                self.held_at = self.held_at or self.histories.place(history, tid)
            elif status == READY:
                others = self.names[:index] + self.names[index + 1 :]
                moves = [Call("migrate", (other,)) for other in others]
                turns.append((index, tid, self.histories.request(history, tid)[0], moves))
        return turns

    def _after(self, state, index, made, posts, timers, threads, tid=None, status=None):
        """A step and the state after it; thread `tid`, if it is one, has made a request."""
        if type(made) is Crash:
            return made.step, made
        traffic, n = self.traffic, len(self.names)
        if made.sends:
            posts = traffic.sent[posts, made.sends]
        if made.timers:
            timers = traffic.ticked[timers, made.timers]
        if made.threads or tid is not None:
            threads = traffic.turned[threads, tid, status, made.threads]
        outcome, budget = state[-2:]
        if status == MOVING:
            budget = budget._replace(moves=budget.moves - 1)
        if budget.dead:
            posts = traffic.silenced[posts, budget.dead]
        for pid, *end in made.exits:
            if pid == self.main and not outcome:  # not a later process of that number
                outcome = self.outcomes((end[1], end[0]))
        after = (*state[:index], made.state, *state[index + 1 : n])
        return made.step, (*after, posts, timers, threads, outcome, budget)

    # ---- what is wrong with a state -------------------------------------------------------------

    def check(self, state):
        """None, or (kind, message)."""
        if type(state) is Crash:
            return ("crash", str(state))
        posts, timers, threads = state[-5:-2]
        crash = self.crashed[threads,]
        if crash:
            return ("crash", crash)
        broken = self.broken[state[: len(self.names)]]
        if broken:
            return ("invariant", readable(broken))
        return None if posts or timers or self.turns[threads,] else self._at_rest(state)

    def _broken(self, *here):
        return self.verdicts.wrong(here)

    def _crash_of(self, threads):
        """What a thread that is ready has raised, or None."""
        for tid, (_, history, status) in self.traffic.threads.values[threads]:
            if status == READY:
                made = self.histories.request(history, tid)
                if isinstance(made, Exception):
                    return str(made)
        return None

    def _at_rest(self, state):
        """Nothing can happen any more: nobody may wait and nothing may be left over."""
        dead = state[-1].dead
        threads = [
            item for item in self.traffic.threads.values[state[-3]] if item[1][0] not in dead
        ]
        if any(status == READY for _, (_, _, status) in threads):
            return None  # one that is held back at MOST_CALLS
        if threads:
            said = ((tid, i, self.histories.request(h, tid)[1]) for tid, (i, h, _) in threads)
            waits = (f"{short(tid)} on {self.names[i]} waits in {call}" for tid, i, call in said)
            return ("deadlock", readable("; ".join(waits)))
        left = {}
        for index, kernel in enumerate(self.kernels):
            if index in dead:
                continue
            kernel.mechanisms = _Thawing(self, index, state[index])
            left |= {kernel.name: kernel.residue()} if kernel.residue() else {}
        return ("residue", readable(f"left over: {left}")) if left else None

    def has_ended(self, state):
        """Whether every process has ended, and nothing is on its way."""
        return type(state) is tuple and not any(state[-5:-2])

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
