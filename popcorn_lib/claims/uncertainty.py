"""How sure are the conclusions: where does each turn round, and which constant does that hang on?

    hangs_on("unmap")                   a row per constant of the platform, the largest swing first
    hangs_on("unmap", ["ipi_s"])        only these

Each constant goes to the low and the high end of its published range while the others stay.
"""

from typing import NamedTuple

import networkx

from popcorn_lib.claims.ours import INFINIBAND, OPTERON
from popcorn_lib.claims.spaces import maps_sooner, unmaps_sooner
from popcorn_lib.errors import choose
from popcorn_lib.machine import Machine
from popcorn_lib.sweeps import flip
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.simulate import simulate


class Conclusion(NamedTuple):
    """Something that holds above a value of a parameter and not below, on a platform."""

    says: str
    parameter: str
    low: float
    high: float
    platform: str
    holds: object  # function of (value, Costs)


def pays_to_move(work, costs):
    """Work in seconds on a slow kernel, twice as fast on the other: there, and back."""
    machine = _unlike()
    stays, moves = (
        simulate(works, machine, (work * 2e9, to), costs=costs, trace=False).seconds
        for to in (None, "fast")
    )
    return moves < stays


def works(sys, operations, to):
    if to:
        yield sys.migrate(to)
    yield sys.compute(operations)
    if to:
        yield sys.migrate("slow")


def _unlike():
    graph = networkx.Graph()
    graph.add_node("slow", clock_hz=2e9)
    graph.add_node("fast", clock_hz=4e9)
    graph.add_edge("slow", "fast", **Machine.preset(INFINIBAND).graph.edges["k0", "k1"])
    return Machine.from_graph(graph)


CONCLUSIONS = {
    "unmap": Conclusion(
        "many kernels unmap sooner than one", "cores", 2, 64, OPTERON, unmaps_sooner
    ),
    "mmap storm": Conclusion(
        "many kernels map, write and unmap sooner than one", "cores", 2, 32, OPTERON, maps_sooner
    ),
    "migration": Conclusion(
        "moving to a core twice as fast, and back, pays",
        "seconds of work", 1e-5, 1.0, INFINIBAND, pays_to_move,
    ),
}  # fmt: skip


def turns_at(name, **constants):
    """Where a conclusion turns round: a Flip, or None if it does not between its two ends.

    name: of CONCLUSIONS.  constants: those that are to be different from the platform's.
    """
    it = CONCLUSIONS[choose("conclusion", name, CONCLUSIONS)]
    costs = Costs.preset(it.platform, **constants)
    return flip(lambda value: it.holds(value, costs), it.low, it.high)


def hangs_on(name, constants=None):
    """Where a conclusion turns round at both ends of each constant's range, as a DataFrame.

    constants: names; None is all that have a range on the platform.
    Columns: constant, low, high, at_low, at_value, at_high (inf: it never holds), swing: the larger
    of the last divided by the smaller.  The largest swing comes first.
    """
    import pandas

    it = CONCLUSIONS[choose("conclusion", name, CONCLUSIONS)]
    ranges = {n: r for n, r in Costs.ranges(it.platform).items() if r[0] < r[2] and n != "jitter"}
    wanted = [choose("constant", one, ranges) for one in (constants or ranges)]
    usual = turns_at(name)
    rows = []
    for one in wanted:
        low, _, high = ranges[one]
        ends = [_above(_moved(it, name, usual, {one: end})) for end in (low, high)]
        rows.append((one, low, high, ends[0], _above(usual), ends[1], max(ends) / min(ends)))
    columns = ["constant", "low", "high", "at_low", "at_value", "at_high", "swing"]
    frame = pandas.DataFrame(rows, columns=columns)
    return frame.sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def _moved(it, name, usual, constants):
    """The Flip with other constants; most change nothing, and two looks where it was show that."""
    if usual:
        costs = Costs.preset(it.platform, **constants)
        if it.holds(usual.above, costs) == usual.holds != it.holds(usual.below, costs):
            return usual
    return turns_at(name, **constants)


def _above(found):
    return float("inf") if found is None else found.above
