"""Predictions: the answer stays hidden until one is stored, and the first one is kept."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.learn import Lesson
from popcorn_lib.learn.predict import storable

QUICK = settings(max_examples=30, deadline=None)


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    monkeypatch.delenv("POPCORN_PREDICT", raising=False)
    return Lesson("02", {"O1": "count messages"}, store=tmp_path / "progress.json")


def again(lesson):
    """The same lesson in a fresh kernel."""
    return Lesson(lesson.name, lesson.objectives, store=lesson.store.path)


def test_what_if_the_answer_is_revealed_before_a_prediction(lesson):
    p1 = lesson.predict("p1", "How many messages?", unit="messages")
    refused = p1.reveal(271828, why="because of the directory")
    for face in (repr(refused), refused._repr_html_()):
        assert "Predict first" in face
        assert "p1.answer(5)" in face
        assert "271828" not in face and "directory" not in face
    assert p1.events() == []


def test_what_does_the_learner_see_after_a_prediction(lesson):
    p1 = lesson.predict("p1", "How many messages?", unit="messages")
    p1.answer(5)
    shown = repr(p1.reveal(2, why="One asks, one brings."))
    assert "5 messages" in shown and "2 messages" in shown
    assert "3 too high" in shown and "One asks, one brings." in shown


def test_what_if_the_prediction_is_right(lesson):
    p1 = lesson.predict("p1", "How long?", unit="s")
    p1.answer(0.3)
    assert "exactly right" in repr(p1.reveal(0.1 + 0.2))


def test_what_if_the_learner_answers_again_after_the_reveal(lesson):
    p1 = lesson.predict("p1", "How many?", unit="messages")
    p1.answer(5)
    p1.reveal(2)
    assert "first prediction, 5 messages" in repr(p1.answer(2))
    shown = repr(p1.reveal(2))
    assert "5 messages" in shown and "latest" in shown and "3 too high" in shown


def test_is_the_prediction_still_there_in_a_fresh_kernel(lesson):
    lesson.predict("p1", "How many?").answer(5)
    p1 = again(lesson).predict("p1", "How many?")
    assert "Stored: 5" in repr(p1) and "2 too low" in repr(p1.reveal(7))


def test_does_running_a_cell_again_store_it_twice(lesson):
    p1 = lesson.predict("p1", "How many?")
    for _ in range(3):
        p1.answer(5)
        p1.reveal(5)
    assert [event.get("value") for event in p1.events()] == [5, None]


@pytest.mark.parametrize("blank", [..., None, "", "  "])
def test_what_if_the_placeholder_is_still_there(lesson, blank):
    p1 = lesson.predict("p1", "How many?")
    assert "Nothing stored" in repr(p1.answer(blank))
    assert "Predict first" in repr(p1.reveal(2))


@pytest.mark.parametrize("given_as", ["b", "B", 2, "2", "T2", " t2 "])
def test_can_a_choice_be_named_by_letter_number_or_text(lesson, given_as):
    p1 = lesson.predict("p1", "Who wakes?", choices=["T1", "T2", "nobody"])
    assert "You expect T2" in repr(p1.answer(given_as))
    assert "none, the same" in repr(p1.reveal("T2"))


def test_what_if_the_answer_is_none_of_the_choices(lesson):
    p1 = lesson.predict("p1", "Who wakes?", choices=["T1", "`T2`"])
    refused = p1.answer("T9")
    assert "T9 is none of the choices" in repr(refused) and "a. T1" in repr(refused)
    assert "<code>T2</code>" in refused._repr_html_()
    assert p1.events() == []


def test_do_number_choices_mean_their_value_first(lesson):
    p1 = lesson.predict("p1", "How many?", choices=[3, 2, 1])
    p1.answer(1)
    assert "exactly right" in repr(p1.reveal(1))


def test_does_an_unattended_run_show_the_answer(lesson, monkeypatch):
    monkeypatch.setenv("POPCORN_PREDICT", "off")
    p1 = lesson.predict("p1", "How many?", unit="messages")
    shown = repr(p1.reveal(2, why="One asks."))
    assert "No prediction was stored" in shown and "2 messages" in shown and "One asks." in shown
    assert not lesson.store.path.exists()


def test_does_an_unattended_run_still_compare_a_stored_prediction(lesson, monkeypatch):
    monkeypatch.setenv("POPCORN_PREDICT", "off")
    p1 = lesson.predict("p1", "How many?")
    p1.answer(5)
    assert "3 too high" in repr(p1.reveal(2))


@QUICK
@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_is_a_number_from_a_text_field_the_same_number(number):
    assert storable(str(number)) == storable(number) == number


@QUICK
@given(st.recursive(st.none() | st.floats() | st.text() | st.booleans(), st.lists))
def test_can_whatever_a_learner_answers_be_stored(value):
    kept = storable(value)
    assert kept == kept, "a value that differs from itself would be stored again and again"
    assert not isinstance(kept, float) or math.isfinite(kept)


@pytest.mark.parametrize("choices", [[], ["only"], ["a", "b", "a"]])
def test_does_a_bad_list_of_choices_say_what_is_wrong(lesson, choices):
    with pytest.raises(ValueError, match="p1"):
        lesson.predict("p1", "Who?", choices=choices)
