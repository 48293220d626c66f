"""Fork: a copy of an address space, made on the kernel on which fork is called.

The idea.  Home tells the layout and which private pages have ever been touched; the caller's
kernel reads them one by one, in the order of their addresses, as any thread would, and keeps the
copies as pages of the child, whose home it is.  Nothing else changes the layout meanwhile.  Shared
objects are not copied, but held once more.

Source.  Popcorn Linux, kernel/process_server.c (2015): a copy of a distributed process is made
eagerly, since a page may be mapped by other kernels.  Linux copies on write.
"""

from popcorn_lib.mechanisms.memory.areas import put
from popcorn_lib.mechanisms.memory.tables import Access, Page, Tables
from popcorn_lib.messages import FORK_LAYOUT, FORK_REQUEST, OBJECT_HOLD, VMA_ACK

AREAS, PAGES = 32, 256  # how many go into one message


class Fork(Tables):
    """The part of the memory mechanism that copies a whole address space."""

    def fork(self, tid, child, flags):
        """Give process `child` a copy of the address space; `threads.forked(tid)` when done."""
        pid, home = self.kernel["threads"].process_of(tid)
        self.waiting[tid] = Access("fork", 0, (child, ()), pid, "layout")
        self.kernel.send(home, FORK_REQUEST(tid, pid, child))
        return True

    def on_fork_request(self, source, message):
        self.enqueue(source, message)

    def _begin_fork_request(self, source, message):
        """Home: tell the layout; it stays as it is until the copy has been made."""
        tid, pid, child = message
        layout = self.layout(pid)
        for home, number, _ in sorted(self.shared_in(pid, layout)):
            self.kernel.send(home, OBJECT_HOLD(number, child))
        touched = sorted({p.index for table in (self.frames, self.directory) for p in table
                          if p.object == pid})  # fmt: skip
        self.acks[pid] = {source}
        while True:
            areas, layout = layout[:AREAS], layout[AREAS:]
            pages, touched = tuple(touched[:PAGES]), touched[PAGES:]
            more = bool(layout or touched)
            self.kernel.send(source, FORK_LAYOUT(tid, areas, pages, more))
            if not more:
                return True

    def on_fork_layout(self, source, message):
        tid, areas, pages, more = message
        wanted, me = self.waiting[tid], self.kernel.name
        child, known = wanted.operands
        for area in areas:
            if area.object == wanted.pid:
                area = area._replace(home=me, object=child)
            self.set_layout(child, put(self.layout(child), area))
        new = tuple(Page(source, wanted.pid, index) for index in pages)
        wanted.operands = (child, known + new)
        if not more:
            self._copy_next(tid)

    def _copy_next(self, tid):
        wanted = self.waiting[tid]
        if wanted.operands[1]:
            return self.next_turn(tid)
        del self.waiting[tid]
        self.kernel.send(self.kernel.home_of(wanted.pid), VMA_ACK(wanted.pid))
        self.kernel["threads"].forked(tid)

    def _do_fork(self, tid, wanted, page):
        """One page can be read here: it becomes a page of the child."""
        child, pages = wanted.operands
        copy = self.frames.get(page)
        if copy and copy.data:
            self.kernel.work("copy", self.kernel.boot.page_size)
            self.write(Page(self.kernel.name, child, page.index), 0, copy.data)
        wanted.operands = (child, pages[1:])
        self._copy_next(tid)
