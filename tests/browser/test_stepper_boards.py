"""What the stepper tells of an event: what happened before it, what is on a board then."""

import re

import pytest
from draw_traces import busy, traced
from one_stepper import SHOWN, at, opened, shown_folds, told

from popcorn_lib.draw import stepper
from popcorn_lib.draw.boards import BOARDS


@pytest.fixture(scope="module")
def trace():
    return traced(busy, 2)


@pytest.fixture
def root(page, trace):
    return opened(page, stepper(trace))


# ---- looking at what happened before ------------------------------------------------------------


def test_does_looking_at_an_event_by_key_tell_what_was_before_it(root, trace):
    page = root.page
    root.locator(".diagram").focus()
    start = at(root)
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    looked = int(re.match(r"Looking at (\d+):", told(root))[1])
    marked = root.locator(".e.before").evaluate_all(SHOWN)
    assert marked == trace.past(looked) and at(root) == start
    assert root.locator(".ring:not(.off)").bounding_box()["height"] > 10
    page.keyboard.press("Enter")
    assert at(root) == looked
    page.keyboard.press("Escape")
    assert root.locator(".e.before").count() == 0 and told(root) == ""


# ---- boards -------------------------------------------------------------------------------------


def test_does_a_board_move_with_the_steps_and_mark_what_changed(root, trace):
    story, board = stepper(trace).story, BOARDS["pages"]
    root.locator(".boards").get_by_label("State").select_option(board.title)
    slider = root.locator("input[type=range]")
    slider.focus()
    changes = 0
    for index in range(1, len(trace)):
        root.page.keyboard.press("ArrowRight")
        rows, table = board.rows(story, index), root.locator(".states table")
        assert table.locator("caption").inner_text() == board.words(story, index)
        texts = [text for _, cells in rows for _, text in cells]
        if not texts:
            continue
        found = table.locator("tbody tr:not(.went) td").evaluate_all(
            "all => all.map(td => td.lastChild.textContent)"
        )
        assert found == texts
        if rows == board.rows(story, index - 1):
            assert table.locator(".fresh").count() == 0
        else:
            assert table.locator(".fresh, .went").count() > 0
            changes += 1
    assert changes > 3


def test_can_a_board_be_chosen_by_key(root):
    select = root.locator(".boards").get_by_label("State")
    select.focus()
    root.page.keyboard.press("ArrowDown")
    assert root.locator(".states table").count() == 1
    root.page.keyboard.press("ArrowUp")
    assert root.locator(".states table").count() == 0
    assert root.locator(".states .state").count() == 3


# ---- around -------------------------------------------------------------------------------------


def test_do_two_copies_choose_for_themselves(page, trace):
    html = stepper(trace)._repr_html_()
    page.set_content(f"<!doctype html><body>{html}{html}</body>")
    one, other = page.locator(".popcorn-stepper").all()
    one.locator(".diagram").focus()
    page.keyboard.press("f")
    assert shown_folds(one) and not shown_folds(other)


def test_can_everything_that_can_be_used_be_seen_to_have_the_focus(root):
    page = root.page
    root.get_by_role("button", name="First event").focus()
    seen_, count = set(), root.locator("button:enabled, input, select, summary, .diagram").count()
    for _ in range(count):
        mark = page.evaluate(
            "() => { const one = document.activeElement, s = getComputedStyle(one);"
            " return [one.textContent.slice(0, 30) + one.tagName + one.ariaLabel,"
            " parseFloat(s.outlineWidth)]; }"
        )
        assert mark[1] >= 2, mark
        seen_.add(mark[0])
        page.keyboard.press("Tab")
    assert len(seen_) == count
