"""Hand-over: a connection goes to the kernel on which it is used, whole.

The idea.  A connection lives on one kernel.  A call from a thread on another kernel brings it
there, if nobody waits for it; so it follows its thread, at the first call after a migration, and a
worker that never saw the accept gets it too.  Where others wait it stays, and is used from afar.

The kernel that made a connection is where its peer sends: that one steers.  In order: the holder
freezes the connection and sends all of it, queues, sequence numbers and what is half closed; the
next one installs it and asks to be steered to; the maker changes its mind and tells the old holder
that nothing comes to it any more; that one passes on what has come late.  Segments that overtake
each other on these two ways are put in order by their positions, and what is double is dropped.
While this is under way the connection moves no further.

Messages: SOCKET_QUEUE and SOCKET_STATE, STEER, STEERED, SETTLED; at most 4 and the long queues.

Invariant.  A connection is on one kernel at most, and keeps what is not acknowledged.

Source.  Ravichandran 2015 (socket state replication; its code moves addresses and state alone);
the full snapshot and the forwarding of late packets are those of Kerrighed's dynamic streams.
"""

from popcorn_lib.freeze import freeze, thaw
from popcorn_lib.mechanisms.sockets.tables import ESTABLISHED, Leaving, Tables, Tcp
from popcorn_lib.messages import SETTLED, SOCKET_QUEUE, SOCKET_STATE, STEER, STEERED

QUEUES = ("unsent", "unread")
PIECE = 4096  # bytes of a queue in one message


class HandOver(Tables):
    """The part of the sockets mechanism that moves connections."""

    def goes_over(self, file, message):
        """Whether a call takes the connection to the thread's kernel."""
        idle = not file.waiters and not file.closers
        return message.kernel != self.kernel.name and idle and self.moves(file)

    def moves(self, file):
        """Whether it is a connection that has arrived where it is."""
        return isinstance(file, Tcp) and file.state == ESTABLISHED and file.settled

    def hand_over(self, ref, file, message):
        # DOC: hand-over 1, freeze: all of it goes to the next kernel
        self.leave_nothing_behind(ref, file)
        file.settled, file.names = False, set()
        del self.files[ref]
        self.leaving[ref] = Leaving(message.kernel)
        for queue in (each for each in QUEUES if hasattr(file, each)):
            self._send_queue(message.kernel, ref, file, queue)
        self.kernel.send(message.kernel, SOCKET_STATE(ref, freeze(file), message))
        # DOC: end

    def _send_queue(self, to, ref, file, queue):
        """What is in a queue goes ahead of the state, in pieces."""
        data = getattr(file, queue)
        setattr(file, queue, b"")
        for start in range(0, len(data), PIECE):
            self.kernel.send(to, SOCKET_QUEUE(ref, queue, data[start : start + PIECE]))

    def on_socket_queue(self, source, message):
        queues = self.arriving.setdefault(message.file, {})
        queues[message.queue] = queues.get(message.queue, b"") + message.data

    def on_socket_state(self, source, message):
        # DOC: hand-over 2, install: it runs here, and the maker is asked to steer here
        ref, file = message.file, thaw(message.state)
        for queue, data in self.arriving.pop(ref, {}).items():
            setattr(file, queue, data)
        self.files[ref] = file
        self.learn(message.request, file)
        self.taken_over(ref, file)
        self.kernel.send(ref.kernel, STEER(ref))
        self.serve(message.request, file)
        # DOC: end

    def on_steer(self, source, message):
        # DOC: hand-over 3, steer: what is sent from now on goes to the new kernel
        number = message.file.number
        before = self.away.pop(number, self.kernel.name)
        if source != self.kernel.name:
            self.away[number] = source
        self.kernel.send(before, STEERED(message.file))
        # DOC: end

    def on_steered(self, source, message):
        # DOC: hand-over 4, late: the old kernel passes on what had come to it meanwhile
        leaving = self.leaving.pop(message.file)
        for late in leaving.held:
            self.kernel.send(leaving.to, late)
        self.kernel.send(leaving.to, SETTLED(message.file))
        # DOC: end

    def on_settled(self, source, message):
        if message.file in self.files:
            self.files[message.file].settled = True
            self.sweep(message.file)
