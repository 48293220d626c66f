"""EP, "embarrassingly parallel": pairs of random numbers that nobody needs to talk about.

The idea.  Pairs of numbers that are evenly spread over a square become pairs of Gaussian deviates,
by the polar method of Marsaglia; those outside the circle are dropped.  What counts is how many
lie in each square ring around 0, and the sum of each coordinate.  Every thread jumps to its own
blocks of the one random sequence, so only ten counts and two sums a thread pass through memory.

Invariant.  No two threads have a block in common, and none is left out.

Sharing.  All results fit in one page, which goes from writer to writer: false sharing, once.

Operations.  NPB counts random numbers made, two a pair, not the logarithms and roots.

Source.  RNR-94-007, section 3.1; official sums as in NPB 3.3.
"""

from typing import NamedTuple

import numpy

from popcorn_lib.applications.arrays import array
from popcorn_lib.applications.randoms import randoms, skipped
from popcorn_lib.applications.team import share, team

KIND = "float"
SEED = 271828183
BLOCK = 1 << 16  # pairs that are made at a time
RINGS = 10
RESULTS = RINGS + 2  # a thread's ten counts and two sums


class Parameters(NamedTuple):
    """2^m pairs; the official sums of both coordinates."""

    m: int
    sum_x: float
    sum_y: float


CLASSES = {
    "S": Parameters(24, -3.247834652034740e3, -6.958407078382297e3),
    "W": Parameters(25, -2.863319731645753e3, -6.320053679109499e3),
}


def operations(parameters):
    """Random numbers made."""
    return 2 << parameters.m


def expected(parameters):
    """(sum of x, sum of y); the counts have no official values."""
    return parameters.sum_x, parameters.sum_y


def verified(parameters, got):
    """Both sums to a relative error of 1e-8.  got: what `main` returns."""
    return bool(numpy.allclose(got[:2], expected(parameters), rtol=1e-8, atol=0))


def main(sys, places, parameters):
    """Returns (sum of x, sum of y, counts of the ten rings)."""
    results = yield from array(sys, RESULTS * len(places))
    yield from team(sys, places, worker, len(places), results, parameters)
    parts = yield from results.get(sys)
    *counts, sum_x, sum_y = parts.reshape(-1, RESULTS).sum(axis=0).tolist()
    return sum_x, sum_y, tuple(int(count) for count in counts)


def worker(sys, number, _, size, results, parameters):
    """One thread: its share of the blocks, then its results into their slot."""
    # DOC: ep worker, blocks of its own, and twelve numbers at the end
    mine = numpy.zeros(RESULTS)
    pairs = min(BLOCK, 1 << parameters.m)
    for block in range(*share((1 << parameters.m) // pairs, number, size)):
        mine += gaussians(block * pairs, pairs)
        yield sys.compute(2 * pairs, KIND)
    yield from results.put(sys, mine, number * RESULTS)
    # DOC: end


def gaussians(first, pairs):
    """Ten counts and two sums of `pairs` pairs of the sequence from pair `first` on."""
    numbers = 2 * randoms(skipped(SEED, 2 * first), 2 * pairs) - 1
    x, y = numbers[::2], numbers[1::2]
    square = x * x + y * y
    inside = square <= 1
    x, y, square = x[inside], y[inside], square[inside]
    stretch = numpy.sqrt(-2 * numpy.log(square) / square)
    x, y = x * stretch, y * stretch
    rings = numpy.maximum(abs(x), abs(y)).astype(int)
    return numpy.append(numpy.bincount(rings, minlength=RINGS), (x.sum(), y.sum()))
