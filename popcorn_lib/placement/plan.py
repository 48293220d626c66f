"""A plan: which phase runs where, and what that comes to.

The idea.  A kernel does one phase at a time.  A phase begins when its kernel is free and all that
it waits for has ended; then its threads and pages come, then it runs.  Pages come when they are
touched, so that their way takes time of who needs them; other models let it pass beside the work
of others.  Every policy's plan is reckoned here, so that plans can be compared.

Invariant.  No phase begins before what it needs has ended, and no two on one kernel overlap.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from popcorn_lib.placement.objectives import UNITS, worth
from popcorn_lib.placement.program import START, needs, phase_of


class Step(NamedTuple):
    """A phase, or the probe before it, on its kernel; times in seconds."""

    phase: str
    kernel: str
    start_s: float
    crossing_s: float  # threads and pages come
    run_s: float

    @property
    def end_s(self):
        return self.start_s + self.crossing_s + self.run_s


class Probe(NamedTuple):
    """What finding out has cost before a phase, and what was found."""

    seconds: float
    busy: dict  # {kernel: core-seconds}
    found: dict  # {kernel: what was measured there}


class Option(NamedTuple):
    """What a phase would cost on a kernel."""

    phase: str
    kernel: str
    crossing_s: float
    run_s: float
    both_s: float
    chosen: bool


@dataclass(frozen=True, repr=False)
class Plan:
    """Where each phase runs, in which order, and why.

    places: {phase: kernel}.  seconds: from the first phase's start to the last one's end.
    joules: of the whole machine, UsageError if it does not tell its watts.
    steps: [Step]; to_frame(): the same as a table; show(): as a picture; why(): what each phase
    would cost elsewhere.
    """

    policy: str
    objective: str
    graph: object
    prices: object
    places: dict
    order: tuple
    probes: dict

    @cached_property
    def steps(self):
        """The phases in order, each with its start, its crossing and its run."""
        steps, free, ended = [], dict.fromkeys(self.prices.machine.kernels, 0.0), {START: 0.0}
        for name in self.order:
            kernel = self.places[name]
            start = max(free[kernel], *(ended[one] for one, *_ in needs(self.graph, name)))
            if name in self.probes:
                steps.append(Step(f"probe {name}", kernel, start, 0.0, self.probes[name].seconds))
                start = steps[-1].end_s
            run = self.prices.seconds(phase_of(self.graph, name), kernel)
            steps.append(Step(name, kernel, start, self.crossing(name, kernel), run))
            free[kernel] = ended[name] = steps[-1].end_s
        return steps

    def crossing(self, name, kernel):
        """Seconds until what a phase needs has come to a kernel, the others being as planned."""
        places = {START: self.prices.home, **self.places}
        return self.prices.coming(self.graph, name, kernel, places)

    def place(self, name):
        """The kernel of a phase; START is where programs start."""
        return self.prices.home if name == START else self.places[name]

    @cached_property
    def seconds(self):
        return max(step.end_s for step in self.steps)

    @cached_property
    def joules(self):
        prices = self.prices
        busy = sum(
            prices.busy_joules(phase_of(self.graph, name), kernel)
            for name, kernel in self.places.items()
        )
        probing = sum(
            (prices.watts(kernel, "busy_w") - prices.watts(kernel, "idle_w"))
            * work
            / prices.nodes[kernel]["cores"]
            for probe in self.probes.values()
            for kernel, work in probe.busy.items()
        )
        return prices.idle_w * self.seconds + busy + probing

    @property
    def value(self):
        """What the objective makes of it; less is better."""
        return worth(self.objective, self.seconds, lambda: self.joules)

    def to_frame(self):
        """A pandas DataFrame, a row per step: phase, kernel, start_s, crossing_s, run_s, end_s."""
        import pandas

        rows = [(*step, step.end_s) for step in self.steps]
        return pandas.DataFrame(rows, columns=[*Step._fields, "end_s"])

    @property
    def options(self):
        """[Option]: what each phase would cost on each kernel, the others as planned."""
        options = []
        for name in self.order:
            for kernel in self.prices.machine.kernels:
                crossing = self.crossing(name, kernel)
                run = self.prices.seconds(phase_of(self.graph, name), kernel)
                chosen = self.places[name] == kernel
                options.append(Option(name, kernel, crossing, run, crossing + run, chosen))
        return options

    def why(self):
        """The options as a pandas DataFrame: phase, kernel, crossing_s, run_s, both_s, chosen."""
        import pandas

        return pandas.DataFrame(self.options, columns=Option._fields)

    def show(self):
        """The plan as a picture: what each kernel does when."""
        from popcorn_lib.draw import plans  # the one look upwards, when a reader asks

        return plans(self)

    def __repr__(self):
        where = ", ".join(f"{name} on {kernel}" for name, kernel in self.places.items())
        return f"<Plan of {self.policy}: {where}; {self.value:.6g} {UNITS[self.objective]}>"


def plan(policy, objective, graph, prices, places, order, probes=None):
    """A Plan of a policy; order: of all phases, none before what it needs."""
    return Plan(policy, objective, graph, prices, dict(places), tuple(order), probes or {})
