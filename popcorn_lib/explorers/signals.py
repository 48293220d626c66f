"""Signals: one is sent to a thread that travels, or to its process, before, during or after."""

from contextlib import suppress
from signal import SIG_BLOCK, SIG_UNBLOCK, SIGUSR1

from popcorn_lib.draw import signal_table
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import with_board

VARIANTS = {"signals that follow": {}, **defects("signals")}
WHEN = {"when it is there": 2e-3, "on its way": 5.05e-4, "before it goes": 1e-4}
OWN = {
    "tour": ["k1 k2", "k1", "k1 k2 k0", "k1 k2 k1"],
    "to": ["the thread", "the process"],
    "mask": ["open", "blocked on the way", "blocked"],
    "when": list(WHEN),
}
TWIN = {
    "tour": ["k1 k2", "k1 k2 k0"],
    "to": ["the thread", "the process"],
    "mask": ["open", "blocked on the way"],
    "when": list(WHEN),
    "view": ["step by step"],
}


def handled(sys, signum, info):
    """The handler: look where one is."""
    yield sys.getcpu()


def doze(sys, seconds):
    """Sleep, or until a handler has run."""
    with suppress(InterruptedError):
        yield sys.nanosleep(seconds)


def traveller(sys, tour, mask):
    """Wait for a moment, go the tour, and wait again."""
    if mask == "open":
        yield sys.sigprocmask(SIG_UNBLOCK, [SIGUSR1])
    yield from doze(sys, 5e-4)
    for kernel in tour.split():
        yield sys.migrate(kernel)
    if mask == "blocked on the way":
        yield sys.sigprocmask(SIG_UNBLOCK, [SIGUSR1])
    yield from doze(sys, 4e-3)
    return (yield sys.sigpending())


def errand(sys, tour, to, mask, when):
    """A thread goes on a tour; main, which blocks SIGUSR1, sends it one; what is still pending?"""
    yield sys.sigaction(SIGUSR1, handled)
    yield sys.sigprocmask(SIG_BLOCK, [SIGUSR1])
    thread, pid = (yield sys.clone(traveller, tour, mask)), (yield sys.getpid())
    yield sys.nanosleep(WHEN[when])
    if to == "the thread":
        yield sys.tgkill(pid, thread, SIGUSR1)
    else:
        yield sys.kill(pid, SIGUSR1)
    return sorted((yield sys.join(thread)))


def signals(program=errand, **settings):
    """Explore signals to a thread that moves; arguments, result and errors as for `memory`.

    settings: tour (names of kernels), to, mask, when, kernels, topology, latency_us, variant,
    fault, seed, view.
    """
    views = with_board("signals", "signals", signal_table)
    kernels = {"kernels": [3, 4]}
    return Simulated(program, OWN, VARIANTS, views, TWIN, settings, choices=kernels)
