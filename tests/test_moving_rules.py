"""Is every rule of a move needed, and is it seen when one is left out?"""

import time
from itertools import cycle, permutations

import pytest

from popcorn_lib import UsageError
from popcorn_lib.isa.moving import ISAS, RULES, failures, move, stack_map, tour
from popcorn_lib.isa.moving.rules import variables
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.state import fresh
from popcorn_lib.isa.moving.tours import ENDLESS, OUTCOMES, SAME, WRONG

PAIRS = list(permutations(ISAS, 2))
NAMES = variables(stack_map("x86-64"))
AT = 30  # migration points before each of the two moves
SWAPPED = {pair for pair in PAIRS if "s390x" in pair}


@pytest.fixture(scope="module")
def threads():
    return {name: run(fresh(stack_map(name)), AT) for name in ISAS}


def without(source, target, name):
    """There and back without a rule: the Tour; it ends within seconds, whatever happens."""
    began = time.monotonic()
    journey = tour(source, [(AT, target), (AT, source)], name)
    assert time.monotonic() - began < 30
    return journey


@pytest.mark.parametrize("rule", RULES)
def test_is_a_rule_that_is_left_out_caught_wherever_it_changes_anything(threads, rule):
    for source, target in PAIRS:
        right, there = move(threads[source], target), move(threads[source], target, rule)
        back = move(right.state, source, rule).state == move(right.state, source).state
        if right.state == there.state and back:
            assert told(source, target, rule) == SAME
        else:
            assert without(source, target, rule).outcome == told(source, target, rule) != SAME


def told(source, target, rule):
    """The outcome that was recorded."""
    names = {"rule": rule, "source": source, "target": target}
    return next(row["outcome"] for row in failures() if names.items() <= row.items())


def test_which_rules_change_nothing_between_which_instruction_sets():
    """Among the little-endian ones, whose frames happen to be equally large, some are idle."""
    idle = {}
    for row in failures():
        if row["outcome"] == SAME:
            idle.setdefault(row["rule"], set()).add((row["source"], row["target"]))
    for rule in ("byte order", "stack pointer", "values without a name"):
        assert idle.pop(rule) == set(PAIRS) - SWAPPED
    # GCC lays out these three frames alike on both, which nobody may rely on.
    assert idle == {"pointers into the stack": {("x86-64", "RISC-V"), ("RISC-V", "x86-64")}}


@pytest.mark.parametrize(("name", "pair"), list(zip(NAMES, cycle(PAIRS[1::3]), strict=False)))
def test_is_a_variable_that_is_left_out_caught(name, pair):
    journey = without(*pair, name)
    assert journey.outcome in OUTCOMES and journey.outcome != SAME
    assert journey.said


@pytest.mark.parametrize("name", ["checksum", "spread", "latest", "attacks", "taken_back"])
def test_is_a_global_that_is_left_out_caught(name):
    assert without("AArch64", "s390x", name).outcome != SAME


def test_does_a_wrong_result_say_what_is_wrong():
    journey = without("x86-64", "s390x", "go_on.half")
    assert journey.outcome == WRONG
    assert journey.said.startswith("spread is ") and journey.final["spread"] in journey.said


def test_is_a_thread_that_would_run_for_ever_stopped():
    rows = [row for row in failures() if row["outcome"] == ENDLESS]
    assert rows
    for row in rows:
        journey = without(row["source"], row["target"], row["rule"])
        assert journey.outcome == ENDLESS and "not done" in journey.said


def test_are_the_recorded_failures_those_of_now():
    rows = failures()
    assert len(rows) == len(PAIRS) * (len(RULES) + len(NAMES))
    assert {row["outcome"] for row in rows} == set(OUTCOMES)
    for row in rows[len(RULES) * len(PAIRS) :: 31]:
        now = without(row["source"], row["target"], row["rule"])
        assert (now.outcome, now.said) == (row["outcome"], row["said"])


def test_does_a_step_say_what_was_left_out(threads):
    names = ["go_on.half", "byte order"]
    steps = move(threads["x86-64"], "s390x", names).steps
    forgotten = {name for step in steps for name in step.left_out}
    assert forgotten == set(names)
    [half] = [step for step in steps if step.name == "half" and step.frame == 2]
    assert half.after == bytes(4) and "LEFT OUT: byte order, go_on.half" in str(half)


def test_does_a_pointer_that_is_left_as_it_is_point_to_something_else(threads):
    for rule in ((), "pointers into the stack"):
        steps = move(threads["AArch64"], "s390x", rule).steps
        pointers = [step for step in steps if "pointers into the stack" in step.rules]
        assert pointers and all(step.points_from is not None for step in pointers)
        assert all(step.points_to == step.points_from for step in pointers) == (not rule)


def test_are_unknown_rules_named_with_the_known_ones(threads):
    with pytest.raises(UsageError, match=r"'endianness'.*'byte order'.*'go_on.half'.*'spread'"):
        move(threads["x86-64"], "s390x", "endianness")
    with pytest.raises(UsageError, match="'endianness'"):
        tour("x86-64", [], leave_out=["byte order", "endianness"])
