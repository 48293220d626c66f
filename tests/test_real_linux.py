"""Do our processes do what this Linux does? The same programs on both, one kernel or many."""

import os
import sys

import pytest
import scenarios
from oracle import check_invariants
from real_linux import CRASHED, real

from popcorn_lib import Machine, simulate

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks a real Linux")


def asked_again(scenario, ours):
    """What this Linux says; asked once more, with longer sleeps, if it says another thing."""
    found = real(scenario)
    return found if found == ours else real(scenario, patience=8)


@LINUX
@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda scenario: scenario.__name__)
def test_is_a_program_of_processes_told_the_same_as_on_a_real_linux(scenario):
    if scenario is scenarios.users and os.getuid():
        pytest.skip("only root may become another user")
    alone = simulate(scenario, Machine.smp(1), ("k1", "k2"))
    expected = asked_again(scenario, (alone.value, alone.status))
    assert expected[1] != CRASHED << 8
    for kernels, places in ((1, ("k1", "k2")), (2, ("k1", "k0")), (3, ("k1", "k2"))):
        for start in {"k0", f"k{kernels - 1}"}:
            for seed in range(3):
                made = simulate(scenario, Machine.multikernel(kernels), places, seed, start=start)
                assert (made.value, made.status) == expected, (kernels, start, seed)
                assert made.residue() == {}
                assert check_invariants(made) is None
