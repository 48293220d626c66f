"""Kill and its kin: who is meant, may one, and one process after the other.

Whom a pid means and who may signal whom, only init's kernel knows, which keeps the tree of
processes.  Then each process's home, or the thread's, gets the signal and answers.
"""

import errno

from popcorn_lib.mechanisms.signals.tables import CONT, KILL, SIGNUMS, STOP, Tables
from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.messages import (
    KILL_TARGETS_REQUEST,
    KILL_TARGETS_RESPONSE,
    REMOTE_KILL_REQUEST,
)
from popcorn_lib.syscalls import SI_QUEUE, SI_TKILL, SI_USER, Siginfo

BY_ALL = (KILL, STOP, CONT)  # what a whole process obeys, also if it is sent to one thread
EVERYBODY = -1  # a target of kill


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
        if pid <= 0 or thread <= 0:
            return self.kernel.fail(tid, errno.EINVAL)
        self._send(tid, pid, Siginfo(signum, SI_TKILL), thread)

    def sys_tkill(self, tid, thread, signum):
        if thread <= 0:
            return self.kernel.fail(tid, errno.EINVAL)
        first = self.kernel["namespaces"].is_number(tid, thread)
        self._send(tid, thread if first else None, Siginfo(signum, SI_TKILL), thread)

    def _send(self, tid, target, info, thread=0):
        """Ask who is meant; of a thread without its process, ask first whose it is."""
        if self.kernel["namespaces"].is_foreign(tid, target, thread):
            return self.kernel.fail(tid, errno.ESRCH)
        self.waits[tid] = ("kill", (info, thread, (), 0))
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
        tree, names = self.kernel["threads"].tree, self.kernel["namespaces"]
        me = self.kernel["threads"].process(pid)
        meant = self._meant(pid, me, names.meant(pid, target))
        allowed = [other for other in meant if self._may(me, other, signum)]
        living = [other for other in allowed if other in tree and tree[other].status is None]
        living = tuple((other, names.outward(other, pid)) for other in living)
        number = _refusal(target, signum, meant, allowed)
        self.kernel.send(source, KILL_TARGETS_RESPONSE(tid, living, me.uid, number))
        # DOC: end

    def _meant(self, pid, me, target):
        """The processes that a pid of kill means, oneself last: who dies sends nothing more."""
        tree = self.kernel["threads"].tree
        if target > 0:
            return [target] if target in tree or target == INIT else []
        if target == EVERYBODY:
            names = self.kernel["namespaces"]
            return sorted(o for o in tree if o != pid and names.outward(pid, o) > INIT)
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
        if self.kernel["threads"].halts(tid):  # killed, or stopped before anything has been sent
            return self._over(tid)
        if number:
            self._over(tid)
            return self.kernel.fail(tid, number)
        call, (info, thread, _, _) = self.waits[tid]
        if self.kernel["namespaces"].is_number(tid, thread) and thread:
            thread = targets[0][0] if targets else 0
        info = info._replace(si_pid=self.kernel["threads"].tasks[tid].pid, si_uid=uid)
        self.waits[tid] = (call, (info, thread, targets, 0))
        self._next(tid)

    # ---- one process after the other ------------------------------------------------------------

    def _next(self, tid):
        # DOC: kill 3, one process after the other
        call, (info, thread, targets, _) = self.waits[tid]
        only_asks = info.si_signo == 0 and not thread
        if not targets or only_asks or self.kernel["threads"].tasks[tid].dying:
            self._over(tid)
            return self.kernel.resume(tid, 0)
        (pid, sender), *rest = targets
        self.waits[tid] = (call, (info, thread, tuple(rest), pid))
        info = info._replace(si_pid=sender)
        if thread:
            return self._to_thread(tid, pid, thread, info)
        request = REMOTE_KILL_REQUEST(pid, 0, info, self.kernel.name, tid)
        self.kernel.send(self.kernel.home_of(pid), request)
        # DOC: end

    def _to_thread(self, tid, pid, thread, info):
        """What a process obeys as a whole goes there in two steps: is there such a thread?"""
        if info.si_signo in BY_ALL:
            call, (_, _, rest, _) = self.waits[tid]
            self.waits[tid] = (call, (info, 0, ((pid, info.si_pid), *rest), 0))
            info = Siginfo(0)
        request = REMOTE_KILL_REQUEST(pid, thread, info, self.kernel.name, tid)
        self.kernel.send(self.kernel.home_of(thread), request)

    def on_remote_kill_response(self, source, message):
        tid = message.asker
        if tid < 0:  # it was SIGCHLD: a parent has been told of this child
            return self.kernel["threads"].announced(-tid)
        info, thread, _, _ = self.waits[tid][1]
        if message.errno:
            self._over(tid)
            self.kernel.fail(tid, message.errno)
        elif thread and not info.si_pid:  # tkill: now we know whose thread it is
            self._ask(tid, message.pid, info.si_signo)
        else:
            self._next(tid)

    def _over(self, tid):
        """The call has an end, or its thread has."""
        self.waits.pop(tid, None)
        self.pay()


def _refusal(target, signum, meant, allowed):
    """The errno of a kill; 0 if it goes on, as one to everybody does if nobody may be signalled."""
    if not meant:
        return errno.ESRCH
    if signum != 0 and signum not in SIGNUMS:
        return errno.EINVAL
    return 0 if allowed or target == EVERYBODY else errno.EPERM
