"""FT and MG: are they what one NumPy does with the whole grid, and what do they take?"""

from itertools import pairwise, product

import numpy
import pytest
from npb_programs import value_of
from test_applications_npb import check
from test_npb_answers import one_by_one

from popcorn_lib import Machine, simulate
from popcorn_lib.applications import ft, mg
from popcorn_lib.applications.npb import run_npb
from popcorn_lib.applications.randoms import SEED
from popcorn_lib.applications.traffic import Counting

SMALL_FT = ft.Parameters(16, 8, 4, 2, ())
SMALL_MG = mg.Parameters(3, 2, 0, together=1)
MODULES = {"FT": ft, "MG": mg}
LIKE = {f"{kernels} kernels": Machine.multikernel(kernels) for kernels in (1, 2, 4)}
MACHINES = LIKE | {name: Machine.preset(name) for name in ("xeon+phi", "xeon+boards")}


# ---- the official numbers -----------------------------------------------------------------------


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize("benchmark", MODULES)
def test_do_ft_and_mg_find_the_official_numbers_on_every_machine(benchmark, machine):
    check(run_npb(benchmark, machine))


@pytest.mark.parametrize("places", [["k1"], ["k0", "k0"], ["k1", "k0", "k1"], ["k0", "k1"] * 2])
def test_does_mg_find_them_however_many_threads_there_are_and_wherever(places):
    assert run_npb("MG", Machine.multikernel(2), places).verified


def test_does_ft_find_them_if_planes_cannot_be_dealt_out_evenly():
    assert run_npb("FT", Machine.multikernel(2), ["k1", "k0", "k1"]).verified


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize("benchmark", MODULES)
def test_are_the_larger_official_numbers_found_too(benchmark, machine):
    check(run_npb(benchmark, machine, npb_class="W"))


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_is_a_result_that_is_a_little_wrong_refused(module):
    parameters, allowed = module.CLASSES["S"], {ft: 1e-12, mg: 1e-8}[module]
    right = numpy.array(module.expected(parameters))
    assert module.verified(parameters, tuple(right * (1 + 0.9 * allowed)))
    for wrong in range(len(right)):
        for error in (1.1 * allowed, -1.1 * allowed):
            off = right.copy()
            off[wrong] *= 1 + error
            assert not module.verified(parameters, tuple(off))


# ---- independent answers ------------------------------------------------------------------------


def sums_of_the_whole_grid(parameters):
    """FT as the report describes it: transforms of the whole grid, time from the beginning."""
    x, y, z, steps, _ = parameters
    numbers = numpy.array([one / 2**46 for one in one_by_one(SEED, 2 * x * y * z)])
    waves = numpy.fft.fftn((numbers[::2] + 1j * numbers[1::2]).reshape(z, y, x))
    k = numpy.indices(waves.shape).T
    k = numpy.minimum(k, numpy.array([z, y, x]) - k).T
    for t in range(1, steps + 1):
        heights = numpy.fft.ifftn(waves * numpy.exp(-4e-6 * numpy.pi**2 * (k**2).sum(0) * t))
        yield sum(heights[5 * j % z, 3 * j % y, j % x] for j in range(1, 1025))


@pytest.mark.parametrize("threads", [1, 2, 3, 5])  # of five, one has no plane of four
@pytest.mark.parametrize("sides", [(16, 8, 4), (4, 16, 8), (8, 4, 4)])
def test_are_the_sums_those_of_a_transform_of_the_whole_grid(sides, threads):
    parameters = SMALL_FT._replace(x=sides[0], y=sides[1], z=sides[2], steps=3)
    sums = value_of(ft, parameters, 2, threads)
    assert numpy.allclose(sums, list(sums_of_the_whole_grid(parameters)), rtol=1e-12, atol=0)


def stencil(side, weights):
    """An operator as a matrix: a row for each point; on two points a side, one is met twice."""
    grid = numpy.arange(side**3).reshape((side,) * 3)
    matrix = numpy.zeros((side**3, side**3))
    for offset in product((-1, 0, 1), repeat=3):
        there = numpy.roll(grid, offset, (0, 1, 2)).ravel()
        matrix[grid.ravel(), there] += weights[sum(map(abs, offset))]
    return matrix


def finer(side):
    """The matrix that takes a grid to twice as many points a side, by its shape for one point."""
    line = numpy.zeros((2 * side, side))
    for place in range(side):
        for offset, part in ((-1, 0.5), (0, 1), (1, 0.5)):
            line[(2 * place + 1 + offset) % (2 * side), place] += part
    return numpy.kron(numpy.kron(line, line), line)


def laid_one_by_one(levels):
    numbers = list(one_by_one(SEED, 8**levels))
    places = sorted(range(len(numbers)), key=numbers.__getitem__)
    signs = dict.fromkeys(places[:10], -1) | dict.fromkeys(places[-10:], 1)
    return numpy.array([signs.get(place, 0) for place in range(len(numbers))])


def length_by_matrices(levels, iterations):
    """MG with a matrix for each operator, one inside the other: the length of the last residual."""
    sides = [2**level for level in range(levels + 1)]
    a = [stencil(side, [-8 / 3, 0, 1 / 6, 1 / 12]) for side in sides]
    smoother = [stencil(side, [-3 / 8, 1 / 32, -1 / 64, 0]) for side in sides]

    def correction(level, r):
        if level == 1:
            return smoother[1] @ r
        up = finer(sides[level - 1])
        u = up @ correction(level - 1, up.T @ r / 2)
        return u + smoother[level] @ (r - a[level] @ u)

    v = laid_one_by_one(levels)
    u = 0.0 * v
    for _ in range(iterations):
        u = u + correction(levels, v - a[levels] @ u)
    return numpy.sqrt(((v - a[levels] @ u) ** 2).mean())


@pytest.mark.parametrize(("threads", "together"), [(1, 1), (3, 64), (4, 1), (5, 1000), (9, 1)])
def test_is_the_residual_as_long_as_with_operators_as_matrices(threads, together):
    parameters = SMALL_MG._replace(together=together)
    [length] = value_of(mg, parameters, 2, threads)
    assert length == pytest.approx(length_by_matrices(3, 2), rel=1e-12)


def test_does_each_v_leave_a_shorter_residual():
    lengths = [value_of(mg, mg.Parameters(4, many, 0))[0] for many in range(1, 6)]
    assert all(after < before / 2 for before, after in pairwise(lengths))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("together", [1, 100, 4096, 1 << 20])
def test_has_every_plane_one_thread_and_every_page_too(size, together):
    for level in range(1, 8):
        cut, plane = SMALL_MG._replace(together=together), 8 << 2 * level  # bytes
        parts = [mg.planes(cut, level, number, size) for number in range(size)]
        assert [n for part in parts for n in range(*part)] == list(range(1 << level))
        assert together != 4096 or all(
            start * plane % 4096 == 0 for start, end in parts if end > start
        )


# ---- what it takes ------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "parameters"), [(ft, SMALL_FT), (mg, SMALL_MG)])
@pytest.mark.parametrize("threads", [1, 3])
def test_is_the_work_of_all_threads_what_npb_counts(module, parameters, threads):
    places = ["k0", "k1", "k0"][:threads]
    bill = simulate(module.main, Machine.multikernel(2), (places, parameters)).bill
    counted = bill.set_index("constant").loc["cycles", "count"]
    assert counted == pytest.approx(module.operations(parameters), rel=1e-9)


@pytest.mark.parametrize(("name", "mop"), [("FT", 177.17), ("MG", 7.6)])  # NPB 3.3, class S
def test_are_the_operations_as_many_as_npb_reports(name, mop):
    parameters = MODULES[name].CLASSES["S"]
    assert MODULES[name].operations(parameters) / 1e6 == pytest.approx(mop, abs=0.005)


def traffic(module, parameters, machine):
    counting = Counting(machine)
    simulate(module.main, counting, (counting.kernels, parameters), trace=False)
    return counting.traffic


@pytest.mark.parametrize("kernels", [2, 4])
def test_does_ft_move_the_pages_that_can_be_counted_by_hand(kernels):
    """A first write by another than home, and every turn, moves a block from kernel to kernel.

    From neither home to neither home, a page goes home first: that makes two.
    """
    sides = ft.Parameters(32, 32, 32, 3, ())
    block = 32**3 * 16 / 4096 / kernels**2  # pages
    fetched = kernels * (kernels - 1) * block
    twice = (kernels - 1) * (kernels - 2) * block
    by_hand = fetched + (1 + sides.steps) * (fetched + twice)
    _, pages, _ = traffic(ft, sides, Machine.multikernel(kernels))
    assert by_hand <= pages <= 1.2 * by_hand  # barriers and sums move a few more


@pytest.mark.parametrize("kernels", [2, 4])
def test_do_fewer_pages_move_if_planes_that_share_a_page_stay_together(kernels):
    sides, machine = mg.Parameters(5, 1, 0), Machine.multikernel(kernels)
    _, scattered, _ = traffic(mg, sides._replace(together=1), machine)
    _, whole, _ = traffic(mg, sides, machine)
    _, coarse, _ = traffic(mg, sides._replace(together=1 << 15), machine)
    assert whole < scattered, "a page has planes of two threads: false sharing"
    assert whole < coarse, "whole levels go to a thread that had none of their planes"


def with_slow(kernel, kernels=2):
    """Like kernels, of which one computes a hundred times more slowly."""
    graph = Machine.multikernel(kernels).graph.copy()
    graph.nodes[kernel].update(float_per_cycle=0.01, memory_per_cycle=0.01)
    return Machine.from_graph(graph)


SLOWED = [(ft, SMALL_FT), (mg, mg.Parameters(5, 1, 0))]


@pytest.mark.parametrize(("module", "parameters"), SLOWED)
def test_does_one_slow_kernel_hold_up_all_and_change_nothing(module, parameters):
    runs = [
        simulate(module.main, machine, (machine.kernels, parameters), trace=False)
        for machine in (Machine.multikernel(2), with_slow("k1"))
    ]
    assert runs[0].value == runs[1].value
    cycles = module.operations(parameters) / 2 * 100  # of k1 for its half of the work
    clock = runs[1].machine.graph.nodes["k1"]["clock_hz"]
    assert runs[1].seconds > cycles / clock > runs[0].seconds
