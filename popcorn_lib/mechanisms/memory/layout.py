"""Areas: who decides what is mapped where, and how the other kernels learn of it.

The idea.  A process's home kernel keeps its layout and serves one request for it at a time, in
the order of arrival.  Another kernel learns an area when a thread there faults in it or maps it.
What takes something away from others, or changes their rights, is first applied by every kernel
that has ever seen the process; only then does the call return and the next request begin.

Invariant.  What a kernel believes of a layout is part of what home has decided, unless home is
changing it right now; a thread is refused only by home, once a change under way has ended.

Source.  Popcorn Linux, kernel/popcorn/vma_server.c (2017): VMA_INFO_REQUEST, VMA_OP_REQUEST.  Two
repairs: questions wait while a change is under way, and the kernel that asks for a change holds
its own threads off the addresses until the answer comes.
"""

import errno
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED

from popcorn_lib.mechanisms.memory.areas import (
    FIRST,
    LIMIT,
    Area,
    cut,
    find,
    gap,
    overlapping,
    protect,
    put,
    reach,
)
from popcorn_lib.mechanisms.memory.tables import Tables
from popcorn_lib.messages import (
    VMA_ACK,
    VMA_INFO_RESPONSE,
    VMA_OP,
    VMA_OP_REQUEST,
    VMA_OP_RESPONSE,
)
from popcorn_lib.syscalls import MAP_FIXED, MAP_FIXED_NOREPLACE, PROT_ALL

MAPS = ("mmap", "shmat")  # operations that give an address


class Layout(Tables):
    """The part of the memory mechanism that maps, unmaps and protects."""

    # ---- the calls ------------------------------------------------------------------------------

    def sys_mmap(self, tid, length, prot, flags, address):
        fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)
        number = self._wrong_mmap(length, flags, address if fixed else self._first())
        if number:
            return self.kernel.fail(tid, number)
        length = self.whole_pages(length)
        replaced = (address, address + length) if fixed else (0, 0)
        self._ask(tid, "mmap", replaced, address, length, prot & PROT_ALL, flags)

    def _wrong_mmap(self, length, flags, address):
        """The errno of what no layout could satisfy, in Linux's order; 0 if there is none."""
        if not flags & MAP_ANONYMOUS:
            return errno.EBADF
        if length == 0:
            return errno.EINVAL
        length = self.whole_pages(length)
        if length <= 0 or not 0 <= address <= LIMIT - length:
            return errno.ENOMEM
        if address % self.kernel.boot.page_size:
            return errno.EINVAL
        if address < FIRST:
            return errno.EPERM
        one = flags & (MAP_SHARED | MAP_PRIVATE) in (MAP_SHARED, MAP_PRIVATE)
        return 0 if one else errno.EINVAL

    def sys_munmap(self, tid, address, length):
        end = address + self.whole_pages(length)
        if address % self.kernel.boot.page_size or address < 0 or length <= 0 or end > LIMIT:
            return self.kernel.fail(tid, errno.EINVAL)
        self._ask(tid, "munmap", (address, end), address, end - address, 0, 0)

    def sys_mprotect(self, tid, address, length, prot):
        end = address + self.whole_pages(length)
        crooked = address % self.kernel.boot.page_size
        if length == 0 and not crooked:
            return self.kernel.resume(tid, 0)
        if not crooked and (length < 0 or address < 0):  # to C, beyond all addresses
            return self.kernel.fail(tid, errno.ENOMEM)
        if crooked or prot & ~PROT_ALL:
            return self.kernel.fail(tid, errno.EINVAL)
        self._ask(tid, "mprotect", (address, end), address, end - address, prot, 0)

    def _ask(self, tid, operation, changed, *details):
        # DOC: layout 1, the thread's kernel holds the addresses and asks home
        pid, home = self.kernel["threads"].process_of(tid)
        self.changes[tid] = (pid, *changed)
        self.kernel.send(home, VMA_OP_REQUEST(tid, pid, operation, *details))
        # DOC: end

    def _first(self):
        """The lowest address that mmap chooses."""
        return self.whole_pages(FIRST)

    def whole_pages(self, length):
        """A length in bytes, rounded up to whole pages."""
        return -(-length // self.kernel.boot.page_size) * self.kernel.boot.page_size

    # ---- home: one request at a time ------------------------------------------------------------

    def on_vma_op_request(self, source, message):
        self.enqueue(source, message)

    def on_vma_info_request(self, source, message):
        self.enqueue(source, message)

    def enqueue(self, source, message):
        """A request for the layout of a process waits for its turn."""
        self.queue.setdefault(message.pid, []).append((source, message, ()))
        self.serve(message.pid)

    def serve(self, pid):
        """Serve requests in turn, until one has to wait for other kernels or for a page."""
        while pid in self.queue and pid not in self.acks:
            source, message, _ = self.queue[pid][0]
            if not getattr(self, "_begin_" + message.kind.lower())(source, message):
                return
            if pid not in self.acks:
                self._finish(pid)

    def on_vma_ack(self, source, message):
        self.acks[message.pid].discard(source)
        if not self.acks[message.pid]:
            del self.acks[message.pid]
            self._finish(message.pid)
            self.serve(message.pid)

    def _finish(self, pid):
        """The request at the head of the queue is done; a change is completed and answered now."""
        source, message, before = self.queue[pid][0]
        awaited = self.release_unmapped(pid, before, source) if before else ()
        if awaited:  # all have unmapped a segment: it is counted once less before the call returns
            self.queue[pid][0], self.acks[pid] = (source, message, ()), awaited
            return
        self.queue[pid].pop(0)
        if not self.queue[pid]:
            del self.queue[pid]
        if message.kind == "VMA_OP_RESPONSE":
            if message.area:  # not earlier: nobody sees the new where another may see the old
                self.set_layout(pid, put(self.layout(pid), message.area))
            self.kernel.send(source, message)

    def _begin_vma_info_request(self, source, message):
        area = find(self.layout(message.pid), message.address)
        self.kernel.send(source, VMA_INFO_RESPONSE(message.pid, message.address, area))
        return True

    def _begin_vma_op_request(self, source, message):
        """Decide, apply here, tell the others; False while a page of the range is on its way."""
        # DOC: layout 2, home decides, applies the change and tells the others
        pid, operation, before = message.pid, message.operation, self.layout(message.pid)
        start, end, number = getattr(self, "_plan_" + operation)(before, message)
        known = overlapping(before, start, end)  # what other kernels may have learnt
        if operation != "mprotect" and known and self.is_moving(pid, start, end):
            return False
        self._follow(pid, operation, start, end, message.prot)
        others = self.kernel["threads"].groups[pid].seen - {source}
        if known and others:
            self.acks[pid] = set(others)
        for name in sorted(self.acks.get(pid, ())):
            self.kernel.send(name, VMA_OP(pid, operation, start, end, message.prot))
        maps = operation in MAPS
        if number and message.shown:  # it was counted: it is let go of as if it had been mapped
            before = (*before, Area(0, 0, 0, *message.shown, 0))
        area = self._new_area(message, start, end) if maps and not number else None
        answer = VMA_OP_RESPONSE(message.tid, operation, start, end, message.prot, area, number)
        self.queue[pid][0] = (source, answer, before)
        # DOC: end
        return True

    def _plan_mmap(self, layout, message):
        """Where a mapping goes: (start, end, errno)."""
        length, start = message.length, message.address
        if message.flags & MAP_FIXED_NOREPLACE and overlapping(layout, start, start + length):
            return 0, 0, errno.EEXIST
        if not message.flags & (MAP_FIXED | MAP_FIXED_NOREPLACE):
            start -= start % self.kernel.boot.page_size
            taken = overlapping(layout, start, start + length)
            if start < FIRST or taken or start + length > LIMIT:
                start = gap(layout, length, self._first())
        return (start, start + length, 0) if start + length <= LIMIT else (0, 0, errno.ENOMEM)

    def _plan_munmap(self, layout, message):
        return message.address, message.address + message.length, 0

    def _plan_mprotect(self, layout, message):
        """Up to the first hole, as Linux does; then it fails."""
        start, end = message.address, message.address + message.length
        mapped = reach(layout, start, end)
        return start, mapped, 0 if mapped == end else errno.ENOMEM

    def _new_area(self, message, start, end):
        home, pid = self.kernel.name, message.pid
        if message.shown:
            return Area(start, end, message.prot, *message.shown, 0)
        if message.flags & MAP_SHARED:
            return Area(start, end, message.prot, home, self.new_object(pid), 0)
        return Area(start, end, message.prot, home, pid, start)

    # ---- the other kernels ----------------------------------------------------------------------

    def on_vma_op(self, source, message):
        # DOC: layout 3, the other kernels apply the change
        self._follow(message.pid, message.operation, message.start, message.end, message.prot)
        self.kernel.send(source, VMA_ACK(message.pid))
        # DOC: end

    def _follow(self, pid, operation, start, end, prot):
        """Apply a change to what this kernel knows of a layout."""
        if start == end:
            return
        self.kernel.work("lock", ("mmap", pid))
        if self.pages_between(self.frames, pid, start, end):  # else no translation is stale
            self.kernel.work("flush", tuple(self.kernel["threads"].of(pid)))
        if operation == "mprotect":
            self.set_layout(pid, protect(self.layout(pid), start, end, prot))
        else:
            self.set_layout(pid, cut(self.layout(pid), start, end))
            self.forget_pages(pid, start, end)
        self.kernel.work("unlock", ("mmap", pid))

    def on_vma_op_response(self, source, message):
        # DOC: layout 4, the caller's kernel applies it and the call returns
        tid = message.tid
        pid, _, _ = self.changes.pop(tid)
        if source != self.kernel.name:
            self._follow(pid, message.operation, message.start, message.end, message.prot)
            if message.area:
                self.set_layout(pid, put(self.layout(pid), message.area))
        if message.errno:
            self.kernel.fail(tid, message.errno)
        else:
            self.kernel.resume(tid, message.start if message.operation in MAPS else 0)
        self.retry_held(pid)
        # DOC: end
