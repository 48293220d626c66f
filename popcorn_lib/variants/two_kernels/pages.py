"""The protocol between the two kernels: ask, give, invalidate, acknowledge."""

from popcorn_lib.errors import UsageError
from popcorn_lib.mechanisms.memory.tables import Frame, Tables
from popcorn_lib.variants.two_kernels.tables import (
    ACK_DATA,
    DATA_REQUEST,
    DATA_RESPONSE,
    DATA_VOID_RESPONSE,
    INVALID,
    INVALID_DATA,
    NOT_REPLICATED,
    RIGHTS,
    VALID,
    WRITTEN,
    Fault,
    Replica,
)


class TwoKernelPages(Tables):
    """In the place of `Pages`; `directory` is here {Page: Replica}, `faults` {Page: Fault}."""

    def __init__(self, kernel):
        super().__init__(kernel)
        if kernel and len(kernel.boot.kernels) > 2:
            count = len(kernel.boot.kernels)
            raise UsageError(f"TwoKernelMemory works on 1 or 2 kernels, not on {count}")

    @property
    def peer(self):
        """The other kernel."""
        return next(name for name in self.kernel.boot.kernels if name != self.kernel.name)

    def rights(self, page):
        if page in self.directory:
            return RIGHTS[self.directory[page].status]
        return "rw" if page.home == self.kernel.name else ""

    def may(self, page, write):
        """Whether this kernel's copy of a page allows a read or a write now."""
        return ("w" if write else "r") in self.rights(page)

    def owns(self, page):
        """Whether this kernel owns a page."""
        if page in self.directory:
            return self.directory[page].owner
        return page.home == self.kernel.name

    def _become(self, page, status, owner):
        """The copy of a page has another status; what must not be used is not kept."""
        self.directory[page] = Replica(status, owner)
        if status == INVALID:
            self.frames.pop(page, None)
        elif page in self.frames:
            self.frames[page] = Frame(self.data(page), "w" in RIGHTS[status])

    # ---- a kernel lacks a right -----------------------------------------------------------------

    def fault(self, page, write):
        """Ask for a page; several threads that lack the same page ask once."""
        if page in self.faults:
            return
        self.faults[page] = Fault(write)
        # DOC: two kernels 1, the owner tells, who is not the owner asks
        if self.owns(page):  # VALID on both: flow W1
            self.kernel.send(self.peer, INVALID_DATA(page))
        else:
            fetch = page not in self.directory
            self.kernel.send(self.peer, DATA_REQUEST(page, write, fetch))
        # DOC: end

    # ---- the other kernel -----------------------------------------------------------------------

    def on_data_request(self, source, message):
        # DOC: two kernels 2, a request waits if the owner is about to write: the owner wins
        page = message.page
        if page in self.faults:
            self.faults[page].held = message
        elif page.home == self.kernel.name and not self.is_backed(page):
            self.kernel.send(source, DATA_VOID_RESPONSE(page, False))
        else:
            self._give(source, *message)
        # DOC: end

    def _give(self, source, page, write, fetch):
        # DOC: two kernels 3, the owner gives what is missing: data, the right to write, or both
        replica = self.directory.get(page)
        untouched = replica is None and page not in self.frames
        upgrade = replica and replica.status == VALID and write and not fetch
        if untouched or upgrade:  # flows F3 and W2
            self.kernel.send(source, DATA_VOID_RESPONSE(page, True))
        else:  # F1, F2, R1 and W3
            size = self.kernel.boot.page_size
            self.kernel.send(source, DATA_RESPONSE(page, self.data(page), write, size))
        if write or untouched:
            self._become(page, INVALID, owner=False)
        else:
            self._become(page, VALID, owner=True)
        # DOC: end

    def on_invalid_data(self, source, message):
        # DOC: two kernels 4, a copy is given up, but not while an answer may be on its way
        fault = self.faults.get(message.page)
        if fault and not fault.write:
            fault.held = message
            return
        if not self.owns(message.page) and message.page in self.directory:
            self._become(message.page, INVALID, owner=False)
        self.kernel.send(source, ACK_DATA(message.page))  # a request to write waits at the owner
        # DOC: end

    # ---- the answer comes -----------------------------------------------------------------------

    def on_ack_data(self, source, message):
        if message.page in self.directory:  # else it has been unmapped meanwhile
            self._become(message.page, WRITTEN, owner=True)
        self._close(message.page)

    def on_data_response(self, source, message):
        page, data, owner, _ = message
        if data or page.home != self.kernel.name:
            self.frames[page] = Frame(data)
        self._become(page, WRITTEN if owner else VALID, owner)
        self._close(page)

    def on_data_void_response(self, source, message):
        if message.granted:
            first = message.page not in self.directory
            self._become(message.page, NOT_REPLICATED if first else WRITTEN, owner=True)
        self._close(message.page)

    def _close(self, page):
        """The fault is over: threads use the page once, then it goes to the other if that waits."""
        # DOC: two kernels 5, the threads use the page, then what has waited is handled
        held = self.faults.pop(page).held
        self.drop_if_free(page.object)
        self.serve(page.object)
        self.retry(page)
        if held:
            getattr(self, "on_" + held.kind.lower())(self.peer, held)
        # DOC: end

    # ---- what layout and objects ask ------------------------------------------------------------

    def is_moving(self, pid, start, end):
        """Home: whether it waits for a page of a process's private memory in a range."""
        size = self.kernel.boot.page_size
        return any(start <= page.index * size < end for page in self.busy_pages(pid))

    def busy_pages(self, number):
        """Home: the pages of one of its objects that it waits for."""
        return [page for page in self.faults if page[:2] == (self.kernel.name, number)]

    def forget_entries(self, number):
        """Home: forget an object's pages; the result is the kernels with copies of them."""
        gone = [page for page in self.directory if page[:2] == (self.kernel.name, number)]
        for page in gone:
            del self.directory[page]
        return {self.peer} if gone else set()

    def _forget_frames(self, home, number):
        super()._forget_frames(home, number)
        for page in [page for page in self.directory if page[:2] == (home, number)]:
            del self.directory[page]
