"""The thread's kernel: a call goes to its file, and the one response ends it.

The idea.  A descriptor is looked up at the process's home, unless the kernel that has the file has
looked it up before.  A call on a file that is elsewhere takes a request (by way of home and of the
kernel that made the file) and a response, and a notice if it must wait, so that a cancel finds it.
A write that is longer than a message is made of several.

The response ends the call in any case; an interrupt only makes it come sooner.
"""

import errno

from popcorn_lib.mechanisms.sockets.tables import Asked, Ref, Tables
from popcorn_lib.messages import (
    FILE_CANCEL,
    FILE_COUNT,
    FILE_REQUEST,
    FILE_REST,
)
from popcorn_lib.syscalls import MSG_NOSIGNAL, Failure

PIECE = 4096  # bytes that a message takes along
WRITES = ("write", "send", "sendto")


class Files(Tables):
    """The part of the sockets mechanism that brings calls and files together."""

    # ---- the thread's kernel --------------------------------------------------------------------

    def call(self, tid, fd, call, *args):
        """A thread makes a call on a descriptor."""
        self.calls[tid] = Asked(call, args, fd)
        self._ask(tid)

    def _ask(self, tid):
        """Serve a call here if the file is known to be here, else ask home."""
        # DOC: file call 1, the thread's kernel knows the file, or asks home
        asked, me = self.calls[tid], self.kernel.name
        pid, home = self.kernel["threads"].process_of(tid)
        ref = None if home == me else self._named((pid, asked.fd))
        looked_up = home == me and pid not in self.queue  # at once, that is
        here = ref or (looked_up and self._ref(pid, asked.fd) in self.files)
        args = asked.args if here else self._piece(asked)
        more = args != asked.args
        request = FILE_REQUEST(tid, pid, asked.fd, me, ref, asked.call, args, more)
        self.kernel.send(me if ref else home, request)
        # DOC: end

    def _named(self, name):
        """The file that a descriptor is known to mean here."""
        return next((ref for ref, file in self.files.items() if name in file.names), None)

    def _piece(self, asked):
        """The args of a call with no more data than a message takes along."""
        if asked.call in WRITES:
            return (asked.args[0][:PIECE], *asked.args[1:])
        return asked.args

    def on_file_waits(self, source, message):
        asked = self.calls[message.tid]
        asked.holder = source
        if asked.cancelled:
            self.kernel.send(source, FILE_CANCEL(message.tid))
        elif message.wants:
            data = asked.args[0]
            for start in range(PIECE, len(data), PIECE):
                end = start + PIECE
                self.kernel.send(source, FILE_REST(message.tid, data[start:end], end < len(data)))

    def on_file_data(self, source, message):
        self.calls[message.tid].read += message.data

    def on_file_response(self, source, message):
        # DOC: file call 4, the thread goes on
        tid, result, number = message
        asked = self.calls[tid]
        if number == 0 and asked.read:
            result = _joined(asked.read, result)
        if asked.call in WRITES and self._goes_on(tid, asked, result, number):
            return
        del self.calls[tid]
        if asked.done:  # an error after the first piece comes with the next call
            return self.kernel.resume(tid, asked.done + (result or 0))
        if number:
            return self._fails(tid, asked, number)
        self.deliver(tid, asked, result)
        # DOC: end

    def _goes_on(self, tid, asked, result, number):
        """Whether a longer write has more to send after this piece."""
        data = asked.args[0]
        if number or result == len(data) or result % PIECE or asked.cancelled:
            return False
        asked.done, asked.holder = asked.done + result, None
        asked.args = (data[result:], *asked.args[1:])
        self._ask(tid)
        return True

    def _fails(self, tid, asked, number):
        loud = asked.call in WRITES and not self._flags(asked) & MSG_NOSIGNAL
        if number == errno.EPIPE and loud:
            self.broken_pipe(tid)
        else:
            self.kernel.fail(tid, number)

    def deliver(self, tid, asked, result):
        """The thread gets the result of its call; what it has accepted needs a descriptor."""
        if asked.call == "accept":
            ref, address = result
            return self.open(tid, (Ref(*ref),), address)
        self.kernel.resume(tid, result)

    # ---- a wait is cut short --------------------------------------------------------------------

    def interrupt(self, tid):
        asked = self.calls.get(tid)
        if asked and not asked.cancelled:
            asked.cancelled = True
            if asked.holder:
                self.kernel.send(asked.holder, FILE_CANCEL(tid))
        return asked is not None

    # ---- new files ------------------------------------------------------------------------------

    def make(self, file):
        """Keep a new file under the smallest free number; returns its Ref."""
        number, me = 1, self.kernel.name
        while (
            Ref(me, number) in self.files or number in self.away or Ref(me, number) in self.leaving
        ):
            number += 1
        self.files[Ref(me, number)] = file
        return Ref(me, number)

    def new(self, tid, call, *given):
        """A thread makes a file, or two, on its own kernel."""
        made = getattr(self, "new_" + call)(self.net_of(tid), *given)
        if type(made) is Failure:
            self.kernel.fail(tid, made.errno)
        else:
            self.open(tid, made)

    def open(self, tid, refs, address=None):
        """Ask home for descriptors of files that count them already."""
        self.ask_home(tid, "open", refs, extra=(refs, address))

    def opened(self, tid, asked, fds, number):
        """Home has given descriptors; or has not, then the files are closed."""
        refs, address = asked.args
        if number:
            for ref in refs:
                self.kernel.send(ref.kernel, FILE_COUNT(ref, -1, None, None))
            return self.kernel.fail(tid, number)
        pid, home = self.kernel["threads"].process_of(tid)
        for ref, fd in zip(refs, fds, strict=True):
            if ref in self.files and home != self.kernel.name:
                self.files[ref].names.add((pid, fd))
        if address:
            self.kernel.resume(tid, (fds[0], address))
        else:
            self.kernel.resume(tid, fds if len(fds) > 1 else fds[0])


def _joined(data, result):
    return (data, result[1]) if isinstance(result, tuple) else data
