"""Lesson 06, signals: its items."""

from contextlib import suppress
from signal import SIG_BLOCK, SIGTERM, SIGUSR1

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.signals import Signals
from popcorn_lib.syscalls import SIGRTMIN
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.simulate import simulate

lesson = Lesson(
    "06",
    needs="0.1",
    objectives={
        "O1": "follow a signal along the shadows to its thread, and count its messages",
        "O2": "say who takes a signal to a process, and where it waits if nobody can",
        "O3": "show with a schedule why pending signals must travel",
        "O4": "say what a program sees of a signal: how often, in which order, EINTR or not",
        "O5": "say how a process stops on all its kernels, and what its parent hears",
    },
)

lesson.predict(
    "p1",
    "How many messages, until the handler has begun and `tgkill` has returned?",
    unit="messages",
    objectives="O1",
)

lesson.order(
    "o1",
    "A signal from `main` on `k0` to a thread with a handler, which has gone to `k1`.",
    steps={
        "on": "`main` on `k0` goes on",
        "handler": "the handler runs on `k1`",
        "pend": "`k1` notes the signal as pending for its thread",
        "meant": "`k0`, init's kernel, says who is meant and whether one may",
        "action": "`k0`, the home, says what is to be done",
        "request": "`k0` sends REMOTE_KILL_REQUEST after the thread",
        "response": "`k1` sends REMOTE_KILL_RESPONSE",
    },
    before=[
        ("meant", "request"),
        ("request", "pend"),
        ("pend", "action", "`k1` asks home about a signal that it has."),
        ("action", "handler"),
        ("action", "response", "Nothing blocks it: it is acted upon before the sender goes on."),
        ("response", "on"),
    ],
    objectives="O1",
)


def signal_messages(sender, chain):
    home, here = chain[0], chain[-1]
    who = 2 * (sender != home)
    way = (sender != home) + len(chain) - 1
    answer = sender != here
    action = 2 * (here != home)
    return who + way + answer + action


def handler(sys, signum, info):
    yield sys.gettid()


def nomad(sys, path):
    for kernel in path:
        yield sys.migrate(kernel)
    with suppress(InterruptedError):
        yield sys.pause()


def hunt(sys, path, sender):
    yield sys.sigaction(SIGUSR1, handler)
    thread, pid = (yield sys.clone(nomad, path)), (yield sys.getpid())
    if sender != "k0":
        yield sys.migrate(sender)
    yield sys.nanosleep(1e-3)
    yield sys.tgkill(pid, thread, SIGUSR1)
    yield sys.nanosleep(1)


def sent(sender, chain):
    """The messages of the signals mechanism in a run: one signal, along a chain without loops."""
    machine = Machine.multikernel(4)
    run = simulate(hunt, machine, args=(tuple(chain[1:]), sender), max_seconds=0.5)
    late = [message for message in run.trace.messages if message.time_s > 1e-3]
    return sum(message.mechanism == "signals" for message in late)


lesson.check(
    "c1",
    "How many messages for one signal to a thread with a handler?",
    reference=signal_messages,
    cases=[
        ("k0", ["k0", "k1", "k2", "k3"]),
        ("k0", ["k0"]),
        ("k1", ["k0"]),
        ("k1", ["k0", "k1", "k2", "k3"]),
        ("k3", ["k0", "k1", "k2", "k3"]),
        ("k2", ["k0", "k1"]),
    ],
    hints=[
        "A message to the kernel itself is none.",
        "`chain[0]` is home, and init's kernel too; `chain[-1]` is where the thread is.",
        "The request goes to home first, then one message for each step of the chain.",
        "The response goes straight back; what is to be done is asked and answered, if at all.",
    ],
    objectives="O1",
)

lesson.predict(
    "p2",
    "Who takes the signal?",
    choices=["main", "the thread on k1", "the thread on k2", "both on k2 and k3"],
    objectives="O2",
)

lesson.predict(
    "p3",
    "Six signals are sent to who blocks them. How many can be taken?",
    unit="signals",
    objectives="O4",
)


def clerk(sys):
    total, wanted = 0, {SIGTERM, SIGRTMIN}
    while (info := (yield sys.sigtimedwait(wanted))).si_signo != SIGTERM:
        total += info.si_value
    with suppress(BlockingIOError):
        while True:
            total += (yield sys.sigtimedwait({SIGRTMIN}, 0)).si_value
    return total


def office(sys, clerk, jobs, place):
    """Main queues jobs for the clerk and then tells it to stop; how much has been done?"""
    yield sys.sigprocmask(SIG_BLOCK, {SIGTERM, SIGRTMIN})
    thread, pid = (yield sys.clone(clerk, on=place)), (yield sys.getpid())
    for job in range(1, jobs + 1):
        yield sys.sigqueue(pid, SIGRTMIN, job)
    yield sys.kill(pid, SIGTERM)
    return (yield sys.join(thread))


OFFICES = {
    "1 kernel": Machine.smp(2),
    "2 kernels": Machine.multikernel(2),
}
MOST_STATES = 20_000


def clerk_outcome(clerk, jobs, where):
    """How an office can end with a student's clerk, in every order."""
    machine = OFFICES[where]
    args = (clerk, jobs, machine.kernels[-1])
    found = explore(office, machine, args=args, max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    if not found.complete:
        return "no end: the clerk asks again and again without waiting"
    done = sorted({value for value, _ in found.outcomes}, key=repr)
    return f"every order ends, the sum is {' or '.join(map(str, done))}"


lesson.check(
    "c2",
    "`clerk`: all jobs that were queued before SIGTERM are done, in every order of events.",
    reference=clerk,
    run=clerk_outcome,
    cases=[(0, "1 kernel"), (1, "1 kernel"), (2, "1 kernel"), (2, "2 kernels")],
    hints=[
        "`sigtimedwait` gives the lowest signal first: may SIGTERM overtake a job?",
        "After SIGTERM, take what is still there: `sigtimedwait({SIGRTMIN}, 0)` does not wait.",
        "When nothing is left, it fails with EAGAIN, in Python a BlockingIOError.",
    ],
    objectives="O4",
)

lesson.quiz(
    "q1",
    "Why does `kill(pid, SIGSTOP)` return only when all kernels of the process have answered?",
    {
        "so that SIGSTOP cannot be blocked": (
            False,
            "It never can, but that costs no message.",
        ),
        "so that nobody sees it run after that": (
            True,
            "On one kernel a stopped process is stopped when kill returns; here too.",
        ),
        "so that the threads can run their handlers first": (
            False,
            "SIGSTOP has no handler.",
        ),
    },
    objectives="O5",
)

lesson.predict(
    "p4",
    "With `Forgetful`, on which tours can the signal be lost?",
    choices=["k1", "k1 k0", "both", "neither"],
    objectives="O3",
)


def courier(sys, path):
    for kernel in path:
        yield sys.migrate(kernel)
    info = yield sys.sigtimedwait({SIGUSR1})
    return info.si_signo


def dispatch(sys, path):
    yield sys.sigprocmask(SIG_BLOCK, {SIGUSR1})
    thread, pid = (yield sys.clone(courier, path)), (yield sys.getpid())
    yield sys.tgkill(pid, thread, SIGUSR1)
    return (yield sys.join(thread))


def dispatch_outcome(signals, *path):
    """How a tour with a signal can end, watched by the library's own invariants."""
    watched = type("Watched", (signals,), {"invariants": Signals.invariants})
    machine = Machine.multikernel(3).replace(signals=watched)
    found = explore(dispatch, machine, args=(path,))
    return str(found.violation or "every order ends well")


lesson.check(
    "c3",
    "Every signal arrives, and none is left behind.",
    reference=Signals,
    name="Forgetful",
    run=dispatch_outcome,
    cases=[("k1",), ("k1", "k0"), ("k1", "k2"), ("k1", "k2", "k0")],
    hints=[
        "`arrive` takes three tables from what `leave` gives: masks, frames, pending.",
        "A signal is at one place only: what is given must not stay here.",
        "`self.pending.pop(tid, None)` does both.",
    ],
    solution="""class Forgetful(Signals):
    def leave(self, tid):
        tables = self.masks, self.frames, self.pending
        left = self.left_at_home(self.kernel["threads"].tasks[tid].pid)
        return (*(table.pop(tid, None) for table in tables), left)""",
    objectives="O3",
)

lesson.quiz(
    "q2",
    "`main` on `k1` signals a thread on `k3`. What does the handler read in `info.si_pid`?",
    {
        "the pid of main's process": (True, "The request carries it, over all kernels."),
        "the pid of a messaging thread on `k3`": (
            False,
            "As we read it, Popcorn's first code did that; a program can tell.",
        ),
        "the tid of main's shadow": (False, "One id serves everywhere, and it is the process's."),
    },
    objectives="O1",
)
