"""Lesson 03, moving a thread: its items."""

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.simulate import simulate

MACHINE = Machine.multikernel(3)

lesson = Lesson(
    "03",
    needs="0.1",
    objectives={
        "O1": "name the four steps of a migration and what each kernel knows",
        "O2": "count the messages of any tour through the kernels",
        "O3": "find a thread from its id, over home and the chain of its shadows",
        "O4": "say who is told when a thread ends, and why home counts kernels",
        "O5": "work out how long a thread must compute elsewhere before the move pays",
    },
)


def tour(sys, *path):
    for kernel in path:
        yield sys.migrate(kernel)


def sent(*path):
    """The messages of a tour's moves, from a run: [(source, destination, kind), ...]."""

    def there(sys):
        yield from tour(sys, *path)
        yield sys.nanosleep(1)

    run = simulate(there, MACHINE, max_seconds=0.5)
    return [(row.source, row.destination, row.kind) for row in run.trace.messages]


def standing(trace, upto=None):
    """What every kernel's table of threads says after so many events: {kernel: lines}."""
    return {event.kernel: trace.state_lines(event)["threads"] for event in trace.events[:upto]}


def chain(trace):
    """The kernels over which the only thread of a trace is found, from its home, `k0`, on."""
    found, tables = ["k0"], standing(trace)
    while "->" in tables[found[-1]][0]:
        found.append(tables[found[-1]][0].split()[-1])
    return found


lesson.predict("p1", "How many messages do all four moves need?", unit="messages", objectives="O2")

lesson.predict(
    "p2",
    "After migrate 1, on which kernels is the thread active?",
    choices=["on none", "on k0 only", "on both"],
    objectives="O1",
)

lesson.order(
    "o1",
    "A thread moves from `k0` to `k1`, step by step.",
    steps={
        "run": "the thread makes its next call, on `k1`",
        "shadow": "the task on `k0` turns from leaving into a shadow",
        "arrive": "`k1` makes a task for the thread",
        "leave": "`k0` sends CLONE_REQUEST, its task is leaving",
        "pack": "`k0` packs what the thread takes along",
        "pair": "`k1` sends PROCESS_PAIRING",
        "count": "`k0`, the home, counts `k1`",
    },
    before=[
        ("pack", "leave"),
        ("leave", "arrive"),
        ("arrive", "pair"),
        ("pair", "run", "`k1` sends the pairing before it lets the thread go on."),
        ("pair", "shadow"),
        ("pair", "count"),
    ],
    objectives="O1",
)


def second_move():
    return [
        ("k1", "k2", "CLONE_REQUEST"),
        ("k2", "k0", "NEW_KERNEL"),
        ("k0", "k2", "NEW_KERNEL_ANSWER"),
        ("k2", "k1", "PROCESS_PAIRING"),
    ]


lesson.check(
    "c1",
    "Fill the holes: the messages of the move from `k1` to `k2`.",
    reference=second_move,
    cases=[()],
    hints=[
        "Who must count `k2`?",
        "Look at the end of migrate 2 again: who is asked?",
        "The answer to NEW_KERNEL is called NEW_KERNEL_ANSWER.",
        "The pairing goes to where the thread came from.",
    ],
    objectives="O1 O2",
)


def detour():
    return [
        ("k0", "k1", "CLONE_REQUEST"),
        ("k1", "k0", "PROCESS_PAIRING"),
        ("k1", "k0", "BACK_MIGRATION"),
        ("k0", "k2", "CLONE_REQUEST"),
        ("k2", "k0", "PROCESS_PAIRING"),
    ]


lesson.check(
    "c2",
    "All messages of the moves to `k1`, back to `k0`, and to `k2`.",
    reference=detour,
    cases=[()],
    hints=[
        "Three moves: to a new kernel, back, to a new kernel.",
        "The last move leaves from home: who hears the pairing?",
    ],
    objectives="O2",
)

lesson.predict(
    "p3",
    "After the tour k1, k2, k1: how many hops is the thread from `k0`?",
    unit="hop(s)",
    objectives="O3",
)


def tour_messages(path):
    here, known, count = "k0", {"k0"}, 0
    for kernel in path:
        if kernel in known:
            count += 1
        else:
            count += 2 if here == "k0" else 4
        here, known = kernel, known | {kernel}
    return count


PATHS = ("k1", "k1 k0", "k1 k2", "k1 k2 k1", "k1 k0 k2", "k1 k0 k1 k2 k1")

lesson.check(
    "c3",
    "How many messages do the moves of a tour need?",
    reference=tour_messages,
    cases=[path.split() for path in PATHS],
    hints=[
        "Three prices: back, away from home, away from elsewhere.",
        "Keep the set of kernels that hold a task, and the place where the thread is.",
        "Only a new kernel that is reached from elsewhere than home must ask.",
    ],
    objectives="O2",
)

lesson.predict(
    "p4",
    "How many EXIT_PROCESS messages say that this thread has ended?",
    unit="messages",
    objectives="O4",
)

lesson.quiz(
    "q1",
    "Each kernel asks the other: is anybody left? What can go wrong?",
    {
        "both hear yes, nobody ends it": (True, "Each yes is soon out of date."),
        "one of the threads runs on": (False, "Both end; the news goes wrong."),
        "nothing": (False, "What a kernel hears is out of date."),
    },
    objectives="O4",
)

lesson.predict(
    "p5",
    "With `Rash`, which tours can go wrong?",
    choices=["k1 k0", "k1 k2 k0", "both", "neither"],
    objectives="O1",
)


def outcome(threads, *path):
    """How a tour can end with a student's threads mechanism."""
    found = explore(tour, MACHINE.replace(threads=threads), args=path)
    return str(found.violation or "every order ends well")


lesson.check(
    "c4",
    "Every tour ends well.",
    reference=Threads,
    name="Rash",
    run=outcome,
    cases=[("k1", "k0"), ("k1", "k2", "k0"), ("k1", "k2", "k0", "k1")],
    hints=[
        "What status has the task before the pairing has come?",
        "While it is `tasks.LEAVING`, keep (source, message) in `task.held`, and return.",
        "migrate 4 takes up what is held.",
    ],
    solution="""class Rash(Threads):
    def on_back_migration(self, source, message):
        task = self.tasks[message.tid]
        if task.status == tasks.LEAVING:
            task.held.append((source, message))
            return
        task.status, task.next, task.visited = tasks.ACTIVE, None, message.visited
        self.kernel.unpack(message.tid, message.packed)
        self.kernel.resume(message.tid, 0)""",
    objectives="O1 O4",
)

lesson.predict(
    "p6",
    "With the figure for Popcorn each way: how long must T be, at least?",
    unit="ms",
    objectives="O5",
)

lesson.quiz(
    "q2",
    "A signal for a thread reaches `k1`, but it has gone on to `k2`. What now?",
    {
        "send it to `k2`": (True, "The shadow on `k1` points to where the thread went."),
        "ask `k0` where the thread is": (False, "`k0` knows only that it went to `k1`."),
        "give it to the shadow": (False, "A shadow does not run; it can only point."),
    },
    objectives="O1 O3",
)

lesson.quiz(
    "q3",
    "Home counts `k2`. A new thread moves there from `k1`. How many messages?",
    {
        "two": (True, "Only request and pairing: nobody must ask home."),
        "four": (False, "`k2` asks home only if home does not count it."),
        "one": (False, "No shadow of this thread waits there."),
    },
    objectives="O2 O4",
)

lesson.quiz(
    "q4",
    "Elsewhere work runs twice as fast. From how much on does the move pay?",
    {
        "as long as both ways take": (False, "Only half of the time is saved."),
        "twice as long as both ways take": (True, "The saved half is what both ways cost."),
        "always, it is faster there": (False, "Not if the way takes longer than the work."),
    },
    objectives="O5",
)
