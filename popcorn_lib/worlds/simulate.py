"""The world in virtual time: one run of a program on a machine, with costs.

A heap holds what will happen and when, in whole nanoseconds; equal times keep their order.  A
thread runs on one of its kernel's cores until a call blocks it, or until others are ready and its
slice is over.  A kernel handles one message at a time, beside its threads.
"""

import random
import sys
from contextlib import nullcontext
from heapq import heappop, heappush
from itertools import count

from popcorn_lib.errors import Deadlock, UsageError, choose
from popcorn_lib.kernel import readable
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.collect import no_collection
from popcorn_lib.worlds.cores import Cores
from popcorn_lib.worlds.costs import ACCESSES, Costs, nanoseconds
from popcorn_lib.worlds.effects import Effects
from popcorn_lib.worlds.faults import check_faults
from popcorn_lib.worlds.hosts import OURS, Wire, check_hosts
from popcorn_lib.worlds.link import Links
from popcorn_lib.worlds.mishaps import Mishaps
from popcorn_lib.worlds.prices import Prices
from popcorn_lib.worlds.program import (
    SIGRETURN,
    Token,
    advance,
    as_request,
    check_program,
    copied,
    place,
)
from popcorn_lib.worlds.record import Recorder
from popcorn_lib.worlds.run import Run


def simulate(
    main,
    machine,
    args=(),
    seed=0,
    costs=None,
    faults=None,
    hosts=None,
    *,
    wire=None,
    start=None,
    max_seconds=None,
    trace=True,
):
    """Run `main(sys, *args)` on a machine until every process has ended; returns a Run.

    main: a generator function.  seed: 0 for exact costs; any other number stretches each call and
    message a little at random: another schedule.  costs: a Costs.  faults: a Faults; which messages
    they hit is drawn by the seed.  hosts: {address: program} outside the machine, whose address is
    "10.0.0.1"; the run goes on until nothing can happen there either, and a host that still waits
    then is left alone.  wire: a Faults for the packets between them.  start: the kernel of the
    first thread, by name.  max_seconds: stop an endless program there.  trace: keep events and
    messages.
    Raises UsageError for a wrong use, ProgramError for an exception that leaves a thread,
    Deadlock, which says who waits for what, if nothing can happen any more, and under faults
    HandlerError for a message that a kernel cannot handle; the last two have a `trace`.
    """
    if not isinstance(machine, Machine):
        raise UsageError(f"simulate needs a Machine, not {machine!r}")
    if costs is not None and not isinstance(costs, Costs):
        raise UsageError(f"costs must be a Costs, not {costs!r}")
    if max_seconds is not None and not 0 <= max_seconds < float("inf"):
        raise UsageError(f"max_seconds must be 0 or more, not {max_seconds!r}")
    hosts, costs = check_hosts(hosts), costs or Costs()
    world = Simulation(machine, costs, seed, trace, check_faults(faults), outside=tuple(hosts))

    def host(its_machine, address, outside):
        return Simulation(its_machine, costs, seed, False, (), address, outside, world)

    world.wire = Wire(world, host, hosts, wire, seed)
    world.start(main, args, start or machine.kernels[0])
    with no_collection() if trace else nullcontext():
        world.go(max_seconds)
    world.wire.dismiss()
    return Run(world)


class Simulation(Effects):
    """The state of one run; `now` is in nanoseconds."""

    def __init__(
        self, machine, costs, seed, trace, faults=(), address=OURS, outside=(), beside=None
    ):
        """address, outside: of this machine and of others; beside: whose clock it shares."""
        self.machine, self.costs = machine, costs
        self.kernels = machine.boot(address=address, outside=outside)
        self.recorder = Recorder(machine, self.kernels) if trace else None
        self.rings = []  # (time in s, kernel, slots in use, messages waiting for one)
        watch = self._watch_ring if trace else None
        self.heap, self.number = (beside.heap, beside.number) if beside else ([], count())
        self.mishaps = Mishaps(self, faults, seed) if any(faults) else None
        handle = self.mishaps.handle if self.mishaps else self.handle
        self.links = Links(machine, costs, self.heap, self.number, handle, watch)
        nodes = machine.graph.nodes
        given = nanoseconds(costs.slice_s), round(costs.switch_s * 1e9), self._run, self.plan, trace
        self.cores = {name: Cores(nodes[name]["cores"], *given) for name in machine.kernels}
        given = costs.call_s, costs.access_s, costs.handler_s
        self.call, access, self.handler = map(nanoseconds, given)
        self.accesses = dict.fromkeys(ACCESSES, access)
        self.random = random.Random(seed) if seed else None
        self.now = 0
        self.threads, self.timers, self.objects, self.outcome = {}, {}, [], None
        self.prices = {
            name: Prices(costs, nodes[name], cores, self.threads)
            for name, cores in self.cores.items()
        }
        self.transmit = self._transmit if trace else self.links.send

    def plan(self, when, function, first, second=None):
        """Call `function(when, first, second)` at a time."""
        heappush(self.heap, (when, next(self.number), function, first, second))

    def start(self, main, args, kernel):
        """Boot the first process on a kernel."""
        choose("kernel", kernel, self.machine.kernels)
        check_program(main, args)
        effects = self.kernels[kernel].start(self._keep((main, args)))
        self.main = effects[0][1]
        self._record(0, "boot", kernel, "boot", self.main, "the first process starts", effects)
        self._carry_out(kernel, effects, 0)

    def go(self, max_seconds=None):
        """Let everything happen, up to a virtual time."""
        heap, now = self.heap, 0
        limit = sys.maxsize if max_seconds is None else round(max_seconds * 1e9)
        while heap and heap[0][0] <= limit:
            now, _, function, first, second = heappop(heap)
            function(now, first, second)
        self.now = limit if heap else now
        waits = self._who_waits()
        for cores in self.cores.values():
            cores.stop(self.now)
        for thread in self.threads.values():
            thread.dismiss()
        if waits and not heap:
            raise Deadlock(f"nothing can happen any more: {waits}", self.trace)

    @property
    def trace(self):
        """What happened so far; None if it is not kept."""
        return self.recorder.trace if self.recorder else None

    def _who_waits(self):
        waits = (
            f"{thread.name} on {thread.kernel} waits in {thread.call!r} ({place(thread.generator)})"
            for _, thread in sorted(self.threads.items())
            if not (self.mishaps and thread.kernel in self.mishaps.dead)
        )
        return readable("; ".join(waits))

    # ---- steps of threads -----------------------------------------------------------------------

    def _run(self, now, thread):
        """A thread runs up to its next call, and its kernel does what the call asks."""
        while thread.call == SIGRETURN and not thread.again:
            thread.pop()
        if thread.again:
            thread.again = False
        else:
            thread.deadline = None
            thread.call = advance(thread.generator, thread.result, thread.name)
            if thread.below and thread.call.name == "return":
                thread.call = SIGRETURN
        call = thread.call
        thread.result, thread.resumed, here = None, False, thread.kernel
        request = as_request(call, self._keep, self._keep)
        try:
            effects = self.kernels[here].request(thread.tid, request)
            said = repr(call) if self.recorder else ""
            self._record(now, "request", here, request.name, thread.tid, said, effects)
            done = now + self.stretched(self.accesses.get(request.name, self.call))
            thread.until = done = self.prices[here].price(done, thread.core, effects, thread.tid)
            self._carry_out(here, effects, done)
        except UsageError as error:
            where = f"({thread.name}, {place(thread.generator)})"
            raise type(error)(f"{error} {where}") from error
        if thread.resumed and not thread.gone:
            self.plan(done, self.cores[here].go_on, thread, request.name == "sched_yield")
        elif not thread.gone:
            thread.running = False
            self.plan(done, self.cores[here].give_up, thread)

    def stretched(self, duration):
        if self.random is None:
            return duration
        return duration + int(duration * self.random.random() * self.costs.jitter)

    # ---- steps of kernels -----------------------------------------------------------------------

    def handle(self, now, name, source, message, index):
        """A kernel handles a message; returns when it is done."""
        try:
            effects = self.kernels[name].message(source, message)
            done = now + (self.stretched(self.handler) if self.random else self.handler)
            if self.recorder:
                row = self.recorder.trace.messages[index]
                self._record(now, "message", name, message.kind, row.tid, row.text, effects, index)
            if len(effects) == 1 and effects[0][0] == "send":  # the usual case, without a detour
                self.transmit(done, name, effects[0][1], effects[0][2])
            elif effects:
                done = self.prices[name].price(done, 0, effects)
                self._carry_out(name, effects, done)
        except UsageError as error:
            where = f"({name} handles {message.kind} from {source})"
            raise type(error)(f"{error} {where}") from error
        return done

    def from_outside(self, now, name, packet):
        """A kernel gets a packet from the wire; returns when it is done."""
        effects = self.kernels[name].message("wire", packet)
        text = f"from outside: {packet.kind}"
        self._record(now, "wire", name, packet.kind, None, text, effects)
        done = self.prices[name].price(now + self.stretched(self.handler), 0, effects)
        self._carry_out(name, effects, done)
        return done

    def _expire(self, now, timer, number):
        if self.timers.get(timer) != (number, now):
            return  # it has been dropped, or set again
        del self.timers[timer]
        name, key = timer
        effects = self.kernels[name].timer(key)
        self._record(now, "timer", name, "timer", None, f"timer of {key[0]}", effects)
        self._carry_out(name, effects, self.prices[name].price(now + self.handler, 0, effects))

    def _record(self, now, cause, kernel, name, tid, text, effects, message=None):
        if self.recorder:
            owner = self.kernels[kernel].owner_of(cause, name)
            self.sent = iter(
                self.recorder.event(
                    now / 1e9, kernel, cause, name, tid, text, effects, message, owner
                )
            )

    # ---- around ---------------------------------------------------------------------------------

    def _keep(self, value):
        """A token for a copy of a Python object."""
        self.objects.append(copied(value))
        return Token(len(self.objects) - 1)

    def _watch_ring(self, now, window):
        used = self.costs.ring_slots - window.free
        self.rings.append((now / 1e9, window.name, used, len(window.backlog)))
