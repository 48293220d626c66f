"""Quizzes: every choice has its reason, and a wrong answer does not give the right one away."""

import pytest

from popcorn_lib.learn import Lesson

ONE = {
    "the origin": (True, "It is the directory."),
    "the faulting kernel": (False, "It cannot know who else has the page."),
    "every kernel": (False, "That would be a broadcast."),
}
MANY = {
    "a reply": (True, "Somebody waits for it."),
    "a wake notice": (True, "It ends a sleep."),
    "a clock tick": (False, "No kernel sees a clock."),
}


@pytest.fixture
def lesson(tmp_path):
    return Lesson("04", store=tmp_path / "progress.json")


@pytest.mark.parametrize("answer", ["a", "A", 1, "1", "the origin", " The Origin ", ["a"]])
def test_can_the_right_choice_be_named_in_many_ways(lesson, answer):
    result = lesson.quiz("q1", "Who answers?", ONE).answer(answer)
    assert result and result.score == 1 and "It is the directory." in repr(result)


def test_does_a_wrong_answer_say_why_without_giving_the_right_one_away(lesson):
    result = lesson.quiz("q1", "Who answers?", ONE).answer("b")
    for face in (repr(result), result._repr_html_()):
        assert "Not yet" in face and "It cannot know" in face
        assert "origin" not in face and "directory" not in face and "broadcast" not in face
    assert not result and result.score == 0


@pytest.mark.parametrize("answer", ["ab", "a b", "a, b", [1, 2], {"a reply", "a wake notice"}])
def test_can_several_choices_be_given(lesson, answer):
    assert lesson.quiz("q2", "What can come?", MANY).answer(answer)


def test_what_if_one_of_several_right_choices_is_missing(lesson):
    result = lesson.quiz("q2", "What can come?", MANY).answer("a")
    assert "not all" in repr(result) and "wake" not in repr(result)
    assert result.score == pytest.approx(2 / 3)


def test_what_if_a_wrong_choice_is_among_several(lesson):
    message = repr(lesson.quiz("q2", "What can come?", MANY).answer("abc"))
    assert message.startswith("Not yet") and "No kernel sees a clock." in message


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (..., "Not answered"),
        ("z", "z is none of the choices"),
        (9, "9 is none"),
        (0, "0 is none"),
        ("no such text at all", "no such text at all is none"),
        ("", "none of the choices"),
        ([], "none of the choices"),
        ({"a": 1}, "none of the choices"),
        ("ab", "Exactly one"),
    ],
)
def test_what_if_the_answer_cannot_be_read(lesson, answer, says):
    quiz = lesson.quiz("q1", "Who answers?", ONE)
    result = quiz.answer(answer)
    assert says in repr(result) and result.outcome == "unanswered" and quiz.events() == []


def test_is_the_exported_page_usable_without_script_and_kernel(lesson):
    page = lesson.quiz("q1", "Who answers?", ONE)._repr_html_()
    assert page.count("<details") == page.count("<summary>") == 3
    for choice, (_, feedback) in ONE.items():
        opened = page.split(f"{choice}</summary>")[1].split("</details>")[0]
        assert feedback in opened
    assert "<details open" not in page


def test_does_the_plain_text_keep_the_feedback_to_itself(lesson):
    text = repr(lesson.quiz("q1", "Who answers?", ONE))
    assert "a. the origin" in text and "directory" not in text


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"yes": (False, "x"), "no": (False, "y")}, "no right choice.*'yes', 'no'"),
        ({"yes": (True, "x")}, "'yes'"),
        ({}, "2 to 26 choices"),
        ({"yes": True, "no": (False, "y")}, "'yes'.*True"),
        ({"yes": ("x", True), "no": (False, "y")}, "'yes'"),
        ({1: (True, "x"), "1": (False, "y")}, "'1' twice"),
    ],
)
def test_does_a_bad_definition_say_what_is_wrong(lesson, choices, says):
    with pytest.raises(ValueError, match=says):
        lesson.quiz("q1", "Who?", choices)
