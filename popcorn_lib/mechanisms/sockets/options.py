"""What a socket is called and what it is told: socket, getsockname, getpeername, setsockopt."""

import errno
import socket

from popcorn_lib.mechanisms.sockets.ports import ANY
from popcorn_lib.mechanisms.sockets.tables import ESTABLISHED, Tables, Tcp, Udp
from popcorn_lib.syscalls import SOCK_CLOEXEC, SOCK_NONBLOCK, Failure

KINDS = {
    socket.SOCK_STREAM: (Tcp, socket.IPPROTO_TCP),
    socket.SOCK_DGRAM: (Udp, socket.IPPROTO_UDP),
}


def _options(*names):
    """The options of these names that this system's Python knows."""
    return {getattr(socket, name) for name in names if hasattr(socket, name)}


TAKEN = {  # level -> options; all but SO_REUSEADDR have no effect here
    socket.SOL_SOCKET: _options(
        "SO_REUSEADDR", "SO_KEEPALIVE", "SO_BROADCAST", "SO_SNDBUF", "SO_RCVBUF", "SO_LINGER",
        "SO_OOBINLINE", "SO_RCVTIMEO", "SO_SNDTIMEO", "SO_DONTROUTE",
    ),
    socket.IPPROTO_TCP: _options(
        "TCP_NODELAY", "TCP_CORK", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT",
        "TCP_USER_TIMEOUT",
    ),
    socket.IPPROTO_IP: _options("IP_TOS", "IP_TTL"),
}  # fmt: skip


class Options(Tables):
    """The part of the sockets mechanism for sockets that have addresses."""

    def sys_socket(self, tid, *given):
        self.new(tid, "socket", *given)

    def new_socket(self, net, family, kind, protocol):
        plain = kind & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
        number = self._wrong(family, plain, protocol)
        if number:
            return Failure(number)
        patient = not kind & SOCK_NONBLOCK
        return (self.make(KINDS[plain][0](net, patient=patient)),)

    def _wrong(self, family, kind, protocol):
        """The errno of a socket that there cannot be, 0 for one that can."""
        if family != socket.AF_INET:
            return errno.EAFNOSUPPORT
        if kind not in KINDS:
            known = kind in (socket.SOCK_RAW, socket.SOCK_SEQPACKET, socket.SOCK_RDM)
            return errno.ESOCKTNOSUPPORT if known else errno.EINVAL
        return 0 if protocol in (0, KINDS[kind][1]) else errno.EPROTONOSUPPORT

    def tcp_getsockname(self, ref, file, waiter):
        return file.local or (ANY, 0)

    def tcp_getpeername(self, ref, file, waiter):
        connected = type(file) is Udp or file.state == ESTABLISHED
        return file.remote if file.remote and connected else Failure(errno.ENOTCONN)

    def tcp_setsockopt(self, ref, file, waiter, level, name, value):
        if level not in TAKEN or (level == socket.IPPROTO_TCP and type(file) is not Tcp):
            return Failure(errno.EOPNOTSUPP if level == socket.IPPROTO_UDP else errno.ENOPROTOOPT)
        if name not in TAKEN[level]:
            return Failure(errno.ENOPROTOOPT)
        if (level, name) == (socket.SOL_SOCKET, socket.SO_REUSEADDR):
            file.reuse = bool(value)
        return 0

    udp_getsockname, udp_getpeername = tcp_getsockname, tcp_getpeername
    udp_setsockopt = tcp_setsockopt
