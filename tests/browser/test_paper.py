"""What is left where nothing can be pressed: exports without scripts, and on paper?"""

import re
from copy import deepcopy

import pytest
from bs4 import BeautifulSoup

from popcorn_lib.draw.palette import GROUND
from popcorn_lib.publish.outputs import SHOWN, settle
from popcorn_lib.publish.sheets import stacks

A4 = {"width": 680, "height": 1000}  # what is printed of it, in CSS pixels
NO_OUTPUT = {"hide-output", "hide-cell", "remove-cell"}
SIZES = """all => all.map(one => {
  const {width, right} = one.getBoundingClientRect();
  return [one.getAttribute("alt") ?? "", one.complete ? one.naturalWidth : 0, width, right];
})"""


def shown(notebook, kind):
    """The numbers of the cells with outputs that an export of this kind shows."""
    cells = notebook.cells
    if kind == "slides":
        sheets = [sheet for stack in stacks(cells) for sheet in stack]
        cells = [cell for sheet in sheets for group in sheet.groups for cell in group.cells]
    return [
        cell
        for cell in cells
        if cell.get("outputs") and not NO_OUTPUT & set(cell.metadata.get("tags", ()))
    ]


def promised(cell):
    """(pictures, folded parts) in a cell's outputs."""
    pictures = folds = 0
    for output in cell.outputs:
        form = next((one for one in SHOWN if one in output.get("data", {})), "")
        if form == "text/html":
            soup = BeautifulSoup(output.data[form], "html.parser")
            pictures += len(soup.find_all(["img", "svg"]))
            folds += len(soup.find_all("details"))
        pictures += form.startswith("image/")
    return pictures, folds


@pytest.mark.parametrize(("kind", "medium"), [("pages", "screen"), ("slides", "print")])
def test_does_every_figure_show_where_scripts_are_off(published, browser, kind, medium):
    context = browser.new_context(java_script_enabled=False, viewport=A4)
    page = context.new_page()
    page.emulate_media(media=medium)
    page.goto(getattr(published, kind))
    wanted, there, bad = {}, {}, []
    for cell in shown(settle(deepcopy(published.notebook)), kind):
        number = cell.metadata["number"]
        part = page.locator(f'[data-cell="{number}"] .outputs')
        images, drawings = part.locator("img"), part.locator("svg")
        wanted[number] = promised(cell)
        there[number] = images.count() + drawings.count(), part.locator("details").count()
        for alt, loaded, width, right in images.evaluate_all(SIZES):
            if len(alt) < 20 or not loaded or width < 60 or right > A4["width"]:
                bad.append((number, alt[:40], loaded, width, right))
    assert there == wanted
    assert bad == []
    assert sum(pictures for pictures, _ in wanted.values()) or "small" in published.pages
    context.close()


CUT = """() => {
  const seen = (one) => one.getClientRects().length > 0;
  const name = (one) =>
    `${one.tagName} .${one.getAttribute("class")}: ${one.textContent.slice(0, 40)}`;
  const pressed = [...document.querySelectorAll(".popcorn :is(button, input, select, form)")]
    .filter(seen).map((one) => `can be pressed: ${name(one)}`);
  const cut = [...document.querySelectorAll("main :is(pre, div, table, img, svg)")].filter((one) =>
    seen(one) && !one.closest("svg svg, .spoken")
    && ((getComputedStyle(one).overflow !== "visible" || one.tagName === "PRE")
      && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
      || one.getBoundingClientRect().right > WIDTH + 1)).map((one) => `is cut: ${name(one)}`);
  return [...pressed, ...cut];
}"""


def test_does_a_page_go_to_paper_whole_and_in_black_on_white(published, page):
    page.set_viewport_size(A4)
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(published.pages)
    assert page.evaluate(CUT.replace("WIDTH", str(A4["width"]))) == []
    grounds = page.locator(".popcorn-svg").evaluate_all(
        "all => [...new Set(all.map(one => getComputedStyle(one).getPropertyValue('--p-ground')))]"
    )
    assert set(grounds) <= {GROUND["ground"][0]}
    assert page.locator("body").evaluate("one => getComputedStyle(one).backgroundColor") in {
        "rgb(255, 255, 255)"
    }


def test_does_a_deck_go_to_paper_a_sheet_a_slide_and_nothing_is_cut(published, page):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(published.slides + "?print-pdf")
    page.wait_for_function("() => document.querySelectorAll('.pdf-page').length > 0")
    assert page.evaluate(CUT.replace("WIDTH", "1280")) == []
    behind = "all => [...new Set(all.map(one => getComputedStyle(one).backgroundColor))]"
    assert page.locator(".pdf-page").evaluate_all(behind) == ["rgba(0, 0, 0, 0)"]
    sheets = page.pdf(prefer_css_page_size=True)
    slides = page.evaluate("() => Reveal.getTotalSlides()")
    assert len(re.findall(rb"/Type /Page\b", sheets)) == slides
