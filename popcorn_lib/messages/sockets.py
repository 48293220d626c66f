"""Descriptors, open files, sockets: who asks whom, and what travels between the ends."""

from typing import NamedTuple

from popcorn_lib.messages.kind import LINE, message

STATE_BYTES = 512  # a connection without its queues, as large as what names a process


def _with_data(given):
    return LINE + len(given.data)


# ---- descriptors --------------------------------------------------------------------------------


@message("sockets")
class FD_REQUEST(NamedTuple):
    """To the process's home: open, dup, close or copy descriptors for thread `tid`."""

    tid: int
    pid: int
    call: str
    args: tuple


def _listed(given):
    return LINE + 4 * (len(given.result) if isinstance(given.result, tuple) else 0)


@message("sockets", size=_listed)
class FD_RESPONSE(NamedTuple):
    """From home: the descriptor or descriptors, or an errno."""

    tid: int
    result: object
    errno: int


@message("sockets")
class FILE_COUNT(NamedTuple):
    """To a file's kernel: so many descriptors more name it; `name` does not any more."""

    file: object
    change: int
    name: object  # (pid, fd) that is closed, or None
    asker: object  # the process whose home waits for the answer; None if nobody does


@message("sockets")
class FILE_COUNTED(NamedTuple):
    """To home: the file has counted it."""

    pid: int


# ---- calls on open files ------------------------------------------------------------------------


def _in_args(given):
    return LINE + sum(len(arg) for arg in given.args if isinstance(arg, bytes))


@message("sockets", size=_in_args)
class FILE_REQUEST(NamedTuple):
    """A call of thread `tid` on a descriptor: to home, then to the file's kernel."""

    tid: int
    pid: int
    fd: int
    kernel: str  # where the thread is
    file: object  # the Ref, once home has looked it up
    call: str
    args: tuple
    more: bool  # what it writes goes on: this is the first piece


@message("sockets")
class FILE_WAITS(NamedTuple):
    """To the thread's kernel: the call waits here, so a cancel must come here."""

    tid: int
    wants: bool  # for the rest of a long datagram


@message("sockets", size=_with_data)
class FILE_REST(NamedTuple):
    """To the file's kernel: a further piece of a datagram that a call sends."""

    tid: int
    data: bytes
    more: bool


@message("sockets")
class FILE_CHANGED(NamedTuple):
    """To itself only: the file has changed, its waiting calls are tried again."""

    file: object


@message("sockets", size=_with_data)
class FILE_DATA(NamedTuple):
    """To the thread's kernel: a part of what its call has read; the rest follows."""

    tid: int
    data: bytes


@message("sockets", size=lambda given: LINE + _length(given.result))
class FILE_RESPONSE(NamedTuple):
    """To the thread's kernel: the call's result, or an errno."""

    tid: int
    result: object
    errno: int


def _length(result):
    if isinstance(result, tuple):
        return sum(map(_length, result))
    return len(result) if isinstance(result, bytes) else 0


@message("sockets")
class FILE_CANCEL(NamedTuple):
    """To the file's kernel: thread `tid` no longer wants to wait."""

    tid: int


# ---- hand-over of a connection ------------------------------------------------------------------


@message("sockets", size=_with_data)
class SOCKET_QUEUE(NamedTuple):
    """To the connection's next kernel: a part of its queues, ahead of its state."""

    file: object
    queue: str  # which of them
    data: bytes


@message("sockets", size=STATE_BYTES)
class SOCKET_STATE(NamedTuple):
    """To the connection's next kernel: run it from here on, and serve this call first."""

    file: object
    state: object  # frozen, with empty queues
    request: object


@message("sockets")
class STEER(NamedTuple):
    """To the kernel where the connection was made: it is with me now."""

    file: object


@message("sockets")
class STEERED(NamedTuple):
    """To the kernel that had it: nobody steers to you any more."""

    file: object


@message("sockets")
class SETTLED(NamedTuple):
    """To the kernel that has it: all that came late has been passed on."""

    file: object


@message("sockets")
class FILE_GONE(NamedTuple):
    """To the kernel where the file was made: its number is free again."""

    file: object


# ---- the network --------------------------------------------------------------------------------


@message("sockets", size=_with_data)
class SEGMENT(NamedTuple):
    """TCP: from one end to the other; positions count bytes from the start of the stream."""

    file: object  # the Ref of the end that gets it; None if it must be looked up
    net: int
    sender: object  # the Ref of the end that sends it; None if it is outside, or nobody
    source: tuple  # (host, port)
    destination: tuple
    flags: str  # of S, A, F, R and Z, the answer to R
    seq: int
    ack: int
    window: int
    data: bytes


@message("sockets", size=_with_data)
class DATAGRAM(NamedTuple):
    """UDP: one datagram, or the news that there is nobody (`refused`)."""

    file: object
    net: int
    source: tuple
    destination: tuple
    data: bytes
    more: bool  # a fragment: the rest follows
    refused: bool


@message("sockets")
class PORT_REQUEST(NamedTuple):
    """To the kernel that keeps a port: bind it, listen at it or free it for a socket."""

    call: str
    key: tuple  # (namespace, protocol, port)
    binding: object


@message("sockets")
class PORT_RESPONSE(NamedTuple):
    """From that kernel: 0, or an errno."""

    call: str
    file: object
    errno: int
