"""Lesson 09, single system image: its items."""

from contextlib import suppress

from popcorn_lib.learn import Lesson
from popcorn_lib.lessons.l09_demonstrations import GRAPHS, MACHINES, tried
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.worlds.ssi import single_system_image

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
