"""Does a thread that moves between instruction sets end as if it had never moved?"""

import random
import sys
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import UsageError
from popcorn_lib.isa.emulator import LimitReached
from popcorn_lib.isa.moving import ISAS, Unmovable, meaning, move, recorded, stack_map, tour
from popcorn_lib.isa.moving.frames import unwind
from popcorn_lib.isa.moving.meaning import results
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.state import State, fresh
from popcorn_lib.isa.moving.tours import SAME, unmoved

PAIRS = list(permutations(ISAS, 2))
POINTS = 153  # migration points that the program passes


@pytest.fixture(scope="module")
def alone():
    """What the program means at each migration point where nobody moves it."""
    thread, found = fresh(stack_map("x86-64")), {}
    while not thread.finished:
        thread = run(thread, 1)
        found[thread.points] = meaning(thread)
    return found


@pytest.fixture(scope="module")
def deep():
    """A thread on each instruction set, with a deep stack."""
    return {name: run(fresh(stack_map(name)), 31) for name in ISAS}


# ---- the same end -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ISAS)
def test_does_the_program_do_the_same_on_every_instruction_set(name):
    end = run(fresh(stack_map(name)))
    assert results(end) | {"migration points": end.points} == unmoved()
    assert (results(end)["solutions"], end.points) == ("4", POINTS)


def test_are_there_as_many_boards_as_on_paper():
    """Counted here, in another language: places of non-attacking queens, row by row."""
    boards, placed = [()], 0
    for _ in range(6):
        boards = [(*b, c) for b in boards for c in range(6) if _free(b, c)]
        placed += len(boards)
    assert len(boards) == int(unmoved()["solutions"])
    assert placed + 1 == unmoved()["migration points"]  # one for each queen, one at the end
    assert placed == int(unmoved()["taken_back"])


def _free(board, column):
    return all(c != column and abs(c - column) != len(board) - r for r, c in enumerate(board))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_does_every_ordered_pair_end_as_the_program_that_stays(source, target):
    journey = tour(source, [(5, target), (5, source)] * 7)
    assert (journey.outcome, journey.said, len(journey.moves)) == (SAME, "", 14)
    assert journey.final == unmoved()


def test_what_if_it_moves_at_every_single_migration_point():
    names = list(ISAS)
    stops = [(1, random.Random(points).choice(names)) for points in range(2 * POINTS)]
    journey = tour("s390x", stops)
    assert (journey.outcome, len(journey.moves)) == (SAME, POINTS - 1)  # the last is its end


stop = st.tuples(st.integers(1, 40), st.sampled_from(sorted(ISAS)))


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(ISAS)), st.lists(stop, max_size=8))
def test_does_any_journey_mean_the_same_all_the_way(alone, start, stops):
    journey = tour(start, stops)
    assert journey.outcome == SAME
    for one in journey.moves:
        assert meaning(one.before) == meaning(one.state) == alone[one.state.points]


def test_what_if_it_moves_to_where_it_is(deep):
    for name, thread in deep.items():
        moved = move(thread, name)
        assert meaning(moved.state) == meaning(thread)
        assert results(run(moved.state)) == results(run(thread))


# ---- one move -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_is_there_and_back_the_same_thread(deep, source, target):
    """What no rule speaks of (holes, dead registers) is gone after the first round."""
    once = move(move(deep[source], target).state, source).state
    twice = move(move(once, target).state, source).state
    assert once == twice and meaning(once) == meaning(deep[source])
    assert once.sp == deep[source].sp and once.pc == deep[source].pc


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_is_every_value_carried_once_and_are_its_bytes_those_of_the_threads(deep, source, target):
    moved = move(deep[source], target)
    for step in moved.steps:
        for thread, place, raw in (
            (moved.before, step.source, step.before),
            (moved.state, step.target, step.after),
        ):
            if place is not None and place.register is None:
                assert thread.read(place.address, len(raw)) == raw
    named = [step.where for step in moved.steps]
    assert len(set(named)) == len(named)
    assert set(meaning(moved.state).values()) <= {step.value for step in moved.steps}


def test_does_a_move_leave_the_thread_before_it_as_it_was(deep):
    thread = deep["RISC-V"]
    copy = thread.plain()
    move(thread, "s390x")
    assert thread.plain() == copy


def test_is_the_stack_larger_where_the_caller_leaves_room_to_save_registers(deep):
    sizes = {name: len(thread.stack) for name, thread in deep.items()}
    assert sizes["s390x"] > 2 * max(size for name, size in sizes.items() if name != "s390x")
    moved = move(deep["x86-64"], "s390x")
    assert [frame.function for frame in moved.new] == [frame.function for frame in moved.old]
    assert moved.new[-1].sp == moved.state.sp == deep["s390x"].sp


def test_does_a_step_say_it_all_in_words(deep):
    moved = move(deep["x86-64"], "s390x")
    text = str(next(step for step in moved.steps if step.name == "mine.above" and step.frame == 3))
    for words in ("frame 3, set_queens: mine.above", "mine of frame 1", "pointers into the stack"):
        assert words in text
    assert str(moved).count("\n    by   ") == len(moved.steps)


# ---- what was recorded --------------------------------------------------------------------------


def test_can_the_recorded_journey_be_walked_without_an_emulator(monkeypatch):
    for name in ("unicorn", "elftools", "elftools.elf.elffile"):
        monkeypatch.setitem(sys.modules, name, None)
    journey = recorded()
    assert {one.state.isa.name for one in journey.moves} == set(ISAS)
    assert all(meaning(one.before) == meaning(one.state) for one in journey.moves)
    with pytest.raises(UsageError, match="pip install unicorn"):
        tour("x86-64", [(1, "s390x")])


def test_is_the_recorded_journey_what_happens_now():
    told = recorded()
    now = tour(told.start, told.stops)
    assert now.final == told.final == unmoved()
    assert [one.before for one in now.moves] == [one.before for one in told.moves]


# ---- bad input ----------------------------------------------------------------------------------


def test_are_unknown_instruction_sets_named_with_the_known_ones(deep):
    for use in (lambda: tour("POWER", []), lambda: move(deep["s390x"], "POWER")):
        with pytest.raises(UsageError, match=r"'POWER'.*'x86-64'.*'s390x'"):
            use()
    with pytest.raises(UsageError, match=r"0 migration points"):
        tour("x86-64", [(0, "s390x")])


def test_what_if_the_thread_does_not_stand_at_a_call():
    with pytest.raises(Unmovable, match="x86-64 returns to 0x400000"):
        move(fresh(stack_map("x86-64")), "s390x")


def test_what_if_a_part_of_the_stack_is_lost(deep):
    whole = deep["AArch64"]
    half = State(whole.map, whole.registers, whole.stack[:100], whole.data)
    with pytest.raises(Unmovable, match="AArch64"):
        unwind(half)


def test_what_if_a_thread_takes_too_long():
    with pytest.raises(LimitReached, match="10 instructions"):
        run(fresh(stack_map("x86-64")), 3, limit=10)
