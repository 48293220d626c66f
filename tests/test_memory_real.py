"""Are our mappings those of this Linux? The same programs on both, one kernel or many."""

import sys
from functools import cache

import memory_random
import memory_scenarios
import pytest
from oracle import check_invariants
from real_memory import CRASHED, SEEDS, real

from popcorn_lib import Machine, simulate

LINUX = pytest.mark.skipif(
    sys.platform != "linux" or sys.maxsize < 2**32, reason="asks a real Linux of 64 bits"
)
found = cache(real)


def check(expected, program, arguments):
    """The program does the same on 1, 2 and 3 kernels, whatever its home."""
    assert expected[1] != CRASHED << 8
    for kernels in (1, 2, 3):
        machine = Machine.multikernel(kernels, page_size=memory_scenarios.PAGESIZE)
        for start in sorted({"k0", f"k{kernels - 1}"}):
            run = simulate(program, machine, arguments(kernels), start=start)
            assert (run.value, run.status) == expected, (kernels, start)
            assert run.residue() == {}
            assert check_invariants(run) is None


@LINUX
@pytest.mark.parametrize("scenario", memory_scenarios.ALL, ids=lambda scenario: scenario.__name__)
def test_is_a_program_of_mappings_told_the_same_as_on_a_real_linux(scenario):
    def arguments(kernels):
        return ("k1", "k0") if kernels == 2 else ("k1", "k2")

    check(found()[scenario.__name__], scenario, arguments)


@LINUX
@pytest.mark.parametrize("seed", SEEDS)
def test_is_a_random_program_told_the_same_as_on_a_real_linux(seed):
    steps = memory_random.drawn(seed)
    check(found()[seed], memory_random.program, lambda kernels: (steps, places(kernels)))


def places(kernels):
    return tuple(f"k{i}" for i in range(kernels))
