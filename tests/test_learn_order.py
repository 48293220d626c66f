"""Ordering: every order that the protocol allows is right, and no other."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.learn import Lesson, Store

QUICK = settings(max_examples=30, deadline=None)

WORDS = ("fault", "ask", "queue", "sleep", "wake")


class Nowhere(Store):
    """A store that is never written: orders are graded by the thousand here."""

    def _load(self):
        return {}

    def _save(self, lessons):
        pass


LESSON = Lesson("05", store=Nowhere())


@st.composite
def partial_orders(draw):
    """Names in some order, and pairs that never point backwards in it."""
    names = draw(st.permutations(WORDS))[: draw(st.integers(2, 5))]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return names, draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))


def make(names, before, id="o1"):
    return LESSON.order(id, "Order the steps.", {name: f"to {name}" for name in names}, before)


def allows(before, order):
    return all(order.index(first) < order.index(later) for first, later in before)


@QUICK
@given(partial_orders())
def test_is_every_valid_order_accepted_and_every_other_rejected(definition):
    names, before = definition
    item = make(names, before)
    for order in permutations(names):
        assert bool(item.answer(" ".join(order))) == allows(before, order)


@QUICK
@given(partial_orders())
def test_does_feedback_name_the_first_step_that_is_too_early(definition):
    names, before = definition
    item = make(names, before)
    for order in permutations(names):
        if allows(before, order):
            continue
        early = next(
            i for i in range(len(order)) if any(b == order[i] and a in order[i:] for a, b in before)
        )
        message = repr(item.answer(list(order)))
        assert f"Step {early + 1}, `{order[early]}`, comes too early" in message
        needed = [a for a, b in before if b == order[early] and a in order[early:]]
        assert any(f"`{name}` must come before it" in message for name in needed)


@QUICK
@given(partial_orders(), st.text(max_size=5))
def test_is_the_shown_order_never_an_answer_and_always_the_same(definition, id):
    names, before = definition
    shown = make(names, before, id).shown
    assert sorted(shown) == sorted(names) and not allows(before, shown)
    assert shown == make(names, before, id).shown


@pytest.fixture
def item():
    steps = {"fault": "touch the word", "ask": "ask home", "queue": "queue", "sleep": "sleep"}
    before = [("fault", "ask"), ("ask", "queue", "Home queues on request."), ("queue", "sleep")]
    return LESSON.order("o2", "A futex wait.", steps, before)


@pytest.mark.parametrize(
    "order",
    [
        "fault ask queue sleep",
        "fault, ask, queue, sleep",
        "fault -> ask -> queue -> sleep",
        ["fault", "ask", "queue", "sleep"],
    ],
)
def test_can_an_order_be_written_as_one_likes(item, order):
    assert repr(item.answer(order)).startswith("Correct")


def test_can_letters_be_written_without_blanks():
    steps = {"c": "ask", "a": "queue", "b": "sleep"}
    item = LESSON.order("o3", "Order.", steps, [("c", "a"), ("a", "b")])
    assert item.answer("cab") and not item.answer("abc")


def test_does_feedback_give_the_reason_but_never_the_whole_order(item):
    message = repr(item.answer("queue fault ask sleep"))
    assert "Home queues on request." in message
    assert "fault" not in message and "sleep" not in message


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("fault ask queue", "Missing: sleep"),
        ("fault ask queue sleep sleep", "Twice: sleep"),
        ("fault ask queue doze", "Unknown: doze"),
        (..., "Not answered"),
        ([], "Missing"),
        (7, "Unknown: 7"),
    ],
)
def test_what_if_the_names_are_wrong(item, order, says):
    result = item.answer(order)
    assert says in repr(result) and result.score == 0 and result.outcome == "unanswered"


def test_does_a_nearly_right_order_get_part_of_the_score(item):
    assert item.answer("fault ask sleep queue").score == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("steps", "before", "says"),
    [
        ({"go": "", "stop": ""}, [("go", "stop"), ("stop", "go")], "circle.*'go'"),
        ({"go": "", "stop": ""}, [("go", "halt")], "'halt'.*'go', 'stop'"),
        ({"go": "", "stop": ""}, [("go", "go")], "circle.*'go'"),
        ({"go": "", "stop": ""}, [("go", "stop"), ("go", "stop")], r"\('go', 'stop'\) twice"),
        ([("go", "x"), ("go", "y")], [("go", "go")], "'go' twice"),
        ({"go": "", "stop": ""}, [], "every order"),
        ({"go on": "", "stop": ""}, [("go on", "stop")], "'go on'"),
        ({"a": "first", "b": "second"}, [("a", "b")], r"letters \['a', 'b'\]"),
    ],
)
def test_does_a_bad_definition_say_what_is_wrong(steps, before, says):
    with pytest.raises(ValueError, match=says):
        LESSON.order("bad", "Order.", steps, before)
