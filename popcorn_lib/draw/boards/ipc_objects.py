"""All objects of System V IPC at one moment: key, home, content, and who waits for them."""

from popcorn_lib.draw.boards.drawing import drawn
from popcorn_lib.draw.boards.ipc import IPC


def ipc_objects(trace, at=None, title="Objects of System V IPC"):
    """Queues, semaphores and segments down, what there is to tell of them across, after one event.

    at: the event; None is the last one with anything to show.  What it has changed is shaded.
    Raises ValueError for an event that is not in the trace.
    """
    return drawn(IPC, trace, at, title)
