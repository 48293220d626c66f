"""What may go wrong outside the kernels: a message lost, doubled or late, a kernel that dies.

The mechanisms take links for granted that lose nothing and keep messages of one class in order, as
Popcorn's do.  Under a fault a violation is therefore no defect of theirs but the answer to a
question: what would it take?  Each kind of fault has a budget, so that the graph stays finite, and
each can be asked for alone.
"""

from typing import NamedTuple

from popcorn_lib.errors import UsageError


class Faults(NamedTuple):
    """How many faults of each kind `explore` may bring in, in all.

    drop: a message is lost.  duplicate: it comes twice.  delay: the one behind it comes first.
    crash: a kernel dies; its threads, its timers and the messages to it are gone.
    """

    drop: int = 0
    duplicate: int = 0
    delay: int = 0
    crash: int = 0


class Budget(NamedTuple):
    """What of moves and faults is left, and which kernels are dead: the last of a global state."""

    moves: int = 0
    drop: int = 0
    duplicate: int = 0
    delay: int = 0
    crash: int = 0
    dead: tuple = ()  # kernels by their place


def check_faults(faults):
    """The Faults, none if it is None; UsageError for anything else or a number that is none."""
    if faults is None:
        return Faults()
    if not isinstance(faults, Faults):
        raise UsageError(f"faults must be a Faults, for example Faults(drop=1), not {faults!r}")
    for name, number in faults._asdict().items():
        if not isinstance(number, int) or number < 0:
            raise UsageError(f"{name} must be a whole number of 0 or more, not {number!r}")
    return faults


def faulty(world, state):
    """Every fault that can be next in an exploration, and the state after it.

    A step is (the kernel that it is about, (what, source, message)) or (kernel, ("crash",)).
    """
    posts, budget, traffic = state[-5], state[-1], world.traffic
    for channel, queue in traffic.posts.values[posts]:
        given = (world.names[channel[0]], world.message(queue[0]))
        for name, change in (("drop", traffic.taken), ("duplicate", traffic.doubled)):
            if getattr(budget, name):
                after = (change[posts, channel], *state[-4:-1], _less(budget, name))
                yield (channel[1], (name, *given)), (*state[:-5], *after)
        if budget.delay and len(queue) > 1:
            after = (traffic.swapped[posts, channel], *state[-4:-1], _less(budget, "delay"))
            yield (channel[1], ("delay", *given)), (*state[:-5], *after)
    if budget.crash:
        for index in range(len(world.names)):
            if index not in budget.dead:
                yield (index, ("crash",)), _crashed(world, state, index)


def _less(budget, name):
    return budget._replace(**{name: getattr(budget, name) - 1})


def _crashed(world, state, index):
    """The state in which a kernel has just died."""
    posts, timers, threads, outcome, budget = state[-5:]
    dead = tuple(sorted((*budget.dead, index)))
    posts, timers, threads = world.traffic.without(posts, timers, threads, index)
    budget = _less(budget, "crash")._replace(dead=dead)
    return (*state[:-5], posts, timers, threads, outcome, budget)
