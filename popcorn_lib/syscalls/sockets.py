"""Calls on descriptors: pipes, and sockets of TCP, UDP and pairs."""

import re

from popcorn_lib.errors import UsageError
from popcorn_lib.syscalls.request import Call, whole


class SocketCalls:
    """Descriptors are the same in all threads of a process, on whichever kernel; EBADF: no such.

    An address is (host, port): "127.0.0.1", "10.0.0.1" (this machine), "0.0.0.0" (any of its own)
    or that of a host outside.  Calls that wait may be cut short: EINTR.
    """

    # ---- descriptors ----------------------------------------------------------------------------

    def pipe(self):
        """A pipe: (read end, write end).  EMFILE: 1,024 descriptors."""
        return Call("pipe")

    def read(self, fd, size):
        """Up to `size` bytes, waiting for the first; b"" at the end.

        EBADF: not for reading.  EINTR.  Of sockets as `recv`.
        """
        return Call("read", (_fd("read", fd), _size("read", size)))

    def write(self, fd, data):
        """Write bytes; the result is how many.

        A pipe takes 65,536 bytes; up to 4,096 come whole, more may be interleaved with others'.
        EPIPE and SIGPIPE: nobody can read it.  EBADF: not for writing.  EINTR.
        """
        return Call("write", (_fd("write", fd), _bytes("write", data)))

    def dup(self, fd):
        """Another descriptor, the lowest free one, of the same open file.  EMFILE."""
        return Call("dup", (_fd("dup", fd),))

    def close(self, fd):
        """Close a descriptor; the last one of a file ends its stream, or frees its port."""
        return Call("close", (_fd("close", fd),))

    # ---- make, name -----------------------------------------------------------------------------

    def socket(self, family, type, protocol=0):
        """A socket of AF_INET; type: SOCK_STREAM or SOCK_DGRAM, and SOCK_NONBLOCK if wanted.

        EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EINVAL: there is no such.  EMFILE.
        """
        return Call("socket", _numbers("socket", family=family, type=type, protocol=protocol))

    def socketpair(self, family, type, protocol=0):
        """Two connected sockets of AF_UNIX: SOCK_STREAM or SOCK_DGRAM.  Errors as for `socket`."""
        given = _numbers("socketpair", family=family, type=type, protocol=protocol)
        return Call("socketpair", given)

    def bind(self, fd, address):
        """Give a socket its address; port 0 takes a free one.

        EADDRINUSE: somewhere in the machine it is taken (SO_REUSEADDR on both lets them share it
        while none listens).  EADDRNOTAVAIL: not an address of this machine.  EINVAL: it has one.
        """
        return Call("bind", (_fd("bind", fd), _address("bind", address)))

    def getsockname(self, fd):
        """The socket's own (host, port)."""
        return Call("getsockname", (_fd("getsockname", fd),))

    def getpeername(self, fd):
        """The other end's (host, port).  ENOTCONN."""
        return Call("getpeername", (_fd("getpeername", fd),))

    def setsockopt(self, fd, level, name, value):
        """Set an option: SO_REUSEADDR; others that Linux knows are taken and do nothing.

        ENOPROTOOPT, EOPNOTSUPP: there is no such option, no such level.
        """
        given = _numbers("setsockopt", level=level, name=name)
        if not isinstance(value, int | bytes):
            raise UsageError(f"setsockopt needs a number or bytes as value, not {value!r}")
        return Call("setsockopt", (_fd("setsockopt", fd), *given, value))

    # ---- connect --------------------------------------------------------------------------------

    def listen(self, fd, backlog):
        """Let others connect; of those not accepted yet, backlog + 1 are kept.

        EADDRINUSE: another socket listens there.  EINVAL: it is connected.  EOPNOTSUPP: UDP.
        """
        return Call("listen", (_fd("listen", fd), whole("listen", "backlog", backlog)))

    def accept(self, fd):
        """Wait for a connection: (descriptor, (host, port)).  Each is handed out once.

        EINVAL: it does not listen.  EAGAIN: O_NONBLOCK, and none is there.  EMFILE.  EINTR.
        """
        return Call("accept", (_fd("accept", fd),))

    def connect(self, fd, address):
        """Connect to an address; for UDP, only set where to.

        ECONNREFUSED: nobody listens there.  ENETUNREACH: there is no such host.  EISCONN.
        EINPROGRESS, EALREADY: O_NONBLOCK.  ETIMEDOUT.  EINTR: the connection is made all the same.
        """
        return Call("connect", (_fd("connect", fd), _address("connect", address)))

    # ---- send, receive --------------------------------------------------------------------------

    def send(self, fd, data, flags=0):
        """Send bytes; the result is how many.

        flags: MSG_DONTWAIT, MSG_NOSIGNAL.  EPIPE and SIGPIPE: shut down, or the other end is gone.
        ECONNRESET.  ENOTCONN, EDESTADDRREQ: not connected.  EAGAIN.  EMSGSIZE: a longer datagram
        than there can be.  EINTR.
        """
        return Call("send", (_fd("send", fd), _bytes("send", data), whole("send", "flags", flags)))

    def recv(self, fd, size, flags=0):
        """Up to `size` bytes, waiting for the first; b"" at the end of the stream.

        flags: MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL.  ECONNRESET, ENOTCONN, EAGAIN, EINTR.
        """
        given = _size("recv", size), whole("recv", "flags", flags)
        return Call("recv", (_fd("recv", fd), *given))

    def sendto(self, fd, data, flags, address):
        """Send a datagram to an address; errors as for `send`."""
        given = _bytes("sendto", data), whole("sendto", "flags", flags)
        to = None if address is None else _address("sendto", address)
        return Call("sendto", (_fd("sendto", fd), *given, to))

    def recvfrom(self, fd, size, flags=0):
        """(bytes, the sender's address): one datagram, cut to `size`; (bytes, None) for TCP."""
        given = _size("recvfrom", size), whole("recvfrom", "flags", flags)
        return Call("recvfrom", (_fd("recvfrom", fd), *given))

    def shutdown(self, fd, how):
        """End one's own stream (SHUT_WR), the other's (SHUT_RD) or both.  ENOTCONN.  EINVAL."""
        return Call("shutdown", (_fd("shutdown", fd), whole("shutdown", "how", how)))


def _fd(call, fd):
    return whole(call, "descriptor", fd)


def _numbers(call, **given):
    return tuple(whole(call, what, value) for what, value in given.items())


def _size(call, size):
    if whole(call, "size", size) < 0:
        raise UsageError(f"{call} needs a size of 0 or more, not {size!r}")
    return int(size)


def _bytes(call, data):
    if not isinstance(data, bytes | bytearray | memoryview):
        raise UsageError(f"{call} needs bytes, not {data!r}")
    return bytes(data)


def _address(call, address):
    """(host, port) in the one form that kernels compare."""
    pair = isinstance(address, tuple | list) and len(address) == 2 and isinstance(address[0], str)
    if not pair or not isinstance(address[1], int) or not 0 <= address[1] < 1 << 16:
        raise UsageError(f"{call} needs an address (host, port), not {address!r}")
    host = {"": "0.0.0.0", "localhost": "127.0.0.1"}.get(address[0], address[0])
    parts = host.split(".")
    if len(parts) != 4 or not all(re.fullmatch(r"\d{1,3}", p) and int(p) < 256 for p in parts):
        raise UsageError(f"{call} needs an IPv4 address as host, not {address[0]!r}")
    return ".".join(str(int(part)) for part in parts), int(address[1])
