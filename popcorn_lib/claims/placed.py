"""What placement gives for each published claim about it: a function for each.

Prices are those of `popcorn_lib.placement`: published seconds, slow-downs, watts and constants; and
where a claim needs something that is published nowhere, the docstring says what ours is.
"""

from math import prod

from popcorn_lib.claims.ours import INFINIBAND
from popcorn_lib.machine import Machine
from popcorn_lib.placement import POLICIES, chain, shared, throughput
from popcorn_lib.placement.examples import (
    accesses,
    board_jobs,
    board_slowdowns,
    boards,
    npb,
    npb_times,
    xeon_phi,
)
from popcorn_lib.worlds.costs import Costs

SHARES = [number / 100 for number in range(101)]


def over_native(pages=10_000, number=1e9):
    """How many times faster the best placement is than the better processor alone, at most.

    Ours: a program of so many accesses, one share of which is serial and the rest parallel, which
    touches so many pages; the share is the one with the largest gain.
    """
    machine, prices = xeon_phi()

    def gain(share):
        serial, region = accesses((1 - share) * number, 0, 0, "serial"), share * number
        graph = chain([serial, accesses(region, 1.0, pages)])
        best = POLICIES["shortest_path"](graph, machine, costs=prices)
        alone = [
            sum(prices.seconds(graph.nodes[name]["phase"], kernel) for name in graph)
            for kernel in machine.kernels
        ]
        return min(alone) / best.seconds

    return max(map(gain, SHARES))


def by_sharing():
    """How many times faster NPB programs are, as a geometric mean, if x86 and Arm share each.

    Against the better of the two alone.  Ours: all of a program is parallel, and no page is
    fetched.
    """
    machine, costs = Machine.preset(INFINIBAND), Costs.preset(INFINIBAND)
    gains = [shared(phase, machine, costs).gain for phase in npb(parallel=1.0)]
    return prod(gains) ** (1 / len(gains))


def with_boards():
    """Jobs an hour with three boards, in those of the Xeon alone: of the kind that gains most."""
    return max(_ratio(name, "per_hour") for name in _on_all_boards())


def jobs_per_joule():
    """The same of jobs per joule, all cores at work."""
    return max(_ratio(name, "per_joule") for name in _on_all_boards())


def joules_per_job():
    """Energy of a job with the boards, in that on the Xeon alone: of the kind that saves most."""
    return 1 / jobs_per_joule()


def _on_all_boards():
    """Programs with a slow-down on each of the three boards."""
    return [name for name, slower in board_slowdowns().items() if len(slower) == 3]


def _ratio(name, what):
    alone, more = (throughput(board_jobs([name]), boards(number)) for number in (0, 3))
    return getattr(more, what) / getattr(alone, what)


def by_affinity():
    """How much faster the program that gains most is on its better instruction set.

    Ours: one core of each, the Arm so much faster than the table's that both are as fast on
    average (a geometric mean); so what is left is which program suits which.
    """
    times = npb_times()
    slower = [each["aarch64"] / each["x86-64"] for each in times.values()]
    mean = prod(slower) ** (1 / len(slower))
    return max(max(one / mean, mean / one) for one in slower)
