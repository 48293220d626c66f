"""The frames of a chain of calls, on several instruction sets or levels side by side.

    call_chain(isa.frames(level="O2"), ["x86-64", "s390x"])

In each frame stand, from high addresses to low ones, what lies in its memory, then what lies in
registers or nowhere.  Where a frame keeps a register of its caller, the value in it is the
caller's.  A cross marks a value that the function still needs and that no debugger finds.
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.words import counted, listed
from popcorn_lib.errors import UsageError, choose

LINE, HEAD, GAP, SIDE, TOP = 19, 26, 10, 14, 88
PLACE, NAME, VALUE, WIDE = 36, 148, 254, 424  # where the words of a line begin; a column's width
APART = 24
LEVELS = {"O0": "-O0", "O2": "-O2"}


def call_chain(frames, isas=None, title=None):
    """The frames of the chain, outermost first, a column for each instruction set and level.

    frames: rows of `isa.frames()`.  isas: which, by default all in the table.
    Raises UsageError for an unknown one or a table without rows.
    """
    known = list(dict.fromkeys(frames["isa"]))
    chosen = [choose("instruction set", name, known) for name in isas or known]
    tables = [
        _Column(name, level, rows)
        for name in chosen
        for level, rows in frames[frames["isa"] == name].groupby("level", sort=False)
    ]
    if not tables:
        raise UsageError("there is no frame to draw")
    title = title or "Frames of a chain of calls: which value is where"
    return _picture(tables, title, " ".join(table.said() for table in tables))


class _Column:
    """The frames of one program; `frames` is [(function, bytes, lines)], outermost first.

    A line is (kind, place, name, value): kind is "memory", "register" or "nowhere", with "lost"
    for what is nowhere and needed.
    """

    def __init__(self, isa, level, rows):
        self.name = f"{isa} {LEVELS.get(level, level)}"
        self.rows = rows.to_dict("records")
        functions = dict.fromkeys(row["function"] for row in self.rows)
        self.frames = [self._frame(function) for function in functions]

    def _frame(self, function):
        mine = [row for row in self.rows if row["function"] == function]
        [whole] = [row for row in mine if row["what"] == "frame"]
        memory = [row for row in mine if row["place"] == "memory"]
        memory.sort(key=lambda row: -row["offset"])
        rest = [row for row in mine if row["what"] == "variable" and row["place"] != "memory"]
        return function, whole["bytes"], [*map(self._slot, memory), *map(self._elsewhere, rest)]

    def _slot(self, row):
        """What lies in a frame's memory; in a saved register, the caller's value."""
        place = f"CFA{row['offset']:+d}".replace("-", "−")
        if row["what"] == "variable":
            return "memory", place, row["name"], row["value"]
        if row["what"] == "return address":
            return "memory", place, "return address", ""
        held = [
            f"{other['function']}.{other['name']} {other['value']}"
            for other in self.rows
            if other["what"] == "variable"
            and (other["holder"], other["offset"]) == (row["function"], row["offset"])
            and other["place"] == "saved register"
        ]
        return "memory", place, f"caller’s {row['name']}", ", ".join(held)

    def _elsewhere(self, row):
        """A variable that is not in its own frame's memory."""
        where = {
            "register": row["register"],
            "saved register": f"{row['register']}, in {row['holder']}",
            "computed": f"from {row['register'].replace(' ', ', ')}",
            "argument": "as passed",
            "constant": "constant",
            "nowhere": "nowhere",
        }[row["place"]]
        kind = "nowhere" if row["place"] == "nowhere" else "register"
        lost = kind == "nowhere" and row["needed"] == "yes"
        return (
            "lost" if lost else kind,
            where,
            row["name"],
            "still needed" if lost else row["value"],
        )

    @property
    def height(self):
        """Pixels of all frames below each other."""
        return sum(HEAD + LINE * len(lines) + GAP for _, _, lines in self.frames)

    def said(self):
        """The column in words."""
        parts = []
        for function, size, lines in self.frames:
            told = listed([" ".join(filter(None, (n, "at" * (k == "memory"), p, v)))
                           for k, p, n, v in lines])  # fmt: skip
            parts.append(f"{function}, {counted(size, 'byte')}: {told}.")
        lost = [
            f"{f}.{name}" for f, _, lines in self.frames for k, _, name, _ in lines if k == "lost"
        ]
        end = f"Needed and nowhere: {listed(lost)}." if lost else "Nothing needed is lost."
        return f"{self.name}: {' '.join(parts)} {end}"


def _picture(tables, title, said):
    width = 2 * SIDE + (WIDE + APART) * len(tables) - APART
    height = TOP + max(table.height for table in tables)
    key = "CFA: the stack pointer before the call, the high end of a frame; × needed, and nowhere"
    body = [
        svg.element("rect", class_="sheet", width=width, height=height),
        svg.text(SIDE, 28, title, "name", style="font-size:15px"),
        svg.text(SIDE, 48, key, "quiet"),
    ]
    for number, table in enumerate(tables):
        at = f"translate({SIDE + (WIDE + APART) * number} {TOP})"
        body.append(f'<g transform="{at}">{"".join(_drawn(table))}</g>')
    return Picture(width, height, "".join(body), title, said, draws_title=True)


def _drawn(table):
    yield svg.text(0, -12, table.name, "name")
    y = 0
    for number, (function, size, lines) in enumerate(table.frames):
        high = HEAD + LINE * len(lines)
        inside = "".join(_line(y + HEAD + LINE * n, *line) for n, line in enumerate(lines))
        box = svg.element("rect", class_="tag", x=0.5, y=y, width=WIDE - 1, height=high, rx=4)
        head = svg.text(12, y + 18, f"{function}: {size} bytes", "name")
        yield f'<g class="{palette.kernel_class(number)}">{box}{head}{inside}</g>'
        y += high + GAP


def _line(y, kind, place, name, value):
    """A mark for where a value is, and the words: a square in memory, a disc in a register."""
    marks = {
        "memory": '<path class="tip" d="M16 {0}h9v9h-9z"/>',
        "register": '<circle class="tip" cx="20.5" cy="{1}" r="5"/>',
        "nowhere": '<path class="wire" d="M16 {1}h9"/>',
        "lost": '<path class="cross" d="M16 {0}l9 9m0-9l-9 9"/>',
    }
    mark = marks[kind].format(y, y + 4.5)
    words = ((PLACE, place, 17), (NAME, name, 17), (VALUE, value, 26))
    text = "".join(
        svg.text(
            x, y + 9, _short(said, room), "quiet" if x == PLACE else "", style="font-size:12px"
        )
        for x, said, room in words
        if said
    )
    return mark + text


def _short(words, room):
    return words if len(words) <= room else words[: room - 1] + "…"
