"""Can an explorer be used by keyboard and by mouse, in JupyterLab and without a kernel?"""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from in_lab import Lesson, fresh, serve

from popcorn_lib import explorers

NAMES = explorers.__all__
SETTINGS = {  # a setting that every program answers to
    "futex": ("wake", "threads"),
    "ipc": ("kind", "threads"),
    "machine": ("topology", "kernels"),
    "memory": ("pages", "kernels"),
    "messages": ("notify", "letters"),
    "moving": ("target", "value"),
    "names": ("new", "link latency"),
    "placement": ("across", "pages"),
    "signals": ("to", "link latency"),
    "single_system_image": ("kernels", None),
    "sockets": ("kind", "pieces"),
    "threads": ("placement", "threads"),
}


def notebook(*sources):
    """A notebook with these cells."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A JupyterLab with a notebook of all explorers, and one with three copies of one."""
    folder = tmp_path_factory.mktemp("explorers")
    (folder / "notebooks").mkdir()
    use = "from popcorn_lib import explorers"
    books = {"every": (use, *(f"explorers.{name}()" for name in NAMES))}
    books["memory"] = (use, "explorers.memory()")
    books["three"] = (use, "one = explorers.machine()\none", "one", "explorers.machine()")
    for name, sources in books.items():
        (folder / "notebooks" / f"{name}.ipynb").write_text(notebook(*sources), encoding="utf-8")
    with serve(folder / "notebooks", folder) as address:
        yield address


class Live:
    """An explorer in JupyterLab."""

    def __init__(self, cell):
        self.box, self.page = cell.locator(".popcorn-live"), cell.page
        self.box.locator("[role=slider][aria-label], [role=radiogroup]").first.wait_for()

    def looks(self):
        """(picture, words) as they are now."""
        picture = self.box.locator(".jp-OutputArea-output svg").first
        return picture.evaluate("one => one.outerHTML"), self.words()

    def words(self):
        return self.box.locator(".popcorn-said [role=status]").inner_text()

    def after(self, act):
        """What it looks like once an act has changed it."""
        before = self.looks()
        act()
        self.page.wait_for_function(
            "([box, old]) => box.querySelector('.popcorn-said').innerText !== old",
            arg=[self.box.element_handle(), before[1]],
        )
        self.page.wait_for_function(
            "([box, old]) => { const now = box.querySelector('.jp-OutputArea-output svg');"
            " return now && now.outerHTML !== old }",
            arg=[self.box.element_handle(), before[0]],
        )
        return self.looks()

    def radio(self, setting, value):
        return self.box.get_by_role("radiogroup", name=setting).get_by_role("radio", name=value)

    def slider(self, setting):
        return self.box.get_by_role("slider", name=setting)

    def is_steady(self, looks):
        self.page.wait_for_timeout(500)
        return self.looks() == looks


def opened(page, served, name):
    lesson = Lesson(page, served, name)
    lesson.run()
    assert lesson.errors() == []
    return lesson


# ---- in JupyterLab ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every(browser, served):
    """All explorers in one notebook, opened once for all tests."""
    with fresh(browser) as page:
        yield opened(page, served, "every")


@pytest.mark.parametrize("name", NAMES)
def test_does_the_picture_follow_the_keyboard_and_the_mouse(every, name):
    place, page = 1 + NAMES.index(name), every.page
    live = Live(every.cell(place))
    page.evaluate(f"{ACTIVE} = {place}")
    buttons, slider = SETTINGS[name]
    group = live.box.get_by_role("radiogroup", name=buttons)
    first = live.looks()
    group.get_by_role("radio").first.focus()
    second = live.after(lambda: page.keyboard.press("ArrowRight"))
    assert group.get_by_role("radio").nth(1).is_checked()
    back = live.after(lambda: group.get_by_role("radio").first.click())
    assert back[1] == first[1] != second[1]
    if slider:
        live.slider(slider).focus()
        assert live.after(lambda: page.keyboard.press("ArrowRight")) != back
        back = live.after(lambda: page.keyboard.press("Home"))
        assert back[1] == first[1]
        assert live.after(lambda: drag(page, live.slider(slider)))[1] != first[1]
    view = getattr(explorers, name)().choices["view"][1]
    if live.box.get_by_role("radiogroup", name="view").count():
        live.after(lambda: live.radio("view", view).click())
    else:
        live.after(lambda: live.box.get_by_label("view").select_option(view))
    assert page.evaluate(ACTIVE) == place  # no key has reached the notebook


ACTIVE = "window.jupyterapp.shell.currentWidget.content.activeCellIndex"


def drag(page, handle):
    """Move a slider's handle to the right."""
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 200, y, steps=4)
    page.mouse.up()


@pytest.mark.parametrize("name", NAMES)
def test_has_everything_a_name_and_is_it_reached_by_tab(every, name):
    place, page = 1 + NAMES.index(name), every.page
    live = Live(every.cell(place))
    here = f'[data-windowed-list-index="{place}"] .popcorn-live'
    found = Axe().run(page, context=here).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    explorer = getattr(explorers, name)()
    labels = [explorer.labels[n] for n, values in explorer.choices.items() if len(values) > 1]
    live.box.locator(".popcorn-knobs [tabindex='0'], .popcorn-knobs input").first.focus()
    reached = []
    for _ in labels:
        reached.append(page.evaluate(LABEL))
        page.keyboard.press("Tab")
    assert reached == labels
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(outline) == "solid"


LABEL = """(() => {
  const now = document.activeElement, whole = now.closest(".widget-radio, .widget-dropdown");
  return now.getAttribute("aria-label") || whole.querySelector(".widget-label").textContent;
})()"""


def test_do_three_copies_in_one_notebook_keep_to_themselves(page, served):
    lesson = opened(page, served, "three")
    for moved, still in ((1, (2, 3)), (3, (1, 2))):
        others = {number: Live(lesson.cell(number)).looks() for number in still}
        live = Live(lesson.cell(moved))
        live.after(lambda one=live: one.radio("topology", "star").click())
        live.slider("kernels").focus()
        live.after(lambda: page.keyboard.press("ArrowRight"))
        for number, looks in others.items():
            assert Live(lesson.cell(number)).is_steady(looks)


def test_is_what_cannot_be_told_in_the_pictures_place(page, served):
    live = Live(opened(page, served, "memory").cell(1))
    live.slider("kernels").focus()
    live.after(lambda: page.keyboard.press("ArrowRight"))
    live.box.get_by_label("variant").focus()
    for variant in ("words at home", "two kernels"):
        picture, words = live.after(lambda: page.keyboard.press("ArrowDown"))
        assert live.box.get_by_label("variant").input_value() == variant
    assert "works on 1 or 2 kernels, not on 3" in words and "This cannot be" in picture
    picture, words = live.after(lambda: page.keyboard.press("ArrowUp"))
    assert "returned 4" in words


# ---- without a kernel ---------------------------------------------------------------------------


def written(html):
    head = '<!doctype html><html lang="en"><title>Explorers</title><main style="margin:16px">'
    return f"{head}{html}</main></html>"


def twin(page, number=0):
    root = page.locator(".popcorn-grid").nth(number)
    root.locator("form").wait_for()
    return root


def shows(root):
    picture = root.locator("form + div").evaluate("one => one.innerHTML")
    return picture, root.locator("> [role=status]").inner_text()


@pytest.mark.parametrize("name", NAMES)
def test_can_the_twin_be_switched_and_does_its_copy_stay(page, name):
    explorer = getattr(explorers, name)()
    page.set_content(written(explorer._repr_html_() * 2))
    one, other = twin(page), twin(page, 1)
    first, there = shows(one), shows(other)
    controls = one.locator("form input:not([type=radio]), form select, form input:checked")
    seen = {first[1]}
    for number in range(controls.count()):
        controls.nth(number).focus()
        is_list = controls.nth(number).evaluate("one => one.tagName === 'SELECT'")
        page.keyboard.press("ArrowDown" if is_list else "ArrowRight")
        page.wait_for_timeout(150)
        seen.add(shows(one)[1])
    assert len(seen) >= 3 and shows(one) != first
    assert shows(other) == there
    found = Axe().run(page, context=".popcorn-grid form").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


def test_is_the_twins_stepper_alive(page):
    page.set_content(written(explorers.memory()._repr_html_()))
    root = twin(page)
    root.get_by_role("radio", name="a page each").check()
    root.get_by_role("button", name="Next").click()
    assert root.locator("output").filter(has_text="1 of").count() == 1


def test_does_the_twin_show_what_one_line_shows(page):
    explorer = explorers.machine()
    page.set_content(written(explorer._repr_html_()))
    root = twin(page)
    root.get_by_role("radio", name="ring").check()
    root.get_by_role("slider", name="kernels").press("End")
    at = explorer.at(kernels=8, topology="ring")
    page.wait_for_function("document.querySelectorAll('.popcorn-grid svg .k').length === 8")
    assert root.locator("> [role=status]").inner_text() == f"{at.title}. {at.description}"


@pytest.mark.parametrize("name", NAMES)
def test_what_does_a_reader_without_scripts_see(browser, name):
    explorer = getattr(explorers, name)()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(written(explorer._repr_html_()))
    assert page.get_by_role("img").bounding_box()["width"] > 300
    assert page.locator("button, input, select").count() == 0
    words = page.locator("main").inner_text()
    assert explorer.said((0,) * len(explorer.choices)) in words
    page.locator("summary").filter(has_text="All pictures in words").click()
    assert page.locator("details[open] li").count() >= 12
    context.close()
