"""Does the stepper work for a hand on the keyboard, a mouse, and a reader without scripts?"""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import expect

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import explore_grid, machine_graph, stepper
from popcorn_lib.draw.palette import GROUND
from popcorn_lib.draw.words import happened
from popcorn_lib.publish.export import to_html


def worker(sys, word):
    yield sys.fetch_add(word, 1)
    return 7


def main(sys):
    word = yield sys.mmap(4096)
    tid = yield sys.clone(worker, word, on="k1")
    yield sys.migrate("k1")
    yield sys.join(tid)
    return (yield sys.load(word))


@pytest.fixture(scope="module")
def shown():
    return stepper(simulate(main, Machine.multikernel(2)).trace)


def written(html, before=""):
    head = '<!doctype html><html lang="en"><title>Steps</title><body style="margin:16px">'
    return f"{head}{before}{html}</body></html>"


@pytest.fixture
def two(page, shown):
    """Two copies on one page."""
    page.set_content(written(shown._repr_html_() * 2))
    roots = page.locator(".popcorn-stepper")
    return roots.nth(0), roots.nth(1)


def looks(root):
    """What a stepper shows: picture, graph, states, words."""
    return [
        root.locator(name).evaluate("element => element.outerHTML")
        for name in (".diagram svg", ".graph svg", ".states", ".words")
    ]


def output(root):
    return root.locator("output").inner_text()


def test_does_everything_move_with_the_arrow_keys_and_the_other_copy_stay(two, shown):
    one, other = two
    before, there = looks(one), looks(other)
    one.locator("input[type=range]").focus()
    clone = next(event for event in shown.story.events if event.name == "clone")
    for _ in range(clone.index):
        one.page.keyboard.press("ArrowRight")
    assert output(one) == f"{clone.index} of {shown.story.last}"
    assert all(old != new for old, new in zip(before, looks(one), strict=True))
    assert looks(other) == there
    assert "CLONE_REQUEST to k1" in one.locator(".words").inner_text()
    assert one.locator(".graph .m:not(.off) text").text_content() == "CLONE_REQUEST"
    assert one.locator(".states .now").inner_text().count("+ ") == 1
    for _ in range(clone.index):
        one.page.keyboard.press("ArrowLeft")
    assert output(one) == f"0 of {shown.story.last}"
    assert looks(one)[2:] == before[2:]


def test_do_home_end_and_page_keys_go_far(two, shown):
    one, _ = two
    one.locator(".diagram").focus()
    reached = []
    for key in ("End", "Home", "PageDown", "PageUp"):
        one.page.keyboard.press(key)
        reached.append(output(one).split(" of ")[0])
    assert reached == [str(shown.story.last), "0", "10", "0"]


def test_do_buttons_and_a_click_on_an_event_move_it(two):
    one, _ = two
    one.get_by_role("button", name="Next").click()
    one.get_by_role("button", name="Next").click()
    one.get_by_role("button", name="Back").click()
    assert output(one).startswith("1 of")
    one.locator('.diagram .e[data-i="5"] .sign').click()
    assert output(one).startswith("5 of")


def test_can_one_step_from_message_to_message(two, shown):
    one, _ = two
    one.get_by_label("Step").select_option("messages only")
    one.get_by_role("button", name="Next").click()
    first = next(event for event in shown.story.events if event.sent)
    assert output(one).startswith(f"{first.index} of")


def test_does_it_show_what_led_to_an_event(two, shown):
    one, other = two
    one.get_by_role("button", name="Last event").click()
    one.get_by_role("button", name="What led here").press("Enter")
    ancestors = set(shown.story.trace.to_graph().pred[shown.story.last])
    marked = one.locator(".e.before").evaluate_all("all => all.map(e => +e.dataset.i)")
    assert ancestors <= set(marked)
    assert other.locator(".e.before").count() == 0


def test_does_pointing_at_an_event_show_what_led_to_it(two):
    one, _ = two
    one.locator('.diagram .e[data-i="3"] .sign').hover()
    assert one.locator(".e.before").count() == 3
    one.page.mouse.move(1, 1)
    assert one.locator(".e.before").count() == 0


def test_do_keys_stay_inside_only_while_it_has_the_focus(two):
    one, _ = two
    one.page.evaluate("window.keys = 0; document.addEventListener('keydown', () => window.keys++)")
    one.locator("input[type=range]").press("ArrowRight")
    assert one.page.evaluate("window.keys") == 0
    one.page.evaluate("document.activeElement.blur()")
    one.page.keyboard.press("ArrowRight")
    assert one.page.evaluate("window.keys") == 1


def test_do_names_for_a_screen_reader_follow_the_step(two, shown):
    one, _ = two
    assert one.get_attribute("role") == "group" and "2 kernels" in one.get_attribute("aria-label")
    for name in (".diagram svg", ".graph svg"):
        before = one.locator(name).get_attribute("aria-label")
        one.get_by_role("button", name="Next").click()
        assert one.locator(name).get_attribute("role") == "img"
        for _ in range(3):
            one.get_by_role("button", name="Next").click()
        assert one.locator(name).get_attribute("aria-label") != before
    said = one.locator("[aria-live=polite].words").inner_text()
    assert said == happened(shown.story, int(output(one).split(" of ")[0]))


def test_does_it_work_in_a_slide_that_is_hidden_at_first(page, shown):
    hidden = f'<section style="display:none">{shown.step(9)._repr_html_()}</section>'
    page.set_content(written(hidden))
    page.evaluate("document.querySelector('section').style.display = 'block'")
    page.wait_for_function("document.querySelector('.diagram').scrollTop > 0")
    band = page.locator(".here").bounding_box()
    pane = page.locator(".diagram").bounding_box()
    assert pane["y"] < band["y"] < pane["y"] + pane["height"]


def test_what_does_a_reader_without_scripts_see(browser, shown):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(written(shown._repr_html_()))
    image = page.get_by_role("img")
    assert image.bounding_box()["width"] > 300
    assert page.locator("button, input").count() == 0
    page.locator("summary").click()
    assert page.locator("li").count() == len(shown.story.events)
    assert "CLONE_REQUEST" in page.locator("ol").inner_text()
    context.close()


@pytest.mark.parametrize("before", ["", '<body data-jp-theme-light="false">'])
def test_does_it_take_the_dark_theme(browser, shown, before):
    context = browser.new_context(color_scheme="light" if before else "dark")
    page = context.new_page()
    page.set_content(written(shown._repr_html_(), before))
    sheet = page.locator(".diagram .sheet").first
    red, green, blue = (int(GROUND["ground"][1][at : at + 2], 16) for at in (1, 3, 5))
    fill = sheet.evaluate("element => getComputedStyle(element).fill")
    assert fill == f"rgb({red}, {green}, {blue})"
    context.close()


def test_does_a_light_page_stay_light_on_a_dark_system(browser, shown):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.set_content(written(f'<div style="background:#fff">{shown._repr_html_()}</div>'))
    fill = page.locator(".diagram .sheet").first.evaluate("e => getComputedStyle(e).fill")
    assert fill == "rgb(255, 255, 255)"
    context.close()


def test_does_a_picture_go_into_the_page_and_keep_its_words(page):
    picture = machine_graph(Machine.multikernel(3))
    page.set_content(written(picture._repr_html_()))
    label = page.locator("svg").get_attribute("aria-label")
    assert picture.description in label and page.locator("img").count() == 0


@pytest.mark.parametrize("view", ["spacetime", "graph", "state", "text"])
def test_does_one_view_alone_move(page, shown, view):
    page.set_content(written(stepper(shown.story.trace, views=(view,))._repr_html_()))
    page.locator("input[type=range]").press("End")
    assert page.locator(".diagram svg, .graph svg, .state, .words.shown").count() >= 1
    assert page.locator(".words").inner_text() == happened(shown.story, shown.story.last)
    page.locator("input[type=range]").press("f")
    assert "fold" in page.locator(".told").inner_text()


def test_do_the_keys_of_a_stepper_leave_the_slide_where_it_is(page, shown, tmp_path):
    cells = [new_markdown_cell("# First"), new_code_cell("show()"), new_markdown_cell("# Last")]
    bundle = shown._repr_mimebundle_()
    cells[1].outputs = [new_output("display_data", data=bundle)]
    for cell in cells:
        cell.metadata["slideshow"] = {"slide_type": "slide"}
    deck = tmp_path / "deck.html"
    html = to_html(new_notebook(cells=cells), "slides", Path("deck.ipynb"))
    deck.write_text(html, encoding="utf-8")
    page.goto(deck.as_uri() + "#/1")
    page.wait_for_function("() => window.Reveal?.isReady?.()")
    where = "() => Reveal.getIndices().h"
    root = page.locator(".popcorn-stepper")
    for part, keys in (
        (".diagram", "ArrowRight ArrowDown f Enter Escape"),
        ("button", "Space End"),
    ):
        root.locator(part).first.focus()
        for key in keys.split():
            page.keyboard.press(key)
            assert page.evaluate(where) == 1, key
    assert output(root) == f"{shown.story.last} of {shown.story.last}"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(where) == 2


def test_do_two_grids_choose_for_themselves(page):
    def make(kernels, topology):
        return machine_graph(Machine.multikernel(kernels, topology=topology))

    grid = explore_grid(make, kernels=[2, 3], topology=["full", "star"])
    page.set_content(written(grid._repr_html_() * 2))
    one, other = (page.locator(".popcorn-grid").nth(number) for number in (0, 1))
    one.get_by_role("radio", name="2").focus()
    page.keyboard.press("ArrowRight")
    one.get_by_role("radio", name="star").check()
    assert one.locator(".k").count() == 3 and other.locator(".k").count() == 2
    star = grid.at(kernels=3, topology="star")
    expect(one.locator("[role=status]")).to_have_text(f"{star.title}. {star.description}")
