"""Children: what a parent hears when they end, stop or go on, from init's kernel."""

import os

from popcorn_lib.mechanisms.signals.tables import CHLD, CONT, Tables
from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.mechanisms.threads.tree import CONTINUED
from popcorn_lib.messages import PROCESS_STOPPED, REMOTE_KILL_REQUEST, SIGACTION_RESPONSE
from popcorn_lib.syscalls import (
    CLD_CONTINUED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
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

    def tell_parent(self, pid, offer):
        """Home: the process has stopped, or goes on."""
        signum = offer.info.si_signo if offer.order == "stop" else 0
        self.kernel.send(self.kernel["threads"].init, PROCESS_STOPPED(pid, signum))

    def on_process_stopped(self, source, message):
        # DOC: stop 3, init's kernel tells the parent
        pid, signum = message
        threads = self.kernel["threads"]
        threads.process(pid).report = signum or CONTINUED
        parent = threads.tree.get(threads.tree[pid].parent)
        if parent and not parent.quiet:
            code, status = (CLD_STOPPED, signum) if signum else (CLD_CONTINUED, CONT)
            self._tell(pid, code, status)
        threads.report(pid)
        # DOC: end

    def _tell(self, pid, code, status):
        process = self.kernel["threads"].tree[pid]
        if process.parent != INIT:
            info = Siginfo(CHLD, code, pid, process.uid, si_status=status)
            request = REMOTE_KILL_REQUEST(process.parent, 0, info, None, 0)
            self.kernel.send(self.kernel.home_of(process.parent), request)
