"""Lesson 13, what it costs: its items."""

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.variants.letters import Letters
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.ssi import single_system_image

lesson = Lesson(
    "13",
    needs="0.1",
    objectives={
        "O1": "compute what a call costs from counts and constants, and read the residual",
        "O2": "say where messages lose against one coherent kernel, and by how much",
        "O3": "say where they win, and find the number of cores where curves cross",
        "O4": "say what faster synchronisation would cost in transparency",
        "O5": "judge a model's figure by held-out claims and by ranges",
    },
)

lesson.predict(
    "p1",
    "From how many cores on is the unmap by messages sooner?",
    unit="cores",
    objectives="O3",
)

lesson.predict(
    "p2",
    "By hand: how many µs does the call take?",
    unit="µs",
    objectives="O1",
)


def explain(counts, constants, measured):
    explained = sum(counts[name] * constants[name] for name in counts)
    residual = measured - explained
    return explained, residual


CALL = {"call_s": 230, "handler_s": 1000, "latency_s": 141, "chunk_s": 48, "interrupt_s": 1600}
lesson.check(
    "c1",
    "What do counts and constants explain, and what is the residual?",
    reference=explain,
    cases=[
        ({"call_s": 1}, CALL, 230),
        ({"call_s": 1, "handler_s": 2, "latency_s": 2, "chunk_s": 2}, CALL, 2608),
        ({"call_s": 1, "handler_s": 2, "latency_s": 2, "interrupt_s": 2}, CALL, 6000),
        ({"call_s": 2, "handler_s": 4}, CALL, 2230),
    ],
    hints=[
        "Each count belongs to the constant of the same name.",
        "The residual is what was measured, without what is explained.",
    ],
    objectives="O1",
)

lesson.predict(
    "p3",
    "How many times as long does a futex hand-over take with two kernels?",
    unit="times",
    objectives="O2",
)

lesson.predict(
    "p4",
    "How many times as long do sixteen threads take if they add to one word?",
    unit="times",
    objectives="O3",
)


def crossing(cores, one, many):
    found = None
    for n, a, b in zip(cores, one, many, strict=True):
        if b >= a:
            found = None
        elif found is None:
            found = n
    return found


lesson.check(
    "c2",
    "From how many cores on does `many` stay below `one`?",
    reference=crossing,
    cases=[
        ([1, 2, 4, 8], [1, 2, 4, 8], [3, 3, 3, 3]),
        ([1, 2, 4], [5, 5, 5], [1, 1, 1]),
        ([1, 2, 4], [1, 1, 1], [5, 5, 5]),
        ([1, 2, 4, 8], [4, 4, 4, 9], [3, 5, 3, 8]),
        ([1, 2, 4], [2, 2, 2], [3, 2, 1]),
        ([1, 2, 4], [2, 2, 2], [1, 1, 3]),
    ],
    hints=[
        "Remember the first number of cores where `many` is below.",
        "If it is not below later on, forget that again: it did not stay so.",
        "As much is not below.",
    ],
    objectives="O3",
)

lesson.order(
    "o1",
    "A barrier of letters on `k0`, `k1` and `k2`; the thread on `k0` counts.",
    steps={
        "on1": "`k1` collects `go`, its thread goes on",
        "go1": "`k0` posts `go` to `k1`",
        "come2": "`k2` posts `come` to `k0`",
        "all": "`k0` has collected both",
        "come1": "`k1` posts `come` to `k0`",
        "go2": "`k0` posts `go` to `k2`",
    },
    before=[
        ("come1", "all"),
        ("come2", "all"),
        ("all", "go1", "Nobody goes on before all have come."),
        ("all", "go2", "Nobody goes on before all have come."),
        ("go1", "on1"),
    ],
    objectives="O4",
)

lesson.predict(
    "p5",
    "Does a single system image hold for a program with `Meeting`?",
    choices=["always", "only if nobody moves", "never"],
    objectives="O4",
)


class Meeting:
    def tells(sys, word):
        yield sys.fetch_add(word, 1)
        yield sys.futex_wake(word, 1)

    def waits(sys, word, workers):
        while (seen := (yield sys.load(word))) < workers:
            try:
                yield sys.futex_wait(word, seen)
            except BlockingIOError:
                continue


def work_day(sys, meeting, places):
    word = yield sys.mmap(64)
    for place in places:
        yield sys.clone(meeting.tells, word, on=place)
    yield from meeting.waits(sys, word, len(places))
    return "all done"


MACHINE = Machine.multikernel(2, page_size=64).with_mechanism(Letters)
MOST_STATES = 30_000


def meeting_outcome(meeting, *places):
    """Whether a program can tell on how many kernels it meets, with one move."""
    args = meeting, places
    found = explore(work_day, MACHINE, args, migrations=1, max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    verdict = single_system_image(work_day, args, machine=MACHINE, migrations=1)
    ends = " or ".join(sorted(str(value) for value, _ in verdict.outcomes))
    return f"the claim {'holds' if verdict.holds else 'does not hold'}: {ends}"


lesson.check(
    "c3",
    "Main waits for its workers, wherever anybody is.",
    reference=Meeting,
    name="Meeting",
    run=meeting_outcome,
    cases=[("k1",), ("k0",)],
    hints=[
        "A word is the same word on every kernel: `sys.fetch_add(word, 1)`.",
        "Main sleeps while the word says fewer than all: load it, and wait for that value.",
        "The worker wakes it: `sys.futex_wake(word, 1)`.",
        "EAGAIN means that the word has changed since: look again.",
    ],
    solution="""class Meeting:
    def tells(sys, word):
        yield sys.fetch_add(word, 1)
        yield sys.futex_wake(word, 1)

    def waits(sys, word, workers):
        while (seen := (yield sys.load(word))) < workers:
            try:
                yield sys.futex_wait(word, seen)
            except BlockingIOError:
                continue""",
    objectives="O4",
)

lesson.quiz(
    "q1",
    "For the high end of the range the table of turns has no row. What follows?",
    {
        "one kernel unmaps sooner at every number of cores swept": (
            True,
            "So the puzzle's conclusion turns round within what was published for one constant.",
        ),
        "the sweep failed there": (
            False,
            "A point that fails says so in its column `error`; here a row is a turn.",
        ),
        "the published crossing is wrong": (
            False,
            "It was measured. The range is of other paths; our crossing is less sure than theirs.",
        ),
    },
    objectives="O5",
)

lesson.quiz(
    "q2",
    "A benchmark takes 20 µs, and is charged for 29 µs. Why?",
    {
        "some constants are too high": (
            False,
            "The time was computed with the same constants.",
        ),
        "two threads or kernels were at work at the same time": (
            True,
            "Each is charged, and the clock runs once: the residual is below zero.",
        ),
        "it waited for a lock": (
            False,
            "That wait is on the bill, with a row of its own; it explains nothing left over.",
        ),
    },
    objectives="O1",
)
