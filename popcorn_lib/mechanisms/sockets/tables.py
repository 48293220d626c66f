"""What a kernel keeps of descriptors, open files and ports."""

from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.mechanisms.sockets.invariants import INVARIANTS

# Where a connection stands; once both streams have ended and are acknowledged, it is gone.
NEW, LISTENING, SYN_SENT, SYN_RECEIVED = "new", "listening", "syn sent", "syn received"
ESTABLISHED, RESETTING, CLOSED, FREEING = "established", "resetting", "closed", "freeing its port"


class Ref(NamedTuple):
    """An open file description: the kernel that made it, and its number there."""

    kernel: str
    number: int

    def __str__(self):
        return f"{self.kernel}/file {self.number}"


@dataclass
class Waiter:
    """A call that cannot be answered yet, on the file's kernel."""

    tid: int
    kernel: str  # where the thread is
    call: str
    args: tuple
    more: bool = False  # the data of its write goes on
    done: int = 0  # bytes that have been taken from it so far
    asked: bool = False  # another kernel has been asked
    answer: object = None  # what it has said


@dataclass
class File:
    """An open file description; descriptors name it, in as many processes as inherit it."""

    net: int = 0  # the network namespace
    count: int = 1  # how many descriptors name it
    names: set = field(default_factory=set)  # those by which it is found here: (pid, fd)
    waiters: list = field(default_factory=list)
    patient: bool = True  # not O_NONBLOCK
    closers: list = field(default_factory=list)  # pids whose homes wait for the last close
    shut: bool = False  # the last close has happened


@dataclass
class Pipe(File):
    """An end of a pipe or a pair; what it reads is here, what it writes goes to its peer."""

    peer: int = 0  # the number of the other end, on the same kernel
    kind: str = "read"  # "read", "write", "stream" or "datagram"
    inbox: list = field(default_factory=list)  # of bytes
    deaf: bool = False  # shut down for reading
    mute: bool = False  # shut down for writing


@dataclass
class Bound(File):
    """A socket with addresses."""

    local: object = None  # (host, port)
    remote: object = None
    bound: bool = False  # it holds its port; a connection that was accepted does not
    reuse: bool = False
    error: int = 0
    settled: bool = True  # what comes for it comes straight here


@dataclass
class Udp(Bound):
    """A UDP socket: datagrams with their senders."""

    inbox: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)  # sender -> the first fragments of a datagram
    deaf: bool = False
    mute: bool = False


@dataclass
class Tcp(Bound):
    """One end of a connection; positions count the bytes of a stream, the SYN and the FIN too."""

    state: str = NEW
    peer: object = None  # the Ref of the other end, None if it is outside
    outside: bool = False
    told: bool = False  # connect has returned
    unsent: bytes = b""  # from snd_una on: sent and not acknowledged, then not sent yet
    snd_una: int = 0
    snd_nxt: int = 0
    room: int = 0  # what the other end has room for, after snd_una
    unread: bytes = b""
    rcv_nxt: int = 0
    said: int = 0  # up to where the other end knows that it may send
    early: dict = field(default_factory=dict)  # position -> bytes that came before their turn
    peer_fin: object = None  # where the other stream ends, once that is known
    fin: object = None  # where ours ends, once no more is to be sent
    deaf: bool = False
    tries: int = 0  # how often the timer has expired in vain
    timer: bool = False
    # a listener's
    backlog: int = 0
    ready: list = field(default_factory=list)  # Refs of connections that nobody has accepted
    half: list = field(default_factory=list)  # Refs of connections that are being made
    syns: list = field(default_factory=list)  # SYN segments for which there is no room
    parent: object = None  # number of the listener, until it is in `ready`

    @property
    def mute(self):
        return self.fin is not None

    @property
    def end(self):
        """The position behind all that it has to send."""
        return max(self.snd_una, 1) + len(self.unsent) + (self.fin is not None)

    @property
    def eof(self):
        """Whether all of the other stream has come, its FIN too."""
        return self.peer_fin is not None and self.rcv_nxt > self.peer_fin

    @property
    def fin_sent(self):
        return self.fin is not None and self.snd_nxt > self.fin

    @property
    def over(self):
        """Whether both streams have ended, and each end knows it."""
        return self.fin is not None and self.snd_una > self.fin and self.eof


@dataclass
class Leaving:
    """A connection that has been handed over; what still comes for it is passed on."""

    to: str
    held: list = field(default_factory=list)  # messages


@dataclass
class Asked:
    """A thread of this kernel in a call of this mechanism."""

    call: str
    args: tuple = ()
    fd: int = -1
    holder: object = None  # the kernel on which it waits, once that is known
    cancelled: bool = False
    done: int = 0  # bytes written before the piece that is under way
    read: bytes = b""  # what has come of a long answer


class Binding(NamedTuple):
    """A socket's hold on a port."""

    file: Ref
    host: str
    reuse: bool
    listening: bool


class Tables(Mechanism):
    """The tables of the sockets mechanism."""

    state = {
        "tables": dict,  # home: pid -> {fd: Ref}
        "queue": dict,  # home: pid -> [(kernel, request)]; the first waits for answers of files
        "awaited": dict,  # home: pid -> how many of them
        "files": dict,  # Ref -> File
        "away": dict,  # number of a connection made here -> the kernel that has it
        "leaving": dict,  # Ref -> Leaving, until nobody steers here
        "arriving": dict,  # Ref -> {queue: bytes} that came ahead of its state
        "calls": dict,  # tid -> Asked
        "warned": set,  # tids that SIGPIPE has told of a write, which they make once more
        "ports": dict,  # (net, protocol, port) -> [Binding], on the port's kernel
        "flows": dict,  # (local, remote) -> Ref of a connection to the outside, where it comes in
    }
    invariants = INVARIANTS

    def describe(self):
        lines = []
        for pid, table in self.tables.items():
            named = ", ".join(f"{fd}: {ref}" for fd, ref in sorted(table.items()))
            lines.append(f"process {short(pid)} has descriptors {named}")
        for ref, file in self.files.items():
            lines.append(f"{ref}, {_file(file)}")
            lines += [
                f"{short(w.tid)} on {w.kernel} waits in {w.call} of {ref}" for w in file.waiters
            ]
        lines += [f"{Ref(self._me, n)} is on {kernel}" for n, kernel in self.away.items()]
        lines += [f"{ref} has gone to {leaving.to}" for ref, leaving in self.leaving.items()]
        for (_, protocol, port), bindings in self.ports.items():
            lines += [f"{protocol} port {port} on {b.host}: {b.file}" for b in bindings]
        lines += [f"{short(tid)} waits in {asked.call}" for tid, asked in self.calls.items()]
        return lines

    @property
    def _me(self):
        return self.kernel.name if self.kernel else "here"


def _file(file):
    if isinstance(file, Pipe):
        return f"{file.kind} end, {sum(map(len, file.inbox))} bytes to read"
    if isinstance(file, Udp):
        return f"UDP {_at(file.local)}, {len(file.inbox)} datagrams to read"
    queues = f"{len(file.unread)} bytes to read, {len(file.unsent)} not acknowledged"
    numbers = f"una {file.snd_una}, nxt {file.snd_nxt}, rcv {file.rcv_nxt}"
    return f"TCP {_at(file.local)} to {_at(file.remote)} {file.state}: {queues}; {numbers}"


def _at(address):
    return f"{address[0]}:{address[1]}" if address else "no address"
