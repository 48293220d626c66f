"""Lessons: ids, objectives, the report, both faces of every message, and the controls."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import ipywidgets as widgets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.learn import Lesson, Note, Result, texts
from popcorn_lib.learn.choice import find
from popcorn_lib.learn.view import Code, Fold, Line, Listing, Table, words

QUICK = settings(max_examples=30, deadline=None)

OBJECTIVES = {"O1": "count messages", "O2": "order the steps"}
YES_NO = {"yes": (True, "It is."), "no": (False, "It is not.")}


@pytest.fixture
def lesson(tmp_path):
    return Lesson("02", OBJECTIVES, store=tmp_path / "progress.json")


def test_can_a_cell_that_defines_an_item_be_run_again(lesson):
    first = lesson.quiz("q1", "Is it?", YES_NO)
    assert lesson.quiz("q1", "Is it so?", YES_NO) is not first
    assert lesson.items["q1"].asked == "Is it so?"


def test_what_if_one_id_is_used_for_two_kinds(lesson):
    lesson.quiz("x1", "Is it?", YES_NO)
    with pytest.raises(ValueError, match="'x1' is a quiz already"):
        lesson.predict("x1", "How many?")


def test_what_if_an_objective_is_unknown(lesson):
    with pytest.raises(ValueError, match=r"'O9'.*'O1', 'O2'"):
        lesson.predict("p1", "How many?", objectives="O9")


@pytest.mark.parametrize("objectives", ["O1 O2", ["O1", "O2"], ("O1", "O2")])
def test_can_an_item_evidence_several_objectives(lesson, objectives):
    lesson.predict("p1", "How many?", objectives=objectives)
    assert lesson.coverage() == {"O1": ["p1"], "O2": ["p1"]}


def test_what_does_the_report_show(lesson):
    p1 = lesson.predict("p1", "How many?", objectives="O1")
    q1 = lesson.quiz("q1", "Is it?", YES_NO, objectives="O1")
    assert re.search(r"O1 .*Open .*p1, q1", repr(lesson.report()))
    p1.answer(5)
    p1.reveal(2)
    q1.answer("b")
    report = repr(lesson.report())
    assert "1 of 2 items done" in report and "5; it was 2" in report
    assert re.search(r"O1 .*Partly", report) and re.search(r"O2 .*No item run yet", report)
    q1.answer("a")
    report = repr(lesson.report())
    assert re.search(r"O1 .*Shown", report) and "yes (2 tries)" in report


def test_does_the_report_show_what_an_earlier_run_stored(lesson):
    lesson.predict("p1", "How many?").answer(5)
    later = Lesson("02", OBJECTIVES, store=lesson.store.path)
    assert "From an earlier run" in repr(later.report())


def test_what_does_a_check_leave_in_the_report(lesson):
    c1 = lesson.check("c1", reference=abs, cases=[-1], hints=["Think of zero."])
    c1(int), c1.hint(), c1.solution(), c1(abs)
    assert re.search(r"c1 \(check\) .*2 tries, 1 hint", repr(lesson.report()))


class Page(HTMLParser):
    """Reads HTML as a sanitiser does, and keeps what it finds."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], set(), set(), ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


NASTY = st.text(st.sampled_from("<>&\"'{}`$\\ a\n;/"), max_size=12) | st.just("<script>x</script>")


@QUICK
@given(NASTY, NASTY)
def test_is_everything_escaped_in_every_kind_of_block(author, value):
    line = Line("It is `{value}` here", value=value)
    blocks = [line, words(author), Listing(value), Fold(words(author), line)]
    blocks.append(Table(("", author), [(Code(value), value), (line, words(author))]))
    note = Note(texts.Text("Said", "{value}"), *blocks, value=value)
    page = Page(note._repr_html_())
    assert page.open == []
    assert page.attributes <= {"style", "scope"}
    allowed = "div p strong code pre table thead tbody tr th td details summary"
    assert page.tags <= set(allowed.split())
    assert f"It is {value} here" in page.text
    assert author in page.text or "`" in author
    assert value in repr(note)


def test_does_every_message_end_with_something_to_do():
    for name, text in vars(texts).items():
        if isinstance(text, texts.Text) and not text.body.startswith("{"):
            assert text.title and text.body.endswith((".", "`.")), name
            assert text.body.count("`") % 2 == 0, name


def test_is_every_text_of_the_catalogue_used():
    folder = Path(texts.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py") if path.stem != "texts")
    names = [name for name in vars(texts) if name.isupper()]
    assert [name for name in names if f"texts.{name}" not in code] == []


def test_can_a_result_be_used_as_a_number():
    result = Result(0.5, Note(texts.CHANGED))
    assert result * 4 == 2.0 and not result and type(result.score) is float
    assert repr(result).startswith("Stored")


@QUICK
@given(
    st.lists(st.text(min_size=1), min_size=2, max_size=26, unique_by=lambda s: s.strip().lower())
)
def test_does_the_text_of_a_choice_always_mean_that_choice(choices):
    assert [find(choice, choices) for choice in choices] == list(range(len(choices)))


def controls(box, kind):
    """Every control of a kind in a box, from top to bottom."""
    found = [box] if isinstance(box, kind) else []
    return found + [one for child in getattr(box, "children", ()) for one in controls(child, kind)]


def test_can_a_prediction_be_made_with_controls(lesson):
    p1 = lesson.predict("p1", "How many?")
    box = p1.ask()
    controls(box, widgets.Text)[0].value = "5"
    controls(box, widgets.Button)[0].click()
    assert "You expect 5" in controls(box, widgets.HTML)[-1].value
    assert p1.events()[0]["value"] == 5


def test_can_a_choice_be_made_with_controls(lesson):
    boxes = [lesson.quiz("q1", "Is it?", YES_NO).ask() for _ in range(2)]
    boxes.append(lesson.predict("p1", "Is it?", choices=["yes", "no"]).ask())
    for box in boxes:
        controls(box, widgets.Button)[0].click()
        assert "Replace the dots" in controls(box, widgets.HTML)[-1].value
    controls(boxes[0], widgets.RadioButtons)[0].value = "yes"
    controls(boxes[0], widgets.Button)[0].click()
    assert "Correct" in controls(boxes[0], widgets.HTML)[-1].value
    assert controls(boxes[1], widgets.RadioButtons)[0].value is None, "no box drives another"


def test_can_several_choices_be_ticked(lesson):
    choices = {**YES_NO, "perhaps": (True, "It may.")}
    box = lesson.quiz("q1", "Is it?", choices).ask()
    for tick in controls(box, widgets.Checkbox)[::2]:
        tick.value = True
    controls(box, widgets.Button)[0].click()
    assert "Correct" in controls(box, widgets.HTML)[-1].value


def test_can_an_order_be_given_with_controls(lesson):
    box = lesson.order("o1", "Order.", {"go": "", "stop": ""}, [("go", "stop")]).ask()
    controls(box, widgets.Text)[0].value = "go stop"
    controls(box, widgets.Button)[0].click()
    assert "Correct" in controls(box, widgets.HTML)[-1].value


def test_does_a_page_without_widgets_still_show_the_question(lesson):
    bundle = lesson.quiz("q1", "Is it?", YES_NO).ask()._repr_mimebundle_()
    assert "<details" in bundle["text/html"] and "Is it?" in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_what_if_there_is_no_ipywidgets(lesson, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    items = [
        lesson.predict("p1", "How many?"),
        lesson.quiz("q1", "Is it?", YES_NO),
        lesson.order("o1", "Order.", {"go": "", "stop": ""}, [("go", "stop")]),
    ]
    assert [item.ask() for item in items] == items
