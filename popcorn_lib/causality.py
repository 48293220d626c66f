"""What caused what in a trace: its events in another order, the past of an event, vector clocks.

The idea.  `Trace.to_graph` joins each event to those that come directly before it: on its kernel,
at the sender of its message, where its thread was resumed.  Every order that keeps these edges is a
run of the same machine: each kernel handles the same inputs in the same order, so it goes through
the same states.  An order in which one kernel works as long as it can is the easiest to follow.
Source: L. Lamport, Time, Clocks, and the Ordering of Events (1978); vector clocks by C. Fidge and
F. Mattern (1988); the sorted traces of DSLabs (E. Michael and others, 2019).
"""

import networkx

from popcorn_lib.errors import UsageError

# ---- another order ------------------------------------------------------------------------------


def causal_order(graph):
    """The events of a happened-before graph in an order that is easy to follow.

    One kernel goes on as long as it can; then comes the event that what was told last leads to.
    What the last event does not follow from comes after it.
    """
    events = sorted(graph)
    past = networkx.ancestors(graph, events[-1]) | {events[-1]} if events else set()
    order = _runs(graph.subgraph(past), None)
    rest = graph.subgraph(graph.nodes - past)
    return order + _runs(rest, graph.nodes[order[-1]]["kernel"] if order else None)


def _runs(graph, kernel):
    """A linear extension that changes from kernel to kernel when it must; it begins on `kernel`."""
    missing = dict(graph.in_degree)
    ready = {event for event in missing if not missing[event]}
    place, order = {}, []

    def reason(event):
        """First this kernel's next event, then what follows from the latest, then the first."""
        latest = max((place[before] for before in graph.pred[event]), default=-1)
        return (graph.nodes[event]["kernel"] == kernel, latest, -event)

    while ready:
        event = max(ready, key=reason)
        ready.remove(event)
        kernel, place[event] = graph.nodes[event]["kernel"], len(order)
        order.append(event)
        for after in graph.succ[event]:
            missing[after] -= 1
            if not missing[after]:
                ready.add(after)
    return order


def reordered(trace, order):
    """A new Trace of the events of `order`, which must hold whatever each of them follows from.

    Events and messages are numbered anew.  Where the times of a trace are numbers of steps they
    are so again; seconds stay as they are.
    """
    new = type(trace)(trace.machine)
    stepped = all(event.time_s == event.index for event in trace.events)
    event_at = {old: number for number, old in enumerate(order)}
    rows = [row for row in trace.messages if row.sent_by in event_at]
    rows.sort(key=lambda row: (event_at[row.sent_by], row.index))
    message_at = {row.index: number for number, row in enumerate(rows)}
    for old, number in event_at.items():
        new.events.append(_event(trace.events[old], number, message_at, stepped))
    for number, row in enumerate(rows):
        new.messages.append(_message(row, number, event_at, stepped))
    for old, about in trace.faults.items():
        if old in event_at:
            new.faults[event_at[old]] = tuple(message_at[row] for row in about)
    return new


def _event(event, number, message_at, stepped):
    return event._replace(
        index=number,
        time_s=float(number) if stepped else event.time_s,
        message=message_at.get(event.message),
        sent=tuple(message_at[row] for row in event.sent),
    )


def _message(row, number, event_at, stepped):
    by, to = event_at[row.sent_by], event_at.get(row.handled_by)
    times = {"time_s": row.time_s, "handled_s": row.handled_s if to is not None else None}
    if stepped:
        times = {"time_s": float(by), "handled_s": float(to) if to is not None else None}
    return row._replace(index=number, sent_by=by, handled_by=to, **times)


# ---- clocks -------------------------------------------------------------------------------------


def vector_clocks(graph, kernels):
    """{event: {kernel: how many of its events this one follows from, itself counted}}."""
    clocks = {}
    for event in sorted(graph):  # the order of a trace keeps every edge
        before = [clocks[other] for other in graph.pred[event]]
        clock = {name: max((other[name] for other in before), default=0) for name in kernels}
        clock[graph.nodes[event]["kernel"]] += 1
        clocks[event] = clock
    return clocks


def follows(clocks, graph, late, early):
    """Whether event `late` follows from event `early`, or is the same."""
    kernel = graph.nodes[early]["kernel"]
    return clocks[late][kernel] >= clocks[early][kernel]


def check_event(graph, event):
    """UsageError if the trace has no such event."""
    if event not in graph:
        raise UsageError(f"event {event!r} is not in the trace; it has {len(graph)} events, from 0")
