"""The benchmark of the simulator: `make bench` prints ratios, all taken in one run on one machine.

Two loads.  Ping-pong: two kernels, one message in flight.  All-to-all: 64 kernels, a ball between
every two of them.  Everybody hands balls to and fro; for SimPy the same in its own idioms.  What
each layer of ours costs is seen by leaving layers out.  Times are of the processor, so that a busy
machine does not blur them; alone they say little about another machine, the ratios carry over.
"""

import gc
import sys
import time
import tracemalloc
from heapq import heappop, heappush
from itertools import permutations
from typing import NamedTuple

import simpy

from popcorn_lib import Costs, Machine, Mechanism, simulate
from popcorn_lib.messages import message
from popcorn_lib.worlds.simulate import Simulation

HOPS = 400_000
DELAY = 1000  # nanoseconds from one handler to the next
LOADS = {"ping-pong": 2, "all-to-all": 64}


@message("ping")
class PING(NamedTuple):
    """Send it back until no hop is left."""

    hops: int


class Ping(Mechanism):
    """The trivial mechanism that everybody runs."""

    name = "ping"

    def on_ping(self, source, ping):
        if ping.hops:
            self.kernel.send(source, PING(ping.hops - 1))


def machine(kernels):
    return Machine.multikernel(kernels).with_mechanism(Ping)


def balls(kernels, hops):
    """(from, to, hops) of each ball; they make about `hops` hops together."""
    ways = list(permutations(range(kernels), 2)) if kernels > 2 else [(0, 1)]
    return [(source, to, max(1, hops // len(ways))) for source, to in ways]


# ---- ours, layer by layer ------------------------------------------------------------------------


def loop_alone(kernels, hops):
    """Our world with trivial handlers: its loop and its heap, no kernel, no link."""
    world = Simulation(Machine.multikernel(2), Costs(), 0, False)

    def arrive(now, left, _):
        if left:
            plan(now + DELAY, arrive, left - 1)

    plan = world.plan
    for _, _, left in balls(kernels, hops):
        plan(0, arrive, left)
    world.go()


def with_kernels(kernels, hops):
    """The loop and the steps of kernels, no link."""
    booted = list(machine(kernels).boot().values())
    index = {kernel.name: number for number, kernel in enumerate(booted)}
    heap, number = [], 0
    for source, to, left in balls(kernels, hops):
        heappush(heap, (0, number := number + 1, to, booted[source].name, PING(left)))
    while heap:
        now, _, to, source, letter = heappop(heap)
        for effect in booted[to].message(source, letter):
            number += 1
            heappush(heap, (now + DELAY, number, index[effect[1]], booted[to].name, effect[2]))


def with_links(kernels, hops, notify="interrupt", trace=False):
    """The whole simulator: slots, tickets, classes, notification; trace: kept or not."""
    world = Simulation(machine(kernels), Costs(notify=notify), 0, trace)
    for source, to, left in balls(kernels, hops):
        ends, letter, numbers = (f"k{source}", f"k{to}"), PING(left), []
        if trace:
            effects = [("send", ends[1], letter)]
            numbers = world.recorder.event(0.0, ends[0], "boot", "", None, "a ball", effects)
        world.links.send(0, *ends, letter, *numbers)
    world.go()


# ---- SimPy ---------------------------------------------------------------------------------------


def simpy_mailboxes(kernels, hops):
    """SimPy as its documentation shows messages: a Store per kernel, a process per delay."""
    world = simpy.Environment()
    boxes = [simpy.Store(world) for _ in range(kernels)]

    def travel(box, source, left):
        yield world.timeout(DELAY)
        box.put((source, left))

    def kernel(me):
        while True:
            source, left = yield boxes[me].get()
            if left:
                world.process(travel(boxes[source], me, left - 1))

    for me in range(kernels):
        world.process(kernel(me))
    for source, to, left in balls(kernels, hops):
        boxes[to].put((source, left))
    world.run()


def simpy_lean(kernels, hops):
    """SimPy at its leanest: a timeout with a callback per message."""
    world = simpy.Environment()

    def arrive(event):
        if event.value:
            world.timeout(DELAY, event.value - 1).callbacks.append(arrive)

    for _, _, left in balls(kernels, hops):
        world.timeout(DELAY, left).callbacks.append(arrive)
    world.run()


LOOP, FULL = "our loop, trivial handlers", "+ links: the simulator, trace off"
MAILBOXES, LEAN = "SimPy, documented mailboxes", "SimPy, leanest form"
CONTENDERS = {
    LOOP: (loop_alone, 1),
    "+ steps of kernels": (with_kernels, 1),
    FULL: (with_links, 1),
    "  the same, receivers poll": (lambda *load: with_links(*load, notify="poll"), 1),
    "+ trace kept": (lambda *load: with_links(*load, trace=True), 20),
    MAILBOXES: (simpy_mailboxes, 5),
    LEAN: (simpy_lean, 1),
}
# What must hold: at least so many times as fast as the other
FLOORS = [(LOOP, MAILBOXES, 10), (LOOP, LEAN, 0.9), (FULL, MAILBOXES, 3)]


def rates(kernels, rounds=4):
    """Messages per second of each, the best of several rounds in which everybody runs once."""
    best = dict.fromkeys(CONTENDERS, 0.0)
    for _ in range(rounds):
        for name, (function, part) in CONTENDERS.items():
            hops = sum(left + 1 for _, _, left in balls(kernels, HOPS // part))
            gc.collect()
            begin = time.process_time()
            function(kernels, HOPS // part)
            best[name] = max(best[name], hops / (time.process_time() - begin))
    return best


def layers():
    """Print the two loads side by side; returns what is too slow."""
    speed = {load: rates(kernels) for load, kernels in LOADS.items()}
    print(f"about {HOPS:,} messages in each of four rounds (fewer for the slow ones), best round")
    print(f"{'':36}" + "".join(f"{load + ', messages/s':>24}{'of SimPy':>10}" for load in LOADS))
    for name in CONTENDERS:
        cells = [(rate[name], rate[name] / rate[MAILBOXES]) for rate in speed.values()]
        print(f"{name:36}" + "".join(f"{one:24,.0f}{ratio:9.2f}x" for one, ratio in cells))
    return [
        f"{load}: {one} is below {floor} times {other}"
        for load, rate in speed.items()
        for one, other, floor in FLOORS
        if rate[one] < floor * rate[other]
    ]


# ---- growth --------------------------------------------------------------------------------------


def job(sys, calls):
    for _ in range(calls):
        yield sys.getpid()


def crowd(sys, threads, calls):
    tids = []
    for _ in range(threads):
        tids.append((yield sys.clone(job, calls)))
    for tid in tids:
        yield sys.join(tid)


def seconds(function, *args):
    """Processor time of the better of two calls."""
    best = float("inf")
    for _ in range(2):
        gc.collect()
        begin = time.process_time()
        function(*args)
        best = min(best, time.process_time() - begin)
    return best


def a_message(kernels, messages=50_000):
    """Processor time of a message, of about so many, if a ball is between each two neighbours."""
    best = float("inf")
    for _ in range(3):
        world = Simulation(machine(kernels), Costs(), 0, False)
        for number in range(kernels):
            ends = f"k{number}", f"k{(number + 1) % kernels}"
            world.links.send(0, *ends, PING(messages // kernels))
        gc.collect()
        begin = time.process_time()
        world.go()
        best = min(best, time.process_time() - begin)
    return best / messages * 1e6


def growth():
    """Print what one message and one thread cost as there are more; returns what grows too fast."""
    kernels, threads = (2, 8, 32, 128, 256), (1, 10, 100, 1000, 10_000)
    of_message, two = [a_message(number) for number in kernels], Machine.multikernel(2)
    of_thread = [
        seconds(lambda n=n: simulate(crowd, two, (n, 20), trace=False)) / n * 1e6 for n in threads
    ]
    print("\nmicroseconds of the processor for one message, by kernels, and one thread, by threads")
    for what, numbers, each in (("kernels", kernels, of_message), ("threads", threads, of_thread)):
        print(f"{what:8}" + "".join(f"{n:>10,}" for n in numbers))
        print(f"{'':8}" + "".join(f"{one:>10.2f}" for one in each))
    ratios = {"kernels": of_message[-1] / of_message[0], "threads": of_thread[-1] / of_thread[1]}
    return [f"{what}: the last costs {ratio:.1f} times the first" for what, ratio in ratios.items()
            if ratio > 2]  # fmt: skip


def memory():
    """Print what a traced event takes, and whether more events take more each."""
    sizes = []
    for calls in (100, 1000):
        tracemalloc.start()
        run = simulate(crowd, Machine.multikernel(2), (4, calls))
        sizes.append(tracemalloc.get_traced_memory()[0] / len(run.trace))
        tracemalloc.stop()
    print(
        f"\nmemory of a traced event: {sizes[0]:,.0f} bytes, of ten times as many {sizes[1]:,.0f}"
    )
    return ["a traced event takes more the more there are"] if sizes[1] > 1.5 * sizes[0] else []


def main():
    slow = layers() + growth() + memory()
    for complaint in slow:
        print(f"too slow: {complaint}")
    return len(slow)


if __name__ == "__main__":
    sys.exit(main())
