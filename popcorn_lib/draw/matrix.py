"""Who talks to whom: messages or bytes as a matrix, a row per source, a column per destination.

    message_matrix(run.trace)                           all messages in one matrix
    message_matrix(run.messages, what="bytes", by="mechanism")

Every cell has its number; the shade behind it only leads the eye to the large ones, on one scale
in all matrices of a picture.
"""

from math import sqrt

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.words import listed

CELL, HIGH = 62, 32
HEAD, TOP, SIDE = 44, 78, 14  # above a matrix for its names, above all of them, at their left
DARKEST = 0.36  # opacity of the shade of the largest number; the ink on it must stay readable
EVERY = "all mechanisms"
OF_TITLE = 7.9  # the width of one of its letters
WIDEST = 900  # matrices stand side by side up to here


def message_matrix(source, what="messages", by="kernel", title=None):
    """The messages of a run as a matrix of numbers.

    source: a Trace, a Run, or the DataFrame `run.messages` or rows of it.  what: "messages" or
    "bytes".  by: "kernel" counts all together, "mechanism" has a matrix for each mechanism.
    Raises ValueError for another word.
    """
    for name, given, known in (
        ("what", what, ("messages", "bytes")),
        ("by", by, ("kernel", "mechanism")),
    ):
        if given not in known:
            raise ValueError(f"unknown {name} {given!r}; known: {', '.join(map(repr, known))}")
    kernels, rows = _rows(source)
    tables = _counted(rows, what, by)
    title = title or f"{what.capitalize()} from kernel to kernel"
    said = " ".join(_said(name, table, what) for name, table in tables.items())
    return Drawing(kernels, tables, what).picture(title, f"{listed(kernels)}. {said}")


def _rows(source):
    """(the kernels in order, (source, destination, mechanism, bytes) of each message)."""
    trace = getattr(source, "trace", source)
    if hasattr(trace, "machine"):
        messages, kernels = trace.messages, list(trace.machine.kernels)
    else:
        messages = list(trace.itertuples())
        kernels = sorted({name for m in messages for name in (m.source, m.destination)})
    return kernels, [(m.source, m.destination, m.mechanism, m.bytes) for m in messages]


def _counted(rows, what, by):
    """{name of a matrix: {(source, destination): number}}; mechanisms in the palette's order."""
    tables = {}
    for source, destination, mechanism, amount in rows:
        table = tables.setdefault(EVERY if by == "kernel" else mechanism, {})
        pair = source, destination
        table[pair] = table.get(pair, 0) + (amount if what == "bytes" else 1)
    order = list(palette.MECHANISMS)
    names = sorted(tables, key=lambda name: order.index(name) if name in order else len(order))
    return {name: tables[name] for name in names} or {EVERY: {}}


def _said(name, table, what):
    """One matrix in words, the largest numbers first."""
    pairs = sorted(table.items(), key=lambda pair: -pair[1])
    cells = [f"{source} to {destination} {number:,}" for (source, destination), number in pairs]
    total = f"{name.capitalize()}: {sum(table.values()):,} {what}"
    return f"{total}; {listed(cells)}." if cells else f"{total}."


def in_bytes(number):
    """A number of bytes to read: "64 B", "12.3 KiB"."""
    for unit, many in (("MiB", 2**20), ("KiB", 2**10)):
        if number >= many:
            return f"{float(f'{number / many:.3g}'):,g} {unit}"
    return f"{number:,} B"


class Drawing:
    """Where the matrices stand, and their parts."""

    def __init__(self, kernels, tables, what):
        self.kernels, self.tables, self.what = kernels, tables, what
        self.most = max((n for table in tables.values() for n in table.values()), default=0)
        self.names = 30 + 8 * max(map(len, kernels), default=0)  # room for the rows' names
        self.wide = self.names + CELL * (len(kernels) + 1) + 26
        self.high = HEAD + HIGH * (len(kernels) + 1) + 24
        self.top = TOP - (24 if EVERY in tables else 0)  # it needs no name of its own
        self.across = min(len(tables), max(1, WIDEST // self.wide))

    def picture(self, title, said):
        """The whole picture."""
        down = -(-len(self.tables) // self.across)
        width = max(SIDE + self.wide * self.across, 400, round(2 * SIDE + OF_TITLE * len(title)))
        height = self.top + self.high * down - 12
        parts = [
            svg.element("rect", class_="sheet", width=width, height=height),
            svg.text(SIDE, 26, title, "name"),
            svg.text(SIDE, 46, "row: who sends; column: who receives", "quiet"),
        ]
        for number, (name, table) in enumerate(self.tables.items()):
            down, across = divmod(number, self.across)
            at = f"translate({SIDE + self.wide * across} {self.top + self.high * down})"
            colour = f"--c:var(--p-{name if name in palette.MECHANISMS else 'before'})"
            parts.append(f'<g style="{colour}" transform="{at}">{self._matrix(name, table)}</g>')
        return Picture(width, height, "".join(parts), title, said, draws_title=True)

    def _matrix(self, name, table):
        mark = '<path class="tip" d="M0-9h10v10h-10z"/>' + svg.text(16, 0, name, "name")
        return "".join(
            [
                "" if name == EVERY else mark,
                *(self._heads(n, kernel) for n, kernel in enumerate(self.kernels)),
                *(self._row(n, kernel, table) for n, kernel in enumerate(self.kernels)),
                *self._sums(table),
            ]
        )

    def _heads(self, number, kernel):
        """A kernel's name above its column and before its row, each with its mark."""
        x, y = self._place(number, number)
        kind, half = palette.kernel_class(number), 4 * len(kernel)
        column, row = x + CELL / 2, self.names - 12
        return (
            f'<g class="{kind}"><path class="sign" d="M{column - half - 8} {HEAD - 20}h9v9h-9z"/>'
            f'<path class="sign" d="M{row - 2 * half - 14} {y + HIGH / 2 - 5}h9v9h-9z"/></g>'
            + svg.text(column + 4, HEAD - 11, kernel, "mid", style="font-size:13px")
            + svg.text(row, y + HIGH / 2 + 4, kernel, "end", style="font-size:13px")
        )

    def _place(self, row, column):
        return self.names + CELL * column, HEAD + HIGH * row

    def _row(self, row, source, table):
        """The numbers of one sender; a kernel sends nothing to itself."""
        cells = []
        for column, destination in enumerate(self.kernels):
            x, y = self._place(row, column)
            if source == destination and (source, destination) not in table:
                cells.append(f'<path class="link" d="M{x + 24} {y + HIGH / 2}h14"/>')
            else:
                cells.append(self._cell(x, y, table.get((source, destination), 0)))
        return "".join(cells)

    def _cell(self, x, y, number):
        """The root of a number makes its shade, so that small ones differ too."""
        shade = DARKEST * sqrt(number / self.most) if number else 0
        words = in_bytes(number) if self.what == "bytes" else f"{number:,}"
        return (
            f'<rect class="cell" x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{HIGH - 2}" '
            f'rx="3" fill-opacity="{shade:.3f}"/>'
            + svg.text(x + CELL / 2, y + HIGH / 2 + 4, words, "mid" if number else "quiet mid")
        )

    def _sums(self, table):
        """What every kernel sends in all, at the right, and receives, at the bottom."""
        last, quiet = len(self.kernels), "quiet mid"
        show = in_bytes if self.what == "bytes" else "{:,}".format
        yield svg.text(self.names + CELL * (last + 0.5), HEAD - 11, "sends", quiet)
        yield svg.text(self.names - 12, HEAD + HIGH * (last + 0.5) + 4, "receives", "quiet end")
        for number, kernel in enumerate(self.kernels):
            sent = sum(n for (source, _), n in table.items() if source == kernel)
            got = sum(n for (_, destination), n in table.items() if destination == kernel)
            x, y = self._place(number, last)
            yield svg.text(x + CELL / 2, y + HIGH / 2 + 4, show(sent), quiet)
            x, y = self._place(last, number)
            yield svg.text(x + CELL / 2, y + HIGH / 2 + 4, show(got), quiet)
