"""Lesson 14: the runs and the program behind it."""

from functools import cache

from popcorn_lib.applications import cg
from popcorn_lib.applications.npb import BENCHMARKS, run_npb
from popcorn_lib.applications.traffic import Counting
from popcorn_lib.machine import Machine
from popcorn_lib.sync import barrier_init, barrier_wait
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.simulate import simulate

SLOT = 8  # bytes of a word


@cache
def ran(name, kernels):
    """The Ran of a benchmark of class S, a thread on each of so many like kernels."""
    return run_npb(name, Machine.multikernel(kernels))


@cache
def ran_on(name, preset, places):
    """The same on a published machine, a thread for each of the places."""
    machine, costs = Machine.preset(preset), Costs.preset(preset)
    return run_npb(name, machine, places, costs=costs)


def suite(kernels):
    """All five on so many kernels: a DataFrame with verified, ms, pages, messages."""
    import pandas

    rows = {}
    for name in BENCHMARKS:
        one = ran(name, kernels)
        rows[name] = one.verified, one.seconds * 1e3, one.pages, one.messages
    columns = ["verified", "ms", "pages", "messages"]
    return pandas.DataFrame.from_dict(rows, orient="index", columns=columns)


@cache
def pages_of_cg(grain):
    """Pages that CG moves on two kernels, if so many rows stay together."""
    machine = Counting(Machine.multikernel(2))
    parameters = cg.CLASSES["S"]._replace(grain=grain)
    run = simulate(cg.main, machine, (machine.kernels, parameters), trace=False)
    if not cg.verified(parameters, run.value):
        raise AssertionError(f"CG with grain {grain} is wrong: {run.value}")
    return machine.traffic[1]


def adding(sys, part, places):
    """Run `part(sys, number, size, slots, barrier)` on each place; what each made of the slots."""
    slots = yield sys.mmap(64)
    barrier = yield sys.mmap(64)
    yield from barrier_init(sys, barrier, len(places))
    tids = []
    for number, place in enumerate(places):
        tids.append((yield sys.clone(part, number, len(places), slots, barrier, on=place)))
    sums = []
    for tid in tids:
        sums.append((yield sys.join(tid)))
    return tuple(sums)


def hurried(sys, number, size, slots, barrier):
    """Write one's number into one's slot, and add up all slots: nobody waits for anybody."""
    yield sys.store(slots + SLOT * number, number + 1)
    total = 0
    for slot in range(size):
        total += yield sys.load(slots + SLOT * slot)
    return total


def patient(sys, number, size, slots, barrier):
    """The same; ours."""
    yield sys.store(slots + SLOT * number, number + 1)
    yield from barrier_wait(sys, barrier)
    total = 0
    for slot in range(size):
        total += yield sys.load(slots + SLOT * slot)
    return total
