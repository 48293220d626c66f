"""Waits, wakes, timeouts, requeues and kills in every order, on kernels of every kind."""

import errno
import os
from mmap import PROT_READ, PROT_WRITE

import pytest
from futex_scenarios import SHARED, joined, tried
from programs import PAGE, outcomes

from popcorn_lib import Machine, single_system_image

# Where the threads of a program run; the owner of the word is k0.
TWO = [("k0", "k0"), ("k1", "k0"), ("k0", "k1"), ("k1", "k1")]
THREE = [*TWO, ("k1", "k2")]
PLACES = pytest.mark.parametrize("places", THREE, ids="-".join)


def found(main, places, migrations=0, kernels=3, **options):
    """What a program can end with; nothing may go wrong, be cut or be left over."""
    return {value for value, _ in outcomes(main, kernels, places, migrations, **options)}


def starts(sys, programs, places, *args):
    tids = []
    for program, place in zip(programs, places, strict=True):
        tids.append((yield sys.clone(program, *args, on=place)))
    return tids


# ---- one waiter, one waker ----------------------------------------------------------------------


def waits_for_change(sys, word):
    """Wait until the word has changed, as every careful program does; how often it slept."""
    slept = 0
    while (yield sys.load(word)) == 0:
        slept += (yield from tried(sys.futex_wait(word, 0))) == 0
    return slept


def changes(sys, word):
    yield sys.store(word, 1)
    return (yield sys.futex_wake(word, 9))


def change(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (waits_for_change, changes), places, word)
    return (yield from joined(sys, tids))


@PLACES
def test_can_a_wake_up_be_lost(places):
    assert found(change, places) == {(0, 0), (1, 1)}


@pytest.mark.parametrize(("kernels", "places"), [(2, place) for place in TWO])
def test_can_a_wake_up_be_lost_when_threads_are_moved(kernels, places):
    assert found(change, places, 1, kernels) == {(0, 0), (1, 1)}


def gives_up(sys, word):
    return (yield from tried(sys.futex_wait(word, 0, 1)))


def wakes(sys, word):
    return (yield sys.futex_wake(word))


def too_late_or_not(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, wakes), places, word)
    return (yield from joined(sys, tids))


@PLACES
def test_is_a_wait_that_a_wake_has_counted_never_a_timeout(places):
    assert found(too_late_or_not, places) == {(0, 1), ("ETIMEDOUT", 0)}


def one_gives_up(sys, *places):
    """Two wait, one of them not for ever; the first wake is for one of them."""
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, waits_once, wakes), places, word)
    hasty, first = (yield sys.join(tids[0])), (yield sys.join(tids[2]))
    yield sys.store(word, 1)
    second = yield sys.futex_wake(word, 9)
    return hasty, (yield sys.join(tids[1])), first, second


def waits_once(sys, word):
    return (yield from tried(sys.futex_wait(word, 0)))


@pytest.mark.parametrize("places", [("k0", "k0", "k0"), ("k1", "k0", "k1"), ("k1", "k2", "k0")])
def test_is_a_wake_lost_on_one_who_gives_up(places):
    ends = found(one_gives_up, places)
    for *results, first, second in ends:
        assert results.count(0) == first + second, "who has been counted has been woken"
    assert ends == {
        (0, 0, 1, 1),
        (0, "EAGAIN", 1, 0),
        ("ETIMEDOUT", 0, 1, 0),
        ("ETIMEDOUT", 0, 0, 1),
        ("ETIMEDOUT", "EAGAIN", 0, 0),
    }


def chosen(sys, word):
    return (yield from tried(sys.futex_wait(word, 0, 1, 1)))


def wakes_bit(sys, word):
    return (yield sys.futex_wake(word, 1, 2)), (yield sys.futex_wake(word, 1, 3))


def bits(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (chosen, wakes_bit), places, word)
    return (yield from joined(sys, tids))


@PLACES
def test_does_a_wake_with_other_bits_pass_by_in_every_order(places):
    assert found(bits, places) == {(0, (0, 1)), ("ETIMEDOUT", (0, 0))}


# ---- requeue ------------------------------------------------------------------------------------


def requeues(sys, word):
    return (yield sys.futex_requeue(word, 0, 1, word + 8))


def wakes_there(sys, word):
    return (yield sys.futex_wake(word + 8))


def moved(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, requeues, wakes_there), places, word)
    return (yield from joined(sys, tids))


@pytest.mark.parametrize(
    "places", [("k0", "k0", "k0"), ("k1", "k0", "k0"), ("k1", "k0", "k1"), ("k1", "k2", "k0")]
)
def test_does_a_requeue_lose_a_timeout_or_a_wake(places):
    assert found(moved, places) == {
        (0, 1, 1),
        ("ETIMEDOUT", 1, 0),
        ("ETIMEDOUT", 0, 0),
    }


def compares_and_requeues(sys, word):
    return (yield from tried(sys.futex_cmp_requeue(word, 1, 1, word + 8, 0)))


def stores(sys, word):
    yield sys.store(word, 1)
    return (yield sys.futex_wake(word))


def compared(sys, *places):
    word = yield sys.mmap(PAGE)
    programs = (gives_up, compares_and_requeues, stores)
    tids = yield from starts(sys, programs, places, word)
    return (yield from joined(sys, tids))


@pytest.mark.parametrize("places", [("k0", "k0", "k0"), ("k1", "k0", "k2"), ("k1", "k2", "k0")])
def test_does_the_owner_compare_and_requeue_in_one_step(places):
    """Of one waiter, at most one of the two can have woken it; a changed word is EAGAIN."""
    ends = found(compared, places)
    for wait, requeue, wake in ends:
        assert (wait == 0) == ((requeue == 1) + wake == 1), (wait, requeue, wake)
    assert {requeue for _, requeue, _ in ends} == {0, 1, "EAGAIN"}
    assert {wait for wait, _, _ in ends} == {0, "EAGAIN", "ETIMEDOUT"}


# ---- the word is somewhere else -----------------------------------------------------------------


def far_word(sys, writer, *places):
    """The word's page is on the writer's kernel alone when the owner has to compare."""
    word = yield sys.mmap(PAGE)
    tid = yield sys.clone(prepares, word, on=writer)
    yield sys.join(tid)
    tids = yield from starts(sys, (waits_from_five, adds), places, word)
    return (yield from joined(sys, tids))


def prepares(sys, word):
    yield sys.store(word, 5)


def waits_from_five(sys, word):
    result = yield from tried(sys.futex_wait(word, 5))
    return result, (yield sys.load(word))


def adds(sys, word):
    yield sys.fetch_add(word, 1)
    return (yield sys.futex_wake(word))


@pytest.mark.parametrize("places", [("k1", "k0"), ("k0", "k1"), ("k1", "k2"), ("k2", "k2")])
def test_what_if_the_words_page_is_on_another_kernel_when_it_is_compared(places):
    expected = {((0, 6), 1), (("EAGAIN", 6), 0)}
    for writer in ("k1", "k2"):
        assert found(far_word, (writer, *places)) == expected


def unmapped(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, unmaps), places, word)
    return (yield from joined(sys, tids))


def unmaps(sys, word):
    yield sys.munmap(word, PAGE)
    return (yield from tried(sys.futex_wake(word)))


@PLACES
def test_what_if_the_word_is_unmapped_while_somebody_begins_to_wait(places):
    assert found(unmapped, places) == {("EFAULT", "EFAULT"), ("ETIMEDOUT", "EFAULT")}


# ---- killed -------------------------------------------------------------------------------------


def killed(sys, programs, *places):
    """The process exits whatever its threads are doing."""
    word = yield sys.mmap(PAGE)
    yield from starts(sys, programs, places, word)
    yield sys.exit_group(3)


KILLED = [(waits_once, wakes), (gives_up, wakes), (waits_for_change, changes), (gives_up, requeues)]


@PLACES
@pytest.mark.parametrize("programs", KILLED, ids=lambda programs: programs[0].__name__)
def test_what_if_the_process_exits_while_threads_wait_cancel_or_are_woken(programs, places):
    assert outcomes(killed, 3, (programs, *places)) == {(None, 3 << 8)}


@pytest.mark.parametrize("places", TWO, ids="-".join)
def test_what_if_it_exits_while_they_are_moved(places):
    assert outcomes(killed, 2, ((gives_up, wakes), *places), 1) == {(None, 3 << 8)}


def exits_itself(sys, *places):
    word = yield sys.mmap(PAGE)
    tids = yield from starts(sys, (gives_up, wakes_and_exits), places, word)
    yield from joined(sys, tids)


def wakes_and_exits(sys, word):
    yield sys.futex_wake(word)
    yield sys.exit_group(4)


@PLACES
def test_what_if_the_waker_ends_the_process(places):
    assert outcomes(exits_itself, 3, places) == {(None, 4 << 8)}


# ---- in order -----------------------------------------------------------------------------------


def in_order(sys, *places):
    """Requeueing a word to itself changes nothing and tells how many wait."""
    word = yield sys.mmap(PAGE)
    tids = []
    for place in places:
        tids.append((yield sys.clone(waits_once, word, on=place)))
        if (yield sys.futex_requeue(word, 0, 9, word)) < len(tids):
            yield sys.exit_group(1)  # it has not come yet: another time
    values = []
    for tid in tids:
        assert (yield sys.futex_wake(word)) == 1
        values.append((yield sys.join(tid)))  # for ever, if another was woken
    return tuple(values)


@PLACES
def test_is_first_come_first_served_in_every_order(places):
    assert outcomes(in_order, 3, places) == {((0, 0), 0), (None, 1 << 8)}


# ---- processes ----------------------------------------------------------------------------------


def family(sys, *places):
    """A child waits for a word of its parent's shared object; the parent is home."""
    word = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
    yield sys.fork(child, word, on=places[0])
    yield from tried(sys.migrate(places[1]))
    yield sys.store(word, 1)
    woken = yield sys.futex_wake(word)
    status = (yield sys.wait4())[1]
    return woken, os.waitstatus_to_exitcode(status)


def child(sys, word):
    result = yield from tried(sys.futex_wait(word, 0))
    yield sys.exit_group(0 if result == 0 else getattr(errno, result))


@PLACES
def test_can_a_wake_up_between_processes_be_lost(places):
    assert found(family, places) == {(1, 0), (0, errno.EAGAIN)}


def homes_apart(sys):
    """Home of the word is k0, home of the child k1."""
    word = yield sys.mmap(PAGE, PROT_READ | PROT_WRITE, SHARED)
    yield from tried(sys.migrate("k1"))
    yield sys.fork(child, word)
    yield sys.store(word, 1)
    woken = yield sys.futex_wake(word)
    return woken, os.waitstatus_to_exitcode((yield sys.wait4())[1])


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_what_if_the_childs_home_is_not_the_words(kernels):
    assert found(homes_apart, (), 0, kernels) == {(1, 0), (0, errno.EAGAIN)}


# ---- the claim ----------------------------------------------------------------------------------

CLAIMS = [change, too_late_or_not, bits, unmapped, exits_itself]


@pytest.mark.parametrize("places", [("k1", "k0"), ("k0", "k1")], ids="-".join)
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_a_program_tell_by_its_futexes_how_many_kernels_there_are(program, places):
    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(program, places, machine=machine, migrations=1)
    assert verdict.holds, verdict


@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_it_tell_three(program):
    machine = Machine.multikernel(3, page_size=PAGE)
    verdict = single_system_image(program, ("k1", "k2"), machine=machine, migrations=0)
    assert verdict.holds, verdict


@pytest.mark.slow
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_it_tell_three_when_threads_are_moved(program):
    machine = Machine.multikernel(3, page_size=PAGE)
    verdict = single_system_image(program, ("k1", "k2"), machine=machine, migrations=1)
    assert verdict.holds, verdict
