"""What a phase, a page and a migration cost on a machine: the numbers that policies compare.

The idea.  A phase on a kernel takes its serial seconds, and its parallel ones divided by the
kernel's cores (Amdahl); cores that share hardware, caches or memory are not modelled.  What has to
come from another kernel first takes time too: threads and pages, one after the other.  Both prices
are put together from the machine's links and the constants of `Costs`, step by step as `simulate`
charges them.  Published constants of a whole page or migration can stand in their place.

Energy.  Every kernel draws its idle watts for as long as the program takes; a core at work adds its
share of what busy watts are more.  A kernel that should be off when unused has an idle_w of 0.

Sources.  Amdahl, AFIPS 1967.  The steps of a page and of a migration: `mechanisms/memory/pages.py`
and `mechanisms/threads/migrate.py`.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.machine import Machine
from popcorn_lib.messages import LINE
from popcorn_lib.messages.threads import THREAD_BYTES
from popcorn_lib.placement.program import check, needs
from popcorn_lib.worlds.costs import Costs

VALUES = 24  # on the stack of a thread that moves: as many as in the program of `run.py`


class Prices:
    """Seconds and joules on one machine.

    costs: a Costs, the default one if None.  migration_s, page_s: published constants in place of
    what the machine's links and costs say, in seconds.
    """

    def __init__(self, machine, costs=None, migration_s=None, page_s=None):
        if not isinstance(machine, Machine):
            raise UsageError(f"a placement needs a Machine, not {machine!r}")
        if costs is not None and not isinstance(costs, Costs):
            raise UsageError(f"costs must be a Costs, not {costs!r}")
        for what, value in (("migration_s", migration_s), ("page_s", page_s)):
            if value is not None and not 0 <= value < float("inf"):
                raise UsageError(f"{what} must be 0 or more and finite, not {value!r}")
        self.machine, self.costs = machine, costs or Costs()
        self.home, self.nodes = machine.kernels[0], machine.graph.nodes
        self.migration_s, self.page_s = migration_s, page_s
        self._routes, self._pages = machine.routes(), {}

    # ---- a phase on a kernel --------------------------------------------------------------------

    def seconds(self, phase, kernel):
        """How long a phase takes on a kernel once all that it needs is there."""
        serial = phase.on(self.machine, kernel)
        return serial * (1 - phase.parallel + phase.parallel / self.nodes[kernel]["cores"])

    def busy_joules(self, phase, kernel):
        """What a phase draws in addition to idle watts: of each core, for as long as it works."""
        more = self.watts(kernel, "busy_w") - self.watts(kernel, "idle_w")
        return more * phase.on(self.machine, kernel) / self.nodes[kernel]["cores"]

    def watts(self, kernel, what):
        """idle_w or busy_w of a kernel; UsageError if the machine does not tell."""
        if what not in self.nodes[kernel]:
            raise UsageError(f"kernel {kernel!r} has no {what}: the machine must tell its watts")
        return self.nodes[kernel][what]

    @property
    def idle_w(self):
        """Watts of the whole machine while nothing runs."""
        return sum(self.watts(kernel, "idle_w") for kernel in self.machine.kernels)

    def joules(self, phase, kernel, crossing_s=0.0):
        """All that is drawn while a phase runs alone, and while its threads and pages come."""
        passes = crossing_s + self.seconds(phase, kernel)
        return self.idle_w * passes + self.busy_joules(phase, kernel)

    # ---- from one kernel to another -------------------------------------------------------------

    def crossing(self, source, to, pages=0, threads=0):
        """Seconds until so many pages and threads have come from one kernel to another."""
        if source == to:
            return 0.0
        return threads * self.migration(source, to) + pages * self.page(source, to)

    def coming(self, graph, name, kernel, places):
        """Seconds until all that a phase needs has come to a kernel.

        places: {phase: kernel} of those that it needs, START among them.
        """
        return sum(self.crossing(places[one], kernel, *rest) for one, *rest in needs(graph, name))

    def migration(self, source, to):
        """Seconds to move a thread to a kernel that has seen it before."""
        if source == to:
            return 0.0
        if self.migration_s is not None:
            return self.migration_s
        costs, unlike = self.costs, self.nodes[source]["isa"] != self.nodes[to]["isa"]
        packing = costs.call_s + costs.move_s + unlike * VALUES * costs.rewrite_s
        unpacking = costs.handler_s + costs.move_s + costs.switch_s
        return packing + self.way(source, to, THREAD_BYTES) + unpacking

    def page(self, source, to):
        """Seconds to write a page whose only copy another kernel has; home is asked on the way."""
        if source == to:
            return 0.0
        if self.page_s is not None:
            return self.page_s
        if (source, to) not in self._pages:
            asks = [(to, self.home), (self.home, source)]
            hops = [hop for hop in asks if hop[0] != hop[1]]
            ways = sum(
                self.way(*hop, LINE) + self.way(*hop[::-1], LINE + self.machine.page_size)
                for hop in hops
            )
            costs = self.costs
            each = costs.access_s + costs.fault_s + costs.switch_s + 2 * len(hops) * costs.handler_s
            self._pages[source, to] = ways + each
        return self._pages[source, to]

    def way(self, source, to, size):
        """Seconds until a message of so many bytes has been noticed by an idle receiver.

        A message with more chunks than the ring has slots comes in parts.
        """
        costs = self.costs
        latency, per_byte, notify = self._routes[source, to]
        chunks = 1 if size <= LINE else -(-size // costs.chunk_bytes)
        full, rest = divmod(chunks, costs.ring_slots)
        carried = full * min(size, costs.ring_slots * LINE) + min(size, rest * LINE)
        arrives = latency + costs.notice(notify or costs.notify)
        return chunks * costs.chunk_s + carried * per_byte + (full + (rest > 0)) * arrives


def priced(graph, machine, costs):
    """Checked Prices of a program on a machine; costs: a Costs, Prices of one's own, or None."""
    prices = costs if isinstance(costs, Prices) else Prices(machine, costs)
    if prices.machine is not machine:
        raise UsageError(f"these prices are of {prices.machine!r}, not of {machine!r}")
    check(graph, machine)
    return prices
