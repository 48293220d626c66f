"""Children: what a parent hears when they end, stop or go on, from init's kernel."""

import os
import signal

from popcorn_lib.mechanisms.signals.tables import CHLD, CONT, Tables
from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.mechanisms.threads.tree import CONTINUED
from popcorn_lib.messages import JOB_RESPONSE, REMOTE_KILL_REQUEST, SIGACTION_RESPONSE
from popcorn_lib.syscalls import (
    CLD_CONTINUED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    SI_KERNEL,
    Siginfo,
)


class Child(Tables):
    """The part of the signals mechanism that tells parents of their children."""

    def on_child_policy(self, source, message):
        """Init's kernel: how a process wants to hear of its children."""
        process = self.kernel["threads"].process(message.pid)
        process.reaps, process.quiet = message.reaps, message.quiet
        self.kernel.send(message.kernel, SIGACTION_RESPONSE(message.tid, message.old))

    def child_ended(self, pid):
        """Init's kernel: a process has ended; its parent gets SIGCHLD."""
        status = self.kernel["threads"].tree[pid].status
        if os.WIFEXITED(status):
            self._tell(pid, CLD_EXITED, os.WEXITSTATUS(status))
        else:
            self._tell(pid, CLD_KILLED, os.WTERMSIG(status))

    def on_process_stopped(self, source, message):
        # DOC: stop 3, init's kernel tells the parent
        pid, signum = message
        process = self.kernel["threads"].process(pid)
        process.stopped, process.report = signum, signum or CONTINUED
        code, status = (CLD_STOPPED, signum) if signum else (CLD_CONTINUED, CONT)
        self._tell(pid, code, status)
        # DOC: end

    def _tell(self, pid, code, status):
        """SIGCHLD to the parent; no wait ends with this child before it is there."""
        threads = self.kernel["threads"]
        process = threads.tree[pid]
        parent = threads.tree.get(process.parent)
        process.untold += 1
        if parent is None or (parent.quiet and process.status is None):
            return threads.announced(pid)
        called = self.kernel["namespaces"].outward(process.parent, pid)
        info = Siginfo(CHLD, code, called, process.uid, si_status=status)
        request = REMOTE_KILL_REQUEST(process.parent, 0, info, self.kernel.name, -pid)
        self.kernel.send(self.kernel.home_of(process.parent), request)

    # ---- groups that nobody has an eye on -------------------------------------------------------

    def on_job_request(self, source, message):
        orphaned = self._is_orphaned(self.kernel["threads"].process(message.pid).pgid)
        self.kernel.send(source, JOB_RESPONSE(message.pid, orphaned))

    def _is_orphaned(self, pgid):
        """Whether no member of a group has a parent outside it in its session, as a shell is."""
        tree = self.kernel["threads"].tree
        members = [p for p in tree.values() if p.pgid == pgid and p.status is None]
        return not any(self._has_shell(process) for process in members)

    def _has_shell(self, process):
        parent = self.kernel["threads"].tree.get(process.parent)
        if parent is None:  # the machine's first process is a shell's job
            return process.sid == INIT and not process.orphan
        return parent.pgid != process.pgid and parent.sid == process.sid

    def watched_groups(self, pid):
        """The groups of a process and of its children that are not orphaned."""
        tree = self.kernel["threads"].tree
        groups = {tree[each].pgid for each in (pid, *tree[pid].children)}
        return {pgid for pgid in groups if not self._is_orphaned(pgid)}

    def hang_up(self, groups):
        """Stopped groups that are orphaned now would wait for ever: SIGHUP, and they go on."""
        tree = self.kernel["threads"].tree
        for pgid in sorted(filter(self._is_orphaned, groups)):
            members = [pid for pid in sorted(tree) if tree[pid].pgid == pgid]
            members = [pid for pid in members if tree[pid].status is None]
            if any(tree[pid].stopped for pid in members):
                for pid in members:
                    for signum in (signal.SIGHUP, CONT):
                        request = REMOTE_KILL_REQUEST(pid, 0, Siginfo(signum, SI_KERNEL), None, 0)
                        self.kernel.send(self.kernel.home_of(pid), request)
