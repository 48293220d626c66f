"""Small programs with mutexes and their kin, for a page of eight words that starts as zeros.

Each makes one thread per place, and gives a value that says whether all went well.
"""

import errno

from futex_scenarios import joined
from programs import PAGE

from popcorn_lib import sync

WORD = 8
COND, DATA, TOKENS, PAIR = WORD, 7 * WORD, 6 * WORD, (5 * WORD, 6 * WORD)


def attempted(steps):
    """What `yield from` gives, or the name of its errno."""
    try:
        return (yield from steps)
    except OSError as error:
        return errno.errorcode[error.errno]


def adds(sys, word):
    """Add one in two steps: of two threads at once, one would be lost."""
    yield sys.store(word, (yield sys.load(word)) + 1)


def starts(sys, threads, places, *args):
    """Run these programs at once, each on its kernel; what they give."""
    tids = []
    for thread, place in zip(threads, places, strict=True):
        tids.append((yield sys.clone(thread, *args, on=place)))
    return (yield from joined(sys, tids))


# ---- mutex: word 0 ------------------------------------------------------------------------------


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


def hurries(sys, page, timeout=1):
    if (yield from attempted(sync.mutex_timedlock(sys, page, timeout))) == "ETIMEDOUT":
        return 0
    yield from adds(sys, page + DATA)
    yield from sync.mutex_unlock(sys, page)
    return 1


def counted(sys, threads, *places):
    """The counter when all have ended, what they say, and the mutex's word, which is free."""
    page = yield sys.mmap(PAGE)
    said = yield from starts(sys, threads, places, page)
    return (yield sys.load(page + DATA)), said, (yield sys.load(page))


def one_mutex(sys, *places):
    return (yield from counted(sys, (locks, locks), *places))


def one_tries(sys, *places):
    return (yield from counted(sys, (locks, tries), *places))


def one_hurries(sys, *places):
    return (yield from counted(sys, (locks, hurries), *places))


def one_of_three_hurries(sys, timeout, *places):
    page = yield sys.mmap(PAGE)
    hasty = yield sys.clone(hurries, page, timeout, on=places[1])
    yield from starts(sys, (locks, locks, locks), (places[0], *places), page)
    return (yield sys.load(page + DATA)) - (yield sys.join(hasty)), (yield sys.load(page))


# ---- condition variable: words 1 and 2, with mutex and tokens -----------------------------------


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


def disturbs(sys, page):
    """A wake that means nothing."""
    yield sys.futex_wake(page + COND, 9)


def told(sys, *places):
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (takes, gives), places, page))


def told_by_broadcast(sys, *places):
    page = yield sys.mmap(PAGE)
    taker = yield sys.clone(takes, page, on=places[0])
    teller = yield sys.clone(tell_all_inside, page, 1, on=places[1])
    return (yield from joined(sys, (taker, teller)))


def told_too_late(sys, *places):
    page = yield sys.mmap(PAGE)
    said = yield from starts(sys, (takes_soon, gives), places, page)
    return said, (yield sys.load(page + TOKENS))


def told_among_noise(sys, *places):
    page = yield sys.mmap(PAGE)
    return (yield from starts(sys, (takes, gives, disturbs), (*places, "k0"), page))


def one_token_for_two(sys, timeout, *places):
    """One waits for ever, one gives up; then the one who has nothing yet gets a second token."""
    page = yield sys.mmap(PAGE)
    patient = yield sys.clone(takes, page, on=places[0])
    hasty = yield sys.clone(takes, page, timeout, on=places[1])
    yield from gives(sys, page)
    got = yield sys.join(hasty)
    if got:
        yield from gives(sys, page)
    return (yield sys.join(patient)), (yield sys.load(page + TOKENS)), (yield sys.load(page))


def all_told(sys, gives, *places):
    """A broadcast, with the mutex held or not, to one thread per place and one on k0."""
    page = yield sys.mmap(PAGE)
    tids = []
    for place in (*places, "k0"):
        tids.append((yield sys.clone(takes, page, on=place)))
    yield from gives(sys, page, 3)
    return (yield from joined(sys, tids)), (yield sys.load(page))


def tell_all(sys, page, tokens):
    yield from gives(sys, page, tokens, sync.cond_broadcast)


def tell_all_inside(sys, page, tokens):
    """Who has been woken has to wait for the mutex, which its waker still holds."""
    yield from sync.mutex_lock(sys, page)
    yield sys.store(page + TOKENS, tokens)
    yield from sync.cond_broadcast(sys, page + COND)
    yield from sync.mutex_unlock(sys, page)


def all_at_once(sys, *places):
    """Somebody has waited before; then signals and broadcasts meet."""
    page = yield sys.mmap(PAGE)
    yield from sync.mutex_lock(sys, page)
    gave_up = yield from attempted(sync.cond_wait(sys, page + COND, page, 0))
    tids = []
    for tell, place in zip((sync.cond_broadcast, sync.cond_signal), places, strict=True):
        tids.append((yield sys.clone(tell, page + COND, on=place)))
    yield from joined(sys, tids)
    return gave_up, (yield sys.load(page + COND))


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
    first = yield sys.clone(in_step, page, *PAIR, on=places[0])
    second = yield sys.clone(in_step, page, *reversed(PAIR), on=places[1])
    return sum((yield from joined(sys, (first, second))))


# ---- read-write lock: word 0 --------------------------------------------------------------------


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
    """Who only reads lets nobody wait who only reads."""
    page = yield sys.mmap(PAGE)
    yield from sync.rwlock_rdlock(sys, page)
    value = yield sys.join((yield sys.clone(reads, page, on=places[0])))
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


# ---- semaphore: words 0 and 1 -------------------------------------------------------------------


def posts(sys, page):
    yield from sync.sem_post(sys, page)


def passes(sys, page):
    yield from sync.sem_wait(sys, page)


def passes_soon(sys, page, timeout=1):
    return (yield from attempted(sync.sem_timedwait(sys, page, timeout)))


def left(sys, page):
    """The value of a semaphore and how many it counts as waiting."""
    return (yield from sync.sem_getvalue(sys, page)), (yield sys.load(page + WORD))


def one_passes(sys, *places):
    page = yield sys.mmap(PAGE)
    yield from starts(sys, (passes, posts), places, page)
    return (yield from attempted(sync.sem_trywait(sys, page))), *(yield from left(sys, page))


def all_pass(sys, timeout, *places):
    """One thread per place has to pass, and one more gives up soon; as many posts as threads."""
    page = yield sys.mmap(PAGE)
    yield from sync.sem_init(sys, page, 0)
    hasty = yield sys.clone(passes_soon, page, timeout, on=places[0])
    threads = (passes,) * len(places) + (posts,) * (1 + len(places))
    yield from starts(sys, threads, (*places, *places, None), page)
    gave_up = (yield sys.join(hasty)) == "ETIMEDOUT"
    return gave_up, *(yield from left(sys, page))


def passes_or_not(sys, *places):
    page = yield sys.mmap(PAGE)
    said = yield from starts(sys, (passes_soon, posts), places, page)
    return said[0], *(yield from left(sys, page))


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
