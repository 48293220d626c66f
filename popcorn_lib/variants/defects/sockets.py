"""Defects of sockets: what a connection loses on its way, and a port that two have."""

from popcorn_lib.mechanisms.sockets import Sockets
from popcorn_lib.messages import SETTLED


class QueueStaysBehind(Sockets):
    """A connection moves; what waits in its queues does not.

    Wrong: its addresses, its state and its sequence numbers are installed on the next kernel, but
    not the bytes that have come and are not read, nor those that are not acknowledged.
    It leads to bytes that the peer knows to be delivered and nobody can ever read.
    Where: G1, kernel/process_server.c: a migrating thread's sockets are described by type, state
    and addresses alone, and only the last of them is.
    """

    def _send_queue(self, to, ref, file, queue):
        setattr(file, queue, b"")


class LateSegmentsAreDropped(Sockets):
    """What comes to the old kernel once a connection has left is dropped, as for a closed one.

    Wrong: the peer's segments are steered to the old kernel until the change has been made, and
    nobody passes them on.
    It leads to a gap in the stream: what comes after it waits for ever.
    Where: in no code that was read, G1 has nothing after the snapshot; over a real network the
    sender's timer would hide it.
    """

    def on_steered(self, source, message):
        leaving = self.leaving.pop(message.file)
        for late in leaving.held:
            if late.kind != "SEGMENT":
                self.kernel.send(leaving.to, late)
        self.kernel.send(leaving.to, SETTLED(message.file))


class PortsPerKernel(Sockets):
    """Every kernel has a table of ports of its own.

    Wrong: nobody decides for all; each kernel looks only at the sockets that it has itself.
    It leads to one port with two listeners, and to clients that are refused by one kernel's and
    served by another's.
    Where: what two kernels do that were one: G1 names no kernel that keeps ports, derived.
    """

    def port_home(self, net, port):
        return self.kernel.name
