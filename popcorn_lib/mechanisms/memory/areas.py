"""Areas of an address space as plain data: a layout is a sorted tuple of them, never changed.

The idea.  An area (Linux's VMA) says which part of which memory object lies at which addresses,
and what may be done there.  A private anonymous mapping shows the process's own object at offsets
equal to the addresses, so neighbours with the same rights are one area, as in Linux.
"""

from mmap import PROT_READ, PROT_WRITE
from typing import NamedTuple

FIRST, LIMIT = 0x10000, 1 << 47  # where areas may lie
SEGMENTS = range(1 << 16, (1 << 16) + (1 << 15))  # objects that are System V segments


class Area(NamedTuple):
    """Addresses `start` to `end` show an object from `offset` on; `prot` says what is allowed."""

    start: int
    end: int
    prot: int
    home: str  # the kernel that keeps the object's directory
    object: int  # the pid for a process's private memory, else a smaller number
    offset: int

    def __str__(self):
        rights = "".join(
            letter if self.prot & bit else "-"
            for letter, bit in (("r", PROT_READ), ("w", PROT_WRITE))
        )
        return f"{self.start:#x}-{self.end:#x} {rights}"

    @property
    def base(self):
        """Where the object would begin; what has been attached or mapped at once shares it."""
        return self.start - self.offset

    def part(self, start, end):
        """The part of this area that lies between two addresses, which must overlap it."""
        first = max(self.start, start)
        offset = self.offset + first - self.start
        return self._replace(start=first, end=min(self.end, end), offset=offset)

    def allows(self, write):
        """Whether a read or a write is allowed; what may be written may be read, as on x86."""
        return bool(self.prot & (PROT_WRITE if write else PROT_READ | PROT_WRITE))


def is_segment(number):
    """Whether a memory object is a System V segment."""
    return number in SEGMENTS


def segment_object(number):
    """The memory object of a segment, by its id, which names its home too."""
    return SEGMENTS.start + number % len(SEGMENTS)


def find(layout, address):
    """The area that contains an address, or None."""
    return next((area for area in layout if area.start <= address < area.end), None)


def overlapping(layout, start, end):
    """The parts of areas that lie between two addresses."""
    parts = (area.part(start, end) for area in layout if area.start < end and start < area.end)
    return tuple(part for part in parts if part.start < part.end)


def cut(layout, start, end):
    """The layout without what lies between two addresses; an area around them is split."""
    left = [
        area.part(*side)
        for area in layout
        for side in ((0, start), (end, LIMIT))
        if area.start < side[1] and side[0] < area.end
    ]
    return tuple(sorted(left))


def put(layout, area):
    """The layout with an area in the place of what was there, joined to its like."""
    joined = []
    for new in sorted((*cut(layout, area.start, area.end), area)):
        if joined and _continues(joined[-1], new):
            joined[-1] = joined[-1]._replace(end=new.end)
        else:
            joined.append(new)
    return tuple(joined)


def protect(layout, start, end, prot):
    """The layout in which what lies between two addresses has these rights."""
    for area in overlapping(layout, start, end):
        layout = put(layout, area._replace(prot=prot))
    return layout


def reach(layout, start, end):
    """How far from `start` towards `end` the addresses are mapped without a hole."""
    for area in overlapping(layout, start, end):
        if area.start > start:
            break
        start = area.end
    return start


def gap(layout, length, address=FIRST):
    """The lowest address, from `address` on, at which `length` bytes are free."""
    for area in layout:
        if area.start - address >= length:
            break
        address = max(address, area.end)
    return address


def _continues(area, following):
    same = area[2:5] == following[2:5] and area.end == following.start
    return same and area.offset + area.end - area.start == following.offset
