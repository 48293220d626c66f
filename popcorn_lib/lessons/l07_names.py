"""Lesson 07, names: its items."""

import os

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.ipc import Ipc
from popcorn_lib.syscalls import CLONE_NEWPID, CLONE_NEWUTS, IPC_CREAT, IPC_RMID
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.simulate import simulate

lesson = Lesson(
    "07",
    needs="0.1",
    objectives={
        "O1": "say what a number means: who says it, and in which namespace",
        "O2": "count the messages that a call about names needs",
        "O3": "show with a schedule why one kernel alone must look up a key",
        "O4": "say how `/proc` shows one system, and what it does not promise",
        "O5": "say what the init of a PID namespace does, and what its end means",
    },
)

lesson.predict("p1", "How many names does `/proc` list?", unit="names", objectives="O4")

lesson.order(
    "o1",
    "A thread on `k0` reads a file of `/proc`, on a machine of three kernels.",
    steps={
        "on": "the thread goes on with the text",
        "ask2": "`k0` sends PROC_REQUEST to `k2`",
        "tell1": "`k1` tells of those whose number it has given",
        "join": "`k0` puts the parts together",
        "call": "the thread asks its kernel for the file",
        "tell2": "`k2` tells of those whose number it has given",
        "ask1": "`k0` sends PROC_REQUEST to `k1`",
    },
    before=[
        ("call", "ask1"),
        ("call", "ask2"),
        ("ask1", "tell1", "A kernel tells only when it is asked."),
        ("ask2", "tell2", "A kernel tells only when it is asked."),
        ("tell1", "join", "All parts must be there."),
        ("tell2", "join", "All parts must be there."),
        ("join", "on"),
    ],
    objectives="O4",
)


def name_messages(call, here, kernels):
    asks = 2 * (here != "k0")
    others = 2 * (kernels - 1)
    costs = {"getpid": 0, "getppid": asks, "proc": others}
    costs |= {"uname": 0, "semget": asks, "sethostname": asks + others}
    return costs[call]


CALLS = {
    "getpid": (),
    "uname": (),
    "getppid": (),
    "semget": (7, 1, IPC_CREAT | 0o600),
    "proc": ("/proc/cpuinfo",),
    "sethostname": ("box",),
}


def asks_there(sys, call, here):
    if here != "k0":
        yield sys.migrate(here)
    yield sys.nanosleep(1e-3)
    yield getattr(sys, call)(*CALLS[call])
    yield sys.nanosleep(1e-3)


def sent(call, here, kernels):
    """The messages of a run in the two milliseconds around a call."""
    run = simulate(asks_there, Machine.multikernel(kernels), args=(call, here))
    begin = next(e.time_s for e in run.trace.events if e.name == call)
    during = [m for m in run.trace.messages if begin <= m.time_s < begin + 1e-3]
    return len(during)


lesson.check(
    "c1",
    "How many messages for a call about names?",
    reference=name_messages,
    cases=[(call, here, 4) for call in CALLS for here in ("k0", "k2")] + [("proc", "k1", 8)],
    hints=[
        "A message to the kernel itself is none.",
        "Whoever is asked answers: two messages for each kernel that is asked.",
        "`/proc` asks every other kernel, wherever the reader is.",
        "A change goes to init's kernel, which takes the copies of all others away.",
    ],
    objectives="O2",
)

lesson.predict(
    "p2",
    "What does the child call itself and its parent?",
    choices=["1 and 0", "1 and 2", "2 and 1", "its global pid and its parent's"],
    objectives="O1",
)


def boxed(sys, name):
    def inside(sys):
        yield sys.sethostname(name)
        yield sys.exit((yield sys.getpid()))

    yield sys.fork(inside, flags=CLONE_NEWPID | CLONE_NEWUTS, on="k1")
    _, status = yield sys.wait4()
    return os.WEXITSTATUS(status), (yield sys.uname()).nodename


BOXES = {"1 kernel": Machine.smp(2), "2 kernels": Machine.multikernel(2)}
MOST_STATES = 20_000


def boxed_outcome(boxed, name, where):
    """How a student's box can end, in every order."""
    found = explore(boxed, BOXES[where], args=(name,), max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    if not found.complete:
        return "no end: it goes on and on"
    return f"every order ends with {' or '.join(sorted(repr(v) for v, _ in found.outcomes))}"


lesson.check(
    "c2",
    "`boxed`: the process is number 1 in there, and the host outside keeps its name.",
    reference=boxed,
    run=boxed_outcome,
    cases=[("box", "1 kernel"), ("box", "2 kernels"), ("crate", "2 kernels")],
    hints=[
        "`inside` runs in the new namespaces: it may change the name, and ask for its number.",
        "Two new namespaces: `CLONE_NEWPID | CLONE_NEWUTS`.",
        "`sys.wait4()` gives the pid and a wait status; `os.WEXITSTATUS` reads the exit status.",
        "What you see afterwards: `(yield sys.uname()).nodename`.",
    ],
    objectives=("O1", "O5"),
)

lesson.predict(
    "p3",
    "How many of the three processes are left when the init's end has been told?",
    unit="processes",
    objectives="O5",
)

lesson.quiz(
    "q1",
    "Why does the parent hear of the init's end only when the others are gone?",
    {
        "so that nobody sees a namespace without an init": (
            True,
            "Who would adopt its orphans? On one kernel it is the same, so here too.",
        ),
        "so that the workers can run their handlers first": (
            False,
            "They are killed: no handler runs.",
        ),
        "so that fewer messages are sent": (
            False,
            "It takes more: each kernel with a worker has to answer first.",
        ),
    },
    objectives="O5",
)

lesson.predict(
    "p4",
    "Can a kernel that asks all others first still make a second object?",
    choices=["never", "if both ask before either has made it", "always"],
    objectives="O3",
)


def gets(sys):
    return (yield sys.semget(7, 1, IPC_CREAT | 0o600))


def meets(sys, places):
    tids, ids = [], set()
    for place in places:
        tids.append((yield sys.clone(gets, on=place)))
    for tid in tids:
        ids.add((yield sys.join(tid)))
    for number in sorted(ids):
        yield sys.semctl(number, 0, IPC_RMID)
    return len(ids)


def keys_outcome(ipc, *places):
    """Of how many objects threads on several kernels hear that ask for one key."""
    watched = type("Watched", (ipc,), {"invariants": Ipc.invariants})
    machine = Machine.multikernel(3).replace(ipc=watched)
    found = explore(meets, machine, args=(places,), max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    return f"one key, {sorted({value for value, _ in found.outcomes})} objects in every order"


lesson.check(
    "c3",
    "One key names one object, whoever asks for it where.",
    reference=Ipc,
    name="LocalKeys",
    run=keys_outcome,
    cases=[("k1",), ("k1", "k2"), ("k0", "k1", "k2")],
    hints=[
        "Which kernel decides must not depend on who asks.",
        "`namespace, authority = self.namespace_of(tid)`.",
        "Send the call to the authority: it looks up and makes in one step.",
    ],
    solution="""class LocalKeys(Ipc):
    def ask_key(self, tid, call, *args):
        _, authority = self.namespace_of(tid)
        self._send(tid, authority, call, args)""",
    objectives="O3",
)

lesson.quiz(
    "q2",
    "A process has threads on four kernels. What does `/proc` show of it?",
    {
        "one name: the home of a number tells of it": (
            True,
            "Shadows have that number too, but it is not theirs to tell.",
        ),
        "four names, one for each kernel": (
            False,
            "As we read it, Popcorn's first code can do that; a program can tell.",
        ),
        "one name, because shadows have no entry in the tables of their kernel": (
            False,
            "They have: a shadow is a task.",
        ),
    },
    objectives="O4",
)
