"""The plain charts: do they show every number, and do they say the same in words?"""

import re
from xml.etree import ElementTree

import pytest

from popcorn_lib.draw import bars, steps


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
    line = re.search(r'class="wire" d="M([^"]+)"', picture.svg)[1]
    moves = [float(number) for number in re.findall(r"[\d.]+", line)]
    (x0, y0), (x1, y1), (x2, y2) = zip(moves[::2], moves[1::2], strict=True)
    assert x1 - x0 == pytest.approx(x2 - x1) and y1 < y0 < y2
    assert "from 1 up to 3, at the end 0" in picture.description
    assert "at 'full' 1 times" in picture.description


@pytest.mark.parametrize("values", [{}, {"a": -1}])
def test_are_no_bars_and_negative_bars_refused(values):
    with pytest.raises(ValueError, match=re.escape(repr(values))):
        bars(values)


@pytest.mark.parametrize("points", [[], [(1, 0), (0, 0)]])
def test_are_steps_out_of_order_refused(points):
    with pytest.raises(ValueError, match="order of x"):
        steps(points)
