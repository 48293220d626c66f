"""Where the kernels of a machine lie in its picture.

The layout is the one that the topology suggests: side by side for two, a star around its middle, a
mesh as a grid, all else a ring in the machine's order; nothing is left to chance, so a machine
always looks the same.
"""

from math import cos, pi, sin

import networkx

WIDE, HIGH = 132, 62  # a node


class Layout:
    """Where the kernels of a machine lie: `at` is {name: (x, y)}."""

    def __init__(self, machine):
        self.machine, self.hops = machine, {}
        places = _places(machine)
        first = [min(place[axis] for place in places) for axis in (0, 1)]
        last = [max(place[axis] for place in places) for axis in (0, 1)]
        low = 48 if len(places) == 2 else 0  # room for what is on its way between two
        self.width = round(last[0] - first[0] + WIDE + 24)
        self.height = round(last[1] - first[1] + HIGH + 40 + low)
        left, top = WIDE / 2 + 12 - first[0], (HIGH + low) / 2 + 14 - first[1]
        self.at = {
            name: (round(left + x, 1), round(top + y, 1))
            for name, (x, y) in zip(machine.kernels, places, strict=True)
        }

    def last_hop(self, source, destination):
        """The link on which a message arrives, on the fastest path from its source."""
        if (source, destination) not in self.hops:
            graph = self.machine.graph
            path = networkx.shortest_path(graph, source, destination, weight="latency_s")
            self.hops[source, destination] = tuple(path[-2:])
        return self.hops[source, destination]

    def middle(self, a, b):
        """Where to write on the way from a to b: its middle, or aside where others cross it."""
        (x1, y1), (x2, y2) = sorted((self.at[a], self.at[b]))
        aside = len(self.at) > 3 and self._crowded((x1 + x2) / 2, (y1 + y2) / 2, {a, b})
        part = 0.36 if aside else 0.5
        return x1 + (x2 - x1) * part, y1 + (y2 - y1) * part

    def _crowded(self, x, y, ends):
        """Whether another link has its middle there, or a kernel lies there."""
        spots = [self.at[name] for name in self.at if name not in ends]
        for a, b in self.machine.graph.edges:
            if {a, b} != ends:
                (x1, y1), (x2, y2) = self.at[a], self.at[b]
                spots.append(((x1 + x2) / 2, (y1 + y2) / 2))
        return any(abs(x - p) < 60 and abs(y - q) < 24 for p, q in spots)


def _places(machine):
    """The kernels' places from a corner (0, 0), in the machine's order."""
    count, graph = len(machine.kernels), machine.graph
    if count < 3:
        return [(340 * number, 0) for number in range(count)]
    middle = [name for name in machine.kernels if graph.degree(name) == count - 1]
    if len(middle) == 1 and graph.number_of_edges() == count - 1 and count > 3:
        centre = max(276, 30 * count), max(130, 23 * count)
        around = iter(_ring(count - 1, *centre))
        return [centre if name in middle else next(around) for name in machine.kernels]
    wide = _grid_width(machine)
    if wide:
        return [(276 * (i % wide), 120 * (i // wide)) for i in range(count)]
    return _ring(count, max(180, 48 * count), max(110, 30 * count))


def _ring(count, across, down):
    """Around an ellipse from the top, clockwise."""
    turns = [2 * pi * number / count for number in range(count)]
    return [(across * (1 + sin(turn)), down * (1 - cos(turn))) for turn in turns]


def _grid_width(machine):
    """The width of the grid that the machine is, None if it is none."""
    order = {name: number for number, name in enumerate(machine.kernels)}
    edges = {tuple(sorted((order[a], order[b]))) for a, b in machine.graph.edges}
    count = len(order)
    for wide in range(2, count):
        right = {(i, i + 1) for i in range(count - 1) if (i + 1) % wide}
        if edges == right | {(i, i + wide) for i in range(count - wide)} and count > 4:
            return wide
    return None
