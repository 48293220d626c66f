"""TCP, two streams: every byte has a position, and is kept until the other end has it.

The sender keeps in `unsent` what is not acknowledged and sends no more than the other end has room
for.  The receiver puts what comes into order by positions: what it has is dropped, what is early
waits.  Inside the machine nothing is lost, so an acknowledgement is sent only when half of the room
has been used or with data that goes the other way; to the outside each segment is acknowledged and
a timer sends again what is not, twice as late each time.

Source.  RFC 9293; Linux, net/ipv4/tcp_output.c, tcp_timer.c.  There is no congestion control.
"""

import errno

from popcorn_lib.mechanisms.sockets.tables import (
    CLOSED,
    ESTABLISHED,
    LISTENING,
    NEW,
    RESETTING,
    SYN_RECEIVED,
    SYN_SENT,
    Tables,
)
from popcorn_lib.messages import SEGMENT
from popcorn_lib.syscalls import MSG_PEEK, Failure

WINDOW = 65535  # bytes that an end keeps for its reader
SENDING = 65536  # bytes that an end keeps until they are acknowledged
SEGMENT_BYTES, FRAME_BYTES = 4096, 1460  # data of a segment, inside the machine and on a wire


class Stream(Tables):
    """The part of the sockets mechanism that moves bytes."""

    # ---- read -----------------------------------------------------------------------------------

    def tcp_read(self, ref, file, waiter, size):
        return self.tcp_recv(ref, file, waiter, size, 0)

    def tcp_recvfrom(self, ref, file, waiter, size, flags):
        data = self.tcp_recv(ref, file, waiter, size, flags)
        return (data, None) if isinstance(data, bytes) else data

    def tcp_recv(self, ref, file, waiter, size, flags):
        waiting, ended = len(file.unread), file.eof or file.deaf
        if not waiting or (self.waits_for_all(flags) and waiting < min(size, WINDOW) and not ended):
            if file.error and not waiting:
                return self.tell_error(file)
            if file.state in (NEW, LISTENING, SYN_SENT):
                return Failure(errno.ENOTCONN)
            ended = ended or file.state != ESTABLISHED
            if size == 0 or (ended and not waiting):
                return b""
            if not ended:
                return None
        data = file.unread[:size]
        if not flags & MSG_PEEK:
            file.unread = file.unread[size:]
            self._tell_room(ref, file)
        return data

    def _tell_room(self, ref, file):
        """The reader has made room: say so before the other end has used up what it knows of."""
        if file.rcv_nxt + self._room(file) - file.said >= WINDOW // 2 and file.peer_fin is None:
            self.segment(ref, file, "A", file.snd_nxt)

    def _room(self, file):
        return WINDOW - len(file.unread)

    # ---- write ----------------------------------------------------------------------------------

    def tcp_write(self, ref, file, waiter, data):
        return self.tcp_send(ref, file, waiter, data, 0)

    def tcp_sendto(self, ref, file, waiter, data, flags, address):
        return self.tcp_send(ref, file, waiter, data, flags)

    def tcp_send(self, ref, file, waiter, data, flags):
        if file.error and not waiter.done:
            return self.tell_error(file)
        if file.state == SYN_SENT:
            return None
        if file.mute or file.state != ESTABLISHED:
            return waiter.done or Failure(errno.EPIPE)
        # DOC: stream 1, what there is room for is kept until it is acknowledged
        rest = data[waiter.done :][: SENDING - len(file.unsent)]
        file.unsent += rest
        waiter.done += len(rest)
        self.push(ref, file)
        return waiter.done if waiter.done == len(data) else None
        # DOC: end

    def push(self, ref, file):
        """Send what has not been sent and fits into the other end's room, then the FIN."""
        # DOC: stream 2, no more is sent than the other end has room for
        size = FRAME_BYTES if file.outside else SEGMENT_BYTES
        while file.state == ESTABLISHED and not file.fin_sent:
            start = file.snd_nxt - file.snd_una
            data = file.unsent[start : min(start + size, file.room)]
            last = file.mute and start + len(data) == len(file.unsent)
            if not data and not last:
                break
            self.segment(ref, file, "AF" if last else "A", file.snd_nxt, data)
            file.snd_nxt += len(data) + last
        # DOC: end
        self.settle_timer(ref, file)

    def segment(self, ref, file, flags, position, data=b""):
        """Send one segment, with what this end has of the other stream."""
        file.said = file.rcv_nxt + self._room(file)
        made = SEGMENT(
            file.peer, file.net, ref, file.local, file.remote, flags,
            position, file.rcv_nxt, self._room(file), data,
        )  # fmt: skip
        if file.outside:
            self.kernel.send(self.gate(file.net), made)
        elif file.peer is None:
            self.kernel.send(self.port_home(file.net, file.remote[1]), made)
        else:
            self.kernel.send(file.peer.kernel, made)

    # ---- a segment comes ------------------------------------------------------------------------

    def on_segment(self, source, message):
        if message.file is None:
            return self.unaddressed(message)
        file = self.here(message)
        if file is None:
            return
        if file.state == LISTENING and "S" in message.flags:
            return self.syn(message.file, file, message)
        if file.remote != message.source or file.local != message.destination:
            return  # of an earlier connection
        self._receive(message.file, file, message)
        self.sweep(message.file)

    def _receive(self, ref, file, message):
        if "R" in message.flags or "Z" in message.flags:
            return self.was_reset(ref, file, message)
        if file.state == SYN_SENT and message.flags == "SA":
            self.syn_ack(ref, file, message)
        elif "S" in message.flags:  # a SYN-ACK once more: our third message was lost
            self.segment(ref, file, "A", file.snd_nxt)
        elif file.state in (CLOSED, RESETTING, SYN_SENT):
            return
        else:
            if file.state == SYN_RECEIVED:
                self.made(ref, file)
            self._acknowledged(ref, file, message)
            self._arrived(ref, file, message)
            self.changed(ref)

    def _acknowledged(self, ref, file, message):
        """The other end has all before `ack`, and room for so much more."""
        # DOC: stream 3, what is acknowledged need not be kept
        new = message.ack - file.snd_una
        if new < 0 or message.ack > file.end:
            return
        if new:
            first = file.snd_una == 0  # the SYN has a position, but is no byte
            file.unsent = file.unsent[new - first :]
            file.snd_una, file.tries = message.ack, 0
            if file.snd_una > file.snd_nxt:
                file.snd_nxt = file.snd_una
            self.drop_timer(ref, file)
        file.room = message.window
        # DOC: end
        self.push(ref, file)

    def _arrived(self, ref, file, message):
        """Data, or the end of the other stream."""
        if not message.data and "F" not in message.flags:
            return
        if file.count == 0 and message.data and message.seq + len(message.data) > file.rcv_nxt:
            return self.reset(ref, file)  # nobody will ever read it
        # DOC: stream 4, in order of positions: the old is dropped, the early waits
        if "F" in message.flags:
            file.peer_fin = message.seq + len(message.data)
        known = file.early.get(message.seq, b"")
        if len(message.data) > len(known) and message.seq + len(message.data) > file.rcv_nxt:
            file.early[message.seq] = message.data
        for seq in sorted(file.early):
            if seq <= file.rcv_nxt:
                data = file.early.pop(seq)[file.rcv_nxt - seq :]
                file.unread += data
                file.rcv_nxt += len(data)
        if file.rcv_nxt == file.peer_fin:
            file.rcv_nxt += 1
        # DOC: end
        unsaid = file.rcv_nxt + WINDOW - file.said - len(file.unread)
        if file.outside or file.eof or unsaid + len(file.unread) >= WINDOW // 2:
            self.segment(ref, file, "A", file.snd_nxt)
