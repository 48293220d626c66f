"""IS, "integer sort": the rank of every key, by counting.

The idea.  Each thread counts its own keys by value and adds up its counts, so that it knows how
many of its keys are at most so large.  Then each takes a range of values and adds what all threads
know about them: everybody reads from everybody, which makes IS a test of communication.  Two keys
change in each iteration, and five test keys must have the rank that NASA has published.  In the
end every key is put into its place, and the whole sequence must be sorted.

Invariant.  After the second barrier of an iteration, ranks[v] keys are at most v.

Sharing.  A thread's counts begin on a page of their own, as where each allocates its own.  Keys and
ranks are one array each: where a share ends within a page, two kernels write that page in turns.

Operations.  NPB counts keys ranked, one for each key and iteration, not the counts added.  Making
the keys and the last check take no time to compute, as NPB does not time them.

Source.  RNR-94-007, section 3.6; test keys and ranks, and the range of values a thread, as in
NPB 3.3.
"""

from typing import NamedTuple

import numpy

from popcorn_lib.applications.arrays import Array, array
from popcorn_lib.applications.randoms import SEED, randoms, skipped
from popcorn_lib.applications.team import share, summed, team
from popcorn_lib.sync import barrier_wait

KIND = "int"
ITERATIONS = 10


class Parameters(NamedTuple):
    """2^keys keys below 2^values; five test keys, and their ranks before keys are changed.

    In iteration i the first `rising` ranks are i + shift higher, the others i lower.
    """

    keys: int
    values: int
    places: tuple
    ranks: tuple
    rising: int
    shift: int


CLASSES = {
    "S": Parameters(16, 11, (48427, 17148, 23627, 62548, 4431), (0, 18, 346, 64917, 65463), 3, 0),
    "W": Parameters(
        20,
        16,
        (357773, 934767, 875723, 898999, 404505),
        (1249, 11698, 1039987, 1043896, 1048018),
        2,
        -2,
    ),
}


class Shared(NamedTuple):
    """What all threads see: keys, one array of counts a thread, ranks, keys in order, two sums."""

    keys: Array
    counts: tuple
    ranks: Array
    ordered: Array
    misplaced: Array


def operations(parameters):
    """Keys ranked."""
    return ITERATIONS << parameters.keys


def expected(parameters):
    """(ranks of the test keys, a tuple for each iteration; keys out of order)."""
    rising, shift = parameters.rising, parameters.shift
    ranks = tuple(
        tuple(
            rank + i + shift if place < rising else rank - i
            for place, rank in enumerate(parameters.ranks)
        )
        for i in range(1, ITERATIONS + 1)
    )
    return ranks, 0


def verified(parameters, got):
    """Every rank exactly, and no key out of order.  got: what `main` returns."""
    return got == expected(parameters)


def main(sys, places, parameters):
    """Returns (ranks of the test keys, a tuple for each iteration; keys out of order)."""
    many, values = 1 << parameters.keys, 1 << parameters.values
    keys = yield from array(sys, many, "i4")
    counts = []
    for _ in places:
        counts.append((yield from array(sys, values, "i4")))
    ranks = yield from array(sys, values, "i4")
    ordered = yield from array(sys, many, "i4")
    misplaced = yield from array(sys, len(places), "i8")
    shared = Shared(keys, tuple(counts), ranks, ordered, misplaced)
    results = yield from team(sys, places, worker, len(places), shared, parameters)
    return results[0]


def worker(sys, number, barrier, size, shared, parameters):
    """One thread: its share of the keys, and its share of the values."""
    part = share(shared.keys.length, number, size)
    values = share(shared.ranks.length, number, size)
    yield from shared.keys.put(sys, made(parameters, *part), part[0])
    yield from barrier_wait(sys, barrier)
    tests = []
    for iteration in range(1, ITERATIONS + 1):
        if number == 0:
            yield from change(sys, shared.keys, iteration, shared.ranks.length)
        yield from barrier_wait(sys, barrier)
        yield from count(sys, shared, number, part)
        yield from barrier_wait(sys, barrier)
        yield from add(sys, shared, values)
        yield from barrier_wait(sys, barrier)
        if number == 0:
            tests.append((yield from ranks_of(sys, shared, parameters.places)))
    yield from order(sys, shared, values)
    yield from barrier_wait(sys, barrier)
    wrong = yield from descents(sys, shared.ordered, part)
    [misplaced] = yield from summed(sys, number, barrier, shared.misplaced, [wrong])
    return tuple(tests), int(misplaced)


def made(parameters, start, stop):
    """Keys start to stop: four numbers each, added up, so that those in the middle are frequent."""
    numbers = randoms(skipped(SEED, 4 * start), 4 * (stop - start)).reshape(-1, 4)
    return numbers.sum(axis=1) * (1 << parameters.values) // 4


def change(sys, keys, iteration, values):
    """The two keys that are different in this iteration."""
    yield from keys.put(sys, [iteration], iteration)
    yield from keys.put(sys, [values - iteration], iteration + ITERATIONS)


def count(sys, shared, number, part):
    """How many of a thread's own keys are at most v, for each value v."""
    mine = yield from shared.keys.get(sys, *part)
    yield sys.compute(len(mine), KIND)
    own = shared.counts[number]
    yield from own.put(sys, numpy.bincount(mine, minlength=own.length).cumsum())


def add(sys, shared, values):
    """The same for the keys of all, in a range of values."""
    total = 0
    for counts in shared.counts:
        total = total + (yield from counts.get(sys, *values))
    yield from shared.ranks.put(sys, total, values[0])


def ranks_of(sys, shared, places):
    """How many keys are smaller than the keys at these places."""
    ranks = []
    for place in places:
        [key] = yield from shared.keys.get(sys, place, place + 1)
        smaller = yield from shared.ranks.get(sys, max(0, int(key) - 1), int(key))
        ranks.append(int(smaller.sum()))  # of one number, or of none: nothing is smaller than 0
    return tuple(ranks)


def order(sys, shared, values):
    """Put every key of a range of values into its place: the last of its kind at its rank."""
    start, stop = values
    keys = yield from shared.keys.get(sys)
    ranks = yield from shared.ranks.get(sys)
    first = int(ranks[start - 1]) if start else 0
    mine = numpy.sort(keys[(start <= keys) & (keys < stop)])
    nth = numpy.arange(len(mine)) - numpy.searchsorted(mine, mine)
    put = numpy.zeros(ranks[stop - 1] - first, "i4")
    put[ranks[mine] - 1 - nth - first] = mine
    yield from shared.ordered.put(sys, put, first)


def descents(sys, ordered, part):
    """How many keys of a part are smaller than the key before them."""
    start, stop = part
    keys = yield from ordered.get(sys, max(0, start - 1), stop)
    return int((keys[1:] < keys[:-1]).sum())
