"""How a sweep uses two processors, and what a point costs: `make bench` prints ratios of one run.

The same points on one process and on two; and, since other work on the machine slows both, on two
bare processes that get half of them each and know nothing of sweeps.  Then points that do nothing,
so that what is left is the way to a process and back, ours and Dask's.
"""

import sys
import time
from multiprocessing import get_context

from distributed import Client, LocalCluster

from popcorn_lib import Machine, simulate, sweep

POINTS, CALLS, ROUNDS = 16, 40_000, 3
TINY = 2000  # points that do nothing
SHARE = 0.9  # of what two bare processes reach


def job(sys, calls):
    for _ in range(calls):
        yield sys.getpid()


def work(seed):
    """A simulation without messages: nothing but the processor."""
    return simulate(job, Machine.multikernel(2), (CALLS,), seed=seed, trace=False).seconds


def nothing(seed):
    return seed


def half(seeds):
    for seed in seeds:
        work(seed)


def bare():
    """Two processes with half of the points each."""
    make = get_context("forkserver").Process
    jobs = [make(target=half, args=(range(first, POINTS, 2),)) for first in (0, 1)]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()


def seconds(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def speed():
    """Print what a second process brings; returns the complaint if there is one."""
    ways = {
        "a sweep on one process": lambda: sweep(work, seed=range(POINTS), workers=1),
        "a sweep on two processes": lambda: sweep(work, seed=range(POINTS), workers=2),
        "two bare processes": bare,
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            best[name] = min(best[name], seconds(way))
    print(f"{POINTS} points of the same work, the best of {ROUNDS} rounds")
    one, ours, theirs = best.values()
    for name, took in best.items():
        print(f"  {name:26}{took:8.2f} s{one / took:8.2f} times the first")
    if theirs / ours < SHARE:
        return [f"two processes of a sweep reach {theirs / ours:.2f} of two bare ones"]
    return []


def overhead():
    """Print what a point costs that does nothing."""
    ours = seconds(lambda: sweep(nothing, seed=range(TINY), workers=2))
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        theirs = seconds(lambda: sweep(nothing, seed=range(TINY), executor=client))
    print(f"\nmilliseconds for a point that does nothing, mean of {TINY:,}")
    for name, took in (("two processes", ours), ("Dask, two processes", theirs)):
        print(f"  {name:26}{took / TINY * 1e3:8.2f}")


def main():
    slow = speed()
    overhead()
    for complaint in slow:
        print(f"too slow: {complaint}")
    return len(slow)


if __name__ == "__main__":
    sys.exit(main())
