"""Calls on open files: to the file, or the file to the call.

The idea.  A descriptor is looked up at the process's home, unless the kernel that has the file has
looked it up before.  A file serves its calls where it is and keeps those that cannot be answered
yet, in order; whenever it changes they are tried again.  A call from another kernel takes a request
(by way of home and of the kernel that made the file) and a response, and a notice if it must wait,
so that a cancel finds it.  A connection that nobody waits for comes to the call instead: see
`handover.py`.

The one response ends the call in any case; an interrupt only makes it come sooner.
"""

import errno

from popcorn_lib.mechanisms.sockets.tables import Asked, Pipe, Ref, Tables, Tcp, Udp, Waiter
from popcorn_lib.messages import (
    FILE_CANCEL,
    FILE_CHANGED,
    FILE_COUNT,
    FILE_DATA,
    FILE_REQUEST,
    FILE_RESPONSE,
    FILE_REST,
    FILE_WAITS,
)
from popcorn_lib.syscalls import MSG_DONTWAIT, MSG_NOSIGNAL, Failure

PIECE = 4096  # bytes that a message takes along; a longer write is made of several
WRITES = ("write", "send", "sendto")
FLAGS_AT = {"send": 1, "sendto": 1, "recv": 1, "recvfrom": 1}  # where in its args a call has flags


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

    def _flags(self, call):
        place = FLAGS_AT.get(call.call)
        return call.args[place] if place is not None else 0

    def deliver(self, tid, asked, result):
        """The thread gets the result of its call; what it has accepted needs a descriptor."""
        if asked.call == "accept":
            ref, address = result
            return self.open(tid, (Ref(*ref),), address)
        self.kernel.resume(tid, result)

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

    def busy(self, file, waiter):
        """What a call that would have to wait says if it may not."""
        if waiter.call != "connect":
            return errno.EAGAIN
        return errno.EINPROGRESS if waiter.answer else errno.EALREADY

    def _respond(self, waiter, result):
        failed = type(result) is Failure
        result, number = (None, result.errno) if failed else (result, 0)
        data = result[0] if waiter.call == "recvfrom" and result else result
        if isinstance(data, bytes) and len(data) > PIECE and waiter.kernel != self.kernel.name:
            for start in range(0, len(data), PIECE):
                part = FILE_DATA(waiter.tid, data[start : start + PIECE])
                self.kernel.send(waiter.kernel, part)
            result = (b"", result[1]) if waiter.call == "recvfrom" else b""
        self.kernel.send(waiter.kernel, FILE_RESPONSE(waiter.tid, result, number))

    # ---- a wait is cut short --------------------------------------------------------------------

    def interrupt(self, tid):
        asked = self.calls.get(tid)
        if asked and not asked.cancelled:
            asked.cancelled = True
            if asked.holder:
                self.kernel.send(asked.holder, FILE_CANCEL(tid))
        return asked is not None

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


def _joined(data, result):
    return (data, result[1]) if isinstance(result, tuple) else data
