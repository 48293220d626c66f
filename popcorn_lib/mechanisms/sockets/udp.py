"""UDP: datagrams, one by one, to whoever has the port.

A datagram goes to the port's kernel, which sends it to the socket's; a UDP socket stays where it
was made.  A datagram for a port that nobody has comes back as news, and the next call of a
connected socket says ECONNREFUSED.  What a full socket gets is dropped, as on Linux.
"""

import errno
import socket

from popcorn_lib.mechanisms.sockets.ports import ANY, LOOP
from popcorn_lib.mechanisms.sockets.tables import Tables
from popcorn_lib.messages import DATAGRAM
from popcorn_lib.syscalls import MSG_PEEK, Failure

LONGEST, CAPACITY = 65507, 212992  # bytes: of a datagram, and of those that wait (rmem_default)
FRAGMENT = 4096  # bytes that one message between kernels takes along


class UdpSockets(Tables):
    """The part of the sockets mechanism for datagrams."""

    def udp_bind(self, ref, file, waiter, address):
        return self.bind(ref, file, waiter, address)

    def udp_connect(self, ref, file, waiter, address):
        if file.local is None and (failure := self.autobind(ref, file, ANY, address[1])):
            return failure
        if not self.is_here(address[0]) and not self.reachable(file.net, address[0]):
            return Failure(errno.ENETUNREACH)
        file.remote = self.meant(address)
        if file.local[0] == ANY:
            file.local = (self.own_address(file.remote[0]), file.local[1])
        return 0

    def meant(self, address):
        """To connect to 0.0.0.0 is to connect to this machine."""
        return (LOOP, address[1]) if address[0] == ANY else address

    def own_address(self, host):
        """The address that this machine uses towards a host."""
        return LOOP if host.startswith("127.") else self.kernel.boot.address

    # ---- send -----------------------------------------------------------------------------------

    def udp_write(self, ref, file, waiter, data):
        return self.udp_sendto(ref, file, waiter, data, 0, None)

    def udp_send(self, ref, file, waiter, data, flags):
        return self.udp_sendto(ref, file, waiter, data, flags, None)

    def udp_sendto(self, ref, file, waiter, data, flags, address):
        if file.error:
            return self._error(file)
        if file.mute:
            return Failure(errno.EPIPE)
        to = self.meant(address) if address else file.remote
        if to is None:
            return Failure(errno.EDESTADDRREQ)
        if len(data) > LONGEST:
            return Failure(errno.EMSGSIZE)
        if not self.is_here(to[0]) and not self.reachable(file.net, to[0]):
            return Failure(errno.ENETUNREACH)
        if file.local is None and (failure := self.autobind(ref, file, ANY, to[1])):
            return failure
        self._send_datagram(file, to, data)
        return len(data)

    def _send_datagram(self, file, to, data):
        host, port = file.local
        source = (self.own_address(to[0]) if host == ANY else host, port)
        if not self.is_here(to[0]):
            return self.send_out(DATAGRAM(None, file.net, source, to, data, False, False))
        home = self.port_home(file.net, to[1])
        pieces = [data[i : i + FRAGMENT] for i in range(0, len(data), FRAGMENT)] or [b""]
        for number, piece in enumerate(pieces, 1):
            more = number < len(pieces)
            self.kernel.send(home, DATAGRAM(None, file.net, source, to, piece, more, False))

    # ---- on its way -----------------------------------------------------------------------------

    def on_datagram(self, source, message):
        if message.file is None:
            return self._look_up_port(message)
        file = self.here(message)
        if file is None or file.shut:
            return
        if message.refused:
            if file.remote == message.source:
                file.error = errno.ECONNREFUSED
        elif file.remote in (None, message.source):
            self._keep(file, message)
        self.changed(message.file)

    def _look_up_port(self, message):
        """The port's kernel: to whom does it go?"""
        ref = self.at_port(message.net, "udp", message.destination)
        if ref is not None:
            self.kernel.send(ref.kernel, message._replace(file=ref))
        elif not message.refused and not message.more:
            self._refuse(message)

    def _refuse(self, message):
        """Tell the sender that nobody is there."""
        there, here = message.destination, message.source
        news = DATAGRAM(None, message.net, there, here, b"", False, True)
        if self.is_here(here[0]):
            self.kernel.send(self.port_home(message.net, here[1]), news)
        else:
            self.send_out(news)

    def _keep(self, file, message):
        """Put a datagram, or a fragment of one, behind those that wait."""
        data = file.parts.pop(message.source, b"") + message.data
        if message.more:
            file.parts[message.source] = data
        elif sum(len(waiting) for waiting, _ in file.inbox) + len(data) <= CAPACITY:
            file.inbox.append((data, message.source))

    # ---- receive --------------------------------------------------------------------------------

    def udp_read(self, ref, file, waiter, size):
        return self.udp_recv(ref, file, waiter, size, 0)

    def udp_recv(self, ref, file, waiter, size, flags):
        result = self.udp_recvfrom(ref, file, waiter, size, flags)
        return result[0] if type(result) is tuple else result

    def udp_recvfrom(self, ref, file, waiter, size, flags):
        if file.error:
            return self._error(file)
        if not file.inbox:
            return (b"", None) if file.deaf else None
        data, source = file.inbox[0]
        if not flags & MSG_PEEK:
            file.inbox.pop(0)
        return data[:size], source

    def _error(self, file):
        """An error is told once."""
        number, file.error = file.error, 0
        return Failure(number)

    # ---- shut, close ----------------------------------------------------------------------------

    def udp_shutdown(self, ref, file, waiter, how):
        if how not in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
            return Failure(errno.EINVAL)
        if file.remote is None:
            return Failure(errno.ENOTCONN)
        file.deaf |= how in (socket.SHUT_RD, socket.SHUT_RDWR)
        file.mute |= how in (socket.SHUT_WR, socket.SHUT_RDWR)
        self.changed(ref)
        return 0

    def close_udp(self, ref, file):
        if file.bound:
            self.free_port(ref, file)
        else:
            self.freed(ref)
