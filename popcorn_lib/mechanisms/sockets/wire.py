"""The outside: hosts on a wire that may lose, double and delay.

What goes out passes the machine's first kernel, which has the wire; what comes in is looked up
there by its two addresses and steered to the kernel that has the connection.  Only here is there a
timer: what is not acknowledged in time is sent again, twice as late each time, and after TRIES
times the connection is given up.

Source.  RFC 6298; Linux, net/ipv4/tcp_timer.c: 200 ms at least, tcp_retries2 is 15.
"""

import errno

from popcorn_lib.mechanisms.sockets.tables import (
    CLOSED,
    ESTABLISHED,
    SYN_RECEIVED,
    SYN_SENT,
    Tables,
)
from popcorn_lib.messages import PORT_REQUEST

SOONEST, TRIES, SYN_TRIES = 0.2, 15, 6  # seconds; then so many times
LINGER = 1.0  # seconds of TIME_WAIT; Linux's 60 are for packets that live longer than on our wire


class Wire(Tables):
    """The part of the sockets mechanism for what is outside the machine."""

    def reachable(self, net, host):
        """Whether that is a host outside; only the first namespace has the wire."""
        return net == 0 and host in self.kernel.boot.outside

    def send_out(self, message):
        """Put a message on the wire, here or on the kernel that has it."""
        gate = self.gate(message.net)
        if gate == self.kernel.name:
            self.kernel.effect("wire", message.destination[0], message._replace(file=None))
        else:
            self.kernel.send(gate, message)

    def unaddressed(self, message):
        """A segment whose end must be looked up: it comes in, goes out, or is a SYN from inside."""
        if not self.is_here(message.destination[0]):
            return self._goes_out(message)
        if message.sender is None and self.kernel.name == self.gate(message.net):
            ref = self.flows.get((message.destination, message.source))
            if ref is not None:
                return self.kernel.send(ref.kernel, message._replace(file=ref))
        home = self.port_home(message.net, message.destination[1])
        if "S" not in message.flags or "A" in message.flags:
            self.refuse(message)
        elif home != self.kernel.name:
            self.kernel.send(home, message)
        else:
            self.at_listener_port(message)

    def _goes_out(self, message):
        if self.kernel.name == self.gate(message.net) and message.sender is not None:
            self.flows[message.source, message.destination] = message.sender
        self.send_out(message._replace(sender=None))

    def forget_flow(self, file):
        key = (file.net, "flow", (file.local, file.remote))
        self.kernel.send(self.gate(file.net), PORT_REQUEST("forget", key, None))

    # ---- the timer ------------------------------------------------------------------------------

    def settle_timer(self, ref, file):
        """Let the timer run while anything is not acknowledged."""
        waits = file.snd_una < file.snd_nxt or file.unsent or file.state == SYN_SENT
        if file.outside and waits and not file.timer:
            file.timer = True
            self.kernel.effect("timer", self._timer(ref), SOONEST * 2**file.tries)

    def drop_timer(self, ref, file):
        if file.timer:
            file.timer = False
            self.kernel.effect("drop", self._timer(ref))

    def _timer(self, ref):
        return ("sockets", ref.kernel, ref.number)

    def leave_nothing_behind(self, ref, file):
        """The connection goes: its timer is set anew where it arrives."""
        self.drop_timer(ref, file)

    def taken_over(self, ref, file):
        self.settle_timer(ref, file)

    def wait_a_while(self, ref):
        """TIME_WAIT: what is still on the wire must not meet another connection."""
        file = self.files[ref]
        self.drop_timer(ref, file)
        file.timer = True
        self.kernel.effect("timer", self._timer(ref), LINGER)

    def on_timer(self, key):
        ref = next(ref for ref in self.files if tuple(ref) == key[1:])
        file = self.files[ref]
        file.timer = False
        if file.state == CLOSED:
            return self.sweep(ref)
        file.tries += 1
        most = SYN_TRIES if file.state in (SYN_SENT, SYN_RECEIVED) else TRIES
        if file.tries > most:
            return self._give_up(ref, file)
        # DOC: wire, what is not acknowledged is sent again
        if file.state == SYN_SENT:
            self.segment(ref, file, "S", 0)
        elif file.state == SYN_RECEIVED:
            self.segment(ref, file, "SA", 0)
        elif file.state == ESTABLISHED:
            file.snd_nxt = file.snd_una
            file.room = max(file.room, 1)  # one byte asks whether there is room again
            self.push(ref, file)
        # DOC: end
        self.settle_timer(ref, file)

    def _give_up(self, ref, file):
        if file.state == SYN_RECEIVED:
            self._unmade(ref, file)
        else:
            file.state, file.error, file.unsent = CLOSED, errno.ETIMEDOUT, b""
            file.snd_una = file.snd_nxt
        self.changed(ref)
