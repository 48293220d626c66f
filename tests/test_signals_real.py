"""Are our signals those of this Linux?  The same programs on both."""

import platform
import sys
from functools import cache

import pytest
import signal_programs
from real_linux import CRASHED
from real_signals import real
from signal_programs import ALIKE

import popcorn_lib
from popcorn_lib import Machine, simulate

LINUX = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="asks a real Linux on x86-64"
)
found = cache(real)


@LINUX
@pytest.mark.parametrize("program", ALIKE, ids=lambda program: program.__name__)
def test_is_a_program_of_signals_told_the_same_as_on_a_real_linux(program):
    expected = found()[program.__name__]
    assert expected[1] != CRASHED << 8
    run = simulate(program, Machine.multikernel(3), ("k1", "k2"))
    assert (run.value, run.status) == expected


@pytest.mark.parametrize("name", ["SA_RESTART", "SA_NODEFER", "SA_RESETHAND", "SIGRTMIN"])
def test_have_the_constants_of_the_programs_linuxs_values(name):
    assert getattr(popcorn_lib, name) == getattr(signal_programs, name)
