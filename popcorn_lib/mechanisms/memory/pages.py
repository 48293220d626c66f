"""Pages: many kernels may read one, or one kernel may write it.

The idea.  The home of a page keeps a directory: which kernels have a valid copy.  Whoever lacks a
right asks home.  Home takes the copies away that stand in the way, waits until that is
acknowledged, and only then grants: read-replicate, write-invalidate.  Kernels that are not home
never talk to each other.  While home is at it the page is busy, and another request is told to
come again: home must not let one kernel wait that it may need an answer from.

Messages, in order: REMOTE_PAGE_REQUEST (a kernel to home, or home to an owner whose data it needs),
PAGE_INVALIDATE_REQUEST and _RESPONSE, then REMOTE_PAGE_RESPONSE with the page, or _SHORT without.

Invariants.  If a kernel may write a page, no other kernel has a copy; all copies are equal; home
knows of every copy.

Source.  Popcorn Linux, kernel/popcorn/page_server.c and fh_action.c (2017); the policy is Li and
Hudak's, IVY 1989.  Where Popcorn picks an owner at random, this takes the first in the machine's
order, so that a step depends on nothing else.
"""

from popcorn_lib.mechanisms.memory.tables import Entry, Fault, Frame, Tables
from popcorn_lib.messages import (
    PAGE_INVALIDATE_REQUEST,
    PAGE_INVALIDATE_RESPONSE,
    REMOTE_PAGE_REQUEST,
    REMOTE_PAGE_RESPONSE,
    REMOTE_PAGE_RESPONSE_SHORT,
)

GRANTED, RETRY, GONE = "granted", "retry", "gone"  # what home can answer without a page


class Pages(Tables):
    """The part of the memory mechanism that moves pages."""

    def may(self, page, write):
        """Whether this kernel's copy of a page allows a read or a write now."""
        return ("w" if write else "r") in self.rights(page)

    # ---- a kernel lacks a right -----------------------------------------------------------------

    def fault(self, page, write):
        """Ask for a page; several threads that lack the same page ask once."""
        # DOC: page 1, a kernel asks home
        self.kernel.work("fault", 1)
        if page.home == self.kernel.name:
            if page not in self.directory or self.directory[page].requester is None:
                self._begin(page, self.kernel.name, write)
        elif page not in self.faults:
            self.faults[page] = Fault(write)
            self.kernel.send(page.home, REMOTE_PAGE_REQUEST(page, write))
        # DOC: end

    # ---- home -----------------------------------------------------------------------------------

    def on_remote_page_request(self, source, message):
        page, write = message
        if page.home != self.kernel.name:
            return self._hand_over(page, write)
        entry = self.directory.get(page)
        if (entry and entry.requester) or self.is_awaited(page):
            self._answer(source, page, RETRY)
        elif not self.is_backed(page):
            self._answer(source, page, GONE)
        else:
            self._begin(page, source, write)

    def _answer(self, kernel, page, what):
        self.kernel.send(kernel, REMOTE_PAGE_RESPONSE_SHORT(page, what))

    def _begin(self, page, requester, write):
        """Take away what stands in the way: all other copies, or the only one."""
        # DOC: page 2, home takes away the copies that stand in the way
        me = self.kernel.name
        entry = self.directory.setdefault(page, Entry({me}))
        entry.requester, entry.write = requester, write
        others = sorted(entry.owners - {requester, me}, key=self.kernel.boot.kernels.index)
        has_data = me in entry.owners or requester in entry.owners
        if not has_data:
            first = others.pop(0)
            entry.awaited.add(first)
            self.kernel.send(first, REMOTE_PAGE_REQUEST(page, write))
        for name in others if write else ():
            entry.awaited.add(name)
            self.kernel.send(name, PAGE_INVALIDATE_REQUEST(page))
        self._grant_if_clear(page)
        # DOC: end

    def on_page_invalidate_response(self, source, message):
        entry = self.directory[message.page]
        entry.awaited.discard(source)
        entry.owners.discard(source)
        self._grant_if_clear(message.page)

    def _grant_if_clear(self, page):
        """When nobody is awaited any more, the requester gets its right."""
        # DOC: page 4, home grants the right
        entry, me = self.directory[page], self.kernel.name
        if entry.awaited:
            return
        requester, write, entry.requester = entry.requester, entry.write, None
        has_copy = requester in entry.owners
        entry.owners = {requester} if write else entry.owners | {me, requester}
        if requester != me and has_copy:
            self._answer(requester, page, GRANTED)
        elif requester != me:
            size = self.kernel.boot.page_size
            self.kernel.send(requester, REMOTE_PAGE_RESPONSE(page, self.data(page), write, size))
        if me not in entry.owners:
            self.frames.pop(page, None)
        elif page in self.frames:
            self.frames[page] = Frame(self.data(page), writable=entry.owners == {me})
        if entry.owners == {me}:
            del self.directory[page]
        # DOC: end
        self.drop_if_free(page.object)
        self.serve(page.object)
        self.retry(page)

    def is_moving(self, pid, start, end):
        """Home: whether a page of a process's private memory in a range is busy."""
        size = self.kernel.boot.page_size
        return any(start <= page.index * size < end for page in self.busy_pages(pid))

    def is_awaited(self, page):
        """Home: whether a change of the layout waits until this page has come to rest."""
        queue = self.queue.get(page.object)
        if not queue or page.object in self.acks:
            return False
        request, address = queue[0][1], page.index * self.kernel.boot.page_size
        return request.address <= address < request.address + request.length

    def busy_pages(self, number):
        """Home: the pages of one of its objects for which a transaction runs."""
        entries = self.directory.items()
        return [page for page, entry in entries if page.object == number and entry.requester]

    def forget_entries(self, number):
        """Home: drop an object from the directory; the result is the kernels with copies of it."""
        gone = [page for page in self.directory if page.object == number]
        return set().union(*(self.directory.pop(page).owners for page in gone))

    # ---- an owner -------------------------------------------------------------------------------

    def _hand_over(self, page, write):
        """Home wants the page: give the data, and the copy too if somebody will write."""
        # DOC: page 3a, an owner hands the page over
        data = self.frames[page].data
        if write:
            del self.frames[page]
        else:
            self.frames[page] = Frame(data, writable=False)
        size = self.kernel.boot.page_size
        self.kernel.send(page.home, REMOTE_PAGE_RESPONSE(page, data, write, size))
        # DOC: end

    def on_page_invalidate_request(self, source, message):
        # DOC: page 3b, an owner drops its copy, but never while it waits for an answer
        if message.page in self.faults:
            self.faults[message.page].held = True
        else:
            self.drop(message.page)
        # DOC: end

    def drop(self, page):
        """Give up a copy and say so."""
        self.frames.pop(page, None)
        self.kernel.send(page.home, PAGE_INVALIDATE_RESPONSE(page))

    # ---- the answer comes -----------------------------------------------------------------------

    def on_remote_page_response(self, source, message):
        page, data, write, _ = message
        if page.home != self.kernel.name:
            self.frames[page] = Frame(data, write)
            return self._close(page)
        entry = self.directory[page]
        if data:
            self.frames[page] = Frame(data)
        entry.awaited.discard(source)
        if write:
            entry.owners.discard(source)
        self._grant_if_clear(page)

    def on_remote_page_response_short(self, source, message):
        if message.what == GRANTED:
            self.frames[message.page] = self.frames[message.page]._replace(writable=True)
        self._close(message.page, message.what == RETRY)

    def _close(self, page, refused=False):
        """The fault is over: threads use the page once, then it goes to whoever has waited."""
        # DOC: page 5, the threads use the page, then a held invalidation is served
        fault = self.faults.pop(page)
        if refused and fault.held:
            self.drop(page)
        self.retry(page)
        if fault.held and not refused:
            self.drop(page)
        # DOC: end
