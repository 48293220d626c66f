"""Lesson 12, placement: its items."""

from popcorn_lib.learn import Lesson

lesson = Lesson(
    "12",
    needs="0.1",
    objectives={
        "O1": "read a table of costs by phase and instruction set",
        "O2": "compute when a move pays",
        "O3": "find the best placement: of a chain as a shortest path, of a graph by HEFT",
        "O4": "say how the objective changes the answer",
        "O5": "decide while the program runs, from what a probe has seen",
    },
)

lesson.predict(
    "p1",
    "How many ms does it take with each phase where it is fastest?",
    unit="ms",
    objectives="O1",
)

lesson.predict(
    "p2",
    "Moves and pages for nothing: which percentage of a phase must be parallel for the Phi?",
    unit="%",
    objectives="O1",
)

lesson.predict(
    "p3",
    "By hand: from how many million accesses on does the move pay, with 1,000 pages?",
    unit="million accesses",
    objectives="O2",
)


def break_even(pages, here_s, there_s, move_s, page_s):
    paid = 2 * move_s + pages * page_s
    saved = here_s - there_s
    return paid / saved


lesson.check(
    "c1",
    "From how many accesses on does a move there and back pay?",
    reference=break_even,
    cases=[
        (0, 3.0, 1.0, 5.0, 2.0),
        (10, 3.0, 1.0, 5.0, 2.0),
        (1000, 1.25e-9, 2.5e-10, 3.6e-3, 5e-5),
        (10, 4.0, 2.0, 0.0, 1.0),
    ],
    hints=[
        "Paid is what does not grow with the accesses: two moves, and a fetch for each page.",
        "Saved is what one access takes here, less what it takes there.",
    ],
    objectives="O2",
)


def gain(accesses, parallel, pages, here, there, move_s, page_s):
    def took(each_s, threads):
        return accesses * each_s * (1 - parallel + parallel / threads)

    return took(*here) - took(*there) - 2 * move_s - pages * page_s


lesson.check(
    "c2",
    "How many seconds does a move there and back gain?",
    reference=gain,
    cases=[
        (100, 0.0, 0, (2.0, 4), (1.0, 4), 0.0, 0.0),
        (100, 1.0, 0, (2.0, 4), (8.0, 32), 0.0, 0.0),
        (100, 0.5, 0, (2.0, 4), (8.0, 32), 0.0, 0.0),
        (100, 0.5, 3, (2.0, 4), (1.0, 32), 10.0, 4.0),
        (10**9, 0.99, 1000, (5e-9, 4), (55e-9, 228), 3.6e-3, 5e-5),
    ],
    hints=[
        "The serial part, `1 - parallel`, has one thread; the rest has them all.",
        "One function serves both sides: `took(each_s, threads)`, called as `took(*here)`.",
        "The gain is what it took here, less what it takes there, less two moves and the pages.",
    ],
    objectives="O2",
)


def relax(best, work, move):
    after = {}
    for there in work:
        comes = min(best[here] + move[here, there] for here in best)
        after[there] = comes + work[there]
    return after


FREE = {("k0", "k0"): 0, ("k0", "k1"): 0, ("k1", "k0"): 0, ("k1", "k1"): 0}
DEAR = FREE | {("k0", "k1"): 9, ("k1", "k0"): 2}
LINE = {(a, b): 4 * abs(n - m) for n, a in enumerate("abc") for m, b in enumerate("abc")}
lesson.check(
    "c3",
    "From the best times after one phase to the best times after the next.",
    reference=relax,
    cases=[
        ({"k0": 0}, {"k0": 5, "k1": 3}, FREE),
        ({"k0": 0, "k1": 4}, {"k0": 5, "k1": 3}, FREE),
        ({"k0": 0, "k1": 4}, {"k0": 5, "k1": 3}, DEAR),
        ({"k0": 8, "k1": 4}, {"k0": 5, "k1": 3}, DEAR),
        ({"a": 10, "b": 3, "c": 0}, {"a": 1, "b": 2, "c": 3}, LINE),
    ],
    hints=[
        "For each kernel `there`: from which kernel `here` is it reached soonest?",
        "That is the smallest of `best[here] + move[here, there]`; staying is a move that is free.",
        "Then the phase itself runs: add `work[there]`.",
    ],
    objectives="O3",
)

lesson.predict(
    "p4",
    "From how many multiplications on does the Phi pay?",
    unit="multiplications",
    objectives="O3",
)

lesson.predict(
    "p5",
    "Which objectives send EP to a board, if the Xeon idles meanwhile?",
    choices=["none", "energy", "energy and energy x delay", "all three"],
    objectives="O4",
)

lesson.order(
    "o1",
    "HetProbe comes to a parallel loop for the first time, and goes on across both kernels.",
    steps={
        "rest": "the other iterations are dealt out in the ratio of the speeds",
        "time": "each kernel measures how long its iterations take",
        "cut": "time per fault is compared with the cut-off",
        "ratio": "the kernels' speeds are compared",
        "deal": "a small share of the iterations is dealt out to both",
        "faults": "each kernel counts its page faults",
    },
    before=[
        ("deal", "time"),
        ("deal", "faults"),
        ("time", "cut"),
        ("faults", "cut", "Time per fault needs both."),
        ("time", "ratio"),
        ("cut", "rest", "Below the cut-off nothing more would be dealt out to the other kernel."),
        ("ratio", "rest"),
    ],
    objectives="O5",
)

lesson.predict(
    "p6",
    "How many per cent longer does the loop take than with the better choice for each tenth?",
    unit="%",
    objectives="O5",
)


def decide(probes):
    seen = probes[0]
    for new in probes[1:]:
        seen = 0.75 * new + 0.25 * seen
    return "across" if seen > 100 else "alone"


lesson.check(
    "c4",
    "What do the probes so far say: across, or alone?",
    reference=decide,
    cases=[
        ([40.0],),
        ([140.0],),
        ([100.0],),
        ([40.0, 160.0],),
        ([40.0, 110.0],),
        ([400.0, 20.0, 90.0],),
        ([20.0, 400.0, 60.0],),
        ([900.0, 20.0, 90.0, 90.0],),
    ],
    hints=[
        "Begin with what the first probe has seen.",
        "Each later one counts 0.75, and all that was seen before it 0.25.",
        "Across only if that is above the cut-off of 100 µs per fault.",
    ],
    objectives="O5",
)

lesson.quiz(
    "q1",
    "HEFT gives a plan that takes longer than staying. What follows?",
    {
        "HEFT was programmed wrongly": (
            False,
            "It places each task where that task ends first, and never looks at what follows.",
        ),
        "it is a heuristic: compare it with staying, and take the better": (
            True,
            "Staying costs nothing to try, and an exact plan cannot be had for a large graph.",
        ),
        "the exact plan takes longer still": (
            False,
            "No plan is shorter than the exact one; staying is one of those that it has beaten.",
        ),
    },
    objectives="O3",
)

lesson.quiz(
    "q2",
    "The Xeon may be switched off while a board works. What changes for EP?",
    {
        "less time": (False, "The board is as slow as before."),
        "energy x delay now prefers the board": (
            True,
            "The idle watts of the Xeon were what made slow work dear.",
        ),
        "nothing, the board was best by energy already": (
            False,
            "By energy it was; energy x delay turns round.",
        ),
    },
    objectives="O4",
)
