"""EP, IS and CG: are their parts what independent answers say, loop by loop, number by number?"""

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from npb_programs import SMALL_CG, SMALL_EP, SMALL_IS, value_of
from scipy.sparse.linalg import eigsh

from popcorn_lib import Machine, simulate
from popcorn_lib.applications import cg, ep, is_sort
from popcorn_lib.applications.arrays import array
from popcorn_lib.applications.randoms import SEED, randoms, skipped
from popcorn_lib.errors import UsageError


def one_by_one(seed, many):
    """The sequence by Python's whole numbers, which never overflow."""
    for _ in range(many):
        seed = seed * 5**13 % 2**46
        yield seed


# ---- random numbers -----------------------------------------------------------------------------


@given(st.integers(0, 2**45 - 1).map(lambda half: 2 * half + 1), st.integers(0, 300))
def test_are_the_random_numbers_those_of_whole_numbers_without_a_limit(seed, many):
    seeds = list(one_by_one(seed, many))
    assert randoms(seed, many).tolist() == [one / 2**46 for one in seeds]
    assert skipped(seed, many) == (seeds[-1] if seeds else seed)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_does_it_matter_in_how_many_parts_the_numbers_are_made(first, second):
    parts = randoms(SEED, first), randoms(skipped(SEED, first), second)
    assert (numpy.concatenate(parts) == randoms(SEED, first + second)).all()


@pytest.mark.parametrize("seed", [0, 2, -1, 2**46 + 1])
def test_what_if_a_seed_would_leave_the_sequence(seed):
    with pytest.raises(UsageError, match=rf"seed must be odd.*{seed}"):
        randoms(seed, 1)
    with pytest.raises(UsageError, match=rf"seed must be odd.*{seed}"):
        skipped(seed, 1)


def test_what_if_fewer_than_no_numbers_are_asked_for():
    with pytest.raises(UsageError, match="0 or more, not -1"):
        skipped(SEED, -1)


# ---- arrays that are longer than a call carries -------------------------------------------------


@settings(max_examples=25)
@given(st.data())
def test_is_an_array_what_numpy_has_after_the_same_writes(data):
    length = data.draw(st.integers(0, 40_000))
    places = st.tuples(st.integers(0, length), st.integers(0, length)).map(sorted)
    writes = data.draw(st.lists(places, max_size=4))
    read = data.draw(places)
    own = numpy.zeros(length, "i4")
    for number, (start, stop) in enumerate(writes, 1):
        own[start:stop] = numpy.arange(start, stop) * number

    def main(sys):
        shared = yield from array(sys, length, "i4")
        for number, (start, stop) in enumerate(writes, 1):
            yield from shared.put(sys, numpy.arange(start, stop) * number, start)
        return (yield from shared.get(sys, *read)).tolist()

    assert simulate(main, Machine.multikernel(1), trace=False).value == own[slice(*read)].tolist()


# ---- independent answers ------------------------------------------------------------------------


def gaussians_one_by_one(seed, pairs):
    """The polar method as the report describes it, pair by pair."""
    counts, sum_x, sum_y = [0] * 10, 0, 0
    numbers = [2 * one / 2**46 - 1 for one in one_by_one(seed, 2 * pairs)]
    for x, y in zip(numbers[::2], numbers[1::2], strict=True):
        if (square := x * x + y * y) <= 1:
            stretch = math.sqrt(-2 * math.log(square) / square)
            counts[int(max(abs(x), abs(y)) * stretch)] += 1
            sum_x, sum_y = sum_x + x * stretch, sum_y + y * stretch
    return sum_x, sum_y, counts


@pytest.mark.parametrize("threads", [1, 3])
def test_are_eps_counts_those_of_a_loop_over_pairs(monkeypatch, threads):
    monkeypatch.setattr(ep, "BLOCK", 64)
    *sums, counts = value_of(ep, SMALL_EP, 2, threads)
    *own_sums, own_counts = gaussians_one_by_one(ep.SEED, 1 << SMALL_EP.m)
    assert sums == pytest.approx(own_sums, rel=1e-12)
    assert list(counts) == own_counts


def ranks_one_by_one(parameters):
    """The ranks of the test keys, by comparing each with every key."""
    numbers = [one / 2**46 for one in one_by_one(SEED, 4 << parameters.keys)]
    top = 1 << parameters.values
    keys = [int(sum(numbers[at : at + 4]) * (top / 4)) for at in range(0, len(numbers), 4)]
    for iteration in range(1, 11):
        keys[iteration], keys[iteration + 10] = iteration, top - iteration
        yield tuple(sum(key < keys[place] for key in keys) for place in parameters.places)


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_are_the_ranks_those_of_comparing_every_key_with_every_other(threads):
    ranks, misplaced = value_of(is_sort, SMALL_IS, 2, threads)
    assert list(ranks) == list(ranks_one_by_one(SMALL_IS))
    assert misplaced == 0


def matrix_one_by_one(parameters):
    """The matrix as the report describes it, in a table of all elements."""
    rows, below = parameters.rows, 1
    while below < parameters.rows:
        below *= 2
    numbers = one_by_one(SEED, 10**9)
    next(numbers)
    matrix = numpy.zeros((rows, rows))
    for row in range(rows):
        vector = {}
        while len(vector) < parameters.nonzero:
            value, place = next(numbers) / 2**46, next(numbers) * below >> 46
            if place < rows and place not in vector:
                vector[place] = value
        vector[row] = 0.5
        for i, left in vector.items():
            for j, right in vector.items():
                matrix[i, j] += 0.1 ** (row / rows) * left * right
    return matrix + 0.1 * numpy.eye(rows)


def test_is_the_matrix_the_sum_of_outer_products_that_the_report_describes():
    shifted = matrix_one_by_one(SMALL_CG) - SMALL_CG.shift * numpy.eye(SMALL_CG.rows)
    assert numpy.allclose(cg.matrix(SMALL_CG).toarray(), shifted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("threads", [1, 3])
def test_is_zeta_what_inverse_iteration_by_an_exact_solver_gives(threads):
    shifted = matrix_one_by_one(SMALL_CG) - SMALL_CG.shift * numpy.eye(SMALL_CG.rows)
    x = numpy.ones(SMALL_CG.rows)
    for _ in range(SMALL_CG.iterations):
        z = numpy.linalg.solve(shifted, x)
        zeta, x = SMALL_CG.shift + 1 / (x @ z), z / numpy.linalg.norm(z)
    assert value_of(cg, SMALL_CG, 2, threads)[0] == pytest.approx(zeta, rel=1e-10)


@pytest.mark.parametrize("parameters", cg.CLASSES.values(), ids=cg.CLASSES)
def test_is_zeta_the_largest_eigenvalue_as_the_head_of_the_file_says(parameters):
    start = numpy.ones(parameters.rows)
    [largest] = eigsh(cg.matrix(parameters), 1, which="LA", v0=start, return_eigenvectors=False)
    assert largest < 0, "the shift lies below an eigenvalue"
    assert parameters.zeta == pytest.approx(largest + parameters.shift, rel=1e-8)


@pytest.mark.parametrize("threads", [2, 5])
def test_does_it_matter_to_zeta_who_has_which_rows(threads):
    short = SMALL_CG._replace(iterations=2)
    alone, _ = value_of(cg, short)
    for grain in (1, 16, 64):
        zeta, _ = value_of(cg, short._replace(grain=grain), 2, threads)
        assert zeta == pytest.approx(alone, rel=1e-12)
