"""Waiting, waking and requeueing, as Linux does it, whatever the kernels."""

import errno
import random
from mmap import PROT_READ, PROT_WRITE

import futex_scenarios
import pytest
from futex_scenarios import SHARED, joined, queue, tried, waits
from oracle import check_invariants
from programs import PAGE

from popcorn_lib import Machine, UsageError, simulate

SCENARIOS = (futex_scenarios.THREADS | futex_scenarios.MAPPINGS).items()
NAMED = pytest.mark.parametrize(
    ("scenario", "value"), SCENARIOS, ids=lambda item: getattr(item, "__name__", "")
)
KERNELS = pytest.mark.parametrize("kernels", [1, 2, 3])
WAIT = 1e-3


def run(main, kernels, *args, seed=0, start="k0", page_size=4096):
    machine = Machine.multikernel(kernels, page_size=page_size)
    made = simulate(main, machine, args, seed, start=start)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


@NAMED
def test_do_waiters_and_wakers_see_what_linux_shows_on_any_kernels(scenario, value):
    for kernels, places in ((1, ("k1", "k2")), (2, ("k1", "k0")), (3, ("k1", "k2"))):
        for start in {"k0", f"k{kernels - 1}"}:
            for seed in range(2):
                made = run(scenario, kernels, *places, seed=seed, start=start)
                assert made.value == value, (kernels, start, seed)


def roams(sys, places, seed, program, *args):
    """A program that is moved to a kernel drawn at random before every other call."""
    rng = random.Random(seed)
    thread, result, problem = program(sys, *args), None, None
    while True:
        try:
            call = thread.throw(problem) if problem else thread.send(result)
        except StopIteration as end:
            return end.value
        if rng.random() < 0.5:
            yield from tried(sys.migrate(rng.choice(places)))
        if call.start:
            function, given = call.start
            call = call._replace(start=(roams, (places, rng.random(), function, *given)))
        result = problem = None
        try:
            result = yield call
        except OSError as error:
            problem = error


@NAMED
def test_does_it_stay_the_same_when_the_threads_move_about(scenario, value):
    kernels = ("k0", "k1", "k2")
    for seed in range(6):
        start = kernels[seed % 3]
        made = run(roams, 3, kernels, seed, scenario, "k1", "k2", seed=seed, start=start)
        assert made.value == value, seed


@KERNELS
def test_is_the_whole_word_compared(kernels):
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.store(word, -1)
        tid = yield sys.clone(compares, word, on="k1")
        return (yield sys.join(tid))

    def compares(sys, word):
        found = []
        for value in (-1, 2**64 - 1, 2**32 - 1, 0):
            found.append((yield from tried(sys.futex_wait(word, value, 0))))
        return found

    assert run(main, kernels).value == ["ETIMEDOUT", "ETIMEDOUT", "EAGAIN", "EAGAIN"]


@pytest.mark.parametrize("writer", ["k0", "k1", "k2"])
@pytest.mark.parametrize("waiter", ["k0", "k1", "k2"])
def test_does_the_owner_see_a_word_that_another_kernel_has_just_written(writer, waiter):
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.store(word + 8, 1)
        for value in (1, 2, 3):
            yield sys.join((yield sys.clone(store, word, value, on=writer)))
            tid = yield sys.clone(compares, word, value, on=waiter)
            assert (yield sys.join(tid)) == ("EAGAIN", "ETIMEDOUT")
        return (yield sys.load(word))

    def store(sys, word, value):
        yield sys.store(word, value)

    def compares(sys, word, value):
        old = yield from tried(sys.futex_wait(word, value - 1, WAIT))
        return old, (yield from tried(sys.futex_wait(word, value, 0)))

    assert run(main, 3, page_size=PAGE).value == 3


@KERNELS
def test_are_words_of_one_page_and_the_same_place_on_two_pages_apart(kernels):
    def main(sys):
        word = yield sys.mmap(3 * PAGE)
        tids = []
        for address in (word, word + 8, word + PAGE):
            tids += yield from queue(sys, address, ("k1",))
        woken = []
        for address in (word + PAGE + 8, word + PAGE, word + 8, word):
            woken.append((yield sys.futex_wake(address, 9)))
        return woken, (yield from joined(sys, tids))

    assert run(main, kernels, page_size=PAGE).value == ([0, 1, 1, 1], ((0, None),) * 3)


@KERNELS
def test_does_requeue_go_from_page_to_page_and_behind_those_who_wait_there(kernels):
    def main(sys):
        word = yield sys.mmap(3 * PAGE)
        order, other = word + PAGE, word + 2 * PAGE
        tids = yield from queue(sys, other, ("k1",), order)
        tids += yield from queue(sys, word, (None, "k1"), order)
        assert (yield sys.futex_requeue(word, 0, 9, other)) == 2
        for _ in tids:
            assert (yield sys.futex_wake(other)) == 1
            yield sys.nanosleep(WAIT)
        return (yield from joined(sys, tids))

    assert run(main, kernels, page_size=PAGE).value == ((0, 0), (0, 1), (0, 2))


def test_is_a_requeue_between_two_homes_refused():
    """One kernel could do it: a limit of this model, which the call's text states."""

    def main(sys):
        mine = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
        yield from tried(sys.migrate("k1"))
        yield sys.fork(child, mine)
        return (yield sys.wait4())[1] >> 8

    def child(sys, mine):
        own = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
        answer = yield from tried(sys.futex_requeue(mine, 1, 1, own))
        yield sys.exit_group(0 if answer == 0 else getattr(errno, answer))

    assert run(main, 1).value == 0
    assert run(main, 2).value == errno.EINVAL


def test_do_children_with_homes_apart_wait_in_one_queue():
    """The object's home owns the queue, wherever the waiters' own homes are."""

    def main(sys):
        word = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
        pids = []
        for kernel in ("k1", "k2", "k0"):
            yield from tried(sys.migrate(kernel))
            pids.append((yield sys.fork(child, word, len(pids), on=kernel)))
            yield sys.nanosleep(WAIT)
        yield from tried(sys.migrate("k1"))
        woken = []
        for pid in pids:
            woken.append((yield sys.futex_wake(word)))
            assert (yield sys.wait4()) == (pid, (10 + pids.index(pid)) << 8)
        return woken

    def child(sys, word, number):
        yield sys.futex_wait(word, 0)
        yield sys.exit_group(10 + number)

    for kernels in (1, 2, 3):
        machine = Machine.multikernel(3) if kernels == 3 else Machine.multikernel(1)
        made = simulate(main, machine)
        assert (made.value, made.residue()) == ([1, 1, 1], {})


def test_are_waiters_shown_in_words():
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.clone(waits, word, on="k1")
        yield sys.nanosleep(WAIT)
        yield sys.futex_wake(word)

    trace = run(main, 2).trace
    lines = {line for event in trace.events for line in _futex_lines(event)}
    assert "word +0 of page 0x10 of k0:2: k0:3 on k1 waits" in lines
    assert "k0:3 asks; the queue is on k0" in lines
    assert "k0:3 sleeps; the queue is on k0" in lines


def _futex_lines(event):
    kind = Machine.multikernel(1).mechanism("futex")
    return kind.describe_frozen(event.state["futex"]) if "futex" in event.state else []


@pytest.mark.parametrize(
    ("call", "args"),
    [
        ("futex_wait", (0, 2**64)),
        ("futex_wait", (0, "1")),
        ("futex_wait", (0, 0, "soon")),
        ("futex_wait", (0, 0, None, 2**32)),
        ("futex_wake", (0, 1.5)),
        ("futex_wake", (0, 1, -1)),
        ("futex_requeue", (0, 1, 1, None)),
        ("futex_cmp_requeue", (0, 1, 1, 0, 2**64)),
    ],
)
def test_is_what_no_program_can_mean_said_at_once(call, args):
    def main(sys):
        yield getattr(sys, call)(*args)

    with pytest.raises(UsageError, match=call):
        simulate(main, Machine.multikernel(2))
