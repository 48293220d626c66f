"""CG, "conjugate gradient": one eigenvalue of a large sparse matrix, by inverse iteration.

The idea.  A is the matrix less a shift.  x is replaced by A^-1 x, scaled to length 1, until the
scale tells the eigenvalue nearest to the shift; the shifts lie above all, so it is the largest.
A^-1 x comes from 25 steps of conjugate gradients.  Each thread has some rows of A and the same
rows of all vectors.  To multiply, it needs the whole vector p, because the columns of its rows are
anywhere; to add up a dot product it needs a number from each thread.  So CG is bound by memory on
one kernel, and by waiting for each other on many.

Invariant.  All threads go on with the same scalars, to the last bit; between a thread's writing its
rows of p and another's reading them lies a barrier.

Sharing.  The vectors are shared arrays; the matrix stays with the thread that has its rows, as its
pages would once it has touched them.  Rows are dealt out as evenly as possible, as OpenMP does.
Where a share ends within a page, two kernels write that page in turns, in every step: false
sharing.  `grain=512` deals out whole pages of 4096 bytes instead.

Operations.  NPB counts those of floating point.  Making the matrix takes no time, as NPB does not
time it.

Source.  RNR-94-007, section 3.4; the matrix and the count of operations as in NPB 3.3.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy
from scipy import sparse

from popcorn_lib.applications.arrays import Array, array
from popcorn_lib.applications.randoms import SEED, randoms, skipped
from popcorn_lib.applications.team import share, summed, team
from popcorn_lib.sync import barrier_wait

KIND = "memory"
STEPS = 25
CONDITION = 0.1  # of the matrix, inverse
NUMBERS = 1 << 14  # random numbers that are made at a time


class Parameters(NamedTuple):
    """rows: of the matrix.  nonzero: elements other than zero in each of the vectors it is made of.

    iterations: of x.  shift: subtracted from the diagonal.  zeta: the official result.  grain: so
    many rows stay together.
    """

    rows: int
    nonzero: int
    iterations: int
    shift: float
    zeta: float
    grain: int = 1


CLASSES = {
    "S": Parameters(1400, 7, 15, 10.0, 8.5971775078648),
    "W": Parameters(7000, 8, 15, 12.0, 10.362595087124),
}


class Shared(NamedTuple):
    """What all threads see: the vectors, and slots for two dot products and for two at once."""

    x: Array
    z: Array
    p: Array
    q: Array
    r: Array
    d: Array
    rho: Array
    norms: Array


class Part(NamedTuple):
    """What one thread has; rows: (start, stop), matrix: these rows of it, barrier: the team's."""

    number: int
    barrier: int
    matrix: object
    rows: tuple
    shared: Shared
    parameters: Parameters


def operations(parameters):
    """Operations of floating point."""
    per_row = STEPS * _of_step(parameters) + _of_iteration(parameters)
    return parameters.iterations * parameters.rows * per_row


def _of_step(parameters):
    return 2 * (5 + parameters.nonzero * (parameters.nonzero + 1))


def _of_iteration(parameters):
    return 2 * (6 + parameters.nonzero * (parameters.nonzero + 1))


def expected(parameters):
    """(zeta,); the residual has no official value."""
    return (parameters.zeta,)


def verified(parameters, got):
    """To a relative error of 1e-10.  got: what `main` returns."""
    return bool(abs(got[0] - parameters.zeta) <= 1e-10 * parameters.zeta)


# ---- the program --------------------------------------------------------------------------------


def main(sys, places, parameters):
    """Returns (zeta, the estimate of the eigenvalue; length of the last x - A z)."""
    arrays = []
    for length in [parameters.rows] * 5 + [len(places)] * 2 + [2 * len(places)]:
        arrays.append((yield from array(sys, length)))
    shared = Shared(*arrays)
    results = yield from team(sys, places, worker, len(places), shared, parameters)
    return results[0]


def worker(sys, number, barrier, size, shared, parameters):
    """One thread: its rows, in every iteration."""
    grains = -(-parameters.rows // parameters.grain)
    rows = [min(end * parameters.grain, parameters.rows) for end in share(grains, number, size)]
    part = Part(number, barrier, matrix(parameters)[slice(*rows)], tuple(rows), shared, parameters)
    yield from shared.x.put(sys, numpy.ones(rows[1] - rows[0]), rows[0])
    for _ in range(parameters.iterations):
        yield from solve(sys, part)
        residual = yield from check(sys, part)
        zeta = yield from scale(sys, part)
    return zeta, residual


def solve(sys, part):
    """z such that A z is nearly x: 25 steps from z = 0."""
    shared, first = part.shared, part.rows[0]
    r = yield from shared.x.get(sys, *part.rows)
    for vector, values in (shared.z, 0 * r), (shared.r, r), (shared.p, r):
        yield from vector.put(sys, values, first)
    [rho] = yield from total(sys, part, shared.rho, r @ r)
    for _ in range(STEPS):
        rho = yield from step(sys, part, rho)


def step(sys, part, rho):
    """One step along p; the result is the new rho, the square of the residual's length."""
    # DOC: cg step, a thread reads all of p, adds up with the others, and writes its rows of p
    shared, first = part.shared, part.rows[0]
    p = yield from multiply(sys, part, shared.p, shared.q)
    yield sys.compute(len(p) * _of_step(part.parameters), KIND)
    q = yield from shared.q.get(sys, *part.rows)
    [d] = yield from total(sys, part, shared.d, p @ q)
    yield from add(sys, part, shared.z, p * (rho / d))
    r = yield from add(sys, part, shared.r, q * (-rho / d))
    [new] = yield from total(sys, part, shared.rho, r @ r)
    yield from shared.p.put(sys, r + p * (new / rho), first)
    yield from barrier_wait(sys, part.barrier)
    return new
    # DOC: end


def multiply(sys, part, vector, product):
    """A times a vector, the thread's rows of it; the result is its rows of the vector."""
    everything = yield from vector.get(sys)
    yield from product.put(sys, part.matrix @ everything, part.rows[0])
    return everything[slice(*part.rows)]


def add(sys, part, vector, more):
    """Add to the thread's rows of a vector, and return them."""
    values = (yield from vector.get(sys, *part.rows)) + more
    yield from vector.put(sys, values, part.rows[0])
    return values


def total(sys, part, slots, *values):
    """The sums of all threads' values."""
    return (yield from summed(sys, part.number, part.barrier, slots, values))


def check(sys, part):
    """How far A z is from x."""
    shared = part.shared
    yield from multiply(sys, part, shared.z, shared.r)
    x = yield from shared.x.get(sys, *part.rows)
    r = yield from shared.r.get(sys, *part.rows)
    [square] = yield from total(sys, part, shared.d, (x - r) @ (x - r))
    return float(numpy.sqrt(square))


def scale(sys, part):
    """The next x has the direction of z and length 1; the result is zeta."""
    shared = part.shared
    x = yield from shared.x.get(sys, *part.rows)
    z = yield from shared.z.get(sys, *part.rows)
    yield sys.compute(len(z) * _of_iteration(part.parameters), KIND)
    along, square = yield from total(sys, part, shared.norms, x @ z, z @ z)
    yield from shared.x.put(sys, z / numpy.sqrt(square), part.rows[0])
    return float(part.parameters.shift + 1 / along)


# ---- the matrix ---------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def matrix(parameters):
    """The matrix, sparse: a sum of outer products of random sparse vectors, each weighted less.

    The weights fall geometrically from 1 to `CONDITION`, which is added to the diagonal too.
    """
    rows = parameters.rows
    vectors = sparse_vectors(parameters)
    weights = sparse.diags_array(CONDITION ** (numpy.arange(rows) / rows))
    diagonal = sparse.eye_array(rows) * (CONDITION - parameters.shift)
    return (vectors @ weights @ vectors.T + diagonal).tocsr()


def sparse_vectors(parameters):
    """The vectors, as columns: random values at random places, and 1/2 on the diagonal."""
    places, values, columns = [], [], []
    pairs = random_pairs(parameters.rows)
    for column in range(parameters.rows):
        vector = {}
        while len(vector) < parameters.nonzero:
            value, place = next(pairs)
            vector.setdefault(place, value)
        vector[column] = 0.5
        places += vector.keys()
        values += vector.values()
        columns += [column] * len(vector)
    return sparse.csr_array((values, (places, columns)), shape=(parameters.rows,) * 2)


def random_pairs(rows):
    """(value, place) of the random sequence: each number is one of the two, places are below rows.

    A place is drawn below the next power of two; the pair is dropped if it is none of the rows.
    """
    seed, below = skipped(SEED, 1), 1 << (rows - 1).bit_length()
    while True:
        numbers = randoms(seed, NUMBERS).reshape(-1, 2)
        places = (numbers[:, 1] * below).astype(int)
        for value, place in zip(numbers[:, 0].tolist(), places.tolist(), strict=True):
            if place < rows:
                yield value, place
        seed = skipped(seed, NUMBERS)
