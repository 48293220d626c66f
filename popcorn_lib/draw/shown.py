"""What of a trace is shown: local runs folded, lanes hidden, a filter, a window of events.

A row is one event, or a fold: consecutive events that stand together.  Local steps of one kernel,
which neither send nor receive, fold to "4 local steps"; what a filter leaves out is dimmed, and
folds too where folding is asked for.  A hidden lane stays as a thin line, so that messages to it
and from it are still seen.  The stepper's script arranges rows by the same rules.
"""

from functools import cached_property
from itertools import groupby

from popcorn_lib.draw.story import thread_name
from popcorn_lib.errors import UsageError, choose

CHOICES = ("fold", "hide", "mechanism", "kernel", "thread", "window")


def show_only(story, choices, opened=()):
    """The Shown of keyword arguments; UsageError for a choice or a value that is not known."""
    for name in choices:
        choose("choice", name, CHOICES)
    return Shown(story, opened=opened, **choices)


class Shown:
    """The rows of a story, and which of its events and messages a filter lets through.

    fold: whether runs of local steps are folded.  hide: kernels without a lane.
    mechanism, kernel, thread: one or several that events must be about; None for all.
    window: (first, last) event that is shown.  opened: events whose folds stay open.
    """

    def __init__(
        self,
        story,
        fold=False,
        hide=(),
        mechanism=None,
        kernel=None,
        thread=None,
        window=None,
        opened=(),
    ):
        self.story, self.fold, self.opened = story, bool(fold), set(opened) - {None}
        self.first, self.last = self._window(window)
        self.hidden = set(_known("kernel", several(hide), story.kernels))
        if self.hidden == set(story.kernels):
            raise UsageError(f"hide={hide!r} leaves no kernel of {', '.join(story.kernels)}")
        self.mechanisms = self._filter("mechanism", mechanism, mechanisms)
        self.kernels = self._filter("kernel", kernel, lambda story: story.kernels)
        self.threads = self._filter("thread", _names(thread), threads)
        filters = self.mechanisms, self.kernels, self.threads
        self.filtered = any(names is not None for names in filters)

    def _filter(self, what, names, known):
        return None if names is None else _known(what, several(names), known(self.story))

    def _window(self, window):
        if window is None:
            return 0, self.story.last
        try:
            first, last = map(self.story.check, window)
        except TypeError:
            raise UsageError(f"window must be (first, last) event, not {window!r}") from None
        if last < first:
            raise UsageError(f"the window {window!r} ends before it begins")
        return first, last

    # ---- rows -----------------------------------------------------------------------------------

    @cached_property
    def rows(self):
        """The rows from top to bottom: tuples of events, one or those of a fold."""
        events = self.story.events[self.first : self.last + 1]
        if not (self.fold or self.hidden):
            return [(event.index,) for event in events]
        seen = (event for event in events if event.kernel not in self.hidden)
        runs = (tuple(event.index for event in run) for _, run in groupby(seen, self._key))
        return [row for run in runs for row in self._opened(run)]

    def _key(self, event):
        """Equal for neighbours that fold together."""
        if self.fold and not self.inside(event):
            return None
        return event.kernel if self.fold and is_local(event) else event.index

    def _opened(self, run):
        return [(index,) for index in run] if self.opened.intersection(run) else [run]

    def fold_label(self, row):
        """A fold in words: "4 local steps", "7 other events"."""
        inside = self.inside(self.story.events[row[0]])
        return f"{len(row)} {'local steps' if inside else 'other events'}"

    @cached_property
    def stops(self):
        """The events at which the arrow keys stop: the last of every row inside the filter."""
        events = self.story.events
        return [row[-1] for row in self.rows if self.inside(events[row[-1]])]

    def check(self, index):
        """The index if its event can be shown; UsageError that says why it cannot."""
        event = self.story.events[self.story.check(index)]
        if event.kernel in self.hidden:
            raise UsageError(f"event {index} is on {event.kernel}, which is hidden")
        if not self.first <= index <= self.last:
            raise UsageError(f"event {index} is outside the window {self.first, self.last}")
        return index

    # ---- the filter -----------------------------------------------------------------------------

    def inside(self, event):
        """Whether the filter lets an event through."""
        if not self.filtered:
            return True
        return (
            _meets(self.mechanisms, mechanisms_of(self.story, event))
            and _meets(self.kernels, (event.kernel,))
            and _meets(self.threads, threads_of(event))
        )

    def lets(self, message):
        """Whether the filter lets a message through."""
        if not self.filtered:
            return True
        return (
            _meets(self.mechanisms, (message.mechanism,))
            and _meets(self.kernels, (message.source, message.destination))
            and _meets(self.threads, (thread_name(message.tid),))
        )

    def words(self):
        """What is not shown, in a sentence or two; empty if all is."""
        told = []
        for name in ("mechanisms", "kernels", "threads"):
            if getattr(self, name) is not None:
                told.append(f"only {name} {', '.join(getattr(self, name))}")
        told += [f"{name} hidden" for name in self.story.kernels if name in self.hidden]
        if (self.first, self.last) != (0, self.story.last):
            told.append(f"events {self.first} to {self.last}")
        folds = sum(len(row) > 1 for row in self.rows)
        told += [f"{folds or 'no'} fold{'' if folds == 1 else 's'}"] if self.fold else []
        return f"Shown: {'; '.join(told)}." if told else ""


def is_local(event):
    """Whether an event neither sends nor receives."""
    return event.message is None and not event.sent and event.cause not in ("fault", "wire")


def mechanisms(story):
    """The mechanisms that a trace is about."""
    return list(dict.fromkeys(m for event in story.events for m in mechanisms_of(story, event)))


def mechanisms_of(story, event):
    """The mechanisms that an event is about: its own and those of what it sends."""
    sent = (story.messages[number].mechanism for number in event.sent)
    return tuple(dict.fromkeys((event.mechanism, *sent)))


def threads_of(event):
    """The threads that an event is about, by name: it asks, goes on or ends there."""
    tids = (event.tid, *(tid for tid, _ in event.resumed), *event.ended)
    return tuple(dict.fromkeys(thread_name(tid) for tid in tids if tid is not None))


def several(names):
    """One name or several as a tuple."""
    return (names,) if isinstance(names, str | int) else tuple(names)


def _names(threads):
    return threads if threads is None else tuple(map(thread_name, several(threads)))


def threads(story):
    """The threads of a trace, by name."""
    return list(map(thread_name, story.threads))


def _known(what, names, known):
    return tuple(choose(what, name, known) for name in names)


def _meets(chosen, about):
    return chosen is None or not set(chosen).isdisjoint(about)
