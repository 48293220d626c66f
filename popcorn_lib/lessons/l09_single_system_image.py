"""Lesson 09, single system image: its items, litmus tests, and graphs to search."""

from collections import Counter
from contextlib import suppress
from itertools import permutations

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.worlds.exploration import Exploration
from popcorn_lib.worlds.faults import Budget
from popcorn_lib.worlds.search import search
from popcorn_lib.worlds.ssi import single_system_image

MACHINES = {1: Machine.smp(2, page_size=64)}
MACHINES |= {kernels: Machine.multikernel(kernels, page_size=64) for kernels in (2, 3, 4)}

lesson = Lesson(
    "09",
    needs="0.1",
    objectives={
        "O1": "state the claim of a single system image exactly, and what is outside it",
        "O2": "write a breadth-first search, and say why its first violation is a shortest one",
        "O3": "say why each step needs computing only once, and measure what that saves",
        "O4": "test a machine with programs whose outcomes show the order of events",
        "O5": "say what a proof by exploration is worth, and keep it from proving nothing",
    },
)


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


# ---- items: the puzzle --------------------------------------------------------------------------

lesson.predict(
    "p1",
    "Can `buffering` return (0, 0)?",
    choices=["on neither machine", "only on two kernels", "on both"],
    objectives="O1 O4",
)

# ---- items: the search --------------------------------------------------------------------------


def by_hand():
    return [
        ("a", "b c"),
        ("b", "c d"),
        ("c", "d e"),
        ("d", "e f"),
        ("e", "f"),
        ("f", ""),
    ], "a b d f"


lesson.check(
    "c1",
    "Fill the holes: who waits after each round, and the way to f.",
    reference=by_hand,
    cases=[()],
    hints=[
        "The state taken leaves the line at the front; new ones join at the end.",
        "d is new when b is taken; when c is taken, only e is.",
        "a is not new: it has been noted since the start.",
        "The way back: who noted f first? And who noted that one?",
    ],
    objectives="O2",
)

lesson.order(
    "o1",
    "From the first state to a shortest way.",
    steps={
        "line": "the new state joins the end of the line",
        "start": "the first state is noted and stands in line",
        "back": "the way is walked back to the first state and turned round",
        "take": "a state is taken from the front of the line, and is not wrong",
        "ways": "its steps are worked out, and one leads to a new state",
        "note": "the new state is noted with that step and where it came from",
        "wrong": "the new state is taken in its turn, and is wrong",
    },
    before=[
        ("start", "take"),
        ("take", "ways"),
        ("ways", "note"),
        ("ways", "line"),
        ("note", "wrong"),
        ("line", "wrong", "Nobody is taken who has not stood in line."),
        ("wrong", "back"),
    ],
    objectives="O2",
)


def shortest(first, successors, wrong):
    noted, line = {first: []}, [first]
    for state in line:
        if wrong(state):
            return noted[state]
        for step, after in successors(state):
            if after not in noted:
                noted[after] = [*noted[state], step]
                line.append(after)


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


lesson.check(
    "c2",
    "A shortest way from `first` to a state that is wrong; None if there is none.",
    reference=shortest,
    run=tried,
    cases=list(GRAPHS),
    hints=[
        "Two things to keep: who stands in line, and which states have been noted.",
        "A dictionary from each noted state to the list of steps that leads to it will do.",
        "`for state in line:` goes on with what is appended to the list meanwhile.",
        "Note a state when you first see it, not when you take it.",
    ],
    objectives="O2",
)

# ---- items: what it is worth --------------------------------------------------------------------

lesson.predict(
    "p2",
    "What does `single_system_image` say of a machine with `Shy`?",
    choices=["it holds", "it does not: deadlock", "it does not: a new pair"],
    objectives="O5",
)

lesson.predict(
    "p3",
    "With `Careless`: what can `stray` return on two kernels?",
    choices=["only 0", "0 or 1", "nothing: main can wait for ever"],
    objectives="O4",
)


def waiter(sys, word):
    with suppress(OSError):  # the word has changed
        yield sys.futex_wait(word, 0, None, 1)


def stray(sys, *places):
    word = yield sys.mmap(64)
    threads = []
    for place in places:
        threads.append((yield sys.clone(waiter, word, on=place)))
    woken = yield sys.futex_wake(word, 1, 2)
    yield sys.store(word, 1)
    yield sys.futex_wake(word, 2, 1)
    for thread in threads:
        yield sys.join(thread)
    return woken


def verdict_on(futex, *places):
    """What `stray` can tell, with a student's futex, in words."""
    machine = MACHINES[2].replace(futex=futex)
    found = single_system_image(stray, places, machine=machine, migrations=2 - len(places))
    return f"{'holds' if found.holds else 'one kernel cannot end in'} {found.strange or ''}".strip()


lesson.check(
    "c3",
    "No program can tell, wherever the waiters are.",
    reference=Futex,
    name="Careless",
    run=verdict_on,
    cases=[("k1",), ("k0",), ("k0", "k1")],
    hints=[
        "Who matches? Look at the condition of the list.",
        "Whether a waiter is a dummy says nothing about what it waits for.",
        "A wake must still find the dummies that match, or somebody sleeps for ever.",
    ],
    solution="""class Careless(Futex):
    def _take(self, key, count, bitset=ALL):
        line = self.queues.get(key, [])
        match = [w for w in line if w.bitset & bitset][:count]
        self.queues[key] = [w for w in line if w not in match]
        if not self.queues[key]:
            del self.queues[key]
        return match""",
    objectives="O4",
)

lesson.predict(
    "p4",
    "Four threads on four kernels: how many global states?",
    unit="states",
    objectives="O5",
)

lesson.quiz(
    "q1",
    "Which of these would be evidence against a single system image?",
    {
        "on two kernels a program can return 7, on one it cannot": (
            True,
            "One new outcome is enough.",
        ),
        "on two kernels a program takes three times as long": (False, "Time is outside the claim."),
        "on one kernel a program can return 7, on two it never does": (
            False,
            "The claim goes one way: fewer outcomes are no evidence, though worth a question.",
        ),
        "on two kernels a program can wait for ever, on one it cannot": (
            True,
            "A deadlock is an outcome too.",
        ),
    },
    objectives="O1",
)

lesson.quiz(
    "q2",
    "Why may a kernel's step, once computed, be used in other global states?",
    {
        "it depends on that kernel's state and one input, and on nothing else": (
            True,
            "That is the rule of the house: whatever the others do, the step is the same.",
        ),
        "the other kernels are idle meanwhile": (
            False,
            "They need not be; the step does not look at them.",
        ),
        "steps of different kernels can be swapped": (
            False,
            "Often true, and the base of other reductions, but not needed here.",
        ),
    },
    objectives="O3",
)

lesson.quiz(
    "q3",
    "`single_system_image(main, kernels=3, migrations=1)` holds. What is proved?",
    {
        "main cannot tell three kernels from one, if at most one thread moves once": (
            True,
            "This program, this machine, these moves, every order of events.",
        ),
        "no program can tell three kernels from one": (False, "One program was searched."),
        "main cannot tell four kernels from one": (
            False,
            "Probably, if the protocol treats all kernels alike. The search does not say so.",
        ),
        "main always ends": (
            False,
            "Only `rest=True` says that it can always still end, and nothing here that it will.",
        ),
    },
    objectives="O1 O5",
)
