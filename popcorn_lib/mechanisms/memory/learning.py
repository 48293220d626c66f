"""Learning areas: a thread meets addresses that its kernel does not know, and home is asked.

The idea.  Threads that fault in one page ask once; the answer serves those who have asked, then
those who have waited for somebody else's answer, who may ask again for a later mapping.

Source.  Popcorn Linux, kernel/popcorn/vma_server.c (2017): VMA_INFO_REQUEST.
"""

from popcorn_lib.mechanisms.memory.areas import put
from popcorn_lib.mechanisms.memory.tables import Tables
from popcorn_lib.messages import VMA_INFO_REQUEST


class Learning(Tables):
    """The part of the memory mechanism that learns areas from home."""

    def ask_area(self, tid):
        """Ask home what lies at a thread's address; if that has been asked already, see then."""
        access = self.waiting[tid]
        asked = any(
            other.waits == "area" and other.pid == access.pid and self._same_page(other, access)
            for other in self.waiting.values()
        )
        access.waits = "other's area" if asked else "area"
        if not asked:
            home = self.kernel.home_of(access.pid)
            self.kernel.send(home, VMA_INFO_REQUEST(access.pid, access.address))

    def _same_page(self, one, other):
        size = self.kernel.boot.page_size
        return one.address // size == other.address // size

    def on_vma_info_response(self, source, message):
        pid, area = message.pid, message.area
        if area and source != self.kernel.name:
            self.set_layout(pid, put(self.layout(pid), area))
        for tid, access in self._waiting_for_area(message):
            if access.waits == "area" and not (area and area.allows(access.writes)):
                self.refuse(tid)
            else:  # who did not ask may know of a later mapping: it asks now if it has to
                self.attempt(tid)

    def _waiting_for_area(self, message):
        """The accesses to an address that has been asked for, that of the asker first."""
        waiting = [
            (tid, access)
            for tid, access in sorted(self.waiting.items())
            if access.pid == message.pid and self._same_page(access, message)
        ]
        asked = [item for item in waiting if item[1].waits == "area"]
        return asked + [item for item in waiting if item[1].waits == "other's area"]
