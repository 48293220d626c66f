"""What the tests of sweeps measure; other processes import it."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

from popcorn_lib import simulate


def adder(sys, word, times):
    for _ in range(times):
        yield sys.fetch_add(word, 1)


def adds(sys, times):
    word = yield sys.mmap(64)
    thread = yield sys.clone(adder, word, times, on="k1")
    yield from adder(sys, word, times)
    yield sys.join(thread)
    return (yield sys.load(word))


def computes(sys, times):
    yield sys.compute(times)
    return times


def simulated(program, machine, costs, seed):
    run = simulate(program, machine, (5,), seed=seed, costs=costs)
    return {"value": run.value, "seconds": run.seconds, "messages": len(run.trace.messages)}


def square(x):
    return x * x


def inverse(x):
    return {"inverse": 1 / x}


def leaves(x):
    sys.exit(f"leaves at {x}")


class Pair(NamedTuple):
    low: int
    high: int


SHAPES = {"named": Pair(1, 2), "list": [1], "taken": {"shape": 1}, "error": {"error": ""}, "no": {}}


def returns(shape):
    return SHAPES[shape]


def counted(x, folder):
    """Leaves a mark for each time that it is called."""
    marks = Path(folder, f"mark-{x}")
    with open(marks, "a") as file:
        file.write(f"{os.getpid()}\n")
    return x * x


def calls(folder):
    """{x: how often counted was called with it}."""
    marks = Path(folder).glob("mark-*")
    return {int(mark.name[5:]): len(mark.read_text().splitlines()) for mark in marks}


def slow(x, folder, seconds=0.2):
    time.sleep(seconds)
    return counted(x, folder)


def ends_its_process(x, folder):
    """At 2 always, at 1 the first time; ends nothing but a worker."""
    counted(x, folder)
    if x == 2 or (x == 1 and calls(folder)[1] == 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return x


def hangs(x, how):
    if x == 1 and how == "busy":
        while True:
            pass
    if x == 1:
        time.sleep(1000)
    return x
