"""Programs about mappings that run on a real Linux too; each says what became of every step.

Modelled on what the Linux Test Project asks of mmap, munmap and mprotect.  Each takes the names of
two kernels to go to.  Every mapping lies at an address that no process uses by itself, so that
addresses are equal everywhere.  What may be fatal is done by a child, whose status tells.
"""

import errno
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, PAGESIZE, PROT_READ, PROT_WRITE

ARENA, PAGES = 1 << 36, 6
ANON, SHARED = MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS
FIXED, NOREPLACE = 0x10, 0x100000  # MAP_FIXED, MAP_FIXED_NOREPLACE
RW = PROT_READ | PROT_WRITE
TOO_MUCH = 1 << 47


def tried(request):
    """The result of a call, or the name of its errno."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def moves(sys, kernel):
    yield from tried(sys.migrate(kernel))


def page(number):
    return ARENA + PAGESIZE * number


def maps(sys, number, count=1, prot=RW, flags=ANON, how=FIXED):
    """Map pages of the arena: 0 if they lie there, else how far away, or the errno."""
    got = yield from tried(sys.mmap(count * PAGESIZE, prot, flags | how, page(number)))
    return got if type(got) is str else got - page(number)


def does(sys, call, *args):
    """A child does one thing; the low byte of what it got is its status."""
    got = yield getattr(sys, call)(*args)
    yield sys.exit((got[-1] if type(got) is bytes else got or 0) & 0xFF)


def in_a_child(sys, on, call, *args):
    """The wait status of a child that touches memory."""
    child = yield sys.fork(does, call, *args, on=on)
    return (yield sys.wait4(child))[1]


def rights(sys, number, on):
    """Whether a page can be read and written, as two wait statuses; nothing changes."""
    read = yield from in_a_child(sys, on, "load", page(number) + 8)
    return read, (yield from in_a_child(sys, on, "store", page(number) + 16, 0))


# ---- mmap ---------------------------------------------------------------------------------------


def wrong_mappings(sys, there, yonder):
    yield from moves(sys, there)
    yield from maps(sys, 0)
    wrong = [
        (0, RW, ANON, None),
        (0, RW, ANON | FIXED, page(1)),
        (PAGESIZE, RW, MAP_PRIVATE, None),
        (0, RW, MAP_PRIVATE, None),
        (PAGESIZE, RW, MAP_ANONYMOUS, None),
        (PAGESIZE, RW, MAP_ANONYMOUS | MAP_PRIVATE | MAP_SHARED, None),
        (PAGESIZE, RW, 0, None),
        (PAGESIZE, RW, ANON | FIXED, page(1) + 8),
        (PAGESIZE, RW, ANON | NOREPLACE, page(1) + 8),
        (TOO_MUCH, RW, ANON, None),
        (TOO_MUCH, RW, MAP_ANONYMOUS, None),
        (-1, RW, ANON, None),
        (-PAGESIZE, RW, ANON, None),
        (PAGESIZE, RW, ANON | FIXED, TOO_MUCH),
        (2 * PAGESIZE, RW, ANON | FIXED, TOO_MUCH - PAGESIZE),
        (PAGESIZE, RW, ANON | NOREPLACE, page(0)),
        (3 * PAGESIZE, RW, ANON | NOREPLACE, page(-1)),
        (1, RW, SHARED | NOREPLACE, page(0)),
    ]
    found = []
    for length, prot, flags, address in wrong:
        found.append((yield from tried(sys.mmap(length, prot, flags, address))))
    return tuple(found)


def zeros_to_the_end_of_the_page(sys, there, yonder):
    yield from tried(sys.mmap(PAGESIZE + 1, RW, ANON | FIXED, page(0)))
    yield from moves(sys, there)
    seen = [(yield sys.load_bytes(page(2) - 9, 9))]
    yield sys.store_bytes(page(1) - 3, b"across")
    yield from moves(sys, yonder)
    seen.append((yield sys.load_bytes(page(1) - 4, 8)))
    seen.append((yield from in_a_child(sys, there, "load_bytes", page(2) - 1, 1)))
    seen.append((yield from in_a_child(sys, there, "load_bytes", page(2) - 1, 2)))
    return tuple(seen)


def a_right_for_each(sys, there, yonder):
    found = []
    for prot in (0, PROT_READ, PROT_WRITE, RW):
        yield from maps(sys, 0, prot=prot)
        found.append((yield from rights(sys, 0, there)))
    return tuple(found)


def hints(sys, there, yonder):
    yield from moves(sys, there)
    found = [(yield from maps(sys, 0, 2, how=0))]
    found.append((yield from maps(sys, 0, 1, how=0)) != 0)
    found.append((yield from maps(sys, 2, 1, how=0)))
    got = yield sys.mmap(PAGESIZE, RW, ANON, page(4) + 8)
    return *found, got - page(4) == PAGESIZE


def one_over_another(sys, there, yonder):
    found = [(yield from maps(sys, 0, 3))]
    yield sys.store_bytes(page(0), b"x" * 3 * PAGESIZE)
    yield from moves(sys, there)
    found.append((yield from maps(sys, 1, how=NOREPLACE)))
    found.append((yield from maps(sys, 1, prot=PROT_READ)))
    yield from moves(sys, yonder)
    found.append((yield sys.load_bytes(page(1) - 2, 4)))
    found.append((yield sys.load_bytes(page(2) - 2, 4)))
    for number in range(3):
        found.append((yield from rights(sys, number, there)))
    return tuple(found)


def neighbours(sys, there, yonder):
    yield from maps(sys, 1)
    yield from moves(sys, there)
    yield from maps(sys, 0, flags=SHARED)
    yield from moves(sys, yonder)
    yield from maps(sys, 2)
    yield sys.store_bytes(page(1) - 8, bytes(range(1, 17)))
    yield sys.store_bytes(page(2) - 8, bytes(range(17, 33)))
    yield from moves(sys, there)
    return (yield sys.load_bytes(page(1) - 10, PAGESIZE + 20)).strip(b"\0")


# ---- munmap -------------------------------------------------------------------------------------


def wrong_unmappings(sys, there, yonder):
    yield from maps(sys, 0)
    yield from moves(sys, there)
    found = []
    for address, length in (
        (page(0), 0),
        (page(0) + 8, PAGESIZE),
        (page(0), TOO_MUCH),
        (page(0), -1),
        (TOO_MUCH, PAGESIZE),
        (-PAGESIZE, PAGESIZE),
        (page(3), PAGESIZE),
        (page(0), 1),
        (page(0), PAGESIZE),
    ):
        found.append((yield from tried(sys.munmap(address, length))))
    return tuple(found)


def a_hole_in_the_middle(sys, there, yonder):
    yield from maps(sys, 0, 4)
    yield sys.store_bytes(page(0), b"y" * 4 * PAGESIZE)
    yield from moves(sys, there)
    found = [(yield sys.munmap(page(1), PAGESIZE + 1))]
    yield from moves(sys, yonder)
    for number in range(4):
        found.append((yield from rights(sys, number, there)))
        found.append((yield from in_a_child(sys, yonder, "load_bytes", page(number), 1)))
    yield from maps(sys, 2)
    found.append((yield sys.load_bytes(page(2), PAGESIZE + 1))[-2:])
    return tuple(found)


def touched_after_the_end(sys, there, yonder):
    yield from maps(sys, 0)
    yield sys.store(page(0), 1)
    yield from moves(sys, there)
    yield sys.load(page(0))
    yield from moves(sys, yonder)
    yield sys.munmap(page(0), PAGESIZE)
    yield from moves(sys, there)
    yield sys.load(page(0))


# ---- mprotect -----------------------------------------------------------------------------------


def wrong_protections(sys, there, yonder):
    yield from maps(sys, 0)
    yield from moves(sys, there)
    found = []
    for address, length, prot in (
        (page(1), PAGESIZE, PROT_READ),
        (page(0) + 1, PAGESIZE, PROT_READ),
        (page(0) + 1, 0, PROT_READ),
        (page(0), 0, PROT_READ),
        (page(5), 0, 0),
        (page(0), PAGESIZE, 0x40),
        (page(0), 0, 0x40),
        (page(0), -1, RW),
        (page(0), -1, 0x40),
        (page(0), -PAGESIZE, RW),
        (page(0), TOO_MUCH, RW),
        (TOO_MUCH, PAGESIZE, RW),
    ):
        found.append((yield from tried(sys.mprotect(address, length, prot))))
    return *found, (yield from rights(sys, 0, yonder))


def there_and_back(sys, there, yonder):
    yield from maps(sys, 0, 3)
    yield sys.store_bytes(page(0), b"z" * 3 * PAGESIZE)
    found = []
    for kernel, prot in ((there, PROT_READ), (yonder, 0), (there, RW)):
        yield from moves(sys, kernel)
        found.append((yield sys.mprotect(page(1), PAGESIZE, prot)))
        yield from moves(sys, yonder)
        for number in range(3):
            found.append((yield from rights(sys, number, kernel)))
    found.append((yield sys.load_bytes(page(1) + 40, 2)))
    return tuple(found)


def up_to_the_hole(sys, there, yonder):
    yield from maps(sys, 0, 2)
    yield from maps(sys, 3)
    yield from moves(sys, there)
    found = [(yield from tried(sys.mprotect(page(0), 4 * PAGESIZE, PROT_READ)))]
    found.append((yield from tried(sys.mprotect(page(2), 2 * PAGESIZE, PROT_READ))))
    for number in range(4):
        found.append((yield from rights(sys, number, yonder)))
    return tuple(found)


def written_where_it_may_not(sys, there, yonder):
    yield from maps(sys, 0)
    yield from moves(sys, there)
    yield sys.store(page(0), 1)
    yield sys.mprotect(page(0), PAGESIZE, PROT_READ)
    yield from moves(sys, yonder)
    yield sys.load(page(0))
    yield sys.store(page(0), 2)


# ---- fork ---------------------------------------------------------------------------------------


def private_and_shared(sys, there, yonder):
    yield from maps(sys, 0)
    yield from maps(sys, 1, flags=SHARED)
    found = []
    for number, call, *given in (
        (0, "store", 7),
        (1, "store", 8),
        (0, "load"),
        (1, "load"),
        (1, "store_bytes", b"\x09\x0a"),
    ):
        on = (there, yonder)[len(found) % 2]
        found.append((yield from in_a_child(sys, on, call, page(number), *given)))
        yield from moves(sys, on)
        found.append(((yield sys.load(page(0))), (yield sys.load(page(1)))))
    return tuple(found)


def changes_of_its_own(sys, there, yonder):
    yield from maps(sys, 0, 2, flags=SHARED)
    yield from maps(sys, 2, 2)
    yield sys.store(page(2), 5)
    child = yield sys.fork(changes_everything, there, on=yonder)
    found = [(yield sys.wait4(child))[1]]
    yield from moves(sys, there)
    for number in range(5):
        found.append((yield from rights(sys, number, yonder)))
    return *found, (yield sys.load(page(0))), (yield sys.load(page(2)))


def changes_everything(sys, there):
    yield sys.store(page(0), 6)
    yield from moves(sys, there)
    yield sys.munmap(page(0), PAGESIZE)
    yield sys.mprotect(page(1), PAGESIZE, 0)
    yield from maps(sys, 2)
    yield from maps(sys, 4)
    yield sys.store(page(2), 9)
    yield sys.exit((yield sys.load(page(4))))


def generations(sys, there, yonder):
    yield from maps(sys, 0, flags=SHARED)
    child = yield sys.fork(adds_and_forks, 3, (there, yonder), on=there)
    yield sys.wait4(child)
    return (yield sys.load_bytes(page(0), 32))


def adds_and_forks(sys, left, places):
    yield sys.store(page(0) + 8 * left, left)
    if left:
        yield from moves(sys, places[left % 2])
        child = yield sys.fork(adds_and_forks, left - 1, places, on=places[0])
        yield sys.munmap(page(0), PAGESIZE)
        yield sys.wait4(child)


ALL = (
    wrong_mappings,
    zeros_to_the_end_of_the_page,
    a_right_for_each,
    hints,
    one_over_another,
    neighbours,
    wrong_unmappings,
    a_hole_in_the_middle,
    touched_after_the_end,
    wrong_protections,
    there_and_back,
    up_to_the_hole,
    written_where_it_may_not,
    private_and_shared,
    changes_of_its_own,
    generations,
)
