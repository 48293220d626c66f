"""Three long programs, ten thousand operations each: a buffer, readers and writers, a queue."""

import pytest
import sync_programs as small
from futex_scenarios import joined
from sync_programs import WORD

from popcorn_lib import Machine, simulate, sync

KERNELS = pytest.mark.parametrize("kernels", [1, 2, 3, 4])
OPERATIONS = 10_000


def long_run(main, kernels):
    machine = Machine.multikernel(kernels)
    places = [machine.kernels[number % kernels] for number in range(4)]
    made = simulate(main, machine, tuple(places), trace=False)
    assert made.residue() == {}
    return made.value


def buffer(sys, *places):
    """Two put numbers into eight slots, two take them out: half the operations each."""
    page = yield sys.mmap(4096)
    share = OPERATIONS // 4
    tids = []
    for number, place in enumerate(places):
        program = (puts, takes_out)[number % 2]
        tids.append((yield sys.clone(program, page, share, number, on=place)))
    _, one, _, two = yield from joined(sys, tids)
    return one + two


MUTEX, NOT_FULL, NOT_EMPTY, FIRST, USED, SLOTS = (WORD * n for n in (0, 1, 3, 5, 6, 8))
ROOM = 8


def puts(sys, page, count, number):
    for item in range(count):
        yield from sync.mutex_lock(sys, page + MUTEX)
        while (used := (yield sys.load(page + USED))) == ROOM:
            yield from sync.cond_wait(sys, page + NOT_FULL, page + MUTEX)
        place = ((yield sys.load(page + FIRST)) + used) % ROOM
        yield sys.store(page + SLOTS + WORD * place, item * 4 + number)
        yield sys.store(page + USED, used + 1)
        yield from sync.mutex_unlock(sys, page + MUTEX)
        yield from sync.cond_signal(sys, page + NOT_EMPTY)


def takes_out(sys, page, count, number):
    total = 0
    for _ in range(count):
        yield from sync.mutex_lock(sys, page + MUTEX)
        while (used := (yield sys.load(page + USED))) == 0:
            yield from sync.cond_wait(sys, page + NOT_EMPTY, page + MUTEX)
        first = yield sys.load(page + FIRST)
        total += yield sys.load(page + SLOTS + WORD * first)
        yield sys.store(page + FIRST, (first + 1) % ROOM)
        yield sys.store(page + USED, used - 1)
        yield from sync.mutex_unlock(sys, page + MUTEX)
        yield from sync.cond_signal(sys, page + NOT_FULL)
    return total


@KERNELS
def test_does_a_bounded_buffer_lose_or_double_nothing(kernels):
    share = OPERATIONS // 4
    items = [item * 4 + number for number in (0, 2) for item in range(share)]
    assert long_run(buffer, kernels) == sum(items)


def readers_and_writers(sys, *places):
    """Each tenth operation writes both words; the sum of what is read depends on the schedule."""
    page = yield sys.mmap(4096)
    share = OPERATIONS // len(places)
    found = yield from small.starts(sys, (reads_and_writes,) * len(places), places, page, share)
    assert all(read >= 0 for read in found)
    return (yield sys.load(page + small.PAIR[0])), (yield sys.load(page + small.PAIR[1]))


def reads_and_writes(sys, page, count):
    last = 0
    for number in range(count):
        if number % 10 == 0:
            yield from small.writes(sys, page)
        else:
            value = yield from small.reads(sys, page)
            assert value >= last, "nothing goes back in time"
            last = value
    return last


@KERNELS
def test_do_readers_and_writers_agree(kernels):
    assert long_run(readers_and_writers, kernels) == (OPERATIONS // 10,) * 2


def work_queue(sys, *places):
    """A semaphore counts the pieces of work; each is added up once, by whoever takes it."""
    page = yield sys.mmap(4096)
    tids = []
    for place in places:
        tids.append((yield sys.clone(works, page, on=place)))
    for _ in range(OPERATIONS // 2):
        yield from sync.sem_post(sys, page)
    for _ in places:
        yield from sync.sem_post(sys, page)  # one more for each: the end
    done = yield from joined(sys, tids)
    return sum(count for count, _ in done), sum(total for _, total in done)


def works(sys, page):
    done = total = 0
    while True:
        yield from sync.sem_wait(sys, page)
        number = yield sys.fetch_add(page + 2 * WORD, 1)
        if number >= OPERATIONS // 2:
            return done, total
        done, total = done + 1, total + number


@KERNELS
def test_is_every_piece_of_work_done_once(kernels):
    pieces = OPERATIONS // 2
    assert long_run(work_queue, kernels) == (pieces, sum(range(pieces)))
