"""The thread's kernel: it finds the word, asks the owner, and keeps the thread that waits.

A wait has three ends: the owner says no, a notice says that a wake has chosen the thread, or the
wait is cut short by a timeout or a signal.  Answers and notices may overtake each other, so the
thread goes on only when its fate is certain and no answer is due any more.
"""

import errno

from popcorn_lib.kernel import FINAL, RESTARTS
from popcorn_lib.mechanisms.futex.tables import Key, Tables, Wait
from popcorn_lib.messages import CANCEL_REQUEST, KEY_REQUEST, REQUEUE_REQUEST, WAKE_REQUEST
from popcorn_lib.syscalls import WORD, Failure


class Waiters(Tables):
    """The part of the futex mechanism on the kernels of those who call."""

    # ---- the calls: which word is it? -----------------------------------------------------------

    def sys_futex_wait(self, tid, address, value, timeout, bitset):
        wrong = not bitset or (timeout is not None and timeout < 0)
        self._look_up(tid, wrong, "wait", (address,), value, timeout, bitset)

    def sys_futex_wake(self, tid, address, count, bitset):
        self._look_up(tid, not bitset, "wake", (address,), count, bitset)

    def sys_futex_requeue(self, tid, address, wake, requeue, address2, value=None):
        wrong = wake < 0 or requeue < 0
        self._look_up(tid, wrong, "requeue", (address, address2), wake, requeue, value)

    sys_futex_cmp_requeue = sys_futex_requeue

    def _look_up(self, tid, wrong, call, addresses, *details):
        if wrong or any(address % WORD for address in addresses):
            return self.kernel.fail(tid, errno.EINVAL)
        self.calls[tid] = (call, (), addresses[1:], details)
        self.kernel["memory"].locate(tid, addresses[0])

    def located(self, tid, page, place):
        """Memory has found a word of a call."""
        call, keys, more, details = self.calls.pop(tid)
        if self.kernel["threads"].diverts(tid, Failure(errno.EINTR)):
            return  # killed or sent away meanwhile: nobody would end the wait that comes now
        keys = (*keys, Key(page, place))
        if more:
            self.calls[tid] = (call, keys, more[1:], details)
            self.kernel["memory"].locate(tid, more[0])
        else:
            getattr(self, "_ask_" + call)(tid, *keys, *details)

    def nowhere(self, tid):
        """Memory says that nothing readable is there."""
        del self.calls[tid]
        self.kernel.fail(tid, errno.EFAULT)

    # ---- the thread's kernel asks the owner -----------------------------------------------------

    def _ask_wait(self, tid, key, value, timeout, bitset):
        # DOC: futex wait 1, the waiter's kernel asks the owner
        self.waits[tid] = Wait(key.page.home, timed=timeout is not None)
        if timeout is not None:
            self.kernel.effect("timer", ("futex", tid), timeout)
        self.kernel.send(key.page.home, KEY_REQUEST(tid, key, value, bitset))
        # DOC: end

    def _ask_wake(self, tid, key, count, bitset):
        # DOC: futex wake 1, the waker's kernel asks the owner
        self.wakers.add(tid)
        self.kernel.send(key.page.home, WAKE_REQUEST(tid, key, count, bitset))
        # DOC: end

    def _ask_requeue(self, tid, key, key2, wake, requeue, value):
        if key.page.home != key2.page.home:
            return self.kernel.fail(tid, errno.EINVAL)
        self.wakers.add(tid)
        request = REQUEUE_REQUEST(tid, key, wake, requeue, key2, value)
        self.kernel.send(key.page.home, request)

    # ---- the thread's kernel hears of it --------------------------------------------------------

    def on_key_response(self, source, message):
        wait = self.waits[message.tid]
        wait.asked, wait.errno = False, message.errno
        self._settle(message.tid)

    def on_wake_notice(self, source, message):
        self.waits[message.tid].woken = True  # whatever answers are still due
        self._settle(message.tid)

    def _settle(self, tid):
        """The thread goes on when its fate is certain and no answer is due any more."""
        # DOC: futex wait 3, the thread sleeps on, or goes on
        wait = self.waits[tid]
        if wait.asked or wait.cancelling:
            return
        if wait.errno or wait.woken or wait.removed:
            del self.waits[tid]
            if wait.timed:
                self.kernel.effect("drop", ("futex", tid))
            number = wait.errno or (0 if wait.woken else wait.reason)
            self.kernel.fail(tid, number) if number else self.kernel.resume(tid, 0)
        # DOC: end

    def on_wake_response(self, source, message):
        tid, count, number = message
        self.wakers.discard(tid)
        self.kernel.fail(tid, number) if number else self.kernel.resume(tid, count)

    # ---- a wait is cut short --------------------------------------------------------------------

    def on_timer(self, key):
        self.waits[key[1]].timed = False
        self._cancel(key[1], errno.ETIMEDOUT)

    def interrupt(self, tid):
        if tid not in self.waits:
            return tid in self.wakers
        ends = FINAL if self.waits[tid].timed else RESTARTS
        self._cancel(tid, errno.EINTR)
        return ends

    def _cancel(self, tid, reason):
        # DOC: futex cancel 1, the waiter's kernel asks the owner to let go
        wait = self.waits[tid]
        if not wait.reason:
            wait.reason, wait.cancelling = reason, True
            self.kernel.send(wait.owner, CANCEL_REQUEST(tid))
        # DOC: end

    def on_cancel_response(self, source, message):
        # DOC: futex cancel 3, removed, or a notice is on its way and the wait ends as woken
        wait = self.waits[message.tid]
        wait.cancelling, wait.removed = False, message.removed
        self._settle(message.tid)
        # DOC: end
