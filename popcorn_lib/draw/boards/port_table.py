"""All ports that are held at one moment: by which socket, on which kernel."""

from popcorn_lib.draw.boards.drawing import drawn
from popcorn_lib.draw.boards.ports import PORTS


def port_table(trace, at=None, title="Ports"):
    """Addresses with ports down, kernels across, after one event.

    at: the event; None is the last one with anything to show.  What it has changed is shaded.
    Raises ValueError for an event that is not in the trace.
    """
    return drawn(PORTS, trace, at, title)
