"""Lesson 00, start here: its items."""

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.variants.words import WordsAtHome
from popcorn_lib.worlds.simulate import simulate

lesson = Lesson(
    "00",
    needs="0.1",
    objectives={
        "O1": "say what a single system image is, and test whether a program sees one",
        "O2": "follow a call from a thread to another kernel and back, and count its messages",
        "O3": "write a program as a generator of system calls",
    },
)

lesson.predict(
    "p1",
    "How many messages do the kernels send, from start to end?",
    unit="messages",
    objectives="O2",
)

lesson.order(
    "o1",
    "One `fetch_add` of a thread on `k1`, in order.",
    steps={
        "answer": "`k0` sends WORD_RESPONSE with the old value",
        "ask": "`k1` sends WORD_REQUEST",
        "change": "`k0` adds to its word",
        "note": "`k1` notes that the thread waits",
        "resume": "the thread goes on",
    },
    before=[
        ("note", "change", "A kernel writes its note before it asks, so that an answer finds it."),
        ("ask", "change"),
        ("change", "answer", "The answer carries the value from before the change."),
        ("answer", "resume"),
    ],
    objectives="O2",
)


def adder(sys, word, times):
    for _ in range(times):
        yield sys.fetch_add(word, 1)


def measured(times, on):
    """How many messages the program of the exercise needs, from a run."""

    def main(sys):
        word = yield sys.mmap(64)
        yield sys.join((yield sys.clone(adder, word, times, on=on)))

    machine = Machine.multikernel(3).replace(memory=WordsAtHome)
    return len(simulate(main, machine).messages)


lesson.check(
    "c1",
    "How many messages does the program need when the adder adds `times` times on kernel `on`?",
    reference=measured,
    name="messages",
    cases=[(3, "k1"), (0, "k2"), (7, "k2"), (4, "k0")],
    hints=[
        "How many messages does one addition need?",
        "What is left when `times` is 0?",
        "On `k0` the word is at home already.",
    ],
    solution="""def messages(times, on):
    if on == "k0":
        return 0
    return 4 + 2 * times""",
    objectives="O2",
)

lesson.predict(
    "p2",
    "Two threads load, add 1 and store. What can `race` return?",
    choices=["2", "1 or 2", "0 or 1 or 2"],
    objectives="O1",
)


def gather(sys):
    word = yield sys.mmap(64)
    threads = []
    for place in ("k0", "k1", "k2"):
        threads.append((yield sys.clone(adder, word, 1, on=place)))
    for thread in threads:
        yield sys.join(thread)
    return (yield sys.load(word))


def outcome(program, kernels):
    """What the program returns, and which kernels heard of it."""
    machine = Machine.multikernel(kernels) if kernels > 1 else Machine.smp(cores=3)
    run = simulate(program, machine)
    return run.value, sorted(run.messages.destination.unique())


lesson.check(
    "c2",
    "Start an `adder` that adds once on each of `k0`, `k1` and `k2`, join them, return the word.",
    reference=gather,
    cases=[3, 4, 1],
    run=outcome,
    hints=[
        "`race` has the same shape.",
        "Each call needs its `yield`, also inside a loop.",
        "Keep the three tids in a list; join only when all are started.",
    ],
    objectives="O3",
)

lesson.predict(
    "p3",
    "With copies: what (flag, data) can the reader see that one kernel never shows?",
    choices=["(0, 1)", "(1, 0)", "none: copies are safe"],
    objectives="O1",
)

lesson.quiz(
    "q1",
    "A program always ends with 2 on one kernel. On three kernels it sometimes ends with 1. "
    "What follows?",
    {
        "The three kernels do not give a single system image": (
            True,
            "One outcome that one kernel cannot have is enough.",
        ),
        "Nothing: programs may differ in timing": (
            False,
            "Timing may differ, but here the outcome itself is new.",
        ),
        "The program has a race": (False, "With a race, one kernel would show both outcomes too."),
    },
    objectives="O1",
)

lesson.quiz(
    "q2",
    "What may a kernel's step depend on?",
    {
        "its own state and the message or request that it handles": (
            True,
            "This is the rule of the house.",
        ),
        "the state of the kernel that sent the message": (
            False,
            "It can know only what the message says.",
        ),
        "the time": (False, "Kernels never see the time here; only the world keeps clocks."),
    },
    objectives="O1 O2",
)
