"""The claim itself: can a program tell how many kernels it runs on?

Every interleaving of a small program is tried, on N kernels and on one.
"""

import inspect
from dataclasses import dataclass

from popcorn_lib.draw import machine_graph, stepper
from popcorn_lib.draw.notice import notice
from popcorn_lib.draw.outcomes import outcomes
from popcorn_lib.draw.words import counted
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.explorer import Explorer
from popcorn_lib.explorers.simulated import FAULTS
from popcorn_lib.machine import Machine
from popcorn_lib.variants.delegation import DelegatedFutex
from popcorn_lib.variants.programs import data_and_flag, handshake, two_last
from popcorn_lib.variants.two_kernels import TwoKernelMemory
from popcorn_lib.variants.words import WordsAtHome
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.ssi import Verdict

VARIANTS = {
    "ours": {},
    "words at home": {"memory": WordsAtHome},
    "two kernels": {"memory": TwoKernelMemory},
    "delegated futex": {"futex": DelegatedFutex},
    **defects("memory", "futex", "threads"),
}
PROGRAMS = {"data and flag": data_and_flag, "handshake": handshake, "two last": two_last}
TWIN = {
    "program": list(PROGRAMS),
    "variant": [
        "ours",
        "defect: wake flag only when asleep",
        "defect: acknowledged, but kept",
        "defect: two last exits",
    ],
    "view": ["outcomes", "a way to it"],
}


MOST_STATES = 20_000


@dataclass
class Found:
    """A verdict, what it comes from, and what it says in a line."""

    verdict: Verdict
    many: object  # the result of the search on N kernels
    machine: Machine
    title: str


class Claim(Explorer):
    """An explorer of every interleaving of a program, on N kernels and on one."""

    def __init__(self, programs, settings, max_states):
        self.known, self.max_states = programs, max_states
        choices = {
            "program": list(programs),
            "kernels": [2, 3],
            "migrations": [0, 1],
            "variant": list(VARIANTS),
            "fault": list(FAULTS),
        }
        super().__init__(choices, VIEWS, TWIN, list(programs.values()), settings)

    def run(self, **settings):
        """The Verdict behind the picture; raises what `explore` raises."""
        return Verdict(*self._results(self.chosen(settings)))

    def machine(self, **settings):
        """The machine of these settings, with pages of a few words, so that states stay small."""
        chosen = self.chosen(settings)
        machine = Machine.multikernel(chosen["kernels"], page_size=64)
        return machine.replace(**VARIANTS[chosen["variant"]])

    def _results(self, chosen):
        """What every interleaving gives, on one kernel and on all."""
        program, machine = self.known[chosen["program"]], self.machine(**chosen)
        args = tuple(machine.kernels[(1 + n) % len(machine.kernels)] for n in _places(program))
        alone = Machine.smp(len(machine.kernels), page_size=64)
        most = {"max_states": self.max_states, "stop": False}
        one = explore(program, alone, args, **most)
        faults = FAULTS[chosen["fault"]]
        return one, explore(program, machine, args, chosen["migrations"], faults, **most)

    def computed(self, **settings):
        """What was found of a setting."""
        one, many = self._results(settings)
        verdict = Verdict(one, many)
        return Found(verdict, many, self.machine(**settings), _title(verdict))


def _places(program):
    return range(len(inspect.signature(program).parameters) - 1)


def _title(verdict):
    states = counted(verdict.states, "state")
    if verdict.holds:
        return f"The claim holds for this program: {states}"
    if verdict.strange:
        return f"The claim does not hold: {states}"
    return f"The search was cut after {states}"


# ---- views --------------------------------------------------------------------------------------


def side_by_side(found):
    """All outcomes, on one kernel and on many."""
    verdict, names = found.verdict, ("one kernel", f"{len(found.machine.kernels)} kernels")
    one = verdict.reference
    many = verdict.outcomes | {end for end in verdict.strange if isinstance(end, str)}
    return outcomes(one, many, found.title, names)


def a_way(found):
    """A shortest way to what one kernel cannot do, or else to an outcome."""
    trace = found.verdict.witness
    if trace is None:
        ends = sorted(found.verdict.outcomes, key=repr)
        if not ends:
            return notice(found.title, "No interleaving came to an end.")
        trace = found.many.witness(ends[0])
    return stepper(trace.causal(), title=found.title)


VIEWS = {
    "outcomes": side_by_side,
    "a way to it": a_way,
    "machine": lambda found: machine_graph(found.machine, title=found.title),
}


def single_system_image(program=None, max_states=MOST_STATES, **settings):
    """Explore the claim: of one program, every interleaving on N kernels and on one.

    program: a generator function `program(sys, ...)`; whatever it takes besides are kernels for
    its threads, the first of them "k1".  None: three programs to choose from.
    max_states: where a search is cut.  settings: program, kernels, migrations, variant, fault,
    view: several values to choose from, or one that is fixed; twin as for `memory`.
    Returns an Explorer: shown as it is, `.at(...)` one picture, `.run(...)` the Verdict behind it.
    Raises UsageError for an unknown setting or name.
    """
    programs = PROGRAMS if program is None else {program.__name__: program}
    return Claim(programs, settings, max_states)
