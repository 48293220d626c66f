"""Sockets and descriptors: streams whose ends move, and nobody at the other end notices.

The idea.  A process's home keeps its table of descriptors; each names an open file, which lives on
one kernel and serves calls from all.  Pipes, listeners and datagram sockets stay where they were
made; a connection goes to the kernel where it is used, whole (`handover.py`).  A port number has
one kernel that decides about it for all.

A connection has a position for every byte, so neither a hand-over nor a wire that loses, doubles
and reorders can lose, double or reorder a byte of it.

Invariant.  An open file is on one kernel; what an end has sent it keeps until it is acknowledged.

Source.  Ravichandran 2015, socket state replication; Popcorn Linux, kernel/process_server.c (2015)
re-creates addresses and state of sockets, not their queues.  Rules of the calls: Linux.

Read `tables.py` for the data, then `descriptors.py`, `files.py` and `serving.py`, `handover.py`;
pipes are `pipes.py`; TCP is `ports.py`, `connect.py`, `stream.py`, `end.py`; then `udp.py`,
`options.py` and, for hosts outside the machine, `wire.py`.
"""

from popcorn_lib.mechanisms.sockets.calls import Calls
from popcorn_lib.mechanisms.sockets.connect import Connect
from popcorn_lib.mechanisms.sockets.descriptors import Descriptors
from popcorn_lib.mechanisms.sockets.end import End
from popcorn_lib.mechanisms.sockets.files import Files
from popcorn_lib.mechanisms.sockets.handover import HandOver
from popcorn_lib.mechanisms.sockets.options import Options
from popcorn_lib.mechanisms.sockets.pipes import Pipes
from popcorn_lib.mechanisms.sockets.ports import Ports
from popcorn_lib.mechanisms.sockets.serving import Serving
from popcorn_lib.mechanisms.sockets.sigpipe import Sigpipe
from popcorn_lib.mechanisms.sockets.stream import Stream
from popcorn_lib.mechanisms.sockets.udp import UdpSockets
from popcorn_lib.mechanisms.sockets.wire import Wire


class Open(Calls, Descriptors, Files, Serving, Sigpipe):
    """Descriptors and what they name."""


class Connections(Connect, Stream, End, HandOver):
    """TCP."""


class Sockets(Open, Pipes, Connections, UdpSockets, Ports, Options, Wire):
    """Descriptors, pipes and sockets; see the head of this file."""

    name = "sockets"
