"""Mutexes and their kin in every order: small programs, one kernel and many, moved or not."""

import errno

import pytest
from futex_scenarios import joined, tried
from programs import PAGE, outcomes

from popcorn_lib import Machine, simulate, single_system_image, sync
from popcorn_lib.sync import mutex as mutex_file

WORD = 8
KERNELS = pytest.mark.parametrize(
    ("kernels", "places"),
    [(1, ("k0", "k0")), (2, ("k1", "k0")), (2, ("k1", "k1")), (3, ("k1", "k2"))],
    ids=lambda item: str(item) if type(item) is int else "-".join(item),
)


def found(main, kernels, places, migrations=0):
    return {value for value, _ in outcomes(main, kernels, places, migrations)}


def attempted(steps):
    """What `yield from` gives, or the name of its errno."""
    try:
        return (yield from steps)
    except OSError as error:
        return errno.errorcode[error.errno]


def adds(sys, word):
    """Add one in two steps: two threads at once would lose one."""
    yield sys.store(word, (yield sys.load(word)) + 1)


def starts(sys, threads, places, *args):
    """Run these programs at once, each on its kernel; what they give."""
    tids = []
    for thread, place in zip(threads, places, strict=True):
        tids.append((yield sys.clone(thread, *args, on=place)))
    return (yield from joined(sys, tids))


# ---- mutex: word 0; its data: word 7 ------------------------------------------------------------

DATA = 7 * WORD


def locks(sys, page):
    yield from sync.mutex_lock(sys, page)
    yield from adds(sys, page + DATA)
    yield from sync.mutex_unlock(sys, page)


def tries(sys, page):
    if (yield from attempted(sync.mutex_trylock(sys, page))) == "EBUSY":
        return 0
    yield from adds(sys, page + DATA)
    yield from sync.mutex_unlock(sys, page)
    return 1


def hurries(sys, page):
    if (yield from attempted(sync.mutex_timedlock(sys, page, 1))) == "ETIMEDOUT":
        return 0
    yield from adds(sys, page + DATA)
    yield from sync.mutex_unlock(sys, page)
    return 1


def counted(sys, threads, *places):
    """The counter when all have ended, what they say, and the mutex's word, which is free."""
    page = yield sys.mmap(PAGE)
    said = yield from starts(sys, threads, places, page)
    assert (yield sys.load(page)) == mutex_file.FREE
    return (yield sys.load(page + DATA)), said


def one_mutex(sys, *places):
    return (yield from counted(sys, (locks, locks), *places))


def one_tries(sys, *places):
    return (yield from counted(sys, (locks, tries), *places))


def one_hurries(sys, *places):
    return (yield from counted(sys, (locks, hurries), *places))


def one_of_three_hurries(sys, *places):
    return (yield from counted(sys, (locks, hurries, locks), *places, places[0]))


@KERNELS
@pytest.mark.parametrize("migrations", [0, 1])
def test_does_a_mutex_let_one_in_at_a_time_and_all_in_the_end(kernels, places, migrations):
    if (kernels, migrations) == (3, 1):
        migrations = 0  # see the slow one below
    assert found(one_mutex, kernels, places, migrations) == {(2, (None, None))}


@pytest.mark.slow
def test_does_a_mutex_keep_its_word_on_three_kernels_when_threads_move():
    assert found(one_mutex, 3, ("k1", "k2"), 1) == {(2, (None, None))}


@KERNELS
def test_does_trylock_never_wait_and_never_break_in(kernels, places):
    assert found(one_tries, kernels, places) == {(1, (None, 0)), (2, (None, 1))}


@KERNELS
def test_does_who_gives_up_leave_the_mutex_to_others(kernels, places):
    assert found(one_hurries, kernels, places) == {(1, (None, 0)), (2, (None, 1))}


@pytest.mark.parametrize(("kernels", "places"), [(1, ("k0", "k0")), (2, ("k1", "k0"))])
def test_is_a_wake_passed_on_by_who_gives_up(kernels, places):
    expected = {(2, (None, 0, None)), (3, (None, 1, None))}
    assert found(one_of_three_hurries, kernels, places) == expected


# ---- condition variable: words 1 and 2 ----------------------------------------------------------

COND, TOKENS = WORD, 6 * WORD


def takes(sys, page, timeout=None):
    """Take a token, when there is one; 0 if it has taken too long."""
    yield from sync.mutex_lock(sys, page)
    answer = None
    while (tokens := (yield sys.load(page + TOKENS))) == 0 and answer != "ETIMEDOUT":
        answer = yield from attempted(sync.cond_wait(sys, page + COND, page, timeout))
    if tokens:
        yield sys.store(page + TOKENS, tokens - 1)
    yield from sync.mutex_unlock(sys, page)
    return int(tokens > 0)


def takes_soon(sys, page):
    return (yield from takes(sys, page, 1))


def gives(sys, page, tokens=1, tell=sync.cond_signal):
    yield from sync.mutex_lock(sys, page)
    yield sys.store(page + TOKENS, (yield sys.load(page + TOKENS)) + tokens)
    yield from sync.mutex_unlock(sys, page)
    yield from tell(sys, page + COND)


def gives_two(sys, page):
    yield from gives(sys, page, 2, sync.cond_broadcast)


def gives_two_inside(sys, page):
    """The broadcast comes while the mutex is held: who has been woken has to wait for it."""
    yield from sync.mutex_lock(sys, page)
    yield sys.store(page + TOKENS, 2)
    yield from sync.cond_broadcast(sys, page + COND)
    yield from sync.mutex_unlock(sys, page)


def disturbs(sys, page):
    """A wake that means nothing."""
    yield sys.futex_wake(page + COND, 9)


def told(sys, *places):
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (takes, gives), places, page))


def told_too_late(sys, *places):
    page = yield sys.mmap(PAGE)
    said = yield from starts(sys, (takes_soon, gives), places, page)
    return said, (yield sys.load(page + TOKENS))


def told_among_noise(sys, *places):
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (takes, gives, disturbs), (*places, "k0"), page))


def one_token_for_two(sys, *places):
    """One waits for ever, one gives up; then the one who has nothing yet gets a second token."""
    page = yield sys.mmap(PAGE)
    patient = yield sys.clone(takes, page, on=places[0])
    hasty = yield sys.clone(takes_soon, page, on=places[1])
    yield from gives(sys, page)
    got = yield sys.join(hasty)
    if got:
        yield from gives(sys, page)
    return got, (yield sys.join(patient))


def all_told(sys, gives, *places):
    page = yield sys.mmap(PAGE)
    for place in places:
        yield sys.clone(takes, page, on=place)
    me = yield sys.gettid()
    yield from gives(sys, page)
    return (yield from joined(sys, (me + 1, me + 2)))


@KERNELS
@pytest.mark.parametrize("migrations", [0, 1])
def test_is_a_signal_never_missed(kernels, places, migrations):
    migrations = min(migrations, 3 - kernels)
    assert found(told, kernels, places, migrations) == {(1, None)}


@KERNELS
def test_is_a_token_kept_when_a_wait_times_out(kernels, places):
    assert found(told_too_late, kernels, places) == {((1, None), 0), ((0, None), 1)}


@pytest.mark.parametrize(("kernels", "places"), [(1, ("k0", "k0")), (2, ("k1", "k0"))])
def test_does_a_spurious_wake_up_do_no_harm(kernels, places):
    assert found(told_among_noise, kernels, places) == {(1, None, None)}


@pytest.mark.parametrize(("kernels", "places"), [(1, ("k0", "k0")), (2, ("k1", "k1"))])
def test_is_a_signal_lost_on_one_whose_wait_times_out(kernels, places):
    assert found(one_token_for_two, kernels, places) == {(0, 1), (1, 1)}


@pytest.mark.parametrize(("kernels", "places"), [(1, ("k0", "k0")), (2, ("k1", "k0"))])
@pytest.mark.parametrize("gives", [gives_two, gives_two_inside])
def test_does_a_broadcast_bring_back_everybody(kernels, places, gives):
    assert found(all_told, kernels, (gives, *places)) == {(1, 1)}


# ---- barrier: words 0 to 2 ----------------------------------------------------------------------


def in_step(sys, page, mine, theirs):
    """Two rounds: what the other has written before a barrier is there after it."""
    serial = 0
    for number in (1, 2):
        yield sys.store(page + mine, number)
        serial += (yield from sync.barrier_wait(sys, page)) == sync.BARRIER_SERIAL_THREAD
        assert (yield sys.load(page + theirs)) >= number
    return serial


def two_rounds(sys, *places):
    page = yield sys.mmap(PAGE)
    yield from sync.barrier_init(sys, page, 2)
    slots = (5 * WORD, 6 * WORD)
    first = yield sys.clone(in_step, page, *slots, on=places[0])
    second = yield sys.clone(in_step, page, *reversed(slots), on=places[1])
    return sum((yield from joined(sys, (first, second))))


@KERNELS
def test_does_a_barrier_hold_all_until_the_last_and_serve_again(kernels, places):
    assert found(two_rounds, kernels, places) == {2}, "one of each round is the serial thread"


# ---- read-write lock: word 0 --------------------------------------------------------------------

PAIR = 5 * WORD, 6 * WORD


def writes(sys, page):
    yield from sync.rwlock_wrlock(sys, page)
    for place in PAIR:
        yield from adds(sys, page + place)
    yield from sync.rwlock_unlock(sys, page)


def reads(sys, page):
    yield from sync.rwlock_rdlock(sys, page)
    values = (yield sys.load(page + PAIR[0])), (yield sys.load(page + PAIR[1]))
    yield from sync.rwlock_unlock(sys, page)
    assert values[0] == values[1], "no writer is in between"
    return values[0]


def both_read(sys, *places):
    """Main reads too, and lets nobody wait who only reads."""
    page = yield sys.mmap(PAGE)
    yield from sync.rwlock_rdlock(sys, page)
    tid = yield sys.clone(reads, page, on=places[0])
    value = yield sys.join(tid)
    writer = yield from attempted(sync.rwlock_trywrlock(sys, page))
    yield from sync.rwlock_tryrdlock(sys, page)
    for _ in range(2):
        yield from sync.rwlock_unlock(sys, page)
    yield from sync.rwlock_trywrlock(sys, page)
    refused = yield from attempted(sync.rwlock_tryrdlock(sys, page))
    yield from sync.rwlock_unlock(sys, page)
    return value, writer, refused, (yield sys.load(page))


def one_writes(sys, *places):
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (writes, reads), places, page)), (yield sys.load(page))


def both_write(sys, *places):
    page = yield sys.mmap(PAGE)
    yield from starts(sys, (writes, writes), places, page)
    return (yield sys.load(page + PAIR[0])), (yield sys.load(page))


@KERNELS
def test_does_a_writer_keep_readers_and_writers_out(kernels, places):
    assert found(one_writes, kernels, places) == {((None, 0), 0), ((None, 1), 0)}
    assert found(both_write, kernels, places) == {(2, 0)}


@KERNELS
def test_do_readers_let_readers_in_and_no_writer(kernels, places):
    assert found(both_read, kernels, places) == {(0, "EBUSY", "EBUSY", 0)}


# ---- semaphore: words 0 and 1 -------------------------------------------------------------------


def posts(sys, page):
    yield from sync.sem_post(sys, page)


def passes(sys, page):
    yield from sync.sem_wait(sys, page)


def passes_soon(sys, page):
    return (yield from attempted(sync.sem_timedwait(sys, page, 1)))


def one_passes(sys, *places):
    page = yield sys.mmap(PAGE)
    yield from starts(sys, (passes, posts), places, page)
    return (yield from left(sys, page))


def left(sys, page):
    """The value, that nobody counts as a waiter, and what trywait says when it is 0."""
    value = yield from sync.sem_getvalue(sys, page)
    assert (yield sys.load(page + WORD)) == 0
    return value, value or (yield from attempted(sync.sem_trywait(sys, page)))


def two_pass(sys, *places):
    page = yield sys.mmap(PAGE)
    yield from sync.sem_init(sys, page, 0)
    tids = []
    for place in places:
        tids.append((yield sys.clone(passes, page, on=place)))
    for _ in tids:
        yield from sync.sem_post(sys, page)
    yield from joined(sys, tids)
    return (yield from left(sys, page))


def passes_or_not(sys, *places):
    page = yield sys.mmap(PAGE)
    said = yield from starts(sys, (passes_soon, posts), places, page)
    return said[0], (yield from sync.sem_getvalue(sys, page)), (yield sys.load(page + WORD))


@KERNELS
def test_do_as_many_pass_as_have_been_posted(kernels, places):
    assert found(one_passes, kernels, places) == {(0, "EAGAIN")}
    assert found(two_pass, kernels, places) == {(0, "EAGAIN")}


@KERNELS
def test_is_a_post_kept_when_a_wait_times_out(kernels, places):
    assert found(passes_or_not, kernels, places) == {(None, 0, 0), ("ETIMEDOUT", 1, 0)}


# ---- once: word 0 -------------------------------------------------------------------------------


def begins(sys, page):
    yield from sync.once(sys, page, lambda sys: adds(sys, page + DATA))
    return (yield sys.load(page + DATA))


def both_begin(sys, *places):
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (begins, begins), places, page))


def fails_once(sys, page):
    """The first attempt fails, whoever makes it."""

    def init(sys):
        if (yield sys.fetch_add(page + DATA, 1)) == 0:
            yield sys.munmap(1, 1)  # EINVAL

    return (yield from attempted(sync.once(sys, page, init))), (yield sys.load(page + DATA))


def one_fails(sys, *places):
    page = yield sys.mmap(PAGE)
    return frozenset((yield from starts(sys, (fails_once, fails_once), places, page)))


@KERNELS
def test_is_it_done_once_and_before_anybody_goes_on(kernels, places):
    assert found(both_begin, kernels, places) == {(1, 1)}


@KERNELS
def test_does_the_next_one_try_again_after_a_failure(kernels, places):
    for answers in found(one_fails, kernels, places):
        assert {answer for answer, _ in answers} == {"EINVAL", None}
        assert dict(answers)[None] == 2


# ---- the claim, refusals ------------------------------------------------------------------------

CLAIMS = [one_mutex, told, two_rounds, one_writes, one_passes, both_begin]


@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_a_program_tell_by_them_how_many_kernels_there_are(program):
    two = Machine.multikernel(2, page_size=PAGE)
    assert single_system_image(program, ("k1", "k0"), machine=two, migrations=0).holds
    three = Machine.multikernel(3, page_size=PAGE)
    assert single_system_image(program, ("k1", "k2"), machine=three, migrations=0).holds


@pytest.mark.slow
@pytest.mark.parametrize("program", CLAIMS, ids=lambda program: program.__name__)
def test_can_it_tell_when_threads_are_moved(program):
    machine = Machine.multikernel(2, page_size=PAGE)
    assert single_system_image(program, ("k1", "k0"), machine=machine, migrations=1).holds


def test_what_is_refused():
    def main(sys):
        page = yield sys.mmap(PAGE)
        found = [(yield from attempted(sync.barrier_init(sys, page, 0)))]
        found.append((yield from attempted(sync.sem_init(sys, page, -1))))
        found.append((yield from attempted(sync.sem_timedwait(sys, page, -1))))
        yield from sync.mutex_lock(sys, page)
        found.append((yield from attempted(sync.mutex_timedlock(sys, page, -1))))
        found.append((yield from attempted(sync.cond_wait(sys, page + 16, page, -1))))
        found.append((yield from attempted(sync.mutex_trylock(sys, page))))
        return found

    assert simulate(main, Machine.multikernel(1)).value == ["EINVAL"] * 5 + ["EBUSY"]


@pytest.mark.parametrize("kernels", [1, 2])
def test_how_long_is_a_timed_wait(kernels):
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield from sync.mutex_lock(sys, page)
        tid = yield sys.clone(late, page, on="k1")
        for _ in range(4):  # noise that wakes it, and does not make it wait longer
            yield sys.nanosleep(0.03)
            yield sys.futex_wake(page, 9)
        return (yield sys.join(tid))

    def late(sys, page):
        taken = []
        for wait in (sync.mutex_timedlock, sync.sem_timedwait):
            place = page if wait is sync.mutex_timedlock else page + 4 * WORD
            before = yield sys.clock_gettime()
            assert (yield from attempted(wait(sys, place, 0.1))) == "ETIMEDOUT"
            taken.append((yield sys.clock_gettime()) - before)
        return taken

    for taken in simulate(main, Machine.multikernel(kernels)).value:
        assert 0.1 <= taken < 0.101


def test_does_a_broadcast_work_when_cond_and_mutex_have_two_homes():
    """The kernel refuses to requeue from one home to another; then all are woken."""
    from futex_scenarios import BOTH, SHARED

    def main(sys):
        mutex = yield sys.mmap(PAGE, BOTH, SHARED)
        yield from tried(sys.migrate("k1"))
        yield sys.fork(child, mutex)
        return (yield sys.wait4())[1]

    def child(sys, mutex):
        cond = yield sys.mmap(PAGE, BOTH, SHARED)
        tids = []
        for place in ("k0", "k1"):
            tids.append((yield sys.clone(sleeps, cond, mutex, on=place)))
        yield sys.nanosleep(0.1)
        yield from sync.cond_broadcast(sys, cond)
        yield from joined(sys, tids)

    def sleeps(sys, cond, mutex):
        yield from sync.mutex_lock(sys, mutex)
        yield from sync.cond_wait(sys, cond, mutex)
        yield from sync.mutex_unlock(sys, mutex)

    for kernels in (1, 2):
        made = simulate(main, Machine.multikernel(kernels))
        assert (made.value, made.residue()) == (0, {})
