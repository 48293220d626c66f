"""First differences: the place that is named is the first one, and only where there is one."""

import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.learn.compare import NOTHING, family, first_difference, same

QUICK = settings(max_examples=20, deadline=None)

SCALARS = st.integers() | st.floats() | st.text(max_size=3) | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
ROWS = st.lists(st.sampled_from("abc"))


@QUICK
@given(VALUES)
def test_does_a_value_agree_with_itself(value):
    assert same(value, value) and first_difference(value, value) is None


@QUICK
@given(VALUES, VALUES)
def test_is_a_difference_found_exactly_where_two_values_are_not_the_same(yours, ours):
    assert same(yours, ours) == same(ours, yours)
    if family(yours) == family(ours):
        assert (first_difference(yours, ours) is None) == same(yours, ours)


@QUICK
@given(ROWS, ROWS)
def test_is_the_named_index_the_first_one_that_differs(yours, ours):
    found = first_difference(yours, ours)
    if found is None:
        assert yours == ours
        return
    at = found.agreed
    assert yours[:at] == ours[:at] and yours[at : at + 1] != ours[at : at + 1]
    assert found.where == f"index {at}"
    assert found.before == ours[at - 1] if at else found.before is NOTHING
    assert found.lengths == (None if len(yours) == len(ours) else (len(yours), len(ours)))


def test_are_lists_and_tuples_and_kinds_of_numbers_alike():
    assert same([1, (2, 3)], (1.0, [2, 3])) and not same(1, True) and not same("1", 1)
    assert same(math.nan, math.nan) and not same(math.nan, 0.0)


def test_what_differs_in_a_dictionary():
    found = first_difference({"k0": 1, "k2": 3}, {"k0": 1, "k1": 2})
    assert (found.where, found.yours, found.ours) == ("key 'k1'", NOTHING, 2)


def test_what_differs_in_a_set():
    found = first_difference({1, 2}, {2, 3})
    assert (found.yours, found.ours) == ({1}, {3})


def test_what_differs_in_lines_of_text():
    found = first_difference("a\nb\nc", "a\nX\nc")
    assert (found.where, found.yours, found.ours, found.before) == ("line 2", "b", "X", "a")
    assert first_difference("a\nb", "a\nb\n").where == "line 3"


def test_is_a_long_entry_looked_into():
    ours = {"trace": [(step, "k0", "k1", "page request") for step in range(20)]}
    yours = {"trace": [*ours["trace"][:7], (7, "k0", "k2", "page request"), *ours["trace"][8:]]}
    found = first_difference(yours, ours)
    assert found.where == "key 'trace', index 7" and found.agreed == 7


def test_are_arrays_and_series_compared_by_their_entries():
    assert same(np.array([1, 2]), [1, 2]) and same(pd.Series([1.0]), [1])
    assert first_difference(np.array([1, 3]), np.array([1, 2])).where == "index 1"
