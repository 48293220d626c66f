"""FT: a partial differential equation solved by Fourier transforms in three dimensions.

The idea.  A wave's height is what it was, times a factor for its length and the time that has gone
by.  So random heights on a grid are transformed once, and at each time step every wave shrinks,
heights are made again from waves, and 1024 of them are added up: their sum must be the published
one.  A thread that has whole planes can transform along two axes by itself; for the third it needs
a line through all planes.  So the grid changes hands: z is cut into slabs, y is cut into slabs, and
each changes into the other through shared memory.  Everybody writes to everybody.

Invariant.  A block has two users, who has its z and who has its y, and a barrier between one's
write and the other's read, and between that and the next write.

Sharing.  Each block begins on a page of its own, so no page has two writers between two barriers,
however the grid is cut; rows cut in the order of memory would have, wherever a cut is no page's
end.  The slots of the sums share one page, as everybody reads all of it.  Waves are private.

Operations.  NPB's count of floating-point operations for making heights, the first transform and
all steps: its logarithm of all points is the sum of those of the three axes, so each axis pays its
own when it is transformed; the rest is paid with the axes y and x at first, with z in a step.

Source.  RNR-94-007, section 3.5; official sums as in NPB 3.3.  A transform there has the sign of
the other one here, which changes no sum: a factor is the same for a wave and its mirror image.
"""

import math
from typing import NamedTuple

import numpy

from popcorn_lib.applications.arrays import Array, array
from popcorn_lib.applications.randoms import SEED, randoms, skipped
from popcorn_lib.applications.team import share, summed, team
from popcorn_lib.sync import barrier_wait

KIND = "float"
ALPHA = 1e-6
SUMMED = numpy.arange(1, 1025)  # point j of a sum lies at x = j, y = 3 j, z = 5 j, modulo the sides
MAKING, FIRST = 14.8157, 7.19641  # operations a point: of making it, of transforming it first
STEP, AGAIN = 5.23518, 7.21113  # of a step, of transforming it in a step


class Parameters(NamedTuple):
    """Points along x, y, z; time steps; the official sums, complex, one for each step."""

    x: int
    y: int
    z: int
    steps: int
    sums: tuple


CLASSES = {
    "S": Parameters(
        64,
        64,
        64,
        6,
        (
            554.6087004964 + 484.5363331978j,
            554.6385409190 + 486.5304269511j,
            554.6148406171 + 488.3910722337j,
            554.5423607415 + 490.1273169046j,
            554.4255039624 + 491.7475857993j,
            554.2683411903 + 493.2597244941j,
        ),
    ),
    "W": Parameters(
        128,
        128,
        32,
        6,
        (
            567.3612178944 + 529.3246849175j,
            563.1436885271 + 528.2149986629j,
            559.4024089970 + 527.0996558037j,
            556.0698047020 + 526.0027904925j,
            553.0898991250 + 524.9400845633j,
            550.4159734538 + 523.9212247086j,
        ),
    ),
}


class Block(NamedTuple):
    """The points of one slab of z and one slab of y, in an Array of their own."""

    shape: tuple
    points: Array


class Part(NamedTuple):
    """What one thread has.

    z, y: (start, stop) of its slabs.  planes: the blocks of its slab of z, one for each slab of y;
    lines: those of its slab of y, one for each slab of z.
    """

    barrier: int
    z: tuple
    y: tuple
    planes: tuple
    lines: tuple
    parameters: Parameters


def operations(parameters):
    """Operations of floating point."""
    points = math.prod(parameters[:3])
    made, step = MAKING + FIRST * math.log(points), STEP + AGAIN * math.log(points)
    return points * (made + parameters.steps * step)


def expected(parameters):
    """The sums, complex, one for each step."""
    return parameters.sums


def verified(parameters, got):
    """Real and imaginary parts to a relative error of 1e-12.  got: what `main` returns."""
    ours, official = numpy.array([got, parameters.sums]).view(float)
    return bool(numpy.allclose(ours, official, rtol=1e-12, atol=0))


def main(sys, places, parameters):
    """Returns the sums, a tuple of complex numbers, one for each step."""
    size, blocks = len(places), []
    for z in range(size):
        row = []
        for y in range(size):
            row.append((yield from block(sys, z, y, size, parameters)))
        blocks.append(tuple(row))
    sums = yield from array(sys, 2 * size)
    results = yield from team(sys, places, worker, size, tuple(blocks), sums, parameters)
    return results[0]


def block(sys, z, y, size, parameters):
    """Map the block of slab z of z and slab y of y."""
    slabs = share(parameters.z, z, size), share(parameters.y, y, size)
    shape = (*(stop - start for start, stop in slabs), parameters.x)
    return Block(shape, (yield from array(sys, math.prod(shape), "c16")))


def worker(sys, number, barrier, size, blocks, sums, parameters):
    """One thread: its slab of z while y and x are transformed, its slab of y for z."""
    z, y = share(parameters.z, number, size), share(parameters.y, number, size)
    lines = tuple(row[number] for row in blocks)
    part = Part(barrier, z, y, blocks[number], lines, parameters)
    waves, results = (yield from forward(sys, part)), []
    factor = shrinking(parameters, y)
    for _ in range(parameters.steps):
        waves *= factor
        own = chosen((yield from back(sys, part, waves)), part)
        real, imaginary = yield from summed(sys, number, barrier, sums, [own.real, own.imag])
        results.append(complex(real, imaginary))
    return tuple(results)


def forward(sys, part):
    """Random heights of the thread's slab of z, transformed; the result is its slab of waves."""
    x, y, z, *_ = part.parameters
    heights = made(part.parameters, *part.z)
    yield sys.compute(heights.size * (MAKING + FIRST * math.log(y * x)), KIND)
    yield from give(sys, part.planes, numpy.fft.fft2(heights), 1)
    yield from barrier_wait(sys, part.barrier)
    lines = yield from take(sys, part.lines, 0)
    yield sys.compute(lines.size * FIRST * math.log(z), KIND)
    return numpy.fft.fft(lines, axis=0)


def back(sys, part, waves):
    """Heights of the thread's slab of z, from the waves of all."""
    x, y, z, *_ = part.parameters
    yield sys.compute(waves.size * (STEP + AGAIN * math.log(z)), KIND)
    yield from give(sys, part.lines, numpy.fft.ifft(waves, axis=0), 0)
    yield from barrier_wait(sys, part.barrier)
    planes = yield from take(sys, part.planes, 1)
    yield sys.compute(planes.size * AGAIN * math.log(y * x), KIND)
    return numpy.fft.ifft2(planes)


def give(sys, blocks, values, axis):
    """Cut a slab along an axis, and write each piece into its block."""
    ends = numpy.cumsum([block.shape[axis] for block in blocks])
    for block, piece in zip(blocks, numpy.split(values, ends[:-1], axis), strict=True):
        yield from block.points.put(sys, piece)


def take(sys, blocks, axis):
    """Read the blocks of a slab, and join them along an axis."""
    pieces = []
    for block in blocks:
        pieces.append((yield from block.points.get(sys)).reshape(block.shape))
    return numpy.concatenate(pieces, axis)


def made(parameters, start, stop):
    """Planes start to stop of the first heights: two random numbers each, x fastest."""
    plane = 2 * parameters.x * parameters.y
    numbers = randoms(skipped(SEED, start * plane), (stop - start) * plane)
    return numbers.view(complex).reshape(-1, parameters.y, parameters.x)


def shrinking(parameters, y):
    """What each wave of a slab of y is multiplied with at a time step."""
    waves = [numpy.fft.fftfreq(side, 1 / side) for side in parameters[2::-1]]
    z, y, x = numpy.ix_(waves[0], waves[1][slice(*y)], waves[2])
    return numpy.exp(-4 * ALPHA * numpy.pi**2 * (z * z + y * y + x * x))


def chosen(heights, part):
    """The sum of those of the 1024 points that lie in the thread's planes."""
    sides, (start, stop) = part.parameters, part.z
    x, y, z = SUMMED % sides.x, 3 * SUMMED % sides.y, 5 * SUMMED % sides.z
    mine = (start <= z) & (z < stop)
    return heights[z[mine] - start, y[mine], x[mine]].sum()
