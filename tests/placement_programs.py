"""Programs to place, at random, and slow oracles that share no code with the library's plans."""

import random
from itertools import pairwise, permutations, product

from popcorn_lib import Machine
from popcorn_lib.placement import Phase, Prices, chain, tasks

MACHINES = [Machine.preset("xeon+phi"), Machine.preset("xeon+boards")]
ALL = "time", "energy", "edp"


def objectives(machine):
    """Those that a machine can tell."""
    return ALL if "idle_w" in machine.graph.nodes["k0"] else ALL[:1]


def random_phase(draw, name, machine):
    seconds = {k: draw.choice([0.003, 1]) * draw.random() ** 3 for k in machine.kernels}
    parallel, pages = draw.choice([0, draw.random()]), draw.choice([0, draw.randint(1, 500)])
    return Phase(name, seconds, parallel, pages)


def random_chain(seed, most=5):
    """(machine, graph)."""
    draw = random.Random(seed)
    machine = draw.choice(MACHINES)
    names = [f"p{number}" for number in range(draw.randint(1, most))]
    return machine, chain([random_phase(draw, name, machine) for name in names])


def random_tasks(seed, most=4):
    """(machine, graph)."""
    draw = random.Random(seed)
    machine = draw.choice(MACHINES)
    names = [f"p{number}" for number in range(draw.randint(2, most))]
    edges = {
        (one, two): draw.randint(0, 300)
        for number, two in enumerate(names)
        for one in names[:number]
        if draw.random() < 0.5
    }
    return machine, tasks([random_phase(draw, name, machine) for name in names], edges)


# ---- oracles -------------------------------------------------------------------------------------


def every_plan(graph, machine):
    """(seconds, joules) of every placement in every order; joules 0 where watts are unknown."""
    prices, names = Prices(machine), list(graph)
    orders = [order for order in permutations(names) if possible(order, graph)]
    for kernels in product(machine.kernels, repeat=len(names)):
        places = dict(zip(names, kernels, strict=True))
        for order in orders:
            yield reckoned(graph, prices, places, order)


def possible(order, graph):
    return all(order.index(one) < order.index(two) for one, two in graph.edges)


def reckoned(graph, prices, places, order):
    """(seconds, joules) of one plan, minute by minute."""
    ends, free, nodes = {}, {}, prices.machine.graph.nodes
    joules, known = 0.0, all("idle_w" in node for node in nodes.values())
    for name in order:
        phase, kernel = graph.nodes[name]["phase"], places[name]
        begin = max([free.get(kernel, 0)] + [ends[one] for one in graph.predecessors(name)])
        pages, threads = graph.nodes[name]["start"]
        lasts = way(prices, "k0", kernel, pages, threads)
        for one in graph.predecessors(name):
            edge = graph.edges[one, name]
            lasts += way(prices, places[one], kernel, edge["pages"], edge["threads"])
        work = phase.seconds.get(kernel) or phase.seconds.get(nodes[kernel]["isa"]) or 0.0
        cores = nodes[kernel]["cores"]
        lasts += work * (1 - phase.parallel) + work * phase.parallel / cores
        free[kernel] = ends[name] = begin + lasts
        if known:
            joules += (nodes[kernel]["busy_w"] - nodes[kernel]["idle_w"]) * work / cores
    seconds = max(ends.values())
    idle = sum(node["idle_w"] for node in nodes.values()) if known else 0.0
    return seconds, joules + idle * seconds


def way(prices, source, to, pages, threads):
    if source == to:
        return 0.0
    return threads * prices.migration(source, to) + pages * prices.page(source, to)


def valued(objective, seconds, joules):
    return {"time": seconds, "energy": joules, "edp": seconds * joules}[objective]


def overlaps(plan):
    """Whether two steps of one kernel overlap."""
    steps = sorted(plan.steps, key=lambda step: (step.kernel, step.start_s))
    return any(
        one.kernel == two.kernel and two.start_s < one.end_s - 1e-12 for one, two in pairwise(steps)
    )
