"""Accesses: what threads do to words and bytes, as soon as their kernel may do it.

The idea.  A thread's load or store needs an area that allows it and a copy of the page with the
right to read or write.  Its kernel gets what is missing, one thing after the other, and then does
the access in one step.  Many bytes go page by page, so other threads come in between.

Source.  Linux's page fault (mm/memory.c): area first, then page, then the instruction again.
"""

import signal

from popcorn_lib.mechanisms.memory.areas import find
from popcorn_lib.mechanisms.memory.tables import Access as Wanted
from popcorn_lib.mechanisms.memory.tables import Tables
from popcorn_lib.messages import LINE
from popcorn_lib.syscalls import BUS_ADRALN, MASK, SEGV_MAPERR, WORD, Siginfo


class Accesses(Tables):
    """The part of the memory mechanism that reads and writes."""

    # ---- the calls ------------------------------------------------------------------------------

    def sys_load(self, tid, address):
        self._word(tid, "load", address)

    def sys_store(self, tid, address, value):
        self._word(tid, "store", address, value)

    def sys_cas(self, tid, address, expected, new):
        self._word(tid, "cas", address, expected, new)

    def sys_fetch_add(self, tid, address, n):
        self._word(tid, "fetch_add", address, n)

    def sys_load_bytes(self, tid, address, count):
        if count:
            self.want(tid, "load_bytes", address, count, b"")
        else:
            self.kernel.resume(tid, b"")

    def sys_store_bytes(self, tid, address, data):
        if data:
            self.want(tid, "store_bytes", address, data)
        else:
            self.kernel.resume(tid, None)

    def _word(self, tid, operation, address, *operands):
        if address % WORD:
            self.kernel["signals"].fault(tid, Siginfo(signal.SIGBUS, BUS_ADRALN, si_addr=address))
        else:
            self.want(tid, operation, address, *operands)

    def locate(self, tid, address):
        """Tell `futex.located(tid, page, place)` which word it is; a bad address is EFAULT."""
        self.want(tid, "futex", address)

    def want(self, tid, operation, address, *operands):
        """A thread wants to do something to memory and waits until it has been done."""
        pid = self.kernel["threads"].tasks[tid].pid
        self.waiting[tid] = Wanted(operation, address, operands, pid)
        self.attempt(tid)

    # ---- area, page, access ---------------------------------------------------------------------

    def attempt(self, tid):
        """Do what a thread wants, or get the next thing that is missing for it."""
        # DOC: access, first the area, then the page, then the access itself
        wanted = self.waiting[tid]
        if wanted.operation not in ("fork", "futex") and self.kernel["threads"].halts(tid):
            self.waiting.pop(tid, None)
            return
        wanted.waits, wanted.page = "", None
        page = self._page_of(tid, wanted)
        if page is None:
            return
        if wanted.operation != "futex" and not self.may(page, wanted.writes):
            wanted.waits, wanted.page = "page", page
            return self.fault(page, wanted.writes)
        getattr(self, "_do_" + wanted.operation, self._do_word)(tid, wanted, page)
        # DOC: end

    def _page_of(self, tid, wanted):
        """The page that an access needs next; None if the thread waits to learn it."""
        if wanted.operation == "fork":
            return wanted.operands[1][0]
        if self.is_changing(wanted.pid, wanted.address):
            wanted.waits = "change"
            return None
        area = find(self.layout(wanted.pid), wanted.address)
        if area and area.allows(wanted.writes):
            return self.page_at(area, wanted.address)
        self.ask_area(tid)
        return None

    def refuse(self, tid):
        """Home says that the access is not allowed."""
        wanted = self.waiting.pop(tid)
        if wanted.operation == "futex":
            self.kernel["futex"].nowhere(tid)
        else:
            self.denied(tid, wanted.address)

    def denied(self, tid, address):
        """The thread has touched what it may not touch."""
        self.kernel["signals"].fault(tid, Siginfo(signal.SIGSEGV, SEGV_MAPERR, si_addr=address))

    def retry(self, page):
        """Something has changed for a page: those who wait for it try again."""
        for tid, wanted in sorted(self.waiting.items()):
            if wanted.waits == "page" and wanted.page == page:
                self.attempt(tid)
        if page.home == self.kernel.name and "futex" in self.kernel.names:
            self.kernel["futex"].page_moved(page)

    def retry_held(self, pid):
        """A change of the layout is over: those who were held try again."""
        for tid, wanted in sorted(self.waiting.items()):
            if wanted.waits == "change" and wanted.pid == pid:
                self.attempt(tid)

    def on_timer(self, key):
        self.attempt(key[1])

    # ---- the access itself, in one step ---------------------------------------------------------

    def place_of(self, address):
        """Where in its page an address lies."""
        return address % self.kernel.boot.page_size

    def done(self, tid, result):
        """The thread has what it wanted."""
        del self.waiting[tid]
        self.kernel.resume(tid, result)

    def _do_word(self, tid, wanted, page):
        place = self.place_of(wanted.address)
        old = self.word(page, place)
        self.kernel.work("store" if wanted.writes else "load", (page, place // LINE))
        if wanted.writes:
            new = _after(wanted.operation, old, wanted.operands)
            self.write(page, place, new.to_bytes(WORD, "little"))
        self.done(tid, None if wanted.operation == "store" else old)

    def _do_load_bytes(self, tid, wanted, page):
        left, got = wanted.operands
        place = self.place_of(wanted.address)
        count = min(left, self.kernel.boot.page_size - place)
        data = self.data(page)[place : place + count].ljust(count, b"\0")
        self.kernel.work("copy", count)
        self._go_on(tid, wanted, count, (left - count, got + data), got + data)

    def _do_store_bytes(self, tid, wanted, page):
        [data] = wanted.operands
        place = self.place_of(wanted.address)
        count = min(len(data), self.kernel.boot.page_size - place)
        self.write(page, place, data[:count])
        self.kernel.work("copy", count)
        self._go_on(tid, wanted, count, (data[count:],), None)

    def _go_on(self, tid, wanted, count, rest, result):
        """The part in one page is done: the thread is ready, or goes on with the next page."""
        wanted.address, wanted.operands = wanted.address + count, rest
        if rest[0]:
            self.next_turn(tid)
        else:
            self.done(tid, result)

    def next_turn(self, tid):
        """Go on in a step of its own, so that other threads may come in between."""
        self.waiting[tid].waits, self.waiting[tid].page = "turn", None
        self.kernel.effect("timer", ("memory", tid), 0)

    def _do_futex(self, tid, wanted, page):
        del self.waiting[tid]
        self.kernel["futex"].located(tid, page, self.place_of(wanted.address))


def _after(operation, old, operands):
    """The word after an operation."""
    if operation == "store":
        return operands[0]
    if operation == "fetch_add":
        return old + operands[0] & MASK
    return operands[1] if old == operands[0] else old
