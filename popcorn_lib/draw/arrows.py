"""The arrows of the space-time diagram: messages, from where they are sent to where they end.

One that is handled or lost on its link ends at that event; one to a dead kernel, or still on its
way when the run was cut, ends short of the lane and says its name.
"""

from functools import lru_cache
from math import atan2, degrees, hypot

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.lanes import ROW, SHORT, short_name


def seen(lanes, message):
    """Whether an arrow has an end that is seen, and another one elsewhere."""
    shown = lanes.shown
    if message.source in shown.hidden and message.destination in shown.hidden:
        return False
    end, _ = target(lanes, message)
    return end is None or lanes.y[message.sent_by] != lanes.y[end]


def crosses(lanes, message):
    """Whether a message is on its way at a time that the window shows."""
    end, _ = target(lanes, message)
    return message.sent_by <= lanes.shown.last and (end is None or end >= lanes.shown.first)


def target(lanes, message):
    """(the event where a message's arrow ends or None, its slot below all events or None)."""
    if message.handled_by is not None:
        return message.handled_by, None
    return lanes.ends[message.index]


def arrow(lanes, message, off):
    """A message from the event that sent it to the one that handled or lost it, or into nothing."""
    x1, y1 = lanes.place(message.sent_by)
    end, slot = target(lanes, message)
    x2, y2 = _nowhere(lanes, message, x1, y1, slot) if end is None else lanes.place(end)
    long, turn = hypot(x2 - x1, y2 - y1), degrees(atan2(y2 - y1, x2 - x1))
    lost = message.index in lanes.story.lost
    name = "" if end is not None else written(message.kind) + (" lost" if lost else "")
    if name:
        at = f'y="16" transform="translate({long:.1f}) rotate({-turn:.2f})"'
        name = f'<text class="halo{" end" if x2 > x1 else ""}" {at}>{name}</text>'
    high = " high" if message.priority == "high" else ""
    return (
        f'<g class="{classes("m", lanes, message, off)}{" lost" if lost else ""}" '
        f'data-i="{message.index}" transform="translate({x1} {y1}) rotate({turn:.2f})">'
        f'<path class="wire{high}" d="M6 0H{long - 14:.1f}"/>'
        f'<path class="tip" d="M{long - 8:.1f} 0l-8-4v8z"/>'
        f"{name}</g>"
    )


def _nowhere(lanes, message, x1, y1, slot):
    """Where a message ends that no event handles: short of the lane, in a row of its own."""
    x2 = lanes.x[message.destination]
    x2 -= SHORT if x2 > x1 else -SHORT
    return x2, y1 + ROW - 8 if slot is None else lanes.bottom + ROW * slot


def classes(what, lanes, row, off):
    """The classes of an event or a message: its mechanism, whether it is dimmed or not seen."""
    inside = lanes.shown.inside(row) if what == "e" else lanes.shown.lets(row)
    kind = palette.mechanism_class(row.mechanism)
    return f"{what} {kind}{'' if inside else ' dim'}{' off' if off else ''}"


@lru_cache(1024)
def written(name):
    """A name that fits, escaped."""
    return svg.escape(short_name(name))
