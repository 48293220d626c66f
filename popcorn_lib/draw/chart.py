"""Two plain charts of the same make as the other pictures: bars to compare, steps over time.

    bars({"polled": 600, "notified": 4000}, unit="cycles")
    steps([(0.0, 1), (1.5, 2)], x="time in microseconds", y="slots in use")

Every bar carries its number, so that nothing must be read off an axis; the description says the
same in words.
"""

from itertools import pairwise
from math import ceil, floor, log10

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import Picture

WIDE, ROW, LEFT, LETTER = 860, 40, 320, 8.2
PLOT = (80, 92, 830, 340)  # left, top, right, bottom of the steps
FONT = "font-size:15px"
SMALL = "font-size:13px"  # what stands at an axis


def bars(values, unit="", title="Comparison"):
    """A horizontal bar per entry of `values`: {name: number of 0 or more}.

    Raises ValueError if there is no entry or a number is negative.
    """
    if not values or min(values.values()) < 0:
        raise ValueError(f"bars need numbers of 0 or more, not {values!r}")
    most = max(values.values()) or 1
    numbers = [f"{value:,g} {unit}".strip() for value in values.values()]
    left = min(LEFT, round(LETTER * max(len(str(name)) for name in values)) + 24)
    room = WIDE - left - LETTER * max(map(len, numbers)) - 24
    parts = [svg.element("rect", class_="sheet", width=WIDE, height=_height(values))]
    parts.append(_title(title))
    for place, (name, words) in enumerate(zip(values, numbers, strict=True)):
        parts.append(_bar(place, name, words, left, room * values[name] / most))
    said = "; ".join(f"{name}: {words}" for name, words in zip(values, numbers, strict=True))
    return Picture(WIDE, _height(values), "".join(parts), title, f"{said}.", True)


def _title(title):
    """What the chart shows, where every reader sees it."""
    return svg.text(12, 28, title, "name", style=FONT)


def _height(values):
    return ROW * len(values) + 56


def _bar(place, name, words, left, length):
    y = 48 + ROW * place
    return (
        '<g class="c0">'
        + svg.text(left - 12, y + 24, name, "end", style=FONT)
        + svg.element("path", class_="sign", d=f"M{left} {y + 6}h{max(length, 1):.1f}v28H{left}z")
        + svg.text(round(left + max(length, 1) + 10, 1), y + 24, words, style=FONT)
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
    last = points[-1][0] or 1
    most = max([value for _, value in points] + [limit[0] if limit else 1])
    place = _places(points, last, most)
    line = f"M{place[0][0]:.1f} {place[0][1]:.1f}" + "".join(
        f"H{px:.1f}V{py:.1f}" for px, py in place[1:]
    )
    parts = [
        svg.element("rect", class_="sheet", width=WIDE, height=bottom + 56),
        _title(title),
        *_scale(last, most),
        svg.element("path", class_="link", d=f"M{left} {top}V{bottom}H{right}"),
        f'<g class="c0"><path class="wire" style="stroke-width:2" d="{line}"/></g>',
        svg.text((left + right) / 2, bottom + 44, x, "mid", style=FONT),
        svg.text(left - 10, top - 22, y, style=FONT),
    ]
    if limit:
        parts += _limit(limit, most)
    said = _said(points, x, y, limit)
    return Picture(WIDE, bottom + 56, "".join(parts), title, said, True)


def ticks(low, high, about=5):
    """Round numbers from low to high, about so many: 1, 2 or 5 times a power of ten apart."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    apart = power * min((1, 2, 5, 10), key=lambda factor: abs(factor - rough / power))
    count = floor(high / apart + 1e-9)
    return [round(n * apart, 12) for n in range(ceil(low / apart - 1e-9), count + 1)]


def time_unit(seconds):
    """The unit in which a time reads best, and its size in seconds."""
    for unit, size in (("seconds", 1), ("milliseconds", 1e-3), ("microseconds", 1e-6)):
        if seconds >= 2 * size:
            return unit, size
    return "nanoseconds", 1e-9


def _scale(last, most):
    """Faint rules at round heights, short marks below round places, and their numbers."""
    left, top, right, bottom = PLOT
    for value in ticks(0, most):
        height = round(bottom - (bottom - top) * value / most, 1)
        yield svg.element("path", class_="lane", d=f"M{left} {height}H{right}")
        yield svg.text(left - 10, height + 5, f"{value:,g}", "quiet end", style=SMALL)
    for value in ticks(0, last):
        place = round(left + (right - left) * value / last, 1)
        yield svg.element("path", class_="link", d=f"M{place} {bottom}v5")
        yield svg.text(place, bottom + 21, f"{value:,g}", "quiet mid", style=SMALL)


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
        svg.text(right, round(height - 8, 1), limit[1], "end halo", style=FONT),
    ]


def _said(points, x, y, limit):
    values = [value for _, value in points]
    reached = sum(value >= limit[0] for value in values) if limit else 0
    text = f"{y}: from {values[0]:g} up to {max(values):g}, at the end {values[-1]:g}; over {x}."
    return f"{text} It is at '{limit[1]}' {reached} times." if limit else text
