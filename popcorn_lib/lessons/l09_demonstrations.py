"""Lesson 09's demonstrations: litmus tests, graphs to search, what a search has done."""

from collections import Counter
from contextlib import suppress
from itertools import permutations

from popcorn_lib.machine import Machine
from popcorn_lib.worlds.exploration import Exploration
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.faults import Budget
from popcorn_lib.worlds.search import search

MACHINES = {1: Machine.smp(2, page_size=64)}
MACHINES |= {kernels: Machine.multikernel(kernels, page_size=64) for kernels in (2, 3, 4)}

# ---- litmus tests -------------------------------------------------------------------------------

SHAPES = {  # a thread's operations in order: "x=1" stores, "x" loads
    "store buffering": ("x=1 y", "y=1 x"),
    "message passing": ("x=1 y=1", "y x"),
    "load buffering": ("x y=1", "y x=1"),
    "coherence": ("x=1 x=2", "x x"),
    "two writers, two readers": ("x=1", "y=1", "x y", "y x"),
}


def litmus_thread(sys, operations, words):
    seen = []
    for operation in operations.split():
        name, _, value = operation.partition("=")
        if value:
            yield sys.store(dict(words)[name], int(value))
        else:
            seen.append((yield sys.load(dict(words)[name])))
    return tuple(seen)


def litmus(sys, shape, places, pages=2):
    """What each thread of a litmus test has loaded; x and y lie on one page or on two."""
    x = yield sys.mmap(128)
    words = (("x", x), ("y", x + 64 if pages == 2 else x + 8))
    threads = []
    for operations, place in zip(SHAPES[shape], places, strict=True):
        threads.append((yield sys.clone(litmus_thread, operations, words, on=place)))
    seen = []
    for thread in threads:
        seen.append((yield sys.join(thread)))
    return tuple(seen)


def spread(shape, kernels):
    """A kernel for each thread of a shape, in turn; the words' home comes last."""
    names = MACHINES[kernels].kernels
    return tuple(names[(number + 1) % kernels] for number in range(len(SHAPES[shape])))


def sequential(shape):
    """The outcomes of a shape if its operations happen one after the other, in every order."""
    turns = [number for number, thread in enumerate(SHAPES[shape]) for _ in thread.split()]
    return {(_played(SHAPES[shape], order), 0) for order in set(permutations(turns))}


def _played(threads, order):
    left, words, seen = [iter(t.split()) for t in threads], {}, [()] * len(threads)
    for number in order:
        name, _, value = next(left[number]).partition("=")
        if value:
            words[name] = int(value)
        else:
            seen[number] += (words.get(name, 0),)
    return tuple(seen)


def ends(shape, kernels, pages=2):
    """What `explore` finds of a litmus test, its threads spread over the kernels."""
    return explore(litmus, MACHINES[kernels], (shape, spread(shape, kernels), pages))


def compare(shape):
    """A litmus test's operations, and whether its outcomes are the sequential ones."""
    right = sequential(shape)
    found = {kernels: ends(shape, kernels).outcomes for kernels in (1, 2, 3)}
    same = {f"on {n}": "the same" if found[n] == right else "others" for n in found}
    return {"threads": " | ".join(SHAPES[shape]), "orders give": len(right)} | same


# ---- graphs to search ---------------------------------------------------------------------------


def jugs(small, large, goal):
    """Two jugs and a tap: a graph, as (first state, successors, wrong)."""

    def successors(state):
        a, b = state
        into, back = min(a, large - b), min(b, small - a)
        return [
            ("fill small", (small, b)),
            ("fill large", (a, large)),
            ("empty small", (0, b)),
            ("empty large", (a, 0)),
            ("pour into large", (a - into, b + into)),
            ("pour into small", (a + back, b - back)),
        ]

    return (0, 0), successors, lambda state: "measured" if goal in state else None


def ring(size, goal):
    """Places in a circle, to be walked in both directions."""

    def successors(place):
        return [("right", (place + 1) % size), ("left", (place - 1) % size)]

    return 0, successors, lambda place: "there" if place == goal else None


def sleeps(sys, word):
    with suppress(OSError):
        yield sys.futex_wait(word, 0)


def no_wake(sys):
    """Main changes the word and wakes nobody."""
    word = yield sys.mmap(64)
    thread = yield sys.clone(sleeps, word, on="k1")
    yield sys.store(word, 1)
    yield sys.join(thread)


def of_program(main, *args):
    """The graph of a program on two kernels, as `explore` searches it."""
    world = Exploration(main, MACHINES[2], args, Budget(), "k0")
    return world.first, world.successors, world.check


GRAPHS = {
    "a ring of 9, goal 7": lambda: ring(9, 7),
    "a ring of 9, goal 2": lambda: ring(9, 2),
    "a ring of 9, goal 0": lambda: ring(9, 0),
    "a ring of 9, no goal": lambda: ring(9, None),
    "jugs 3 and 5, goal 4": lambda: jugs(3, 5, 4),
    "jugs 7 and 11, goal 5": lambda: jugs(7, 11, 5),
    "two kernels, nobody wakes": lambda: of_program(no_wake),
    "two kernels, store buffering": lambda: of_program(litmus, "store buffering", ("k1", "k0")),
}


def tried(learned, name):
    """What a student's search finds in a graph, in words."""
    first, successors, wrong = GRAPHS[name]()
    asked = Counter()

    def once(state):
        asked[state] += 1
        if asked[state] > 1:
            raise RuntimeError(f"asked twice for the steps from {state!r}")
        return successors(state)

    way = learned(first, once, wrong)
    if way is None:
        return f"nothing is wrong, {len(asked)} states looked at"
    state = first
    for step in way:
        state = next(after for known, after in successors(state) if known == step)
    return f"{len(way)} steps to a state that is {'wrong' if wrong(state) else 'not wrong'}"


# ---- what a search has done ---------------------------------------------------------------------


def rounds(first, successors, check, most=None):
    """The rounds of a search, as a pandas DataFrame: the state, what is new, who waits then."""
    import pandas

    lines = []

    def note(state):
        new = [after for _, after in successors(state) if after not in seen.parents]
        lines.append((state, list(dict.fromkeys(new))))
        return check(state)

    def watch(search, waiting):
        nonlocal seen
        seen = search
        lengths.append(waiting)

    seen, lengths = None, []
    search(first, successors, note, watch=watch)
    table = pandas.DataFrame(
        [(s, new, length + len(new)) for (s, new), length in zip(lines, lengths, strict=True)],
        columns=["state taken", "new states", "in line then"],
        index=pandas.RangeIndex(1, len(lines) + 1, name="round"),
    )
    return table.head(most or len(lines))


def counts(result):
    """What a whole exploration has met, and what it has computed: {what: how many}."""
    world, seen = result._world, result._seen
    return {
        "steps between global states": sum(1 for s in seen.parents for _ in world.successors(s)),
        "steps of a kernel, computed": len(world.made),
        "global states": result.states,
        "states of one kernel": len(world.states.values),
    }


# ---- the state explosion -----------------------------------------------------------------------


def add(sys, word):
    yield sys.fetch_add(word, 1)


def crowd(sys, threads, kernels):
    """Threads that each add 1 to one word, on the kernels in turn."""
    word, started = (yield sys.mmap(64)), []
    for number in range(threads):
        started.append((yield sys.clone(add, word, on=f"k{number % kernels}")))
    for thread in started:
        yield sys.join(thread)


def states(threads, kernels):
    """How many global states `crowd` has."""
    return explore(crowd, MACHINES[kernels], (threads, kernels)).states
