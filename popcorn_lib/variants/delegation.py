"""Futex by delegation: the caller's kernel asks the owner, and the owner does the whole call.

The idea.  A call is one FUTEX_REQUEST to the owner of the word and one FUTEX_RESPONSE when the
call is over; for a wait that is when the thread is woken, timed out or refused.  All there is to
know of a waiter, its timer too, stands on one kernel, so nothing can cross: no notice, no cancel
that comes too late.  A wait and a wake from two other kernels take 4 messages, where queues with
dummies take 5; but a thread's own kernel cannot end its wait without asking.

A timeout counts from the moment at which the owner has queued the waiter.  An interrupt sends a
FUTEX_CANCEL; the one response then says EINTR, or it was on its way already and says how the call
had ended.

Invariant.  A thread stands in at most one queue, once, and only while its call is not answered.

Source.  Popcorn Linux, third generation (kernel/popcorn/process_server.c, 2017), where the thread
that was left at the origin runs do_futex; it warns of anything but wait and wake, here requeue
works too.
"""

import errno
from dataclasses import dataclass
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.mechanisms.futex.tables import Waiter
from popcorn_lib.messages import message


@message("futex")
class FUTEX_REQUEST(NamedTuple):
    """To the owner: make this call for thread `tid`, and answer when it is over."""

    tid: int
    call: str  # "wait", "wake" or "requeue"
    key: object  # the word
    details: tuple

    def compares(self):
        """Whether the owner must read the word for it; a requeue that compares ends in a value."""
        return self.call == "wait" or (self.call == "requeue" and self.details[-1] is not None)


@message("futex")
class FUTEX_RESPONSE(NamedTuple):
    """From the owner: the call is over, with a result or an errno."""

    tid: int
    result: int
    errno: int


@message("futex")
class FUTEX_CANCEL(NamedTuple):
    """To the owner: thread `tid` no longer wants to wait."""

    tid: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return False


@dataclass
class Asked:
    """A thread of this kernel whose call the owner makes."""

    owner: str
    cancelled: bool = False


class DelegatedFutex(Futex):
    """Words are found and requests stand in line as in `Futex`; the owner does all the rest."""

    state = {
        "calls": dict,  # tid -> (call, keys so far, ...) whose words are looked up
        "waits": dict,  # tid -> Asked, on the thread's kernel
        "requests": list,  # owner: (source, message) in the order of arrival
        "queues": dict,  # owner: Key -> [Waiter]
        "timed": set,  # owner: tids of waiters for which a timer runs
    }

    # ---- the thread's kernel asks ---------------------------------------------------------------

    def _ask_wait(self, tid, key, *details):
        self._delegate(tid, "wait", key, details)

    def _ask_wake(self, tid, key, *details):
        self._delegate(tid, "wake", key, details)

    def _ask_requeue(self, tid, key, key2, *details):
        if key.page.home != key2.page.home:
            return self.kernel.fail(tid, errno.EINVAL)
        self._delegate(tid, "requeue", key, (key2, *details))

    def _delegate(self, tid, call, key, details):
        # DOC: delegation 1, the caller's kernel hands the call to the owner
        self.waits[tid] = Asked(key.page.home)
        self.kernel.send(key.page.home, FUTEX_REQUEST(tid, call, key, details))
        # DOC: end

    def interrupt(self, tid):
        asked = self.waits.get(tid)
        if asked and not asked.cancelled:
            asked.cancelled = True
            self.kernel.send(asked.owner, FUTEX_CANCEL(tid))
        return asked is not None  # the one response is on its way in any case

    # ---- the owner makes the call ---------------------------------------------------------------

    def on_futex_request(self, source, message):
        self._enqueue(source, message)

    def on_futex_cancel(self, source, message):
        self._enqueue(source, message)

    def _do_futex_request(self, source, message):
        # DOC: delegation 2, the owner makes the call
        number = self._word_is(message.key, self._expected(message)) if message.compares() else 0
        if number:
            self._answer(source, message.tid, 0, number)
        else:
            make = getattr(self, "_make_" + message.call)
            make(source, message.tid, message.key, message.details)
        # DOC: end

    def _expected(self, message):
        """What a call that compares wants the word to be."""
        return message.details[0 if message.call == "wait" else -1]

    def _make_wait(self, source, tid, key, details):
        # DOC: delegation 3, the owner queues the waiter and lets its timer run
        _, timeout, bitset = details
        self.queues.setdefault(key, []).append(Waiter(tid, source, bitset))
        if timeout is not None:
            self.timed.add(tid)
            self.kernel.effect("timer", ("futex", tid), timeout)
        # DOC: end

    def _make_wake(self, source, tid, key, details):
        count, bitset = details
        woken = self._take(key, max(count, 1), bitset)
        self._release(woken, 0)
        self._answer(source, tid, len(woken), 0)

    def _make_requeue(self, source, tid, key, details):
        key2, wake, requeue, _ = details
        woken, moved = self._take(key, wake), self._take(key, requeue)
        self._release(woken, 0)
        self._move(moved, key, key2)
        self._answer(source, tid, len(woken) + len(moved), 0)

    # ---- the end of a wait, always at the owner -------------------------------------------------

    def on_timer(self, key):
        self.timed.discard(key[1])
        self._release(self._take_out(key[1]), errno.ETIMEDOUT)

    def _do_futex_cancel(self, source, message):
        """A waiter from another kernel is the same thread in a later call: it stays."""
        self._release(self._take_out(message.tid, source), errno.EINTR)

    def _take_out(self, tid, source=None):
        """Take one waiter out of its queue, if it still stands there: a list of one or none."""
        for key, line in self.queues.items():
            for waiter in line:
                if waiter.tid == tid and source in (None, waiter.kernel):
                    self.queues[key].remove(waiter)
                    if not line:
                        del self.queues[key]
                    return [waiter]
        return []

    def _release(self, waiters, number):
        # DOC: delegation 4, a wait is over: its one answer goes out
        for waiter in waiters:
            if waiter.tid in self.timed:
                self.timed.discard(waiter.tid)
                self.kernel.effect("drop", ("futex", waiter.tid))
            self._answer(waiter.kernel, waiter.tid, 0, number)
        # DOC: end

    def _answer(self, kernel, tid, result, number):
        self.kernel.send(kernel, FUTEX_RESPONSE(tid, result, number))

    def on_futex_response(self, source, message):
        # DOC: delegation 5, the thread goes on
        tid, result, number = message
        del self.waits[tid]
        self.kernel.fail(tid, number) if number else self.kernel.resume(tid, result)
        # DOC: end

    def describe(self):
        asked = [f"{short(tid)} asks {asked.owner}" for tid, asked in self.waits.items()]
        return self.describe_owner() + asked
