"""System V IPC: a call goes to the home of its object, the result comes back."""

from typing import NamedTuple

from popcorn_lib.messages.kind import LINE, message

NUMBER = 2  # bytes of a semaphore's value, of its number, of what is done to it


def _size(message):
    """A line, and the data: a message's bytes, or values of semaphores, or operations on them."""
    data = message.data or b""
    if isinstance(data, bytes):
        return LINE + len(data)
    return LINE + NUMBER * len(data) * (3 if isinstance(data[0], tuple) else 1)


@message("namespaces", size=_size)
class IPC_REQUEST(NamedTuple):
    """To the home of an object or of its key: thread `tid` makes this call."""

    tid: int
    pid: int
    namespace: int
    call: str
    args: tuple
    data: object = None  # of msgsnd, semop and SETALL; its end, if parts came before


@message("namespaces", size=_size)
class IPC_RESPONSE(NamedTuple):
    """From the home: the result of the call, at once or when its wait has ended, or an errno."""

    tid: int
    result: object
    errno: int
    data: object = None  # of msgrcv and GETALL; its end, if parts came before


@message("namespaces", size=_size)
class IPC_DATA(NamedTuple):
    """Before a request or a response: a part of its data, which does not fit into one message."""

    tid: int
    data: object


@message("namespaces")
class IPC_CANCEL(NamedTuple):
    """To the home: thread `tid` is to stop waiting; the answer says how its call has ended."""

    tid: int


@message("namespaces")
class SHM_FENCE(NamedTuple):
    """To a process's home, and on to the segments' home: what was said of attachments is known."""

    tid: int
    kernel: str  # which forks


@message("namespaces")
class SHM_FENCE_RESPONSE(NamedTuple):
    """From the segments' home: the child's attachments are counted, the fork may go on."""

    tid: int
