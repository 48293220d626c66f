"""Does the explorer of placement show where the best kernel flips, and what a plan comes to?"""

import pytest

from popcorn_lib import UsageError, explorers
from popcorn_lib.draw.flip_map import flip_map
from popcorn_lib.explorers.placement import ACCESSES, ACROSS, AXES, Case, priced
from popcorn_lib.placement.examples import break_even

EXPLORER = explorers.placement()


def cells(axis, **settings):
    chosen = EXPLORER.chosen({"across": axis, **settings})
    return {key: kernel for key, (kernel, _) in Case(chosen).cells.items()}


@pytest.mark.parametrize("words, axis", ACROSS.items())
def test_does_the_best_kernel_flip_along_each_axis(words, axis):
    pages = 1000 if axis == "latency_us" else 0
    found = cells(words, pages=pages)
    assert set(found.values()) == {"k0", "k1"}
    rows = ["".join(found[value, n] for value in AXES[axis]) for n in ACCESSES]
    assert any("k0" in row and "k1" in row for row in rows), rows


@pytest.mark.parametrize("words, axis", ACROSS.items())
def test_is_a_region_that_computes_more_never_the_first_to_come_back(words, axis):
    found = cells(words, pages=100)
    for value in AXES[axis]:
        column = [found[value, accesses] for accesses in ACCESSES]
        assert column == sorted(column), value


@pytest.mark.parametrize("pages", [0, 100, 1000])
def test_is_the_map_on_the_right_side_of_the_break_even(pages):
    """The break-even is of published constants: 3.6 ms a way, 50 us a page and no work around."""
    found = cells("pages", migration_us=3600)
    turn = break_even(pages=pages)
    for accesses in (n for n in ACCESSES if not 0.8 < n / turn < 1.25):
        assert (found[pages, accesses] == "k1") == (accesses > turn)


@pytest.mark.parametrize("wanted", [900, 3600, 36_000])
def test_does_a_migration_take_what_the_control_says(wanted):
    prices = priced(wanted, 25)
    assert prices.migration("k0", "k1") == pytest.approx(wanted * 1e-6)
    assert priced(90, 250).migration("k0", "k1") > 250e-6


def test_does_the_simulation_behind_the_picture_agree_with_its_plan():
    result = EXPLORER.run(accesses=10**9, pages=100)
    assert result.plan.places["region"] == "k1"
    assert result.seconds == pytest.approx(result.plan.seconds, rel=0.02)
    shown = EXPLORER.at(accesses=10**9, pages=100, view="simulated")
    assert "region on k1, planned" in shown.description


def test_do_the_words_of_the_map_say_every_cell():
    said = EXPLORER.at(across="pages").description
    for pages in AXES["pages"]:
        assert f"pages {pages:,}: by accesses" in said
    assert said.count("k0") + said.count("k1") == len(AXES["pages"]) * len(ACCESSES)


def test_is_each_choice_marked_by_a_shape_of_its_own():
    body = flip_map({(1, 1): ("k0", ""), (2, 1): ("k1", "")}, "x", [1, 2], "y", [1], "Two").body
    marks = [part.split('"')[0] for part in body.split('class="tip" d="')[1:]]
    assert len({mark.split("h")[-1] for mark in marks}) == 2
    assert "stroke-width:3" in body  # the line between them
    same = flip_map({(1, 1): ("k0", ""), (2, 1): ("k0", "")}, "x", [1, 2], "y", [1], "Same").body
    assert "stroke-width:3" not in same


def test_is_an_unknown_setting_told_the_known_ones():
    with pytest.raises(UsageError, match="unknown setting 'colour'"):
        explorers.placement(colour="red")
    with pytest.raises(UsageError, match="unknown pages 7; known: 0, 100, 1000"):
        EXPLORER.at(pages=7)
