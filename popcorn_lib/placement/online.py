"""A policy that knows nothing in advance: it probes, measures and decides, as HetProbe does.

The idea.  Of a parallel phase, a tenth of the iterations is dealt out evenly to all threads of all
kernels.  Two things are measured on each kernel: how long it took, and how many pages it had to
fetch.  Where a page was fetched every 100 us or more often, the link is the bottleneck, and the
phase does not go there.  Of the other kernels it goes to the one that was fastest for its share.
Phases with no parallel part are not probed: they run where the program started.

What it cannot know: what the phases after this one will need, and how long a serial part takes.

HetProbe goes on with what a probe has done, and divides a phase among kernels (`sharing.py` does
that); here a phase is on one kernel and the probe's tenth is run again.  Both are ours.

Source.  Lyerly, Bapat, Murray and Ravindran, libHetMP, ACM TOCS 2022; the constants are of the
runtime's source, data/partitioner.csv.
"""

from functools import cache

from popcorn_lib import data
from popcorn_lib.errors import UsageError, choose
from popcorn_lib.placement.objectives import OBJECTIVES
from popcorn_lib.placement.plan import Probe, plan
from popcorn_lib.placement.prices import priced
from popcorn_lib.placement.program import in_order, is_chain, phase_of


def online(graph, machine, objective="time", costs=None):
    """Probe each parallel phase, then place it; UsageError for what is no chain.

    The objective decides only how the plan is valued: HetProbe looks at time.
    """
    prices = priced(graph, machine, costs)
    choose("objective", objective, OBJECTIVES)
    if not is_chain(graph):
        raise UsageError("online places a chain; for a task graph take heft or exact")
    here, places, probes, order = prices.home, {}, {}, in_order(graph)
    for name in order:
        phase = phase_of(graph, name)
        if phase.parallel:
            probes[name] = probed(phase, here, prices)
            here = decided(probes[name].found, here)
        else:
            here = prices.home
        places[name] = here
    return plan("online", objective, graph, prices, places, order, probes)


def probed(phase, here, prices):
    """The Probe of a phase whose pages are here: all kernels at once, each thread its share.

    found: {kernel: (seconds that the whole parallel part would take, seconds per fault)}.
    """
    share, cores = constant("HetProbe probe fraction"), prices.nodes
    total = sum(cores[kernel]["cores"] for kernel in prices.machine.kernels)
    found, busy, lasts = {}, {}, 0.0
    for kernel in prices.machine.kernels:
        part = share * cores[kernel]["cores"] / total
        busy[kernel] = part * phase.parallel * phase.on(prices.machine, kernel)
        faults = 0 if kernel == here else part * phase.pages
        took = busy[kernel] / cores[kernel]["cores"] + faults * prices.page(here, kernel)
        found[kernel] = took / part, took / faults if faults else float("inf")
        lasts = max(lasts, prices.migration(here, kernel) + took)
    return Probe(lasts, busy, found)


def decided(found, here):
    """The kernel for a phase: the fastest of those where pages are not the bottleneck."""
    least = constant("HetProbe cross-node cut-off") * 1e-6
    able = [kernel for kernel, (_, fault) in found.items() if kernel == here or fault > least]
    return min(able, key=lambda kernel: found[kernel][0])


@cache
def constant(begins):
    """The value of the only row of data/partitioner.csv whose parameter begins so."""
    [value] = [
        float(row["value"])
        for row in data.rows("partitioner")
        if row["parameter"].startswith(begins)
    ]
    return value
