"""Lesson 05, waiting for each other: its items; most of what they run is in `l05_programs.py`."""

from popcorn_lib.learn import Lesson
from popcorn_lib.lessons.l05_programs import (
    CASES,
    lock,
    relay_outcome,
    try_lock,
    try_unlock,
    unlock,
)
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.worlds.simulate import simulate

lesson = Lesson(
    "05",
    needs="0.1",
    objectives={
        "O1": "name the steps of a futex wait and a futex wake, and count their messages",
        "O2": "show with a schedule why comparing and queueing must be one step at one owner",
        "O3": "say why a notice counts before the answer, and why a timeout needs a cancel",
        "O4": "write a lock with three states and have every order of events checked",
        "O5": "say what waiting across kernels costs, and where the time goes",
    },
)

lesson.predict(
    "p1", "How many messages does the futex mechanism send?", unit="messages", objectives="O1"
)

lesson.order(
    "o1",
    "A wait on `k1` and the wake from `k2` that ends it; the owner is `k0`.",
    steps={
        "notice": "`k1` handles WAKE_NOTICE",
        "ask": "`k1` sends KEY_REQUEST",
        "on": "the thread on `k1` goes on",
        "queue": "`k0` compares the word and queues a dummy",
        "count": "`k2` handles WAKE_RESPONSE, its thread goes on",
        "take": "`k0` takes the dummy out, sends WAKE_NOTICE and WAKE_RESPONSE",
        "wake": "`k2` sends WAKE_REQUEST",
        "answer": "`k1` handles KEY_RESPONSE",
    },
    before=[
        ("ask", "queue"),
        ("queue", "answer"),
        ("wake", "take"),
        ("queue", "take", "This wake finds the dummy: it must stand in the queue by then."),
        ("take", "notice"),
        ("take", "count"),
        ("notice", "on"),
        ("answer", "on", "No answer may be due any more when the thread goes on."),
    ],
    objectives="O1",
)


def futex_messages(word, waiters, waker):
    away = [place for place in waiters if place != word]
    return 3 * len(away) + 2 * (waker != word)


def waiter(sys, word):
    yield sys.futex_wait(word, 0)


def waker(sys, word, count):
    yield sys.futex_wake(word, count)


def sent(word, waiters, waker_on):
    """The messages of the futex mechanism in a run: waiters that sleep, and one wake for all."""

    def meet(sys):
        address = yield sys.mmap(64)
        for place in waiters:
            yield sys.clone(waiter, address, on=place)
        yield sys.nanosleep(1e-3)
        yield sys.clone(waker, address, len(waiters), on=waker_on)
        yield sys.nanosleep(1)

    run = simulate(meet, Machine.multikernel(3), start=word, max_seconds=0.5)
    return sum(message.mechanism == "futex" for message in run.trace.messages)


lesson.check(
    "c1",
    "How many messages of the futex mechanism, from the first wait to the last notice?",
    reference=futex_messages,
    cases=[
        ("k0", ["k1"], "k2"),
        ("k0", ["k0"], "k2"),
        ("k1", ["k1"], "k1"),
        ("k0", ["k1"], "k1"),
        ("k2", ["k0", "k1", "k2"], "k1"),
    ],
    hints=[
        "A message to the kernel itself is none.",
        "Which messages does each waiter cost, and which does the wake cost, however many wait?",
        "A waiter away from the word: request, response, notice.",
    ],
    objectives="O1",
)

lesson.predict(
    "p2",
    "Without the comparison: where can the thread sleep for ever?",
    choices=["on one kernel", "on two kernels", "on both", "on neither"],
    objectives="O2",
)


lesson.check(
    "c2",
    "Fill the holes of `lock`: one thread at a time, and nobody is forgotten.",
    reference=lock,
    run=try_lock,
    cases=CASES,
    hints=[
        "Who finds it FREE takes it as HELD.",
        "Who has had to wait takes it as WAITED: others may still sleep.",
        "`cas(word, HELD, WAITED)` says that somebody may sleep; then sleep while it is WAITED.",
    ],
    objectives="O4",
)

lesson.check(
    "c3",
    "`unlock`: nobody is forgotten, and no call is made if nobody waits.",
    reference=unlock,
    run=try_unlock,
    cases=CASES,
    hints=[
        "Only one state is undone without a call: `cas(word, HELD, FREE)`.",
        "If that says WAITED, the word must become FREE, and somebody must be woken.",
        "First the word, then the wake: who is woken looks at the word.",
    ],
    objectives="O4",
)

lesson.predict(
    "p3",
    "With `Quick`, can a thread sleep for ever, although a wake was meant for it?",
    choices=["no", "yes, `first`", "yes, `second`"],
    objectives="O3",
)


lesson.check(
    "c4",
    "Nobody sleeps for ever, and every wake that is counted has woken somebody.",
    reference=Futex,
    name="Quick",
    run=relay_outcome,
    cases=[("k1", "k1"), ("k1", "k0"), ("k0", "k1"), ("k1",)],
    hints=[
        "The dummy stands on the owner: the owner must hear that the thread is gone.",
        "Send `CANCEL_REQUEST(tid)` to `wait.owner`; `wait.cancelling` is True until it answers.",
        "A notice may come before the answer: then the thread was woken, and not late.",
        "`on_cancel_response` and `on_wake_notice` are there: the library's own are right.",
    ],
    solution="""class Quick(Futex):
    def _cancel(self, tid, reason):
        wait = self.waits[tid]
        if not wait.reason:
            wait.reason, wait.cancelling = reason, True
            self.kernel.send(wait.owner, CANCEL_REQUEST(tid))""",
    objectives="O3",
)

lesson.predict(
    "p4",
    "Two threads share a lock 1,000 times each. How many times as long on two kernels as on one?",
    unit="times",
    objectives="O5",
)

lesson.quiz(
    "q1",
    "`k1` has a copy of the word. Why does it not compare there, and save a message?",
    {
        "the copy may be stale": (False, "Copies of a page are equal in this model."),
        "a wake may reach the owner before the dummy does": (
            True,
            "Then comparing and queueing are two steps again, and the wake falls between them.",
        ),
        "it could, nothing is lost": (False, "Look at the shortest schedule once more."),
    },
    objectives="O2",
)

lesson.quiz(
    "q2",
    "A timeout ends; a WAKE_NOTICE for the thread is on its way. What does the wait return?",
    {
        "ETIMEDOUT": (False, "The waker has counted this thread as woken: its wake would be lost."),
        "0": (True, "The owner answers that it is in no queue any more: it counts as woken."),
        "whichever comes first": (False, "The waker has been told a number: it must be true."),
    },
    objectives="O3",
)
