"""All connections at one moment, end by end: where each is and how far its bytes have come."""

from popcorn_lib.draw.boards.drawing import drawn
from popcorn_lib.draw.boards.streams import STREAMS


def byte_streams(trace, at=None, title="Connections"):
    """Ends of connections down, what there is to tell of them across, after one event.

    at: the event; None is the last one with anything to show.  What it has changed is shaded.
    Raises ValueError for an event that is not in the trace.
    """
    return drawn(STREAMS, trace, at, title)
