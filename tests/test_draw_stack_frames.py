"""Does the picture of a move show the value that it says?"""

import re
from xml.etree import ElementTree

import pytest

from popcorn_lib import UsageError
from popcorn_lib.draw import stack_frames, svg
from popcorn_lib.isa.moving import move, recorded


@pytest.fixture(scope="module")
def moved():
    return recorded().moves[1]  # to s390x


def number(moved, name, frame):
    return next(n for n, s in enumerate(moved.steps) if (s.name, s.frame) == (name, frame))


def test_is_every_value_of_the_open_frame_drawn_on_both_sides(moved):
    picture = moved.show(number(moved, "mine.above", 3))
    inside = [step for step in moved.steps if step.frame == 3]
    for step in inside:
        assert picture.svg.count(f">{svg.escape(step.name)}</text>") == 2
        assert f">{step.after.hex(' ')}</text>" in picture.svg
    closed = [step for step in moved.steps if step.frame == 5]
    assert f">{closed[-1].after.hex(' ')}</text>" not in picture.svg


def test_are_the_frames_of_both_stacks_named_with_their_sizes(moved):
    picture = moved.show().svg
    for frames in (moved.old, moved.new):
        for frame in frames:
            assert f">frame {frame.number}, {frame.function}: {frame.site.size} bytes<" in picture


def test_do_the_words_say_what_the_step_says(moved):
    step = number(moved, "next", 2)
    said = moved.show(step).description
    for words in (f"Value {step} of", "frame 2, go_on: next", "callee-saved registers"):
        assert words in said
    assert moved.show(step + 1).description != said


def test_does_a_pointer_show_where_it_points_and_where_to_if_it_is_forgotten(moved):
    step = number(moved, "mine", 6)
    right = moved.show(step)
    wrong = stack_frames(move(moved.before, "s390x", "pointers into the stack"), step)
    assert right.svg.count('class="wire"') == wrong.svg.count('class="wire"') == 2
    assert "It points to frame 5 before and to frame 5 after" in right.description
    assert re.search(r"It points to frame 5 before and to frame [0-4] after", wrong.description)
    assert "left out: pointers into the stack" in wrong.svg


def test_what_if_a_forgotten_pointer_points_to_nothing(moved):
    wrong = move(moved.before, "s390x", "pointers into the stack")
    lost = [
        n for n, s in enumerate(wrong.steps) if s.points_from is not None and s.points_to is None
    ]
    picture = wrong.show(lost[0])
    assert "to no variable after" in picture.description and 'class="cross"' in picture.svg


def test_can_globals_and_the_processor_be_opened(moved):
    for step in (0, len(moved.steps) - 1):
        picture = moved.show(step)
        ElementTree.fromstring(picture.svg)
        assert not re.search(r"\sid=", picture.svg)
        assert moved.steps[step].name in picture.svg


def test_is_a_value_that_is_not_there_named(moved):
    for step in (len(moved.steps), -1, "half"):
        with pytest.raises(UsageError, match=rf"{step!r}.*0 to {len(moved.steps) - 1}"):
            moved.show(step)
