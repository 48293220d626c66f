"""What the world in virtual time says of programs and arguments that it cannot take."""

import math
import re

import pytest

from popcorn_lib import Costs, Deadlock, Machine, ProgramError, UsageError, simulate
from popcorn_lib.syscalls import CALLS, Call

TWO = Machine.multikernel(2)


def me(sys):
    return (yield sys.gettid())


def parent_of(worker, *args, on="k1"):
    """A program that runs one other thread and gives what it returned."""

    def main(sys):
        return (yield sys.join((yield sys.clone(worker, *args, on=on))))

    return main


def test_does_a_deadlock_say_who_waits_for_what_and_where():
    def main(sys):
        mine = yield sys.gettid()
        other = yield sys.clone(joiner, mine, on="k1")
        yield sys.join(other)  # for ever

    def joiner(sys, tid):
        yield sys.join(tid)

    with pytest.raises(Deadlock) as caught:
        simulate(main, TWO)
    for word in ("k0:2", "k0:3", "on k0", "on k1", "join(", "# for ever", "line "):
        assert word in str(caught.value)


def not_a_request(sys):
    yield sys.gettid()
    yield 42  # the line


def unknown_call(sys):
    yield sys.fly()  # the line


def unknown_request(sys):
    yield Call("fly")  # the line


def unknown_kernel(sys):
    yield sys.migrate("k7")  # the line


def clone_of_no_function(sys):
    yield sys.clone(7)  # the line


def long_nap(sys):
    yield sys.nanosleep(math.inf)  # the line


def no_nap(sys):
    yield sys.nanosleep(math.nan)  # the line


BAD = [
    (not_a_request, ["42", "no request"]),
    (unknown_call, ["fly", *CALLS]),
    (unknown_request, ["fly", *CALLS]),
    (unknown_kernel, ["k7", "k0", "k1"]),
    (clone_of_no_function, ["7", "generator function"]),
    (long_nap, ["inf"]),
    (no_nap, ["nan"]),
]


@pytest.mark.parametrize(("program", "words"), BAD)
def test_does_a_bad_request_name_the_thing_the_thread_and_the_line(program, words):
    for main, thread in ((program, "k0:2"), (parent_of(program), "k0:3")):
        with pytest.raises(UsageError) as caught:
            simulate(main, TWO)
        text = str(caught.value)
        assert [word for word in [*words, "# the line", thread] if word not in text] == []


def test_does_an_exception_in_a_thread_keep_its_cause_and_name_its_line():
    def worker(sys):
        yield sys.gettid()
        yield from helper(sys)

    def helper(sys):
        yield sys.gettid()
        raise KeyError("lost")  # the innermost line

    with pytest.raises(ProgramError, match=r"KeyError.*lost.*k0:3.*# the innermost line") as caught:
        simulate(parent_of(worker), TWO)
    assert isinstance(caught.value.__cause__, KeyError)


def test_is_an_errno_that_nobody_catches_a_program_error_too():
    def main(sys):
        yield sys.join(1)

    with pytest.raises(ProgramError, match=r"No such process.*yield sys.join"):
        simulate(main, TWO)


def plain(sys):
    return 5


def test_is_a_plain_function_no_program():
    for main in (plain, parent_of(plain)):
        with pytest.raises(UsageError, match="plain is no program"):
            simulate(main, TWO)


def test_what_if_a_thread_gets_arguments_that_its_function_does_not_take():
    with pytest.raises((ProgramError, UsageError), match=re.compile("me.*(k0:3|line)", re.DOTALL)):
        simulate(parent_of(me, 1, 2), TWO)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"main": 5}, "5"),
        ({"machine": "k0"}, "k0"),
        ({"args": 5}, "5"),
        ({"costs": 5}, "5"),
        ({"max_seconds": -1}, "-1"),
        ({"max_seconds": math.nan}, "nan"),
    ],
    ids=str,
)
def test_does_simulate_name_what_it_cannot_take(given, word):
    with pytest.raises((ValueError, TypeError, RuntimeError), match=word):
        simulate(**{"main": me, "machine": TWO} | given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("call_s", -1),
        ("chunk_s", math.nan),
        ("jitter", math.inf),
        ("ring_slots", 0),
        ("notify", "bell"),
        ("max_chunks", 0),
        ("slice_s", "3"),
        ("ring_slots", 1.5),
    ],
)
def test_do_costs_refuse_what_is_no_cost(name, value):
    with pytest.raises(UsageError, match=f"{name}.*{re.escape(repr(value))}"):
        Costs(**{name: value})
