"""Hosts outside the machine, and the wire that joins them to it, in virtual time.

A host is a small machine of its own, one kernel with one process, that shares nothing with ours
but the clock; its program is a generator of system calls like any other.  The wire takes packets
from the machine's first kernel to a host and back, each by itself: it may lose them, double them
and deliver them late, as often as a Faults of its own says.  What hosts and the wire do is not
part of the trace; what comes in from the wire is, as an event of the kernel that gets it.
"""

import random

import networkx

from popcorn_lib.errors import UsageError
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.costs import nanoseconds
from popcorn_lib.worlds.faults import check_faults
from popcorn_lib.worlds.mishaps import CHANCE, LATE
from popcorn_lib.worlds.program import check_program

OURS = "10.0.0.1"  # the machine's own address


def check_hosts(hosts):
    """{address: program}; UsageError for what is none."""
    if hosts is not None and not isinstance(hosts, dict):
        raise UsageError(f"hosts must be {{address: program}}, not {hosts!r}")
    for address, program in (hosts or {}).items():
        parts = address.split(".") if isinstance(address, str) else ()
        good = len(parts) == 4 and all(p.isdecimal() and int(p) < 256 for p in parts)
        if not good or address in (OURS, "0.0.0.0") or address.startswith("127."):
            raise UsageError(f"{address!r} is no address of a host outside, such as '10.0.0.9'")
        check_program(program, ())
    return hosts or {}


class Wire:
    """Joins a Simulation with those of its hosts; `carry` takes a packet."""

    def __init__(self, world, make, hosts, faults, seed):
        """make: makes the Simulation of a host, from its machine and the addresses around it."""
        self.left = check_faults(faults)._asdict()
        if self.left.pop("crash"):
            raise UsageError(f"a wire loses, doubles and delays, but cannot crash: {faults!r}")
        self.random = random.Random(f"wire {seed}")
        self.latency = nanoseconds(world.costs.wire_s)
        self.worlds = {OURS: world}
        for address, program in hosts.items():
            graph = networkx.Graph()
            graph.add_node(address, cores=1)
            around = tuple(other for other in (OURS, *hosts) if other != address)
            host = self.worlds[address] = make(Machine.from_graph(graph), address, around)
            host.wire = self
            host.start(program, (), address)

    def carry(self, now, world, to, packet):
        """A packet sets out; most arrive, once and in time."""
        what = self._drawn()
        when = now + world.stretched(self.latency)
        if what == "drop":
            return
        if what == "delay":
            when += LATE * self.latency
        for _ in range(2 if what == "duplicate" else 1):
            world.plan(when, self._arrive, to, packet)
            when += self.latency

    def _drawn(self):
        """The mishap of a packet, or None."""
        for what, left in self.left.items():
            if left and self.random.random() < CHANCE[what]:
                self.left[what] -= 1
                return what
        return None

    def _arrive(self, now, to, packet):
        """The first kernel of a machine gets a packet, as soon as it has time."""
        world = self.worlds[to]
        gate = world.machine.kernels[0]
        window = world.links.windows[gate]
        if now < window.busy_until:
            world.plan(window.busy_until, self._arrive, to, packet)
        else:
            window.busy_until = world.from_outside(now, gate, packet)

    def dismiss(self):
        """Hosts whose programs still wait when all else is over are left as they are."""
        for address, world in self.worlds.items():
            if address != OURS:
                for thread in world.threads.values():
                    thread.dismiss()
