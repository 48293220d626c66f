"""What a kernel keeps of signals, and the invariants on it."""

import signal
from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.mechanisms.threads.tasks import ACTIVE
from popcorn_lib.syscalls import SIGRTMAX, SIGRTMIN

DFL, IGN = 0, 1  # what sigaction can say instead of a handler
SIGNUMS = range(1, SIGRTMAX + 1)
KILL, STOP, CONT, CHLD = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGCHLD
NEVER_BLOCKED = frozenset((KILL, STOP))
STOPS = (STOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
IGNORED = (CHLD, CONT, signal.SIGURG, signal.SIGWINCH)  # if nobody says otherwise
NONE = frozenset()


class Act(NamedTuple):
    """What happens on a signal: a handler's token, DFL or IGN; flags; what is blocked meanwhile."""

    handler: object = DFL
    flags: int = 0
    mask: frozenset = NONE


class Asked(NamedTuple):
    """Where somebody waits until a signal is pending or has been acted upon; nowhere: nobody."""

    kernel: object = None
    asker: object = 0  # a thread; minus a process: its parent gets SIGCHLD


NOBODY = Asked()


@dataclass
class Offer:
    """A signal to a process that home sees to, or what all its kernels are to do; one at a time.

    order: empty: one thread takes the signal; "kill", "stop", "continue", "flush": an order to all
    kernels of the process; "job": stop, unless init's kernel calls its group orphaned; "tell": the
    parent hears of it; "set": a sigaction.
    """

    info: tuple
    order: str = ""
    kernel: object = None  # where who sent it waits, if anybody does
    asker: object = 0  # who it is; of "set" and "flush": what is to be done then
    actor: object = (
        None  # (kernel, thread) that has acted on it, and begins no call until it is done
    )
    hurried: bool = False  # who sent it is killed or stopped meanwhile
    asked: list = field(default_factory=list)  # the kernels that have answered
    news: bool = False  # an order has changed something, for the parent to hear of


class Ready(NamedTuple):
    """A signal for a thread whose call has been cut short: what to do as soon as it goes on."""

    how: object  # RESTARTS, FINAL or ALWAYS; None while the call is being cut short
    info: tuple
    action: Act
    blocked: frozenset  # what the thread blocked while it waited
    result: object = None  # (result,) of a call that has let go at once


def fatal(action, signum):
    """Whether a process dies of a signal."""
    return action.handler == DFL and signum not in IGNORED and signum not in STOPS


def for_all(action, signum):
    """The order that a signal is to all of its process; empty if one thread acts on it."""
    if action.handler == DFL and signum in STOPS:
        return "job"
    return "kill" if fatal(action, signum) else ""


def ignores(action, signum):
    """Whether a signal does nothing."""
    return action.handler == IGN or (action.handler == DFL and signum in IGNORED)


def name_of(signum):
    """A signal's name: SIGUSR1, SIGRT+3."""
    rest = signum - SIGRTMIN  # the two below are the C library's own
    return signal.Signals(signum).name if rest < -2 else f"SIGRT{rest:+d}"


def only_the_active_have_signals(kernels):
    """Masks, handlers and pending signals are where their thread is active, nowhere else."""
    for name, signals in kernels.items():
        tasks = signals.kernel["threads"].tasks
        for table in (signals.masks, signals.frames, signals.pending, signals.ready):
            for tid in table:
                if tid not in tasks or tasks[tid].status != ACTIVE:
                    return f"{name} keeps signals of {short(tid)}, which is not active there"
    return None


def standard_signals_wait_once(kernels):
    """Of a standard signal one is pending for a thread or a process at most."""
    for signals in kernels.values():
        for table in (signals.pending, signals.shared):
            for owner, infos in table.items():
                standard = [info.si_signo for info in infos if info.si_signo < SIGRTMIN]
                if len(set(standard)) < len(standard):
                    return f"a standard signal is pending twice for {short(owner)}"
    return None


class Tables(Mechanism):
    """The tables of the signals mechanism, and what comes and goes with threads and processes."""

    state = {"masks": dict, "frames": dict, "pending": dict, "ready": dict, "waits": dict}
    state |= {"hints": dict, "actions": dict, "shared": dict, "offers": dict, "claims": dict}
    state |= {"owed": set}
    # of threads that are active here, by tid:
    # masks: what it blocks; frames: (what it blocked before, ...) of the handlers that it runs
    # pending: (Siginfo, ...); ready: Ready; waits: (call, detail) of a call that waits
    # of processes, by pid: hints: the signals that were left at home when this kernel last heard
    # owed: processes that obey here, but an answer to home is still due
    # at home only: actions: {signum: Act}; shared: pending (Siginfo, ...); offers: [Offer, ...];
    # claims: (source, question), ... that came while an offer was under way
    invariants = (only_the_active_have_signals, standard_signals_wait_once)

    def blocked(self, tid):
        """The signals that a thread blocks."""
        return self.masks.get(tid, NONE)

    def block(self, tid, signums):
        """From now on the thread blocks these, and no others."""
        put(self.masks, tid, frozenset(signums) - NEVER_BLOCKED)

    def at_home(self, pid):
        """Whether this kernel is a process's home."""
        return self.kernel["threads"].is_home(pid)

    # ---- what comes and goes with threads and processes -----------------------------------------

    def cloned(self, tid, child):
        self.block(child, self.blocked(tid))

    def leave(self, tid):
        # DOC: signals travel, what a thread takes along
        tables = self.masks, self.frames, self.pending
        packed = [table.pop(tid, None) for table in tables]
        packed.append(self.left_at_home(self.kernel["threads"].tasks[tid].pid))
        return tuple(packed) if any(packed) else None
        # DOC: end

    def arrive(self, tid, packed):
        for table, item in zip((self.masks, self.frames, self.pending), packed[:3], strict=True):
            put(table, tid, item)
        pid = self.kernel["threads"].tasks[tid].pid
        if packed[3] and not self.at_home(pid):
            self.hints[pid] = self.hints.get(pid, NONE) | packed[3]

    def ended(self, tid):
        for table in (self.masks, self.frames, self.pending, self.ready, self.waits):
            table.pop(tid, None)
        self.pay()

    def exited(self, pid):
        for offer in self.offers.pop(pid, ()):
            self.answer(offer)
        for _, question in self.claims.pop(pid, ()):
            if question.kind == "SIGNAL_ACTION_REQUEST":
                self.answer(question)
        for table in (self.hints, self.actions, self.shared):
            table.pop(pid, None)
        self.owed.discard(pid)

    def describe(self):
        lines = [f"{short(tid)} blocks {said(mask)}" for tid, mask in self.masks.items()]
        lines += [f"{short(tid)} runs {len(f)} handlers" for tid, f in self.frames.items()]
        for table, where in ((self.pending, ""), (self.shared, ", at home")):
            for owner, infos in table.items():
                waiting = said(info.si_signo for info in infos)
                lines.append(f"pending for {short(owner)}{where}: {waiting}")
        for tid, ready in self.ready.items():
            lines.append(f"{short(tid)} acts on {name_of(ready.info.si_signo)} when it goes on")
        lines += [f"{short(tid)} waits in {call}" for tid, (call, _) in self.waits.items()]
        for pid, actions in self.actions.items():
            told = ", ".join(f"{name_of(n)} {_act(act)}" for n, act in sorted(actions.items()))
            lines.append(f"process {short(pid)}: {told}")
        for pid, offers in self.offers.items():
            told = ", ".join(f"{o.order} {name_of(o.info.si_signo)}".strip() for o in offers)
            lines.append(f"home sees to process {short(pid)}: {told}")
        return lines


def put(table, key, value):
    """Set an entry of a table; nothing empty is kept."""
    if value:
        table[key] = value
    else:
        table.pop(key, None)


def said(signums):
    """Signals in words."""
    return ", ".join(name_of(number) for number in sorted(signums))


def _act(action):
    return {DFL: "default", IGN: "ignored"}.get(action.handler, "handled")
