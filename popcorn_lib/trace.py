"""What happened in a run: one event per step of a kernel, one row per message.

The trace is written by a world and read by every picture, so that no view computes a protocol
again: an event holds the frozen state of the kernel that stepped, shared with the event before
wherever it is unchanged.  Happened-before needs no clocks: an event follows the one before it on
its kernel, the one that sent the message it handles, and the one that resumed its thread.
"""

import json
from typing import NamedTuple

import networkx


class Event(NamedTuple):
    """One step of one kernel: the input that it handled and what came of it."""

    index: int  # position in the trace
    time_s: float  # virtual time of the step; under `explore` the number of the step
    kernel: str
    cause: str  # "boot", "request", "message", "timer" or "fault"
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
            last_on[event.kernel] = event.index
            last_of.update(dict.fromkeys((tid for tid, _ in event.resumed), event.index))
        return graph

    def to_perfetto(self, path):
        """Write the trace for Perfetto and chrome://tracing: a track per kernel, arrows between.

        path: where to write the JSON file.
        """
        place = {name: number for number, name in enumerate(self.machine.kernels)}
        rows = [
            {"ph": "M", "name": "process_name", "pid": number, "args": {"name": name}}
            for name, number in place.items()
        ]
        for event in self.events:
            where = {"pid": place[event.kernel], "tid": 0, "ts": event.time_s * 1e6}
            about = {"text": event.text, "notes": list(event.notes)}
            rows.append(where | {"ph": "X", "dur": 0.1, "name": event.name, "args": about})
            rows += [where | {"ph": "s", "id": i, "name": "message"} for i in event.sent]
            if event.message is not None:
                end = {"ph": "f", "bp": "e", "id": event.message, "name": "message"}
                rows.append(where | end)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": rows, "displayTimeUnit": "ns"}, file)

    def show(self, **options):
        """The trace in the stepper: a picture that walks through it event by event."""
        from popcorn_lib.draw import stepper  # the one look upwards, when a reader asks for it

        return stepper(self, **options)
