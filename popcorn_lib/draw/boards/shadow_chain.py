"""The shadow chain at one moment: threads down, kernels across, arrows from shadow to shadow.

Whoever looks for a thread begins at its home and follows the arrows to where it is active.  A
dashed arrow is the thread itself, on its way.  A task that is leaving has no arrow: its kernel does
not point anywhere until the pairing has come.
"""

from math import atan2, degrees
from textwrap import wrap

from popcorn_lib.draw import svg
from popcorn_lib.draw.boards.drawing import (
    LEFT,
    glyph,
    ground,
    kernel_head,
    legend,
    moment,
    opened,
    said,
    wide,
)
from popcorn_lib.draw.boards.threads import THREADS
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import home_index, thread_name

COLUMN, TOP = 150, 96  # a kernel, above the first thread
ROW, LOW = 108, 70  # a thread, one without arrows
LINE = 23  # letters in a line below a mark


def shadow_chain(trace, at=None, title="Threads and their shadows"):
    """Where every thread is, and how the shadows that it has left point to it, after one event.

    at: the event; None is the last one with a thread.
    Raises ValueError for an event that is not in the trace.
    """
    story, index = opened(trace, THREADS, at)
    found, left = THREADS.spots(story, index), LEFT + 70
    width = max(left + COLUMN * len(story.kernels), round(wide(moment(story, index)) + 30), 400)
    xs = {name: left + COLUMN * n + COLUMN // 2 for n, name in enumerate(story.kernels)}
    parts = [kernel_head(story, name, x, TOP - 20) for name, x in xs.items()]
    highs = [_high(spots) for _, spots in found.values()]
    bottom = TOP + (sum(highs) or LOW)
    parts += [f'<path class="lane" d="M{x} {TOP - 8}V{bottom}"/>' for x in xs.values()]
    for number, (tid, (_, spots)) in enumerate(found.items()):
        parts.append(_thread(story, tid, spots, xs, TOP + sum(highs[:number])))
    if not found:
        parts.append(svg.text(LEFT, TOP + 20, THREADS.words(story, index), "halo"))
    used = {spot.kind for _, spots in found.values() for spot in spots.values()}
    key, height = legend(THREADS.kinds, used, bottom + 22, width)
    body = ground(width, height, title, moment(story, index)) + "".join(parts) + key
    words = said(THREADS, story, index, chains(story, found) or THREADS.words(story, index))
    return Picture(width, height, body, title, words, draws_title=True)


def chain(spots, start):
    """The kernels from `start` along the shadows, as far as they point; each once."""
    found = [start]
    while start in spots and spots[start].next and spots[start].next not in found:
        start = spots[start].next
        found.append(start)
    return found


def chains(story, found):
    """For each thread that has left home, the way to it in words."""
    told = []
    for tid, (_, spots) in found.items():
        way = chain(spots, story.kernels[home_index(tid)])
        if len(way) > 1:
            active = way[-1] in spots and spots[way[-1]].kind in ("runs", "waits")
            end = "where it is" if active else "and no further"
            told.append(f"the shadows of {thread_name(tid)} lead {' → '.join(way)}, {end}")
    return f"T{'; '.join(told)[1:]}." if told else ""


def _high(spots):
    """The height of a row: arrows need room above the marks."""
    return ROW if any(spot.next or spot.comes for spot in spots.values()) else LOW


def _thread(story, tid, spots, xs, top):
    """A row: the thread's name, its marks, the arrows above them."""
    y, home = top + _high(spots) - 50, story.kernels[home_index(tid)]
    parts = [
        f'<path class="lane" d="M{LEFT} {top}H{max(xs.values()) + COLUMN // 2}"/>',
        svg.text(LEFT, y + 5, thread_name(tid), "name"),
    ]
    for name, spot in spots.items():
        if spot.next and spots.get(spot.next, spot).comes != name:
            parts.append(_arrow(xs[name], xs[spot.next], y, ""))
        if spot.comes:
            parts.append(_arrow(xs[spot.comes], xs[name], y, " high"))
    parts += [_mark(xs[name], y, spot, name == home) for name, spot in spots.items()]
    return "".join(parts)


def _mark(x, y, spot, is_home):
    """What a kernel has of a thread, and its words below."""
    lines = wrap(spot.text, LINE)
    return "".join(
        [
            f'<circle class="sheet" cx="{x}" cy="{y}" r="12"/>',
            glyph(THREADS.kinds, spot.kind, x, y, 1.4),
            svg.text(x - 18, y + 4, "home", "quiet end halo") if is_home else "",
            *(svg.text(x, y + 27 + 13 * n, line, "mid halo") for n, line in enumerate(lines)),
        ]
    )


def _arrow(x1, x2, y, dash):
    """An arc above the marks; those to the left run higher, so that two never lie on each other."""
    way = 1 if x2 > x1 else -1
    high = 30 if way > 0 else 50
    high += 10 * (abs(x2 - x1) // COLUMN - 1)
    a, b, middle, top = x1 + 5 * way, x2 - 11 * way, (x1 + x2) / 2, y - 12 - high
    turn = degrees(atan2(y - 13 - top, b - middle))
    return (
        f'<g class="threads"><path class="wire{dash}" style="stroke-width:1.8" '
        f'd="M{a} {y - 12}Q{middle:g} {top} {b} {y - 13}"/>'
        f'<path class="tip" transform="translate({b} {y - 13}) rotate({turn:.1f})" '
        f'd="M2 0l-10-5v10z"/></g>'
    )
