"""Random programs of mappings and touches for one thread, here and on a real Linux.

A program is a tuple of steps; a touch that may be fatal is made by a child.  Between two steps our
thread goes from kernel to kernel.
"""

import random

from memory_scenarios import (
    ANON,
    FIXED,
    NOREPLACE,
    PAGES,
    PAGESIZE,
    RW,
    SHARED,
    in_a_child,
    maps,
    moves,
    page,
    tried,
)

RIGHTS = (0, 1, RW, RW, RW)


def drawn(seed, count=14):
    """The steps of a program."""
    rng = random.Random(seed)
    return tuple(_drawn(rng, rng.choice(STEPS)) for _ in range(count))


def _drawn(rng, kind):
    number = rng.randrange(PAGES)
    pages = rng.randint(1, PAGES - number)
    if kind == "map":
        how, flags = rng.choice((FIXED, FIXED, NOREPLACE, 0)), rng.choice((ANON, SHARED))
        return kind, number, pages, rng.choice(RIGHTS), flags, how
    if kind == "unmap":
        return kind, number, min(pages, 2)
    if kind == "protect":
        return kind, number, pages, rng.choice(RIGHTS)
    if kind == "fork":
        return kind, tuple(_drawn(rng, rng.choice(TOUCHES)) for _ in range(3))
    place = page(number) + rng.choice((0, 8, PAGESIZE - 8))
    if kind == "store":
        return kind, place, rng.randrange(1, 256)
    if kind == "store_bytes":
        return kind, place + 5, rng.randbytes(9)
    return (kind, place) if kind == "load" else (kind, place + 3, rng.randint(1, PAGESIZE + 9))


TOUCHES = ("load", "store", "load_bytes", "store_bytes")
STEPS = ("map", "map", "map", "unmap", "protect", "fork", *TOUCHES)


def touches(sys, steps):
    """A child makes several touches; its status is made of what it saw."""
    seen = 0
    for call, *args in steps:
        got = yield getattr(sys, call)(*args)
        seen += sum(got) if type(got) is bytes else got or 0
    yield sys.exit(seen & 0xFF)


def program(sys, steps, places):
    """Make the steps; the value is what each gave, and what lies in the arena at the end."""
    found = []
    for number, (kind, *given) in enumerate(steps):
        on = places[number % len(places)]
        yield from moves(sys, places[number * 7 % len(places)])
        found.append((yield from step(sys, on, kind, *given)))
    for number in range(PAGES):
        yield from moves(sys, places[number % len(places)])
        place = page(number) + PAGESIZE - 16
        found.append((yield from in_a_child(sys, places[-1], "load_bytes", place, 13)))
    return tuple(found)


def step(sys, on, kind, *given):
    if kind == "map":
        return (yield from mapped(sys, *given))
    if kind == "unmap":
        number, count = given
        return (yield from tried(sys.munmap(page(number), count * PAGESIZE)))
    if kind == "protect":
        number, count, prot = given
        return (yield from tried(sys.mprotect(page(number), count * PAGESIZE, prot)))
    if kind == "fork":
        child = yield sys.fork(touches, *given, on=on)
        return (yield sys.wait4(child))[1]
    status = yield from in_a_child(sys, on, kind, *given)
    if status & 0x7F == 0:  # it did no harm: now the thread itself does it
        yield getattr(sys, kind)(*given)
    return status


def mapped(sys, number, count, prot, flags, how):
    """Where a mapping came to lie; one that lies elsewhere is unmapped again."""
    got = yield from maps(sys, number, count, prot, flags, how)
    if type(got) is str or got == 0:
        return got
    yield sys.munmap(page(number) + got, count * PAGESIZE)
    return "elsewhere"
