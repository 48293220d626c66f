"""What a thread blocks, what is pending, and waiting for signals."""

import errno
import signal

from popcorn_lib.kernel import FINAL
from popcorn_lib.mechanisms.signals.tables import NEVER_BLOCKED, NONE, Tables
from popcorn_lib.messages import SIGPENDING_REQUEST, SIGPENDING_RESPONSE

WAITS = ("sigsuspend", "sigtimedwait")  # calls that a signal cuts short


class Masks(Tables):
    """The part of the signals mechanism that holds them back and waits for them."""

    # ---- the mask -------------------------------------------------------------------------------

    def sys_sigprocmask(self, tid, how, signums):
        old = self.blocked(tid)
        if how == signal.SIG_BLOCK:
            new = old | signums
        elif how == signal.SIG_UNBLOCK:
            new = old - signums
        elif how == signal.SIG_SETMASK:
            new = signums
        else:
            return self.kernel.fail(tid, errno.EINVAL)
        self.block(tid, new)
        self.kernel.resume(tid, old)
        self.look(tid)

    def sys_sigpending(self, tid):
        pid, home = self.kernel["threads"].process_of(tid)
        if self.left_at_home(pid):
            self.waits[tid] = ("sigpending", None)
            self.kernel.send(home, SIGPENDING_REQUEST(tid, pid))
        else:
            self.kernel.resume(tid, self._pending(tid, NONE))

    def on_sigpending_request(self, source, message):
        waiting = frozenset(info.si_signo for info in self.shared.get(message.pid, ()))
        self.kernel.send(source, SIGPENDING_RESPONSE(message.tid, waiting))

    def on_sigpending_response(self, source, message):
        del self.waits[message.tid]
        self.kernel.resume(message.tid, self._pending(message.tid, message.signums))

    def _pending(self, tid, shared):
        mine = frozenset(info.si_signo for info in self.pending.get(tid, ()))
        return (mine | shared) & self.blocked(tid)

    # ---- sigsuspend and pause -------------------------------------------------------------------

    def sys_pause(self, tid):
        self.sys_sigsuspend(tid, self.blocked(tid))

    def sys_sigsuspend(self, tid, signums):
        """Block others for a while; what was blocked before is so again when the wait ends."""
        self.waits[tid] = ("sigsuspend", self.blocked(tid))
        self.block(tid, signums)
        self.look(tid)

    # ---- sigtimedwait ---------------------------------------------------------------------------

    def sys_sigtimedwait(self, tid, signums, seconds):
        if seconds is not None and seconds < 0:
            return self.kernel.fail(tid, errno.EINVAL)
        signums -= NEVER_BLOCKED
        self.waits[tid] = ("claims", (signums, seconds, None))
        if self._takes_pending(tid, signums):
            return
        pid = self.kernel["threads"].tasks[tid].pid
        left = self.left_at_home(pid) & signums & self.blocked(tid)  # else its handler gets it
        if left:  # home may have one: the wait begins, or ends, with its answer
            self.claim(tid, left, acts=False)
        else:
            self._sit_down(tid, signums, seconds)

    def _takes_pending(self, tid, signums):
        waiting = [info for info in self.pending.get(tid, ()) if info.si_signo in signums]
        if waiting:
            info = min(waiting, key=lambda other: other.si_signo)
            self.drop(tid, info)
            self._stand_up(tid, info)
        return bool(waiting)

    def claimed(self, tid, info):
        """Home has answered."""
        signums, seconds, _ = self.waits[tid][1]
        if info:
            self._stand_up(tid, info)
        elif not self._takes_pending(tid, signums):
            self._sit_down(tid, signums, seconds)

    def _sit_down(self, tid, signums, seconds):
        if seconds == 0:
            del self.waits[tid]
            return self.kernel.fail(tid, errno.EAGAIN)
        key = None if seconds is None else ("signals", tid)
        self.waits[tid] = ("sigtimedwait", (signums, seconds, key))
        if key:
            self.kernel.effect("timer", key, seconds)
        self.look(tid)

    def _stand_up(self, tid, info):
        _, (_, _, key) = self.waits.pop(tid)
        if key:
            self.kernel.effect("drop", key)
        self.kernel.resume(tid, info)

    def awaits(self, tid, signum):
        """Whether a thread waits for just this signal."""
        call, detail = self.waits.get(tid, (None, None))
        return call == "sigtimedwait" and signum in detail[0]

    def takes(self, tid, info):
        """Give a signal to a thread that waits for it, if it does."""
        if not self.awaits(tid, info.si_signo):
            return False
        self._stand_up(tid, info)
        return True

    def on_timer(self, key):
        del self.waits[key[1]]
        self.kernel.fail(key[1], errno.EAGAIN)

    # ---- cut short ------------------------------------------------------------------------------

    def interrupt(self, tid):
        call, detail = self.waits.get(tid, (None, None))
        if call is None:
            return False
        if call not in WAITS:
            return True  # the answer comes soon by itself
        del self.waits[tid]
        if call == "sigsuspend":
            self.block(tid, detail)
        elif detail[2]:
            self.kernel.effect("drop", detail[2])
        self.kernel.fail(tid, errno.EINTR)
        return FINAL
