"""Pages over time: a strip for each page and kernel, time to the right, an event a step.

A strip is thick and filled where the kernel may write, half where it may read, and only a line
where it has no copy; dots say that it has asked and waits.  The marks below a page's strips are the
events that changed them.  Two kernels that take a page from each other make a zip: false sharing,
if they need different words of it.
"""

from itertools import groupby

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.boards.drawing import LEFT, ground, moment, wide
from popcorn_lib.draw.boards.pages import MAY, PAGES, who_may
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.spacetime import SHAPES
from popcorn_lib.draw.story import Story
from popcorn_lib.draw.words import counted

PLOT = 700  # width of the strips
TOP, STRIP, THICK, GAP = 92, 19, 13, 54  # above; a strip and what is filled of it; between pages
WIDEST = 26  # a step
TOLD = 12  # changes of a page in the description


def page_history(trace, at=None, window=None, title="Pages over time"):
    """Who could read and write each page when.

    at: an event to mark, None for none.  window: (first, last) event that is drawn; None for all.
    Raises ValueError for an event that is not in the trace, or a window without events.
    """
    story = trace if isinstance(trace, Story) else Story(trace)
    first, last = map(story.check, window or (0, story.last))
    if last < first:
        raise ValueError(f"the window {window!r} ends before it begins")
    if at is not None and not first <= story.check(at) <= last:
        raise ValueError(f"event {at} is outside the window {first, last}")
    drawing = Drawing(story, first, last)
    said = " ".join(drawing.words(at))
    size = drawing.width, drawing.height
    return Picture(*size, drawing.body(title, at), title, said, draws_title=True)


class Drawing:
    """Where the strips lie; an event's step begins where it has happened."""

    def __init__(self, story, first, last):
        self.story, self.first, self.last = story, first, last
        self.cells = [PAGES.cells(story, index) for index in range(first, last + 1)]
        seen = {page for cells in self.cells for page in cells}
        self.pages = [page for page in PAGES.touched(story) if page in seen] if seen else []
        self.step = min(WIDEST, PLOT / (last - first + 1))
        names = 44 + wide(max(map(self._name, story.kernels), key=len)) * 1.1
        self.x0 = round(LEFT + names)
        self.width = max(round(self.x0 + self.step * (last - first + 1) + 24), 520)
        self.high = STRIP * len(story.kernels) + GAP
        self.height = TOP + self.high * max(len(self.pages), 1) + 34

    def _name(self, kernel):
        return f"{kernel} home" if any(page.home == kernel for page in self.pages) else kernel

    def x(self, index):
        """Where an event's step begins."""
        return round(self.x0 + self.step * (index - self.first), 1)

    def changes(self, page):
        """The events that changed what any kernel may do with a page, or asks for."""
        found, old = [], None
        for index, cells in enumerate(self.cells, self.first):
            now = _rights(cells.get(page))
            if now != old and (old is not None or index > self.first):
                found.append(index)
            old = now
        return found

    # ---- the drawing ----------------------------------------------------------------------------

    def body(self, title, at):
        line = f"events {self.first} to {self.last} of {self.story.last}, a step to the right each"
        parts = [ground(self.width, self.height, title, line), self._legend()]
        if at is not None:
            parts.append(self._now(at))
        parts += [self._page(page, TOP + self.high * n) for n, page in enumerate(self.pages)]
        if not self.pages:
            parts.append(svg.text(LEFT, TOP + 20, "No page that anybody asks for is mapped."))
        return "".join(parts)

    def _legend(self):
        x, parts = LEFT, []
        for kind, words in _STRIPS.items():
            parts.append(f'<g class="ink">{_strip(kind, x, 56, 26)}</g>')
            parts.append(svg.text(x + 34, 67, words, "quiet", style="font-size:11px"))
            x += 52 + 5.9 * len(words)
        return "".join(parts)

    def _now(self, at):
        """The event that is asked for: a band down the whole picture."""
        x, wide_ = self.x(at), max(self.step, 3)
        return (
            f'<rect class="band" x="{x}" y="{TOP - 14}" width="{wide_:.1f}" '
            f'height="{self.height - TOP}"/>'
            f'<path class="pointer" d="M{x + wide_ / 2 - 5:.1f} {TOP - 16}h10l-5 8z"/>'
            + svg.text(round(x + wide_ / 2, 1), self.height - 8, f"event {at}", "mid")
        )

    def _page(self, page, top):
        parts = [svg.text(LEFT, top + 4, str(page), style="font-weight:600")]
        for place, kernel in enumerate(self.story.kernels):
            y = top + 14 + STRIP * place
            parts.append(self._strips(page, kernel, place, y))
        parts += self._marks(page, top + 24 + STRIP * len(self.story.kernels))
        return "".join(parts)

    def _strips(self, page, kernel, place, y):
        """One kernel's strip, equal neighbours joined."""
        kind = palette.kernel_class(place)
        home = "home" if page.home == kernel else ""
        parts = [
            f'<path class="sign" d="M{LEFT} {y + 2}h9v9h-9z"/>',
            svg.text(LEFT + 15, y + 11, kernel),
            svg.text(LEFT + 22 + wide(kernel), y + 11, home, "quiet"),
        ]
        index = self.first
        for what, run in groupby(_right(cells.get(page), kernel) for cells in self.cells):
            count = len(list(run))
            parts.append(_strip(what, self.x(index), y, self.step * count))
            index += count
        return f'<g class="{kind}">{"".join(parts)}</g>'

    def _marks(self, page, y):
        """The events that changed something; each has its number where there is room."""
        free = 0
        for index in self.changes(page):
            event, x = self.story.events[index], self.x(index)
            kind = palette.kernel_class(self.story.kernels.index(event.kernel))
            shape = SHAPES.get(event.cause, SHAPES["timer"])
            size = 0.75 if self.step > 9 else max(self.step / 12, 0.4)
            yield (
                f'<path class="tip {kind}" transform="translate({x} {y}) scale({size:.2g})" '
                f'd="M0 0{shape}"/>'
            )
            if x - wide(str(index)) / 2 > free:
                yield svg.text(x, y + 17, index, "quiet mid")
                free = x + wide(str(index)) / 2 + 4

    # ---- in words -------------------------------------------------------------------------------

    def words(self, at):
        """What the picture shows: for each page the changes in order, then the moment."""
        yield f"Events {self.first} to {self.last}: {counted(len(self.pages), 'page')}."
        for page in self.pages:
            found = self.changes(page)
            told = [f"event {index}: {self._after(index, page)}" for index in found[:TOLD]]
            more = f"; {len(found) - TOLD} more" if len(found) > TOLD else ""
            yield f"{page}, {counted(len(found), 'change')}: {'; '.join(told) or 'none'}{more}."
        if at is not None:
            yield f"A{moment(self.story, at)[1:]}. {PAGES.words(self.story, at)}"

    def _after(self, index, page):
        cells = self.cells[index - self.first].get(page)
        name = self.story.label(self.story.events[index])
        return f"{name}, {who_may(cells) if cells else 'no longer mapped'}"


def _right(cells, kernel):
    """What a strip shows: "rw", "r", "asks", "" for no copy, None while there is no such page."""
    if cells is None:
        return None
    cell = cells[kernel]
    return cell.right or ("asks" if cell.asks else "")


def _rights(cells):
    return cells and tuple((cell.right, cell.asks) for cell in cells.values())


def _strip(what, x, y, length):
    """One piece of a strip, its base at y + THICK."""
    base = y + THICK
    if what is None:
        return ""
    if what in ("rw", "r"):
        high = THICK if what == "rw" else THICK / 2
        return f'<path class="tip" d="M{x:g} {base}v{-high:g}h{length:.1f}v{high:g}z"/>'
    if what == "asks":
        return f'<path class="wait" d="M{x:g} {base - 2.5:g}h{length:.1f}"/>'
    return f'<path class="link" d="M{x:g} {base - 0.5:g}h{length:.1f}"/>'


_STRIPS = {
    "rw": f"may {MAY['rw']}",
    "r": f"may {MAY['r']}",
    "": "no copy",
    "asks": "asks and waits",
}
