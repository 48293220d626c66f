"""Explorers of one run in virtual time: from settings to the run, and from the run to pictures."""

import inspect
from dataclasses import dataclass

from popcorn_lib.draw.story import duration
from popcorn_lib.draw.words import counted
from popcorn_lib.errors import Stopped, UsageError
from popcorn_lib.explorers.explorer import Explorer, several
from popcorn_lib.machine import TOPOLOGIES, Machine
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.faults import Faults
from popcorn_lib.worlds.simulate import simulate

FAULTS = {
    "none": None,
    "a message is lost": Faults(drop=1),
    "a message comes twice": Faults(duplicate=1),
    "a message comes late": Faults(delay=1),
    "a kernel dies": Faults(crash=1),
}
PLACEMENTS = {  # where the threads go: (kernels' names, number of a thread) -> name
    "in turn": lambda names, number: names[(number + 1) % len(names)],
    "all on k1": lambda names, number: names[min(1, len(names) - 1)],
    "all at home": lambda names, number: names[0],
}
MACHINES = {
    "kernels": [2, 3, 4],
    "topology": list(TOPOLOGIES),
    "latency_us": [0.14, 1, 10, 100],
}
WORLD = {"fault": list(FAULTS), "seed": list(range(8))}


@dataclass
class Outcome:
    """What came of one setting: a run that ended, was cut, or could not go on."""

    machine: object
    trace: object
    run: object  # None if it could not go on
    settings: dict
    title: str
    detail: str = ""  # the same in full


class Simulated(Explorer):
    """An explorer whose pictures are those of `program(sys, ...)` in virtual time.

    The program takes what it names: `places` (a kernel for each of its threads), or any setting.
    variants: {name: {mechanism: class}}.  own: settings that only a program can take; they and the
    placement are left out if it does not.  max_seconds: of virtual time, for one without an end.
    """

    def __init__(self, program, own, variants, views, twin, given, max_seconds=0.02, **options):
        self.program, self.variants, self.max_seconds = program, variants, max_seconds
        self.title = given.pop("title", program.__name__)
        self.page_size = options.get("page_size", 64)
        self.takes = list(inspect.signature(program).parameters)[1:]
        takes = {*self.takes, "threads"} if "places" in self.takes else self.takes
        choices = {name: values for name, values in own.items() if name in takes}
        choices |= {name: several(given[name]) for name in self.takes if name in given}
        if "places" in self.takes:
            choices["placement"] = list(PLACEMENTS)
        choices |= MACHINES | options.get("choices", {}) | {"variant": list(variants)} | WORLD
        super().__init__(choices, views, twin, [program], given)

    def machine(self, **settings):
        """The machine of these settings."""
        chosen = self.chosen(settings)
        machine = Machine.multikernel(
            chosen["kernels"],
            cores=chosen.get("cores", 1),
            topology=chosen["topology"],
            latency_s=chosen["latency_us"] * 1e-6,
            page_size=self.page_size,
        )
        return machine.replace(**self.variants[chosen["variant"]])

    def run(self, **settings):
        """The Run behind the picture; raises what `simulate` raises."""
        chosen = self.chosen(settings)
        return simulate(
            self.program,
            self.machine(**settings),
            args=self._args(chosen),
            seed=chosen["seed"],
            costs=self.costs(chosen),
            faults=FAULTS[chosen["fault"]],
            max_seconds=self.max_seconds,
            **self.outside(chosen),
        )

    def costs(self, chosen):
        """The costs of a setting."""
        return Costs()

    def outside(self, chosen):
        """What `simulate` is told of hosts outside the machine: {"hosts": ..., "wire": ...}."""
        return {}

    def _args(self, chosen):
        """What the program's parameters name."""
        names = [f"k{number}" for number in range(chosen["kernels"])]
        threads = chosen.get("threads", len(names))
        place = PLACEMENTS[chosen.get("placement", "in turn")]
        given = {**chosen, "places": tuple(place(names, number) for number in range(threads))}
        missing = [name for name in self.takes if name not in given]
        if missing:
            raise UsageError(f"the program takes {missing[0]!r}; an explorer gives: {list(given)}")
        return tuple(given[name] for name in self.takes)

    def widget(self):
        """The controls as ipywidgets; a new set at every call."""
        import pandas  # noqa: F401  # here, so that no change of a view has to wait for it

        return super().widget()

    def computed(self, **settings):
        """The Outcome of a setting."""
        machine = self.machine(**settings)
        try:
            run = self.run(**settings)
        except Stopped as stopped:
            title, whole = stopped_words(stopped)
            title = f"{self.title}: {title}"
            return Outcome(machine, stopped.trace, None, settings, title, whole)
        title = f"{self.title} {run_words(run, settings['fault'])}"
        return Outcome(machine, run.trace, run, settings, title)


# ---- words --------------------------------------------------------------------------------------


def run_words(run, fault="none"):
    """What came of a run, in one line."""
    cost = f"{duration(run.seconds)}, {counted(len(run.trace.messages), 'message')}"
    hit = "" if fault == "none" or run.trace.faults else "; the fault met no message"
    if run.status is None:
        return f"has not ended after {cost}{hit}"
    if run.status:
        return f"ended with wait status {run.status} after {cost}{hit}"
    return f"returned {shortened(run.value)} after {cost}{hit}"


def stopped_words(stopped):
    """(a line, the whole) of a run that could not go on."""
    trace = stopped.trace
    cost = f"{duration(trace.events[-1].time_s)}, {counted(len(trace.messages), 'message')}"
    return f"{type(stopped).__name__} after {cost}", f"{stopped}."


def shortened(value, most=60):
    """A value in at most so many letters."""
    words = repr(value)
    return words if len(words) <= most else f"{words[: most - 1]}…"
