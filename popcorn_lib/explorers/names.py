"""Names: a process in namespaces of its own, its children on other kernels, and who sees them."""

from contextlib import suppress
from os import WEXITSTATUS
from signal import SIGKILL

from popcorn_lib.draw import namespace_tree
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import with_board
from popcorn_lib.syscalls import CLONE_NEWPID, CLONE_NEWUTS
from popcorn_lib.variants.defects.namespaces import ShadowsAreListed

VARIANTS = {
    "one kernel decides": {},
    **defects("namespaces"),
    "defect: shadows are listed": {"namespaces": ShadowsAreListed},
}
NEW = {
    "PID and host name": CLONE_NEWPID | CLONE_NEWUTS,
    "PID": CLONE_NEWPID,
    "host name": CLONE_NEWUTS,
    "nothing": 0,
}
OWN = {
    "new": list(NEW),
    "tour": ["k1 k2", "k1", "k1 k0", "k0"],
    "children": ["k1 k2", "k1", "k0 k0", "k2 k0 k1"],
}
TWIN = {
    "new": list(NEW),
    "tour": ["k1 k2", "k1"],
    "view": ["step by step", "namespaces", "counts"],
}


def child(sys):
    """Ask what it is called itself, and wait for its end."""
    yield sys.getpid()
    yield sys.pause()


def first(sys, tour, children):
    """Name the host, have children, go the rest of the tour; the status says what the name is."""
    yield sys.sethostname("box")
    for kernel in children.split():
        yield sys.fork(child, on=kernel)
    for kernel in tour.split()[1:]:
        yield sys.migrate(kernel)
    yield sys.nanosleep(7e-3)
    yield sys.exit_group(int((yield sys.uname()).nodename == "box"))


def box(sys, new, tour, children):
    """New namespaces live and end with their first process: how long is /proc before and after?

    And what is the host called, inside and outside?
    """
    pid = yield sys.fork(first, tour, children, flags=NEW[new], on=tour.split()[0])
    yield sys.nanosleep(4e-3)  # by now its children are there
    before, outside = (yield sys.proc("/proc")), (yield sys.uname()).nodename
    _, status = yield sys.wait4(pid)
    after = yield sys.proc("/proc")
    with suppress(ProcessLookupError):  # nobody is left
        yield sys.kill(-1, SIGKILL)
    inside = "box" if WEXITSTATUS(status) else "another"
    return {"/proc": (len(before), len(after)), "host": (inside, outside)}


def names(program=box, **settings):
    """Explore namespaces and /proc; arguments, result and errors as for `memory`.

    settings: new (namespaces), tour (kernels of the first process in them), children (their
    kernels), kernels, topology, latency_us, variant, fault, seed, view.
    """
    views = with_board("namespaces", "namespaces", namespace_tree)
    kernels = {"kernels": [3, 4]}
    return Simulated(program, OWN, VARIANTS, views, TWIN, settings, choices=kernels)
