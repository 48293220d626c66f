"""Kill and its kin: who is meant, may one, and one process after the other.

Whom a pid means and who may signal whom, only init's kernel knows, which keeps the tree of
processes.  Then each process's home, or the thread's, gets the signal and answers.
"""

import errno

from popcorn_lib.mechanisms.signals.tables import CONT, KILL, SIGNUMS, STOPS, Tables
from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.messages import (
    KILL_TARGETS_REQUEST,
    KILL_TARGETS_RESPONSE,
    REMOTE_KILL_REQUEST,
)
from popcorn_lib.syscalls import SI_QUEUE, SI_TKILL, SI_USER, Siginfo

BY_ALL = (KILL, CONT, *STOPS)  # what a whole process obeys, also if it is sent to one thread


class Kill(Tables):
    """The part of the signals mechanism that sends them."""

    # ---- what a thread asks ---------------------------------------------------------------------

    def sys_kill(self, tid, pid, signum):
        self._send(tid, pid, Siginfo(signum, SI_USER))

    def sys_sigqueue(self, tid, pid, signum, value):
        if pid <= 0:
            return self.kernel.fail(tid, errno.ESRCH)
        self._send(tid, pid, Siginfo(signum, SI_QUEUE, si_value=value))

    def sys_tgkill(self, tid, pid, thread, signum):
        if pid <= 0:
            return self.kernel.fail(tid, errno.EINVAL)
        self._send(tid, pid, Siginfo(signum, SI_TKILL), thread)

    def sys_tkill(self, tid, thread, signum):
        self._send(tid, None, Siginfo(signum, SI_TKILL), thread)

    def _send(self, tid, target, info, thread=0):
        """Ask who is meant; of a thread without its process, ask first whose it is."""
        known = info.si_signo == 0 or info.si_signo in SIGNUMS
        if not known or thread < 0 or (target is None and thread == 0):
            return self.kernel.fail(tid, errno.EINVAL)
        if thread and self.kernel.home_of(thread) is None:
            return self.kernel.fail(tid, errno.ESRCH)
        self.waits[tid] = ("kill", (info, thread, ()))
        if target is None:
            self._to_thread(tid, 0, thread, Siginfo(0))
        else:
            self._ask(tid, target, info.si_signo)

    # ---- who is meant ---------------------------------------------------------------------------

    def _ask(self, tid, target, signum):
        # DOC: kill 1, init's kernel knows who is meant
        threads = self.kernel["threads"]
        pid = threads.tasks[tid].pid
        self.kernel.send(threads.init, KILL_TARGETS_REQUEST(tid, pid, target, signum))
        # DOC: end

    def on_kill_targets_request(self, source, message):
        # DOC: kill 2, and who may signal whom
        tid, pid, target, signum = message
        tree = self.kernel["threads"].tree
        me = self.kernel["threads"].process(pid)
        meant = self._meant(pid, me, target)
        allowed = [other for other in meant if self._may(me, other, signum)]
        living = tuple(other for other in allowed if other in tree and tree[other].status is None)
        number = 0 if allowed else errno.EPERM if meant else errno.ESRCH
        self.kernel.send(source, KILL_TARGETS_RESPONSE(tid, living, me.uid, number))
        # DOC: end

    def _meant(self, pid, me, target):
        """The processes that a pid of kill means, oneself last: who dies sends nothing more."""
        tree = self.kernel["threads"].tree
        if target > 0:
            return [target] if target in tree or target == INIT else []
        if target == -1:
            return sorted(other for other in tree if other != pid)
        group = -target or me.pgid
        members = [other for other, process in tree.items() if process.pgid == group]
        return sorted(members, key=lambda other: (other == pid, other))

    def _may(self, me, other, signum):
        if me.uid == ROOT:
            return True
        process = self.kernel["threads"].found(other)
        return process.uid == me.uid or (signum == CONT and process.sid == me.sid)

    def on_kill_targets_response(self, source, message):
        tid, targets, uid, number = message
        if number:
            del self.waits[tid]
            return self.kernel.fail(tid, number)
        call, (info, thread, _) = self.waits[tid]
        info = info._replace(si_pid=self.kernel["threads"].tasks[tid].pid, si_uid=uid)
        self.waits[tid] = (call, (info, thread, targets))
        self._next(tid)

    # ---- one process after the other ------------------------------------------------------------

    def _next(self, tid):
        # DOC: kill 3, one process after the other
        call, (info, thread, targets) = self.waits[tid]
        if not targets or (info.si_signo == 0 and not thread):
            del self.waits[tid]
            return self.kernel.resume(tid, 0)
        pid, rest = targets[0], targets[1:]
        self.waits[tid] = (call, (info, thread, rest))
        if thread:
            return self._to_thread(tid, pid, thread, info)
        request = REMOTE_KILL_REQUEST(pid, 0, info, self.kernel.name, tid)
        self.kernel.send(self.kernel.home_of(pid), request)
        # DOC: end

    def _to_thread(self, tid, pid, thread, info):
        """What a process obeys as a whole goes there in two steps: is there such a thread?"""
        if info.si_signo in BY_ALL:
            call, (_, _, rest) = self.waits[tid]
            self.waits[tid] = (call, (info, 0, (pid, *rest)))
            info = Siginfo(0)
        request = REMOTE_KILL_REQUEST(pid, thread, info, self.kernel.name, tid)
        self.kernel.send(self.kernel.home_of(thread), request)

    def on_remote_kill_response(self, source, message):
        tid = message.asker
        info, thread, _ = self.waits[tid][1]
        if message.errno:
            del self.waits[tid]
            self.kernel.fail(tid, message.errno)
        elif thread and not info.si_pid:  # tkill: now we know whose thread it is
            self._ask(tid, message.pid, info.si_signo)
        else:
            self._next(tid)
