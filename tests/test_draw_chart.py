"""The plain charts: do they show every number, and do they say the same in words?"""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from popcorn_lib.draw import bars, steps
from popcorn_lib.draw.chart import WIDE, ticks, time_unit


def widths(picture):
    return [float(width) for width in re.findall(r"h([\d.]+)v28", picture.svg)]


def test_does_every_bar_carry_its_number_and_have_its_length():
    picture = bars({"poll": 600, "interrupt": 4000, "<none>": 0}, unit="cycles", title="A & B")
    ElementTree.fromstring(picture.svg)
    short, long, none = widths(picture)
    assert long / short == pytest.approx(4000 / 600, rel=0.01) and none <= 1
    for words in ("600 cycles", "4,000 cycles", "&lt;none&gt;", "A &amp; B"):
        assert words in picture.svg
    assert picture.description == "poll: 600 cycles; interrupt: 4,000 cycles; <none>: 0 cycles."


def test_does_a_line_keep_its_height_until_the_next_point():
    picture = steps([(0, 1), (2, 3), (4, 0)], "time", "slots", limit=(3, "full"))
    ElementTree.fromstring(picture.svg)
    line = re.search(r'class="wire"[^>]* d="M([^"]+)"', picture.svg)[1]
    moves = [float(number) for number in re.findall(r"[\d.]+", line)]
    (x0, y0), (x1, y1), (x2, y2) = zip(moves[::2], moves[1::2], strict=True)
    assert x1 - x0 == pytest.approx(x2 - x1) and y1 < y0 < y2
    assert "from 1 up to 3, at the end 0" in picture.description
    assert "at 'full' 1 times" in picture.description


@pytest.mark.parametrize("low, high", [(0, 1), (0, 64), (3.7, 4.1), (0, 99_999), (1e-6, 3e-6)])
def test_are_ticks_round_numbers_equally_far_apart(low, high):
    found = ticks(low, high)
    apart = [b - a for a, b in pairwise(found)]
    assert 3 <= len(found) <= 11 and low <= found[0] and found[-1] <= high
    assert apart == pytest.approx([apart[0]] * len(apart))
    assert f"{apart[0]:.0e}"[0] in "125"
    assert high - found[-1] < apart[0] and found[0] - low < apart[0]


def test_has_a_single_moment_one_tick_and_a_time_its_unit():
    assert ticks(3, 3) == [3]
    units = [time_unit(seconds)[0] for seconds in (20, 2e-3, 1.9e-3, 2e-6, 1e-9)]
    assert units == ["seconds", "milliseconds", "microseconds", "microseconds", "nanoseconds"]


def test_does_an_axis_of_steps_have_its_numbers():
    svg = steps([(0, 1), (7, 64)], "time", "slots").svg
    texts = re.findall(r'class="quiet (?:mid|end)"[^>]*>(.*?)</text>', svg)
    assert {"0", "20", "40", "60", "2", "4", "6"} <= set(texts)


def test_is_there_room_for_long_names_and_numbers():
    names = {"n": 1, "a name that is quite long": 123_456_789}
    svg = bars(names, unit="messages in all").svg
    for x, words in re.findall(r'<text x="([\d.]+)" y="\d+" style[^>]*>(.*?)</text>', svg):
        assert float(x) + 8 * len(words) <= WIDE
    [start] = {float(x) for x in re.findall(r'<text x="(\d+)" y="\d+" class="end"', svg)}
    assert start - 8 * len("a name that is quite long") >= 0


@pytest.mark.parametrize("values", [{}, {"a": -1}])
def test_are_no_bars_and_negative_bars_refused(values):
    with pytest.raises(ValueError, match=re.escape(repr(values))):
        bars(values)


@pytest.mark.parametrize("points", [[], [(1, 0), (0, 0)]])
def test_are_steps_out_of_order_refused(points):
    with pytest.raises(ValueError, match="order of x"):
        steps(points)
