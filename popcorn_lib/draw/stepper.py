"""The stepper: one slider walks through a trace, and every view of it moves along.

The space-time diagram, the machine, the kernels' states, a board and the words are written once; a
script moves a band, shows what is on its way and marks what has changed; it folds, hides and
filters by moving what is there.  It needs no kernel and no network.  Where no script runs, the
reader has the diagram as an image and all steps in words; the script reads the very same image and
words, so no two readers see different things.  There are no ids in it: two copies on a page cannot
disturb each other.
"""

from popcorn_lib.draw import svg
from popcorn_lib.draw.lanes import Lanes
from popcorn_lib.draw.picture import Picture, asset, call, page_sheet
from popcorn_lib.draw.shown import show_only
from popcorn_lib.draw.spacetime import describe, draw
from popcorn_lib.draw.stepper_data import boards_of, script_data
from popcorn_lib.draw.story import Story
from popcorn_lib.draw.words import columns, happened, situation, summary, twin
from popcorn_lib.errors import choose

VIEWS = ("spacetime", "graph", "state", "text")
TITLE = "A run, step by step"


def stepper(trace, start=None, width=None, views=VIEWS, title=TITLE, board=None, **choices):
    """Walk through a trace event by event.

    start: the event to open at; None opens at the first that is shown.  width: of the whole, in CSS
    terms ("720px"); None takes the room that there is.  views: which of "spacetime", "graph",
    "state" and "text" to show.  board: the one to open with instead of the states in words.
    choices: fold, hide, mechanism, kernel, thread, window, as for `spacetime`; the reader may
    change all but the window.
    Raises ValueError for an unknown view, board, choice or value and an event that is not shown.
    """
    for view in views:
        choose("view", view, VIEWS)
    return Stepper(Story(trace), start, width, tuple(views), title, board, choices)


def step(trace, event, **options):
    """The stepper, opened at one event, which its text says; options as for `stepper`."""
    return stepper(trace, start=event, **options)


class Stepper:
    """A trace to walk through; a notebook shows it, `step` opens it elsewhere, `text` says it."""

    def __init__(self, story, start, width, views, title, board=None, choices=()):
        if not story.events:
            raise ValueError("the trace has no events to step through")
        self.story, self.views, self.title, self.width = story, views, title, width
        self.choices, self.asked, self.boards = dict(choices), start is not None, boards_of(story)
        self.board = board and choose("board", board, [one.name for one in self.boards])
        self.shown = show_only(story, self.choices, opened=(start,))
        stops = self.shown.stops or [self.shown.first]
        self.start = self.shown.check(start) if self.asked else stops[0]

    def step(self, index):
        """The same stepper, opened at another event."""
        self.story.check(index)
        options = self.width, self.views, self.title, self.board, self.choices
        return Stepper(self.story, index, *options)

    def text(self, index=None):
        """One step in words: the event, where the threads are, what changed in the state."""
        index = self.start if index is None else self.story.check(index)
        told = [twin(self.story, index)]
        told += [b.words(self.story, index) for b in self.boards if b.name == self.board]
        return "\n".join(told)

    @property
    def label(self):
        """What it is, in one line."""
        return f"{self.title}: {summary(self.story)}"

    @property
    def picture(self):
        """The space-time diagram at the event where the stepper opens; the whole if it is 0."""
        return self._picture()

    def _picture(self, whole=False):
        upto = self.start if self.asked and self.start else None
        lanes = Lanes(self.story, "events", self.shown)
        said = describe(self.story, self.shown, upto)
        return Picture(lanes.width, lanes.height, draw(lanes, upto, whole), self.title, said)

    def __str__(self):
        told = [self.label, self.shown.words()]
        told.append(self.text() if self.asked else columns(self.story, self.shown))
        return "\n\n".join(filter(None, told))

    def __repr__(self):
        return f"<Stepper: {self.label}, at event {self.start}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def _repr_html_(self):
        first, last = self.shown.first, self.shown.last
        steps = "".join(map(self._step, range(first, last + 1)))
        width = f' style="width:{svg.escape(self.width)};max-width:100%"' if self.width else ""
        style = page_sheet() + asset("stepper.css")
        return (
            f'<div class="popcorn popcorn-stepper" role="group" '
            f'aria-label="{svg.escape(self.label)}"{width}>'
            f"{self._picture(whole=True).image()}<details><summary>The steps in words</summary>"
            f'<ol start="{first}">{steps}</ol></details><style>{style}</style>'
            f"{call('stepper.js', self.data())}</div>"
        )

    def _step(self, index):
        words = happened(self.story, index), situation(self.story, index)
        return f"<li>{svg.escape(words[0])}<br>{svg.escape(words[1])}</li>"

    def data(self):
        """The trace for the script: plain lists."""
        return script_data(self.shown, self.start, self.views, self.boards, self.board)
