"""Layouts as plain data, against a dict that says of every page what it shows."""

from itertools import pairwise
from mmap import PROT_EXEC, PROT_READ, PROT_WRITE

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.mechanisms.memory.areas import (
    FIRST,
    LIMIT,
    Area,
    cut,
    find,
    gap,
    overlapping,
    protect,
    put,
    reach,
)

SIZE, PAGES, PID = 64, 12, 99
MANY = settings(max_examples=60)
RIGHTS = (0, PROT_READ, PROT_READ | PROT_WRITE, PROT_EXEC)

pages = st.integers(0, PAGES - 1)
ranges = st.tuples(pages, st.integers(0, PAGES)).map(lambda pair: (pair[0], sum(pair)))
rights = st.sampled_from(RIGHTS)
objects = st.sampled_from([PID, 1, 2])
operations = st.one_of(
    st.tuples(st.just("put"), ranges, rights, objects, st.integers(0, 3)),
    st.tuples(st.just("cut"), ranges),
    st.tuples(st.just("protect"), ranges, rights),
)


def at(page):
    return FIRST + SIZE * page


def perform(layout, shown, kind, where, *more):
    """One operation on a layout and on the dict page -> (rights, object, offset)."""
    start, end = map(at, where)
    inside = range(*where)
    if kind == "put" and start < end:
        prot, number, first = more
        offset = start if number == PID else SIZE * first
        area = Area(start, end, prot, "k0", number, offset)
        shown |= {p: (prot, number, offset + at(p) - start) for p in inside}
        return put(layout, area)
    if kind == "protect":
        shown |= {p: (*more, *shown[p][1:]) for p in inside if p in shown}
        return protect(layout, start, end, *more)
    if kind == "cut":
        for page in inside:
            shown.pop(page, None)
        return cut(layout, start, end)
    return layout


def performed(todo):
    """The layout after some operations, and what each page must show."""
    layout, shown = (), {}
    for operation in todo:
        layout = perform(layout, shown, *operation)
    return layout, shown


histories = st.lists(operations, max_size=8)


@given(histories)
@MANY
def test_does_every_page_show_what_was_done_to_it_last(todo):
    layout, shown = performed(todo)
    for page in range(-1, 2 * PAGES + 1):
        area = find(layout, at(page))
        seen = area and (area.prot, area.object, area.offset + at(page) - area.start)
        assert seen == shown.get(page)
        assert find(layout, at(page) + SIZE - 1) == area


@given(histories)
@MANY
def test_is_a_layout_sorted_apart_and_not_empty_anywhere(todo):
    layout, _ = performed(todo)
    assert all(area.start < area.end for area in layout)
    assert all(a.end <= b.start for a, b in pairwise(layout))


@given(histories, ranges)
@MANY
def test_are_two_areas_that_continue_each_other_one_after_a_put_between_them(todo, where):
    layout, _ = performed(todo)
    start, end = map(at, where)
    if start == end:
        return
    layout = put(layout, Area(start, end, PROT_READ, "k0", PID, start))
    for a, b in pairwise(layout):
        continues = a.end == b.start and a.offset + a.end - a.start == b.offset
        assert not continues or a[2:5] != b[2:5]


@given(histories, ranges)
@MANY
def test_does_overlapping_give_just_the_parts_that_lie_inside(todo, where):
    layout, shown = performed(todo)
    parts = overlapping(layout, *map(at, where))
    inside = {p: shown[p] for p in range(*where) if p in shown}
    found = {
        page: (area.prot, area.object, area.offset + at(page) - area.start)
        for area in parts
        for page in range((area.start - FIRST) // SIZE, (area.end - FIRST) // SIZE)
    }
    assert found == inside


@given(histories, ranges)
@MANY
def test_does_reach_end_at_the_first_hole(todo, where):
    layout, shown = performed(todo)
    holes = (p for p in range(*where) if p not in shown)
    assert reach(layout, *map(at, where)) == at(next(holes, where[1]))


@given(histories, st.integers(1, PAGES))
@MANY
def test_is_the_gap_the_lowest_free_place(todo, count):
    layout, shown = performed(todo)
    lowest = next(p for p in range(4 * PAGES) if not any(p + i in shown for i in range(count)))
    assert gap(layout, count * SIZE) == at(lowest)


def test_does_an_empty_range_overlap_nothing():
    layout = (Area(at(0), at(2), PROT_READ, "k0", PID, at(0)),)
    assert overlapping(layout, at(1), at(1)) == ()
    assert protect(layout, at(1), at(1), PROT_WRITE) == layout


def test_what_becomes_of_an_area_that_is_cut_in_its_middle():
    whole = put((), Area(at(0), at(6), PROT_READ, "k1", 3, 128))
    assert cut(whole, at(2), at(3)) == (
        Area(at(0), at(2), PROT_READ, "k1", 3, 128),
        Area(at(3), at(6), PROT_READ, "k1", 3, 128 + 3 * SIZE),
    )


def test_are_pieces_one_area_again_when_their_rights_are_equal_again():
    whole = put((), Area(at(0), at(3), PROT_READ, "k0", PID, at(0)))
    pieces = protect(whole, at(1), at(2), PROT_WRITE)
    assert len(pieces) == 3
    assert protect(pieces, at(1), at(2), PROT_READ) == whole


def test_do_neighbours_with_different_homes_or_objects_stay_apart():
    left = Area(at(0), at(1), PROT_READ, "k0", 1, 0)
    for other in (left._replace(home="k1"), left._replace(object=2), left._replace(prot=0)):
        right = other._replace(start=at(1), end=at(2), offset=SIZE)
        assert put((left,), right) == (left, right)
    follows = left._replace(start=at(1), end=at(2), offset=SIZE)
    assert put((left,), follows) == (left._replace(end=at(2)),)
    assert len(put((left,), follows._replace(offset=0))) == 2, "the same page twice"


def test_is_no_area_found_at_the_edges():
    layout = (Area(at(1), at(2), PROT_READ, "k0", PID, at(1)),)
    assert find(layout, at(1) - 1) is None and find(layout, at(2)) is None
    assert gap((), LIMIT) == FIRST, "whether it fits is for the caller to see"


@pytest.mark.parametrize(
    ("prot", "read", "write"),
    [
        (0, False, False),
        (PROT_READ, True, False),
        (PROT_WRITE, True, True),
        (PROT_READ | PROT_WRITE, True, True),
        (PROT_EXEC | PROT_READ, True, False),
    ],
)
def test_what_do_rights_allow(prot, read, write):
    area = Area(at(0), at(1), prot, "k0", PID, at(0))
    assert (area.allows(write=False), area.allows(write=True)) == (read, write)
