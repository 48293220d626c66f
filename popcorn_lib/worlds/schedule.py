"""A schedule: which step came when, in words that a reader can follow, change and keep.

The idea.  A step of an exploration is an object of its own; named by its kernel and what it does
there, it can be found again in another exploration, also after the program or a mechanism has been
changed.  The forms, each a tuple of words:

    ("k0", "request", "k0:2")               thread k0:2, on k0, makes its next request
    ("k1", "message", "k0", "KEY_REQUEST")  k1 handles the next message of k0, a KEY_REQUEST
    ("k0", "timer", "futex", "k0:3")        a timer of k0 expires: its mechanism, its thread
    ("k1", "move", "k0:3", "k2")            explore moves thread k0:3 from k1 to k2
    ("k1", "drop", "k0", "KEY_REQUEST")     a fault; so are "duplicate", "delay", and
    ("k1", "crash")                         the death of a kernel
"""

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.kernel import short
from popcorn_lib.worlds.exploration import Exploration
from popcorn_lib.worlds.faults import Budget, Faults
from popcorn_lib.worlds.program import check_program
from popcorn_lib.worlds.replay import replay
from popcorn_lib.worlds.violation import Setting, Violation

WORDS = {"request": 3, "message": 4, "move": 4, "drop": 4, "duplicate": 4, "delay": 4, "crash": 2}


class ScheduleError(UsageError):
    """A step that cannot be made: the text says which, and what could be done instead."""


def follow(main, machine, schedule, args=(), *, start=None, invariants=(), as_far=False):
    """Follow a schedule on a machine: a Violation, as `explore` has it, or None if all is well.

    schedule: a list of steps; the head of this file shows their forms.  Each state on the way is
    checked, and the first that is wrong ends it.  args, start, invariants: as for `explore`.
    as_far: stop at the first step that cannot be made.  Else that is a ScheduleError: the program
    or the machine is not the one for which the schedule was written.
    """
    schedule = _checked(schedule, machine)
    check_program(main, args)
    place = choose("kernel", start or machine.kernels[0], machine.kernels)
    world = Exploration(main, machine, args, _budget(schedule), place, tuple(invariants))
    try:
        path, wrong = _walk(world, schedule, as_far)
    finally:
        world.histories.dismiss()
    if wrong is None:
        return None
    setting = Setting(main, machine, tuple(args), place, tuple(invariants))
    return Violation(*wrong, replay(world, path), schedule[: len(path)], setting)


def _walk(world, schedule, as_far):
    """The steps that were made, and what is wrong behind them."""
    state, path = world.first, []
    wrong = world.check(state)
    for number, wanted in enumerate(schedule, 1):
        if wrong is not None:
            break
        found = {}
        for step, after in world.successors(state):
            found.setdefault(in_words(world, state, step, after), (step, after))
        if wanted not in found:
            if as_far:
                break
            raise ScheduleError(_impossible(number, schedule, found))
        step, state = found[wanted]
        path.append(step)
        wrong = world.check(state)
    return path, wrong


def _impossible(number, schedule, found):
    could = "".join(f"\n    {step}" for step in found) or " nothing"
    return (
        f"step {number} of {len(schedule)}, {schedule[number - 1]}, is not possible: the program "
        f"or the machine has changed since the schedule was written; what is possible there:{could}"
    )


def _budget(schedule):
    """As many moves and faults as the schedule has."""
    kinds = [step[1] for step in schedule]
    return Budget(kinds.count("move"), *(kinds.count(name) for name in Faults._fields))


def _checked(schedule, machine):
    """The steps as tuples; UsageError names one that has no form of a step."""
    steps = [tuple(step) for step in schedule]
    for number, step in enumerate(steps, 1):
        if len(step) < 2 or not all(isinstance(word, str) for word in step):
            raise UsageError(f"step {number}, {step!r}, is no tuple of words")
        choose(f"kernel in step {number}", step[0], machine.kernels)
        kind = choose(f"kind of step in step {number}", step[1], [*WORDS, "timer"])
        if len(step) != WORDS.get(kind, len(step)):
            raise UsageError(f"step {number}, {step!r}, must have {WORDS[kind]} words")
    return steps


# ---- steps in words -----------------------------------------------------------------------------


def schedule_to(world, seen, state):
    """The schedule on which a search came to a state."""
    steps = []
    while seen.parents[state] is not None:
        before, step = seen.parents[state]
        steps.append(in_words(world, before, step, state))
        state = before
    return steps[::-1]


def in_words(world, state, step, after):
    """A step from a state to the one after it, as a tuple of words."""
    index, (cause, *given) = step
    here = world.names[index]
    if cause == "timer":
        return (here, cause, *(_word(part) for part in given[0]))
    if cause == "request":
        tid, call = given
        if _is_move(world, state, tid, call, after):
            return (here, "move", short(tid), *call.args)
        return (here, cause, short(tid))
    if given:
        return (here, cause, given[0], given[1].kind)
    return (here, cause)


def _is_move(world, state, tid, call, after):
    """Whether a request is not the thread's own but one of explore's moves, which cost budget."""
    if type(after) is tuple:
        return after[-1].moves < state[-1].moves
    history = dict(world.traffic.threads.values[state[-3]])[tid][1]
    return call != world.histories.request(history, tid)[0]  # it crashed: there is no state after


def _word(part):
    return short(part) if isinstance(part, int) else str(part)
