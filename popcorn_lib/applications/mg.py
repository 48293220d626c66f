"""MG, "multigrid": Poisson's equation on a grid whose opposite faces meet.

The idea.  Ten charges and ten opposite ones lie on a fine grid; wanted is u, the potential.  Near
neighbours soon agree about u, whole regions only after very many steps.  So what is still missing,
the residual r, is carried to coarser and coarser grids, down to two points a side, where far is
near, and the correction is carried up again and smoothed at each level: a V.  After four of them
the length of the residual must be the published one.

Invariant.  Between two barriers one grid is written, each thread writes planes of its own, and
nobody but who has a plane reads it meanwhile.

Sharing.  A thread has a slab of planes at each level, and reads one more on either side from its
neighbours' pages.  Planes get smaller from level to level: so many as fill a page stay together,
and where a level has fewer pages than there are threads, some threads have nothing and only wait.
Dealt out one by one (`together=1`), planes are shared more evenly, but a page of them belongs to
two threads or more, and goes from writer to writer: false sharing.  Charges are private.

Operations.  NPB counts 58 for each point of the finest grid and V.  Here every point that an
operator writes costs the same, which is our assumption, so that all of them come to NPB's count.
Every thread finds the charges by itself, in no time: NPB does not time it either.

Source.  RNR-94-007, section 3.4; the order of operators, the alignment of grids and the official
lengths as in NPB 3.3.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy
from scipy import ndimage

from popcorn_lib.applications.arrays import Array, array
from popcorn_lib.applications.randoms import SEED, randoms
from popcorn_lib.applications.team import share, summed, team
from popcorn_lib.sync import barrier_wait

KIND = "memory"
CHARGES = 10  # of each sign
POISSON = (-8 / 3, 0, 1 / 6, 1 / 12)
COARSER = (1 / 2, 1 / 4, 1 / 8, 1 / 16)
SMOOTHER = (-3 / 8, 1 / 32, -1 / 64, 0)  # of the small classes
PER_POINT = 58


class Parameters(NamedTuple):
    """levels: the finest grid has 2^levels points a side.  iterations: Vs.

    length: of the last residual, official.  together: planes that fill so many bytes stay together.
    """

    levels: int
    iterations: int
    length: float
    together: int = 4096


CLASSES = {
    "S": Parameters(5, 4, 0.5307707005734e-4),
    "W": Parameters(7, 4, 0.6467329375339e-5),
}


class Grid(NamedTuple):
    """side: points along each axis; numbers: an Array of all of them, plane by plane."""

    side: int
    numbers: Array

    def get(self, sys, start, stop):
        """Planes start to stop, NumPy array (planes, side, side); plane -1 is the last, and so on.

        Before the first plane and behind the last the grid begins again.
        """
        plane, pieces = self.side * self.side, []
        ends = range((start // self.side + 1) * self.side, stop, self.side)
        for begin, end in pairwise((start, *ends, stop)):
            first = begin % self.side * plane
            pieces.append((yield from self.numbers.get(sys, first, first + (end - begin) * plane)))
        return numpy.concatenate(pieces).reshape(-1, self.side, self.side)

    def put(self, sys, values, start):
        """Write whole planes from plane `start` on."""
        yield from self.numbers.put(sys, values, start * self.side * self.side)


class Part(NamedTuple):
    """What one thread has.

    u, r: the Grid of each level, coarsest first, and nothing for level 0.  own: (start, stop), its
    planes at each level.  charges: those of its planes at the finest.  cost: operations a point.
    """

    barrier: int
    finest: int
    u: tuple
    r: tuple
    own: tuple
    charges: numpy.ndarray
    cost: float


def operations(parameters):
    """Operations, as NPB counts them."""
    return PER_POINT * parameters.iterations << 3 * parameters.levels


def points_written(parameters):
    """By all operators of a run.

    In a V each of the four operators writes each level once, except that the finest has no
    `coarsened` but `residual` twice, and the coarsest has `smoothed` and `coarsened` alone.
    """
    levels = sum(1 << 3 * level for level in range(1, parameters.levels + 1))
    return parameters.iterations * (4 * levels - 2 * 8) + (1 << 3 * parameters.levels)


def expected(parameters):
    """(length of the residual,)."""
    return (parameters.length,)


def verified(parameters, got):
    """To a relative error of 1e-8.  got: what `main` returns."""
    return bool(abs(got[0] - parameters.length) <= 1e-8 * parameters.length)


def main(sys, places, parameters):
    """Returns (length of the last residual, the root of the mean of its squares,)."""
    u, r, size = [None], [None], len(places)
    for level in range(1, parameters.levels + 1):
        for grids in (u, r):
            grids.append(Grid(1 << level, (yield from array(sys, 1 << 3 * level))))
    squares = yield from array(sys, size)
    results = yield from team(sys, places, worker, size, tuple(u), tuple(r), squares, parameters)
    return results[0]


def worker(sys, number, barrier, size, u, r, squares, parameters):
    """One thread: its planes, in every V."""
    own = tuple(planes(parameters, level, number, size) for level in range(parameters.levels + 1))
    laid = charges(parameters.levels)[slice(*own[-1])]
    cost = operations(parameters) / points_written(parameters)
    part = Part(barrier, parameters.levels, u, r, own, laid, cost)
    yield from write(sys, part, r, part.finest, residual)
    for _ in range(parameters.iterations):
        yield from v_cycle(sys, part)
    left = yield from r[-1].get(sys, *own[-1])
    [square] = yield from summed(sys, number, barrier, squares, [(left * left).sum()])
    return (float(numpy.sqrt(square / r[-1].numbers.length)),)


def planes(parameters, level, number, size):
    """(start, stop), the planes of a level that a thread has: whole pages of them."""
    side = 1 << level
    grain = max(1, parameters.together // (8 * side * side))
    start, stop = share(-(-side // grain), number, size)
    return min(start * grain, side), min(stop * grain, side)


def v_cycle(sys, part):
    """Down to the coarsest level, up to the finest, and the residual that is left."""
    for level in range(part.finest - 1, 0, -1):
        yield from write(sys, part, part.r, level, coarsened)
    yield from write(sys, part, part.u, 1, smoothed)
    for level in range(2, part.finest + 1):
        yield from write(sys, part, part.u, level, refined)
        yield from write(sys, part, part.r, level, residual)
        yield from write(sys, part, part.u, level, smoothed)
    yield from write(sys, part, part.r, part.finest, residual)


def write(sys, part, grids, level, operator):
    """Write what an operator makes of the thread's planes of a level, and wait for all others."""
    start, stop = part.own[level]
    if start < stop:
        values = yield from operator(sys, part, level, start, stop)
        yield sys.compute(values.size * part.cost, KIND)
        yield from grids[level].put(sys, values, start)
    yield from barrier_wait(sys, part.barrier)


# ---- operators: new values of planes start to stop ----------------------------------------------


def residual(sys, part, level, start, stop):
    """r = v - A u, where v is at the finest level the charges, at others what r was."""
    around = yield from part.u[level].get(sys, start - 1, stop + 1)
    given = part.charges
    if level < part.finest:
        given = yield from part.r[level].get(sys, start, stop)
    return given - weighed(around, POISSON)


def smoothed(sys, part, level, start, stop):
    """u + S r; at the coarsest level u begins with 0."""
    around = yield from part.r[level].get(sys, start - 1, stop + 1)
    more = weighed(around, SMOOTHER)
    return more if level == 1 else more + (yield from part.u[level].get(sys, start, stop))


def coarsened(sys, part, level, start, stop):
    """r of the next finer level: point i here is point 2 i + 1 there, with all that is around."""
    around = yield from part.r[level + 1].get(sys, 2 * start, 2 * stop + 1)
    return weighed(around, COARSER)[::2, 1::2, 1::2]


def refined(sys, part, level, start, stop):
    """The next coarser level's u, between its points the mean; at the finest level, plus u."""
    first = (start - 1) // 2
    more = yield from part.u[level - 1].get(sys, first, (stop + 1) // 2)
    for axis in range(3):
        more = stretched(more, axis)
    more = more[start - 2 * first : stop - 2 * first]
    return more if level < part.finest else more + (yield from part.u[level].get(sys, start, stop))


def weighed(values, weights):
    """Sums over 27 points around each, without the first and the last plane; rows go round.

    weights: of the point itself and of its neighbours across a face, an edge and a corner.
    """
    distance = abs(numpy.indices((3, 3, 3)) - 1).sum(axis=0)
    return ndimage.convolve(values, numpy.array(weights)[distance], mode="wrap")[1:-1]


def stretched(values, axis):
    """Twice as many along an axis: value i comes to 2 i + 1, the mean of it and the next behind."""
    between = (values + numpy.roll(values, -1, axis)) / 2
    shape = [side << (place == axis) for place, side in enumerate(values.shape)]
    return numpy.roll(numpy.stack([values, between], axis + 1).reshape(shape), 1, axis)


@lru_cache(maxsize=2)
def charges(levels):
    """v, the charges at the finest level: 1 at the ten largest random numbers, -1 at the smallest.

    The numbers lie plane by plane, row by row.
    """
    order = randoms(SEED, 1 << 3 * levels).argsort()
    laid = numpy.zeros(len(order))
    laid[order[-CHARGES:]], laid[order[:CHARGES]] = 1, -1
    return laid.reshape((1 << levels,) * 3)
