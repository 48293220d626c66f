"""Measuring: a benchmark on a machine, and its cost as counts times constants.

The idea.  A program is run with some repetitions and with twice as many; the difference, divided by
how many more they are, is one operation without what begins and ends a run.  The bills of the two
runs differ by what the operation was charged for: counts times constants.  What is left is the
residual: above zero time spent waiting for a core, a handler or a turn; below zero work that was
done at the same time.
"""

from itertools import cycle, islice
from statistics import median
from typing import NamedTuple

from popcorn_lib.benchmarks import programs
from popcorn_lib.errors import UsageError, choose
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.simulate import simulate


class Benchmark(NamedTuple):
    """A micro-benchmark: what one operation is, and the program that does it over and over."""

    operation: str
    program: object
    threads: int = 1  # 0: as many as the machine has cores
    times: int = 16


BENCHMARKS = {
    "remote call": Benchmark("ask home and hear the answer", programs.remote_call),
    "throughput": Benchmark("the same, all cores at once", programs.remote_call, 0),
    "migration": Benchmark("go to another kernel and back", programs.migration),
    "page fetch": Benchmark("read a page for the first time", programs.page_fetch),
    "page ping-pong": Benchmark("two threads add to one word", programs.page_ping_pong, 2, 400),
    "futex wake": Benchmark("hand a turn over and get it back", programs.futex_wake),
    "contended mutex": Benchmark("each thread has it once", programs.contended_mutex, 0),
    "signal": Benchmark("a handler runs and signals back", programs.signal_delivery),
    "/proc": Benchmark("read /proc/stat", programs.proc_read),
    "socket hand-over": Benchmark("move twice with a connection, use it", programs.socket_handover),
    "fork storm": Benchmark("each process forks a child and waits", programs.fork_storm, 0),
    "mmap storm": Benchmark("each thread maps, writes, unmaps", programs.mmap_storm, 0),
}


class Measured(NamedTuple):
    """One operation on one machine: seconds, messages, and what it was charged for."""

    benchmark: str
    machine: object
    seconds: float  # virtual time of one operation
    messages: float  # sent for it
    charges: object  # DataFrame: constant, count, each_s, seconds, each for one operation

    @property
    def explained_s(self):
        """Counts times constants."""
        return float(self.charges.seconds.sum())

    @property
    def residual_s(self):
        """What counts times constants leave: waiting above zero, overlap below."""
        return self.seconds - self.explained_s


def measure(benchmark, machine, costs=None, times=None, threads=None):
    """One operation of a benchmark on a machine; returns a Measured.

    benchmark: a name of BENCHMARKS.  costs: a Costs.  times: repetitions of the shorter run.
    threads: how many threads or processes.  None: of both, what the benchmark says.
    Raises UsageError for an unknown name, for fewer than one of either, and where the longer run
    takes no longer.
    """
    it = BENCHMARKS[choose("benchmark", benchmark, BENCHMARKS)]
    for what, value in (("times", times), ("threads", threads)):
        if value is not None and (not isinstance(value, int) or value < 1):
            raise UsageError(f"{what} must be a whole number of 1 or more, not {value!r}")
    times = times or it.times
    places = placed(machine, it.threads if threads is None else threads)
    short, long = (
        simulate(it.program, machine, (n, places), costs=costs) for n in (times, 2 * times)
    )
    more = (len(long.trace.messages) - len(short.trace.messages)) / times
    seconds = (long.seconds - short.seconds) / times
    if seconds <= 0:
        raise UsageError(
            f"{benchmark!r} takes no longer {2 * times} times than {times} times on {machine!r}: "
            f"its threads get in each other's way by chance; try times={4 * times}"
        )
    return Measured(benchmark, machine, seconds, more, between(short.bill, long.bill, times))


def unmap_seconds(machine, cores, costs=None, times=3):
    """How long an unmap takes of a page that a busy thread on so many cores has read.

    cores: threads, in turn on the machine's kernels; UsageError if it has fewer cores.
    """
    has = cores_of(machine)
    if cores > has:
        raise UsageError(f"{cores} busy threads need as many cores; {machine!r} has {has}")
    args = (times, placed(machine, cores))
    return median(simulate(programs.unmap, machine, args, costs=costs, trace=False).value)


def cores_of(machine):
    """How many cores all kernels of a machine have."""
    return sum(node["cores"] for node in machine.graph.nodes.values())


def placed(machine, threads):
    """The kernels of so many threads, in turn; at least two places where there are two kernels."""
    number = max(threads or cores_of(machine), min(2, len(machine.kernels)))
    return tuple(islice(cycle(machine.kernels), number))


def between(short, long, times):
    """What the longer run was charged for in addition, for one operation."""
    joined = long.merge(short, "left", on="constant", suffixes=("", "_short")).fillna(0)
    joined["count"] = (joined["count"] - joined.count_short) / times
    joined["seconds"] = (joined.seconds - joined.seconds_short) / times
    rows = joined[(joined["count"] != 0) | (joined.seconds != 0)]
    return rows[["constant", "count", "each_s", "seconds"]].reset_index(drop=True)


def table(machines, names=None, times=None):
    """The benchmarks on several machines, as a tidy DataFrame: one row per benchmark and machine.

    machines: {name: Machine or (Machine, Costs)}.  names: of BENCHMARKS, all if None.
    Columns: benchmark, machine, seconds, messages, explained_s, residual_s.
    """
    import pandas

    rows = []
    for name in names or BENCHMARKS:
        for called, machine in machines.items():
            pair = (machine, Costs()) if isinstance(machine, Machine) else machine
            got = measure(name, *pair, times=times)
            rows.append((name, called, *got[2:4], got.explained_s, got.residual_s))
    columns = ["benchmark", "machine", "seconds", "messages", "explained_s", "residual_s"]
    return pandas.DataFrame(rows, columns=columns)
