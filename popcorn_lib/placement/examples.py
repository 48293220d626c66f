"""Published programs and machines, for lessons: NPB on two instruction sets, on boards, Xeon + Phi.

Every number is from a table in data/; what is not, is an argument.
"""

from popcorn_lib import data
from popcorn_lib.errors import choose
from popcorn_lib.machine import Machine
from popcorn_lib.placement.online import constant
from popcorn_lib.placement.policies import POLICIES
from popcorn_lib.placement.prices import Prices
from popcorn_lib.placement.program import Phase, chain

NPB = "BT", "CG", "EP", "FT", "IS", "LU", "MG", "SP", "UA"
XEON, PHI = "x86-64", "k1om"


def npb_times():
    """{benchmark: {isa: seconds on one core}}, class B at -O2: data/npb_times.csv."""
    times = {}
    for row in data.rows("npb_times"):
        times.setdefault(row["benchmark"], {})[row["isa"]] = float(row["mean_s"])
    return times


def npb(names=NPB, parallel=0.0, pages=0):
    """Phases of NPB programs on x86-64 and aarch64, one after the other; a list.

    parallel, pages: of each.  These are ours: the table is of one thread.
    """
    times = npb_times()
    return [Phase(choose("benchmark", n, times), times[n], parallel, pages) for n in names]


def board_slowdowns():
    """{benchmark: {kernel of "xeon+boards": times slower than a thread of the Xeon}}."""
    slower = {}
    for row in data.rows("npb_boards"):
        if row["slowdown"]:
            slower.setdefault(row["benchmark"], {})[row["kernel"]] = float(row["slowdown"])
    return slower


def board_jobs(names, seconds=None):
    """NPB programs as serial jobs for "xeon+boards" and `throughput`; FT lacks one board.

    seconds: {benchmark: on the Xeon}; class B at -O2 on the other x86 of data/npb_times.csv if
    None, since the slides give ratios only.  Ratios of throughputs of one kind do not need them.
    """
    slower, seconds = board_slowdowns(), seconds or {n: t[XEON] for n, t in npb_times().items()}
    return [
        Phase(n, {XEON: seconds[n]} | {k: seconds[n] * s for k, s in slower[n].items()})
        for n in (choose("benchmark", name, slower) for name in names)
    ]


def boards(number):
    """The Xeon of "xeon+boards" with the first `number` of its three boards."""
    graph = Machine.preset("xeon+boards").graph
    choose("number of boards", number, range(len(graph)))
    return Machine.from_graph(graph.subgraph(list(graph)[: number + 1]))


# ---- Xeon and Phi --------------------------------------------------------------------------------


def xeon_phi():
    """(machine, Prices) of the partitioner's cost model: its whole migration and its page fault."""
    machine = Machine.preset("xeon+phi")
    migration = constant("migrationCost as coded") * 1e-6  # four threads of 900 us
    return machine, Prices(machine, None, migration, constant("pageFaultCost") * 1e-6)


def accesses(number, parallel=1.0, pages=0, name="region"):
    """A Phase of so many memory accesses, on a thread of the Xeon and of the Phi."""
    xeon, phi = (constant(f"{one}ComputeCost") * 1e-9 for one in ("xeon", "phi"))
    return Phase(name, {XEON: number * xeon, PHI: number * phi}, parallel, pages)


def around(number, parallel=1.0, pages=0, serial=1e7):
    """A chain with such a region in the middle, between two serial parts of so many accesses."""
    region = accesses(number, parallel, pages)
    return chain([accesses(serial, 0, 0, "before"), region, accesses(serial, 0, 0, "after")])


def saved(number, parallel=1.0, pages=0):
    """Seconds that the best placement of such a program saves; 0 if it is to stay."""
    machine, prices = xeon_phi()
    graph = around(number, parallel, pages)
    stay, best = (POLICIES[one](graph, machine, costs=prices) for one in ("stay", "shortest_path"))
    return stay.seconds - best.seconds


def break_even(parallel=1.0, pages=0):
    """From how many accesses on the region is better on the Phi; infinite if it never is."""
    machine, prices = xeon_phi()
    one = 1e9  # times are proportional to it
    home, away = (prices.seconds(accesses(one, parallel), k) / one for k in machine.kernels)
    crossings = prices.crossing("k0", "k1", pages, 1) + prices.crossing("k1", "k0", 0, 1)
    return crossings / (home - away) if home > away else float("inf")
