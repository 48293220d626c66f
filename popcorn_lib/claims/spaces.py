"""The same for claims about address spaces: faults, unmaps, storms; see `ours.py`."""

from popcorn_lib.benchmarks.measure import measure, unmap_seconds
from popcorn_lib.claims import programs
from popcorn_lib.claims.ours import OPTERON, XEON, clock, hop, one_kernel, per_operation
from popcorn_lib.machine import Machine
from popcorn_lib.sweeps import flip
from popcorn_lib.worlds.costs import Costs


def faults_without_lock(cores, sockets, times=30):
    """Page faults per second without one lock for all threads, in those with it."""
    costs, (machine, places) = Costs.preset(XEON), one_kernel(cores, sockets)
    shared, apart = (
        per_operation(program, machine, costs, places, times=times)
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


def opterons(kernels, cores):
    """One kernel with sockets of four cores, 64 in all, or "many": one for each core."""
    if kernels == "many":
        return Machine.multikernel(cores, latency_s=hop(OPTERON))
    return Machine.smp(cores=64, sockets=16)


def unmap_on(kernels, cores, costs, times=3):
    """Seconds of an unmap on one kernel or on many, with a thread on each of so many cores."""
    return unmap_seconds(opterons(kernels, cores), cores, costs, times)


def unmap_cycles(kernels, cores):
    """Cycles of the same on the Opteron."""
    return unmap_on(kernels, cores, Costs.preset(OPTERON)) * clock(OPTERON)


def unmaps_sooner(cores, costs):
    """Whether many kernels unmap sooner than one."""
    return unmap_on("many", cores, costs) < unmap_on("one", cores, costs)


def unmap_crossing():
    """The fewest cores with which they do."""
    costs = Costs.preset(OPTERON)
    return flip(lambda cores: unmaps_sooner(cores, costs), 2, 32).above


def storm(benchmark, kernels, cores, costs, times=None):
    """Seconds of an operation of a storm, the same way."""
    return measure(benchmark, opterons(kernels, cores), costs, times, cores).seconds


def maps_sooner(cores, costs):
    """Whether threads on many kernels map, write and unmap sooner than those on one."""
    one, many = (storm("mmap storm", which, cores, costs, 1) for which in ("one", "many"))
    return many < one


def growth_of_storm(benchmark):
    """How much it grows from 2 to 16 cores on one kernel, in that on many."""
    costs = Costs.preset(OPTERON)
    one, many = (
        storm(benchmark, kernels, 16, costs, 2) / storm(benchmark, kernels, 2, costs, 2)
        for kernels in ("one", "many")
    )
    return one / many
