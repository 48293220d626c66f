"""Folds, lanes and filters of the stepper, each by keyboard and by mouse."""

import pytest
from draw_traces import busy, folds, seen, traced
from one_stepper import SHOWN, at, opened, shown_events, shown_folds, told

from popcorn_lib.draw import spacetime, stepper
from popcorn_lib.draw.shown import Shown


@pytest.fixture(scope="module")
def trace():
    return traced(busy, 2)


@pytest.fixture
def root(page, trace):
    return opened(page, stepper(trace))


def by_key(button):
    """Press a control as a hand on the keyboard does."""
    button.focus()
    button.page.keyboard.press("Enter")


def by_mouse(button):
    button.click()


BY = pytest.mark.parametrize("use", [by_key, by_mouse])


# ---- the script and the one-line call -----------------------------------------------------------

SETTINGS = [
    {"fold": True},
    {"hide": ("k1",)},
    {"hide": ("k0", "k2")},
    {"mechanism": "futex"},
    {"fold": True, "kernel": "k1"},
    {"fold": True, "thread": "k0:3", "hide": ("k2",)},
]


def choose(root, fold=False, hide=(), **only):
    """What the keywords of the one-line call do, done with the controls."""
    if fold:
        root.get_by_role("button", name="Fold local steps").click()
    for name in hide:
        root.locator(".lanes").get_by_role("button", name=name).click()
    for what, name in only.items():
        root.get_by_label(f"Only one {what}").select_option(name)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_do_the_controls_show_what_the_one_line_call_shows(root, trace, setting):
    choose(root, **setting)
    picture = spacetime(trace, **setting)
    assert shown_events(root) == seen(picture.svg)
    assert sorted(map(tuple, shown_folds(root))) == sorted(folds(picture.svg))
    wires = root.locator(".diagram .m:not(.off)").evaluate_all(SHOWN)
    assert wires == sorted(seen(picture.svg, "m"))
    size = root.locator(".diagram svg").get_attribute("viewBox")
    assert size == f"0 0 {picture.width:g} {picture.height:g}"


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_does_every_mark_stand_where_the_one_line_call_draws_it(root, trace, page, setting):
    choose(root, **setting)
    ends = """svg => [...svg.querySelectorAll('.e:not(.off) .sign, .m:not(.off) .tip')].map(one => {
      const at = one.getCTM(), home = svg.getCTM(), box = one.getBBox();
      const point = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2)
        .matrixTransform(home.inverse().multiply(at));
      return one.closest('g').dataset.i + ' ' + Math.round(point.x) + ' ' + Math.round(point.y);
    }).sort()"""
    moved = root.locator(".diagram svg").evaluate(ends)
    page.set_content(spacetime(trace, **setting).svg)
    assert moved == page.locator("svg").evaluate(ends)


def test_does_it_open_as_the_one_line_call_asks(page, trace):
    root = opened(page, stepper(trace, fold=True, hide="k2", mechanism=("futex", "memory")))
    assert (
        root.get_by_role("button", name="Fold local steps").get_attribute("aria-pressed") == "true"
    )
    lane = root.locator(".lanes").get_by_role("button", name="k2")
    assert lane.get_attribute("aria-pressed") == "false"
    assert root.get_by_label("Only one mechanism").locator("option:checked").inner_text() == (
        "futex, memory"
    )
    assert told(root).startswith("Shown: only mechanism futex, memory; k2 hidden;")
    root.get_by_role("button", name="Show all").click()
    assert len(shown_events(root)) == len(trace) and told(root) == ""


# ---- folds --------------------------------------------------------------------------------------


@BY
def test_can_local_steps_be_folded_and_told(root, trace, use):
    use(root.get_by_role("button", name="Fold local steps"))
    assert len(shown_events(root)) < len(trace) and shown_folds(root)
    assert "fold" in told(root)
    assert "local steps" in root.locator(".words").inner_text()
    use(root.get_by_role("button", name="Fold local steps"))
    assert len(shown_events(root)) == len(trace) and told(root) == ""


def test_do_the_arrow_keys_take_a_fold_as_one_step(root, trace):
    page, rows = root.page, Shown(stepper(trace).story, fold=True).rows
    root.locator(".diagram").focus()
    page.keyboard.press("f")
    page.keyboard.press("Home")
    stops = [at(root)]
    for _ in rows[1:5]:
        page.keyboard.press("ArrowRight")
        stops.append(at(root))
    assert stops == [row[-1] for row in rows[:5]]


def test_does_a_fold_open_and_close_by_key(root):
    page = root.page
    root.locator(".diagram").focus()
    page.keyboard.press("f")
    before = shown_events(root), shown_folds(root)
    page.keyboard.press("Space")
    assert len(shown_folds(root)) == len(before[1]) - 1
    assert set(before[0]) < set(shown_events(root))
    page.keyboard.press("Enter")
    assert (shown_events(root), shown_folds(root)) == before


def test_does_a_fold_open_and_close_by_mouse(root):
    root.get_by_role("button", name="Fold local steps").click()
    before = shown_events(root), shown_folds(root)
    root.locator(".diagram .f .sign").first.click()
    assert len(shown_folds(root)) == len(before[1]) - 1
    root.locator(".diagram .again .grip").click()
    assert (shown_events(root), shown_folds(root)) == before


# ---- lanes and filters --------------------------------------------------------------------------


@BY
def test_can_a_lane_be_hidden_and_told(root, trace, use):
    use(root.locator(".lanes").get_by_role("button", name="k1"))
    assert {trace.events[index].kernel for index in shown_events(root)} == {"k0", "k2"}
    assert "k1 hidden" in told(root)
    assert root.locator(".head.gone").text_content().endswith("hidden")
    use(root.locator(".lanes").get_by_role("button", name="k1"))
    assert len(shown_events(root)) == len(trace) and told(root) == ""


def test_does_the_last_lane_stay(root):
    for name in ("k0", "k1", "k2"):
        root.locator(".lanes").get_by_role("button", name=name).click()
    assert root.locator(".head.gone").count() == 2


def test_does_it_leave_an_event_that_gets_hidden(root, trace):
    root.get_by_role("button", name="Last event").click()
    gone = trace.events[-1].kernel
    root.locator(".lanes").get_by_role("button", name=gone).click()
    assert trace.events[at(root)].kernel != gone


@pytest.mark.parametrize("use", ["keys", "mouse"])
def test_do_the_keys_stop_only_at_what_a_filter_lets_through(root, trace, use):
    select = root.get_by_label("Only one mechanism")
    if use == "mouse":
        select.select_option("futex")
    else:
        select.press("f")  # a list of choices goes to what one types
        select.press("Enter")
    stops = Shown(stepper(trace).story, mechanism="futex").stops
    root.locator("input[type=range]").press("Home")
    found = [at(root)]
    for _ in stops[1:]:
        root.page.keyboard.press("ArrowRight")
        found.append(at(root))
    assert found == stops
    assert f"The keys stop at {len(stops)} of {len(trace)} events." in told(root)
    dim = root.locator(".diagram .m.dim").evaluate_all(SHOWN)
    assert dim == [m.index for m in trace.messages if m.mechanism != "futex"]


def test_does_the_slider_pass_what_is_left_out(root, trace):
    root.get_by_label("Only one thread").select_option("k0:3")
    slider, stops = (
        root.locator("input[type=range]"),
        Shown(stepper(trace).story, thread="k0:3").stops,
    )
    missing = next(n for n in range(stops[0], stops[-1]) if n not in stops)
    slider.evaluate(
        "(one, to) => { one.value = to; one.dispatchEvent(new Event('input')); }", missing
    )
    assert at(root) in stops
