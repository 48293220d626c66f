"""Defects of the futex: wake-ups that are lost, or go to the wrong thread."""

import errno

from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.syscalls import FUTEX_BITSET_MATCH_ANY


class WakeFlagOnlyWhenAsleep(Futex):
    """A notice counts only for a thread that already sleeps.

    Wrong: the owner queues the waiter and answers "sleep"; a wake chooses it at once.  If the
    notice is handled before the answer, the thread is not asleep yet and the notice is ignored.
    It leads to a lost wake-up: counted by the waker, slept through by the waiter.
    Where: G1, kernel/futex_remote.c: wake_st is set only if the local request is DONE.  The two
    messages are in order there unless two queues handle them; that this can happen is derived.
    """

    def on_wake_notice(self, source, message):
        if not self.waits[message.tid].asked:
            super().on_wake_notice(source, message)


class NoticeDroppedForMovedWaiter(Futex):
    """A notice for a thread that no longer waits is dropped, and the wake with it.

    Wrong: a thread that is sent to another kernel, or whose time is up, leaves its wait without
    looking whether a wake has chosen it already.  Its dummy is taken out, as it should be (G1 does
    not do that either, see TimeoutLeavesDummy), so this is the one mistake alone.
    It leads to a lost wake-up for the next in the queue, who would have been woken instead.
    Where: G1, kernel/futex_remote.c: a notice whose pid is not found is dropped without a word.
    """

    def on_cancel_response(self, source, message):
        super().on_cancel_response(source, message._replace(removed=True))

    def on_wake_notice(self, source, message):
        if message.tid in self.waits:
            super().on_wake_notice(source, message)


class TimeoutLeavesDummy(Futex):
    """A thread whose time is up goes on, and nobody tells the owner.

    Wrong: the timer runs on the waiter's kernel, the queue is elsewhere, and there is no cancel.
    It leads to a dummy that stands in the queue for nobody and takes the next wake for itself.
    Where: G1, kernel/futex_remote.c: no message takes a waiter out.
    """

    def on_timer(self, key):
        wait = self.waits[key[1]]
        wait.timed, wait.reason, wait.removed = False, errno.ETIMEDOUT, True
        self._settle(key[1])

    def on_wake_notice(self, source, message):
        if message.tid in self.waits:
            super().on_wake_notice(source, message)


class DummiesIgnoreBitset(Futex):
    """A wake for some bits takes a remote waiter for other bits.

    Wrong: the bitset is compared for threads of the owner's kernel, not for dummies.
    It leads to a wake-up that goes to the wrong thread; the right one sleeps on.
    Where: G1, kernel/futex.c: the test is skipped where the task of a queued waiter is NULL.
    """

    def _do_key_request(self, source, message):
        if source != self.kernel.name:
            message = message._replace(bitset=FUTEX_BITSET_MATCH_ANY)
        super()._do_key_request(source, message)
