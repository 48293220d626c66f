"""Two simple policies: everything stays, or every phase goes where it itself is cheapest.

The idea.  `stay` never moves anything: it is what others must beat.  `greedy` decides phase by
phase, with what the phase itself costs where it might run, its crossing included.  It does not look
ahead: it goes where a phase is a little cheaper and lets the next one pay for the way back, and it
stays where a first step would only pay with the second.
"""

from popcorn_lib.errors import choose
from popcorn_lib.placement.objectives import OBJECTIVES, worth
from popcorn_lib.placement.plan import plan
from popcorn_lib.placement.prices import priced
from popcorn_lib.placement.program import START, in_order, phase_of


def stay(graph, machine, objective="time", costs=None):
    """Every phase on the kernel where programs start; returns a Plan."""
    prices = priced(graph, machine, costs)
    choose("objective", objective, OBJECTIVES)
    return plan(
        "stay", objective, graph, prices, dict.fromkeys(graph, prices.home), in_order(graph)
    )


def greedy(graph, machine, objective="time", costs=None):
    """Each phase in turn where it costs the least, with what came before as it is."""
    prices = priced(graph, machine, costs)
    places, order = {START: prices.home}, in_order(graph)
    for name in order:
        phase = phase_of(graph, name)

        def cost(kernel, name=name, phase=phase):
            crossing = prices.coming(graph, name, kernel, places)
            seconds = crossing + prices.seconds(phase, kernel)
            return worth(objective, seconds, lambda: prices.joules(phase, kernel, crossing))

        places[name] = min(machine.kernels, key=cost)
    del places[START]
    return plan("greedy", objective, graph, prices, places, order)
