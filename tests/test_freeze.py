"""Freezing: one hashable value per situation, and the way back."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.freeze import freeze, thaw
from popcorn_lib.messages import PROCESS_PAIRING

AGAIN = settings(derandomize=True, deadline=None, max_examples=80)


@dataclass
class Record:
    number: int
    words: dict = field(default_factory=dict)
    held: list = field(default_factory=list)


atoms = st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=3) | st.booleans()
atoms |= st.tuples(st.integers(), st.text(max_size=2)) | st.builds(
    PROCESS_PAIRING, st.integers(0, 9), st.integers(0, 9)
)
plain = st.recursive(
    atoms | st.sets(st.integers(), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(), inner, max_size=4)
        | st.builds(
            Record,
            st.integers(),
            st.dictionaries(st.text(max_size=2), inner, max_size=3),
            st.lists(inner, max_size=3),
        )
    ),
    max_leaves=12,
)


def same(a, b):
    """Equal, and of the same types all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Record):
        return same(vars(a), vars(b))
    return a == b


@given(plain)
@AGAIN
def test_does_thawing_give_back_what_was_frozen(value):
    frozen = freeze(value)
    hash(frozen)
    assert same(thaw(frozen), value)
    assert freeze(thaw(frozen)) == frozen


@given(st.dictionaries(st.integers(), plain, max_size=5), st.randoms(use_true_random=False))
@AGAIN
def test_does_the_order_of_insertion_leave_no_mark(value, rng):
    keys = list(value)
    rng.shuffle(keys)
    assert freeze({key: value[key] for key in keys}) == freeze(value)


@given(plain, plain)
@AGAIN
def test_are_different_situations_frozen_differently(one, other):
    if not same(one, other) and one != other:
        assert freeze(one) != freeze(other)


def test_are_an_empty_list_an_empty_dict_and_an_empty_tuple_told_apart():
    assert len({freeze(value) for value in ([], {}, (), set(), None, 0, "")}) == 7


def test_does_a_thawed_value_share_nothing_with_what_it_was_frozen_from():
    value = {1: [Record(1)], 2: {3}}
    other = thaw(freeze(value))
    other[1][0].words["x"] = 1
    other[1].append(None)
    other[2].add(4)
    assert value == {1: [Record(1)], 2: {3}}


def generator():
    yield 1


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 0, generator(), iter([]), {1: object()}, [len], Record(1, {}, [object])],
    ids=["object", "function", "generator", "iterator", "in dict", "in list", "in record"],
)
def test_is_what_is_no_plain_data_refused(value):
    with pytest.raises(TypeError, match="plain data"):
        freeze(value)


@pytest.mark.parametrize("value", [([1],), {1: ({},)}, [(1, (2, {3}))]], ids=repr)
def test_is_something_changeable_inside_a_tuple_refused_too(value):
    with pytest.raises(TypeError):
        freeze(value)
