"""Which predicate holds in which state of a trace: the table, and the picture of it."""

import re
from xml.etree import ElementTree

import pytest

from popcorn_lib import Machine, Mechanism, UsageError, explore, simulate
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.syscalls import Call
from popcorn_lib.variants import programs
from popcorn_lib.variants.defects import DEFECTS

TWO = Machine.multikernel(2, page_size=64)
ASLEEP, PAGES = DEFECTS[0], DEFECTS[4]  # a deadlock that breaks no invariant; one that breaks some


def somebody_sleeps(kernels):
    return any(kernel["futex"].queues for kernel in kernels.values())


def busy(kernels):
    return bool(kernels["k1"].threads.tasks)


NAMED = {"somebody sleeps": somebody_sleeps, "k1 has a task": busy}


# ---- the table ----------------------------------------------------------------------------------


def test_has_the_table_a_row_per_event_and_a_column_per_predicate():
    result = ASLEEP.explore()
    table = result.predicates(NAMED)
    trace = result.violation.trace
    assert list(table.index) == list(range(len(trace))) and table.index.name == "event"
    own = [i.__name__ for kind in trace.machine.mechanisms for i in kind.invariants]
    assert list(table.columns) == ["what", *own, *NAMED]
    assert set(map(str, table.dtypes.iloc[1:])) == {"bool"}
    for event, words in zip(trace.events, table["what"], strict=True):
        assert words.startswith(f"{event.kernel}: ") and event.name in words


def test_does_a_predicate_hold_where_the_trace_says_so():
    """Somebody sleeps from the step that queues the dummy to the one that wakes it."""
    trace = ASLEEP.explore().violation.trace
    names = [event.name for event in trace.events]
    table = trace.predicates(NAMED)
    queued, woken = names.index("KEY_REQUEST"), names.index("futex_wake")
    expected = [queued <= event < woken for event in range(len(trace))]
    assert list(table["somebody sleeps"]) == expected
    there = names.index("CLONE_REQUEST")
    assert list(table["k1 has a task"]) == [event >= there for event in range(len(trace))]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.variant.__name__)
def test_do_invariants_hold_until_the_end_and_break_there(defect):
    violation = defect.explore().violation
    for table in (violation.predicates(), violation.trace.causal().predicates()):
        every = table.drop(columns="what").all(axis="columns")
        assert every.iloc[:-1].all()
        assert every.iloc[-1] == (defect.kind != "invariant")
        if defect.kind == "invariant":
            assert not table[violation.message.partition(":")[0]].iloc[-1]


def test_are_the_invariants_that_were_explored_among_the_columns():
    def nobody_on_k1(kernels):
        return "somebody" if busy(kernels) else None

    result = explore(programs.handshake, TWO, ("k1",), invariants=[nobody_on_k1])
    assert list(result.predicates()["nobody_on_k1"])[-2:] == [True, False]
    assert "nobody_on_k1" not in result.violation.trace.predicates().columns
    again = result.violation.trace.predicates(invariants=[nobody_on_k1])
    assert again.equals(result.predicates())


def test_does_it_see_what_an_invariant_of_explore_sees():
    """Every state on the way, kernel by kernel, in the same words."""
    seen = set()

    def look(kernels):
        seen.add(said(kernels))

    def said(kernels):
        return tuple((k, m, tuple(v[m].describe())) for k, v in kernels.items() for m in v)

    result = explore(programs.handshake, TWO, ("k1",), invariants=[look])
    trace = result.witness(next(iter(result.outcomes)))
    found = []
    trace.predicates({"seen": lambda kernels: found.append(said(kernels))})
    assert len(found) == len(trace) and set(found) <= seen
    assert len(set(found)) > len(trace) / 2


def test_does_it_work_for_a_run_in_virtual_time():
    run = simulate(programs.handshake, TWO, ("k1",))
    table = run.trace.predicates(NAMED)
    assert len(table) == len(run.trace) and table.drop(columns=["what", *NAMED]).all(axis=None)
    assert not table["k1 has a task"].iloc[0] and table["k1 has a task"].any()


# ---- what it cannot take ------------------------------------------------------------------------


def test_is_a_predicate_that_raises_the_users_error_with_its_event():
    def nonsense(kernels):
        return kernels["k1"].threads.tasks[7]

    trace = ASLEEP.explore().violation.trace
    with pytest.raises(UsageError, match="mine raised KeyError at event 0: 7"):
        trace.predicates({"mine": nonsense})
    with pytest.raises(UsageError, match=r"must be \{name: function\}"):
        trace.predicates([nonsense])
    with pytest.raises(UsageError, match=r"must be \{name: function\}"):
        trace.predicates({"mine": 3})
    for taken in ("in_one_queue", "what"):
        with pytest.raises(UsageError, match=f"a column '{taken}' already"):
            trace.predicates({taken: busy})


def test_have_two_invariants_without_a_name_a_column_each():
    trace = ASLEEP.explore().violation.trace
    table = trace.predicates(invariants=[lambda kernels: None, lambda kernels: "always wrong"])
    assert table["<lambda>"].all() and not table["<lambda> 2"].any()


def test_is_a_result_without_a_violation_told_apart():
    result = ASLEEP.explore(repaired=True)
    for ask in (result.predicates, result.show_predicates):
        with pytest.raises(UsageError, match="nothing is wrong"):
            ask()


class Fragile(Mechanism):
    name = "fragile"

    def sys_break(self, tid):
        raise ZeroDivisionError("in the handler")


def test_has_a_crash_in_a_handler_a_table():
    def main(sys):
        yield sys.gettid()
        yield Call("break")

    result = explore(main, TWO.with_mechanism(Fragile))
    assert result.violation.kind == "crash" and len(result.predicates()) == 3


# ---- the picture --------------------------------------------------------------------------------


def test_does_the_picture_say_in_words_when_each_predicate_changes():
    result = ASLEEP.explore()
    said = result.show_predicates(NAMED).description
    events = result.violation.trace.causal().events
    queued = next(e.index for e in events if e.name == "KEY_REQUEST")
    woken = next(e.index for e in events if e.name == "futex_wake")
    sleeps = re.search(r"somebody sleeps: (.*?\)\))", said)[1]
    assert sleeps.startswith(f"does not hold at the start; holds from event {queued} on (k0: KEY_")
    assert f"holds no longer from event {woken} on (k0: k0:2 futex_wake" in said
    assert "Holds in every state: " in said and "in_one_queue" in said.partition("every")[2]


def test_are_events_numbered_as_the_stepper_numbers_them():
    result = PAGES.explore()
    steps, picture = result.show(), result.show_predicates()
    names = [event.name for event in steps.story.events]
    words = [text.text for text in texts(picture)]
    assert [word for word in words if word in names] == names
    assert names != [event.name for event in result.violation.trace.events]


def test_have_only_changes_a_column_and_a_shade():
    picture = PAGES.explore().show_predicates()
    words = [text.text for text in texts(picture)]
    assert words.count("no longer") == 3 and words.count("holds") == 4  # one in the legend
    assert picture.svg.count('class="band"') == 1, "all break with one event"
    assert not any("in one queue" in word for word in words)


def test_has_what_never_changes_a_column_if_nothing_does():
    trace = simulate(programs.handshake, Machine.smp().replace(futex=Futex), ("k0",)).trace
    picture = trace.show_predicates()
    assert picture.svg.count('class="band"') == 0 and "no longer" not in str(picture)
    assert "in_one_queue: holds at the start." in picture.description


def test_is_the_picture_sound_whatever_a_predicate_is_called():
    trace = ASLEEP.explore().violation.trace
    picture = trace.show_predicates({"a <b> & c": busy}, title="<one> & two")
    words = [text.text for text in texts(picture)]
    assert "a <b> & c" in words and "<one> & two" in words
    html = picture._repr_html_()
    assert "a &lt;b&gt; &amp; c: does not hold" in html, "the words are there without pictures"


def texts(picture):
    return list(ElementTree.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}text"))
