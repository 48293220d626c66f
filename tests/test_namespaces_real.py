"""Are our namespaces those of this Linux? The same programs on both, one kernel or many."""

import os
import platform
import sys
from functools import cache

import ns_scenarios
import pytest
from oracle import check_invariants
from real_linux import CRASHED
from real_namespaces import SYS_CLONE, real

import popcorn_lib
from popcorn_lib import Machine, simulate

LINUX = pytest.mark.skipif(
    sys.platform != "linux" or SYS_CLONE is None or os.getuid() != 0,
    reason=f"asks a real Linux, as root, on x86-64 or aarch64: this is {platform.platform()}",
)
PLACES = {1: ("k0", "k0"), 2: ("k1", "k0"), 3: ("k1", "k2")}
found = cache(real)


@LINUX
@pytest.mark.parametrize("scenario", ns_scenarios.ALL, ids=lambda scenario: scenario.__name__)
def test_is_a_program_in_namespaces_told_the_same_as_on_a_real_linux(scenario):
    alone = simulate(scenario, Machine.smp(1), PLACES[1])
    expected = None
    for patience in (1, 4, 8):  # on a busy machine a nap may end before what it waits for
        if expected != (alone.value, alone.status):
            expected = found(patience)[scenario.__name__]
    assert expected[1] != CRASHED << 8
    for kernels, places in PLACES.items():
        for start in sorted({"k0", f"k{kernels - 1}"}):
            for seed in range(2):
                machine = Machine.multikernel(kernels)
                run = simulate(scenario, machine, places, seed, start=start)
                assert (run.value, run.status) == expected, (kernels, start, seed)
                assert run.residue() == {}
                assert check_invariants(run) is None


def test_have_the_flags_linuxs_values():
    for name in ("NEWNS", "NEWUTS", "NEWIPC", "NEWUSER", "NEWPID", "NEWNET"):
        assert getattr(popcorn_lib, "CLONE_" + name) == getattr(ns_scenarios, name)
