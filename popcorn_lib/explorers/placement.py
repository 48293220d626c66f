"""Placement: one region of a program, on the Xeon or on the Phi, and where the answer flips.

A serial part, a region that may go away, and a serial part again; on the constants of the
partitioner's cost model.  The map lays it out over two quantities; the other views are of one
program: what each policy makes of it, why, and what a simulation of the best plan says.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import networkx

from popcorn_lib.draw import bars
from popcorn_lib.draw.flip_map import flip_map
from popcorn_lib.draw.story import duration
from popcorn_lib.explorers.explorer import Explorer
from popcorn_lib.machine import Machine
from popcorn_lib.placement import POLICIES, Prices, simulate_plan
from popcorn_lib.placement.examples import around
from popcorn_lib.placement.run import follow
from popcorn_lib.worlds.costs import Costs

AXES = {
    "parallel": [0.5, 0.9, 0.98, 0.99, 1.0],
    "pages": [0, 10, 100, 1000, 10_000],
    "migration_us": [90, 900, 3600, 36_000],
    "latency_us": [0.25, 2.5, 25, 250],
}
NAMES = {
    "parallel": "parallel share",
    "pages": "pages",
    "migration_us": "migration (µs, at least the link's)",
    "latency_us": "link latency (µs)",
}
ACROSS = {label.split(" (")[0]: name for name, label in NAMES.items()}
ACCESSES = [10**6, 10**7, 10**8, 10**9, 10**10]
CHOICES = {
    "across": list(ACROSS),
    "parallel": [1.0, 0.99, 0.98, 0.9, 0.5],
    "pages": [0, 100, 1000],
    "migration_us": [900, 90, 3600, 36_000],
    "latency_us": [25, 0.25, 2.5, 250],
    "accesses": [10**8, 10**6, 10**7, 10**9, 10**10],
}
TWIN = {"across": list(ACROSS), "pages": [0, 100, 1000], "view": ["map", "policies"]}
PLATFORM, WHICH = "xeon+phi", {"k0": "Xeon", "k1": "Phi"}


@cache
def priced(migration_us, latency_us):
    """Prices of Xeon and Phi with another link, and migrations that take so long."""
    graph = networkx.Graph(Machine.preset(PLATFORM).graph)
    graph.edges["k0", "k1"]["latency_s"] = latency_us * 1e-6
    machine = Machine.from_graph(graph)
    rest = Prices(machine, Costs.preset(PLATFORM, move_s=0)).migration("k0", "k1")
    move = max(0.0, migration_us * 1e-6 - rest) / 2
    return Prices(machine, Costs.preset(PLATFORM, move_s=move))


def priced_at(settings):
    """The same of an explorer's settings."""
    return priced(settings["migration_us"], settings["latency_us"])


def planned(policy, prices, accesses, parallel, pages, **_):
    """The plan of a policy."""
    return POLICIES[policy](around(accesses, parallel, pages), prices.machine, costs=prices)


@dataclass
class Case:
    """One program on one machine, and where it is on the map."""

    settings: dict

    @cached_property
    def prices(self):
        return priced_at(self.settings)

    @cached_property
    def plans(self):
        """{policy: Plan}, but for exact: on a chain it gives what shortest_path gives, later."""
        names = [name for name in POLICIES if name != "exact"]
        return {name: planned(name, self.prices, **self.settings) for name in names}

    @property
    def best(self):
        return self.plans["shortest_path"]

    @cached_property
    def simulated(self):
        """The best plan and its run, without a trace: its times are enough."""
        return simulate_plan(self.best, trace=False)

    @property
    def title(self):
        kernel = self.best.places["region"]
        return f"Model: the region is best on {kernel} ({WHICH[kernel]})"

    @cached_property
    def cells(self):
        """{(value of the axis, accesses): (kernel, what going there saves of the whole time)}."""
        found, axis = {}, ACROSS[self.settings["across"]]
        for value in AXES[axis]:
            there = self.settings | {axis: value}
            prices = priced_at(there)
            for accesses in ACCESSES:
                found[value, accesses] = self._cell(prices, there | {"accesses": accesses})
        return found

    @staticmethod
    def _cell(prices, settings):
        best, stay = (planned(name, prices, **settings) for name in ("shortest_path", "stay"))
        kernel = best.places["region"]
        saved = 1 - best.seconds / stay.seconds
        return kernel, "" if kernel == "k0" else f"saves {saved:.0%}"


class Placed(Explorer):
    """An explorer of one placement."""

    def computed(self, **settings):
        return Case(settings)

    def machine(self, **settings):
        """The machine of these settings."""
        return priced_at(self.chosen(settings)).machine

    def run(self, **settings):
        """The Simulated of the best plan: plan, run and to_frame()."""
        return simulate_plan(Case(self.chosen(settings)).best)


# ---- views --------------------------------------------------------------------------------------


def as_map(case):
    """Where the region is best, over accesses and the quantity that is chosen."""
    by = case.settings["across"]
    axis = ACROSS[by]
    title = f"Model: where the region is best (k0 Xeon, k1 Phi), by accesses and {by}"
    return flip_map(case.cells, NAMES[axis], AXES[axis], "accesses", ACCESSES, title)


def policies(case):
    """What each policy's plan takes."""
    values = {name: _ms(plan.seconds) for name, plan in case.plans.items()}
    return bars(values, "ms", f"{case.title}; what each policy takes")


def why(case):
    """What the region would take on each kernel, with its pages and its way there."""
    values = {}
    for option in (one for one in case.best.options if one.phase == "region"):
        values[f"{option.kernel}, going there"] = _ms(option.crossing_s)
        values[f"{option.kernel}, running"] = _ms(option.run_s)
    return bars(values, "ms", f"{case.title}; the region on each kernel, without the way back")


def simulated(case):
    """The best plan beside its simulation, phase by phase."""
    values = {}
    for row in case.simulated.rows:
        values[f"{row.phase} on {row.kernel}, planned"] = _ms(
            row.planned_crossing_s + row.planned_run_s
        )
        values[f"{row.phase} on {row.kernel}, simulated"] = _ms(row.crossing_s + row.run_s)
    return bars(values, "ms", f"{case.title}; simulated in {duration(case.simulated.seconds)}")


def _ms(seconds):
    return float(f"{seconds * 1e3:.4g}")


VIEWS = {"map": as_map, "policies": policies, "why": why, "simulated": simulated}


def placement(**settings):
    """Explore where a region of a program is best, on Xeon or Phi, and where that flips.

    settings: across (what the map lays out beside accesses), parallel, pages, migration_us,
    latency_us, accesses, view; twin as for `memory`.  `.run(...)` is the best plan's Simulated.
    Raises UsageError for an unknown setting or name.
    """
    return Placed(CHOICES, VIEWS, TWIN, [follow], settings)
