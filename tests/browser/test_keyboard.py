"""Does a hand on the keyboard reach everything, see where it is, and get away again?"""

import pytest
from access import THEMES

FOCUSABLE = """(part) => [...document.querySelectorAll(part
  + " :is(a[href], button, input, select, textarea, summary, [tabindex='0'])")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("[hidden]")
    && !(one.type === "radio" && !one.checked
      && document.querySelector(`[name="${one.name}"]:checked`)))
  .length"""
# The element with the focus, what surrounds it, and the contrast of its ring to the ground.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), bytes = (text) => text.match(/[\\d.]+/g).map(Number);
  let up = one.parentElement;
  while (up && bytes(getComputedStyle(up).backgroundColor)[3] === 0) up = up.parentElement;
  const light = (colour) => bytes(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const [dark, bright] = [light(style.outlineColor),
    up ? light(getComputedStyle(up).backgroundColor) : 1].sort((a, b) => a - b);
  globalThis.focused ??= [];
  const fresh = !focused.includes(one);
  if (fresh) focused.push(one);
  return {
    name: `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 20)}`, fresh,
    visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    contrast: (bright + 0.05) / (dark + 0.05),
    inside: one.closest(".popcorn")?.className.match(/popcorn-(\\w+)/)?.[1] ?? "",
    slide: one.closest("section section")?.classList.contains("present") ?? true,
  };
}"""


def tour(page):
    """Press Tab until the focus has been everywhere; yield what had it."""
    for _ in range(300):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        if focus is None or not focus["fresh"]:
            return
        yield focus
    raise AssertionError("the Tab key finds no end")


@pytest.mark.parametrize("theme", THEMES)
def test_does_the_tab_key_reach_every_control_of_a_page_and_show_where_it_is(export, page, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(export("lively").pages)
    everything = page.evaluate(FOCUSABLE, "body")
    stops = list(tour(page))
    assert len(stops) == everything
    assert {"stepper", "grid"} <= {stop["inside"] for stop in stops}
    assert [stop["name"] for stop in stops if not stop["visible"]] == []
    assert [stop["name"] for stop in stops if stop["contrast"] < 3] == []


def opened(page, deck, title):
    """The deck at the slide with this heading."""
    page.goto("about:blank")
    page.goto(deck)
    page.wait_for_function("() => globalThis.Reveal?.isReady()")
    find = "title => Reveal.getSlides().find(one => one.querySelector('h2')?.textContent === title)"
    page.evaluate(f"title => {{ const {{h, v}} = Reveal.getIndices(({find})(title)); "
                  "Reveal.slide(h, v); }", title)  # fmt: skip
    return where(page)


def where(page):
    place = page.evaluate("() => Reveal.getIndices()")
    return place["h"], place["v"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("title", "kind"), [("A stepper", "stepper"), ("A grid", "grid")])
def test_does_the_tab_key_stay_on_the_slide_that_is_shown(export, page, title, kind, theme):
    page.emulate_media(color_scheme=theme)
    here = opened(page, export("lively").slides, title)
    stops = list(tour(page))
    there = page.evaluate(FOCUSABLE, "section.present:not(.stack)")
    assert len([stop for stop in stops if stop["inside"] == kind]) == there > 0
    assert [stop["name"] for stop in stops if not stop["slide"]] == []
    assert [stop["name"] for stop in stops if not stop["visible"] or stop["contrast"] < 3] == []
    assert where(page) == here


@pytest.mark.parametrize(("title", "kind"), [("A stepper", "stepper"), ("A grid", "grid")])
def test_do_keys_inside_turn_no_slide_and_does_escape_give_them_back(export, page, title, kind):
    here = opened(page, export("lively").slides, title)
    stops = 0
    while (focus := next(tour(page), None)) and focus["inside"] == kind:
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "PageDown", "End", "Home"):
            page.keyboard.press(key)
            assert where(page) == here, (focus["name"], key)
            assert page.evaluate(f"() => !!document.activeElement.closest('.popcorn-{kind}')")
        stops += 1
    assert stops
    first = f".present .popcorn-{kind} input"
    page.locator(first).first.focus()
    page.keyboard.press("Escape")
    assert not page.evaluate("() => Reveal.isOverview()")
    assert page.evaluate("() => document.activeElement === document.body")
    page.keyboard.press("PageDown")
    assert where(page) != here


def test_does_a_page_have_no_stop_where_nothing_scrolls(export, page):
    page.goto(export("lively").pages)
    assert page.locator("pre[tabindex], .output[tabindex]").count() == 0
    page.set_viewport_size({"width": 320, "height": 700})
    page.wait_for_function("() => document.querySelector('pre[tabindex]')")
    code = page.locator("pre[tabindex]").first
    code.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
