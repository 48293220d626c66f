"""Steps of kernels, each computed once: a kernel in a state, an input, and what comes of it.

A kernel's step depends on its own state and its input.  So the states of its mechanisms get small
numbers, a kernel's state is a tuple of them that has a number too, and what an input does to it is
looked up the second time.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.kernel import readable
from popcorn_lib.worlds.histories import Numbers
from popcorn_lib.worlds.traffic import Memo, Traffic


class Crash(Exception):
    """An exception in a handler, and the step in which it came."""

    def __init__(self, text, step):
        super().__init__(text)
        self.step = step


class Thawing(dict):
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


class Steps:
    """The kernels of one exploration; `made[index, state, cause, *given]` is a Made or a Crash."""

    def __init__(self, machine):
        self.machine, self.names = machine, machine.kernels
        self.kernels = list(machine.boot().values())
        self.mechanisms = [kernel.mechanisms for kernel in self.kernels]
        self.parts = [Numbers() for _ in machine.mechanisms]  # states of each mechanism
        self.states = Numbers()  # states of kernels: tuples of the parts' numbers
        self.traffic = Traffic(self.names)
        self.made = Memo(self._make)

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

    def frozen(self, state):
        """The states of the mechanisms of a kernel in a state: {name: (class, its state)}."""
        kinds, parts = self.machine.mechanisms, self.states.values[state]
        each = zip(kinds, self.parts, parts, strict=True)
        return {kind.name: (kind, numbers.values[part]) for kind, numbers, part in each}

    def _make(self, index, state, cause, *given):
        """A Made, or a Crash; computed once per state of a kernel and input."""
        kernel = self.kernels[index]
        kernel.mechanisms = Thawing(self, index, state)
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
