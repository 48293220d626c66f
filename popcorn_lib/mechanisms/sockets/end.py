"""TCP, how it ends: shutdown, the last close, a reset; and addresses and options, of both kinds.

A stream ends with a FIN behind its last byte.  When both have ended and are acknowledged the
connection is gone, and its port free.  Who closes with bytes unread resets instead, and so does an
end that gets bytes which nobody will ever read; inside the machine the reset is answered, so that
nothing is on its way any more when the numbers are given again.  To the outside that is not sure:
there an end waits a while before it is forgotten (TIME_WAIT).

Source.  RFC 9293; RFC 1122, 4.2.2.13; Linux, net/ipv4/tcp.c.
"""

import errno
import socket

from popcorn_lib.mechanisms.sockets.tables import (
    CLOSED,
    ESTABLISHED,
    FREEING,
    LISTENING,
    NEW,
    RESETTING,
    SYN_RECEIVED,
    SYN_SENT,
    Ref,
    Tables,
)
from popcorn_lib.messages import FILE_GONE
from popcorn_lib.syscalls import Failure


class End(Tables):
    """The part of the sockets mechanism that ends connections."""

    def tell_error(self, file):
        """An error is told once."""
        number, file.error = file.error, 0
        return Failure(number)

    def tcp_shutdown(self, ref, file, waiter, how):
        if how not in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
            return Failure(errno.EINVAL)
        if file.state == LISTENING and how != socket.SHUT_WR:
            self.close_listener(ref, file)
            file.state = NEW
            self.changed(ref)
            return 0
        if file.state != ESTABLISHED:
            return Failure(errno.ENOTCONN)
        file.deaf |= how in (socket.SHUT_RD, socket.SHUT_RDWR)
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            self.finish(ref, file)
        self.changed(ref)
        return 0

    def finish(self, ref, file):
        """Our stream ends behind what is to be sent."""
        if not file.mute:
            file.fin = file.snd_una + len(file.unsent)
        self.push(ref, file)

    # ---- the last close -------------------------------------------------------------------------

    def close_tcp(self, ref, file):
        """No descriptor names it any more."""
        if file.state == LISTENING:
            self.close_listener(ref, file)
        if file.state == ESTABLISHED and (file.unread or file.early):
            self.reset(ref, file)
        elif file.state == ESTABLISHED:
            self.finish(ref, file)
        self.end_tcp(ref, file)

    def end_tcp(self, ref, file):
        """If nothing is to come any more, the port is given back, and then it is gone."""
        if file.state == ESTABLISHED and file.over:
            file.state = CLOSED
            if file.outside:
                return self.wait_a_while(ref)
        if file.state not in (NEW, CLOSED) or not file.settled or file.timer:
            return
        file.state = FREEING
        if file.bound:
            self.free_port(ref, file)
        else:
            self.freed(ref)

    def remove(self, ref):
        """The file is no more; the kernel that made it may give its number again."""
        file = self.files.pop(ref)
        if ref.kernel != self.kernel.name:
            self.kernel.send(ref.kernel, FILE_GONE(ref))
        if getattr(file, "outside", False):
            self.forget_flow(file)

    def on_file_gone(self, source, message):
        del self.away[message.file.number]

    # ---- reset ----------------------------------------------------------------------------------

    def reset(self, ref, file):
        """Break it off; inside the machine the other end answers."""
        file.unread, file.unsent, file.early = b"", b"", {}
        file.snd_una = file.snd_nxt
        self.drop_timer(ref, file)
        if file.state == SYN_SENT:
            return
        self.segment(ref, file, "R", file.snd_nxt)
        file.state = CLOSED if file.outside else RESETTING
        if file.outside:
            self.wait_a_while(ref)

    def was_reset(self, ref, file, message):
        if "Z" in message.flags:  # the answer
            file.state = CLOSED
            return
        if message.sender is not None and not file.outside:
            file.peer = message.sender
            self.segment(ref, file, "Z", 0)
        if file.state == RESETTING:  # both have: the answer is still to come
            return
        if file.state == SYN_RECEIVED:
            return self._unmade(ref, file)
        refused = file.state == SYN_SENT
        file.error = errno.ECONNREFUSED if refused else errno.ECONNRESET
        if file.state == ESTABLISHED and file.eof:  # who writes learns it, who reads has all
            file.error = 0 if file.mute else errno.EPIPE
        file.state, file.unsent, file.snd_una = CLOSED, b"", file.snd_nxt
        file.early = {}
        self.drop_timer(ref, file)
        self.changed(ref)

    def _unmade(self, ref, file):
        """The other end gave up before the connection was made."""
        parent = Ref(self.kernel.name, file.parent)
        self.files[parent].half.remove(ref)
        file.count, file.state, file.shut = 0, CLOSED, True
        self.drop_timer(ref, file)
