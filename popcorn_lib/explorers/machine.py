"""The machine as a graph: who is linked with whom, and what that costs a thread on its way."""

from popcorn_lib.draw import bars
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import VIEWS

SHAPE = {"kernels": [4, 5, 6, 8], "cores": [1, 2, 4]}
TWIN = {
    "kernels": [4, 6, 8],
    "topology": ["full", "ring", "star", "mesh"],
    "view": ["machine", "distances"],
}


def visit(sys, kernels):
    """Go to every kernel in turn, and home again after each."""
    for number in range(1, kernels):
        yield sys.migrate(f"k{number}")
        yield sys.migrate("k0")
    return kernels - 1


def distances(outcome):
    """How far every kernel is from home, one way."""
    home, routes = outcome.machine.kernels[0], outcome.machine.routes()
    found = {
        f"{home} to {name}": round(routes[home, name][0] * 1e6, 3)
        for name in outcome.machine.kernels[1:]
    }
    return bars(found or {home: 0}, "µs", f"One way from {home}; {outcome.title}")


def machine(program=visit, **settings):
    """Explore machines; arguments, result and errors as for `memory`.

    settings: kernels, cores, topology, latency_us, fault, seed, view.
    """
    graph = {"machine": VIEWS["machine"], "distances": distances}
    return Simulated(program, {}, {"as it is": {}}, graph | VIEWS, TWIN, settings, choices=SHAPE)
