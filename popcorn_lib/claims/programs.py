"""The programs behind the claims that no micro-benchmark is about; see `benchmarks/programs.py`."""

from popcorn_lib.benchmarks.programs import PAGE, starts, together
from popcorn_lib.sync import barrier_init, barrier_wait, mutex_lock, mutex_unlock
from popcorn_lib.variants.letters import collect, post

OUTSIDE = 20_000  # operations outside the lock: with eight threads it is just busy


def mutex(sys, times, places):
    """One thread on each place works, and then adds to a counter under one mutex."""
    memory = yield sys.mmap(PAGE)
    yield from together(sys, places, works_and_locks, memory, times)


def works_and_locks(sys, number, mutex, times):
    for _ in range(times):
        yield sys.compute(OUTSIDE)
        yield from mutex_lock(sys, mutex)
        count = yield sys.load(mutex + 64)
        yield sys.store(mutex + 64, count + 1)
        yield from mutex_unlock(sys, mutex)


def counted_calls(sys, times, places, shared):
    """Threads look for a futex that is there for nobody; each call may count itself in one word."""
    counter = yield sys.mmap(PAGE)
    yield from together(sys, places, counts, times, counter if shared else None)


def counts(sys, number, times, counter):
    for _ in range(times):
        if counter:
            yield sys.fetch_add(counter, 1)
        yield sys.getpid()
        if counter:
            yield sys.fetch_add(counter, -1)


def faults(sys, times, places):
    """One thread on each place writes to pages of one process, each for the first time."""
    pages = yield sys.mmap(len(places) * times * PAGE)
    yield from together(sys, places, touches, pages, times)


def touches(sys, number, pages, times):
    for page in range(times):
        yield sys.store(pages + (number * times + page) * PAGE, 1)


def faults_apart(sys, times, places):
    """The same by processes of one thread each, so that no address space is shared."""
    start = (yield sys.clock_gettime()) + len(places) * 1e-3
    for place in places:
        yield sys.fork(starts, start, faults_alone, times, on=place)
    for _ in places:
        yield sys.wait4()


def faults_alone(sys, times):
    pages = yield sys.mmap(times * PAGE)
    yield from touches(sys, 0, pages, times)


def updates(sys, times, places, lines):
    """One thread on each place adds to words on so many cache lines, which all of them share."""
    memory = yield sys.mmap(PAGE)
    yield from together(sys, places, updates_all, memory, lines, times)


def updates_all(sys, number, memory, lines, times):
    for _ in range(times):
        for line in range(lines):
            yield sys.fetch_add(memory + 64 * line, 1)


def served_updates(sys, times, places, lines):
    """The same, but the first place has the words to itself, and the others ask it by letters."""
    memory = yield sys.mmap(PAGE)
    yield sys.clone(serves, memory, lines, times * (len(places) - 1), on=places[0])
    yield from together(sys, places[1:], requests, places, times)


def serves(sys, memory, lines, requests):
    for _ in range(requests):
        client = yield collect("update")
        yield from updates_all(sys, 0, memory, lines, 1)
        yield post(client, "done")


def requests(sys, number, places, times):
    for _ in range(times):
        yield post(places[0], "update", places[1 + number])
        yield collect("done")


def rounds(sys, times, places, work):
    """Each thread works on a page of its own and then meets the others: coarse sharing."""
    meet = yield sys.mmap(PAGE)
    pages = yield sys.mmap(len(places) * PAGE)
    yield from barrier_init(sys, meet, len(places))
    yield from together(sys, places, works, meet, pages, work / len(places), times, len(places))


def works(sys, number, meet, pages, work, times, threads):
    neighbour = (number + 1) % threads
    for _ in range(times):
        yield sys.store(pages + number * PAGE, 1)
        yield sys.compute(work, kind="float")
        yield from barrier_wait(sys, meet)
        yield sys.load(pages + neighbour * PAGE)
        yield from barrier_wait(sys, meet)


def interval(sys, times, places, works):
    """A thread works, moves to the next place, and so on; works: operations for each place."""
    for number in range(times):
        yield sys.compute(works[number % len(places)], kind="int")
        yield sys.migrate(places[(number + 1) % len(places)])


def pages_and_work(sys, times, places, work):
    """One thread on each place does so many operations on each of its pages, written at home."""
    pages = yield sys.mmap(len(places) * times * PAGE)
    for number in range(len(places) * times):
        yield sys.store(pages + number * PAGE, 1)
    yield from together(sys, places, works_on_pages, pages, work, times)


def works_on_pages(sys, number, pages, work, times):
    for page in range(times):
        yield sys.load(pages + (number * times + page) * PAGE)
        yield sys.compute(work)


def visits(sys, times, places, number, moves):
    """A thread on the second place reads pages of the first: it fetches each, or goes there."""
    pages = yield sys.mmap(number * times * PAGE)
    for page in range(number * times):
        yield sys.store(pages + page * PAGE, 1)
    tid = yield sys.clone(visitor, pages, number, times, *(places if moves else ()), on=places[1])
    yield sys.join(tid)


def visitor(sys, pages, number, times, home=None, away=None):
    for visit in range(times):
        if home:
            yield sys.migrate(home)
        for page in range(visit * number, (visit + 1) * number):
            yield sys.load(pages + page * PAGE)
        if home:
            yield sys.migrate(away)
