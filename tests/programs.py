"""Programs that several tests share, and what plain Python says that they must do.

A litmus test is a tuple of threads, each a tuple of operations on words:

    ("store", word, value)   ("load", word)   ("add", word, n)   ("cas", word, expected, new)

A tree is a tuple of steps of one thread; ("clone", place, tree) starts another with its own.
"""

import errno
from functools import cache

from popcorn_lib import Machine, explore

PAGE = 64  # bytes: a page of eight words keeps explored states small
WORDS = 8


def joined(sys, tid):
    """What a join gives: (value, errno)."""
    try:
        return (yield sys.join(tid)), 0
    except OSError as error:
        return None, error.errno


def leave(sys, status):
    yield sys.exit(status)


# ---- litmus tests: every interleaving, by brute force -------------------------------------------

STORE_BUFFERING = (
    (("store", 0, 1), ("load", 1)),
    (("store", 1, 1), ("load", 0)),
)
MESSAGE_PASSING = (
    (("store", 0, 1), ("store", 1, 1)),
    (("load", 1), ("load", 0)),
)
COHERENCE = (
    (("store", 0, 1), ("store", 0, 2)),
    (("load", 0), ("load", 0)),
)
CAS_RACE = (
    (("cas", 0, 0, 1), ("load", 0)),
    (("cas", 0, 0, 2), ("load", 0)),
)


def apply(words, operation):
    """The words after an operation, and what it gives; words is a tuple."""
    kind, place, *given = operation
    old = words[place]
    new = {
        "load": lambda: old,
        "store": lambda: given[0],
        "add": lambda: (old + given[0]) % 2**64,
        "cas": lambda: given[1] if old == given[0] else old,
    }[kind]()
    return (*words[:place], new, *words[place + 1 :]), None if kind == "store" else old


def interleavings(threads):
    """Every result of a litmus test: what each thread's operations gave, and the words after."""

    @cache
    def ends(places, words):
        found = set()
        for number, place in enumerate(places):
            if place == len(threads[number]):
                continue
            after, given = apply(words, threads[number][place])
            moved = (*places[:number], place + 1, *places[number + 1 :])
            for results, final in ends(moved, after):
                mine = (given, *results[number])
                found.add(((*results[:number], mine, *results[number + 1 :]), final))
        return frozenset(found) or frozenset({(((),) * len(threads), words)})

    return ends((0,) * len(threads), (0,) * WORDS)


def perform(sys, page, operation):
    """One operation of a litmus test as a call."""
    kind, place, *given = operation
    name = "fetch_add" if kind == "add" else kind
    return (yield getattr(sys, name)(page + 8 * place, *given))


def litmus_thread(sys, page, operations):
    results = []
    for operation in operations:
        results.append((yield from perform(sys, page, operation)))
    return tuple(results)


def litmus(sys, threads, places):
    """Run a litmus test, each thread on its kernel; the value is of `interleavings`' shape."""
    page = yield sys.mmap(PAGE)
    tids = []
    for operations, place in zip(threads, places, strict=True):
        tids.append((yield sys.clone(litmus_thread, page, operations, on=place)))
    results = []
    for tid in tids:
        results.append((yield sys.join(tid)))
    words = []
    for place in range(used(threads)):
        words.append((yield sys.load(page + 8 * place)))
    return tuple(results), tuple(words)


def used(threads):
    """How many words a litmus test touches."""
    return 1 + max(operation[1] for thread in threads for operation in thread)


def expected(threads):
    """The outcomes of `litmus` by brute force."""
    count = used(threads)
    return {((results, words[:count]), 0) for results, words in interleavings(threads)}


def random_litmus(rng, threads=2, operations=2, words=2):
    """A litmus test drawn at random."""

    def draw():
        kind = rng.choice(("store", "load", "load", "add", "cas"))
        given = {"store": 1, "load": 0, "add": 1, "cas": 2}[kind]
        return (kind, rng.randrange(words), *(rng.randrange(3) for _ in range(given)))

    return tuple(tuple(draw() for _ in range(operations)) for _ in range(threads))


# ---- searches -----------------------------------------------------------------------------------


def outcomes(main, kernels, args=(), migrations=0):
    """All outcomes on so many kernels; nothing may go wrong and nothing may be cut."""
    result = explore(main, Machine.multikernel(kernels, page_size=PAGE), args, migrations)
    assert result.violation is None, result.violation
    assert result.complete
    return result.outcomes


# ---- trees of threads ---------------------------------------------------------------------------


def random_tree(rng, depth=2, steps=5):
    """A thread's steps, drawn at random; places are numbers, taken modulo the kernels."""
    kinds = ["migrate", "add", "own", "yield", "sleep", "compute", "time", "join"]
    kinds += ["clone"] * (3 if depth else 0)
    return tuple(_random_step(rng, rng.choice(kinds), depth, steps) for _ in range(steps))


def _random_step(rng, kind, depth, steps):
    if kind == "clone":
        return (kind, rng.randrange(4), random_tree(rng, depth - 1, steps - 1))
    if kind == "migrate":
        return (kind, rng.randrange(4))
    if kind == "add":
        return (kind, rng.randrange(WORDS), rng.randrange(-2, 1000))
    if kind == "own":
        return (kind, rng.randrange(2**64))
    return (kind, rng.randrange(5))


def tree_thread(sys, tree, page, places):
    """Run a tree; its value is its own words as it read them and its children's values."""
    mine = yield sys.mmap(PAGE)
    me = yield sys.gettid()
    read, waiting, values = [], [], []
    for kind, number, *more in tree:
        if kind == "clone":
            on = places[number % len(places)]
            waiting.append((yield sys.clone(tree_thread, more[0], page, places, on=on)))
        elif kind == "migrate":
            yield from visit(sys, places[number % len(places)])
        elif kind == "add":
            yield sys.fetch_add(page + 8 * number, more[0])
        elif kind == "own":
            yield sys.store(mine + 8, number)
            read.append((yield sys.load(mine + 8)))
        elif kind == "join" and waiting:
            values.append((yield sys.join(waiting.pop(0))))
        elif kind == "time":
            assert (yield sys.clock_gettime()) >= 0
        elif kind == "sleep":
            yield sys.nanosleep(number * 1e-6)
        elif kind == "compute":
            yield sys.compute(number * 1000)
        else:
            yield sys.sched_yield()
        assert (yield sys.gettid()) == me
    for tid in waiting:
        values.append((yield sys.join(tid)))
    return tuple(read), tuple(values)


def visit(sys, kernel):
    """Migrate; to be there already is no failure."""
    try:
        yield sys.migrate(kernel)
    except OSError as error:
        assert error.errno == errno.EBUSY


def tree_program(sys, tree, places):
    """A tree under a main that reads the shared words at the end."""
    page = yield sys.mmap(PAGE)
    tid = yield sys.clone(tree_thread, tree, page, places)
    value = yield sys.join(tid)
    words = []
    for place in range(WORDS):
        words.append((yield sys.load(page + 8 * place)))
    return value, tuple(words)


def tree_value(tree):
    """What `tree_thread` gives: sequential Python, no kernels."""
    children = [tree_value(step[2]) for step in tree if step[0] == "clone"]
    return tuple(step[1] for step in tree if step[0] == "own"), tuple(children)


def tree_words(tree):
    """What a tree adds to the shared words."""
    words = [0] * WORDS
    for step in tree:
        if step[0] == "add":
            words[step[1]] += step[2]
        if step[0] == "clone":
            words = [a + b for a, b in zip(words, tree_words(step[2]), strict=True)]
    return tuple(word % 2**64 for word in words)
