"""All signals at one moment: pending, blocked and handled, by thread and kernel."""

from popcorn_lib.draw.boards.drawing import drawn
from popcorn_lib.draw.boards.signals import SIGNALS


def signal_table(trace, at=None, title="Signals: pending, blocked, handled"):
    """Threads and processes down, kernels across, after one event.

    at: the event; None is the last one with anything to show.  What it has changed is shaded.
    Raises ValueError for an event that is not in the trace.
    """
    return drawn(SIGNALS, trace, at, title)
