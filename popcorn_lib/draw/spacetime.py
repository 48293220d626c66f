"""The space-time diagram: a lane per kernel, time downwards, messages slanting from lane to lane.

Every event has a row of its own, in the order of the trace, so that names never collide: the name
of an event stands beside its mark, on the side from which no arrow comes.  A message's name is
that of the event that handles it.  Bars on a lane are threads: thick where one runs, a thin dashed
line where it waits, in the colour of the kernel that its id names.

The strings are written by hand and in one pass: 300 messages take a few milliseconds.
"""

from functools import lru_cache
from math import hypot

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.lanes import HEAD, LETTER, ROW, Lanes, short_name
from popcorn_lib.draw.legend import legend
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import Story, duration, home_index, thread_name
from popcorn_lib.draw.words import happened, situation, summary

SHAPES = {  # cause -> the path of its mark, around a centre
    "boot": "m-5-5h10v10h-10z",
    "request": "m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z",
    "message": "m0-7l7 7l-7 7l-7-7z",
    "timer": "m-6.5 5.5h13l-6.5-12z",
    "fault": "m-5.5-5.5l11 11m0-11l-11 11",
}


def spacetime(trace, upto=None, scale="events", title="Space-time diagram"):
    """A trace as a space-time diagram.

    upto: the event that is shown; later ones are dimmed.  None shows the whole trace alike.
    scale: "events" gives every event a row; "time" spaces the rows by virtual time.
    Raises ValueError for another scale or an event that is not in the trace.
    """
    if scale not in ("events", "time"):
        raise ValueError(f"unknown scale {scale!r}; known: 'events', 'time'")
    story = trace if isinstance(trace, Story) else Story(trace)
    if upto is not None:
        story.check(upto)

    def describe():
        if not story.events:
            return f"{summary(story)}."
        shown = story.last if upto is None else upto
        return f"{summary(story)}. {happened(story, shown)} {situation(story, shown)}"

    lanes = Lanes(story, scale)
    return Picture(lanes.width, lanes.height, draw(lanes, upto), title, describe)


def draw(lanes, upto=None):
    """The whole drawing, from the ground up; a veil dims what comes later, `top` lies above it."""
    story = lanes.story
    flying = {m.index for m in story.flying(upto)} if upto is not None else ()
    layers = {"rest": [], "top": []}
    for message in story.messages:
        layers["top" if message.index in flying else "rest"].append(_arrow(lanes, message))
    for event in story.events:
        layers["top" if event.index == upto else "rest"].append(_event(lanes, event, upto))
    parts = [_sheet(0, lanes.width, lanes.height), _band(lanes, upto), _lanes(lanes)]
    parts += [_bars(lanes, stay) for stay in story.stays]
    parts += ['<g class="rest">', *layers["rest"], "</g>"]
    parts += [_tag(lanes, stay) for stay in story.stays]
    parts += [_veil(lanes, upto), '<g class="top">', *layers["top"], "</g>", _heads(lanes)]
    return "".join(parts)


# ---- what stands still --------------------------------------------------------------------------


def _sheet(y, width, height):
    return f'<rect class="sheet" y="{y}" width="{width}" height="{height}"/>'


def _shift(lanes, upto):
    """Where the band and the veil go; nowhere if no event is shown."""
    return 'class="off' if upto is None else f'transform="translate(0 {lanes.y[upto]})" class="'


def _band(lanes, upto):
    """What marks the event that is shown: a band and a pointer, moved by the stepper."""
    return (
        f'<g {_shift(lanes, upto)} here"><path class="pointer" d="M4-5l9 5l-9 5z"/>'
        f'<rect class="band" x="16" y="{-ROW // 2}" width="{lanes.width - 16}" height="{ROW}"/></g>'
    )


def _veil(lanes, upto):
    size = f'y="{ROW // 2}" width="{lanes.width}" height="{lanes.height}"'
    return f'<rect {_shift(lanes, upto)} veil" {size}/>'


def _lanes(lanes):
    ends = f"V{lanes.height - 8}"
    return "".join(f'<path class="lane" d="M{x} {HEAD - 8}{ends}"/>' for x in lanes.x.values())


def _heads(lanes):
    """The lanes' names and the legend; they come last, so that the stepper can keep them."""
    nodes = lanes.story.trace.machine.graph.nodes
    parts = [_sheet(-10, lanes.width, HEAD - 6), legend(lanes.story, lanes.width)]
    for number, (name, x) in enumerate(lanes.x.items()):
        left = x - LETTER * len(name) / 2 - 13
        kind = palette.kernel_class(number)
        parts.append(f'<path class="sign {kind}" d="M{left:.1f} 48h9v9h-9z"/>')
        parts.append(svg.text(x + 2, 57, name, "name mid"))
        parts.append(svg.text(x, 71, nodes[name].get("isa", ""), "quiet mid"))
    return f'<g class="heads">{"".join(parts)}</g>'


# ---- threads ------------------------------------------------------------------------------------


def _bars(lanes, stay):
    """A thread on a kernel: a thin dashed line, a thick one where it runs."""
    x, y = lanes.track(stay), [*lanes.y, lanes.bottom - ROW // 2]
    runs = "".join(f"M{x} {y[start]}V{y[end]}" for start, end in stay.runs)
    return (
        f'<g class="{palette.kernel_class(home_index(stay.tid))}"><path class="wait" '
        f'd="M{x} {y[stay.first] - ROW // 2}V{y[stay.until]}"/><path class="run" d="{runs}"/></g>'
    )


def _tag(lanes, stay):
    """The thread's name above its bar, a little to the side of the event's name."""
    name = thread_name(stay.tid)
    x = lanes.track(stay) + (9 if lanes.right[stay.first] else -9)
    y, half = lanes.y[stay.first] - ROW // 2, 2.8 * len(name) + 4
    return (
        f'<g class="{palette.kernel_class(home_index(stay.tid))}"><rect class="tag" '
        f'x="{x - half:.1f}" y="{y - 6.5}" width="{2 * half:.1f}" height="13" rx="6.5"/>'
        f'<text class="tagged" x="{x}" y="{y + 3.4}">{svg.escape(name)}</text></g>'
    )


# ---- messages and events ------------------------------------------------------------------------


def _arrow(lanes, message):
    """A message from the event that sent it to the event that handled it."""
    x1, y1 = lanes.place[message.sent_by], lanes.y[message.sent_by]
    label = ""
    if message.handled_by is None:
        x2, y2, label = _lost(lanes, message, x1)
    else:
        x2, y2 = lanes.place[message.handled_by], lanes.y[message.handled_by]
    dx, dy = x2 - x1, y2 - y1
    long = hypot(dx, dy) or 1
    dx, dy = dx / long, dy / long
    x2, y2 = x2 - 8 * dx, y2 - 8 * dy
    bx, by = x2 - 8 * dx, y2 - 8 * dy
    return (
        f'<g class="m {palette.mechanism_class(message.mechanism)}" data-i="{message.index}">'
        f'<path class="wire{" high" if message.priority == "high" else ""}" '
        f'd="M{x1 + 6 * dx:.1f} {y1 + 6 * dy:.1f}L{bx:.1f} {by:.1f}"/><path class="tip" '
        f'd="M{x2:.1f} {y2:.1f}L{bx - 4 * dy:.1f} {by + 4 * dx:.1f} {bx + 4 * dy:.1f} '
        f'{by - 4 * dx:.1f}z"/>{label}</g>'
    )


def _lost(lanes, message, x1):
    """A message that nobody has handled ends in a row of its own, short of the lane."""
    x2, y = lanes.x[message.destination], lanes.bottom + ROW * lanes.lost[message.index]
    side, end = (1, " end") if x2 > x1 else (-1, "")
    x2 -= 26 * side
    return x2, y, f'<text class="halo{end}" x="{x2}" y="{y + 16}">{_name(message.kind)}</text>'


def _event(lanes, event, upto):
    """A row: its number and time, the mark, the name."""
    number, y, x = event.index, lanes.y[event.index], lanes.place[event.index]
    kind = palette.mechanism_class(event.mechanism)
    now = " now" if number == upto else ""
    mark = f'<path class="sign" d="M{x} {y}{SHAPES.get(event.cause, SHAPES["timer"])}"/>'
    if number in lanes.crowded:
        return f'<g class="e {kind}{now}" data-i="{number}">{mark}</g>'
    time = duration(event.time_s) if lanes.story.timed else ""
    end = "" if lanes.right[number] else " end"
    return (
        f'<g class="e {kind}{now}" data-i="{number}">'
        f'<text class="quiet end" x="34" y="{y + 4}">{number}</text>'
        f'<text class="quiet" x="41" y="{y + 4}">{time}</text>{mark}'
        f'<text class="halo{end}" x="{lanes.name_at(event)}" y="{y + 4}">{_name(event.name)}</text>'
        "</g>"
    )


@lru_cache(1024)
def _name(name):
    return svg.escape(short_name(name))
