"""Lesson 12, placement: a loop whose rows grow, alone on one kernel or across two of unlike cores.

Memory is at home; each iteration takes a page that the other kernel must fetch, and computes.
"""

import inspect
from itertools import accumulate, pairwise
from pathlib import Path

from popcorn_lib.machine import Machine
from popcorn_lib.placement.online import constant
from popcorn_lib.tagged import ROOT, Excerpt
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.simulate import simulate

PLATFORM = "x86+arm-infiniband"
MACHINE, COSTS = Machine.preset(PLATFORM), Costs.preset(PLATFORM)
HOME, OTHER = MACHINE.kernels
ALONE = [HOME] * 16
ACROSS = ALONE + [OTHER] * 48  # ours: with all 96, home's handler never lets a fault be fast
PAGE, START_S = 4096, 0.1  # all threads are where they should be by then
PROBE = constant("HetProbe probe fraction")  # of the iterations
GROWS_US = [1.2 * n * n for n in range(1, 11)]  # ours: the work of an iteration, tenth by tenth
ITERATIONS = 320  # ours: in a tenth of the loop


def per_second(kernel):
    """Operations of one core of a kernel."""
    node = MACHINE.graph.nodes[kernel]
    return node["clock_hz"] * node["int_per_cycle"]


def dealt(iterations, places):
    """How many iterations each thread gets, in the ratio of their kernels' speeds."""
    sums = list(accumulate((per_second(place) for place in places), initial=0))
    ends = [round(iterations * part / sums[-1]) for part in sums]
    return [end - begin for begin, end in pairwise(ends)]


def loop(sys, places, counts, work):
    """[seconds] of threads that begin together, one at each place, with so many iterations."""
    memory = yield sys.mmap(PAGE * sum(counts))
    tids, took = [], []
    for place, count, first in zip(places, counts, accumulate((0, *counts)), strict=False):
        args = memory + PAGE * first, count, work
        tids.append((yield sys.clone(iterate, *args, on=place)))
    for tid in tids:
        took.append((yield sys.join(tid)))
    return took


def iterate(sys, memory, count, work):
    yield sys.nanosleep(START_S - (yield sys.clock_gettime()))
    for number in range(count):
        yield sys.load(memory + PAGE * number)
        yield sys.compute(work)
    return (yield sys.clock_gettime()) - START_S


def measured(work_us, places):
    """(ms of a tenth of the loop, µs per fault of the other kernel's threads or None)."""
    counts = dealt(ITERATIONS, places)
    work = round(work_us * 1e-6 * per_second(HOME))
    args = tuple(places), tuple(counts), work
    took = simulate(loop, MACHINE, args, costs=COSTS, trace=False).value
    theirs = len(ALONE)
    faults = sum(counts[theirs:])
    per_fault = sum(took[theirs:]) / faults * 1e6 if faults else None
    return max(took) * 1e3, per_fault


def tenths():
    """A DataFrame, a row for each tenth of the loop: work_us, alone_ms, across_ms, us_per_fault."""
    import pandas

    rows = []
    for work_us in GROWS_US:
        across_ms, per_fault = measured(work_us, ACROSS)
        rows.append((work_us, measured(work_us, ALONE)[0], across_ms, per_fault))
    return pandas.DataFrame(rows, columns=["work_us", "alone_ms", "across_ms", "us_per_fault"])


def loop_ms(decide, table):
    """ms of the loop if `decide(probes so far)` is asked in each tenth, after a probe across."""
    total = 0
    for number, row in enumerate(table.itertuples(), 1):
        goes = decide(list(table.us_per_fault[:number]))
        rest = row.across_ms if goes == "across" else row.alone_ms
        total += PROBE * row.across_ms + (1 - PROBE) * rest
    return total


def off_when_idle(machine, kernel):
    """The same machine with a kernel that draws nothing while nothing runs on it."""
    graph = machine.graph.copy()
    graph.nodes[kernel]["idle_w"] = 0.0
    return Machine.from_graph(graph)


def source(function):
    """The source of a function of the library, to show."""
    lines, first = inspect.getsourcelines(function)
    file = Path(inspect.getsourcefile(function)).relative_to(ROOT).as_posix()
    title = (inspect.getdoc(function) or "").splitlines()[0].rstrip(".")
    return Excerpt(function.__name__, title, file, first, "".join(lines))
