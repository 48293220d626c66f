"""Lesson 14, real applications on like and unlike kernels: its items."""

from popcorn_lib.learn import Lesson
from popcorn_lib.lessons.l14_programs import adding, patient
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.explore import explore

lesson = Lesson(
    "14",
    needs="0.1",
    objectives={
        "O1": "say what a verified result tells about a memory system, and what it does not",
        "O2": "predict from what threads read of each other whether more kernels help",
        "O3": "find pages that are written without need, and lay data out against it",
        "O4": "say where a program needs a barrier, and what happens without",
        "O5": "explain a run on unlike kernels by its slowest thread and its pages",
    },
)

lesson.predict(
    "p1", "How many of the five are faster on four kernels?", unit="of five", objectives="O2"
)

lesson.predict(
    "p2",
    "Between two pages that it fetches on four kernels: how many µs does CG compute?",
    unit="µs",
    objectives="O2",
)


def time_on(kernels, work_us, pages, page_us):
    computing = work_us / kernels
    fetching = pages / kernels * page_us
    return computing + fetching


lesson.check(
    "c1",
    "How long does a program take if every thread computes and fetches its share?",
    reference=time_on,
    cases=[(1, 1000, 0, 5), (2, 1000, 0, 5), (2, 1000, 40, 5), (4, 47_000, 28_000, 6.5)],
    hints=[
        "The work is divided among the kernels, and so are the pages.",
        "A thread that fetches a page computes nothing meanwhile: the two times add up.",
    ],
    objectives="O2",
)

lesson.predict(
    "p3",
    "What share of CG's pages on two kernels is false sharing?",
    unit="per cent",
    objectives="O3",
)


def dealt(rows, grain, size):
    grains = -(-rows // grain)
    ends = [min(grains * n // size * grain, rows) for n in range(size + 1)]
    return [(ends[n], ends[n + 1]) for n in range(size)]


lesson.check(
    "c2",
    "Which rows does each thread get, from where to before where?",
    reference=dealt,
    cases=[(8, 1, 2), (8, 4, 2), (1400, 1, 4), (1400, 512, 2), (1400, 512, 4)],
    hints=[
        "First deal out grains: how many are there, the last one perhaps not full?",
        "Thread n has the grains from grains * n // size on.",
        "A grain begins at row grain * its number; no share ends after the last row.",
    ],
    objectives="O3",
)

lesson.order(
    "o1",
    "One step of CG, as one of two threads sees it.",
    steps={
        "add": "it adds up both slots",
        "multiply": "it multiplies its rows of the matrix by p",
        "come": "both have written their rows of p",
        "slot": "it writes its part of the dot product into its slot",
        "write": "it writes its rows of p",
        "read": "it reads all of p",
        "meet": "both have written their slots",
    },
    before=[
        ("write", "come"),
        ("come", "read", "Else it reads rows of the step before."),
        ("read", "multiply"),
        ("multiply", "slot"),
        ("slot", "meet"),
        ("meet", "add", "Else it adds a number of the step before."),
    ],
    objectives="O4",
)

lesson.predict(
    "p4",
    "What share of the server's pages goes away, if a reader writes nothing?",
    unit="per cent",
    objectives="O3",
)

lesson.predict(
    "p5",
    "How many of the five are verified on a memory that keeps old copies?",
    unit="of five",
    objectives="O1",
)

lesson.predict(
    "p6",
    "How many different pairs of sums can two threads end with?",
    unit="pairs",
    objectives="O4",
)

MACHINE = Machine.multikernel(2, page_size=64)
MOST_STATES = 100_000


def sums(part, *places):
    """What two threads can end with, in every order of events."""
    found = explore(adding, MACHINE, (part, places), max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    return " or ".join(sorted(str(value) for value, _ in found.outcomes))


lesson.check(
    "c3",
    "Both threads end with the sum of all slots, whatever happens when.",
    reference=patient,
    name="hurried",
    run=sums,
    cases=[("k0", "k1"), ("k1", "k1")],
    hints=[
        "Who adds up must know that all have written.",
        "`barrier_wait(sys, barrier)` comes back when all have come; it is called by `yield from`.",
    ],
    solution="""def hurried(sys, number, size, slots, barrier):
    yield sys.store(slots + 8 * number, number + 1)
    yield from barrier_wait(sys, barrier)
    total = 0
    for slot in range(size):
        total += yield sys.load(slots + 8 * slot)
    return total""",
    objectives="O4",
)

lesson.predict(
    "p7",
    "EP on the Xeon's four cores, and then on four of a board as well: how many times as long?",
    unit="times",
    objectives="O5",
)


def parts(work_us, fetch_us):
    speeds = [1 / (work + fetch) for work, fetch in zip(work_us, fetch_us, strict=True)]
    return [speed / sum(speeds) for speed in speeds]


lesson.check(
    "c4",
    "Which part of the text does each kernel get, so that all end together?",
    reference=parts,
    cases=[
        ([10, 10], [0, 0]),
        ([10, 30], [0, 0]),
        ([10, 20], [0, 20]),
        ([5], [0]),
        ([10, 20, 30], [0, 20, 10]),
    ],
    hints=[
        "A page keeps a kernel busy for as long as it takes to fetch and to count.",
        "Who needs twice as long for a page gets half as many.",
        "All parts together are 1.",
    ],
    objectives="O5",
)

lesson.quiz(
    "q1",
    "All five end with NASA's numbers on four kernels. What do you know?",
    {
        "the page protocol is right": (
            False,
            "These runs went right. A rare order of events may not have come; lesson 09 searches.",
        ),
        "in these runs no lost update changed the result": (
            True,
            "Strong evidence, for every number depends on thousands of pages; and no proof.",
        ),
        "nothing, for the numbers are computed by NumPy": (
            False,
            "NumPy computes on bytes that the page protocol has brought; wrong bytes, wrong sums.",
        ),
    },
    objectives="O1",
)

lesson.quiz(
    "q2",
    "Which change leaves EP about as fast as it is on four kernels?",
    {
        "a link ten times slower": (
            True,
            "It moves a handful of pages in the whole run.",
        ),
        "one of the four kernels half as fast": (
            False,
            "Shares are equal, so all wait for the slowest thread.",
        ),
        "half as many kernels": (
            False,
            "EP computes nearly all the time: half the kernels take twice as long.",
        ),
    },
    objectives="O5",
)
