"""What a run was charged for: counts times constants, and joules."""

from popcorn_lib.errors import UsageError
from popcorn_lib.worlds.costs import ACCESSES

INPUTS = {"request": "call_s", "message": "handler_s", "timer": "handler_s", "wire": "handler_s"}


class Paid:
    """What a world has counted, kept for the bill."""

    def __init__(self, world):
        self.costs = world.costs
        self.channels = {
            (source, to): channel
            for source, ways in world.links.channels.items()
            for to, channel in ways.items()
        }
        self.switches = sum(cores.switches for cores in world.cores.values())
        self.charged = [prices.charged for prices in world.prices.values()]

    def bill(self, trace):
        """The DataFrame of `Run.bill`; trace: of the run."""
        import pandas

        rows = {}
        for constant, count, seconds in (*self._steps(trace), *self._ways(trace), *self._work()):
            before = rows.setdefault(constant, [0, 0.0])
            before[0], before[1] = before[0] + count, before[1] + seconds
        table = [(name, n, all_s / n, all_s) for name, (n, all_s) in rows.items() if n]
        return pandas.DataFrame(table, columns=["constant", "count", "each_s", "seconds"])

    def _steps(self, trace):
        """Calls, handlers and switches, each of which costs a constant."""
        for event in trace.events:
            if event.cause in INPUTS:
                constant = "access_s" if event.name in ACCESSES else INPUTS[event.cause]
                yield constant, 1, getattr(self.costs, constant)
        yield "switch_s", self.switches, self.switches * self.costs.switch_s

    def _ways(self, trace):
        """Links: latency, bandwidth, slots and notices."""
        for sent in trace.messages:
            channel = self.channels[sent.source, sent.destination]
            yield "latency_s", 1, channel.latency * 1e-9
            yield "bandwidth_bps", int(channel.per_byte > 0), sent.bytes * channel.per_byte * 1e-9
            yield "chunk_s", sent.chunks, sent.chunks * self.costs.chunk_s
        for channel in self.channels.values():
            polled = channel.notice == round(self.costs.poll_s * 1e9)
            constant = "poll_s" if polled else "interrupt_s"
            yield constant, channel.noticed, channel.noticed * channel.notice * 1e-9

    def _work(self):
        """What the steps named, as the prices of each kernel have charged it."""
        for charged in self.charged:
            for constant, (count, nanoseconds) in charged.items():
                yield constant, count, nanoseconds * 1e-9


def joules(run):
    """The DataFrame of `Run.joules`."""
    import pandas

    stays, rows = run.cores, []
    for name, node in run.machine.graph.nodes.items():
        for watts in ("idle_w", "busy_w"):
            if watts not in node:
                raise UsageError(f"kernel {name!r} has no {watts}: the machine must tell its watts")
        mine = stays[stays.kernel == name]
        held = float((mine.until_s - mine.from_s).sum()) / node["cores"]
        more = (node["busy_w"] - node["idle_w"]) * held
        rows.append((name, node["idle_w"] * run.seconds, more))
    return pandas.DataFrame(rows, columns=["kernel", "idle_j", "busy_j"])
