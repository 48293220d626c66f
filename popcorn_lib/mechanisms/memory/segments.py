"""System V segments as memory: who holds one, and where it is attached.

The idea.  A segment's object is called by its id, and its home is the segment's.  It is held once
by the segment itself, until that is removed, and once by every attachment; both are counted there.
An attachment is an area as any other; the process's home maps and unmaps it, and answers only when
the count is right (`release_unmapped` in objects.py).

Source.  Linux, ipc/shm.c: do_shmat, ksys_shmdt; there `shm_nattch` counts areas, so that one that
is cut in two counts twice; here it is one attachment.
"""

import errno

from popcorn_lib.mechanisms.memory.areas import FIRST, LIMIT, is_segment, overlapping
from popcorn_lib.mechanisms.memory.tables import Tables

ITSELF = 0  # among the holders of a segment's object: the segment


class Segments(Tables):
    """The part of the memory mechanism that serves System V segments."""

    # ---- the segment's home ---------------------------------------------------------------------

    def hold_itself(self, number):
        """A segment has been made: it holds its object until it is removed."""
        self.objects[number] = {ITSELF: 1}

    def let_itself_go(self, number):
        """A segment has been removed: the last attachment takes its object away."""
        self.count(number, ITSELF, -1)

    def attachments(self, number):
        """How often a segment is attached."""
        return sum(holds for pid, holds in self.objects[number].items() if pid != ITSELF)

    # ---- the caller's kernel --------------------------------------------------------------------

    def attach(self, tid, shown, length, prot, address, flags):
        """Map a segment that has been counted already; tells the thread where."""
        length = self.whole_pages(length)
        replaced = (address, address + length) if address else (0, 0)
        self._ask(tid, "shmat", replaced, address, length, prot, flags, shown)

    def detach(self, tid, address):
        """Unmap the segment that was attached at an address; only home knows how far it goes."""
        self._ask(tid, "shmdt", (address, LIMIT), address, 0, 0, 0)

    # ---- the process's home ---------------------------------------------------------------------

    def _plan_shmat(self, layout, message):
        start, end, number = self._plan_mmap(layout, message)
        if message.flags and message.address < FIRST:
            return 0, 0, errno.EPERM
        return start, end, errno.EINVAL if number == errno.EEXIST else number

    def _plan_shmdt(self, layout, message):
        """From its first part to its last, up to where something else lies in between."""
        places = [a for a in layout if a.base == message.address and is_segment(a.object)]
        if not places:
            return 0, 0, errno.EINVAL
        places = [area for area in places if area.object == places[0].object]
        start, end = places[0].start, places[-1].end
        foreign = [area.start for area in overlapping(layout, start, end) if area not in places]
        return start, min([end, *foreign]), 0
