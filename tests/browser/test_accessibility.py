"""Can everybody use what we show: pages, slides, pictures with controls, the learner's items?

axe-core looks at what a program can judge about structure, names and roles, and on samples also at
colours; contrast of every text and every mark is measured on every page itself, in both themes.
"""

import pytest
from access import THEMES, faint, unfold, violations
from nbformat import write
from sample import SAMPLES, code, lively

from popcorn_lib.draw.palette import GROUND
from popcorn_lib.publish.ink import PAPERS

# What is not ours: (rule, where).  The corner of a table that pandas writes; exports mend it.
JUPYTER = [("empty-table-header", ".dataframe")]


def printed(page, address):
    """A deck with all its slides below each other, as it is before it goes to paper.

    reveal.js leaves them hidden from readers who listen, for whom no paper is; here they are not.
    """
    page.goto("about:blank")
    page.goto(address + "?print-pdf")
    page.wait_for_function("() => document.querySelectorAll('.pdf-page').length > 0")
    page.add_style_tag(content="* { transition: none !important; }")  # of colours, too
    page.evaluate(
        "() => document.querySelectorAll('section').forEach("
        "one => { one.hidden = false; one.removeAttribute('aria-hidden'); })"
    )


def test_does_axe_find_nothing_on_a_page(published, page):
    page.goto(published.pages)
    unfold(page)
    assert violations(page, colours=published.name in SAMPLES) == []


def test_does_axe_find_nothing_on_all_slides_at_once(published, page):
    printed(page, published.slides)
    assert violations(page, colours=False) == []


def test_does_axe_find_nothing_on_one_slide_after_the_other(export, page):
    page.goto(export("lively").slides)
    page.wait_for_function("() => globalThis.Reveal?.isReady()")
    found, last = {}, False
    while not last:
        unfold(page)
        if wrong := violations(page):
            found[page.url] = wrong
        last = page.evaluate(
            "() => { const last = Reveal.isLastSlide(); Reveal.next(); return last; }"
        )
    assert found == {}


def test_does_every_text_and_every_mark_stand_out(published, page):
    page.goto(published.pages)
    unfold(page)
    assert_nothing_is_faint_in_any_theme(page)
    printed(page, published.slides)
    assert_nothing_is_faint_in_any_theme(page)


def assert_nothing_is_faint_in_any_theme(page):
    for theme, paper in zip(THEMES, PAPERS["paper"], strict=True):
        take(page, theme)
        assert ground_of(page, "body") == paper
        assert_nothing_is_faint(page)


def take(page, theme):
    """The reader's system takes a theme; pictures hear of it a moment later than the page."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "theme => [...document.querySelectorAll('[data-ground]')]"
        ".every(one => one.dataset.ground === theme)",
        arg=theme,
    )


def assert_nothing_is_faint(page):
    found, texts, _ = faint(page)
    assert texts > 10
    assert found == []


def ground_of(page, selector):
    """The colour behind an element, as a style sheet writes it."""
    colour = "element => getComputedStyle(element).backgroundColor.match(/\\d+/g).map(Number)"
    red, green, blue = page.locator(selector).first.evaluate(colour)[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_does_the_measure_see_what_is_faint(page):
    """Grey on grey, a pale line, and white letters on a dark mark, which are none of it."""
    page.set_content(
        '<body style="background:#888"><p style="color:#777">hard to read</p>'
        '<div class="popcorn" style="background:#fff"><svg class="popcorn-svg" width="90">'
        '<path d="M0 0L90 90" stroke="#ddd"/><rect width="60" height="60" fill="#333"/>'
        '<text x="9" y="40" fill="#fff">easy</text></svg></div>'
    )
    found, texts, marks = faint(page)
    assert [(what, ratio < 1.5) for _, ratio, what in found] == [
        ("hard to read", True),
        ("rgb(221, 221, 221)", True),
    ]
    assert (texts, marks) == (2, 2)


@pytest.mark.parametrize("theme", THEMES)
def test_do_pictures_take_the_theme_that_a_deck_was_made_in(export, page, theme, tmp_path):
    other = THEMES[1 - THEMES.index(theme)]
    page.emulate_media(color_scheme=other)
    page.goto(export("lively", theme).slides)
    place = THEMES.index(theme)
    assert ground_of(page, "body") == PAPERS["paper"][place]
    grounds = page.locator(".popcorn-svg").evaluate_all(
        "all => [...new Set(all.map(one => getComputedStyle(one).getPropertyValue('--p-ground')))]"
    )
    assert grounds == [GROUND["ground"][place]]


@pytest.mark.parametrize("theme", THEMES)
def test_do_pictures_follow_when_the_reader_changes_the_theme(export, page, theme):
    other = THEMES[1 - THEMES.index(theme)]
    page.emulate_media(color_scheme=other)
    page.goto(export("lively").pages)
    take(page, theme)
    assert_nothing_is_faint(page)
    ground = "one => getComputedStyle(one).getPropertyValue('--p-ground')"
    shown = page.locator(".popcorn-svg").first.evaluate(ground)
    assert shown == GROUND["ground"][THEMES.index(theme)]


def in_lab():
    """The lively sample, and its items with the controls that only a kernel gives."""
    notebook = lively()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    asked = [
        "guess.ask()",
        "choice.ask()",
        "one.ask()",
        "two.ask()",
        "row.ask()",
        "lesson.report()",
    ]
    notebook.cells += [code(source) for source in asked]
    for one in notebook.cells:
        if one.source == "1 / 0":  # JupyterLab stops there
            one.source = "choice"
    return notebook


def test_does_axe_find_nothing_of_ours_in_jupyterlab(served, open_lesson):
    write(in_lab(), served / "for_everybody.ipynb")
    lesson = open_lesson("for_everybody")
    lesson.run()
    assert lesson.errors() == []
    page, found = lesson.page, {}
    lesson.show_all()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        page.evaluate(change, theme)
        page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg=str(theme.endswith("Light")).lower(),
        )
        found[theme] = violations(page, ".jp-OutputArea-output > *", JUPYTER)
    assert found == {theme: [] for theme in found}
