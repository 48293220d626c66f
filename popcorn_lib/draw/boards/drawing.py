"""What the pictures of boards share: the moment, the title, the kernels' names, glyphs, the legend.

drawn(PAGES, trace, at=12)          any board as a table, what the event has changed is shaded
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.lanes import LETTER
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import Story

LEFT, HEAD, ROW = 14, 84, 34  # the left edge; above the first row; a row
NARROWEST = 380
OF_TITLE = 1.4  # how much wider than other letters those of a title are


def opened(trace, board, at):
    """(story, event): the moment of a picture; None is the last one with anything to show.

    Raises ValueError, which says the range, for an event that is not there.
    """
    story = trace if isinstance(trace, Story) else Story(trace)
    if at is None:
        indices = range(story.last, -1, -1)
        at = next((index for index in indices if board.rows(story, index)), story.last)
    return story, story.check(at)


def moment(story, index):
    """Which event a picture shows the state after, in a line."""
    event = story.events[index]
    return f"after event {index} of {story.last}: {event.kernel}, {story.label(event)}"


def said(board, story, index, *more):
    """A picture in words: the moment, what there is more to say, every row with all its cells."""
    heads = board.columns(story)
    rows = [
        f"{name}: "
        + ", ".join(f"{head} {text}" for head, (_, text) in zip(heads, cells, strict=True) if text)
        for name, cells in board.rows(story, index)
    ]
    told = [f"A{moment(story, index)[1:]}.", *more]
    return " ".join(filter(None, [*told, f"{'; '.join(rows)}." if rows else ""]))


def wide(text):
    """About how much room a line of text takes."""
    return LETTER * len(text)


def ground(width, height, title, line):
    """The sheet, the title and a line below it."""
    return (
        svg.element("rect", class_="sheet", width=width, height=height)
        + svg.text(LEFT, 26, title, "name", style="font-size:15px")
        + svg.text(LEFT, 45, line, "quiet", style="font-size:11.5px")
    )


def glyph(kinds, kind, x, y, size=1.0):
    """The glyph of a kind of cell around a point; nothing for an empty cell."""
    if kind not in kinds:
        return ""
    path, colour, _ = kinds[kind]
    at = f"translate({x:g} {y:g})" + (f" scale({size:g})" if size != 1 else "")
    return f'<path class="tip" style="--c:var(--p-{colour})" transform="{at}" d="{path}"/>'


def kernel_head(story, name, x, y, under=""):
    """A kernel's name with its mark, its middle at x."""
    kind = palette.kernel_class(story.kernels.index(name))
    half = 4 * len(name)
    below = svg.text(x, y + 14, under, "quiet mid") if under else ""
    return (
        f'<g class="{kind}"><path class="sign" d="M{x - half - 8:g} {y - 9:g}h9v9h-9z"/></g>'
        + svg.text(x + 4, y, name, "name mid")
        + below
    )


def legend(kinds, used, y, width):
    """(the meanings of the kinds that are used, the y below them)."""
    parts, x = [], LEFT
    for kind in kinds:
        if kind in used:
            meaning = kinds[kind][2]
            room = 40 + 5.9 * len(meaning)
            if x + room > width and x > LEFT:
                x, y = LEFT, y + 20
            parts.append(glyph(kinds, kind, x + 7, y - 4, 0.8))
            parts.append(svg.text(x + 19, y, meaning, "quiet", style="font-size:11px"))
            x += room
    return "".join(parts), y + 14


# ---- any board as a table -----------------------------------------------------------------------


def drawn(board, trace, at=None, title=None):
    """A board after an event as a table; the cells that the event has changed are shaded."""
    story, index = opened(trace, board, at)
    heads, rows = board.columns(story), board.rows(story, index)
    before = dict(board.rows(story, index - 1)) if index else {}
    names = 40 + wide(max((head for head, _ in rows), key=len, default="")) * 1.06
    rooms = [_room(head, [cells[n][1] for _, cells in rows]) for n, head in enumerate(heads)]
    title = title or board.title.capitalize()
    lines = max(wide(title) * OF_TITLE, wide(moment(story, index)))
    width = round(max(names + sum(rooms) + LEFT, NARROWEST, lines + 30))
    xs = [round(names + sum(rooms[:n])) for n in range(len(rooms))]
    parts = [_head(story, name, x, room) for name, x, room in zip(heads, xs, rooms, strict=True)]
    for place, (name, cells) in enumerate(rows):
        y = HEAD + ROW * place
        parts.append(svg.element("path", class_="lane", d=f"M{LEFT} {y}H{width - LEFT}"))
        parts.append(svg.text(LEFT, y + 21, name, style="font-weight:600"))
        old = before.get(name, ((None, None),) * len(cells))
        for x, room, cell, then in zip(xs, rooms, cells, old, strict=True):
            parts.append(_cell(board, x, y, room, cell, bool(index) and cell != then))
    if not rows:
        parts.append(svg.text(LEFT, HEAD + 20, board.words(story, index)))
    used = {kind for _, cells in rows for kind, _ in cells}
    key, bottom = legend(board.kinds, used, HEAD + ROW * max(len(rows), 1) + 26, width)
    body = ground(width, bottom, title, moment(story, index)) + "".join(parts) + key
    return Picture(
        width,
        bottom,
        body,
        title,
        said(board, story, index, board.words(story, index)),
        draws_title=True,
    )


def _room(head, texts):
    return max([wide(head) + 40, *(wide(text) + 44 for text in texts)])


def _head(story, name, x, room):
    if name in story.kernels:
        return kernel_head(story, name, x + 8 + 4 * len(name), HEAD - 12)
    return svg.text(x, HEAD - 12, name, "name")


def _cell(board, x, y, room, cell, changed):
    """A glyph and its words; a change has a ground and a mark of its own."""
    kind, text = cell
    shade = (
        f'<rect class="band" x="{x - 8:g}" y="{y + 3}" width="{room - 6:g}" height="{ROW - 6}"/>'
    )
    mark = f'<path class="pointer" d="M{x - 8:g} {y + 3}h3v{ROW - 6}h-3z"/>'
    return (
        (shade + mark if changed and text else "")
        + glyph(board.kinds, kind, x + 8, y + 17)
        + svg.text(x + 22, y + 21, text)
    )
