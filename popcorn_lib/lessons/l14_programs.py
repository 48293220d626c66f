"""Lesson 14: the runs and the program behind it."""

from functools import cache

from popcorn_lib.applications import cg, keyvalue, wordcount
from popcorn_lib.applications.keyvalue_clients import linearizable, load
from popcorn_lib.applications.npb import BENCHMARKS, run_npb
from popcorn_lib.applications.traffic import Counting
from popcorn_lib.benchmarks import measure
from popcorn_lib.errors import ProgramError
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.sync import barrier_init, barrier_wait
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.simulate import simulate

SLOT = 8  # bytes of a word
FEW = 64  # bytes: a page with no more holds a barrier
TEXT = 1 << 20  # bytes that are counted


@cache
def ran(name, kernels, npb_class="S"):
    """The Ran of a benchmark, a thread on each of so many like kernels."""
    return run_npb(name, Machine.multikernel(kernels), npb_class=npb_class)


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
def step_of_cg():
    """(the Run of an iteration of CG on four kernels, (from, until) of about one of its steps)."""
    machine, parameters = Machine.multikernel(4), cg.CLASSES["S"]._replace(iterations=1)
    run = simulate(cg.main, machine, (machine.kernels, parameters))
    middle = run.seconds / 2
    return run, (middle, middle + run.seconds / cg.STEPS)


@cache
def pages_of_cg(grain):
    """Pages that CG moves on two kernels, if so many rows stay together."""
    machine = Counting(Machine.multikernel(2))
    parameters = cg.CLASSES["S"]._replace(grain=grain)
    run = simulate(cg.main, machine, (machine.kernels, parameters), trace=False)
    if not cg.verified(parameters, run.value):
        raise AssertionError(f"CG with grain {grain} is wrong: {run.value}")
    return machine.traffic[1]


# ---- a memory that is wrong ---------------------------------------------------------------------


class KeepsOldCopies(Memory):
    """Says that its copy of a page of numbers is gone, and goes on reading it.

    Pages of few bytes are let go: without a sound barrier no program would ever end.
    """

    def drop(self, page):
        kept = self.frames.get(page)
        super().drop(page)
        if kept and len(kept.data) > FEW:
            self.frames[page] = kept


@cache
def passes(name, memory):
    """Whether a benchmark is verified on two kernels with this memory."""
    try:
        return run_npb(name, Machine.multikernel(2).replace(memory=memory)).verified
    except ProgramError:
        return False  # numbers that are no places in an array


# ---- a server, and a word count -----------------------------------------------------------------


@cache
def served(kernels, get, stay=0):
    """A key-value server with four workers and as many clients, on kernels of four cores each.

    stay: requests after which a worker goes on to the next kernel; 0: it does not.
    Returns (requests in a second, pages for a request, whether one worker could have said it all).
    """
    machine = Counting(Machine.multikernel(kernels, cores=4))
    places = [machine.kernels[number % kernels] for number in range(4)]
    clients = [(place, load(number, 100)) for number, place in enumerate(places)]
    route = machine.kernels if stay else ()
    args = places, clients, 0, get, 16, route, stay
    run = simulate(keyvalue.main, machine, args, trace=False)
    seen = [one for of_client in run.value.seen for one in of_client]
    whole = linearizable(seen) is None
    return round(len(seen) / run.seconds), machine.traffic[1] / len(seen), whole


def page_times(preset):
    """([µs of counting words in a page on k0, on k1], [0, µs until k1 has the page])."""
    machine, costs = Machine.preset(preset), Costs.preset(preset)
    nodes = [machine.graph.nodes[name] for name in ("k0", "k1")]
    work = wordcount.PER_BYTE * machine.page_size * 1e6
    counting = [work / (node["clock_hz"] * node["int_per_cycle"]) for node in nodes]
    return counting, [0, measure("page fetch", machine, costs).seconds * 1e6]


def words_ms(preset, weights):
    """Milliseconds of counting words on k0, and on k1 if there is a second weight."""
    machine, costs = Machine.preset(preset), Costs.preset(preset)
    places = ("k0", "k1")[: len(weights)]
    args = places, text(), "memory", weights
    return simulate(wordcount.main, machine, args, costs=costs, trace=False).seconds * 1e3


@cache
def text():
    """What is counted."""
    return wordcount.made_up(TEXT)


# ---- a barrier that is left out -----------------------------------------------------------------


def agreeing(sys, part, places):
    """The same as `adding`, which dies if two threads do not end with the same."""
    sums = yield from adding(sys, part, places)
    assert len(set(sums)) == 1, f"the threads end with {sums}"


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
