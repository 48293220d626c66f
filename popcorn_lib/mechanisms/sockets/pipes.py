"""Pipes and socket pairs: two ends on one kernel, which stay where they were made.

An end keeps what it is to read in `inbox`; who writes puts it there.  Rules: Linux, pipe(7) and
unix(7).  A write of at most PIPE_BUF bytes comes whole or waits; a longer one comes in parts.
"""

import errno
import socket

from popcorn_lib.mechanisms.sockets.tables import Pipe, Ref, Tables
from popcorn_lib.syscalls import MSG_PEEK, SOCK_CLOEXEC, SOCK_NONBLOCK, Failure

CAPACITY, PIPE_BUF = 65536, 4096  # bytes
PAIRED = 212992  # bytes that a socket of a pair takes, net.core.wmem_default


class Pipes(Tables):
    """The part of the sockets mechanism for files with two ends on one kernel."""

    def sys_pipe(self, tid):
        self.new(tid, "pipe")

    def sys_socketpair(self, tid, *given):
        self.new(tid, "socketpair", *given)

    def new_pipe(self, net):
        return self._ends("read", "write", True)

    def new_socketpair(self, net, family, kind, protocol):
        if family != socket.AF_UNIX:
            known = family == socket.AF_INET
            return Failure(errno.EOPNOTSUPP if known else errno.EAFNOSUPPORT)
        kinds = {socket.SOCK_STREAM: "stream", socket.SOCK_DGRAM: "datagram"}
        plain = kind & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
        if plain not in kinds:
            return Failure(errno.ESOCKTNOSUPPORT)
        if protocol not in (0, socket.AF_UNIX):
            return Failure(errno.EPROTONOSUPPORT)
        return self._ends(kinds[plain], kinds[plain], not kind & SOCK_NONBLOCK)

    def _ends(self, one, other, patient):
        """Two new ends that know each other."""
        first = self.make(Pipe(kind=one, patient=patient))
        second = self.make(Pipe(kind=other, patient=patient))
        self.files[first].peer, self.files[second].peer = second.number, first.number
        return first, second

    def peer_of(self, file):
        """The other end, None if it is closed."""
        return self.files.get(Ref(self.kernel.name, file.peer)) if file.peer else None

    # ---- read -----------------------------------------------------------------------------------

    def pipe_read(self, ref, file, waiter, size):
        if file.kind == "write":
            return Failure(errno.EBADF)
        return self._take(file, size, 0)

    def pipe_recv(self, ref, file, waiter, size, flags):
        if file.kind in ("read", "write"):
            return Failure(errno.ENOTSOCK)
        return self._take(file, size, flags)

    def pipe_recvfrom(self, ref, file, waiter, size, flags):
        data = self.pipe_recv(ref, file, waiter, size, flags)
        return (data, None) if isinstance(data, bytes) else data

    def _take(self, file, size, flags):
        """Bytes, b"" at the end, or None if it must wait."""
        peer, waiting = self.peer_of(file), sum(map(len, file.inbox))
        ended = file.deaf or peer is None or peer.mute
        if size == 0 and file.kind != "datagram":
            return b""
        if file.kind == "datagram":
            return self._datagram(file, size, flags, ended)
        if not waiting or (self.waits_for_all(flags) and waiting < size and not ended):
            return b"" if ended and not waiting else None
        everything = b"".join(file.inbox)
        if not flags & MSG_PEEK:
            file.inbox[:] = [everything[size:]] if everything[size:] else []
            self._changed(file)
        return everything[:size]

    def _datagram(self, file, size, flags, ended):
        if not file.inbox:
            return b"" if file.deaf or (ended and self.peer_of(file)) else None
        data = file.inbox[0][:size]
        if not flags & MSG_PEEK:
            file.inbox.pop(0)
            self._changed(file)
        return data

    def _changed(self, file):
        """Room for the other end's writers."""
        if self.peer_of(file):
            self.changed(Ref(self.kernel.name, file.peer))

    # ---- write ----------------------------------------------------------------------------------

    def pipe_write(self, ref, file, waiter, data):
        if file.kind == "read":
            return Failure(errno.EBADF)
        return self._put(file, waiter, data)

    def pipe_send(self, ref, file, waiter, data, flags):
        if file.kind in ("read", "write"):
            return Failure(errno.ENOTSOCK)
        return self._put(file, waiter, data)

    def pipe_sendto(self, ref, file, waiter, data, flags, address):
        if file.kind == "stream" and address:
            return Failure(errno.EISCONN)
        return self.pipe_send(ref, file, waiter, data, flags)

    def _put(self, file, waiter, data):
        """How many bytes, or None if some or all of them must wait."""
        peer = self.peer_of(file)
        if file.mute or peer is None or peer.deaf:
            if file.kind == "datagram" and peer is None:
                return Failure(errno.ECONNREFUSED)
            return waiter.done or Failure(errno.EPIPE)
        if file.kind == "datagram":
            return self._put_datagram(file, peer, waiter, data)
        # DOC: pipe, what fits is written; a short write comes whole
        room = self._space(file, peer)
        rest = data[waiter.done :]
        if room < len(rest) <= PIPE_BUF and not waiter.done and file.kind == "write":
            return None
        if rest[:room]:
            peer.inbox.append(rest[:room])
            waiter.done += len(rest[:room])
            self.changed(Ref(self.kernel.name, file.peer))
        return waiter.done if waiter.done == len(data) else None
        # DOC: end

    def _space(self, file, peer):
        capacity = CAPACITY if file.kind == "write" else PAIRED
        return capacity - sum(map(len, peer.inbox))

    def _put_datagram(self, file, peer, waiter, data):
        if len(data) > PAIRED - 32:
            return Failure(errno.EMSGSIZE)
        if len(data) > PAIRED - sum(map(len, peer.inbox)):
            return None
        peer.inbox.append(data)
        self.changed(Ref(self.kernel.name, file.peer))
        return len(data)

    # ---- shut, close ----------------------------------------------------------------------------

    def pipe_shutdown(self, ref, file, waiter, how):
        if file.kind in ("read", "write"):
            return Failure(errno.ENOTSOCK)
        if how not in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
            return Failure(errno.EINVAL)
        file.deaf |= how in (socket.SHUT_RD, socket.SHUT_RDWR)
        file.mute |= how in (socket.SHUT_WR, socket.SHUT_RDWR)
        self.changed(ref)
        self._changed(file)
        return 0

    def pipe_setsockopt(self, ref, file, waiter, level, name, value):
        if file.kind in ("read", "write"):
            return Failure(errno.ENOTSOCK)
        return 0 if level == socket.SOL_SOCKET else Failure(errno.EOPNOTSUPP)

    def pipe_getsockname(self, ref, file, waiter):
        return Failure(errno.ENOTSOCK) if file.kind in ("read", "write") else ""

    pipe_getpeername = pipe_getsockname

    def close_pipe(self, ref, file):
        """The last descriptor is closed: the other end hears of it."""
        del self.files[ref]
        self.tell_closers(file)
        peer = self.peer_of(file)
        if peer is not None:
            peer.peer = 0
            self.changed(Ref(self.kernel.name, file.peer))
