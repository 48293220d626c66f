"""The best placement of a chain: a shortest path.

The idea.  Draw a layer of points for each phase, one point per kernel, and an edge from every point
to all points of the next layer.  An edge is as long as the crossing from the one kernel to the
other and the phase's run there.  A placement is then a path through all layers, and what it costs
is the path's length; so the best placement is a shortest path, found without trying all of them.

Invariant.  What a phase costs depends on its own kernel and that of the phase before, and on
nothing else; that is why a path can tell it, and why this is no method for task graphs.

Source.  Dijkstra, Numerische Mathematik 1, 1959, as in networkx; of a chain of program modules on
two processors: Bokhari, IEEE Transactions on Computers 37(1), 1988.
"""

import networkx

from popcorn_lib.errors import UsageError
from popcorn_lib.placement.objectives import best
from popcorn_lib.placement.plan import plan
from popcorn_lib.placement.prices import priced
from popcorn_lib.placement.program import START, in_order, is_chain, phase_of

END = "end"


def shortest_path(graph, machine, objective="time", costs=None):
    """The best placement of a chain; UsageError for tasks that may run at the same time."""
    prices = priced(graph, machine, costs)
    if not is_chain(graph):
        raise UsageError("shortest_path places a chain; for a task graph take heft or exact")
    order = in_order(graph)

    def solve(time_weight, energy_weight):
        layers = layered(graph, prices, order, time_weight, energy_weight)
        path = networkx.shortest_path(layers, (START, prices.home), END, weight="cost")
        return plan("shortest_path", objective, graph, prices, dict(path[1:-1]), order)

    return best(solve, objective)


def layered(graph, prices, order, time_weight=1, energy_weight=0):
    """The phase x kernel graph: points (phase, kernel), edges with their cost."""
    layers, before = networkx.DiGraph(), [(START, prices.home)]
    for name in order:
        now = [(name, kernel) for kernel in prices.machine.kernels]
        for one in before:
            for two in now:
                step = cost(graph, prices, one, two, time_weight, energy_weight)
                layers.add_edge(one, two, cost=step)
        before = now
    for one in before:
        layers.add_edge(one, END, cost=0.0)
    return layers


def cost(graph, prices, one, two, time_weight=1, energy_weight=0):
    """The length of an edge, from (phase, kernel) to (the next phase, its kernel)."""
    (name, kernel), phase = two, phase_of(graph, two[0])
    places = {START: prices.home, one[0]: one[1]}
    crossing = prices.coming(graph, name, kernel, places)
    seconds = crossing + prices.seconds(phase, kernel)
    energy = energy_weight * prices.joules(phase, kernel, crossing) if energy_weight else 0.0
    return time_weight * seconds + energy
