"""HEFT: the longest way to the end first, each task where it ends earliest.

The idea.  A task's rank is how long it is from its beginning to the end of the program, on the way
that takes longest, at mean speed and mean crossings.  Tasks are taken by falling rank, so that what
everything waits for comes first; each goes to the kernel on which it ends earliest, into a gap
between earlier tasks if it fits.  It is quick and usually good, and not always the best.

Here pages come when they are touched, so that a crossing takes time of the task that needs it; in
the paper data travel while their receiver is busy with something else.  For other objectives than
time a task goes where it costs least of those; that is ours.

Source.  Topcuoglu, Hariri and Wu, IEEE Transactions on Parallel and Distributed Systems 13(3),
2002.
"""

from itertools import pairwise, product
from statistics import mean

from popcorn_lib.placement.objectives import worth
from popcorn_lib.placement.plan import plan
from popcorn_lib.placement.prices import priced
from popcorn_lib.placement.program import START, in_order, needs, phase_of


def heft(graph, machine, objective="time", costs=None):
    """A good placement of a task graph; returns a Plan."""
    prices = priced(graph, machine, costs)
    rank = ranks(graph, prices)
    by_rank = sorted(in_order(graph), key=lambda name: -rank[name])
    places, spans, ends = {START: prices.home}, {}, {START: 0.0}
    for name in by_rank:
        phase = phase_of(graph, name)

        def tried(kernel, name=name, phase=phase):
            """(start, end, joules of it) on a kernel."""
            crossing = prices.coming(graph, name, kernel, places)
            lasts = crossing + prices.seconds(phase, kernel)
            ready = max(ends[one] for one, *_ in needs(graph, name))
            start = gap(sorted(spans.get(kernel, [])), ready, lasts)
            return start, start + lasts, lambda: prices.joules(phase, kernel, crossing)

        def cost(kernel):
            _, end, joules = tried(kernel)
            return worth(objective, end, joules)

        places[name] = kernel = min(machine.kernels, key=cost)
        start, ends[name], _ = tried(kernel)
        spans.setdefault(kernel, []).append((start, ends[name], name))
    del places[START]
    begins = {name: start for span in spans.values() for start, _, name in span}
    order = sorted(by_rank, key=begins.get)  # equal starts keep their rank's order
    return plan("heft", objective, graph, prices, places, order)


def ranks(graph, prices):
    """{task: seconds from its beginning to the end of the program, on the longest way}."""
    rank, kernels = {}, prices.machine.kernels
    for name in reversed(in_order(graph)):
        runs = mean(prices.seconds(phase_of(graph, name), kernel) for kernel in kernels)
        rank[name] = runs + max(
            (
                mean(
                    prices.crossing(one, two, edge["pages"], edge["threads"])
                    for one, two in product(kernels, kernels)
                )
                + rank[after]
                for _, after, edge in graph.out_edges(name, True)
            ),
            default=0.0,
        )
    return rank


def gap(spans, ready, lasts):
    """When a task that takes so long can begin between others, at the earliest when it is ready."""
    for (_, end, *_), (start, *_) in pairwise([(0.0, 0.0), *spans]):
        if max(ready, end) + lasts <= start:
            return max(ready, end)
    return max([ready, *(span[1] for span in spans)])
