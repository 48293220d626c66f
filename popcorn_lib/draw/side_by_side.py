"""Two traces of one program side by side, with the first difference marked.

Events are compared one by one: where, what, what came of it; not when, since two machines or two
variants take different times.  Two runs can also differ in nothing but the order in which kernels
took their turns, so each kernel's own steps are compared as well.
"""

from itertools import zip_longest

from popcorn_lib.draw import svg
from popcorn_lib.draw.lanes import Lanes
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.shown import show_only
from popcorn_lib.draw.spacetime import draw
from popcorn_lib.draw.story import Story, duration, thread_name
from popcorn_lib.draw.words import happened, listed, summary
from popcorn_lib.errors import UsageError

TOP, BETWEEN = 30, 120  # room for the names and for the mark


def side_by_side(a, b, names=("left", "right"), title="Two traces side by side", window=None):
    """Two traces as space-time diagrams side by side, a Picture; its words say what differs.

    names: what to call them.  window: (first, last) event that is shown of both; one of them may
    end before the last.  Raises ValueError for a window that is in neither or a trace without
    events.
    """
    if len(names) != 2:
        raise UsageError(f"two traces need two names, not {names!r}")
    stories = Story(a), Story(b)
    if not all(story.events for story in stories):
        raise UsageError("a trace without events cannot be compared")
    at = first_difference(*stories)
    lanes = [_lanes(story, stories, window) for story in stories]
    width = lanes[0].width + BETWEEN + lanes[1].width
    height = TOP + max(one.height for one in lanes)
    words = in_words(stories, names, at)
    return Picture(width, height, _drawn(lanes, names, at), title, words)


def _lanes(story, stories, window):
    """The lanes of one; a window ends with its trace if that is shorter."""
    if window is None:
        return Lanes(story, "events")
    first, last = window
    max(stories, key=lambda one: one.last).check(last)
    return Lanes(story, "events", show_only(story, {"window": (first, min(last, story.last))}))


# ---- what differs -------------------------------------------------------------------------------


def first_difference(one, other):
    """The first event in which two stories differ, or with which one of them has ended; or None."""
    pairs = zip_longest(one.events, other.events)
    return next((n for n, (a, b) in enumerate(pairs) if not _same(one, a, other, b)), None)


def own_difference(one, other):
    """The first event of each in which a kernel's own steps differ; (None, None) if none do."""
    found = []
    for name in dict.fromkeys([*one.kernels, *other.kernels]):
        sides = ([e for e in story.events if e.kernel == name] for story in (one, other))
        pair = next((p for p in zip_longest(*sides) if not _same(one, p[0], other, p[1])), None)
        found += [pair] if pair else []
    return min(found, key=_place, default=(None, None))


def _place(pair):
    return min(event.index for event in pair if event is not None)


def _same(one, a, other, b):
    return a is not None and b is not None and _says(one, a) == _says(other, b)


def _says(story, event):
    """What of an event can be compared across machines: all but times and numbers."""
    source = story.messages[event.message].source if event.message is not None else ""
    sent = [story.messages[number] for number in event.sent]
    return (
        (event.kernel, event.cause, event.name, event.text, source),
        [(thread_name(tid), result) for tid, result in event.resumed],
        [(m.kind, m.destination, m.text) for m in sent],
        (event.ended, event.notes),
    )


def in_words(stories, names, at):
    """How long two stories are equal, and what differs then."""
    told = [f"{name}: {_extent(story)}." for name, story in zip(names, stories, strict=True)]
    if at is None:
        return " ".join([*told, "All events are equal."])
    told.append(f"Equal up to event {at - 1}." if at else "They differ from the first event on.")
    told += [_then(story, name, at) for story, name in zip(stories, names, strict=True)]
    pair = own_difference(*stories)
    if pair == (None, None):
        told.append("Every kernel does the same in both; only their turns differ.")
    elif any(event is None or event.index != at for event in pair):
        told.append(_own(stories, names, pair))
    return " ".join(told)


def _extent(story):
    ends = f", until {duration(story.events[-1].time_s)}" if story.timed else ""
    return f"{summary(story)}{ends}"


def _then(story, name, at):
    what = happened(story, at) if at <= story.last else "has ended."
    return f"Event {at}, {name}: {what}"


def _own(stories, names, pair):
    kernel = next(event.kernel for event in pair if event is not None)
    rows = zip(stories, names, pair, strict=True)
    told = [f"{n}: {happened(s, e.index) if e else 'it does nothing more.'}" for s, n, e in rows]
    return f"{kernel} is the first whose own steps differ. {listed(told)}"


# ---- the drawing --------------------------------------------------------------------------------


def _drawn(lanes, names, at):
    left, aside = lanes[0], lanes[0].width + BETWEEN
    parts = ['<rect class="sheet" width="100%" height="100%"/>']
    for one, name, x in zip(lanes, names, (0, aside), strict=True):
        mark = at if at is not None and one.shown.first <= at <= one.shown.last else None
        frame = f'<svg x="{x}" y="{TOP}" width="{one.width}" height="{one.height}">'
        parts.append(svg.text(x + one.width / 2, 20, name, "name mid"))
        parts.append(f"{frame}{draw(one, mark=mark)}</svg>")
    if at is None:
        parts.append(svg.text(left.width + BETWEEN / 2, TOP + 57, "no difference", "mid"))
    elif left.shown.first <= at:
        y = TOP + min(_row(one, at) for one in lanes)
        parts.append(_mark(left.width + BETWEEN / 2, y))
    return "".join(parts)


def _row(lanes, at):
    return lanes.y[at] if at <= lanes.shown.last else lanes.bottom


def _mark(x, y):
    """Where the first difference is: a word between the two, and a tip to either side."""
    half = BETWEEN / 2 - 8
    line = f"M{x - half + 8} {y}H{x - 44}M{x + half - 8} {y}H{x + 44}"
    tips = f"M{x - half} {y}l9-5v10zM{x + half} {y}l-9-5v10z"
    return (
        f'<path class="differs" d="{line}"/><path class="pointer" d="{tips}"/>'
        f"{svg.text(x, y - 2, 'first', 'mid')}{svg.text(x, y + 11, 'difference', 'mid')}"
    )
