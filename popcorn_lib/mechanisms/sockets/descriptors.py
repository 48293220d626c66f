"""Descriptors: small numbers that mean the same open file in every thread of a process.

A process's home keeps the table and serves what changes it one at a time: the lowest free number,
EMFILE at the limit.  A file counts the descriptors that name it; a close has happened when the
file has counted it, and only then may the number be given again.  The numbers 0 to 2, a terminal
on Linux, are taken but name nothing: EBADF.
"""

import errno
from itertools import islice

from popcorn_lib.mechanisms.sockets.tables import FREEING, Asked, Tables
from popcorn_lib.messages import FD_REQUEST, FD_RESPONSE, FILE_COUNT, FILE_COUNTED
from popcorn_lib.syscalls import Failure

FIRST, LIMIT = 3, 1024  # descriptors: 0 to 2 are not ours; RLIMIT_NOFILE as a shell sets it


class Descriptors(Tables):
    """The part of the sockets mechanism that keeps the tables of processes."""

    # ---- the thread's kernel --------------------------------------------------------------------

    def sys_dup(self, tid, fd):
        self.ask_home(tid, "dup", fd)

    def sys_close(self, tid, fd):
        self.ask_home(tid, "close", fd)

    def ask_home(self, tid, call, *args, extra=()):
        """The thread waits for what its process's home says; `extra` is for the way back."""
        pid, home = self.kernel["threads"].process_of(tid)
        self.calls[tid] = Asked(call, extra)
        self.kernel.send(home, FD_REQUEST(tid, pid, call, args))

    def on_fd_response(self, source, message):
        tid, result, number = message
        asked = self.calls.pop(tid)
        if asked.call == "fork":
            return self._inherit(tid, asked.args, result)
        if asked.call == "open":
            return self.opened(tid, asked, result, number)
        self.kernel.fail(tid, number) if number else self.kernel.resume(tid, result)

    # ---- home: one change at a time -------------------------------------------------------------

    def on_fd_request(self, source, message):
        self._enqueue(source, message)

    def _enqueue(self, source, message):
        """A request waits for its turn behind one that waits for files."""
        self.queue.setdefault(message.pid, []).append((source, message))
        if len(self.queue[message.pid]) == 1:
            self._serve(message.pid)

    def _serve(self, pid):
        """Serve requests in turn, until one has to wait for files."""
        while pid in self.queue and pid not in self.awaited:
            source, message = self.queue[pid][0]
            if message.kind == "FILE_REQUEST":
                self.look_up(source, message)
                self._served(pid)
            elif not getattr(self, "_begin_" + message.call)(source, message, *message.args):
                self._served(pid)

    def _served(self, pid):
        self.queue[pid].pop(0)
        if not self.queue[pid]:
            del self.queue[pid]

    def _answer(self, source, tid, result):
        """Tell the thread's kernel a result, which may be a Failure."""
        failed = type(result) is Failure
        result, number = (None, result.errno) if failed else (result, 0)
        self.kernel.send(source, FD_RESPONSE(tid, result, number))

    def _free(self, pid, wanted):
        """The lowest free descriptors, or EMFILE."""
        table = self.tables.get(pid, {})
        free = list(islice((fd for fd in range(FIRST, LIMIT) if fd not in table), wanted))
        return free if len(free) == wanted else None

    def _begin_open(self, source, message, refs):
        """Give new files their descriptors; they count them already."""
        fds = self._free(message.pid, len(refs))
        if fds is None:
            return self._answer(source, message.tid, Failure(errno.EMFILE))
        self.tables.setdefault(message.pid, {}).update(zip(fds, refs, strict=True))
        self._answer(source, message.tid, tuple(fds))

    def _begin_dup(self, source, message, fd):
        ref, free = self._ref(message.pid, fd), self._free(message.pid, 1)
        if ref is None or free is None:
            number = errno.EBADF if ref is None else errno.EMFILE
            return self._answer(source, message.tid, Failure(number))
        return self._count(message.pid, {ref: 1})

    def _begin_close(self, source, message, fd):
        # DOC: close 1, home asks the file to count one less
        ref = self._ref(message.pid, fd)
        if ref is None:
            return self._answer(source, message.tid, Failure(errno.EBADF))
        return self._count(message.pid, {ref: -1}, (message.pid, fd))
        # DOC: end

    def _begin_fork(self, source, message, child):
        """Every file counts the descriptors of the child; the table stays as it is meanwhile."""
        refs = list(self.tables.get(message.pid, {}).values())
        if refs:
            return self._count(message.pid, {ref: refs.count(ref) for ref in refs})
        self._answer(source, message.tid, ())

    def _ref(self, pid, fd):
        return self.tables.get(pid, {}).get(fd)

    def _count(self, pid, changes, name=None):
        self.awaited[pid] = len(changes)
        for ref, change in sorted(changes.items()):
            self.kernel.send(ref.kernel, FILE_COUNT(ref, change, name, pid))
        return True

    def on_file_counted(self, source, message):
        """A file has counted; when all have, the request is done."""
        pid = message.pid
        self.awaited[pid] -= 1
        if self.awaited[pid]:
            return
        del self.awaited[pid]
        if pid not in self.queue:
            return self.kernel["threads"].bury_if_dead(pid)
        asker, request = self.queue[pid][0]
        self._answer(asker, request.tid, getattr(self, "_end_" + request.call)(pid, *request.args))
        self._served(pid)
        self._serve(pid)

    def _end_dup(self, pid, fd):
        [free] = self._free(pid, 1)
        self.tables[pid][free] = self.tables[pid][fd]
        return free

    def _end_close(self, pid, fd):
        # DOC: close 3, the number may be given again
        del self.tables[pid][fd]
        if not self.tables[pid]:
            del self.tables[pid]
        return 0
        # DOC: end

    def _end_fork(self, pid, child):
        return tuple(sorted(self.tables[pid].items()))

    # ---- a file's kernel ------------------------------------------------------------------------

    def on_file_count(self, source, message):
        # DOC: close 2, the file counts, and is closed by the last
        file = self.here(message)
        if file is None:
            return
        file.count += message.change
        file.names.discard(message.name)
        if message.asker is not None:
            file.closers.append(message.asker)
        self.sweep(message.file)
        if not file.shut or getattr(file, "state", FREEING) != FREEING:
            self.tell_closers(file)
        # DOC: end

    def tell_closers(self, file):
        """The closes have happened: tell the processes' homes."""
        pids, file.closers = file.closers, []
        for pid in pids:
            self.kernel.send(self.kernel.home_of(pid), FILE_COUNTED(pid))

    # ---- a process comes and goes ---------------------------------------------------------------

    def fork(self, tid, child, flags):
        """Give process `child`, whose home is here, descriptors of the same files."""
        pid, home = self.kernel["threads"].process_of(tid)
        if home == self.kernel.name and pid not in self.tables and pid not in self.queue:
            return False
        self.ask_home(tid, "fork", child, extra=(child,))
        return True

    def _inherit(self, tid, args, table):
        if table:
            self.tables[args[0]] = dict(table)
        self.kernel["threads"].forked(tid)

    def ending(self, pid):
        """A process has no threads any more: its end is told when its files have counted it."""
        refs = list(self.tables.pop(pid, {}).values())
        if refs:
            self._count(pid, {ref: -refs.count(ref) for ref in refs})
        return pid in self.awaited

    def exited(self, pid):
        """A process is gone: nothing is found here by its names."""
        for file in self.files.values():
            file.names = {name for name in file.names if name[0] != pid}
