"""What the tests of System V IPC share."""

import pytest
from oracle import check_invariants
from programs import PAGE
from scenarios import tried

from popcorn_lib import (
    IPC_CREAT,
    IPC_STAT,
    Machine,
    simulate,
)

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])
NEW = IPC_CREAT | 0o600


def last(kernels):
    """The name of the last of so many kernels."""
    return f"k{kernels - 1}"


def run(main, kernels=3, *args, **options):
    """One run, after which nothing is left over and the invariants have held all the time."""
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def slow(seed):
    """A seed for long evenings."""
    return pytest.param(seed, marks=pytest.mark.slow)


def does(sys, name, *args):
    """The result of one call, or the name of its errno."""
    return (yield from tried(getattr(sys, name)(*args)))


def operates(sys, sems, *operations):
    """One semop after the other."""
    for operation in operations:
        yield sys.semop(sems, (operation,))


def attached(sys, segment):
    return (yield sys.shmctl(segment, IPC_STAT)).shm_nattch
