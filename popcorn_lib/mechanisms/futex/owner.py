"""The owner of a word: it compares, queues, wakes and requeues, one request at a time.

It keeps Popcorn's global request queue: all futex requests to a kernel wait in one line, also
those of its own threads, and one that must read its word holds the page readable meanwhile.
"""

import errno

from popcorn_lib.mechanisms.futex.tables import Tables, Waiter
from popcorn_lib.messages import CANCEL_RESPONSE, KEY_RESPONSE, WAKE_NOTICE, WAKE_RESPONSE
from popcorn_lib.syscalls import FUTEX_BITSET_MATCH_ANY


class Owner(Tables):
    """The part of the futex mechanism on the kernel that owns a word."""

    # ---- the owner: one request at a time -------------------------------------------------------

    def on_key_request(self, source, message):
        self._enqueue(source, message)

    def on_wake_request(self, source, message):
        self._enqueue(source, message)

    def on_requeue_request(self, source, message):
        self._enqueue(source, message)

    def on_cancel_request(self, source, message):
        self._enqueue(source, message)

    def _enqueue(self, source, message):
        self.requests.append((source, message))
        if len(self.requests) == 1:
            self._serve()

    def waits_in(self, number):
        """Memory asks: does a thread wait for a word of a shared object of this kernel?"""
        return any(key.page.object == number for key in self.queues)

    def page_moved(self, page):
        """Memory: something has changed for a page of this home; the next request may need it."""
        self._serve()

    def _serve(self):
        """Serve requests in turn; one that compares its word holds the page readable meanwhile."""
        # DOC: futex owner, one request at a time
        memory = self.kernel["memory"]
        while self.requests:
            source, message = self.requests[0]
            page = message.key.page if message.compares() else None
            if page and memory.is_backed(page) and not memory.may(page, write=False):
                return memory.fault(page, write=False)  # it calls page_moved
            self.requests.pop(0)
            bucket = getattr(message, "key", None)
            if bucket:
                self.kernel.work("lock", bucket)
            getattr(self, "_do_" + message.kind.lower())(source, message)
            if bucket:
                self.kernel.work("unlock", bucket)
        # DOC: end

    def _word_is(self, key, value):
        """0, or the errno of a word that has another value or is not there."""
        memory = self.kernel["memory"]
        if not memory.is_backed(key.page):
            return errno.EFAULT
        return 0 if memory.word(*key) == value else errno.EAGAIN

    def _do_key_request(self, source, message):
        # DOC: futex wait 2, the owner compares and queues in one step
        tid, key, value, bitset = message
        number = self._word_is(key, value)
        if not number:
            self.queues.setdefault(key, []).append(Waiter(tid, source, bitset))
        self.kernel.send(source, KEY_RESPONSE(tid, number))
        # DOC: end

    def _do_wake_request(self, source, message):
        # DOC: futex wake 2, the owner takes waiters out and tells their kernels
        tid, key, count, bitset = message
        woken = self._take(key, max(count, 1), bitset)  # Linux wakes one even if told none
        for waiter in woken:
            self.kernel.send(waiter.kernel, WAKE_NOTICE(waiter.tid))
        self.kernel.send(source, WAKE_RESPONSE(tid, len(woken), 0))
        # DOC: end

    def _take(self, key, count, bitset=FUTEX_BITSET_MATCH_ANY):
        """Take up to `count` waiters that match out of a queue, first come first served."""
        line = self.queues.get(key, [])
        taken = [waiter for waiter in line if waiter.bitset & bitset][:count]
        for waiter in taken:
            line.remove(waiter)
        if not line:
            self.queues.pop(key, None)
        return taken

    def _do_requeue_request(self, source, message):
        # DOC: futex requeue, some wake, others wait for another word from now on
        tid, key, wake, requeue, key2, value = message
        number = 0 if value is None else self._word_is(key, value)
        woken = [] if number else self._take(key, wake)
        moved = [] if number else self._take(key, requeue)
        for waiter in woken:
            self.kernel.send(waiter.kernel, WAKE_NOTICE(waiter.tid))
        self._move(moved, key, key2)
        self.kernel.send(source, WAKE_RESPONSE(tid, len(woken) + len(moved), number))
        # DOC: end

    def _move(self, waiters, key, key2):
        """Waiters of one word wait for another from now on; for the same, in their old places."""
        if waiters:
            line = self.queues.setdefault(key2, [])
            place = 0 if key == key2 else len(line)
            line[place:place] = waiters

    def _do_cancel_request(self, source, message):
        # DOC: futex cancel 2, the owner takes the waiter out, if no wake has been quicker
        found = [
            (key, waiter)
            for key, line in self.queues.items()
            for waiter in line
            if waiter.tid == message.tid
        ]
        for key, waiter in found:
            self.queues[key].remove(waiter)
            if not self.queues[key]:
                del self.queues[key]
        self.kernel.send(source, CANCEL_RESPONSE(message.tid, bool(found)))
        # DOC: end
