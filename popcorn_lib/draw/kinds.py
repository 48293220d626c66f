"""What instruction sets do for the same work: instructions by kind, a row for each, bars in cells.

    instruction_kinds(isa.counts("sort", level="O2"))

Every bar carries its number; all bars of a picture have one scale, so that rows can be compared.
"""

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.words import listed
from popcorn_lib.errors import UsageError
from popcorn_lib.isa.tables import KINDS

CELL, ROW, TOP, LEFT, SIDE = 74, 44, 86, 24, 14
BAR = CELL - 14  # the longest bar
LETTER = 7.6


def instruction_kinds(counts, title=None):
    """Instructions by kind as bars, a row for each row of the table.

    counts: a DataFrame as `isa.counts()` or `isa.code()` gives it, or a list of `isa.Count`.  What
    is the same in all rows (kernel, level) stands in the title, what differs names the rows.
    Raises UsageError for an empty table or one without such columns.
    """
    rows = _rows(counts)
    same, names = _named(rows)
    kinds = [kind for kind in KINDS if any(row[kind] for row in rows)]
    title = title or " ".join(["Instructions by kind:", *same]).removesuffix(":")
    said = " ".join(_said(name, row, kinds) for name, row in zip(names, rows, strict=True))
    return _Drawing(names, rows, kinds).picture(title, said)


def _rows(counts):
    rows = [one.row() for one in counts] if isinstance(counts, list) else None
    rows = counts.to_dict("records") if rows is None else rows
    if not rows:
        raise UsageError("there is no row to draw")
    missing = [name for name in ("isa", "instructions", *KINDS) if name not in rows[0]]
    if missing:
        raise UsageError(
            f"the table has no column {missing[0]!r}; it needs isa, instructions, kinds"
        )
    return rows


def _named(rows):
    """(what all rows share, the name of each row by what differs)."""
    columns = [name for name in ("kernel", "isa", "level") if name in rows[0]]
    differ = [name for name in columns if len({row[name] for row in rows}) > 1]
    same = [_text(name, rows[0]) for name in columns if name not in differ]
    names = [" ".join(_text(name, row) for name in differ) or row["isa"] for row in rows]
    return same, names


def _text(column, row):
    return f"-{row[column]}" if column == "level" else str(row[column])


def _said(name, row, kinds):
    parts = [f"{kind} {row[kind]:,}" for kind in kinds if row[kind]]
    return f"{name}: {row['instructions']:,} instructions; {listed(parts)}."


class _Drawing:
    """Where the cells stand: a row for each name, a column for each kind and one for the sum."""

    def __init__(self, names, rows, kinds):
        self.names, self.rows, self.kinds = names, rows, kinds
        self.most = max(max(row[kind] for kind in kinds) for row in rows) or 1
        self.left = SIDE + round(LETTER * max(map(len, names))) + LEFT

    def picture(self, title, said):
        """The whole picture."""
        width = max(
            self.left + CELL * (len(self.kinds) + 1) + SIDE, round(9 * len(title)) + 2 * SIDE
        )
        height = TOP + ROW * len(self.rows) + 6
        parts = [
            svg.element("rect", class_="sheet", width=width, height=height),
            svg.text(SIDE, 28, title, "name", style="font-size:15px"),
            *(self._head(n, kind) for n, kind in enumerate([*self.kinds, "all"])),
            *(self._row(n) for n in range(len(self.rows))),
        ]
        return Picture(width, height, "".join(parts), title, said, draws_title=True)

    def _head(self, number, kind):
        return svg.text(self.left + CELL * number, TOP - 18, kind, style="font-size:13px")

    def _row(self, number):
        row, y = self.rows[number], TOP + ROW * number
        cells = [
            svg.element(
                "path",
                class_="lane",
                d=f"M{SIDE} {y - 8}H{self.left + CELL * (len(self.kinds) + 1)}",
            ),
            svg.text(SIDE, y + 17, self.names[number], "name"),
        ]
        cells += [self._cell(n, y, row[kind]) for n, kind in enumerate(self.kinds)]
        x = self.left + CELL * len(self.kinds)
        total = svg.text(
            x, y + 8, f"{row['instructions']:,}", style="font-size:13px;font-weight:600"
        )
        return f'<g class="c0">{"".join(cells)}{total}</g>'

    def _cell(self, number, y, count):
        """A number and below it a bar; none has a dash."""
        x, length = self.left + CELL * number, BAR * count / self.most
        if not count:
            return svg.element("path", class_="link", d=f"M{x} {y + 4}h10")
        bar = svg.element("path", class_="sign", d=f"M{x} {y + 14}h{max(length, 1):.1f}v11H{x}z")
        return svg.text(x, y + 8, f"{count:,}", style="font-size:13px") + bar
