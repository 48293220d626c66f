"""The benchmarks: `make bench` prints ratios, all taken in one run on one machine.

Ping-pong: two kernels, one message in flight, a million hops.  Everybody runs the same handlers
(those of a mechanism that sends back what it gets) or, for SimPy, does the same work in its own
idiom.  Times are of the processor, so that a busy machine does not blur them; alone they say
little about another machine, the ratios carry over.
"""

import gc
import sys
import time
from heapq import heappop, heappush
from typing import NamedTuple

import simpy

from popcorn_lib import Costs, Machine, Mechanism
from popcorn_lib.messages import message
from popcorn_lib.worlds.simulate import Simulation

HOPS = 1_000_000
DELAY = 1000  # nanoseconds from one handler to the next
FLOOR = 0.5  # of the bare loop's speed, with the trace off


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


MACHINE = Machine.multikernel(2).with_mechanism(Ping)


def bare_loop(hops):
    """The floor: nothing but a heap over the handlers of two kernels."""
    kernels = MACHINE.boot()
    heap, number = [(0, 0, "k1", "k0", PING(hops))], 0
    while heap:
        now, _, name, source, letter = heappop(heap)
        for effect in kernels[name].message(source, letter):
            number += 1
            heappush(heap, (now + DELAY, number, effect[1], name, effect[2]))
    return number


def ours(hops, costs, trace=False):
    """The simulator with its links: slots, tickets, classes, notification."""
    world = Simulation(MACHINE, costs, 0, trace)
    if trace:
        event = world.recorder.event
        effects = [("send", "k1", PING(hops))]
        [index] = event(0.0, "k0", "boot", "boot", None, "the first ping", effects)
        world.links.send(0, "k0", "k1", PING(hops), index)
    else:
        world.links.send(0, "k0", "k1", PING(hops))
    world.go()
    return hops


def simpy_idiom(hops):
    """SimPy as its documentation shows messages: a Store per side, a process per delay."""
    world = simpy.Environment()
    boxes = [simpy.Store(world), simpy.Store(world)]

    def travel(box, left):
        yield world.timeout(DELAY)
        box.put(left)

    def side(me):
        while True:
            left = yield boxes[me].get()
            if left:
                world.process(travel(boxes[1 - me], left - 1))

    world.process(side(0))
    world.process(side(1))
    boxes[0].put(hops)
    world.run()


def simpy_lean(hops):
    """SimPy at its leanest: a timeout with a callback per message."""
    world = simpy.Environment()

    def arrive(event):
        if event.value:
            world.timeout(DELAY, event.value - 1).callbacks.append(arrive)

    world.timeout(DELAY, hops).callbacks.append(arrive)
    world.run()


def rates(contenders, rounds=5):
    """Messages per second of each, the best of several rounds in which everybody runs once."""
    best = dict.fromkeys(contenders, 0.0)
    for _ in range(rounds):
        for name, (function, hops, *arguments) in contenders.items():
            gc.collect()
            begin = time.process_time()
            function(hops // rounds, *arguments)
            best[name] = max(best[name], hops // rounds / (time.process_time() - begin))
    return best


def main():
    bare, poll = "bare heapq loop, the same handlers", "simulate, trace off, receiver polls"
    interrupt = "simulate, trace off, interrupts"
    speed = rates(
        {
            bare: (bare_loop, HOPS),
            poll: (ours, HOPS, Costs(notify="poll")),
            interrupt: (ours, HOPS, Costs()),
            "simulate, trace kept": (ours, HOPS // 20, Costs(), True),
            "SimPy, leanest form": (simpy_lean, HOPS),
            "SimPy, documented mailbox form": (simpy_idiom, HOPS // 5),
        }
    )
    print(f"ping-pong, {HOPS:,} messages in five rounds (fewer for the slow ones), best round")
    print(f"{'':36} {'messages/s':>11}  {'of the bare loop':>16}")
    for name in speed:
        print(f"{name:36} {speed[name]:11,.0f}  {speed[name] / speed[bare]:15.2f}x")
    slow = [name for name in (poll, interrupt) if speed[name] < FLOOR * speed[bare]]
    for name in slow:
        print(f"too slow: {name}: below {FLOOR} of the bare loop")
    return len(slow)


if __name__ == "__main__":
    sys.exit(main())
