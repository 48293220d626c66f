"""Lesson 10, the bugs that were there: its items."""

from popcorn_lib.learn import Lesson
from popcorn_lib.lessons.l10_gallery import BY_NAME, PROGRAMS
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.messages import LAST_MEMBER
from popcorn_lib.variants import programs
from popcorn_lib.variants.defects import DEFECTS, AckKeepsPage, TwoLastExits
from popcorn_lib.variants.defects import InvalidationOvertakesPage as Overtakes
from popcorn_lib.worlds.explore import explore

lesson = Lesson(
    "10",
    needs="0.1",
    objectives={
        "O1": "say why many runs find little, and what a search of every order adds",
        "O2": "find in a shortest schedule the step after which nothing can be saved",
        "O3": "write an invariant that finds a defect before a program notices",
        "O4": "repair a protocol and have every order checked again",
        "O5": "sort defects by what they have in common, and diagnose an unknown one",
    },
)


lesson.predict("p1", "How many of the 1,000 runs hang?", unit="runs", objectives="O1")

REMOTE = Machine.multikernel(2, page_size=programs.PAGE)


def waits_end(futex, program):
    """How the programs with two waiters can end with a student's futex."""
    known = PROGRAMS[program]
    found = explore(known.program, REMOTE.replace(futex=futex), known.args)
    return str(found.violation or "every order ends well")


lesson.check(
    "c1",
    "No wake is lost, whether a waiter is sent away or gives up.",
    reference=Futex,
    name="Dropping",
    run=waits_end,
    cases=["sent_away", "impatient"],
    hints=[
        "The owner knows whether a wake has chosen the thread: what does it answer?",
        "CANCEL_RESPONSE carries `removed`: False means that a notice is on its way.",
        "Then the wait must stay until the notice is here, and no notice comes for nobody.",
    ],
    solution="""class Dropping(Futex):
    def on_cancel_response(self, source, message):
        wait = self.waits[message.tid]
        wait.cancelling, wait.removed = False, message.removed
        self._settle(message.tid)""",
    objectives="O4",
)

lesson.order(
    "o1",
    "The schedule of `wake flag only when asleep`, from the question to the hang.",
    steps={
        "asleep": "`k1` handles the answer: the thread sleeps",
        "store": "main writes 1 to the word",
        "ask": "`k1` asks the owner, by KEY_REQUEST",
        "ignored": "`k1` handles the notice: the thread does not sleep, so it is ignored",
        "queue": "`k0` compares, queues the waiter, and sends the answer",
        "join": "main waits for the thread's end",
        "wake": "main's wake takes the waiter out, and sends the notice",
    },
    before=[
        ("ask", "queue"),
        ("queue", "store", "With a 1 in the word the waiter would be refused, not queued."),
        ("store", "wake"),
        ("wake", "ignored"),
        ("wake", "join"),
        ("ignored", "asleep", "If the answer came first, the notice would find a sleeper."),
    ],
    objectives="O2",
)

lesson.predict(
    "p2",
    "From which event on can the program never end?",
    choices=["KEY_REQUEST", "futex_wake", "WAKE_NOTICE", "KEY_RESPONSE"],
    objectives="O2",
)

lesson.predict(
    "p3",
    "How many steps until a thread can have seen the flag and old data?",
    unit="steps",
    objectives="O3",
)


def one_writer(kernels):
    for name, kernel in kernels.items():
        for page, frame in kernel["memory"].frames.items():
            readers = [k for k in kernels if page in kernels[k]["memory"].frames]
            if frame.writable and len(readers) > 1:
                return f"{name} may write {page}, and {readers} have it"


def found_by(invariant, memory):
    """What a student's invariant finds where the library's own are off."""
    known = PROGRAMS["data_and_flag"]
    blind = type(memory.__name__, (memory,), {"invariants": ()})
    machine = REMOTE.replace(memory=blind)
    found = explore(known.program, machine, known.args, invariants=[invariant]).violation
    return f"{found.kind} after {len(found.trace) - 1} steps" if found else "nothing"


lesson.check(
    "c2",
    "The invariant finds both defects, and nothing on the repaired memory.",
    reference=one_writer,
    run=found_by,
    cases=[AckKeepsPage, Overtakes, Memory],
    hints=[
        "Two loops: over the kernels, and over the pages and frames of each.",
        "For each page: which kernels have it in their `frames`?",
        "Wrong is a writable frame of a page that a second kernel has.",
    ],
    objectives="O3",
)


def ends(threads, kernels, migrations):
    """How two last exits can end with a student's threads mechanism."""
    machine = Machine.multikernel(kernels, page_size=programs.PAGE).replace(threads=threads)
    found = explore(programs.two_last, machine, ("k1",), migrations)
    return str(found.violation or "every order ends well")


class OneDecides(TwoLastExits):
    def gone(self, tid, pid, value, status, told=False):
        if self.kernel.home_of(tid) == self.kernel.name:
            self.give_value(tid, pid, value)
        if self.is_home(pid):
            if tid == pid:
                self.groups[pid].code = status
            self.bury_if_dead(pid)
        elif not self.holds(pid):
            del self.groups[pid]
            if not told:
                self.kernel.send(self.kernel.home_of(pid), LAST_MEMBER(pid))

    def on_last_member(self, source, message):
        self.groups[message.pid].members.discard(source)
        self.bury_if_dead(message.pid)


lesson.check(
    "c3",
    "The process ends in every order, also with migrations.",
    reference=OneDecides,
    run=ends,
    cases=[(2, 0), (2, 1), (3, 0)],
    hints=[
        "Home has a set of kernels with members, and `bury_if_dead(pid)` looks whether it is over.",
        "Another kernel tells home, by LAST_MEMBER(pid); not if home is told already.",
        "Home strikes the sender from `self.groups[message.pid].members` and looks again.",
    ],
    objectives="O4",
)

STALE = BY_NAME["acknowledged, but kept"]

lesson.quiz(
    "q1",
    f"{STALE.sign} Which defect? More than one may fit.",
    {
        "two last exits": (False, "It leaves tables behind; every value is right."),
        "invalidation overtakes the page": (True, "The page comes after the order to drop it."),
        "acknowledged, but kept": (True, "The same sign: only the schedule tells them apart."),
    },
    objectives="O5",
)

lesson.predict(
    "p4",
    "Which defect is in your machine?",
    choices=list(BY_NAME),
    objectives="O5",
)


SORTED = [d.name for d in DEFECTS if d.mechanism in ("futex", "memory", "threads", "ipc")]


def family(defect):
    return {
        "wake flag only when asleep": "cross",
        "notice dropped for a moved waiter": "gone",
        "timeout leaves a dummy": "gone",
        "dummies ignore the bitset": "guest",
        "invalidation overtakes the page": "cross",
        "acknowledged, but kept": "lie",
        "two last exits": "two",
        "two kernels create one key": "two",
    }[defect]


def sorted_into(function, defect):
    """The family; a notice that is dropped for a moved waiter has also crossed an answer."""
    given = function(defect)
    also = defect == "notice dropped for a moved waiter" and given == "cross"
    return "gone" if also else given


lesson.check(
    "c4",
    "Each defect's family.",
    reference=family,
    run=sorted_into,
    cases=SORTED,
    hints=[
        "For whom was the lost message meant, and where was the thread?",
        "Who is asked, and who else is asking at the same time?",
        "Two defects are about two messages to one kernel, of which either may be first.",
    ],
    objectives="O5",
)

lesson.quiz(
    "q2",
    "`explore` finds nothing on the repaired machine, and `complete` is True. What holds?",
    {
        "this program cannot fail there": (True, "In no order that the model has."),
        "the mechanism has no defect": (False, "Other programs and machines are other searches."),
        "the real kernel is repaired": (False, "The model is not its code."),
    },
    objectives="O1 O4",
)

lesson.quiz(
    "q3",
    "A notice for an unknown thread crashes a handler. Someone adds `if tid in self.waits`.",
    {
        "the crash is gone, all is well": (
            False,
            "What was the notice to do, and who does it now?",
        ),
        "a run would show it": (False, "Of 1,000 runs, how many did?"),
        "a lost wake may be hidden": (True, "The crash said where; now a thread sleeps on."),
    },
    objectives="O4 O5",
)
