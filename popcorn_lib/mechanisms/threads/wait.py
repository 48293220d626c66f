"""Wait: a parent learns how its child has ended, from init's kernel, which keeps the tree.

The idea.  The end of a child goes to one waiter, in the order in which they have asked, or is kept
until somebody asks.  Both come to init's kernel as messages, so neither can miss the other: what
comes first waits there for what comes second.

Invariant.  Nobody waits for a child that is a zombie, and nobody for no child at all.
"""

import errno
import os

from popcorn_lib.mechanisms.threads.tree import Tree
from popcorn_lib.messages import WAIT_CANCEL
from popcorn_lib.syscalls import Failure

OPTIONS = os.WNOHANG | os.WUNTRACED | os.WCONTINUED
LOWEST = -(1 << 31)  # the one pid_t that has no group: its negation is none


class Wait(Tree):
    """The part of the threads mechanism in which parents wait for their children."""

    def sys_wait4(self, tid, which, options):
        if options & ~OPTIONS:
            return self.kernel.fail(tid, errno.EINVAL)
        if which == LOWEST:
            return self.kernel.fail(tid, errno.ESRCH)
        # DOC: wait 1, a parent asks init's kernel
        self.ask_tree(tid, "wait4", which, options)
        # DOC: end

    def tree_wait4(self, asker, which, options):
        which = which or -self.tree[asker.pid].pgid
        children = self.matching(asker.pid, which)
        for child in children:
            if self.tree[child].status is not None:
                return child, self.reap(child)
        if not children:
            return Failure(errno.ECHILD)
        if options & os.WNOHANG:
            return 0, 0
        self.waits.append((asker, which))
        return None

    def matching(self, pid, which):
        """The children of a process that a wait is about, oldest first."""
        return [
            child
            for child in self.tree[pid].children
            if which in (-1, child, -self.tree[child].pgid)
        ]

    def waiters_for(self, pid):
        """Who waits for this child, in order."""
        parent = self.tree[pid].parent
        waiters = [waiter for waiter in self.waits if waiter[0].pid == parent]
        return [waiter for waiter in waiters if pid in self.matching(parent, waiter[1])]

    def offer(self, pid):
        """A child has died: the first who waits for it gets it, or it stays a zombie."""
        # DOC: wait 3, the first who waits for it is told
        for waiter in self.waiters_for(pid)[:1]:
            asker, _ = waiter
            self.waits.remove(waiter)
            self.answer(asker.kernel, asker.tid, (pid, self.reap(pid)))
        # DOC: end

    def disappoint(self, waiters):
        """A child has gone to somebody else: who has no other to wait for goes on without."""
        for waiter in waiters:
            asker, which = waiter
            if waiter in self.waits and not self.matching(asker.pid, which):
                self.waits.remove(waiter)
                self.answer(asker.kernel, asker.tid, Failure(errno.ECHILD))

    def on_wait_cancel(self, source, message):
        for waiter in self.waits:
            if waiter[0].tid == message.tid:  # else the answer is on its way already
                self.waits.remove(waiter)
                return self.answer(source, message.tid, Failure(errno.EINTR))

    def cancel_wait(self, tid):
        """The thread is to go on soon: its answer comes, or that it was interrupted."""
        self.kernel.send(self.init, WAIT_CANCEL(tid))
