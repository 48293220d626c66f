"""SIGPIPE: the write that nobody can read, and the signal that comes with its EPIPE.

A thread must not see EPIPE if the signal kills it.  Where its process's home is elsewhere, home is
being asked meanwhile what the signal does: the write is then made once more, behind the gate that
holds the thread until home has answered, and fails without another signal.
"""

import errno
import signal

from popcorn_lib.mechanisms.sockets.tables import Tables


class Sigpipe(Tables):
    """The part of the sockets mechanism that makes a signal."""

    def broken_pipe(self, tid):
        """A write of the thread has failed with EPIPE."""
        threads = self.kernel["threads"]
        if "signals" not in self.kernel.names:
            return threads.fatal(tid, signal.SIGPIPE)
        task, (_, home) = threads.tasks[tid], threads.process_of(tid)
        if tid in self.warned or task.dying:
            self.warned.discard(tid)
            return self.kernel.fail(tid, errno.EPIPE)
        if home == self.kernel.name:
            self.kernel.fail(tid, errno.EPIPE)
            return self.kernel["signals"].raise_here(tid, signal.SIGPIPE)
        self.kernel["signals"].raise_here(tid, signal.SIGPIPE)
        if task.asks:
            task.gated = True
            self.warned.add(tid)
        else:
            self.kernel.fail(tid, errno.EPIPE)

    def leave(self, tid):
        """A thread that is sent away meanwhile need not be warned twice."""
        warned = tid in self.warned
        self.warned.discard(tid)
        return warned or None

    def arrive(self, tid, packed):
        self.warned.add(tid)

    def ended(self, tid):
        self.warned.discard(tid)
