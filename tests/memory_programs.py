"""What the tests of memory share: the claim for one program, and small pieces of programs."""

import errno
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE

import pytest
from programs import PAGE

from popcorn_lib import Machine, single_system_image

ANON, SHARED = MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS
RW = PROT_READ | PROT_WRITE
FLAGS = pytest.mark.parametrize("flags", [ANON, SHARED], ids=["private", "shared"])
# Two kernels, of which k0 is home: the first changes something, the second touches it.
WHERE = [("k0", "k1"), ("k1", "k0"), ("k1", "k1"), ("k1", "k2")]
PLACES = pytest.mark.parametrize("places", WHERE, ids="-".join)


def holds(main, args=(), kernels=3, migrations=0):
    """The claim holds, and every outcome that one kernel has can be had; gives the outcomes."""
    machine = Machine.multikernel(kernels, page_size=PAGE)
    verdict = single_system_image(main, args, machine=machine, migrations=migrations)
    assert verdict.holds, verdict
    assert verdict.outcomes == verdict.reference
    return verdict.outcomes


def together(sys, *starts):
    """Start threads, each as (kernel, function, arguments...), and join them all."""
    tids = []
    for place, function, *args in starts:
        tids.append((yield sys.clone(function, *args, on=place)))
    values = []
    for tid in tids:
        values.append((yield sys.join(tid)))
    return tuple(values)


def tried(request):
    """The result of a call, or the name of its errno."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def touches(sys, page, call):
    """One touch, and what is there afterwards."""
    operands = {"store": (6,), "fetch_add": (1,)}.get(call, ())
    first = yield getattr(sys, call)(page, *operands)
    return first, (yield sys.load(page))


def unmaps(sys, page, flags):
    return (yield sys.munmap(page, PAGE))
