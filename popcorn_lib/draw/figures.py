"""Figures by matplotlib that look and behave like our own pictures.

matplotlib draws in the palette's colours for light ground; in the SVG that it writes they become
custom properties, so that the page's theme decides, as for every Picture.  No setting of matplotlib
is changed for anybody else: `.figure` is the figure, to be changed at will.  The figures are in
`latency.py` and `scaling.py`.
"""

import io
from functools import wraps

from popcorn_lib.draw import palette
from popcorn_lib.draw.foreign import adopted
from popcorn_lib.draw.picture import Picture

WIDE, HIGH = 860, 430
LEFT, END, BELOW, ABOVE = 84, 250, 64, 84  # room around the axes; names stand at the end
MARKERS = "osD^vPX<>*"
LONGEST = 22  # letters of a name; the rest is in the words
INK, QUIET, RULE, FAINT, GROUND = (
    palette.GROUND[name][0] for name in ("ink", "quiet", "line", "faint", "ground")
)
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "popcorn",
    "font.family": "DejaVu Sans",  # only to measure with; it is wider than what a page has
    "font.size": 13,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 14,
    "axes.edgecolor": RULE,
    "axes.facecolor": GROUND,
    "figure.facecolor": GROUND,
    "savefig.facecolor": "auto",
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 7,
    "legend.frameon": False,
}


class Plot(Picture):
    """A matplotlib figure as a Picture.

    figure: the matplotlib figure; what is changed in it shows whenever the picture is shown again.
    """

    def __init__(self, figure, title, description):
        self.figure = figure
        self.title, self._description, self.draws_title = title, description, True

    @property
    def width(self):
        """In the units of the SVG, 72 to an inch."""
        return 72 * self.figure.get_figwidth()

    @property
    def height(self):
        """In the units of the SVG, 72 to an inch."""
        return 72 * self.figure.get_figheight()

    @property
    def body(self):
        """The drawing as matplotlib writes it, in the colours of the page."""
        file = io.StringIO()
        with style():
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return adopted(file.getvalue())


def style():
    """Within it matplotlib has its own style with our changes, whatever a reader has chosen."""
    from matplotlib.style import context

    return context(["default", STYLE])


def styled(draw):
    """What `draw` makes has our style, and nothing else has."""

    @wraps(draw)
    def drawn(*arguments, **options):
        with style():
            return draw(*arguments, **options)

    return drawn


def new_axes(title, xlabel, ylabel, end=END):
    """A figure that pyplot does not know, with room for names at the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE / 72, HIGH / 72), dpi=72)
    wide, high = 1 - (LEFT + end) / WIDE, 1 - (BELOW + ABOVE) / HIGH
    axes = figure.add_axes((LEFT / WIDE, BELOW / HIGH, wide, high))
    figure.text(12 / WIDE, 1 - 28 / HIGH, title, fontsize=15, fontweight=700)
    figure.text((LEFT - 8) / WIDE, 1 - (ABOVE - 14) / HIGH, ylabel, fontsize=14)
    axes.set_xlabel(xlabel, labelpad=8)
    axes.tick_params(grid_clip_on=False)  # a clip would need an id
    return figure, axes


def looks(names, by):
    """(name, how its line looks); mechanisms have their colours as everywhere."""
    for number, name in enumerate(names):
        colour = palette.KERNELS[number % len(palette.KERNELS)][0]
        if by == "mechanism":
            colour = palette.MECHANISMS[palette.mechanism_class(name)][0]
        yield name, {"color": colour, "marker": MARKERS[number % len(MARKERS)], "clip_on": False}


def short(name):
    """A name that fits beside the axes."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def check(frame, names):
    """ValueError, with the known ones, for a name that is no column."""
    for name in names:
        if name not in frame.columns:
            known = ", ".join(map(repr, frame.columns))
            raise ValueError(f"unknown column {name!r}; known: {known}")
