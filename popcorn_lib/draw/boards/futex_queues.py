"""Futex queues at one moment: every word with its owner, and who stands in line for it.

The front of a queue is at the left.  A waiter on the owner's kernel has a solid frame, a dummy a
dashed one in the colour of the kernel on which its thread sleeps.
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.boards.drawing import LEFT, glyph, ground, legend, moment, opened, said, wide
from popcorn_lib.draw.boards.futex import BETWEEN, FUTEX
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import thread_name

WIDE, HIGH, TOP = 860, 46, 66  # the picture's width at most, a place, above the first word
APART, LINE, GROUP = 26, 58, 44  # between places, a line of them, above each queue
DASHED = {"dummy", "stale"}


def futex_queues(trace, at=None, title="Who waits for which word"):
    """The queue of every word, after one event.

    at: the event; None is the last one with anything to show.
    Raises ValueError for an event that is not in the trace.
    """
    story, index = opened(trace, FUTEX, at)
    queues = FUTEX.queues(story, index)
    parts, y, right = [], TOP, max(380, wide(moment(story, index)) + 30)
    for key, line in queues.items():
        group, y, edge = _queue(story, index, key, line, y)
        parts.append(group)
        right = max(right, edge)
    if not queues:
        parts.append(svg.text(LEFT, y + 14, FUTEX.words(story, index)))
        y += 24
    width = round(min(right + LEFT, WIDE))
    used = {"owner"} if set(queues) - {BETWEEN} else set()
    used |= {place.kind for line in queues.values() for place in line}
    key, bottom = legend(FUTEX.kinds, used, y + 22, width)
    body = ground(width, bottom, title, moment(story, index)) + "".join(parts) + key
    more = "" if queues else FUTEX.words(story, index)
    return Picture(width, bottom, body, title, said(FUTEX, story, index, more), draws_title=True)


def _queue(story, index, key, line, top):
    """(a queue with its head, the y below it, its right edge)."""
    kind, owner = FUTEX.owner(story, index, key)
    name = str(key) if key != BETWEEN else f"{BETWEEN}: an answer or a notice is due"
    parts = [svg.text(LEFT, top + 12, name, style="font-weight:600")]
    right = LEFT + wide(name) * 1.06
    if owner:
        parts.append(glyph(FUTEX.kinds, kind, right + 22, top + 8, 0.8))
        parts.append(svg.text(round(right + 34, 1), top + 12, f"owner {owner}"))
        right += 40 + wide(f"owner {owner}")
    x, y = LEFT + 8, top + 26
    if key != BETWEEN:
        parts.append(svg.text(LEFT, y + 27, "front" if line else "nobody waits", "quiet"))
        x = LEFT + 48
    start = x
    for number, place in enumerate(line):
        room = _room(place)
        if x + room > WIDE - LEFT:
            x, y = start, y + LINE
        if number and key != BETWEEN:
            parts.append(_link(x - APART, y))
        parts.append(_place(story, place, x, y, room))
        right = max(right, x + room)
        x += room + APART
    return "".join(parts), y + (LINE if line else GROUP) + 6, right


def _room(place):
    return round(44 + max(wide(f"{thread_name(place.tid)} on {place.kernel}"), wide(_notes(place))))


def _notes(place):
    return ", ".join(place.notes)


def _link(x, y):
    """From a place to the one before it: an arrow to the front."""
    return f'<path class="link" d="M{x + 4} {y + 23}h{APART - 8}m{8 - APART} 0l6-4m-6 4l6 4"/>'


def _place(story, place, x, y, room):
    kind = palette.kernel_class(story.kernels.index(place.kernel))
    dash = ' stroke-dasharray="5 3"' if place.kind in DASHED else ""
    lift = 5 if place.notes else 0
    return (
        f'<g class="{kind}"><rect class="node" x="{x}" y="{y}" width="{room}" height="{HIGH}" '
        f'rx="8"{dash}/></g>'
        + glyph(FUTEX.kinds, place.kind, x + 16, y + HIGH / 2)
        + svg.text(x + 32, y + 27 - lift, f"{thread_name(place.tid)} on {place.kernel}")
        + (svg.text(x + 32, y + 37, _notes(place), "quiet") if place.notes else "")
    )
