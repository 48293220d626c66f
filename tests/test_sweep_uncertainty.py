"""Do ranges become the right points, and is a turn of a conclusion found where it is?"""

import math

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_lib import Costs, Machine, UsageError, sweep
from popcorn_lib.benchmarks import measure
from popcorn_lib.benchmarks.measure import unmap_seconds
from popcorn_lib.sweeps import (
    Flip,
    corners,
    flip,
    flips,
    latin_hypercube,
    one_at_a_time,
    swings,
)

RANGES = {"a": (1.0, 2.0, 4.0), "b": (10, 10, 30), "c": (5, 5, 5)}


def weighed(a, b, c):
    return {"sum": 10 * a + b + c, "product": a * b * c}


# --- ranges


def test_which_points_change_one_constant_at_a_time():
    base = {"a": 2.0, "b": 10, "c": 5}
    assert one_at_a_time(RANGES) == [base, base | {"a": 1.0}, base | {"a": 4.0}, base | {"b": 30}]


def test_which_points_are_the_corners():
    assert corners(RANGES) == [{"a": a, "b": b, "c": 5} for a in (1.0, 4.0) for b in (10, 30)]
    with pytest.raises(UsageError, match="13 ranges have 8192 corners"):
        corners({f"c{i}": (0, 1, 2) for i in range(13)})


@given(st.integers(1, 40), st.integers(0, 5), st.sampled_from(["linear", "log"]))
def test_has_every_strip_of_a_latin_hypercube_one_point(count, seed, scale):
    points = latin_hypercube(RANGES | {"d": (1e-6, 1e-6, 1e-3)}, count, seed, scale)
    assert points == latin_hypercube(RANGES | {"d": (1e-6, 1e-6, 1e-3)}, count, seed, scale)
    assert all(type(p["b"]) is int and 10 <= p["b"] <= 30 and p["c"] == 5 for p in points)
    way = math.log if scale == "log" else float
    for name, low, high in (("a", 1.0, 4.0), ("d", 1e-6, 1e-3)):
        shares = [(way(p[name]) - way(low)) / (way(high) - way(low)) for p in points]
        assert sorted(math.floor(share * count) for share in shares) == list(range(count))


def test_do_seeds_give_other_samples():
    assert latin_hypercube(RANGES, 10, seed=1) != latin_hypercube(RANGES, 10, seed=2)


def test_which_constant_moves_the_value_most():
    table = sweep(weighed, one_at_a_time(RANGES), workers=0)
    assert swings(table, RANGES, "sum").values.tolist() == [
        ["a", 25.0, 35.0, 55.0, 30.0],
        ["b", 35.0, 35.0, 55.0, 20.0],
        ["c", 35.0, 35.0, 35.0, 0.0],
    ]


def test_which_of_the_costs_moves_a_remote_call_most():
    ranges = {name: Costs.ranges()[name] for name in ("call_s", "handler_s", "interrupt_s")}

    def remote_call(**constants):
        return measure("remote call", Machine.multikernel(2), Costs(**constants)).seconds

    swung = swings(sweep(remote_call, one_at_a_time(ranges), workers=0), ranges, "value")
    assert set(swung.constant) == set(ranges)
    assert (swung.at_low <= swung.at_value).all() and (swung.at_value <= swung.at_high).all()
    assert swung.swing.is_monotonic_decreasing and swung.swing[0] > 0


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: one_at_a_time({}), "no ranges"),
        (lambda: one_at_a_time({"a": (3, 2, 4)}), "the range of a"),
        (lambda: corners({"a": (1, 2)}), "(1, 2)"),
        (lambda: corners({"a": 7}), "7"),
        (lambda: corners({"a": (0, 1, math.inf)}), "inf"),
        (lambda: latin_hypercube(RANGES, 0), "0"),
        (lambda: latin_hypercube(RANGES, 3, scale="cubic"), "'log'"),
        (lambda: latin_hypercube({"a": (0, 1, 2)}, 3, scale="log"), "more than 0"),
        (lambda: swings(pandas.DataFrame({"a": [1]}), RANGES, "sum"), "'sum'"),
        (lambda: swings(pandas.DataFrame({"a": [1, 1]}), {"a": (1, 1, 1)}, "a"), "2 rows"),
        (lambda: flip(bool, 2, 1), "2, 1"),
        (lambda: flip(bool, 0, math.inf), "inf"),
        (lambda: flip(bool, 0, 1, tolerance=0), "0"),
        (lambda: flips(pandas.DataFrame({"a": [1]}), "b", "a"), "'b'"),
        (lambda: flips(pandas.DataFrame({"a": [1]}), "a", "c"), "'c'"),
        (lambda: flips(pandas.DataFrame({"a": [1, 1]}), "a", "a"), "same a"),
    ],
)
def test_does_an_error_of_use_name_what_is_wrong(call, words):
    with pytest.raises(UsageError) as error:
        call()
    assert words in str(error.value)


# --- where a conclusion turns round


@given(st.integers(-50, 50), st.integers(1, 100), st.integers(-60, 160), st.booleans())
def test_is_the_flip_between_two_neighbours(low, width, at, rising):
    high = low + width
    found = flip(lambda n: (n >= at) == rising, low, high)
    wanted = Flip(at - 1, at, rising) if low < at <= high else None
    assert found == wanted


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9))
def test_is_the_flip_of_a_fraction_as_near_as_it_is_asked_for(at, end):
    low, high = 5e-10, 2e9
    calls = []
    found = flip(lambda x: calls.append(x) or x > at, low, high, tolerance=1e-3)
    assert found.below <= at <= found.above and found.holds
    assert found.above - found.below <= 1e-3 * found.above
    assert len(calls) < 25


def test_does_a_flip_at_zero_end():
    assert flip(lambda x: x > 0, 0.0, 1.0).above < 1e-12
    assert flip(lambda x: x > 0, -1.0, 1.0).below <= 0


def test_which_flips_are_in_a_table():
    table = pandas.DataFrame(
        [(m, n, n * s > 10, "") for m, s in (("slow", 2), ("fast", 6)) for n in (4, 1, 8, 2)]
        + [("slow", 6, False, "TimeoutError"), ("never", 1, False, ""), ("never", 2, False, "")],
        columns=["machine", "cores", "wins", "error"],
    )
    wanted = [["slow", 4, 8, True], ["fast", 1, 2, True]]
    assert flips(table, "cores", "wins", by="machine").values.tolist() == wanted
    lost = flips(table, "cores", lambda row: not row.wins, by=["machine"])
    assert lost.values.tolist() == [[*row[:3], False] for row in wanted]
    fast = table[table.machine == "fast"]
    assert flips(fast, "cores", "wins").values.tolist() == [wanted[1][1:]]
    none = flips(table[table.machine == "never"], "cores", "wins", by="machine")
    assert list(none.columns) == ["machine", "below", "above", "holds"] and none.empty


def unmap_on_one_kernel(cores):
    return unmap_seconds(Machine.smp(cores), cores)


def test_do_the_search_and_the_sweep_agree_on_a_cross_over():
    """From which number of cores on an unmap takes longer than the one in the middle."""
    table = sweep(unmap_on_one_kernel, cores=range(2, 18, 3), workers=0)
    limit = table.value.median()
    [turn] = flips(table, "cores", lambda row: row.value > limit).itertuples(index=False)
    found = flip(lambda cores: unmap_on_one_kernel(cores) > limit, 2, 17)
    assert turn.below <= found.below < found.above <= turn.above
    assert found.holds and found.above - found.below == 1
