"""Processes: their tree, their end, and where their threads may run."""

from typing import NamedTuple

from popcorn_lib.messages.kind import message


@message("threads")
class TREE_REQUEST(NamedTuple):
    """To init's kernel: this call of thread `tid` is about the tree of processes."""

    tid: int
    pid: int
    call: str
    args: tuple


@message("threads")
class TREE_RESPONSE(NamedTuple):
    """From init's kernel: the result of the call, or an errno."""

    tid: int
    result: object
    errno: int


@message("threads")
class WAIT_CANCEL(NamedTuple):
    """To init's kernel: thread `tid` is to stop waiting for a child."""

    tid: int


@message("threads")
class PROCESS_EXITED(NamedTuple):
    """To init's kernel, from the home of a process: it has ended with this wait status."""

    pid: int
    status: int


@message("threads")
class PID_RELEASED(NamedTuple):
    """From init's kernel: this number of yours names nothing any more."""

    pid: int


@message("threads")
class AFFINITY_REQUEST(NamedTuple):
    """After thread `tid`, along its shadows: run only on these CPUs, or say on which, if none."""

    tid: int
    pid: int
    asker: int
    kernel: str  # the asker's
    cpus: tuple


@message("threads")
class AFFINITY_RESPONSE(NamedTuple):
    """To the asker's kernel: the thread's mask, 0 if it has been set, or a failure."""

    asker: int
    result: object
