"""The world of every interleaving: all global states of a program on a machine.

A global state is a tuple of numbers: one per kernel, then the messages on their way, the timers,
the threads and the outcome; and what is left of the budget.  Steps of kernels are computed once
(`Steps`).  A message may be handled at any time, in order within its class and pair of kernels; a
timer may expire at any time; any ready thread may be next.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.kernel import readable, short
from popcorn_lib.syscalls import Call
from popcorn_lib.worlds.faults import faulty
from popcorn_lib.worlds.histories import Numbers
from popcorn_lib.worlds.program import Token
from popcorn_lib.worlds.steps import Crash, Steps, Thawing
from popcorn_lib.worlds.traffic import MOVING, READY, WAITS, Gone, Memo
from popcorn_lib.worlds.verdicts import Verdicts

# Calls that change no kernel and get the same answer in any state, on any kernel: it is enough to
# explore them first.  Whatever else a thread may ask depends on what its kernel does meanwhile.
TO_ITSELF = ("gettid", "getpid", "sched_yield", "compute", "clock_gettime")
MOST_CALLS = 1_000  # of one thread; one that makes more, as a polling loop does, goes no further


class Exploration(Steps):
    """The graph of one program on one machine; see `explore`.

    A state is (kernel, ..., posts, timers, threads, outcome, Budget); all but the last are numbers.
    """

    def __init__(self, main, machine, args, budget, start, invariants=(), reach=(), reduce=False):
        super().__init__(machine)
        self.outcomes = Numbers()
        self.histories = self.traffic.histories
        self.held_at = None  # where in its program a thread has been held back at MOST_CALLS
        self.broken = Memo(self._broken)
        self.heads, self.due, self.turns = Memo(self._heads), Memo(self._due), Memo(self._turns)
        self.crashed = Memo(self._crash_of)
        self.verdicts = Verdicts(self, invariants, reach)
        self.with_faults, self.reduce = any(budget[1:5]), reduce
        self.alone = Memo(self._alone)
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

    # ---- states of the world --------------------------------------------------------------------

    def successors(self, state):
        """Every step that can be next, and the state after it."""
        posts, timers, threads, _, budget = state[-5:]
        traffic, made = self.traffic, self.made
        if self.reduce and (alone := self.alone[threads,]):
            index, tid, call = alone
            step = made[index, state[index], "request", tid, call]
            yield self._after(state, index, step, posts, timers, threads, tid, WAITS)
            return
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

    def _alone(self, threads):
        """A thread whose next step commutes with whatever else can happen, or None."""
        for index, tid, call, _ in self.turns[threads,]:
            if call.name in TO_ITSELF:
                return index, tid, call
        return None

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
            try:
                threads = traffic.turned[threads, tid, status, made.threads]
            except Gone as error:
                return made.step, Crash(f"{error} ({self.names[index]})", made.step)
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
            kernel.mechanisms = Thawing(self, index, state[index])
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
        if call.name in ("clone", "fork", "sigaction"):
            return repr(Call(call.name, call.args[1:], meant))
        return repr(Call(call.name, (meant,)))
