"""Where do two traces of one program begin to differ, and in what?"""

from xml.etree import ElementTree

import pytest
from draw_traces import busy, main, traced

from popcorn_lib import Machine
from popcorn_lib.draw import side_by_side
from popcorn_lib.draw.side_by_side import first_difference
from popcorn_lib.draw.story import Story
from popcorn_lib.draw.words import happened
from popcorn_lib.trace import Trace
from popcorn_lib.variants.words import WordsAtHome


@pytest.fixture(scope="module")
def pages():
    return traced(main)


@pytest.fixture(scope="module")
def words():
    return traced(main, machine=Machine.multikernel(3).replace(memory=WordsAtHome))


def test_are_equal_traces_equal_whatever_their_times(pages):
    costs = traced(main, seed=1)
    assert first_difference(Story(pages), Story(pages)) is None
    assert [e.time_s for e in costs.events] != [e.time_s for e in pages.events]
    assert first_difference(Story(pages), Story(costs)) is None
    assert "All events are equal." in side_by_side(pages, costs).description
    assert "no difference" in side_by_side(pages, costs).svg


def test_is_the_first_difference_found_and_said(pages, words):
    at = first_difference(Story(pages), Story(words))
    assert pages.events[:at] and all(
        (a.kernel, a.name, a.text) == (b.kernel, b.name, b.text)
        for a, b in zip(pages.events[:at], words.events[:at], strict=True)
    )
    said = side_by_side(pages, words, names=("pages move", "words at home")).description
    assert f"Equal up to event {at - 1}." in said
    assert f"Event {at}, pages move: {happened(Story(pages), at)}" in said
    assert f"Event {at}, words at home: {happened(Story(words), at)}" in said


def test_is_the_difference_marked_in_both(pages, words):
    picture = side_by_side(pages, words, names=("<pages>", "words"))
    root = ElementTree.fromstring(picture.svg)
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"<pages>", "words", "first", "difference"} <= set(texts)
    at = first_difference(Story(pages), Story(words))
    bands = [g.get("transform") for g in root.iter() if (g.get("class") or "").strip() == "here"]
    assert bands == [f"translate(0 {92 + 26 + 26 * at})"] * 2


def test_is_a_trace_that_ends_sooner_said_to_have_ended(pages):
    short = traced(main, max_seconds=pages.events[8].time_s)
    said = side_by_side(pages, short, names=("long", "short")).description
    assert "Equal up to event 8." in said and "Event 9, short: has ended." in said


def test_are_two_orders_of_the_same_steps_told_from_other_steps(pages):
    causal = pages.causal()
    assert [e.name for e in causal.events] != [e.name for e in pages.events]
    said = side_by_side(pages, causal).description
    assert "Every kernel does the same in both; only their turns differ." in said


def test_are_traces_of_two_machines_compared():
    one, three = traced(main, machine=Machine.smp(cores=3)), traced(main)
    said = side_by_side(one, three, names=("one kernel", "three")).description
    assert "one kernel: 1 kernel (k0)" in said and "three: 3 kernels" in said


def test_does_a_window_keep_the_picture_short(pages, words):
    whole, part = side_by_side(pages, words), side_by_side(pages, words, window=(4, 12))
    assert part.height < whole.height and part.description == whole.description
    assert "difference" in part.svg
    with pytest.raises(ValueError, match="999"):
        side_by_side(pages, words, window=(4, 999))


def test_what_if_there_is_nothing_to_compare(pages):
    with pytest.raises(ValueError, match="without events"):
        side_by_side(pages, Trace(pages.machine))
    with pytest.raises(ValueError, match="two names, not"):
        side_by_side(pages, traced(busy), names=("one",))
