"""Signals on their way: to home, to a thread, and what home says of them."""

from typing import NamedTuple

from popcorn_lib.messages.kind import message


@message("signals")
class KILL_TARGETS_REQUEST(NamedTuple):
    """To init's kernel: whom does `target` of kill mean, and may process `pid` signal them?"""

    tid: int
    pid: int
    target: int
    signum: int


@message("signals")
class KILL_TARGETS_RESPONSE(NamedTuple):
    """From init's kernel: the processes, or an errno; and the sender's user."""

    tid: int
    targets: tuple  # (pid, what it calls the sender), ...
    uid: int
    errno: int


@message("signals")
class REMOTE_KILL_REQUEST(NamedTuple):
    """To the home of process `pid`, or after thread `tid` along its shadows: a signal."""

    pid: int
    tid: int  # 0: any thread of the process
    info: tuple  # a Siginfo; signal 0 only asks whether the thread is there
    kernel: object  # where to answer, and to which thread; None if nobody waits
    asker: int


@message("signals")
class REMOTE_KILL_RESPONSE(NamedTuple):
    """To the sender's kernel: the signal is pending or has been acted upon, or an errno."""

    asker: int
    pid: int  # the process whose thread it was
    errno: int


@message("signals")
class KILL_CANCEL(NamedTuple):
    """To the home of process `pid`: thread `tid`, which is killed or stopped, waits no longer."""

    pid: int
    tid: int


@message("signals")
class SIGNAL_OFFER(NamedTuple):
    """From home: has your kernel a thread for this signal, which can act on it now?"""

    pid: int
    first: int  # the process's first thread, after which it goes along its shadows; 0 if not
    info: tuple
    action: object


@message("signals")
class SIGNAL_OFFER_RESPONSE(NamedTuple):
    """To home: whether a thread here has taken the signal, and what comes of it."""

    pid: int
    taken: bool
    then: str  # "acts": it runs a handler or ignores it; "kill", "job": an order to all


@message("signals")
class GROUP_ORDER(NamedTuple):
    """From home, to all kernels of a process: "kill", "stop", "continue" or "flush"."""

    pid: int
    order: str
    signum: int


@message("signals")
class GROUP_ORDER_RESPONSE(NamedTuple):
    """To home: it is done here."""

    pid: int


@message("signals")
class JOB_REQUEST(NamedTuple):
    """To init's kernel: has anybody outside the group of process `pid` an eye on it?"""

    pid: int


@message("signals")
class JOB_RESPONSE(NamedTuple):
    """To the process's home: if its group is orphaned, SIGTSTP and its kin do not stop it."""

    pid: int
    orphaned: bool


@message("signals")
class SIGNAL_HINT(NamedTuple):
    """From home, before your first thread of the process starts: these signals wait at home."""

    pid: int
    signums: frozenset


@message("signals")
class SIGNAL_CLAIM(NamedTuple):
    """To home: thread `tid` can take any of these signals of the process, if one waits there."""

    tid: int
    pid: int
    signums: frozenset
    acts: bool  # it acts on it, as it has not waited for it in sigtimedwait


@message("signals")
class SIGNAL_CLAIM_RESPONSE(NamedTuple):
    """From home: the signal with what to do with it, or None; and what still waits at home."""

    tid: int
    pid: int
    info: object
    action: object
    left: frozenset


@message("signals")
class SIGNAL_ACTION_REQUEST(NamedTuple):
    """To home: what is thread `tid` to do with this signal?"""

    tid: int
    pid: int
    info: tuple
    fault: bool  # its own call has caused it
    kernel: object  # where who sent it waits for the end, and which thread; None if nobody
    asker: int


@message("signals")
class SIGNAL_ACTION_RESPONSE(NamedTuple):
    """From home: this."""

    tid: int
    pid: int
    info: tuple
    action: tuple
    fault: bool = False  # this and what follows are as in the request
    kernel: object = None
    asker: int = 0


@message("signals")
class SIGACTION_REQUEST(NamedTuple):
    """To home: set what happens on a signal (None: only say what does)."""

    tid: int
    pid: int
    signum: int
    action: object


@message("signals")
class SIGACTION_RESPONSE(NamedTuple):
    """To the caller's kernel: what happened before."""

    tid: int
    action: tuple


@message("signals")
class CHILD_POLICY(NamedTuple):
    """From home to init's kernel: how process `pid` wants to hear of its children."""

    pid: int
    reaps: bool  # they are reaped at once
    quiet: bool  # not a word when they stop or go on
    kernel: str  # then answer the thread whose sigaction it was
    tid: int
    old: tuple


@message("signals")
class ACTIONS_REQUEST(NamedTuple):
    """To home: thread `tid` forks process `child`; what does it inherit?"""

    tid: int
    pid: int
    child: int


@message("signals")
class ACTIONS_RESPONSE(NamedTuple):
    """From home: ((signal, action), ...)."""

    tid: int
    child: int
    actions: tuple


@message("signals")
class SIGPENDING_REQUEST(NamedTuple):
    """To home: which signals of the process wait?"""

    tid: int
    pid: int


@message("signals")
class SIGPENDING_RESPONSE(NamedTuple):
    """From home: these."""

    tid: int
    signums: frozenset


@message("signals")
class PROCESS_STOPPED(NamedTuple):
    """To init's kernel, from the home of a process: it has stopped, or goes on (signum 0)."""

    pid: int
    signum: int


@message("signals")
class PROCESS_TOLD(NamedTuple):
    """To the home of a process: its parent has heard of it."""

    pid: int
