"""A trace in the forms of other tools: Perfetto, ShiViz, GraphML; see the methods of `Trace`."""

import json

import networkx

from popcorn_lib.kernel import readable, short

# ---- Perfetto and chrome://tracing --------------------------------------------------------------


def perfetto(trace):
    """The trace as the JSON that Perfetto reads, in plain Python values."""
    place = {name: number for number, name in enumerate(trace.machine.kernels)}
    rows = [
        {"ph": "M", "name": "process_name", "pid": number, "args": {"name": name}}
        for name, number in place.items()
    ]
    for event in trace.events:
        where = {"pid": place[event.kernel], "tid": 0, "ts": event.time_s * 1e6}
        about = {"text": event.text, "notes": list(event.notes)}
        rows.append(where | {"ph": "X", "dur": 0.1, "name": event.name, "args": about})
        rows += [where | {"ph": "s", "id": i, "name": "message"} for i in event.sent]
        if event.message is not None:
            end = {"ph": "f", "bp": "e", "id": event.message, "name": "message"}
            rows.append(where | end)
    return {"traceEvents": rows, "displayTimeUnit": "ns"}


# ---- ShiViz -------------------------------------------------------------------------------------


def shiviz(trace, clocks):
    """The trace as ShiViz reads it: for each event its words, then its host and its clock."""
    lines = []
    for event in trace.events:
        clock = {_host(name): count for name, count in clocks[event.index].items() if count}
        words = " ".join(f"{event.index} {event_words(event)}".split())
        lines += [words, f"{_host(event.kernel)} {json.dumps(clock)}"]
    return "\n".join(lines) + "\n"


def _host(name):
    """A kernel's name without the spaces that would end it."""
    return "_".join(name.split())


# ---- GraphML ------------------------------------------------------------------------------------


def labelled(trace, graph):
    """A happened-before graph whose attributes can be read in any tool for graphs."""
    new = networkx.DiGraph(name="happened-before")
    for event in trace.events:
        thread = short(event.tid) if isinstance(event.tid, int) else str(event.tid or "")
        new.add_node(
            event.index,
            label=event.name,
            kernel=event.kernel,
            cause=event.cause,
            mechanism=event.mechanism,
            thread=thread,
            time_s=float(event.time_s),
            text=event_words(event),
            notes="; ".join(map(str, event.notes)),
        )
    for before, after, why in graph.edges(data="why"):
        what = trace.events[after].name if why == "message" else why
        new.add_edge(before, after, why=why, label=what)
    return new


def event_words(event):
    """An event in one line, its name always among the words."""
    who = f"{short(event.tid)} " if event.cause == "request" and isinstance(event.tid, int) else ""
    words = readable(event.text)
    said = words if event.name in words else f"{event.name}: {words}".removesuffix(": ")
    return f"{who}{said}"
