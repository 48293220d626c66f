"""Calls about signals: send them, handle them, hold them back, wait for them."""

import signal
from typing import NamedTuple

from popcorn_lib.errors import UsageError
from popcorn_lib.syscalls.linux import SIGRTMAX
from popcorn_lib.syscalls.request import Call, check_start, duration, whole


class Siginfo(NamedTuple):
    """What a signal tells of itself, as `siginfo_t` does."""

    si_signo: int
    si_code: int = 0  # SI_USER: kill; SI_QUEUE: sigqueue; SI_TKILL: tgkill; CLD_...: a child
    si_pid: int = 0  # who sent it, or the child
    si_uid: int = 0
    si_value: int = 0  # of sigqueue
    si_status: int = 0  # of a child: its exit status, or the signal
    si_addr: int = 0  # of SIGSEGV and SIGBUS: the address


class SignalCalls:
    """Signals; a handler is a generator function `handler(sys, signum, info)`."""

    def kill(self, pid, signum):
        """Send a signal to a process; returns when it is pending, or has been acted upon.

        pid: 0 one's own group, -1 everybody but init and oneself, less than -1 group -pid.
        signum: 0 only asks whether one may.  EINVAL: no such signal.  ESRCH: nobody there.
        EPERM: none of them may be signalled: the caller is neither root nor their user.
        """
        return Call("kill", (whole("kill", "pid", pid), whole("kill", "signum", signum)))

    def tkill(self, tid, signum):
        """Send a signal to one thread; errors as for `tgkill`."""
        return Call("tkill", (whole("tkill", "tid", tid), whole("tkill", "signum", signum)))

    def tgkill(self, tgid, tid, signum):
        """Send a signal to thread `tid` of process `tgid`.

        EINVAL: an id below 1, no such signal.  ESRCH: no such thread there.  EPERM: as for `kill`.
        """
        ids = whole("tgkill", "tgid", tgid), whole("tgkill", "tid", tid)
        return Call("tgkill", (*ids, whole("tgkill", "signum", signum)))

    def sigqueue(self, pid, signum, value=0):
        """Like `kill` for one process, and with a number that the handler gets as si_value."""
        given = whole("sigqueue", "pid", pid), whole("sigqueue", "signum", signum)
        return Call("sigqueue", (*given, whole("sigqueue", "value", value)))

    def sigaction(self, signum, handler=None, flags=0, mask=()):
        """Say what happens on a signal, in all threads; gives the old (handler, flags, mask).

        handler: SIG_DFL, SIG_IGN, a handler, or None to change nothing.  flags: SA_RESTART,
        SA_NODEFER, SA_RESETHAND, SA_NOCLDSTOP, SA_NOCLDWAIT.  mask: signals that are blocked
        while the handler runs.  EINVAL: no such signal, or SIGKILL or SIGSTOP.
        """
        rest = whole("sigaction", "signum", signum), whole("sigaction", "flags", flags)
        rest = (*rest, numbers("sigaction", mask))
        if handler is None or handler in (signal.SIG_DFL, signal.SIG_IGN):
            return Call("sigaction", (None if handler is None else int(handler), *rest))
        check_start("sigaction", handler, (signum, Siginfo(signum)))
        return Call("sigaction", rest, (handler, ()))

    def sigprocmask(self, how, set):
        """Change which signals this thread blocks; gives those that it blocked before.

        how: SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK of `signal`.  EINVAL: any other.
        """
        return Call("sigprocmask", (whole("sigprocmask", "how", how), numbers("sigprocmask", set)))

    def sigpending(self):
        """The signals that are pending and blocked, for this thread or its process."""
        return Call("sigpending")

    def sigsuspend(self, mask):
        """Block these signals instead, until a handler has run: EINTR."""
        return Call("sigsuspend", (numbers("sigsuspend", mask),))

    def pause(self):
        """Wait until a handler has run: EINTR."""
        return Call("pause")

    def sigtimedwait(self, set, timeout=None):
        """Take a pending signal of the set, or wait for one; gives its Siginfo.

        timeout: seconds; None waits for ever.  EAGAIN: it is over.  EINTR: a handler has run.
        EINVAL: a negative timeout.
        """
        seconds = None if timeout is None else duration("sigtimedwait", timeout)
        return Call("sigtimedwait", (numbers("sigtimedwait", set), seconds))


def numbers(call, given):
    """A set of signal numbers; UsageError if it is none."""
    try:
        signums = frozenset(whole(call, "a signal", number) for number in given)
    except TypeError:
        raise UsageError(f"{call} needs a set of signal numbers, not {given!r}") from None
    for number in signums:
        if not 1 <= number <= SIGRTMAX:
            raise UsageError(f"{call}: there is no signal {number!r}, only 1 to {SIGRTMAX}")
    return signums
