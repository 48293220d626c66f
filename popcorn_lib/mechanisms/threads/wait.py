"""Wait: a parent learns how its child has ended, from init's kernel, which keeps the tree.

The idea.  The end of a child goes to one waiter, in the order in which they have asked, or is kept
until somebody asks.  Both come to init's kernel as messages, so neither can miss the other: what
comes first waits there for what comes second.

Orphans go to init, the machine's or that of their parent's PID namespace, which waits for them as
for its own children.

Invariant.  Who waits for any child has one, and none that is a zombie.
"""

import errno
import os

from popcorn_lib.kernel import short
from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.mechanisms.threads.tree import CONTINUED, Tree
from popcorn_lib.messages import PROCESS_TOLD, WAIT_CANCEL
from popcorn_lib.syscalls import Failure

OPTIONS = os.WNOHANG | os.WUNTRACED | os.WCONTINUED
LOWEST = -(1 << 31)  # the one pid_t that has no group: its negation is none


def nobody_waits_in_vain(kernels):
    """Who waits for any child has one, and none that is a zombie."""
    for threads in kernels.values():
        for asker, which, _ in threads.waits:
            children = threads.tree[asker.pid].children
            ended = [pid for pid in children if threads.tree[pid].status is not None]
            zombies = [pid for pid in ended if not threads.tree[pid].untold]
            if which == -1 and (zombies or not children):
                return f"{short(asker.tid)} waits, of its children are zombies: {zombies}"
    return None


class Wait(Tree):
    """The part of the threads mechanism in which parents wait for their children."""

    invariants = (*Tree.invariants, nobody_waits_in_vain)

    # ---- a parent asks --------------------------------------------------------------------------

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
            told = self.told(asker, child, options)
            if told:
                return told
        if not children:
            return Failure(errno.ECHILD)
        if options & os.WNOHANG and not any(self.tree[child].untold for child in children):
            return 0, 0
        self.waits.append((asker, which, options))
        return None

    def told(self, asker, child, options):
        """What a wait for a child gives now: (what the asker calls it, wait status), or None."""
        called = self.kernel["namespaces"].outward(asker.pid, child)  # before it is reaped
        status = self.status_told(child, options)
        return None if status is None else (called, status)

    def status_told(self, child, options):
        """The wait status with which a child answers a wait now; None if it does not."""
        process = self.tree[child]
        if process.untold:  # SIGCHLD comes first
            return None
        if process.status is not None:
            return self.reap(child)
        stopped, goes_on = process.report > 0, process.report == CONTINUED
        if stopped and options & os.WUNTRACED:
            status = process.report << 8 | 0x7F
        elif goes_on and options & os.WCONTINUED:
            status = 0xFFFF
        else:
            return None
        process.report = 0
        return status

    # ---- the end of a process -------------------------------------------------------------------

    def on_process_exited(self, source, message):
        process, names = self.process(message.pid), self.kernel["namespaces"]
        if names.holds_up(message):
            return
        watched = self.kernel["signals"].watched_groups(message.pid)
        # DOC: wait 2, the dead process leaves its children to init
        process.status = message.status
        orphans, process.children = process.children, []
        for child in orphans:
            self.adopt(child, names.reaper_of(message.pid))
        names.left(message.pid)
        if "ipc" in self.kernel.names:
            self.kernel["ipc"].undo_all(message.pid)
        self.kernel["signals"].child_ended(message.pid)
        # DOC: end
        self.kernel["signals"].hang_up(watched)
        names.let_inits_end()

    def adopt(self, child, parent):
        """An orphan becomes the child of an init, that of the machine or of a PID namespace."""
        process = self.tree[child]
        process.parent, process.orphan = parent, True
        if parent != INIT:
            self.tree[parent].children.append(child)
        if process.status is not None and not process.untold:
            self.kernel["signals"].child_ended(child)

    def announced(self, pid):
        """The parent has got SIGCHLD: now its waits may end with this child."""
        process = self.tree[pid]
        process.untold -= 1
        if process.untold:
            return
        if process.status is None:
            self.kernel.send(self.kernel.home_of(pid), PROCESS_TOLD(pid))
        elif process.parent == INIT or self.tree[process.parent].reaps:
            return self.reap(pid)
        self.offer(pid)

    def offer(self, pid):
        """A child has died, stopped or goes on: the first who waits for that is told."""
        # DOC: wait 3, the first who waits for it is told
        parent = self.tree[pid].parent
        for waiter in [waiter for waiter in self.waits if waiter[0].pid == parent]:
            if waiter in self.waits:  # else it has no child any more, and knows
                self.waits.remove(waiter)
                result = self.tree_wait4(*waiter)  # who has to wait on is in line again
                if result is not None:
                    self.answer(waiter[0], result)
        # DOC: end

    def reap(self, pid):
        """A zombie has been waited for: it leaves the tree.  Returns its wait status."""
        # DOC: wait 4, the zombie goes and its number returns home
        waiters = self.waiters_for(pid)
        process = self.tree.pop(pid)
        if process.parent != INIT:
            self.tree[process.parent].children.remove(pid)
        self.disappoint(waiters)
        self.release({pid, process.pgid, process.sid})
        return process.status
        # DOC: end

    def disappoint(self, waiters):
        """A child has gone to somebody else: who has no other to wait for goes on without."""
        for waiter in waiters:
            asker, which, _ = waiter
            if waiter in self.waits and not self.matching(asker.pid, which):
                self.waits.remove(waiter)
                self.answer(asker, Failure(errno.ECHILD))

    # ---- who waits for whom ---------------------------------------------------------------------

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

    # ---- cut short ------------------------------------------------------------------------------

    def on_wait_cancel(self, source, message):
        for waiter in self.waits:
            asker, _, options = waiter
            if asker.tid == message.tid and not options & os.WNOHANG:  # else an answer comes soon
                self.waits.remove(waiter)
                return self.answer(waiter[0], Failure(errno.EINTR))

    def cancel_wait(self, tid):
        """The thread is to go on soon: its answer comes, or that it was interrupted."""
        self.kernel.send(self.init, WAIT_CANCEL(tid))
