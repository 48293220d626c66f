"""Lesson 10's gallery: the defects as `explore` finds them, by chance, beside a run that passes."""

import inspect
import random
from collections import Counter
from functools import cache
from pathlib import Path

from popcorn_lib.draw import side_by_side
from popcorn_lib.draw.side_by_side import first_difference
from popcorn_lib.draw.story import Story
from popcorn_lib.errors import Deadlock
from popcorn_lib.tagged import ROOT, Excerpt
from popcorn_lib.variants.defects import DEFECTS
from popcorn_lib.worlds.exploration import Exploration
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.faults import Budget
from popcorn_lib.worlds.replay import replay
from popcorn_lib.worlds.search import cannot_reach, search
from popcorn_lib.worlds.simulate import simulate

BY_NAME = {defect.name: defect for defect in DEFECTS}


def by_program():
    """{program: a defect that shows on it}; one that runs in two settings is there twice."""
    found, settings = {}, []
    for defect in DEFECTS:
        setting = defect.program, defect.args, defect.kernels, defect.migrations
        if setting not in settings:
            settings.append(setting)
            name = defect.program.__name__
            found[f"{name}, again" if name in found else name] = defect
    return found


PROGRAMS = by_program()


def source(thing):
    """The library's own source of a function or class, to be shown like a tagged piece."""
    file = Path(inspect.getsourcefile(thing)).relative_to(ROOT).as_posix()
    text = inspect.cleandoc("\n" + inspect.getsource(thing))
    return Excerpt("source", thing.__qualname__, file, inspect.getsourcelines(thing)[1], text)


@cache
def good(defect):
    """How the program can end on the repaired machine: {(value, status), ...}."""
    return defect.explore(repaired=True).outcomes


# ---- runs and walks -----------------------------------------------------------------------------


def runs(defect, seeds):
    """What runs in virtual time show: a Counter of "a hang", "a wrong value" and "nothing"."""
    return Counter(_shows(defect, seed) for seed in seeds)


def _shows(defect, seed):
    try:
        run = simulate(defect.program, defect.machine(), defect.args, seed, trace=False)
    except Deadlock:
        return "a hang"
    return "nothing" if run.value in [value for value, _ in good(defect)] else "a wrong value"


def lots(defect, number):
    """In how many of so many random walks it shows: each draws the next step among all."""
    world, draw = world_of(defect, blind(defect)), random.Random(1)
    return sum(_goes_wrong(world, good(defect), draw) for _ in range(number))


def _goes_wrong(world, ends, draw):
    state = world.first
    while True:
        if world.check(state):
            return True
        following = [after for _, after in world.successors(state)]
        if not following:
            return world.outcome(state) not in ends
        state = draw.choice(following)


def blind(defect):
    """Its machine without the invariants of the mechanism."""
    machine = defect.machine()
    kind = machine.mechanism(defect.mechanism)
    return machine.replace(**{defect.mechanism: type(kind.__name__, (kind,), {"invariants": ()})})


def world_of(defect, machine):
    """The graph of its program on a machine."""
    return Exploration(defect.program, machine, defect.args, Budget(defect.migrations), "k0")


# ---- what explore finds -------------------------------------------------------------------------


def notices(defect):
    """After how many steps the program itself can end as it never may; None if it cannot."""
    wrong = defect.explore(watched=False, stop=False)
    strange = (wrong.outcomes | wrong.violations) - good(defect)
    return min((len(wrong.witness(end)) - 1 for end in strange), default=None)


def noticed():
    """A pandas DataFrame: the steps to each defect with invariants and without."""
    import pandas

    steps = {d.name: [len(d.explore().violation.trace) - 1, notices(d)] for d in DEFECTS}
    columns = ["steps, invariants on", "steps, invariants off"]
    return pandas.DataFrame.from_dict(steps, orient="index", columns=columns)


def table():
    """A pandas DataFrame: what `explore` finds of each defect."""
    from popcorn_lib.variants import defects

    left_out = ["repaired", "repaired_states", "complete"]
    return defects.table().drop(columns=left_out).rename_axis(None)


def pair(defect):
    """{name: trace} of a run that passes and of the schedule that fails, a shortest one.

    The run follows the schedule as long as the program can still end well, and then takes a
    shortest way to such an end: so they part at the step of no return.  Where no order ends well,
    it is a run of the repaired machine.
    """
    world, edges = world_of(defect, defect.machine()), []
    seen = search(world.first, world.successors, world.check, stop=False, edges=edges)
    sound = [state for state in seen.parents if state not in seen.wrong]
    lost = {*seen.wrong, *cannot_reach(_well(world, defect, sound), edges)}
    state = wrong = next(iter(seen.wrong))
    fails = seen.path(wrong)
    while state in lost and state != world.first:
        state, _ = seen.parents[state]
    if state in lost:
        return {"repaired": _repaired(defect, fails), "fails": replay(world, fails)}
    passes = [*seen.path(state), *_on(world, defect, state, seen.wrong)]
    return {"passes": replay(world, passes), "fails": replay(world, fails)}


def _well(world, defect, states):
    """Those of the states in which all has ended as it may."""
    return {s for s in states if world.has_ended(s) and world.outcome(s) in good(defect)}


def _on(world, defect, state, wrong=()):
    """The steps of a shortest way from a state to a good end, past all that is wrong."""

    def successors(here):
        return ((step, after) for step, after in world.successors(here) if after not in wrong)

    def check(here):
        return "an end" if _well(world, defect, [here]) else None

    seen = search(state, successors, check)
    return seen.path(*seen.wrong)


def _repaired(defect, fails):
    """A run of the repaired machine that takes the same steps as long as it can."""
    world = world_of(defect, defect.machine(repaired=True))
    state, taken = world.first, []
    for step in fails:
        after = next((after for one, after in world.successors(state) if one == step), None)
        if after is None:
            break
        state, taken = after, [*taken, step]
    return replay(world, [*taken, *_on(world, defect, state)])


def parting(one, other):
    """The first event in which two traces differ."""
    return first_difference(Story(one), Story(other))


def beside(defect, before=4):
    """Both in one picture, from a few events before the first difference to their ends."""
    traces = pair(defect)
    window = max(0, parting(*traces.values()) - before), max(map(len, traces.values())) - 1
    title = f"{defect.name}: {len(traces['fails']) - 1} steps"
    return side_by_side(*traces.values(), tuple(traces), title, window)


BOARDS = {
    "memory": "pages",
    "futex": "futex",
    "threads": "threads",
    "signals": "signals",
    "namespaces": "namespaces",
    "ipc": "ipc",
    "sockets": "streams",
}


def walk(defect, title=None):
    """The shortest schedule in the stepper, near its end, with the board of its mechanism."""
    trace = defect.explore().violation.trace
    title = title or f"{defect.name}: {len(trace) - 1} steps"
    shown = trace.show(start=len(trace) - 3, title=title)
    known = [one.name for one in shown.boards]
    shown.board = BOARDS.get(defect.mechanism) if BOARDS.get(defect.mechanism) in known else None
    return shown


# ---- the mystery --------------------------------------------------------------------------------


class Mystery:
    """A machine with one of the defects in it; only its seed knows which."""

    def __init__(self, seed):
        self._defect = random.Random(f"mystery {seed}").choice(DEFECTS)

    def explore(self, program):
        """Explore one of the programs, by name, on this machine."""
        known = PROGRAMS[program]
        variant = {self._defect.mechanism: self._defect.variant}
        machine = known.machine(repaired=True).replace(**variant)
        return explore(known.program, machine, known.args, known.migrations)

    def signs(self):
        """What each of the programs shows: {program: kind of violation and steps}."""
        found = {name: self.explore(name).violation for name in PROGRAMS}
        return {n: f"{v.kind}, {len(v.trace) - 1} steps" if v else "-" for n, v in found.items()}

    def show(self, program):
        """The shortest schedule in the stepper; the whole search where nothing goes wrong."""
        found = self.explore(program)
        if not found.violation:
            return found
        return found.show(start=max(0, len(found.violation.trace) - 6), title=program)

    def solve(self):
        """Which defect it is."""
        return self._defect.name
