"""What happened in a run: one event per step of a kernel, one row per message.

The trace is written by a world and read by every picture, so that no view computes a protocol
again: an event holds the frozen state of the kernel that stepped, shared with the event before
wherever it is unchanged.  Happened-before needs no clocks: an event follows the one before it on
its kernel, the one that sent the message it handles, and the one that resumed its thread.
"""

import json
from typing import NamedTuple

import networkx

from popcorn_lib.causality import causal_order, check_event, follows, reordered, vector_clocks
from popcorn_lib.exports import labelled, perfetto, shiviz
from popcorn_lib.predicates import truth_table


class Event(NamedTuple):
    """One step of one kernel: the input that it handled and what came of it."""

    index: int  # position in the trace
    time_s: float  # virtual time of the step; under `explore` the number of the step
    kernel: str
    cause: str  # "boot", "request", "message", "timer", "fault" or "wire"
    name: str  # the call, the kind of message or the timer
    mechanism: str
    tid: object  # the thread that asked or that the message is about; None if none
    text: str  # the input in words
    message: object  # the message handled: a position in `trace.messages`; None if none
    sent: tuple  # the messages sent: positions in `trace.messages`
    resumed: tuple  # (tid, result in words) of each thread that goes on, on this kernel
    ended: tuple  # the threads that ended in this step
    notes: tuple  # what the mechanism says about it
    state: dict  # mechanism -> its frozen state after the step


class Sent(NamedTuple):
    """One message, from its sending to its handling."""

    index: int
    time_s: float  # when it was sent, seconds
    handled_s: object  # when its handler ran; None while it is on its way
    source: str
    destination: str
    mechanism: str
    kind: str
    bytes: int
    priority: str  # "high" or "normal"
    chunks: int  # slots of the ring that it took
    tid: object
    text: str
    sent_by: int  # event
    handled_by: object  # event; None while it is on its way


COLUMNS = ("source", "destination", "mechanism", "kind", "bytes", "priority", "chunks")


class Trace:
    """The events and messages of one run on one machine; see `Event` and `Sent` for the rows."""

    def __init__(self, machine):
        self.machine = machine
        self.events = []
        self.messages = []
        self.faults = {}  # event of a fault -> the messages that it lost, doubled or delayed

    def __len__(self):
        return len(self.events)

    def __repr__(self):
        return f"<Trace of {len(self.events)} events and {len(self.messages)} messages>"

    def state_lines(self, event):
        """The state of the event's kernel after it, in words: {mechanism: [line, ...]}."""
        return {
            name: self.machine.mechanism(name).describe_frozen(frozen)
            for name, frozen in event.state.items()
        }

    def to_frame(self):
        """The events as a pandas DataFrame, one row per event, without the states."""
        import pandas

        columns = [name for name in Event._fields if name != "state"]
        rows = [event[:-1] for event in self.events]
        return pandas.DataFrame(rows, columns=columns).set_index("index")

    def messages_frame(self):
        """The messages as a pandas DataFrame, one row per message, no cell missing.

        time_s: when it was sent; handled_s: when its handler began, inf if the run ended before.
        """
        import pandas

        rows = [
            (sent.time_s, sent.handled_s, *(getattr(sent, name) for name in COLUMNS))
            for sent in self.messages
        ]
        frame = pandas.DataFrame(rows, columns=["time_s", "handled_s", *COLUMNS])
        return frame.astype({"handled_s": float}).fillna({"handled_s": float("inf")})

    def to_graph(self):
        """Happened-before as a networkx DiGraph: events by index, edges by what joins them."""
        graph = networkx.DiGraph()
        last_on, last_of = {}, {}
        for event in self.events:
            graph.add_node(event.index, kernel=event.kernel, name=event.name, time_s=event.time_s)
            if event.kernel in last_on:
                graph.add_edge(last_on[event.kernel], event.index, why="kernel")
            if event.cause == "request" and event.tid in last_of:
                graph.add_edge(last_of[event.tid], event.index, why="thread")
            if event.message is not None:
                sender = self.messages[event.message].sent_by
                graph.add_edge(sender, event.index, why="message")
            for number in self.faults.get(event.index, ()):
                graph.add_edge(self.messages[number].sent_by, event.index, why="fault")
            last_on[event.kernel] = event.index
            last_of.update(dict.fromkeys((tid for tid, _ in event.resumed), event.index))
        return graph

    # ---- what caused what -----------------------------------------------------------------------

    def causal(self, only=False):
        """The same run in an order that is easier to follow, as a new Trace.

        One kernel goes on with its work as long as it can, then the one that its messages lead to;
        every kernel still handles the same inputs in the same order.  What the last event does not
        follow from comes behind it.  only: leave that out.  The rest is a run that can be, but
        what is wrong with several kernels at once may then be missing its other half.
        """
        graph = self.to_graph()
        order = causal_order(graph)
        if only and order:
            order = order[: order.index(len(self) - 1) + 1]
        return reordered(self, order)

    def clocks(self):
        """The vector clocks as a pandas DataFrame: a row per event, a column per kernel.

        A cell says how many events of that kernel the event follows from, itself counted.
        """
        import pandas

        rows = vector_clocks(self.to_graph(), self.machine.kernels)
        frame = pandas.DataFrame.from_dict(rows, orient="index", columns=self.machine.kernels)
        return frame.rename_axis("event")

    def past(self, event):
        """The events that an event follows from, in order; UsageError if there is no such event."""
        graph = self.to_graph()
        check_event(graph, event)
        clocks = vector_clocks(graph, self.machine.kernels)
        return [e for e in clocks if e != event and follows(clocks, graph, event, e)]

    def concurrent(self, a, b):
        """Whether neither of two events follows from the other; UsageError if one is not there."""
        graph = self.to_graph()
        check_event(graph, a)
        check_event(graph, b)
        clocks = vector_clocks(graph, self.machine.kernels)
        return not (follows(clocks, graph, a, b) or follows(clocks, graph, b, a))

    # ---- what holds when ------------------------------------------------------------------------

    def predicates(self, named=None, invariants=()):
        """What holds after each event, as a pandas DataFrame: a row per event, True or False.

        named: {name: function of {kernel: its tables}}; true means that it holds.  invariants:
        functions that return nothing, or what is wrong, as for `explore`; the mechanisms' own are
        always among the columns.  The first column says the event in words.
        Raises UsageError for one that cannot judge a state.
        """
        return truth_table(self, named, invariants)

    def show_predicates(self, named=None, invariants=(), title="What holds when"):
        """The same table as a picture: a bar where something holds, a mark where that changes."""
        from popcorn_lib.draw import truth  # a look upwards, when a reader asks for it

        return truth(self, self.predicates(named, invariants), title)

    # ---- other tools ----------------------------------------------------------------------------

    def to_perfetto(self, path):
        """Write the trace for Perfetto and chrome://tracing: a track per kernel, arrows between.

        path: where to write the JSON file.
        """
        with open(path, "w", encoding="utf-8") as file:
            json.dump(perfetto(self), file)

    def to_shiviz(self, path):
        r"""Write the trace as a log for ShiViz, with vector clocks.

        Two lines for each event: its words; its kernel and its clock.  ShiViz reads them with the
        expression that it suggests, (?<event>.*)\n(?<host>\S*) (?<clock>{.*})
        """
        clocks = vector_clocks(self.to_graph(), self.machine.kernels)
        with open(path, "w", encoding="utf-8") as file:
            file.write(shiviz(self, clocks))

    def to_graphml(self, path):
        """Write happened-before for tools that draw graphs: events as nodes, labelled in words."""
        networkx.write_graphml(labelled(self, self.to_graph()), path)

    def show(self, **options):
        """The trace in the stepper: a picture that walks through it event by event."""
        from popcorn_lib.draw import stepper  # the one look upwards, when a reader asks for it

        return stepper(self, **options)

    def step(self, event, **options):
        """The stepper, opened at an event, which its text says."""
        return self.show(start=event, **options)
