"""One step of a move: a value, where it was and where it goes, and the rules that were applied."""

from typing import NamedTuple

from popcorn_lib.isa.moving import rules
from popcorn_lib.isa.moving.frames import Place
from popcorn_lib.isa.moving.values import shown


class Step(NamedTuple):
    """One number, pointer, address or register on its way.

    frame: the number of its frame, 0 the oldest; None for globals and the processor's own.
    function: whose frame it is, None likewise.  name: "mine.row", "return address" ...
    type: of the value in C; None for what the compiler and not the program has put there.
    source, target: the Places; source None for what only the new program knows.
    was, goes: the same in words.  before, after: the bytes there, each in the order of its
    processor.  value: what they mean.  rules: those applied.  left_out: those of them forgotten.
    points_from, points_to: the number of the frame to whose variable a pointer points on each
    side; None for what points to none.
    """

    frame: int | None
    function: str | None
    name: str
    type: str | None
    source: Place | None
    target: Place
    was: str
    goes: str
    before: bytes
    after: bytes
    value: str
    rules: tuple
    left_out: tuple
    points_from: int | None
    points_to: int | None

    @property
    def group(self):
        """To what it belongs: "globals", "frame 3" or "processor"."""
        if self.frame is not None:
            return f"frame {self.frame}"
        return "globals" if rules.GLOBALS in self.rules else "processor"

    @property
    def where(self):
        """Whose value it is: "frame 3, go_on: half"."""
        return f"frame {self.frame}, {self.function}: {self.name}" if self.function else self.name

    def __str__(self):
        forgotten = f"; LEFT OUT: {', '.join(self.left_out)}" if self.left_out else ""
        return (
            f"{self.where} = {self.value}\n"
            f"    from {self.was} [{shown(self.before)}]\n"
            f"    to   {self.goes} [{shown(self.after)}]\n"
            f"    by   {', '.join(self.rules)}{forgotten}"
        )
