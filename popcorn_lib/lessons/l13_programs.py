"""Lesson 13, what it costs: the programs that its comparisons run."""

import os
import subprocess
import sys as python

from popcorn_lib.sync import BARRIER_BYTES, barrier_init
from popcorn_lib.variants.letters import letter_locksmith
from popcorn_lib.worlds.simulate import simulate

HAND_OVER = """
import os, sys, time
cores, times = [int(core) for core in sys.argv[1:]], 2000
there, back = os.pipe(), os.pipe()
child = os.fork()
os.sched_setaffinity(0, {cores[child == 0]})
mine, other = (there[0], back[1]) if child == 0 else (back[0], there[1])
took = []
for _ in range(times):
    if child == 0:
        os.write(other, os.read(mine, 1))
    else:
        begin = time.perf_counter_ns()
        os.write(other, b".")
        os.read(mine, 1)
        took.append(time.perf_counter_ns() - begin)
if child:
    os.waitpid(child, 0)
    print(sorted(took)[times // 2] / 1000)
"""


def hand_over_us(*cores):
    """Microseconds of a byte there and back by two pipes, the median of 2,000, on real Linux.

    cores: that of the one process and that of the other.  None: this is not allowed here.
    """
    command = [python.executable, "-c", HAND_OVER, *map(str, cores)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return float(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def real_hand_overs():
    """{where: microseconds} on this Linux; None where it cannot be tried."""
    if python.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return None
    first, *_, last = sorted(os.sched_getaffinity(0))
    found = {"one core": hand_over_us(first, first), "two cores": hand_over_us(first, last)}
    return None if None in found.values() else found


def round_of(program, machine, *args):
    """(microseconds, messages) of one more repetition of `program(sys, times, *args)`."""
    few, more = (simulate(program, machine, (times, *args)) for times in (10, 20))
    sent = len(more.trace.messages) - len(few.trace.messages)
    return (more.seconds - few.seconds) / 10 * 1e6, sent / 10


def contest(sys, times, way, places):
    """A thread on each place does `way(sys, memory, places, me)` so often; all share the memory."""
    memory = yield sys.mmap(4096)
    yield from barrier_init(sys, memory, len(places))
    word = memory + BARRIER_BYTES if "lock" in way.__name__ else memory
    tids = []
    if "lock_of_letters" in way.__name__:
        tids.append((yield sys.clone(letter_locksmith, times * len(places))))
    for me in places[1:]:
        tids.append((yield sys.clone(repeats, way, word, places, me, times, on=me)))
    yield from repeats(sys, way, word, places, places[0], times)
    for tid in tids:
        yield sys.join(tid)


def repeats(sys, way, word, places, me, times):
    for _ in range(times):
        yield from way(sys, word, places, me)
