"""How a figure grows or falls with another, each line named at its end: a figure by matplotlib.

scaling(frame, x="kernels", y="seconds", by="variant")
"""

from math import log2

from popcorn_lib.draw.figures import END, Plot, check, looks, new_axes, short, styled

LINE = 17  # from one name to the next


@styled
def scaling(frame, x, y, by=None, title=None):
    """How a figure grows or falls with another: a line for each value of `by`, named at its end.

    frame: a tidy DataFrame, a row per point.  x, y, by: columns of it; by=None is one line.
    Columns "low" and "high", if it has them, give each line a band.
    Raises ValueError for an unknown column, an empty frame, or two points at one place.
    """
    check(frame, [x, y, *filter(None, [by])])
    if frame.empty:
        raise ValueError("the frame has no rows to draw")
    parts = frame.groupby(by, sort=False) if by else [(_plain(y), frame)]
    groups = {str(name): rows.sort_values(x) for name, rows in parts}
    for name, rows in groups.items():
        if rows[x].duplicated().any():
            twice = rows[x][rows[x].duplicated()].iloc[0]
            raise ValueError(f"{name!r} has two points at {x} {twice}")
    title = title or _sentence(f"{_plain(y)} by {_plain(x)}")
    figure, axes = new_axes(title, _plain(x), _plain(y), END if by else 40)
    for name, look in looks(groups, by):
        _line(axes, groups[name], x, y, name, look)
    _dress(axes, frame[x], frame[y])
    if by:
        _name_ends(axes)
    said = " ".join(_points(name, rows, x, y) for name, rows in groups.items())
    return Plot(figure, title, _sentence(f"{_plain(y)} against {_plain(x)}. {said}"))


def _plain(column):
    """A column's name to read; our times are in columns that end in _s."""
    words = str(column)
    words = f"{words[:-2]} in seconds" if words.endswith("_s") else words
    return words.replace("_", " ")


def _sentence(words):
    return words[:1].upper() + words[1:]


def _line(axes, rows, x, y, name, look):
    axes.plot(rows[x], rows[y], label=short(name), **look)
    if {"low", "high"} <= set(rows.columns):
        colour = look["color"]
        axes.fill_between(
            rows[x], rows["low"], rows["high"], color=colour, alpha=0.18, linewidth=0, clip_on=False
        )


def _dress(axes, xs, ys):
    """Powers of two stand equally far apart; what cannot be negative begins at 0."""
    values = sorted(set(xs))
    if len(values) > 2 and all(value > 0 and log2(value) % 1 == 0 for value in values):
        axes.set_xscale("log", base=2)
        axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.autoscale_view()
    axes.set_xlim(*axes.get_xlim())
    axes.set_ylim(0 if min(ys) >= 0 else None, None)


def _name_ends(axes):
    """Each line's name at its end, moved a little where two would meet."""
    ends = [axes.transData.transform((line.get_xdata()[-1], line.get_ydata()[-1]))
            for line in axes.lines]  # fmt: skip
    heights, last = {}, -LINE
    for n in sorted(range(len(ends)), key=lambda n: ends[n][1]):
        heights[n] = last = max(ends[n][1], last + LINE)
    moved = any(heights[n] - ends[n][1] >= 3 for n in heights)
    for n, line in enumerate(axes.lines):
        rule = {"arrowstyle": "-", "color": line.get_color(), "shrinkB": 5, "relpos": (0, 0.5)}
        axes.annotate(
            line.get_label(),
            (line.get_xdata()[-1], line.get_ydata()[-1]),
            xytext=(34 if moved else 12, heights[n] - ends[n][1]),
            textcoords="offset points",
            va="center",
            arrowprops=rule if moved else None,
        )


def _points(name, rows, x, y):
    """A line in words: every point, and the whole of its way."""
    points = [f"{a:g}: {b:.4g}" for a, b in zip(rows[x], rows[y], strict=True)]
    first, last = rows[y].iloc[0], rows[y].iloc[-1]
    way = f"; in all {last / first:.3g} times" if len(points) > 1 and first else ""
    return f"{name}: {', '.join(points)}{way}."
