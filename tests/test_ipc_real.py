"""Is our System V IPC that of this Linux? The same programs on both, one kernel or many."""

import platform
import sys
from functools import cache

import ipc_scenarios
import pytest
from oracle import check_invariants
from real_ipc import programs, real
from real_linux import CRASHED

import popcorn_lib
from popcorn_lib import Machine, simulate

LINUX = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="asks a real Linux on x86-64"
)
found = cache(real)
PLACES = {1: ("k0", "k0"), 2: ("k1", "k0"), 3: ("k1", "k2")}


@LINUX
@pytest.mark.parametrize(
    ("program", "seed"), programs(), ids=lambda item: getattr(item, "__name__", item)
)
def test_is_a_program_of_ipc_told_the_same_as_on_a_real_linux(program, seed):
    more = (seed,) if seed >= 0 else ()
    alone = simulate(program, Machine.smp(1), (*PLACES[1], *more))
    expected = None
    for patience in (1, 4, 12):  # on a busy machine a nap may end before what it waits for
        if expected != (alone.value, alone.status):
            expected = found(patience)[program.__name__, seed]
    assert expected[1] != CRASHED << 8
    for kernels, places in PLACES.items():
        for start in sorted({"k0", f"k{kernels - 1}"}):
            run = simulate(program, Machine.multikernel(kernels), (*places, *more), start=start)
            assert (run.value, run.status) == expected, (kernels, start)
            assert run.residue() == {}
            assert check_invariants(run) is None


# What the scenarios, which know nothing of the library, call Linux's constants.
SHORT = {
    "IPC_": "PRIVATE CREAT EXCL NOWAIT RMID SET STAT",
    "": "GETPID GETVAL GETALL GETNCNT GETZCNT SETVAL SETALL",
    "SEM_": "UNDO",
    "MSG_": "NOERROR EXCEPT COPY",
    "SHM_": "RDONLY RND REMAP LOCK UNLOCK DEST",
}


@pytest.mark.parametrize("prefix", SHORT)
def test_have_the_constants_linuxs_values(prefix):
    for name in SHORT[prefix].split():
        assert getattr(popcorn_lib, prefix + name) == getattr(ipc_scenarios, name)
