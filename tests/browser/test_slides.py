"""Decks and pages in a real browser: nothing is fetched, nothing overflows, the keys do right.

Every lesson in notebooks/ is one case here, and two samples of everything a lesson can show are
others; a lesson that cannot be published fails by its name.
"""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sample import cell

from popcorn_lib.publish.export import to_html
from popcorn_lib.publish.fit import overflows
from popcorn_lib.publish.lesson import number

SIZE = {"width": 1280, "height": 720}
INSIDE = ("file:", "data:", "blob:", "about:")


@pytest.fixture
def own_deck(export):
    """The sample's deck alone, for what needs to know what is on the slides."""
    return export("small").slides


@pytest.fixture
def page(browser):
    """A page that keeps what it asked for and what went wrong; both must stay empty."""
    page = browser.new_page(viewport=SIZE)
    trouble = []
    page.on("request", lambda one: one.url.startswith(INSIDE) or trouble.append(one.url))
    page.on("console", lambda one: one.type == "error" and trouble.append(one.text))
    page.on("pageerror", lambda one: trouble.append(str(one)))
    yield page
    page.close()
    assert trouble == []


def opened(page, address):
    page.goto(address)
    page.wait_for_function("() => globalThis.Reveal?.isReady()")
    return page


def where(page):
    place = page.evaluate("() => Reveal.getIndices()")
    return place["h"], place["v"]


def walk(page):
    """Go through the deck by its forward key; yield each slide's place, once all of it shows."""
    for _ in range(1000):
        if page.evaluate("() => !Reveal.availableFragments().next"):
            yield where(page)
            if page.evaluate("() => Reveal.isLastSlide()"):
                return
        page.keyboard.press("PageDown")
    raise AssertionError("the deck does not end")


def test_does_every_slide_fit_and_does_the_keyboard_reach_all_of_them(published, page):
    opened(page, published.slides)
    places, too_much = [], {}
    for place in walk(page):
        places.append(place)
        if found := overflows(page):
            too_much[place] = found
    assert too_much == {}
    assert len(set(places)) == page.evaluate("() => Reveal.getTotalSlides()")


def test_can_a_deck_be_read_without_scripts(published, browser):
    context = browser.new_context(java_script_enabled=False, viewport=SIZE)
    page = context.new_page()
    page.goto(published.slides)
    slides = page.locator("section > section").all()
    bottoms = [0]
    for slide in slides:
        box = slide.bounding_box()
        assert slide.inner_text().strip() or slide.locator("img, svg").count()
        assert box["height"] > 20 and box["y"] >= bottoms[-1] - 1
        bottoms.append(box["y"] + box["height"])
    assert page.evaluate("() => getComputedStyle(document.body).overflow") != "hidden"
    context.close()


def test_is_a_page_complete_and_do_its_contents_lead_somewhere(published, page):
    page.goto(published.pages)
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    for link in page.locator(".contents a").all():
        link.click()
        lands = "() => document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null"
        assert page.evaluate(lands)


def test_does_an_arrow_key_inside_a_stepper_leave_the_slide_where_it_is(own_deck, page):
    opened(page, own_deck + "#/3")
    stepper = page.locator(".popcorn-stepper")
    stepper.focus()
    page.keyboard.press("ArrowRight")
    assert (where(page), stepper.locator("output").inner_text()) == ((3, 0), "step 1")
    stepper.locator("input").focus()
    page.keyboard.press("ArrowRight")
    assert where(page) == (3, 0)
    page.keyboard.press("Escape")
    assert not page.evaluate("() => Reveal.isOverview()")
    page.keyboard.press("ArrowRight")
    assert where(page) == (4, 0)


def test_does_space_press_a_button_rather_than_turn_the_slide(own_deck, page):
    opened(page, own_deck + "#/3")
    page.locator(".popcorn-stepper button").focus()
    page.keyboard.press("Space")
    assert where(page) == (3, 0)
    assert page.locator(".popcorn-stepper output").inner_text() == "step 1"


def test_does_a_picture_give_way_to_the_text_around_it(own_deck, page):
    opened(page, own_deck + "#/3")
    box = page.locator(".popcorn-stepper svg").bounding_box()
    assert 200 < box["height"] < 560
    assert overflows(page) == []


EXPLORER = """() => Reveal.slide([...document.querySelectorAll(".slides > section")].findIndex(
  (one) => one.textContent.includes("An explorer")))"""


def test_does_a_stepper_below_controls_fit_whatever_is_chosen(export, page):
    opened(page, export("views").slides)
    page.evaluate(EXPLORER)
    grid = page.locator(".present .popcorn-grid")
    grid.locator(".popcorn-stepper .live").wait_for()
    for radio in grid.locator("form input").all():
        radio.check()
        page.wait_for_timeout(150)  # the picture is another soon after
        for name in ("Last event", "First event", "Next"):
            if grid.locator(".popcorn-stepper").count():
                grid.get_by_role("button", name=name).click()
            assert overflows(page) == []
    assert grid.locator("form input").count() >= 4
    grid.get_by_role("radio", name="step by step").check()
    grid.locator(".popcorn-stepper .live").wait_for()
    diagram, state = (grid.locator(f".popcorn-stepper {one}") for one in (".diagram", ".states"))
    assert diagram.bounding_box()["height"] > 140
    assert state.bounding_box()["x"] > diagram.bounding_box()["x"] + 300  # beside it


def test_does_a_fragment_wait_for_its_key_and_the_address_follow(own_deck, page):
    opened(page, own_deck + "#/1")
    waiting = page.locator(".fragment")
    assert "visible" not in waiting.get_attribute("class").split()
    page.keyboard.press("Space")
    assert "visible" in waiting.get_attribute("class").split()
    page.keyboard.press("Space")
    page.wait_for_function("() => location.hash === '#/1/1'", timeout=5_000)


def test_do_the_notes_open_in_a_window_of_their_own(own_deck, page):
    opened(page, own_deck)
    assert not page.get_by_text("Said, not shown.").is_visible()
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    popup.value.wait_for_selector("text=Said, not shown.", timeout=15_000)


def test_does_the_check_see_a_slide_that_is_too_full(page, tmp_path):
    long = new_notebook(
        cells=[
            cell(new_markdown_cell("# Tall\n\n" + "line\n\n" * 40), "slide"),
            cell(new_code_cell("x = " + "1 + " * 60 + "1"), "slide"),
        ]
    )
    target = tmp_path / "deck.html"
    target.write_text(to_html(number(long), "slides", Path("long.ipynb")), encoding="utf-8")
    opened(page, target.as_uri())
    assert "too much from top to bottom" in overflows(page)[0]
    page.keyboard.press("ArrowRight")
    assert "<pre>" in overflows(page)[0] and "too wide" in overflows(page)[0]
