"""Links that lose, double or reorder, and kernels that die: what would it take to break a run?"""

import pytest
from programs import PAGE

from popcorn_lib import Faults, Machine, UsageError, explore
from popcorn_lib.draw import spacetime

TWO = Machine.multikernel(2, page_size=PAGE)


def adder(sys, word):
    yield sys.fetch_add(word, 1)


def adds(sys):
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(adder, word, on="k1")
    yield sys.join(thread)
    return (yield sys.load(word))


def alone(sys):
    yield sys.gettid()
    yield sys.gettid()


def found(kind, **faults):
    return explore(adds, TWO, faults=Faults(**faults), stop=False).witness(kind)


def test_does_no_fault_change_nothing():
    plain = explore(adds, TWO)
    assert explore(adds, TWO, faults=Faults()).states == plain.states
    assert plain.violation is None


def test_what_if_a_message_is_lost():
    result = explore(adds, TWO, faults=Faults(drop=1), stop=False)
    assert result.violations == {"deadlock", "residue"}
    assert result.outcomes == {(1, 0)}, "it ends with the right value or not at all"
    trace = result.witness("deadlock")
    fault = trace.events[-1]
    assert (fault.cause, fault.name, fault.kernel) == ("fault", "drop", "k1")
    assert "lost: CLONE_REQUEST" in fault.text
    [lost] = [message for message in trace.messages if message.handled_by is None]
    assert lost.kind == "CLONE_REQUEST"


def test_what_if_a_message_comes_twice():
    trace = found("crash", duplicate=1)
    assert [event.name for event in trace.events].count("duplicate") == 1
    twice = [message for message in trace.messages if "(again)" in message.text]
    assert len(twice) == 1


def test_what_if_a_message_is_overtaken_by_the_next_of_its_class():
    def both(sys):
        word = yield sys.mmap(PAGE)
        thread = yield sys.clone(adder, word, on="k1")
        yield sys.load(word)
        yield sys.join(thread)

    assert explore(both, TWO).violation is None
    result = explore(both, TWO, faults=Faults(delay=1), stop=False)
    assert result.violations == {"crash"}, "home asks for a page that has not come yet"
    assert "delay" in [event.name for event in result.witness("crash").events]


def test_what_if_a_kernel_dies():
    result = explore(adds, TWO, faults=Faults(crash=1), stop=False)
    assert "deadlock" in result.violations
    dead = next(e for e in result.witness("deadlock").events if e.cause == "fault")
    assert dead.name == "crash" and dead.text == f"{dead.kernel} dies"


def test_does_a_kernel_that_nobody_needs_die_unnoticed():
    result = explore(alone, Machine.multikernel(2), faults=Faults(crash=1), stop=False)
    ends = [event.kernel for kind in result.violations for event in result.witness(kind).events
            if event.cause == "fault"]  # fmt: skip
    assert set(ends) <= {"k0"}, "only the death of the kernel that runs it is seen"


def test_is_a_budget_a_budget():
    for number in (1, 2):
        result = explore(adds, TWO, faults=Faults(drop=number), stop=False)
        for kind in result.violations:
            names = [event.name for event in result.witness(kind).events]
            assert names.count("drop") <= number
    assert explore(adds, TWO, faults=Faults(drop=1, delay=1)).states > 0


def test_is_a_fault_drawn_and_told():
    trace = found("deadlock", drop=1)
    picture = spacetime(trace)
    assert "fault" in picture.svg
    assert "lost: CLONE_REQUEST" in trace.show().text(len(trace) - 1)


@pytest.mark.parametrize(
    ("faults", "word"), [(3, "3"), (Faults(drop=-1), "-1"), (Faults(crash="k1"), "'k1'")]
)
def test_does_it_name_what_is_no_budget(faults, word):
    with pytest.raises(UsageError, match=word):
        explore(adds, TWO, faults=faults)
