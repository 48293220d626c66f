"""The board of pages: which kernel may write a page, which may read it, what home is doing.

A page has a row as long as it belongs to a mapping and anybody ever asks for it; a page that only
its home ever touches, and that is full of zeros, leaves no trace in any table.

Other memories: of `TwoKernelMemory` it shows the owner, where there is no directory and no waiting
at home.  Of `WordsAtHome` it shows the pages, which never leave home; requests for single words are
no state of a page and are not seen here.
"""

from typing import NamedTuple

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.words import listed
from popcorn_lib.mechanisms.memory.tables import Entry, Tables
from popcorn_lib.syscalls import WORD

MAY = {"rw": "write", "r": "read", "": "none"}
SQUARE = "M-7-7h14v14h-14z"
HOUSE = "M0-8.5l8 7v9h-16v-9z"
GLASS = "M-5-6h10l-4 6l4 6h-10l4-6z"
KINDS = {
    "write": (SQUARE, "memory", "may write"),
    "read": (SQUARE + "M-5.5-5.5v7h11v-7z", "memory", "may read"),
    "none": ("M-5-1h10v2h-10z", "line", "has no copy"),
    "asks": (GLASS, "memory", "has asked home and waits"),
    "home-write": (HOUSE, "memory", "home of the page, may write"),
    "home-read": (HOUSE + "M0-6.2l-6.5 5.7v3h13v-3z", "memory", "home of the page, may read"),
    "home-none": (HOUSE + "M0-5.8l-6 5.3v6h12v-6z", "memory", "home of the page, has no copy"),
    "home-asks": (
        HOUSE + "M0-5.8l-6 5.3v6h12v-6zM-3-1.5h6l-2 3l2 3h-6l2-3z",
        "memory",
        "home of the page, waits for it itself",
    ),
}


class Cell(NamedTuple):
    """What one kernel has of one page."""

    right: str  # "rw", "r" or ""
    asks: str  # "rw" or "r": it has asked for that and waits
    home: bool
    notes: tuple  # what else is to be said
    data: str  # the words that are not zero, in short

    @property
    def kind(self):
        """The kind of the cell on the board."""
        return ("home-" if self.home else "") + ("asks" if self.asks else MAY[self.right])

    @property
    def text(self):
        """The cell in few letters, rights as in the state's lines: "rw +0=5", "asks for r"."""
        have = f"{self.right} {self.data}" if self.right else ""
        asks = f"asks for {self.asks}" if self.asks else ""
        return ", ".join(filter(None, [have, asks, *self.notes])) or "no copy"


class Pages(Board):
    """A row per page, a column per kernel."""

    name, title, mechanism, reads = "pages", "pages: who may read, who may write", "memory", Tables
    kinds = KINDS | DEAD

    def table(self, story, index):
        dead = moments(story).dead(index)
        return tuple(
            (
                str(page),
                tuple(
                    ("dead", "dead") if name in dead else (cell.kind, cell.text)
                    for name, cell in cells.items()
                ),
            )
            for page, cells in self.cells(story, index).items()
        )

    def cells(self, story, index):
        """{page: {kernel: Cell}} after an event, in the order of homes, objects and pages."""
        return self._kept("cells", self._cells, story, index) if self._fits(story) else {}

    def _cells(self, story, index):
        tables, found = self.tables(story, index), {}
        for page in self.touched(story):
            cells = {name: cell_of(tables, page, name) for name in story.kernels}
            held = any((c.right or c.asks) and not c.home for c in cells.values())
            if held or tables[page.home].is_backed(page):
                found[page] = cells
        return found

    def touched(self, story):
        """The pages that ever stand in a table, in order."""
        kept, order = moments(story).kept, story.kernels.index
        if self.name not in kept:
            pages = set()
            for memory in moments(story).every(self.mechanism):
                pages.update(memory.frames, memory.directory, memory.faults)
            kept[self.name] = sorted(pages, key=lambda page: (order(page.home), *page[1:]))
        return kept[self.name]

    def say(self, story, index):
        pages = self.cells(story, index)
        if not pages:
            return "No page that anybody asks for is mapped."
        told = (f"{page}{holds(cells)}: {who_may(cells)}" for page, cells in pages.items())
        return f"{'; '.join(told)}."


PAGES = Pages()


def cell_of(tables, page, name):
    """The Cell of a page and a kernel; tables: {kernel: memory}."""
    memory, here = tables[name], page.home == name
    if here and not memory.is_backed(page):
        return Cell("", "", True, ("unmapped",), "")
    right, entry = memory.rights(page), memory.directory.get(page)
    return Cell(
        right,
        _asks(memory, page, entry),
        here,
        _notes(memory, page, entry),
        short(memory.data(page)) if right else "",
    )


def _asks(memory, page, entry):
    """What a kernel waits for: a fault of its own, or home's own place in the directory."""
    fault = memory.faults.get(page)
    if fault is None and getattr(entry, "requester", None) == memory.kernel.name:
        fault = entry
    return "" if fault is None else "rw" if fault.write else "r"


def _notes(memory, page, entry):
    """What home is busy with, what is held back, who the owner is."""
    notes = []
    if isinstance(entry, Entry) and entry.requester:
        if entry.requester != memory.kernel.name:
            notes.append(f"busy for {entry.requester}")
        if entry.awaited:
            notes.append(f"awaits {listed(sorted(entry.awaited))}")
    elif entry is not None and not isinstance(entry, Entry) and memory.owns(page):
        notes.append("owner")
    fault = memory.faults.get(page)
    return (*notes, *(["holds back what has come for it"] if fault and fault.held else []))


def short(data):
    """The words of a page that are not zero, as text that fits: the first two."""
    places = range(0, len(data), WORD)
    words = {p: int.from_bytes(data[p : p + WORD], "little") for p in places}
    found = [f"+{p}={_number(word)}" for p, word in words.items() if word]
    return (" ".join(found[:2]) + (" …" if len(found) > 2 else "")) or "zeros"


def _number(word):
    return str(word) if word < 10**6 else f"{word:#x}"[:6] + "…"


def holds(cells):
    """What the copies of a page hold, in brackets; more than once if they differ."""
    found = dict.fromkeys(cell.data for cell in cells.values() if cell.right)
    return f" ({' / '.join(found)})" if found else ""


def who_may(cells):
    """The cells of one page in words: "k0 and k1 may read; k2 asks to write"."""
    may = {right: [n for n, c in cells.items() if c.right == right] for right in MAY}
    parts = [f"{listed(may[right])} may {MAY[right]}" for right in ("rw", "r") if may[right]]
    parts += [f"{n} asks to {MAY[c.asks]}" for n, c in cells.items() if c.asks]
    parts += [f"{n}: {', '.join(c.notes)}" for n, c in cells.items() if c.notes]
    return ", ".join(parts) or "nobody has a copy"
