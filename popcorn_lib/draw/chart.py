"""Two plain charts of the same make as the other pictures: bars to compare, steps over time.

    bars({"polled": 600, "notified": 4000}, unit="cycles")
    steps([(0.0, 1), (1.5, 2)], x="time in microseconds", y="slots in use")

Every bar carries its number, so that nothing must be read off an axis; the description says the
same in words.
"""

from itertools import pairwise

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import Picture

WIDE, ROW, LEFT = 860, 40, 320
PLOT = (80, 92, 830, 340)  # left, top, right, bottom of the steps
FONT = "font-size:15px"


def bars(values, unit="", title="Comparison"):
    """A horizontal bar per entry of `values`: {name: number of 0 or more}.

    Raises ValueError if there is no entry or a number is negative.
    """
    if not values or min(values.values()) < 0:
        raise ValueError(f"bars need numbers of 0 or more, not {values!r}")
    most = max(values.values()) or 1
    parts = [svg.element("rect", class_="sheet", width=WIDE, height=_height(values))]
    parts.append(_title(title))
    for number, (name, value) in enumerate(values.items()):
        parts.append(_bar(number, name, value, (WIDE - LEFT - 140) * value / most, unit))
    said = "; ".join(f"{name}: {value:,g} {unit}".strip() for name, value in values.items())
    return Picture(WIDE, _height(values), "".join(parts), title, f"{said}.", True)


def _title(title):
    """What the chart shows, where every reader sees it."""
    return svg.text(12, 28, title, "name", style=FONT)


def _height(values):
    return ROW * len(values) + 56


def _bar(number, name, value, length, unit):
    y = 48 + ROW * number
    return (
        '<g class="c0">'
        + svg.text(LEFT - 12, y + 24, name, "end", style=FONT)
        + svg.element("path", class_="sign", d=f"M{LEFT} {y + 6}h{max(length, 1):.1f}v28H{LEFT}z")
        + svg.text(LEFT + max(length, 1) + 10, y + 24, f"{value:,g} {unit}", style=FONT)
        + "</g>"
    )


def steps(points, x="", y="", title="Over time", limit=None):
    """A line that keeps its height until the next point.

    points: [(x, y), ...] in order of x.  limit: (height, name) of a line to compare with.
    Raises ValueError if there are no points or x goes back.
    """
    if not points or any(a[0] > b[0] for a, b in pairwise(points)):
        raise ValueError("steps need points in the order of x")
    left, top, right, bottom = PLOT
    last, most = (
        points[-1][0] or 1,
        max([value for _, value in points] + [limit[0] if limit else 1]),
    )
    place = _places(points, last, most)
    line = f"M{place[0][0]:.1f} {place[0][1]:.1f}" + "".join(
        f"H{px:.1f}V{py:.1f}" for px, py in place[1:]
    )
    parts = [
        svg.element("rect", class_="sheet", width=WIDE, height=bottom + 50),
        _title(title),
        svg.element("path", class_="link", d=f"M{left} {top}V{bottom}H{right}"),
        f'<g class="c0"><path class="wire" d="{line}"/></g>',
        svg.text(left - 10, bottom + 5, "0", "quiet end", style=FONT),
        svg.text(left - 10, top + 5, f"{most:g}", "quiet end", style=FONT),
        svg.text(right, bottom + 22, f"{last:,.4g}", "quiet end", style=FONT),
        svg.text((left + right) / 2, bottom + 36, x, "mid", style=FONT),
        svg.text(left - 10, top - 22, y, style=FONT),
    ]
    if limit:
        parts += _limit(limit, most)
    said = _said(points, x, y, limit)
    return Picture(WIDE, bottom + 50, "".join(parts), title, said, True)


def _places(points, last, most):
    left, top, right, bottom = PLOT
    wide, high = right - left, bottom - top
    return [(left + wide * px / last, bottom - high * py / most) for px, py in points]


def _limit(limit, most):
    left, top, right, bottom = PLOT
    height = bottom - (bottom - top) * limit[0] / most
    line = f"M{left} {height:.1f}H{right}"
    return [
        svg.element("path", class_="wire high ink", d=line),
        svg.text(right, height - 8, limit[1], "end", style=FONT),
    ]


def _said(points, x, y, limit):
    values = [value for _, value in points]
    reached = sum(value >= limit[0] for value in values) if limit else 0
    text = f"{y}: from {values[0]:g} up to {max(values):g}, at the end {values[-1]:g}; over {x}."
    return f"{text} It is at '{limit[1]}' {reached} times." if limit else text
