"""The defects that were really there: each is found, fast, and the repaired library is clean."""

import time

import pytest

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.variants import defects, programs
from popcorn_lib.variants.defects import DEFECTS

EACH = pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.variant.__name__)
BY_NAME = {defect.variant.__name__: defect for defect in DEFECTS}


@EACH
def test_is_the_defect_found_in_under_two_seconds(defect):
    begin = time.process_time()
    result = defect.explore()
    assert time.process_time() - begin < 2
    assert result.violation.kind == defect.kind
    assert result.violation.trace.events[-1].name != "boot"


@EACH
def test_is_the_repaired_mechanism_clean_on_the_same_program(defect):
    result = defect.explore(repaired=True)
    assert result.violation is None and result.complete
    alone = explore(defect.program, Machine.smp(defect.kernels, page_size=64), defect.args)
    assert result.outcomes <= alone.outcomes and alone.complete


@EACH
def test_does_the_program_run_to_its_end_where_nothing_is_wrong(defect):
    made = simulate(defect.program, defect.machine(repaired=True), defect.args)
    assert (made.status, made.residue()) == (0, {})


@EACH
def test_is_each_defect_described(defect):
    for part in ("Wrong:", "It leads to", "Where:"):
        assert part in defect.variant.__doc__
    assert defect.variant.name == defect.mechanism
    assert defect.source and defect.sign.endswith(".")


# By hand: what comes of each for the program, if nobody watches the invariants.
CONSEQUENCES = {
    "WakeFlagOnlyWhenAsleep": "deadlock",
    "NoticeDroppedForMovedWaiter": "deadlock",
    "TimeoutLeavesDummy": "deadlock",
    "DummiesIgnoreBitset": "deadlock",
    "InvalidationOvertakesPage": ((1, 0), 0),  # the flag is seen, the data is old
    "AckKeepsPage": ((1, 0), 0),
    "TwoLastExits": "residue",
    "TwoKernelsCreateOneKey": ("ENOMSG", 0),  # sent to one queue, received from the other
    "QueueStaysBehind": "deadlock",
    "LateSegmentsAreDropped": "deadlock",
    "PortsPerKernel": (2, 0),  # both have it
    "NamespacesStayBehind": ("popcorn", 0),
    "InitEndsFirst": (2, 0),  # main and the one who should be dead
    "PendingStaysOnShadow": (0, 0),  # the handler never runs
    "SignalLostInFlight": "deadlock",
    "SignalDoubled": (2, 0),  # it runs twice
    "GroupKillStaysLocal": "deadlock",
}


@EACH
def test_does_the_program_itself_notice(defect):
    wrong = defect.explore(watched=False, stop=False)
    assert wrong.complete
    consequence = CONSEQUENCES[defect.variant.__name__]
    assert consequence in wrong.outcomes | wrong.violations
    assert consequence not in defect.explore(repaired=True).outcomes


# ---- are they what they say? --------------------------------------------------------------------


def names(trace):
    return [event.name for event in trace.events]


def test_is_the_notice_handled_before_the_answer_when_the_wake_flag_is_lost():
    order = names(BY_NAME["WakeFlagOnlyWhenAsleep"].explore().violation.trace)
    assert order.index("WAKE_NOTICE") < order.index("KEY_RESPONSE")


def test_is_the_waker_told_of_a_thread_that_nobody_wakes():
    trace = BY_NAME["WakeFlagOnlyWhenAsleep"].explore().violation.trace
    [wake] = [event for event in trace.events if event.name == "futex_wake"]
    assert [result for _, result in wake.resumed] == ["1"]


def test_does_the_notice_come_when_its_thread_has_left_for_another_kernel():
    order = names(BY_NAME["NoticeDroppedForMovedWaiter"].explore().violation.trace)
    steps = ["futex_wake", "CANCEL_REQUEST", "CANCEL_RESPONSE", "WAKE_NOTICE"]
    assert [name for name in order if name in steps] == steps


def test_are_the_dropped_notice_and_the_dummy_left_behind_two_different_defects():
    """One takes the dummy out but loses a race; the other never takes it out."""
    moved, dummy = BY_NAME["NoticeDroppedForMovedWaiter"], BY_NAME["TimeoutLeavesDummy"]
    machine = moved.machine()
    for program in (programs.sent_away, programs.impatient):
        result = explore(program, machine, moved.args, stop=False)
        assert result.violations == {"deadlock"}, "no dummy is ever left"
    unwatched = dummy.explore(watched=False, stop=False)
    assert "CANCEL_REQUEST" not in names(unwatched.witness("deadlock"))
    assert "residue" in unwatched.violations, "a dummy outlives its process"


def test_does_the_wake_go_to_the_wrong_bit():
    trace = BY_NAME["DummiesIgnoreBitset"].explore().violation.trace
    assert "WAKE_NOTICE" in names(trace), "the remote waiter of the other bit is woken"


def test_does_the_invalidation_come_before_the_page():
    order = names(BY_NAME["InvalidationOvertakesPage"].explore().violation.trace)
    last = len(order) - 1 - order[::-1].index("REMOTE_PAGE_RESPONSE")
    assert order.index("PAGE_INVALIDATE_REQUEST") < last


def test_does_each_of_two_last_kernels_hear_of_the_other():
    trace = BY_NAME["TwoLastExits"].explore().violation.trace
    heard = [message for message in trace.messages if message.kind == "THREAD_COUNT_RESPONSE"]
    assert {message.source for message in heard} == {"k0", "k1"}
    assert all("alive=1" in message.text for message in heard)


@pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 0)])
def test_does_counting_everywhere_only_ever_forget_to_end(kernels, migrations):
    """The defect is one mistake: a process is never declared dead too early."""
    machine = Machine.multikernel(kernels, page_size=64)
    machine = machine.replace(threads=BY_NAME["TwoLastExits"].variant)
    result = explore(programs.two_last, machine, ("k1",), migrations, stop=False)
    assert result.violations <= {"residue"} and result.complete
    assert result.outcomes == {(None, 0)}


def test_does_each_of_two_kernels_hear_that_the_key_is_free():
    trace = BY_NAME["TwoKernelsCreateOneKey"].explore().violation.trace
    heard = [message for message in trace.messages if message.kind == "IPC_KEY_RESPONSE"]
    assert {message.source for message in heard} == {"k0", "k1"}
    assert not any("number" in message.text for message in heard), "None: nobody knows it"


# ---- the table ----------------------------------------------------------------------------------


def test_does_the_table_say_what_the_searches_find():
    table = defects.table()
    assert list(table.index) == [defect.name for defect in DEFECTS]
    assert list(table.violation) == [defect.kind for defect in DEFECTS]
    assert list(table.mechanism) == [defect.mechanism for defect in DEFECTS]
    assert set(table.repaired) == {"clean"} and table.complete.all()
    assert table.equals(defects.table()), "nothing in it depends on the clock"
    for defect in DEFECTS:
        result = defect.explore()
        row = table.loc[defect.name]
        assert (row.states, row.steps) == (result.states, len(result.violation.trace) - 1)
