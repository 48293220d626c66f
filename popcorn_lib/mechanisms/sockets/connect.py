"""TCP, how it begins: listen, connect, accept.

A SYN goes to the kernel of the port, which knows the listener, and on to the listener's kernel.
That makes the other end and answers; the third message makes it ready.  Who accepts first gets it,
from whichever kernel it asks: the line of ready connections is one, and each is handed out once.
While the line is full a SYN waits; on Linux it is lost and comes again.

Source.  Linux, net/ipv4/tcp_input.c, inet_connection_sock.c; RFC 9293.
"""

import errno

from popcorn_lib.mechanisms.sockets.ports import ANY
from popcorn_lib.mechanisms.sockets.tables import (
    CLOSED,
    ESTABLISHED,
    LISTENING,
    NEW,
    SYN_RECEIVED,
    SYN_SENT,
    Binding,
    Ref,
    Tables,
    Tcp,
)
from popcorn_lib.messages import SEGMENT
from popcorn_lib.syscalls import Failure

SOMAXCONN = 4096


class Connect(Tables):
    """The part of the sockets mechanism that makes connections."""

    def tcp_bind(self, ref, file, waiter, address):
        if file.state != NEW:
            return Failure(errno.EINVAL)
        return self.bind(ref, file, waiter, address)

    # ---- listen ---------------------------------------------------------------------------------

    def tcp_listen(self, ref, file, waiter, backlog):
        if file.state == LISTENING and not waiter.asked:
            file.backlog = _within(backlog)
            return 0
        if file.state != NEW and not waiter.asked:
            return Failure(errno.EINVAL)
        if file.local is None and (failure := self.autobind(ref, file, ANY)):
            return failure
        if not waiter.asked:
            waiter.asked, (host, port) = True, file.local
            file.state, file.backlog = LISTENING, _within(backlog)
            self.ask_port("listen", file, port, Binding(ref, host, file.reuse, False))
        if waiter.answer:
            file.state = NEW
            return Failure(waiter.answer)
        return waiter.answer

    # ---- connect --------------------------------------------------------------------------------

    def tcp_connect(self, ref, file, waiter, address):
        if waiter.answer or file.state == SYN_SENT or file.error:
            return self._connected(file)
        if file.state != NEW:
            return self._connected_before(file)
        if not self.is_here(address[0]) and not self.reachable(file.net, address[0]):
            return Failure(errno.ENETUNREACH)
        if file.local is None and (failure := self.autobind(ref, file, ANY, address[1])):
            return failure
        # DOC: connect 1, the caller's kernel sends a SYN
        file.remote, file.outside = self.meant(address), not self.is_here(address[0])
        if file.local[0] == ANY:
            file.local = (self.own_address(file.remote[0]), file.local[1])
        file.state, waiter.answer = SYN_SENT, "begun"
        self.segment(ref, file, "S", 0)
        file.snd_nxt = 1
        # DOC: end
        self.settle_timer(ref, file)
        return None

    def _connected(self, file):
        """Has it become a connection? If not, it is as good as new."""
        if file.error:
            if file.outside:
                self.forget_flow(file)
            number = file.error
            file.error, file.remote, file.outside, file.state = 0, None, False, NEW
            file.snd_una = file.snd_nxt = file.tries = 0
            return Failure(number)
        file.told = file.state != SYN_SENT
        return 0 if file.told else None

    def _connected_before(self, file):
        """It is one already; who was cut short while it was made is told so once."""
        told, file.told = file.told, True
        if file.state == ESTABLISHED and not told:
            return 0
        return Failure(errno.EISCONN if file.state in (ESTABLISHED, LISTENING) else errno.EINVAL)

    # ---- the port's kernel, then the listener's -------------------------------------------------

    def at_listener_port(self, message):
        # DOC: connect 2, the port's kernel knows who listens
        ref = self.at_port(message.net, "tcp", message.destination, listening=True)
        if ref is None:
            self.refuse(message)
        else:
            self.kernel.send(ref.kernel, message._replace(file=ref))
        # DOC: end

    def refuse(self, message):
        """Tell who has sent a segment that nobody is there."""
        if "R" in message.flags:
            return
        here, there = message.destination, message.source
        sender, seq = message.sender, message.ack
        answer = SEGMENT(sender, message.net, None, here, there, "R", seq, 0, 0, b"")
        if sender is None:
            self.send_out(answer)
        else:
            self.kernel.send(sender.kernel, answer)

    def syn(self, ref, listener, message):
        """A SYN has reached a listener."""
        if listener.state != LISTENING or listener.shut:
            return self.refuse(message)
        if message.sender is None and self._has_come(message):
            return
        if len(listener.ready) + len(listener.half) > listener.backlog:
            if message.sender is not None:
                listener.syns.append(message)
            return  # from outside it will come again
        # DOC: connect 3, the listener's kernel makes the other end
        end = Tcp(listener.net, local=message.destination, remote=message.source)
        end.state, end.peer, end.parent = SYN_RECEIVED, message.sender, ref.number
        end.outside, end.told, end.patient = message.sender is None, True, True
        end.rcv_nxt, end.room = 1, message.window
        child = self.make(end)
        listener.half.append(child)
        self.segment(child, end, "SA", 0)
        end.snd_nxt = 1
        # DOC: end
        self.settle_timer(child, end)

    def _has_come(self, message):
        """Whether a SYN from outside has come before."""
        pair = message.destination, message.source
        return any((f.local, f.remote) == pair for f in self.files.values() if type(f) is Tcp)

    def syn_ack(self, ref, file, message):
        # DOC: connect 4, both know each other: the caller goes on
        file.peer, file.rcv_nxt = message.sender, 1
        file.snd_una, file.room, file.state = 1, message.window, ESTABLISHED
        self.drop_timer(ref, file)
        self.segment(ref, file, "A", 1)
        self.changed(ref)
        # DOC: end
        if file.shut:  # nobody waits for it any more
            self.reset(ref, file)

    def made(self, ref, file):
        """The third message has come: the connection is ready to be accepted."""
        file.state = ESTABLISHED
        parent = Ref(self.kernel.name, file.parent)
        listener, file.parent = self.files[parent], None
        listener.half.remove(ref)
        listener.ready.append(ref)
        self.changed(parent)

    # ---- accept ---------------------------------------------------------------------------------

    def tcp_accept(self, ref, file, waiter):
        if file.state != LISTENING:
            return Failure(errno.EINVAL)
        if not file.ready:
            return None
        # DOC: accept, each connection is handed out once
        child = file.ready.pop(0)
        if file.syns:
            self.syn(ref, file, file.syns.pop(0))
        return child, self.files[child].remote
        # DOC: end

    def close_listener(self, ref, file):
        """Nobody will accept what is in line."""
        for message in file.syns:
            self.refuse(message)
        file.syns = []
        for child in file.half + file.ready:
            self.files[child].count = 0
            self.files[child].shut = True
            self.reset(child, self.files[child])
        file.half, file.ready, file.state = [], [], CLOSED


def _within(backlog):
    """What Linux makes of a backlog: a negative one is a very large number to it."""
    return SOMAXCONN if backlog < 0 else min(backlog, SOMAXCONN)
