"""What this model gives for each published claim: a function for each, on a platform's constants.

No constant is changed for a claim: `Costs.preset(platform)` and nothing else, unless the claim
itself is about one (a kernel without interrupts, a receiver that polls).  Each returns one number
in the unit of the claim.
"""

from popcorn_lib.benchmarks.measure import measure, placed, unmap_seconds
from popcorn_lib.claims import programs
from popcorn_lib.machine import Machine
from popcorn_lib.variants.letters import Letters
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.simulate import simulate

OPTERON, XEON, PHI = "8x4-core-opteron", "2-socket-xeon", "xeon+phi"
COHERENT, INFINIBAND = "x86+arm-coherent", "x86+arm-infiniband"
HOP = 2.1e-7  # seconds: a link of the Opteron preset


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


def mutex_collapse(cores, fewer, sockets):
    """Throughput of a contended mutex with all cores, in that with fewer."""
    costs, (machine, places) = Costs.preset(OPTERON), one_kernel(cores, sockets)
    many, few = (per_operation(programs.mutex, machine, costs, places[:n]) for n in (cores, fewer))
    return cores / many / (fewer / few)


def shared_counter(cores, sockets):
    """Calls per second of a thread that shares no counter, in those of one that does."""
    costs, (machine, places) = Costs.preset(XEON), one_kernel(cores, sockets)
    with_one, without = (
        per_operation(programs.counted_calls, machine, costs, places, shared)
        for shared in (True, False)
    )
    return without / with_one


def server_of_updates():
    """Updates per second by a server that is asked, in those of 16 threads that share them."""
    costs, (machine, places) = Costs.preset(OPTERON), one_kernel(16, 4)
    many = Machine.multikernel(16, latency_s=HOP).with_mechanism(Letters)
    shared = per_operation(programs.updates, machine, costs, places, 8)
    served = per_operation(programs.served_updates, many, costs, many.kernels, 8)
    return (15 / served) / (16 / shared)


def stall_of_updates():
    """Cycles that an update of eight shared lines costs more with 16 threads than with one."""
    costs, (machine, places) = Costs.preset(OPTERON), one_kernel(16, 4)
    alone, all_of_them = (
        per_operation(programs.updates, machine, costs, places[:n], 8) for n in (1, 16)
    )
    return (all_of_them - alone) * 2.0e9


# ---- address spaces ------------------------------------------------------------------------------


def faults_without_lock(cores, sockets):
    """Page faults per second without one lock for all threads, in those with it."""
    costs, (machine, places) = Costs.preset(XEON), one_kernel(cores, sockets)
    shared, apart = (
        per_operation(program, machine, costs, places)
        for program in (programs.faults, programs.faults_apart)
    )
    return shared / apart


def unmap_without_interrupts():
    """An unmap on all cores of two sockets without interrupts, in one with them."""
    machine = Machine.smp(cores=32, sockets=2)
    usual, without = (
        unmap_seconds(machine, 32, Costs.preset(XEON, **other)) for other in ({}, {"ipi_s": 0})
    )
    return without / usual


def unmap_cycles(kernels, cores):
    """Cycles of an unmap at 2 GHz, on one kernel or on as many as there are cores."""
    costs = Costs.preset(OPTERON)
    one = Machine.preset(OPTERON).one_kernel()
    machine = Machine.multikernel(cores, latency_s=HOP) if kernels == "many" else one
    return unmap_seconds(machine, cores, costs) * 2.0e9


def unmap_crossing():
    """The fewest cores with which many kernels unmap sooner than one."""
    return next(n for n in range(2, 33) if unmap_cycles("many", n) < unmap_cycles("one", n))


# ---- pages and threads that move -----------------------------------------------------------------


def page_ping_pong():
    """An addition to a word that two kernels write, in one on one kernel."""
    costs, many = Costs.preset(XEON), Machine.preset(XEON)
    one = Machine.smp(cores=32, sockets=2)
    return (
        measure("page ping-pong", many, costs, times=2000).seconds
        / measure("page ping-pong", one, costs, times=2000).seconds
    )


def fetch_us(platform):
    """Microseconds to fetch a page that is needed."""
    return measure("page fetch", Machine.preset(platform), Costs.preset(platform)).seconds * 1e6


def migration_us():
    """Microseconds to move a thread, half of there and back."""
    return measure("migration", Machine.preset(PHI), Costs.preset(PHI)).seconds / 2 * 1e6


def lost_at_interval():
    """Share of its time that a thread loses that moves every 100 ms."""
    machine, costs = Machine.preset(PHI), Costs.preset(PHI)
    work = 0.1 * 2.5e9
    moving = per_operation(programs.interval, machine, costs, ("k0", "k1"), work, times=4)
    rest = (0.1 + 0.1 * 2.5e9 / 1.1e9) / 2  # half of it on the slower clock
    return 1 - rest / moving


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
    """A contended mutex on two kernels over coherent memory, in one on a single kernel."""
    costs, many = Costs.preset(COHERENT), Machine.preset(COHERENT)
    one = Machine.smp(cores=8, sockets=2)
    names = ("contended mutex", "page ping-pong", "futex wake")
    times = {"page ping-pong": 2000}
    pairs = (
        [measure(name, machine, costs, times.get(name)).seconds for machine in (many, one)]
        for name in names
    )
    return max(messages / fused for messages, fused in pairs)


# ---- messages ------------------------------------------------------------------------------------


def interrupts_for_polling():
    """A call to another kernel with interrupts, in one with polling."""
    interrupts, polling = (
        measure("remote call", Machine.multikernel(2, link=link)).seconds
        for link in ("interrupt", "board")
    )
    return interrupts / polling
