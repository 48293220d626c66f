"""The explorer's benchmark: `make bench` prints ratios, all taken in one run on one machine.

MSI: the protocol model of popcorn_lib/variants/msi.py, explored by us, by a search that copies
objects and by one written by hand on bare tuples (bench_rivals.py); with symmetry beside SPIN,
which has to compile first.  Then programs on the library's own kernels.  Times are of the
processor, except beside SPIN, which is another process.
"""

import gc
import sys
import tempfile
import time
import tracemalloc

from bench_copied import program_of_objects
from bench_rivals import msi_of_bare_tuples, msi_of_objects
from programs import MESSAGE_PASSING, PAGE, STORE_BUFFERING, litmus
from spin_model import ask, missing
from sync_programs import locks, starts

from popcorn_lib import Machine, explore, explore_protocol
from popcorn_lib.variants.msi import Msi

IRIW = ((("store", 0, 1),), (("store", 1, 1),), *[(("load", 0), ("load", 1))] * 2)
# Times as fast as the others that we want to be, at least; the small ones vary from run to run.
BARE, OBJECTS, COPIED = 0.9, 20, 15
COLUMNS = f"{'':40} {'states':>8} {'seconds':>8} {'states/s':>9} {'bytes/state':>11}"


def msi_of_ours(nodes):
    return explore_protocol(Msi, nodes).states


def mutex(sys, places):
    """Two threads add to a word under a mutex."""
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (locks,) * len(places), places, page))


def measured(name, function, *args, rounds=5):
    """Run, say how fast, and return states per second: the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        begin = time.process_time()
        states = function(*args)
        best = min(best, time.process_time() - begin)
    size = memory(function, *args) / states
    print(f"{name:40} {states:8,} {best:8.3f} {states / best:9,.0f} {size:11,.0f}", flush=True)
    return states / best


def memory(function, *args):
    """The most bytes that Python had at once while a function ran."""
    gc.collect()
    tracemalloc.start()
    try:
        function(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare_msi():
    """Ratios of our speed; returns what falls short."""
    short = []
    print(f"the directory protocol MSI\n{COLUMNS}")
    for nodes, objects_too in ((3, True), (4, False)):
        ours = measured(f"{nodes} kernels, ours", msi_of_ours, nodes)
        bare = measured(f"{nodes} kernels, bare tuples by hand", msi_of_bare_tuples, nodes)
        line = f"  ours: {ours / bare:.2f}x the bare tuples"
        short += [f"{nodes} kernels, bare tuples"] * (ours < BARE * bare)
        if objects_too:
            copies = measured(f"{nodes} kernels, copied objects", msi_of_objects, nodes, rounds=1)
            line += f", {ours / copies:.0f}x the copied objects"
            short += [f"{nodes} kernels, copied objects"] * (ours < OBJECTS * copies)
        print(line)
    return short


def compare_spin(nodes=4):
    """Our reduced search beside SPIN's, compilation included; returns what falls short."""
    begin = time.perf_counter()
    found = explore_protocol(Msi, nodes, symmetric=True)
    ours = time.perf_counter() - begin
    print(f"\n{nodes} kernels with symmetry: {found.states:,} states in {ours:.3f} s", end="; ")
    if missing():
        print(f"no SPIN beside it: {missing()}")
        return []
    with tempfile.TemporaryDirectory() as folder:
        spin = ask(folder, nodes)
    print(f"SPIN: {spin.states:,} in {spin.seconds:.3f} s, {spin.seconds / ours:.0f}x as long")
    assert found.stands_for() == spin.states
    return ["SPIN"] * (ours > spin.seconds)


def states_of(main, kernels, *args):
    found = explore(main, Machine.multikernel(kernels, page_size=PAGE), args)
    assert found.complete and found.violation is None, found
    return found.states


def compare_programs():
    """Programs on real mechanisms; returns what falls short."""
    print(f"\nprograms on the library's kernels\n{COLUMNS}")
    two = Machine.multikernel(2, page_size=PAGE)
    short = []
    for name, program, *args in (
        ("store buffering, 2 kernels", litmus, STORE_BUFFERING, ("k0", "k1")),
        ("mutex, 2 threads on 2 kernels", mutex, ("k0", "k1")),
    ):
        ours = measured(name, states_of, program, 2, *args)
        copies = measured(
            "  with copied kernels", program_of_objects, program, two, tuple(args), rounds=1
        )
        print(f"  ours: {ours / copies:.0f}x the copied kernels")
        short += [f"copied kernels, {name}"] * (ours < COPIED * copies)
    measured("message passing, 2 kernels", states_of, litmus, 2, MESSAGE_PASSING, ("k0", "k1"))
    places = ("k0", "k1", "k2", "k1")
    measured("IRIW, 3 kernels", states_of, litmus, 3, IRIW, places, rounds=1)
    return short


def main():
    short = compare_msi() + compare_spin() + compare_programs()
    for name in short:
        print(f"too slow beside: {name}")
    return len(short)


if __name__ == "__main__":
    sys.exit(main())
