"""Fork: a new process, whose home is the kernel on which fork was called.

The idea.  Three things must be there before anybody knows the child: its number, which is set
aside; its memory, a copy; its place in the tree.  They come one after the other, and the parent
waits.  Then the child's first thread starts, here or elsewhere, and the parent goes on.  If the
parent is killed meanwhile the fork is finished all the same: then it came before the kill.

Source.  Linux, kernel/fork.c.
"""

import errno
import signal

from popcorn_lib.mechanisms.threads.tasks import Group, Task, Tasks
from popcorn_lib.messages import TREE_REQUEST
from popcorn_lib.syscalls import NEW

FLAGS = (0, signal.SIGCHLD)  # what Linux's clone says to be told of the child's end; it always is


class Fork(Tasks):
    """The part of the threads mechanism that makes processes."""

    def sys_fork(self, tid, token, on, flags=0):
        if flags & ~NEW not in FLAGS:
            return self.kernel.fail(tid, errno.EINVAL)
        self.elsewhere(on)  # an unknown kernel is a wrong program: it is said at once
        # DOC: fork 1, a number is set aside and the memory is copied
        child = self.free_id()
        if child is None:
            return self.kernel.fail(tid, errno.EAGAIN)
        self.pids.add(child)
        self.waiting[tid] = ("fork", (child, token, on, flags, 0))
        self.forked(tid)
        # DOC: end

    def forked(self, tid):
        """Let one mechanism after the other copy what the child inherits, its memory above all."""
        child, token, on, flags, done = self.waiting[tid][1]
        for number, name in enumerate(self.kernel.names[done:], done + 1):
            self.waiting[tid] = ("fork", (child, token, on, flags, number))
            if self.kernel[name].fork(tid, child, flags):
                return
        # DOC: fork 2, the child comes into the tree
        self.kernel.send(self.init, TREE_REQUEST(tid, self.tasks[tid].pid, "fork", (child,)))
        # DOC: end

    def fork_failed(self, tid, number):
        """A mechanism has refused the child before anything of it was made."""
        child, *_ = self.waiting.pop(tid)[1]
        self.pids.discard(child)
        self.freed(child)
        self.kernel.fail(tid, number)

    def start_child(self, tid, told, child, token, on, *_):
        """The child is in the tree: both go on.  told: what the parent calls it."""
        # DOC: fork 3, the child starts and the parent goes on
        self.groups[child] = Group(counted=True)
        self.kernel.work("process", 1)
        self.start_thread(tid, child, Task(child, cpus=self.tasks[tid].cpus), token, on)
        self.kernel.resume(tid, told)
        # DOC: end
