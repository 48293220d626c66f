"""The page table of the whole machine at one moment: who may read which page, who may write it."""

from popcorn_lib.draw.boards.drawing import drawn
from popcorn_lib.draw.boards.pages import PAGES


def page_table(trace, at=None, title="Who may read and write which page"):
    """Pages down, kernels across, after one event.

    at: the event; None is the last one with a page to show.  What it has changed is shaded.
    Raises ValueError for an event that is not in the trace.
    """
    return drawn(PAGES, trace, at, title)
