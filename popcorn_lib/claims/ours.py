"""What this model gives for each published claim: a function for each, on a platform's constants.

No constant is changed for a claim: `Costs.preset(platform)` and nothing else, unless the claim
itself is about one (a kernel without interrupts, a receiver that polls).  Each returns one number
in the unit of the claim.  Address spaces have a file of their own, `spaces.py`.
"""

from popcorn_lib.benchmarks.measure import measure, placed
from popcorn_lib.benchmarks.programs import page_ping_pong
from popcorn_lib.claims import programs
from popcorn_lib.machine import Machine
from popcorn_lib.sweeps import flip
from popcorn_lib.variants.letters import Letters
from popcorn_lib.worlds.costs import CYCLE, Costs
from popcorn_lib.worlds.simulate import simulate

OPTERON, XEON, PHI = "8x4-core-opteron", "2-socket-xeon", "xeon+phi"
COHERENT, INFINIBAND, BOARDS = "x86+arm-coherent", "x86+arm-infiniband", "xeon+boards"


UPDATES = 2000  # so many that two threads do most of theirs at the same time


def clock(platform, kernel="k0"):
    """Cycles per second."""
    return Machine.preset(platform).graph.nodes[kernel]["clock_hz"]


def hop(platform):
    """Seconds of the link between a platform's first two kernels."""
    return Machine.preset(platform).graph.edges["k0", "k1"]["latency_s"]


def per_operation(program, machine, costs, places, *args, times=30):
    """Seconds of one repetition, without what begins and ends a run."""
    short, long = (
        simulate(program, machine, (n, places, *args), costs=costs, trace=False).seconds
        for n in (times, 2 * times)
    )
    return (long - short) / times


def one_kernel(cores, sockets):
    """One kernel with so many cores, and where its threads are."""
    machine = Machine.smp(cores=cores, sockets=sockets)
    return machine, placed(machine, cores)


# ---- synchronisation -----------------------------------------------------------------------------


def wake_by_messages():
    """A futex hand-over on two kernels, in those on one."""
    costs, many = Costs.preset(XEON), Machine.preset(XEON)
    one = Machine.smp(cores=32, sockets=2)
    return measure("futex wake", many, costs).seconds / measure("futex wake", one, costs).seconds


def line_from(sockets):
    """Cycles that a write to a line takes longer if a core of one or two sockets has written it.

    Two threads write in turns, so that each also waits for the other's write.
    """
    costs, (machine, places) = Costs.preset(XEON), one_kernel(2, sockets)
    alone, two = (
        per_operation(programs.updates, machine, costs, places[:n], 1, times=UPDATES)
        for n in (1, 2)
    )
    return (two / 2 - alone) * clock(XEON)


def message_cycles(platform, link=None):
    """Cycles of a message between kernels until it is noticed; on a platform, or by a link."""
    machine = Machine.multikernel(2, link=link) if link else Machine.preset(platform)
    charges = measure("remote call", machine, Costs.preset(platform)).charges
    ways = charges[charges.constant.isin(["latency_s", "chunk_s", "poll_s", "interrupt_s"])]
    return ways.each_s.sum() / (CYCLE if link else 1 / clock(platform))


def mutex_collapse(platform, cores, fewer, sockets):
    """Throughput of a contended mutex with all cores, in that with fewer."""
    costs, (machine, places) = Costs.preset(platform), one_kernel(cores, sockets)
    many, few = (per_operation(programs.mutex, machine, costs, places[:n]) for n in (cores, fewer))
    return cores / many / (fewer / few)


def shared_counter(cores, sockets):
    """Calls per second of a thread that shares a counter, in those of one that shares none."""
    costs, (machine, places) = Costs.preset(XEON), one_kernel(cores, sockets)
    with_one, without = (
        per_operation(programs.counted_calls, machine, costs, places, shared)
        for shared in (True, False)
    )
    return without / with_one


def server_of_updates():
    """Updates per second by a server that is asked, in those of 16 threads that share them."""
    costs, (machine, places) = Costs.preset(OPTERON), one_kernel(16, 4)
    many = Machine.multikernel(16, latency_s=hop(OPTERON)).with_mechanism(Letters)
    shared = per_operation(programs.updates, machine, costs, places, 8)
    served = per_operation(programs.served_updates, many, costs, many.kernels, 8)
    return (15 / served) / (16 / shared)


def update_cycles(threads, lines):
    """Cycles of an update of so many lines that so many threads share."""
    costs, (machine, places) = Costs.preset(OPTERON), one_kernel(16, 4)
    each = per_operation(programs.updates, machine, costs, places[:threads], lines)
    return each * clock(OPTERON)


def stall_of_updates():
    """Cycles that an update of eight shared lines costs more with 16 threads than with one."""
    return update_cycles(16, 8) - update_cycles(1, 8)


# ---- pages and threads that move -----------------------------------------------------------------


def ping_pong(machine, costs):
    """Seconds of an addition to a word that two threads write, long enough for pages to settle."""
    places = placed(machine, 2)
    return per_operation(page_ping_pong, machine, costs, places, times=2000)


def words_written_by_two():
    """An addition to a word that two kernels write, in one on one kernel."""
    costs, one = Costs.preset(XEON), Machine.smp(cores=32, sockets=2)
    return ping_pong(Machine.preset(XEON), costs) / ping_pong(one, costs)


def fetch_us(platform):
    """Microseconds to fetch a page that is needed."""
    return measure("page fetch", Machine.preset(platform), Costs.preset(platform)).seconds * 1e6


def break_even_us():
    """Microseconds per fault of a thread where two machines are as fast as the first one.

    All their threads work on pages that the first has written; flip finds the work on a page.
    """
    machine, costs = Machine.preset(INFINIBAND), Costs.preset(INFINIBAND)
    first, second = (machine.graph.nodes[name]["cores"] for name in machine.kernels)
    places = ("k0",) * first + ("k1",) * second

    def on_both(work):
        return per_operation(programs.pages_and_work, machine, costs, places, work, times=2)

    def wins(work):
        return on_both(work) < work / clock(INFINIBAND) * (first + second) / first

    return on_both(flip(wins, 1e2, 1e8).above) * 1e6


def fetched_for_visited():
    """Reading 1,024 pages that lie elsewhere by fetching each, in going there."""
    machine, costs = Machine.preset(INFINIBAND), Costs.preset(INFINIBAND)
    fetched, visited = (
        per_operation(programs.visits, machine, costs, machine.kernels, 1024, moves, times=1)
        for moves in (False, True)
    )
    return fetched / visited


def migration_us(platform):
    """Microseconds to move a thread, half of there and back."""
    costs = Costs.preset(platform)
    return measure("migration", Machine.preset(platform), costs).seconds / 2 * 1e6


def migration_ms(platform):
    """The same in milliseconds."""
    return migration_us(platform) / 1e3


def lost_at_interval():
    """Share of its time that a thread loses that moves every 100 ms."""
    machine, costs = Machine.preset(PHI), Costs.preset(PHI)
    nodes = machine.graph.nodes.values()
    works = tuple(0.1 * node["clock_hz"] * node["int_per_cycle"] for node in nodes)
    moving = per_operation(programs.interval, machine, costs, machine.kernels, works, times=4)
    return 1 - 0.1 / moving


def coarse_sharing():
    """How much faster eight kernels are than one core, with a barrier after every 50 ms of work."""
    costs = Costs.preset(INFINIBAND)
    machine = Machine.multikernel(8, link="infiniband")
    one, eight = (
        per_operation(programs.rounds, machine, costs, machine.kernels[:n], 0.4 * 2.5e9, times=4)
        for n in (1, 8)
    )
    return one / eight


def fused_kernel():
    """The worst of three micro-benchmarks on two kernels over coherent memory, in it on one."""
    costs, many = Costs.preset(COHERENT), Machine.preset(COHERENT)
    one = Machine.smp(cores=8, sockets=2)
    worst = ping_pong(many, costs) / ping_pong(one, costs)
    for name in ("contended mutex", "futex wake"):
        messages, fused = (measure(name, machine, costs).seconds for machine in (many, one))
        worst = max(worst, messages / fused)
    return worst


# ---- messages ------------------------------------------------------------------------------------


def interrupts_for_polling():
    """A call to another kernel with interrupts, in one with polling."""
    interrupts, polling = (
        measure("remote call", Machine.multikernel(2, link=link)).seconds
        for link in ("interrupt", "board")
    )
    return interrupts / polling
