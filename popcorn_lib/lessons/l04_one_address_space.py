"""Lesson 04, one address space: its items; what it runs is in `l04_programs.py`."""

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.worlds.explore import explore

lesson = Lesson(
    "04",
    needs="0.1",
    objectives={
        "O1": "name the steps by which a page comes to another kernel",
        "O2": "say who may read and who may write a page after any sequence of accesses",
        "O3": "count the messages of such a sequence",
        "O4": "recognise false sharing in a run, and lay out data so that it goes away",
        "O5": "say who must have answered before a write or a munmap may go on, and why",
    },
)

lesson.predict(
    "p1",
    "Both words on one page: how many times as many messages as with a page each?",
    unit="times",
    objectives="O4",
)

lesson.predict(
    "p2",
    "k1 reads, k2 reads, k1 writes. Which kernels may read the page now?",
    choices=["k1 alone", "k0 and k1", "k0, k1 and k2"],
    objectives="O2",
)


def upgrade():
    return [
        ("k2", "k0", "REMOTE_PAGE_REQUEST"),
        ("k0", "k1", "PAGE_INVALIDATE_REQUEST"),
        ("k1", "k0", "PAGE_INVALIDATE_RESPONSE"),
        ("k0", "k2", "REMOTE_PAGE_RESPONSE_SHORT"),
    ]


lesson.check(
    "c1",
    "Fill the holes: k1 and k2 have read, now k2 writes.",
    reference=upgrade,
    cases=[()],
    hints=[
        "Whose copy stands in the way? Home's own costs no message.",
        "An invalidation is answered to home, never to the writer.",
        "`k2` has the data already; look at page 4 for what it is sent then.",
    ],
    objectives="O1 O3",
)

lesson.order(
    "o1",
    "`k1` and `k2` have read a page of `k0`. A thread on `k3` writes to it.",
    steps={
        "write": "the thread's store is done",
        "drop1": "`k1` drops its copy and answers",
        "ask": "`k3` sends REMOTE_PAGE_REQUEST",
        "grant": "`k0` gives up its own copy and sends the page",
        "drop2": "`k2` drops its copy and answers",
        "busy": "`k0` notes that the page is busy for `k3`",
        "clear": "`k0` awaits nobody any more",
        "tell": "`k0` sends both invalidations",
    },
    before=[
        ("ask", "busy"),
        ("busy", "tell", "A page must be busy before others are told, or two writers meet."),
        ("tell", "drop1"),
        ("tell", "drop2"),
        ("drop1", "clear", "Home awaits both answers, in whichever order they come."),
        ("drop2", "clear", "Home awaits both answers, in whichever order they come."),
        (
            "clear",
            "grant",
            "Sent is not enough: the copies must be gone before the right is given.",
        ),
        ("grant", "write"),
    ],
    objectives="O1 O5",
)


def page_messages(moves):
    copies, count = {"k0"}, 0
    for kernel, does in map(str.split, moves):
        if copies == {kernel} or (kernel in copies and does == "reads"):
            continue
        if kernel != "k0":
            count += 2
        if does == "writes" or "k0" not in copies:
            count += 2 * len(copies - {kernel, "k0"})
        copies = {kernel} if does == "writes" else copies | {kernel, "k0"}
    return count


SEQUENCES = (
    "k0 reads, k0 writes",
    "k1 reads, k1 reads",
    "k1 writes, k1 writes, k1 reads",
    "k1 reads, k2 reads, k3 writes",
    "k1 reads, k2 reads, k2 writes",
    "k1 writes, k2 reads, k0 reads",
    "k1 writes, k2 writes, k0 writes",
    "k1 reads, k2 reads, k0 writes, k3 reads",
)

lesson.check(
    "c2",
    "How many page messages does a sequence of accesses need?",
    reference=page_messages,
    cases=[sequence.split(", ") for sequence in SEQUENCES],
    hints=[
        "Keep the set of kernels that have a copy; at the start it is `{'k0'}`.",
        "Free: a read where a copy is, and a write where the only copy is.",
        "Else 2 messages to ask home, unless the access is at home.",
        "A write costs 2 for every other copy, but home's own is free.",
        "A read costs 2 more if home has no copy: it has to fetch one first, and keeps it.",
    ],
    objectives="O2 O3",
)

lesson.predict(
    "p3",
    "How many messages, from the call of munmap on `k1` to its return?",
    unit="messages",
    objectives="O5",
)

lesson.predict(
    "p4",
    "With `Hasty`, how can `writer` end?",
    choices=["only as on one kernel", "also with (1, 0)", "it can wait for ever"],
    objectives="O5",
)


def reader(sys, data):
    yield sys.load(data)
    flag = yield sys.load(data + 64)
    return flag, (yield sys.load(data))


def writer(sys, *places):
    data = yield sys.mmap(128)
    threads = []
    for place in places:
        threads.append((yield sys.clone(reader, data, on=place)))
    yield sys.store(data, 1)
    yield sys.store(data + 64, 1)
    seen = []
    for thread in threads:
        seen.append((yield sys.join(thread)))
    return tuple(seen)


def outcome(memory, *places):
    """How `writer` can end with a student's memory mechanism, its invariants watched."""
    watched = type("Hasty", (memory,), {"invariants": Memory.invariants})
    machine = Machine.multikernel(len(places) + 1, page_size=64).replace(memory=watched)
    found = explore(writer, machine, args=places)
    return str(found.violation or "every order ends well")


lesson.check(
    "c3",
    "No order of events breaks an invariant.",
    reference=Memory,
    name="Hasty",
    run=outcome,
    cases=[("k1",), ("k1", "k2")],
    hints=[
        "How does a kernel know that it still waits for an answer? Look at page 1.",
        "`message.page in self.faults` says so; then the copy must not go yet.",
        "Page 5 serves an invalidation that is marked as `held` in the fault.",
    ],
    solution="""class Hasty(Memory):
    def on_page_invalidate_request(self, source, message):
        if message.page in self.faults:
            self.faults[message.page].held = True
        else:
            self.drop(message.page)""",
    objectives="O5",
)

lesson.quiz(
    "q1",
    "Home is busy with a page and gets another request for it. Why does it answer RETRY, "
    "and does not keep the request until later?",
    {
        "a queue of requests could grow without end": (
            False,
            "A kernel asks once for a page: there are never more requests than kernels.",
        ),
        "home may need the asker's answer first": (
            True,
            "The asker holds back an invalidation while its own request is open. Kept at home, "
            "the request would wait for the invalidation, and the invalidation for the request.",
        ),
        "it saves messages": (False, "It costs two more, each time."),
    },
    objectives="O1 O5",
)

lesson.quiz(
    "q2",
    "Eight threads on eight kernels count, each in its own word of one array. "
    "What ends the ping-pong?",
    {
        "a page for each word": (True, "Then each page has one user, and stays there."),
        "faster links": (False, "The page goes as often as before, only in less time."),
        "let seven of them only read their words": (
            False,
            "Each write of the eighth takes all copies away, and the readers fetch them back.",
        ),
    },
    objectives="O4",
)
