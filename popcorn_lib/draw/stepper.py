"""The stepper: one slider walks through a trace, and every view of it moves along.

The space-time diagram, the machine, the kernels' states and the words are written once; a script
of a hundred lines or so moves a band, shows what is on its way and marks what has changed.  It
needs no kernel and no network.  Where no script runs, the reader has the diagram as an image and
all steps in words; the script reads the very same image and words, so no two readers see different
things.  There are no ids in it: two copies on a page cannot disturb each other.
"""

from popcorn_lib.draw import svg
from popcorn_lib.draw.graph import draw_machine, messages_on, standing
from popcorn_lib.draw.lanes import HEAD, ROW
from popcorn_lib.draw.layout import Layout
from popcorn_lib.draw.picture import asset, call, page_sheet
from popcorn_lib.draw.spacetime import spacetime
from popcorn_lib.draw.story import Story, thread_name
from popcorn_lib.draw.words import columns, happened, situation, summary, twin

VIEWS = ("spacetime", "graph", "state", "text")


def stepper(trace, start=0, width=None, views=VIEWS, title="A run, step by step"):
    """Walk through a trace event by event.

    start: the event to open at.  width: of the whole, in CSS terms ("720px"); None takes the room
    that there is.  views: which of "spacetime", "graph", "state" and "text" to show.
    Raises ValueError for an unknown view or an event that is not in the trace.
    """
    for view in views:
        if view not in VIEWS:
            raise ValueError(f"unknown view {view!r}; known: {', '.join(map(repr, VIEWS))}")
    return Stepper(Story(trace), start, width, tuple(views), title)


class Stepper:
    """A trace to walk through; a notebook shows it, `step` opens it elsewhere, `text` says it."""

    def __init__(self, story, start, width, views, title):
        if not story.events:
            raise ValueError("the trace has no events to step through")
        self.story, self.views, self.title = story, views, title
        self.start, self.width = story.check(start), width

    def step(self, index):
        """The same stepper, opened at another event."""
        return Stepper(self.story, self.story.check(index), self.width, self.views, self.title)

    def text(self, index=None):
        """One step in words: the event, where the threads are, what changed in the state."""
        return twin(self.story, self.start if index is None else self.story.check(index))

    @property
    def label(self):
        """What it is, in one line."""
        return f"{self.title}: {summary(self.story)}"

    @property
    def picture(self):
        """The space-time diagram at the event where the stepper opens; the whole if it is 0."""
        return spacetime(self.story, upto=self.start or None, title=self.title)

    def __str__(self):
        return f"{self.label}\n\n{columns(self.story)}"

    def __repr__(self):
        return f"<Stepper: {self.label}, at event {self.start}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def _repr_html_(self):
        steps = "".join(map(self._step, range(len(self.story.events))))
        width = f' style="width:{svg.escape(self.width)};max-width:100%"' if self.width else ""
        style = page_sheet() + asset("stepper.css")
        return (
            f'<div class="popcorn popcorn-stepper" role="group" '
            f'aria-label="{svg.escape(self.label)}"{width}>'
            f"{self.picture.image()}<details><summary>The steps in words</summary>"
            f'<ol start="0">{steps}</ol></details><style>{style}</style>'
            f"{call('stepper.js', self.data())}</div>"
        )

    def _step(self, index):
        words = happened(self.story, index), situation(self.story, index)
        return f"<li>{svg.escape(words[0])}<br>{svg.escape(words[1])}</li>"

    # ---- what the script needs ------------------------------------------------------------------

    def data(self):
        """The trace for the script: plain lists, with every line of text only once."""
        story, strings = self.story, Strings()
        kernel = {name: number for number, name in enumerate(story.kernels)}
        return {
            "start": self.start,
            "views": self.views,
            "rows": [HEAD, ROW],
            "kernels": story.kernels,
            "on": [kernel[event.kernel] for event in story.events],
            "talks": [int(e.message is not None or bool(e.sent)) for e in story.events],
            "before": story.before,
            "flights": [[m.sent_by, m.handled_by] for m in story.messages],
            "threads": [self._threads(event.index) for event in story.events],
            "state": [self._state(event.index, strings) for event in story.events],
            "strings": strings.known,
            "graph": self._graph() if "graph" in self.views else "",
        }

    def _threads(self, index):
        """What stands in each kernel of the graph after an event: its threads, by name."""
        there = {name: ([], []) for name in self.story.kernels}
        for tid, (kernel, runs) in self.story.where(index).items():
            if kernel is not None:
                there[kernel][not runs].append(thread_name(tid))
        return [standing(*names) for names in there.values()]

    def _state(self, index, strings):
        """The lines of the kernel's state after an event: [mechanism, line, line, ...], ..."""
        if "state" not in self.views:
            return []
        lines = self.story.lines(index)
        return [[strings.number(word) for word in (name, *lines[name])] for name in lines]

    def _graph(self):
        layout = Layout(self.story.trace.machine)
        marks = messages_on(layout, self.story.messages, extra=" off")
        return (
            f'<svg class="popcorn-svg" role="img" viewBox="0 0 {layout.width} {layout.height}" '
            f'width="{layout.width}">{draw_machine(layout)}{marks}</svg>'
        )


class Strings:
    """Lines of text, each kept once and then called by its number."""

    def __init__(self):
        self.known, self._numbers = [], {}

    def number(self, line):
        """The number of a line."""
        if line not in self._numbers:
            self._numbers[line] = len(self.known)
            self.known.append(line)
        return self._numbers[line]
