"""A structure byte by byte, on several instruction sets side by side: members, holes, byte order.

    structure_bytes(isa.layouts("mixed"), ["x86-64", "i386"])

A line is eight bytes.  Members have their names and what lies in their bytes; a hole is dashed.
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.words import counted, listed
from popcorn_lib.errors import UsageError, choose

ACROSS, CELL, HIGH, TOP, SIDE, GAP, EDGE = 8, 46, 46, 92, 14, 40, 26
HOLE = "(hole)"
SHADE = 0.22  # of a member's colour behind its bytes; the ink on it must stay readable


def structure_bytes(layouts, isas=None, title=None):
    """The bytes of one structure, a drawing for each instruction set.

    layouts: rows of `isa.layouts()` about one structure.  isas: which, by default all in the table.
    Raises UsageError if the rows are about none or several structures, or for an unknown name.
    """
    names = list(dict.fromkeys(layouts["structure"]))
    if len(names) != 1:
        raise UsageError(f"the rows must be about one structure, not {names!r}")
    known = list(dict.fromkeys(layouts["isa"]))
    chosen = [choose("instruction set", name, known) for name in isas or known]
    parts = [_Structure(name, layouts[layouts["isa"] == name]) for name in chosen]
    title = title or f"struct {names[0]} in memory"
    return _picture(parts, title, " ".join(part.said() for part in parts))


class _Structure:
    """One structure on one instruction set; `members` may share bytes, as bit-fields do."""

    def __init__(self, isa, rows):
        self.isa, rows = isa, rows.to_dict("records")
        [whole] = [row for row in rows if not row["member"]]
        self.content, self.size = bytes.fromhex(whole["content"]), whole["bytes"]
        self.members = [row for row in rows if row["member"]]
        order = dict.fromkeys(row["member"] for row in self.members if row["member"] != HOLE)
        self.colours = {name: palette.kernel_class(n) for n, name in enumerate(order)}

    def owners(self, at):
        """The members to which a byte belongs."""
        return [m["member"] for m in self.members if m["offset"] <= at < m["offset"] + m["bytes"]]

    def runs(self):
        """(first byte, bytes, members) of bytes that belong together, none over a line's end."""
        start = 0
        for at in range(1, self.size + 1):
            ends = at == self.size or at % ACROSS == 0 or self.owners(at) != self.owners(start)
            if ends:
                yield start, at - start, self.owners(start)
                start = at

    @property
    def lines(self):
        """Lines of eight bytes."""
        return -(-self.size // ACROSS)

    def said(self):
        """The structure in words."""
        parts = listed(list(map(self._said, self.members)))
        return f"{self.isa}: {self.size} bytes, {self.content.hex(' ')}; {parts}."

    def _said(self, row):
        at, end = row["offset"], row["offset"] + row["bytes"]
        span = f"byte {at}" if end == at + 1 else f"bytes {at} to {end - 1}"
        if row["member"] == HOLE:
            return f"a hole in {span}"
        if isinstance(row["bits"], int):
            return f"{row['member']} in {counted(row['bits'], 'bit')} from bit {row['bit']}"
        return f"{row['member']} in {span}"


def _picture(parts, title, said):
    wide = EDGE + CELL * ACROSS + GAP
    width = 2 * SIDE + wide * len(parts) - GAP
    height = TOP + HIGH * max(part.lines for part in parts) + 12
    body = [
        svg.element("rect", class_="sheet", width=width, height=height),
        svg.text(SIDE, 28, title, "name", style="font-size:15px"),
        svg.text(SIDE, 48, "eight bytes a line, the lowest address first; dashed: a hole", "quiet"),
    ]
    for number, part in enumerate(parts):
        at = f"translate({SIDE + wide * number} {TOP})"
        body.append(f'<g transform="{at}">{_drawn(part)}</g>')
    return Picture(width, height, "".join(body), title, said, draws_title=True)


def _drawn(part):
    head = svg.text(EDGE, -14, f"{part.isa}: {part.size} bytes", "name")
    numbers = (
        svg.text(EDGE - 8, HIGH * n + 26, ACROSS * n, "quiet end") for n in range(part.lines)
    )
    return "".join([head, *numbers, *(_run(part, *run) for run in part.runs())])


def _run(part, start, count, owners):
    """Bytes of one member in one line: its name above, what they hold below."""
    line, column = divmod(start, ACROSS)
    x, y, wide = EDGE + CELL * column, HIGH * line, CELL * count
    if owners == [HOLE]:
        box = f"M{x + 2} {y + 2}h{wide - 4}v{HIGH - 6}h{4 - wide}z"
        name = svg.text(x + wide / 2, y + 25, "hole", "quiet mid") if count > 1 else ""
        return f'<g class="ink">{svg.element("path", class_="wire high", d=box)}</g>' + name
    cells = "".join(_byte(part, start + n, x + CELL * n, y) for n in range(count))
    box = svg.element(
        "rect", class_="cell", x=x + 1, y=y + 1, width=wide - 2, height=HIGH - 4, rx=3,
        style=f"fill-opacity:{SHADE}",
    )  # fmt: skip
    name = svg.text(x + wide / 2, y + 16, _short("+".join(owners), wide), "mid")
    return f'<g class="{part.colours[owners[0]]}">{box}</g>{name}{cells}'


def _byte(part, at, x, y):
    style = "font-family:ui-monospace,Menlo,Consolas,monospace"
    return svg.text(x + CELL / 2, y + 33, f"{part.content[at]:02x}", "mid", style=style)


def _short(name, wide):
    room = int(wide / 6.4)
    return name if len(name) <= room else name[: room - 1] + "…"
