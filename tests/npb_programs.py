"""What the tests of the NAS benchmarks share: small sizes of them, and a run of one."""

from popcorn_lib import Machine, simulate
from popcorn_lib.applications import cg, ep, is_sort

SMALL_EP = ep.Parameters(10, 0, 0)
SMALL_IS = is_sort.Parameters(9, 6, (40, 50, 60, 70, 80), (), 0, 0)
SMALL_CG = cg.Parameters(90, 3, 4, 10.0, 0)


def value_of(benchmark, parameters, kernels=1, threads=None):
    """What a benchmark returns on a machine of like kernels."""
    machine = Machine.multikernel(kernels)
    places = [machine.kernels[number % kernels] for number in range(threads or kernels)]
    run = simulate(benchmark.main, machine, (places, parameters), trace=False)
    assert run.residue() == {}
    return run.value
