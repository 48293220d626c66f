"""What a kernel keeps of memory, and the questions that the parts of the mechanism ask of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.kernel import GLOBAL, short
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.mechanisms.memory.areas import SEGMENTS, find, is_segment
from popcorn_lib.syscalls import WORD

WRITES = ("store", "cas", "fetch_add", "store_bytes")


class Page(NamedTuple):
    """One page of a memory object; `home` keeps its directory."""

    home: str
    object: int
    index: int

    def __str__(self):
        if is_segment(self.object):
            return f"page {self.index:#x} of segment {self.object - SEGMENTS.start}"
        whose = short(self.object) if self.object >= GLOBAL else f"{self.home}/{self.object}"
        return f"page {self.index:#x} of {whose}"


class Frame(NamedTuple):
    """A copy of a page: its bytes without the zeros at the end, and whether it may be written."""

    data: bytes = b""
    writable: bool = False


@dataclass
class Entry:
    """What home knows of a page that is not its own alone; without an entry it is."""

    owners: set  # kernels with a valid copy
    requester: object = None  # for whom a transaction runs; None if none does
    write: bool = False
    awaited: set = field(default_factory=set)  # kernels that have not answered yet

    def __str__(self):
        doing = f", busy for {self.requester}" if self.requester else ""
        return f"copies on {', '.join(sorted(self.owners))}{doing}"


@dataclass
class Fault:
    """This kernel has asked home for a page and waits for the answer."""

    write: bool
    held: bool = False  # an invalidation has come meanwhile: it is served after the answer


@dataclass
class Access:
    """What a thread does to memory: the rest of it, and what it waits for."""

    operation: str
    address: int
    operands: tuple
    pid: int
    waits: str = ""  # for home to tell its "area" or "layout", a "page", a "change", its "turn"
    page: object = None  # the Page that it waits for or uses

    @property
    def writes(self):
        return self.operation in WRITES


class Tables(Mechanism):
    """The tables of the memory mechanism."""

    state = {
        "layouts": dict,  # pid -> areas: at home all of them, elsewhere those learnt so far
        "queue": dict,  # home: pid -> [(source, request, layout before)]; the first is being served
        "acks": dict,  # home: pid -> kernels that have not applied the change that is being made
        "changes": dict,  # tid -> (pid, start, end) that its call is about to change
        "objects": dict,  # home of shared objects: number -> {pid: holds}, a segment's own under 0
        "going": dict,  # home of shared objects: number -> kernels that still have pages of it
        "directory": dict,  # home of pages: Page -> Entry
        "frames": dict,  # Page -> Frame
        "faults": dict,  # Page -> Fault
        "waiting": dict,  # tid -> Access
    }

    def layout(self, pid):
        """The areas of a process, as far as this kernel knows them."""
        return self.layouts.get(pid, ())

    def set_layout(self, pid, layout):
        """Keep a layout; an empty one leaves nothing behind."""
        if layout:
            self.layouts[pid] = layout
        else:
            self.layouts.pop(pid, None)

    def page_at(self, area, address):
        """The page that an area shows at an address."""
        offset = area.offset + address - area.start
        return Page(area.home, area.object, offset // self.kernel.boot.page_size)

    def is_backed(self, page):
        """Home: whether a page of one of its objects still belongs to a mapping."""
        if page.object in self.objects:
            return bool(self.objects[page.object])
        area = find(self.layout(page.object), page.index * self.kernel.boot.page_size)
        return area is not None and area.object == page.object

    def is_changing(self, pid, address):
        """Whether a thread here is about to change the layout at an address."""
        return any(
            pid == owner and start <= address < end for owner, start, end in self.changes.values()
        )

    def rights(self, page):
        """What this kernel may do with a page by its copy: "", "r" or "rw"."""
        if page.home == self.kernel.name:
            entry = self.directory.get(page)
            return "rw" if entry is None else "r" if page.home in entry.owners else ""
        frame = self.frames.get(page)
        return "" if frame is None else "rw" if frame.writable else "r"

    def data(self, page):
        """The bytes of this kernel's copy of a page, without the zeros at the end."""
        return self.frames.get(page, Frame()).data

    def word(self, page, place):
        """The word at a byte offset of this kernel's copy of a page."""
        return int.from_bytes(self.data(page)[place : place + WORD], "little")

    def write(self, page, place, data):
        """Change bytes in this kernel's copy of a page; home makes a frame when it is needed."""
        if page not in self.frames:
            self.kernel.work("store", ("mmap", page.object))  # Linux: the lock's count of readers
            self.kernel.work("fault", 1)
        old = self.data(page).ljust(place, b"\0")
        new = (old[:place] + data + old[place + len(data) :]).rstrip(b"\0")
        if new or page.home != self.kernel.name:
            self.frames[page] = Frame(new, writable=True)
        else:  # at home a page of zeros needs no frame
            self.frames.pop(page, None)

    def interrupt(self, tid):
        """The answer comes soon by itself: nothing to do but to wait for it."""
        return tid in self.waiting or tid in self.changes

    def describe(self):
        lines = [f"{short(pid)}: {area}" for pid, areas in self.layouts.items() for area in areas]
        for page, entry in self.directory.items():
            lines.append(f"{page}: {entry}")
        for page, frame in self.frames.items():
            rights = "rw" if frame.writable else "r"
            lines.append(f"{page} {rights}: {_words(frame.data)}")
        for tid, access in self.waiting.items():
            lines.append(f"{short(tid)} waits in {access.operation}, for its {access.waits}")
        return lines


def _words(data):
    """The words of a page that are not zero, as text."""
    words = {
        place: int.from_bytes(data[place : place + WORD], "little")
        for place in range(0, len(data), WORD)
    }
    return ", ".join(f"+{place}={word}" for place, word in words.items() if word) or "zeros"
