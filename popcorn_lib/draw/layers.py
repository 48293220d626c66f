"""A chain of phases as layers: a point for each phase and kernel, a way through all of them.

    layers(plan)                    of a plan of a chain; its own way is drawn heavy

A point has how long its phase runs there, and the least time until it can have ended there: what a
search for the shortest path knows of it.  An edge has what it takes to get from one to the other.
"""

from itertools import pairwise, product

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.chart import FONT, SMALL
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import duration
from popcorn_lib.placement.program import START, is_chain, phase_of

LEFT, TOP, APART, HIGH = 76, 96, 146, 104  # a column, a row
BOX, TALL = 88, 44
KEY = "at a point: how long it runs there, and by when it has ended at best; at an edge: the way"


def layers(plan, title=None):
    """The layers of a chain of phases, by time, and a plan's way through them.

    Raises ValueError for a plan of something else than a chain, or one with probes in it.
    """
    if not is_chain(plan.graph) or plan.probes:
        raise ValueError(f"layers are of a chain without probes, not of {plan!r}")
    title = title or f"{plan.policy}: {duration(plan.seconds)} through the layers (model)"
    drawing = Drawing(plan)
    size = drawing.width, drawing.height
    return Picture(*size, drawing.body(title), title, drawing.describe(), True)


class Drawing:
    """Where the points are, and what is written at them."""

    def __init__(self, plan):
        self.plan, self.prices, home = plan, plan.prices, plan.prices.home
        self.rows = {kernel: number for number, kernel in enumerate(self.prices.machine.kernels)}
        self.columns = {name: number for number, name in enumerate([START, *plan.order])}
        layers = [[(START, home)], *([(name, k) for k in self.rows] for name in plan.order)]
        self.edges = [edge for pair in pairwise(layers) for edge in product(*pair)]
        self.way = [*layers[0], *((name, plan.places[name]) for name in plan.order)]
        self.least = {(START, home): 0.0}
        for one, two in self.edges:
            by = self.least[one] + self.crossing((one, two)) + self.run(two)
            self.least[two] = min(by, self.least.get(two, by))
        self.width = LEFT + APART * len(plan.order) + BOX + 24
        self.height = TOP + HIGH * (len(self.rows) - 1) + TALL + 52

    def at(self, point):
        """The left upper corner of a point."""
        name, kernel = point
        return LEFT + APART * self.columns[name], TOP + HIGH * self.rows[kernel]

    def run(self, point):
        """Seconds of a phase on a kernel."""
        name, kernel = point
        return self.prices.seconds(phase_of(self.plan.graph, name), kernel)

    def crossing(self, edge):
        """Seconds from one point to the next before it runs."""
        one, (name, kernel) = edge
        places = {START: self.prices.home, one[0]: one[1]}
        return self.prices.coming(self.plan.graph, name, kernel, places)

    def body(self, title):
        """Edges below, the way above them, points and words last."""
        steps = set(pairwise(self.way))
        parts = [svg.element("rect", class_="sheet", width=self.width, height=self.height)]
        parts.append(svg.text(14, 26, title, "name", style=FONT))
        for kernel, row in self.rows.items():
            parts.append(svg.text(LEFT - 16, TOP + HIGH * row + 27, kernel, "name end"))
        for name, column in self.columns.items():
            x = LEFT + APART * column + BOX / 2
            parts.append(svg.text(x, TOP - 18, name or "start", "mid"))
        ordered = sorted(self.edges, key=lambda edge: edge in steps)
        parts += [self._edge(edge, edge in steps) for edge in ordered]
        parts += [self._words(edge) for edge in ordered if self.crossing(edge) > 0]
        parts += [self._point(point) for point in self.least]
        parts.append(svg.text(LEFT, self.height - 14, KEY, style=SMALL))
        return "".join(parts)

    def _ends(self, edge):
        (x1, y1), (x2, y2) = map(self.at, edge)
        return x1 + BOX, y1 + TALL / 2, x2, y2 + TALL / 2

    def _edge(self, edge, heavy):
        x1, y1, x2, y2 = self._ends(edge)
        style = "--c:var(--p-now);stroke-width:4" if heavy else "--c:var(--p-line)"
        return svg.element("path", class_="wire", style=style, d=f"M{x1} {y1:g}L{x2} {y2:g}")

    def _words(self, edge):
        """What the way takes, a third along it, where edges that cross keep apart."""
        x1, y1, x2, y2 = self._ends(edge)
        x, y = x1 + (x2 - x1) * 0.36, y1 + (y2 - y1) * 0.36
        words = duration(self.crossing(edge))
        return svg.text(round(x, 1), round(y + 4, 1), words, "mid halo")

    def _point(self, point):
        x, y = self.at(point)
        least = "at 0" if not point[0] else f"by {duration(self.least[point])}"
        box = svg.element(
            "rect", class_="node", x=x, y=y, width=BOX, height=TALL, rx=8,
            style="stroke-width:3;stroke:var(--p-now)" if point in self.way else None,
        )  # fmt: skip
        runs = svg.text(x + BOX / 2, y + 18, duration(self.run(point)), "mid") if point[0] else ""
        kind = palette.kernel_class(self.rows[point[1]])
        return f'<g class="{kind}">{box}</g>{runs}' + svg.text(x + BOX / 2, y + 35, least, "mid")

    def describe(self):
        """Point by point: how long it runs, the least time by which it has ended; then the way."""
        lines = []
        for name in self.plan.order:
            points = [
                f"{kernel} {duration(self.run((name, kernel)))}, "
                f"ended by {duration(self.least[name, kernel])}"
                for kernel in self.rows
            ]
            lines.append(f"{name}: {'; '.join(points)}.")
        crossings = [
            f"{a[1]} to {b[1]} before {b[0]} {duration(self.crossing((a, b)))}"
            for a, b in self.edges
            if self.crossing((a, b)) > 0
        ]
        way = ", ".join(kernel for _, kernel in self.way[1:])
        return f"{' '.join(lines)} On the way: {'; '.join(crossings) or 'nothing'}. Taken: {way}."
