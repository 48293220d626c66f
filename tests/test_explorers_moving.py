"""Does the explorer of moves show the thread, the value and the failure that it says?"""

import re
import sys
from itertools import permutations

import pytest

from popcorn_lib import UsageError, explorers
from popcorn_lib.draw.controls import still
from popcorn_lib.isa.moving import ISAS, RULES, failures, meaning, recorded

PAIRS = list(permutations(ISAS, 2))


@pytest.fixture(scope="module")
def explorer():
    return explorers.moving()


@pytest.mark.parametrize("pair", PAIRS)
def test_means_the_thread_the_same_wherever_it_is_moved(explorer, pair):
    moved = explorer.run(start=pair[0], target=pair[1])
    assert (moved.before.isa.name, moved.state.isa.name) == pair
    assert meaning(moved.state) == meaning(recorded().moves[2].before)
    assert (
        "all with the same meaning"
        in explorer.at(start=pair[0], target=pair[1], view="afterwards").title
    )


def test_does_the_slider_walk_through_every_value_once_and_stay_at_the_last(explorer):
    for start, target in PAIRS:
        settings = {"start": start, "target": target}
        steps, shown = explorer.run(**settings).steps, []
        for value in explorer.choices["value"]:
            said = still(explorer.at(value=value, **settings)).description
            shown.append(int(re.match(r"Value (\d+) of", said)[1]))
        assert shown == [min(value, len(steps) - 1) for value in explorer.choices["value"]]
        assert set(shown) == set(range(len(steps)))


@pytest.mark.parametrize("rule", RULES)
def test_is_a_rule_that_is_left_out_seen_in_the_picture_and_told_as_it_was_recorded(explorer, rule):
    for row in failures():
        if row["rule"] == rule:
            ends = {"start": row["source"], "target": row["target"], "leave_out": rule}
            shown = still(explorer.at(view="afterwards", **ends))
            moved = explorer.run(**ends)
            assert moved.leave_out == {rule} and rule in shown.title
            if row["outcome"] != "same final state":
                assert row["outcome"] in shown.description and row["said"] in shown.description


def test_is_a_variable_that_is_left_out_named_with_what_it_became(explorer):
    shown = explorer.at(leave_out="go_on.half", view="afterwards")
    assert "half was 0.5 and is 0.0" in shown.description


def test_are_all_values_counted_by_rule(explorer):
    moved = explorer.run()
    said = explorer.at(view="by rule").description
    for rule in RULES:
        count = sum(rule in step.rules for step in moved.steps)
        assert (f"{rule}: {count} value" in said) == (count > 0)


def test_can_a_thread_of_ones_own_be_explored():
    thread = recorded().moves[4].before  # five calls deep on x86-64
    explorer = explorers.moving(thread=thread, target="s390x")
    moved = explorer.run()
    assert moved.before is thread and len(moved.steps) == len(explorer.choices["value"])


def test_is_no_emulator_needed(monkeypatch):
    for name in ("unicorn", "elftools"):
        monkeypatch.setitem(sys.modules, name, None)
    assert explorers.moving().at(value=12).svg.startswith("<svg")


def test_is_an_unknown_instruction_set_named_with_the_known_ones():
    with pytest.raises(UsageError, match="unknown target 'POWER'; known: 'RISC-V'"):
        explorers.moving(target="POWER")
    with pytest.raises(UsageError, match=r"unknown leave_out 'endianness'.*'byte order'"):
        explorers.moving().at(leave_out="endianness")
