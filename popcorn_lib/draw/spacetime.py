"""The space-time diagram: a lane per kernel, time downwards, messages slanting from lane to lane.

Every event has a row of its own, in the order of the trace, so that names never collide: the name
of an event stands beside its mark, on the side from which no arrow comes.  A message's name is
that of the event that handles it.  Bars on a lane are threads: thick where one runs, a thin dashed
line where it waits, in the colour of the kernel that its id names.

The strings are written by hand and in one pass: 300 messages take a few milliseconds.  Each mark is
drawn around an origin of its own and moved into place, so that the stepper's script can move it.
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.arrows import arrow, classes, crosses, seen, written
from popcorn_lib.draw.lanes import BASE, GUTTER, HEAD, LETTER, ROW, Lanes
from popcorn_lib.draw.legend import legend
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.shown import show_only
from popcorn_lib.draw.story import Story, duration, home_index, thread_name
from popcorn_lib.draw.words import happened, numbers, situation, summary
from popcorn_lib.errors import choose

SHAPES = {  # cause -> the path of its mark, around a centre
    "boot": "m-5-5h10v10h-10z",
    "request": "m-5.5 0a5.5 5.5 0 1011 0a5.5 5.5 0 10-11 0z",
    "message": "m0-7l7 7l-7 7l-7-7z",
    "timer": "m-6.5 5.5h13l-6.5-12z",
    "wire": "m-3-8.5h6v4.5h4.5l-7.5 7.5l-7.5-7.5h4.5zm-4.5 13.5h15v3.5h-15z",
    "fault": "m-7-4l3-3l4 4l4-4l3 3l-4 4l4 4l-3 3l-4-4l-4 4l-3-3l4-4z",
}
FOLD = "M-6-11h12v4h-12zm0 5h12v4h-12zm0 5h12v4h-12z"


def spacetime(trace, upto=None, scale="events", title="Space-time diagram", **choices):
    """A trace as a space-time diagram.

    upto: the event that is shown; later ones are dimmed.  None shows the whole trace alike.
    scale: "events" gives every event a row; "time" spaces the rows by virtual time.
    choices: what of it is drawn.  fold=True: runs of local steps as one row.  hide=("k2", ...):
    these lanes only as a line.  mechanism=, kernel=, thread= (one or several): what is about
    something else is dimmed, or folded.  window=(first, last): these events.
    Raises ValueError for an unknown scale, choice or value and an event that is not shown.
    """
    choose("scale", scale, ("events", "time"))
    story = trace if isinstance(trace, Story) else Story(trace)
    shown = show_only(story, choices, opened=(upto,))
    if upto is not None:
        shown.check(upto)
    lanes = Lanes(story, scale, shown)
    return Picture(
        lanes.width, lanes.height, draw(lanes, upto), title, lambda: describe(story, shown, upto)
    )


def describe(story, shown, upto=None):
    """The diagram in words: what the trace is about, one event, what is left out."""
    if not story.events:
        return f"{summary(story)}."
    at = shown.last if upto is None else upto
    told = [f"{summary(story)}.", happened(story, at), situation(story, at), shown.words()]
    return " ".join(filter(None, told))


def draw(lanes, upto=None, whole=False, mark=None):
    """The whole drawing, from the ground up; a veil dims what comes later, `top` lies above it.

    whole: what is not shown is there too, without being seen, for the stepper to show it.
    mark: an event that gets a band while nothing is dimmed.
    """
    story, shown = lanes.story, lanes.shown
    flying = {m.index for m in story.flying(upto)} if upto is not None else ()
    single = {row[0] for row in shown.rows if len(row) == 1}
    rest, top = [], []
    for message in filter(lambda message: crosses(lanes, message), story.messages):
        off = not seen(lanes, message)
        if whole or not off:
            (top if message.index in flying else rest).append(arrow(lanes, message, off))
    rest += [_fold(lanes, row) for row in shown.rows if len(row) > 1]
    for event in story.events[shown.first : shown.last + 1]:
        off = event.index not in single
        if whole or not off:
            (top if event.index == upto else rest).append(_event(lanes, event, upto, off))
    stays = [stay for stay in stays_in(lanes) if whole or stay.kernel not in shown.hidden]
    parts = [_sheet(0), _band(lanes, upto if mark is None else mark), _lanes(lanes)]
    parts += [_bars(lanes, stay) for stay in stays]
    parts += ['<g class="rest">', *rest, "</g>", *(_tag(lanes, stay) for stay in stays)]
    parts += [_veil(lanes, upto), '<g class="top">', *top, "</g>", _heads(lanes)]
    return "".join(parts)


# ---- what stands still --------------------------------------------------------------------------


def _sheet(y, height="100%"):
    return f'<rect class="sheet" y="{y}" width="100%" height="{height}"/>'


def _shift(lanes, upto):
    """Where the band and the veil go; nowhere if no event is shown."""
    return 'class="off' if upto is None else f'transform="translate(0 {lanes.y[upto]})" class="'


def _band(lanes, upto):
    """What marks the event that is shown: a band and a pointer, moved by the stepper."""
    return (
        f'<g {_shift(lanes, upto)} here"><path class="pointer" d="M4-5l9 5l-9 5z"/>'
        f'<rect class="band" x="16" y="{-ROW // 2}" width="100%" height="{ROW}"/></g>'
    )


def _veil(lanes, upto):
    return f'<rect {_shift(lanes, upto)} veil" y="{ROW // 2}" width="100%" height="100%"/>'


def _lanes(lanes):
    hidden, down = lanes.shown.hidden, f"V{lanes.height - 8}"
    return "".join(
        f'<path class="lane{" gone" if name in hidden else ""}" '
        f'transform="translate({x})" d="M0 {HEAD - 8}{down}"/>'
        for name, x in lanes.x.items()
    )


def _heads(lanes):
    """The lanes' names and the legend; they come last, so that the stepper can keep them."""
    nodes, hidden = lanes.story.trace.machine.graph.nodes, lanes.shown.hidden
    parts = [_sheet(-10, HEAD - 6), legend(lanes.story, lanes.width)]
    for number, (name, x) in enumerate(lanes.x.items()):
        left = -LETTER * len(name) / 2 - 13
        kind = palette.kernel_class(number) + (" gone" if name in hidden else "")
        under = "hidden" if name in hidden else nodes[name].get("isa", "")
        parts.append(f'<g class="head {kind}" transform="translate({x})">')
        parts.append(f'<path class="sign" d="M{left:.1f} 48h9v9h-9z"/>')
        parts.append(svg.text(2, 57, name, "name mid"))
        parts.append(svg.text(0, 71, under, "quiet mid") + "</g>")
    return f'<g class="heads">{"".join(parts)}</g>'


# ---- threads ------------------------------------------------------------------------------------


def stays_in(lanes):
    """The stays of threads on kernels that reach into the window."""
    first, last = lanes.shown.first, lanes.shown.last
    return [stay for stay in lanes.story.stays if stay.until >= first and stay.first <= last]


def _off(lanes, stay):
    return " off" if stay.kernel in lanes.shown.hidden else ""


def _bars(lanes, stay):
    """A thread on a kernel: a thin dashed line, a thick one where it runs."""
    y, off = lanes.y, _off(lanes, stay)
    runs = "".join(f"M0 {y[a]}V{y[b]}" for a, b in stay.runs if y[a] != y[b])
    x = lanes.x[stay.kernel] + lanes.track(stay)
    return (
        f'<g class="stay {palette.kernel_class(home_index(stay.tid))}{off}" '
        f'transform="translate({x})"><path class="wait" '
        f'd="M0 {y[stay.first] - ROW // 2}V{y[stay.until]}"/><path class="run" d="{runs}"/></g>'
    )


def tag_at(lanes, stay):
    """The middle of a thread's name, beside its lane's middle: a little away from the event's."""
    return lanes.track(stay) + (9 if lanes.right[stay.first] else -9)


def _tag(lanes, stay):
    """The thread's name above its bar."""
    name, off = thread_name(stay.tid), _off(lanes, stay)
    x, y = lanes.x[stay.kernel] + tag_at(lanes, stay), lanes.y[stay.first] - ROW // 2
    half = 2.8 * len(name) + 4
    return (
        f'<g class="named {palette.kernel_class(home_index(stay.tid))}{off}" '
        f'transform="translate({x} {y})"><rect class="tag" x="{-half:.1f}" y="-6.5" '
        f'width="{2 * half:.1f}" height="13" rx="6.5"/>'
        f'<text class="tagged" y="3.4">{svg.escape(name)}</text></g>'
    )


# ---- rows ---------------------------------------------------------------------------------------


def _event(lanes, event, upto, off):
    """A row: its number and time, the mark, the name."""
    number, x = event.index, lanes.x[event.kernel]
    now = " now" if number == upto else ""
    at = f'data-i="{number}" transform="translate(0 {lanes.y[number] + BASE})"'
    shape = SHAPES.get(event.cause, SHAPES["timer"])
    mark = f'<path class="sign" d="M{x + lanes.aside[number]}-{BASE}{shape}"/>'
    gutter = name = ""
    if number not in lanes.crowded:
        end = "" if lanes.right[number] else " end"
        gutter = f'<text class="quiet end" x="34">{number}</text>'
        if lanes.story.timed:
            gutter += f'<text class="quiet" x="41">{duration(event.time_s)}</text>'
        label = written(lanes.story.label(event))
        name = f'<text class="halo{end}" x="{x + lanes.name_at(event)}">{label}</text>'
    return f'<g class="{classes("e", lanes, event, off)}{now}" {at}>{gutter}{mark}{name}</g>'


def _fold(lanes, row):
    """A row of several events: their numbers, a stack, how many they are."""
    shown, event = lanes.shown, lanes.story.events[row[-1]]
    named = row[-1] not in lanes.crowded
    words = {"y": lanes.y[row[0]] + BASE, "numbers": numbers(row) if named else ""}
    words["label"] = shown.fold_label(row) if named else ""
    if not shown.inside(event):
        return fold_row().format(**words, classes=" dim", x=GUTTER + 8, end="", at=14)
    right = lanes.order[event.kernel] == len(lanes.order) - 1 > 0
    away = lanes.clear[event.kernel]
    side = {"end": "", "at": away} if right else {"end": " end", "at": -away}
    return fold_row().format(**words, **side, classes="", x=lanes.x[event.kernel])


def fold_row():
    """The row of a fold with names in braces for what differs; the script fills in the same."""
    return (
        '<g class="f ink{classes}" transform="translate(0 {y})">'
        '<text class="quiet" x="16">{numbers}</text><g transform="translate({x})">'
        f'<path class="sign" d="{FOLD}"/>'
        '<text class="halo{end}" x="{at}">{label}</text></g></g>'
    )
