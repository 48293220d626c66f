"""Programs around futexes that run on a real Linux too; each tells what Linux's manual pages say.

Modelled on what the Linux Test Project and the kernel's selftests ask of futexes.  Each takes the
names of two kernels to use.  Who is to queue first starts a nap earlier; words are read as 32 bits
by Linux, so addresses differ by 8, values are small, and what is misaligned is odd.
"""

import errno
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE

MAP_FIXED, PROT_NONE = 0x10, 0  # what Python's mmap does not name
NAP, LONG = 0.02, 9  # seconds: all that is awake has done its next step; nobody waits so long
PAGE = 4096
BOTH, SHARED = PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS
ONE, TWO = 1, 2  # bitsets


def tried(request):
    """The result of a call, or the name of its errno."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def waits(sys, word, order=None, timeout=LONG, value=0, bitset=None):
    """Wait; the result, and how many had been woken before."""
    bits = () if bitset is None else (bitset,)
    result = yield from tried(sys.futex_wait(word, value, timeout, *bits))
    return result, None if order is None else (yield sys.fetch_add(order, 1))


def queue(sys, word, places, order=None, bitsets=None, timeout=LONG):
    """Let a thread wait on each of these kernels, one after the other; gives their tids."""
    tids = []
    for number, place in enumerate(places):
        bits = bitsets[number] if bitsets else None
        tids.append((yield sys.clone(waits, word, order, timeout, 0, bits, on=place)))
        yield sys.nanosleep(NAP)
    return tids


def joined(sys, tids):
    """What these threads gave."""
    values = []
    for tid in tids:
        values.append((yield sys.join(tid)))
    return tuple(values)


def all_tried(requests):
    results = []
    for request in requests:
        results.append((yield from tried(request)))
    return tuple(results)


def wakes(sys, word, *counts):
    """What a row of wakes gives, and the nap after each."""
    results = []
    for count in counts:
        results.append((yield from tried(sys.futex_wake(word, count))))
        yield sys.nanosleep(NAP)
    return tuple(results)


# ---- errnos -------------------------------------------------------------------------------------


def other_value(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    yield sys.store(word, 7)
    yield from tried(sys.migrate(there))
    found = yield from all_tried(
        sys.futex_wait(word, value, timeout)
        for value, timeout in ((0, None), (8, None), (0, 0), (0, LONG), (7, 0), (7, NAP))
    )
    yield sys.store(word, 0)
    again = yield from all_tried([sys.futex_wait(word, 7), sys.futex_wait(word, 0, NAP)])
    return found, again


def bad_arguments(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    yield from tried(sys.migrate(there))
    return (
        yield from all_tried(
            [
                sys.futex_wait(word, 0, None, 0),
                sys.futex_wake(word, 1, 0),
                sys.futex_wait(word + 1, 0),
                sys.futex_wake(word + 1),
                sys.futex_requeue(word + 1, 1, 1, word),
                sys.futex_requeue(word, 1, 1, word + 3),
                sys.futex_cmp_requeue(word + 1, 1, 1, word, 5),
                sys.futex_wait(word, 0, -1),
                sys.futex_wait(word, 5, -1),
                sys.futex_requeue(word, -1, 1, word + 8),
                sys.futex_requeue(word, 1, -1, word + 8),
                sys.futex_cmp_requeue(word, -1, 1, word + 8, 0),
                sys.futex_cmp_requeue(word, 0, -1, word + 8, 5),
                sys.futex_wake(word, -1),
                sys.futex_wake(word, 0),
                sys.futex_requeue(word, 0, 0, word + 8),
                sys.futex_cmp_requeue(word, 0, 0, word + 8, 0),
            ]
        )
    )


def nothing_there(sys, there, yonder):
    word = yield sys.mmap(2 * PAGE)
    yield sys.munmap(word + PAGE, PAGE)
    closed = yield sys.mmap(PAGE, PROT_NONE)
    yield from tried(sys.migrate(there))
    requests = []
    for address in (word + PAGE, closed, 0):
        requests += [
            sys.futex_wait(address, 0),
            sys.futex_wake(address),
            sys.futex_requeue(address, 1, 1, word),
            sys.futex_requeue(word, 1, 1, address),
            sys.futex_cmp_requeue(address, 1, 1, word, 0),
            sys.futex_cmp_requeue(word, 1, 1, address, 9),
        ]
    return (yield from all_tried(requests))


def other_value_or_nowhere_to(sys, there, yonder):
    """The second word is looked for before the first is compared."""
    word = yield sys.mmap(PAGE)
    yield from tried(sys.migrate(there))
    other = yield from tried(sys.futex_cmp_requeue(word, 1, 1, word + 8, 9))
    return other, (yield from tried(sys.futex_cmp_requeue(word, 1, 1, 0, 9)))


# ---- wakes --------------------------------------------------------------------------------------


def counts(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    order = word + 8
    nobody = yield from wakes(sys, word, 1)
    tids = yield from queue(sys, word, (there, yonder, None, there, yonder), order)
    woken = yield from wakes(sys, word + 16, 9)
    woken += yield from wakes(sys, word, 0, 2, -1, 9, 9)
    return nobody, woken, sorted((yield from joined(sys, tids)))


def first_come_first_served(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    tids = yield from queue(sys, word, (yonder, there, None, there, yonder), word + 8)
    woken = yield from wakes(sys, word, 1, 1, 1, 1, 1, 1)
    return woken, (yield from joined(sys, tids))


def bitsets(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    places, sets = (there, yonder, None, yonder), (ONE, TWO, ONE | TWO, None)
    tids = yield from queue(sys, word, places, word + 8, sets)
    woken = []
    for count, bits in ((9, 4), (9, 8), (1, TWO), (9, TWO), (0, TWO), (9, ONE | 4)):
        woken.append((yield sys.futex_wake(word, count, bits)))
        yield sys.nanosleep(NAP)
    return woken, (yield from joined(sys, tids))


def plain_wakes_match_all(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    tids = yield from queue(sys, word, (there, yonder), word + 8, (ONE, 1 << 31))
    return (yield from wakes(sys, word, 1, 1)), (yield from joined(sys, tids))


# ---- timeouts -----------------------------------------------------------------------------------


def too_late(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    tids = yield from queue(sys, word, (there, yonder), word + 8, timeout=NAP / 2)
    return (yield from wakes(sys, word, 9)), sorted((yield from joined(sys, tids)))


def one_gives_up(sys, there, yonder):
    """A wake goes to those who still wait."""
    word = yield sys.mmap(PAGE)
    first = yield from queue(sys, word, (there,), timeout=NAP / 2)
    others = yield from queue(sys, word, (yonder, None), word + 8)
    woken = yield from wakes(sys, word, 1, 1, 1)
    return woken, (yield from joined(sys, first + others))


# ---- requeue ------------------------------------------------------------------------------------


def requeues(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    other = word + 16
    tids = yield from queue(sys, word, (there, yonder, None, there, yonder, None), word + 8)
    results = [(yield sys.futex_requeue(word, 1, 2, other))]
    yield sys.nanosleep(NAP)
    results.append((yield from wakes(sys, other, 1, 1, 1)))
    results.append((yield sys.futex_requeue(word, 0, 9, other)))
    results.append((yield from wakes(sys, word, 9)))
    results.append((yield from wakes(sys, other, 1, 1, 9)))
    return results, (yield from joined(sys, tids))


def compares_and_requeues(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    other = word + 16
    tids = yield from queue(sys, word, (there, yonder, None), word + 8)
    yield sys.store(word, 5)
    results = [(yield from tried(sys.futex_cmp_requeue(word, 1, 1, other, 0)))]
    results.append((yield from wakes(sys, other, 9)))
    results.append((yield sys.futex_cmp_requeue(word, 0, 1, other, 5)))
    results.append((yield sys.futex_cmp_requeue(word, 9, 9, other, 5)))
    yield sys.nanosleep(NAP)
    results.append((yield from wakes(sys, other, 9)))
    return results, sorted((yield from joined(sys, tids)))


def requeue_to_itself(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    tids = yield from queue(sys, word, (there, yonder, None, there), word + 8)
    results = [(yield sys.futex_requeue(word, 1, 2, word))]
    yield sys.nanosleep(NAP)
    results.append((yield sys.futex_requeue(word, 0, 2, word)))
    results.append((yield from wakes(sys, word, 1, 1, 1, 1)))
    return results, (yield from joined(sys, tids))


def requeued_bitset(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    other = word + 16
    tids = yield from queue(sys, word, (there, yonder), word + 8, (ONE, TWO))
    results = [(yield sys.futex_requeue(word, 0, 9, other))]
    for bits in (4, TWO, ONE):
        results.append((yield sys.futex_wake(other, 9, bits)))
        yield sys.nanosleep(NAP)
    return results, (yield from joined(sys, tids))


def requeued_too_late(sys, there, yonder):
    word = yield sys.mmap(PAGE)
    other = word + 16
    tids = yield from queue(sys, word, (there, yonder), timeout=10 * NAP)
    moved = yield sys.futex_requeue(word, 0, 9, other)
    yield sys.nanosleep(10 * NAP)
    return moved, (yield from wakes(sys, other, 9)), (yield from joined(sys, tids))


# ---- memory that comes and goes, processes ------------------------------------------------------


def mapped_anew(sys, there, yonder):
    """A private word is its address, whatever lies there; a shared one goes with its object."""
    found = []
    for flags in (MAP_PRIVATE | MAP_ANONYMOUS, SHARED):
        word = yield sys.mmap(PAGE, BOTH, flags)
        tids = yield from queue(sys, word, (there, yonder), timeout=10 * NAP)
        yield sys.munmap(word, PAGE)
        yield sys.mmap(PAGE, BOTH, flags | MAP_FIXED, word)
        found.append((yield from wakes(sys, word, 1)))
        found.append((yield from joined(sys, tids)))
    return found


def child_waits(sys, word, order, timeout):
    result, place = yield from waits(sys, word, order, timeout)
    yield sys.exit_group(10 + place if result == 0 else 1)


def between_processes(sys, there, yonder):
    """Children wait for a shared word in the order in which they came."""
    word = yield sys.mmap(PAGE, BOTH, SHARED)
    pids = []
    for place in (yonder, there, None):
        pids.append((yield sys.fork(child_waits, word, word + 8, LONG, on=place)))
        yield sys.nanosleep(NAP)
    woken = yield from wakes(sys, word, 1, 9, 9)
    statuses = []
    for pid in pids:
        statuses.append((yield sys.wait4(pid))[1] >> 8)
    return woken, statuses[0], sorted(statuses)


def child_wakes(sys, word, count):
    yield sys.exit_group((yield sys.futex_wake(word, count)))


def woken_by_a_child(sys, there, yonder):
    """A word of private memory is not the child's; one of shared memory is."""
    pids, results = [], []
    for flags in (MAP_PRIVATE | MAP_ANONYMOUS, SHARED):
        word = yield sys.mmap(PAGE, BOTH, flags)
        yield sys.store(word + 8, 1)
        waiter = yield sys.fork(child_waits, word, word + 16, 10 * NAP, on=there)
        yield sys.nanosleep(NAP)
        pids += [(yield sys.fork(child_wakes, word, 9, on=yonder)), waiter]
    for pid in pids:
        results.append((yield sys.wait4(pid))[1] >> 8)
    return results


# What Linux gives: test_futex.py compares our kernels with it, test_futex_real.py this Linux.
GAVE_UP = ("ETIMEDOUT", None)
THREADS = {
    other_value: (("EAGAIN",) * 4 + ("ETIMEDOUT",) * 2, ("EAGAIN", "ETIMEDOUT")),
    bad_arguments: ("EINVAL",) * 13 + (0,) * 4,
    counts: ((0,), (0, 1, 2, 1, 1, 0), [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)]),
    first_come_first_served: ((1, 1, 1, 1, 1, 0), ((0, 0), (0, 1), (0, 2), (0, 3), (0, 4))),
    bitsets: ([1, 0, 1, 1, 0, 1], ((0, 3), (0, 1), (0, 2), (0, 0))),
    plain_wakes_match_all: ((1, 1), ((0, 0), (0, 1))),
    too_late: ((0,), [("ETIMEDOUT", 0), ("ETIMEDOUT", 1)]),
    one_gives_up: ((1, 1, 0), (GAVE_UP, (0, 0), (0, 1))),
    requeues: ([3, (1, 1, 0), 3, (0,), (1, 1, 1)], tuple((0, place) for place in range(6))),
    compares_and_requeues: (["EAGAIN", (0,), 1, 2, (1,)], [(0, 0), (0, 1), (0, 2)]),
    requeue_to_itself: ([3, 2, (1, 1, 1, 0)], ((0, 0), (0, 1), (0, 2), (0, 3))),
    requeued_bitset: ([2, 0, 1, 1], ((0, 1), (0, 0))),
    requeued_too_late: (2, (0,), (GAVE_UP, GAVE_UP)),
}
MAPPINGS = {  # without FUTEX_PRIVATE_FLAG, which looks at addresses alone
    nothing_there: ("EFAULT",) * 18,
    other_value_or_nowhere_to: ("EAGAIN", "EFAULT"),
    mapped_anew: [(1,), ((0, None), GAVE_UP), (0,), (GAVE_UP, GAVE_UP)],
    between_processes: ((1, 2, 0), 10, [10, 11, 12]),
    woken_by_a_child: [0, 1, 1, 10],
}
