"""The file's kernel: a file serves its calls, or keeps those that it cannot answer yet.

The idea.  A file serves calls where it is, from threads on all kernels, in order; whenever it
changes, those that wait are tried again.  A connection that nobody waits for goes to the call
instead: see `handover.py`.  When no descriptor names a file any more and no call waits for it, it
is closed.
"""

import errno

from popcorn_lib.mechanisms.sockets.tables import Pipe, Tables, Tcp, Udp, Waiter
from popcorn_lib.messages import (
    FILE_CHANGED,
    FILE_DATA,
    FILE_RESPONSE,
    FILE_WAITS,
)
from popcorn_lib.syscalls import MSG_DONTWAIT, MSG_WAITALL, Failure

PIECE = 4096  # bytes that a message takes along; a longer answer is made of several
FLAGS_AT = {"send": 1, "sendto": 1, "recv": 1, "recvfrom": 1}  # where in its args a call has flags


class Serving(Tables):
    """The part of the sockets mechanism that answers calls."""

    # ---- home, and the kernel that made the file -------------------------------------------------

    def on_file_request(self, source, message):
        if message.file is None:
            return self._enqueue(source, message)
        file = self.here(message)
        if file is None:
            return
        if self.goes_over(file, message):
            self.hand_over(message.file, file, message)
        else:
            self.serve(message, file)

    def look_up(self, source, message):
        # DOC: file call 2, home knows which file a descriptor means
        ref = self._ref(message.pid, message.fd)
        if ref is None:
            answer = FILE_RESPONSE(message.tid, None, errno.EBADF)
            return self.kernel.send(message.kernel, answer)
        full = message.call == "accept" and self._free(message.pid, 1) is None
        if full:
            answer = FILE_RESPONSE(message.tid, None, errno.EMFILE)
            return self.kernel.send(message.kernel, answer)
        to = self.kernel.name if ref in self.files else ref.kernel
        self.kernel.send(to, message._replace(file=ref))
        # DOC: end

    def here(self, message):
        """The file of a message; None if it is elsewhere (the message goes on) or gone."""
        # DOC: find, a message for a connection that has moved goes on
        ref = message.file
        if ref in self.files:
            return self.files[ref]
        if ref in self.leaving:
            self.leaving[ref].held.append(message)
        elif ref.kernel == self.kernel.name and ref.number in self.away:
            self.kernel.send(self.away[ref.number], message)
        elif message.kind == "FILE_REQUEST":
            self.kernel.send(message.kernel, FILE_RESPONSE(message.tid, None, errno.EBADF))
        return None
        # DOC: end

    # ---- the file's kernel ----------------------------------------------------------------------

    def serve(self, message, file):
        # DOC: file call 3, the file answers, or keeps the call
        tid, args, more = message.tid, message.args, message.more
        if more and message.kernel == self.kernel.name:
            args, more = self.calls[tid].args, False
        waiter = Waiter(tid, message.kernel, message.call, args, more)
        if getattr(file, "settled", True):
            self.learn(message, file)
        result = self._try(message.file, file, waiter)
        if result is not None:
            return self._respond(waiter, result)
        file.waiters.append(waiter)
        self.kernel.send(message.kernel, FILE_WAITS(tid, more and whole(file)))
        # DOC: end

    def learn(self, message, file):
        """From now on this descriptor is found here without asking home, until it is closed."""
        if message.kernel == self.kernel.name != self.kernel.home_of(message.pid):
            file.names.add((message.pid, message.fd))

    def changed(self, ref):
        """A file has changed: before the step ends its waiting calls are tried again."""
        self.kernel.send(self.kernel.name, FILE_CHANGED(ref))

    def on_file_changed(self, source, message):
        file = self.files.get(message.file)
        for waiter in list(file.waiters) if file else ():
            result = self._try(message.file, file, waiter)
            if result is not None:
                file.waiters.remove(waiter)
                self._respond(waiter, result)
        self.sweep(message.file)

    def _try(self, ref, file, waiter):
        """The result of a call, or None if it must wait."""
        self.kernel.work("lock", ref)
        kind = {Pipe: "pipe", Tcp: "tcp", Udp: "udp"}[type(file)]
        if waiter.more and whole(file):
            return None  # the rest of a datagram is on its way
        serve = getattr(self, f"{kind}_{waiter.call}", None)
        if serve is None:
            return Failure(errno.ENOTSOCK if kind == "pipe" else errno.EOPNOTSUPP)
        result = serve(ref, file, waiter, *waiter.args)
        impatient = not file.patient or self._flags(waiter) & MSG_DONTWAIT
        if result is None and impatient and not waiter.asked:
            return waiter.done or Failure(self.busy(file, waiter))
        return result

    def on_file_rest(self, source, message):
        """The rest of a datagram; when all of it is there it is sent."""
        for ref, file in self.files.items():
            for waiter in file.waiters:
                if (waiter.tid, waiter.kernel) == (message.tid, source):
                    waiter.args = (waiter.args[0] + message.data, *waiter.args[1:])
                    waiter.more = message.more
                    self.changed(ref)

    def waits_for_all(self, flags):
        """Whether a recv wants all that it has room for, however long that takes."""
        return flags & MSG_WAITALL and not flags & MSG_DONTWAIT

    def busy(self, file, waiter):
        """What a call that would have to wait says if it may not."""
        if waiter.call != "connect":
            return errno.EAGAIN
        return errno.EINPROGRESS if waiter.answer else errno.EALREADY

    def _respond(self, waiter, result):
        failed = type(result) is Failure
        result, number = (None, result.errno) if failed else (result, 0)
        data = result[0] if waiter.call == "recvfrom" and result else result
        passed = (*waiter.args, data)
        self.kernel.work("copy", sum(len(part) for part in passed if isinstance(part, bytes)))
        if isinstance(data, bytes) and len(data) > PIECE and waiter.kernel != self.kernel.name:
            for start in range(0, len(data), PIECE):
                part = FILE_DATA(waiter.tid, data[start : start + PIECE])
                self.kernel.send(waiter.kernel, part)
            result = (b"", result[1]) if waiter.call == "recvfrom" else b""
        self.kernel.send(waiter.kernel, FILE_RESPONSE(waiter.tid, result, number))

    def _flags(self, call):
        place = FLAGS_AT.get(call.call)
        return call.args[place] if place is not None else 0

    def on_file_cancel(self, source, message):
        # DOC: file cancel, what has been done counts, else EINTR
        for ref, file in list(self.files.items()):
            for waiter in list(file.waiters):
                if (waiter.tid, waiter.kernel, waiter.asked) == (message.tid, source, False):
                    file.waiters.remove(waiter)
                    self._respond(waiter, self.so_far(file, waiter) or Failure(errno.EINTR))
                    self.changed(ref)
        # DOC: end

    def so_far(self, file, waiter):
        """What a call that is cut short has done already."""
        return waiter.done

    # ---- the last close -------------------------------------------------------------------------

    def sweep(self, ref):
        """If no descriptor names a file any more and no call waits for it, it is closed."""
        file = self.files.get(ref)
        if file is None or file.count or file.waiters:
            return
        close, ended = {Pipe: (self.close_pipe, None), Udp: (self.close_udp, None),
                        Tcp: (self.close_tcp, self.end_tcp)}[type(file)]  # fmt: skip
        if not file.shut:
            file.shut = True
            close(ref, file)
        elif ended:
            ended(ref, file)


def whole(file):
    """Whether what is written to a file comes out as it went in: a datagram."""
    return isinstance(file, Udp) or getattr(file, "kind", None) == "datagram"
