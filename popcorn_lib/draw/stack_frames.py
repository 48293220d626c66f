"""Two stacks of one thread, on the old and on the new instruction set, and a value on its way.

    stack_frames(move, 23)          the 23rd value of a move; its frame is opened, the others closed

The oldest frame is at the top.  An opened frame shows its values as they lie, the highest address
first, so the lines between the two sides cross where the layouts differ.  If the value is a pointer
into the stack, an arrow at the outer edge of each side shows to which frame it points.
"""

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import Picture
from popcorn_lib.errors import UsageError

LEFT, SIDE, BETWEEN, EDGE = 14, 372, 72, 34  # a margin, a stack, the room for lines, for arrows
TOP, CLOSED, HEAD, ROW, GAP = 84, 24, 26, 20, 4  # heights
BYTES = "font:10.5px ui-monospace,Menlo,Consolas,monospace"


def stack_frames(move, step=None):
    """One value of a move: where it lies in the old stack, and where in the new one.

    move: a Move of `popcorn_lib.isa.moving`.  step: the number of the value, from 0; None is the
    first one of the youngest frame.  Raises UsageError for a number that is not there.
    """
    last = len(move.steps) - 1
    if step is None:
        youngest = f"frame {len(move.new) - 1}"
        step = next(n for n, one in enumerate(move.steps) if one.group == youngest)
    if not isinstance(step, int) or not 0 <= step <= last:
        raise UsageError(f"there is no value {step!r} in this move; known: 0 to {last}")
    drawing = Drawing(move, step)
    said = f"Value {step} of {last}. {' '.join(str(move.steps[step]).split())}."
    said += _pointed(move.steps[step])
    title = f"From {move.before.isa.name} to {move.state.isa.name}"
    return Picture(drawing.width, drawing.height, drawing.body(title), title, said, True)


class Drawing:
    """Where the frames of both sides lie; the group of the value is open."""

    def __init__(self, move, number):
        self.move, self.number, self.step = move, number, move.steps[number]
        self.rows = [n for n, one in enumerate(move.steps) if one.group == self.step.group]
        self.groups = ["globals", *(f"frame {frame.number}" for frame in move.new), "processor"]
        self.tops, y = {}, TOP
        for group in self.groups:
            self.tops[group] = y
            y += (HEAD + ROW * len(self.rows) if group == self.step.group else CLOSED) + GAP
        self.xs = LEFT + EDGE, LEFT + EDGE + SIDE + BETWEEN
        self.width, self.height = 2 * (LEFT + EDGE + SIDE) + BETWEEN, y + 50

    def body(self, title):
        forgotten = "; left out: " + ", ".join(self.step.left_out) if self.step.left_out else ""
        line = f"value {self.number} of {len(self.move.steps) - 1}: {self.step.where}"
        parts = [
            svg.element("rect", class_="sheet", width=self.width, height=self.height),
            svg.text(LEFT, 26, title, "name", style="font-size:15px"),
            svg.text(LEFT, 45, f"{line} = {self.step.value}", "quiet", style="font-size:11.5px"),
            *(self._side(side) for side in (0, 1)),
            self._lines(),
            svg.text(LEFT, self.height - 22, f"by: {', '.join(self.step.rules)}{forgotten}"),
        ]
        return "".join(parts)

    # ---- one side -------------------------------------------------------------------------------

    def _side(self, side):
        thread, frames = ((self.move.before, self.move.old), (self.move.state, self.move.new))[side]
        x = self.xs[side]
        words = f"{thread.isa.name}: {thread.isa.order}-endian, {len(thread.stack):,} bytes"
        sizes = {f"frame {one.number}": one for one in frames}
        return (
            f'<g class="c{side}"><path class="sign" d="M{x} {TOP - 21}h9v9h-9z"/>'
            + svg.text(x + 15, TOP - 12, words, "name")
            + "".join(self._box(side, group, sizes.get(group)) for group in self.groups)
            + self._pointer(side, thread, frames)
            + "</g>"
        )

    def _box(self, side, group, frame):
        """A frame: its name and size, and its values if it is the one that is open."""
        opened = group == self.step.group
        x, y = self.xs[side], self.tops[group]
        high = HEAD + ROW * len(self.rows) if opened else CLOSED
        words = f"{group}, {frame.function}: {frame.site.size} bytes" if frame else group
        inside = "".join(self._row(side, n) for n in self.rows) if opened else ""
        return (
            f'<rect class="tag" x="{x}" y="{y}" width="{SIDE}" height="{high}" rx="3"/>'
            + svg.text(x + 8, y + 16, words, style="font-weight:600" if opened else None)
            + inside
        )

    def _row(self, side, number):
        step, x, y = self.move.steps[number], self.xs[side], self._y(side, number)
        place = (step.source, step.target)[side]
        now = number == self.number
        shade = (
            f'<rect class="band" x="{x + 3}" y="{y - 14}" width="{SIDE - 6}" height="{ROW - 1}"/>'
        )
        mark = f'<path class="pointer" d="M{x + 3} {y - 14}h3v{ROW - 1}h-3z"/>'
        return (
            (shade + mark if now else "")
            + svg.text(x + 12, y, self._place(side, place), "quiet")
            + svg.text(x + 96, y, step.name, style="font-weight:600" if now else None)
            + svg.text(
                x + SIDE - 8, y, (step.before, step.after)[side].hex(" "), "end", style=BYTES
            )
        )

    def _place(self, side, place):
        """Where a row lies, in short: counted from the frame's CFA, or a register."""
        if place is None:
            return "nowhere"
        isa = (self.move.before, self.move.state)[side].isa
        if place.register is not None:
            kept = f", in frame {place.keeper}" if place.keeper is not None else ""
            return isa.register(place.register) + kept
        frame = self.step.frame
        if frame is None:
            return f"{place.address:#x}"
        return f"CFA{place.address - (self.move.old, self.move.new)[side][frame].cfa:+d}"

    def _y(self, side, number):
        """The base line of a value's row: as it lies in memory, registers below."""
        order = sorted(self.rows, key=lambda n: _from_above(self.move.steps[n], side))
        return self.tops[self.step.group] + HEAD + ROW * order.index(number) + 10

    # ---- between and beside them ----------------------------------------------------------------

    def _lines(self):
        """From each value's old place to its new one."""
        x0, x1 = self.xs[0] + SIDE, self.xs[1]
        parts = []
        for number in self.rows:
            if self.move.steps[number].source is not None:
                y0, y1 = self._y(0, number) - 4, self._y(1, number) - 4
                kind = "differs" if number == self.number else "lane"
                path = f"M{x0} {y0}C{x0 + 30} {y0} {x1 - 34} {y1} {x1 - 6} {y1}"
                parts.append(f'<path class="{kind}" style="stroke-dasharray:none" d="{path}"/>')
        if self.step.source is not None:
            tip = self._y(1, self.number) - 4
            parts.append(f'<path class="pointer" d="M{x1 - 1} {tip}l-9-5v10z"/>')
        return "".join(parts)

    def _pointer(self, side, thread, frames):
        """From a pointer's row to the frame that it points to, at the outer edge."""
        found = (self.step.points_from, self.step.points_to)[side]
        if self.step.points_from is None:
            return ""
        y0, x = self._y(side, self.number) - 4, self.xs[side] + (SIDE if side else 0)
        out, tip = (x + EDGE, 9) if side else (x - EDGE, -9)
        if found is None:  # a cross: there is no variable at its end
            return f'<path class="cross" d="M{x + tip} {y0 - 5}l10 10m0-10l-10 10"/>'
        y1 = self.tops[f"frame {found}"] + 12
        return (
            f'<path class="wire" d="M{x} {y0}C{out} {y0} {out} {y1} {x + tip} {y1}"/>'
            f'<path class="tip" d="M{x} {y1}l{tip}-5v10z"/>'
        )


def _pointed(step):
    """Where a pointer into the stack points, in words."""
    if step.points_from is None:
        return ""
    after = "no variable" if step.points_to is None else f"frame {step.points_to}"
    return f" It points to frame {step.points_from} before and to {after} after the move."


def _from_above(step, side):
    place = (step.source, step.target)[side]
    if place is None or place.register is not None:
        return 1, 0
    return 0, -place.address
