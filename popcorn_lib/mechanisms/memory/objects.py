"""Memory objects: what areas show, who holds them, and what becomes of their pages.

The idea.  A process's private memory is an object called by its pid; it goes with the process.  A
shared mapping makes an object of its own, with a small number, at the home kernel of the process
that made it; it lives as long as any process maps any part of it, on whichever kernel.  A System V
segment's is called by the segment's id and held by the segment itself too.

Invariant.  The number of a shared object is used again only when no kernel has a page of it.

Source.  Linux's anonymous shared memory (mm/shmem.c), spread as `home serialises, others cache`.
"""

from popcorn_lib.mechanisms.memory.areas import is_segment
from popcorn_lib.mechanisms.memory.tables import Tables
from popcorn_lib.messages import OBJECT_GONE, OBJECT_GONE_ACK, OBJECT_RELEASE, VMA_ACK


class Objects(Tables):
    """The part of the memory mechanism that counts who maps what."""

    def new_object(self, pid):
        """A new shared object of this kernel, held by a process; returns its number."""
        number = 1
        while not self.is_unused(number):
            number += 1
        self.objects[number] = {pid: 1}
        return number

    def is_unused(self, number):
        """Whether an object may be called by a number."""
        taken = number in self.objects or number in self.going
        return not taken and not self._is_waited_for(number)

    def _is_waited_for(self, number):
        """Whether threads still wait for a word of an object, which may be gone."""
        return "futex" in self.kernel.names and self.kernel["futex"].waits_in(number)

    def shared_in(self, pid, layout):
        """The mappings of shared objects in a layout of a process: {(home, number, base)}."""
        return {(area.home, area.object, area.base) for area in layout if area.object != pid}

    def release_unmapped(self, pid, before, asker=None):
        """Let go of the mappings of shared objects of which nothing is left.

        The result is the kernels that will acknowledge it: segments are counted exactly, so a
        call of kernel `asker` must not return earlier, unless the news is there before the answer.
        """
        gone = self.shared_in(pid, before) - self.shared_in(pid, self.layout(pid))
        known_in_time = {self.kernel.name, asker} if asker else set(self.kernel.boot.kernels)
        awaited = {home for home, number, _ in gone if is_segment(number)} - known_in_time
        for home, number, _ in sorted(gone):
            self.kernel.send(home, OBJECT_RELEASE(number, pid, home in awaited))
        return awaited

    def on_object_hold(self, source, message):
        self.count(message.object, message.pid, 1)

    def on_object_release(self, source, message):
        number, pid, acknowledged = message
        if is_segment(number):
            self.kernel["ipc"].detached(number, pid)
        self.count(number, pid, -1)
        if acknowledged:
            self.kernel.send(source, VMA_ACK(pid))

    def count(self, number, pid, change):
        """A release may overtake the hold that it ends: then the count is below 0 for a while."""
        holders = self.objects[number]
        holders[pid] = holders.get(pid, 0) + change
        if not holders[pid]:
            del holders[pid]
        self.drop_if_free(number)

    def drop_if_free(self, number):
        """When nobody maps the object and no page of it moves, every kernel forgets its pages."""
        if self.objects.get(number, True) or self.busy_pages(number):
            return
        del self.objects[number]
        if is_segment(number):
            self.kernel["ipc"].gone(number)
        owners = self.forget_entries(number)
        self._forget_frames(self.kernel.name, number)
        if owners - {self.kernel.name}:
            self.going[number] = owners - {self.kernel.name}
        for name in sorted(self.going.get(number, ())):
            self.kernel.send(name, OBJECT_GONE(number))

    def on_object_gone(self, source, message):
        self._forget_frames(source, message.object)
        self.kernel.send(source, OBJECT_GONE_ACK(message.object))

    def on_object_gone_ack(self, source, message):
        self.going[message.object].discard(source)
        if not self.going[message.object]:
            del self.going[message.object]

    def _forget_frames(self, home, number):
        for page in [page for page in self.frames if page[:2] == (home, number)]:
            del self.frames[page]

    def forget_pages(self, pid, start, end):
        """Drop the pages of a process's private memory between two addresses."""
        for table in (self.frames, self.directory):
            for page in self.pages_between(table, pid, start, end):
                del table[page]

    def pages_between(self, table, pid, start, end):
        """The pages of a process's private memory in a table, between two addresses."""
        size = self.kernel.boot.page_size
        return [p for p in table if p.object == pid and start <= p.index * size < end]

    def exited(self, pid):
        """A process is gone: its private memory goes, its holds on shared objects end."""
        before = self.layout(pid)
        self.set_layout(pid, ())
        if self.kernel.home_of(pid) == self.kernel.name:
            self.release_unmapped(pid, before)
        for table in (self.frames, self.directory):
            for page in [page for page in table if page.object == pid]:
                del table[page]
