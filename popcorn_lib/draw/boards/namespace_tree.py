"""Who is in which namespaces at one moment, in the order of their tree."""

from popcorn_lib.draw.boards.drawing import drawn
from popcorn_lib.draw.boards.namespaces import NAMESPACES


def namespace_tree(trace, at=None, title="Namespaces"):
    """PID namespaces and processes down, kinds of namespaces across, after one event.

    at: the event; None is the last one with anything to show.  What it has changed is shaded.
    Raises ValueError for an event that is not in the trace.
    """
    return drawn(NAMESPACES, trace, at, title)
