"""What the work costs that steps name: lines, locks, copies, interrupts on one kernel's cores.

The idea.  A step says what it does (`kernel.work("lock", name)`), never what that costs: kernels
know no clock.  Here it is priced.  The cores of one kernel share memory, and sharing is not free:
a cache line comes from the core that had it last, near or from another socket; who wants a lock
that another holds spins in line; a stale translation is flushed on every core that runs a thread of
the process, each by an interrupt.  Kernels share nothing, so none of that ever passes between two
of them: there it is messages that cost.

Invariant.  Two cores never hold one lock at the same time; it goes round in the order of asking.

Sources.  The constants are those of `Costs`.  That passing on a spinning lock takes longer the more
cores spin, half of them on average: Boyd-Wickizer, Kaashoek, Morris and Zeldovich, "Non-scalable
locks are dangerous", OLS 2012.  Interrupts one after the other: Baumann et al., SOSP 2009, 5.1.
"""

from collections import deque

WAKES = ("resume", "start", "restart")  # effects after which a thread that sleeps may run
# Work with a price of its own kind: it depends on other cores, or on the thread that it is done for
PRICED = ("load", "store", "lock", "unlock", "flush", "rewrite")


class Prices:
    """Prices the steps of one kernel; all times in nanoseconds.

    node: the kernel's attributes in the machine's graph.  cores: its Cores, to see who runs.
    threads: {tid: Thread} of the world.
    charged: {(constant, what): [count, nanoseconds]}, waits for locks and lines among it.
    """

    def __init__(self, costs, node, cores, threads):
        self.ticket, self.each = costs.lock == "ticket", costs.each
        self.line = ("near_s", self.each["near"]), ("far_s", self.each["far"])
        self.cores, self.threads = cores, threads
        self.sockets = [core * node["sockets"] // node["cores"] for core in range(node["cores"])]
        self.cycle, self.node = 1e9 / node["clock_hz"], node
        self.lines = {}  # name -> [cores that have a copy, until when it is on its way]
        self.locks = {}  # name -> when each of those in line lets go, the holder first
        self.held, self.charged = [], {}

    def price(self, now, core, effects, tid=None):
        """When a step is done that begins at `now` on a core for a thread (None: a handler)."""
        for effect in effects:
            if effect[0] == "work":
                now = self._work(now, core, *effect[1:])
            elif effect[0] in WAKES and effect[1] != tid:
                now = self._wake(now, core, effect[1])
        for name in list(self.held):
            self._unlock(now, core, name)
        return now

    def _work(self, now, core, what, amount):
        if what in PRICED:
            return getattr(self, "_" + what)(now, core, amount)
        if what in self.each:
            return self._charge(now, what + "_s", self.each[what] * amount, amount)
        cycles = amount / self.node[what + "_per_cycle"]
        return self._charge(now, "cycles", cycles * self.cycle, cycles)

    def _charge(self, now, constant, nanoseconds, count=1):
        """Time passes, and the bill says for what."""
        line = self.charged.setdefault(constant, [0, 0])
        line[0] += count
        line[1] += round(nanoseconds)
        return now + round(nanoseconds)

    # ---- cache lines ----------------------------------------------------------------------------

    def _load(self, now, core, name):
        """Read a line: free for a core that has a copy."""
        having = self.lines.get(name)
        if having and core in having[0]:
            return now
        return self._fetch(now, core, name, min)

    def _store(self, now, core, name):
        """Write a line: free for the only core that has it; the copies of others go."""
        having = self.lines.get(name)
        if having and having[0] == {core}:
            return now
        done = self._fetch(now, core, name, max)
        self.lines[name][0] = {core}
        return done

    def _fetch(self, now, core, name, which):
        """A line comes from the nearest core that has it, or from the farthest that must let go."""
        line = self.lines.setdefault(name, [set(), now])
        others = line[0] - {core}
        if others:
            begin = max(now, line[1])
            self._charge(now, "waits for lines", begin - now, begin > now)
            far = which(self.sockets[other] != self.sockets[core] for other in others)
            now = line[1] = self._charge(begin, *self.line[far])
        line[0].add(core)
        return now

    # ---- locks ----------------------------------------------------------------------------------

    def _lock(self, now, core, name):
        """Take a lock until the step lets go of it or ends, in line behind who came before."""
        if name in self.held:
            return now
        line = self.locks.setdefault(name, deque())
        while line and line[0] <= now:
            line.popleft()
        # DOC: priced lock, who comes late spins in line; the more spin, the longer a ticket takes
        if line:  # as many are still to come when it is our turn as stand before us now
            spin = 1 + len(line) / 2 if self.ticket else 1
            constant, nanoseconds = self.line[self._is_far(core, name)]
            self._charge(now, "waits for locks", line[-1] - now)
            now = self._charge(line[-1], constant, nanoseconds * spin, spin)
            self.lines[name, "lock"] = [{core}, now]
        else:
            now = self._store(now, core, (name, "lock"))
        # DOC: end
        self.held.append(name)
        return self._charge(now, "hold_s", self.each["hold"])

    def _unlock(self, now, core, name):
        if name in self.held:
            self.held.remove(name)
            self.locks[name].append(now)
        return now

    def _is_far(self, core, name):
        """Whether the last holder of a lock is on another socket."""
        return any(self.sockets[c] != self.sockets[core] for c in self.lines[name, "lock"][0])

    # ---- threads that move to another instruction set --------------------------------------------

    def _rewrite(self, now, core, tid):
        """Rewrite a thread's stack, value by value; a thread that has not begun has none."""
        thread = self.threads.get(tid)
        values = thread.values() if thread else 0
        return self._charge(now, "rewrite_s", self.each["rewrite"] * values, values)

    # ---- other cores ----------------------------------------------------------------------------

    def _flush(self, now, core, tids):
        """Drop translations, here and on every other core that runs one of these threads."""
        others = sum(
            thread is not None and thread.tid in tids
            for number, thread in enumerate(self.cores.on)
            if number != core
        )
        now = self._charge(now, "flush_s", self.each["flush"])
        return self._charge(now, "ipi_s", others * self.each["ipi"], others)

    def _wake(self, now, core, tid):
        """Put a thread into the run queue of the core that it had last; interrupt an idle one."""
        thread = self.threads.get(tid)
        if thread is None or thread.running:
            return now
        target = thread.core if thread.core < len(self.cores.on) else 0
        if target == core:
            return now
        now = self._store(now, core, ("run queue", target))
        idle = self.cores.on[target] is None
        return self._charge(now, "ipi_s", self.each["ipi"]) if idle else now
