"""Moving a thread: threads travel from kernel to kernel and end somewhere."""

from contextlib import suppress

from popcorn_lib.draw import shadow_chain
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import PLACEMENTS, Simulated
from popcorn_lib.explorers.views import with_board

VARIANTS = {"shadow tasks": {}, **defects("threads")}
OWN = {
    "threads": [1, 2, 3],
    "tour": ["k1 k0", "k1", "k1 k0 k1", "k1 k2", "k1 k2 k1", "k1 k2 k0 k1"],
}
TWIN = {
    "threads": [1, 2],
    "tour": ["k1 k0", "k1", "k1 k0 k1"],
    "view": ["step by step", "shadows", "cores"],
}


def traveller(sys, tour):
    """Go from kernel to kernel."""
    for kernel in tour.split():
        with suppress(OSError):  # EBUSY: it is there already
            yield sys.migrate(kernel)


def journey(sys, places, tour):
    """A thread starts on each of the places and goes the tour; main waits for all of them."""
    threads = []
    for place in places:
        threads.append((yield sys.clone(traveller, tour, on=place)))
    for thread in threads:
        yield sys.join(thread)
    return len(threads)


def threads(program=journey, **settings):
    """Explore threads that move; arguments, result and errors as for `memory`.

    settings: threads, tour (names of kernels), placement, kernels, topology, latency_us, variant,
    fault, seed, view.
    """
    homes = {"placement": sorted(PLACEMENTS, key="all at home".__ne__)}
    views = with_board("threads", "shadows", shadow_chain)
    return Simulated(program, OWN, VARIANTS, views, TWIN, settings, choices=homes)
