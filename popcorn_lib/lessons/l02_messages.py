"""Lesson 02, messages: its items."""

from popcorn_lib.learn import Lesson
from popcorn_lib.messages import HIGH, NORMAL

lesson = Lesson(
    "02",
    needs="0.1",
    objectives={
        "O1": "name the steps of a message through the ring, and say why their order matters",
        "O2": "choose between polling and interrupts from published figures",
        "O3": "say how many slots a message takes and what happens when the ring is full",
        "O4": "say which messages stay in order and which may overtake",
    },
)

lesson.predict(
    "p1",
    "How many times as long as a polled message does the worst notification by interrupt take?",
    unit="times",
    objectives="O2",
)

lesson.predict(
    "p2",
    "100 letters are sent at once into a ring of 64 slots. How many are lost?",
    unit="letters",
    objectives="O3",
)

lesson.order(
    "o1",
    "A message goes through the ring.",
    steps={
        "drain": "the receiver copies the message out",
        "free": "the slot is free for a later ticket",
        "handle": "the handler runs",
        "mark": "the sender marks the slot as ready",
        "notice": "the receiver notices, by polling or by interrupt",
        "ticket": "the sender draws a ticket",
        "write": "the sender writes the message into the slot",
    },
    before=[
        ("ticket", "write"),
        ("write", "mark", "A slot that is marked early would be taken empty."),
        ("mark", "notice"),
        ("notice", "drain"),
        ("drain", "free"),
        ("drain", "handle", "Handlers work on what has been copied out."),
    ],
    objectives="O1",
)


def slots(size):
    if size <= 64:
        return 1
    return -(-size // 60)


lesson.check(
    "c1",
    "How many slots does a message of `size` bytes take?",
    reference=slots,
    cases=[64, 1, 120, 121, 2728, 4096],
    hints=[
        "A message of up to 64 bytes is one cache line.",
        "A longer one is cut into chunks of 60 bytes: 4 bytes of each line are the header.",
        "The last chunk may be short; rounding up is `-(-size // 60)`.",
    ],
    objectives="O3",
)


def handled(drained):
    high = [number for priority, number in drained if priority == HIGH]
    normal = [number for priority, number in drained if priority == NORMAL]
    return high + normal


lesson.check(
    "c2",
    "In which order are drained letters handled?",
    reference=handled,
    cases=[
        [(NORMAL, 1), (HIGH, 2), (NORMAL, 3), (HIGH, 4)],
        [(HIGH, 1), (HIGH, 2)],
        [(NORMAL, 2), (NORMAL, 1)],
        [],
    ],
    hints=[
        "Two lists: one for each class.",
        "Inside a class the order of the ring stays; sorting the numbers would change it.",
    ],
    objectives="O4",
)

lesson.predict(
    "p3",
    "A sender marks its slot before it writes. How long is the shortest schedule that goes wrong?",
    unit="steps",
    objectives="O1",
)

lesson.quiz(
    "q1",
    "k0 sends A and then B to k2; k1 sends C to k2, all of the normal class. "
    "Which orders of handling are possible?",
    {
        "A B C": (True, "C drew the last ticket."),
        "C A B": (True, "Nothing orders messages of different senders."),
        "B A C": (False, "A and B are of one class and one pair of kernels: they stay in order."),
        "A C B": (True, "C drew its ticket between the other two."),
    },
    objectives="O4",
)

lesson.quiz(
    "q2",
    "The receiver is busy with a handler when a message arrives. Who pays for the interrupt?",
    {
        "Nobody: it looks at the ring again before it sleeps": (
            True,
            "While it is awake, interrupts of its window are off.",
        ),
        "The receiver, as always": (False, "It is awake: there is nothing to wake up."),
        "The sender waits until the handler is done": (
            False,
            "The sender writes its slot and goes on, as long as there is a free one.",
        ),
    },
    objectives="O2",
)

lesson.quiz(
    "q3",
    "Three processes share a core, and each polls for its messages and yields. What follows?",
    {
        "A message may wait for the others' turns, longer than an interrupt would take": (
            True,
            "Barrelfish saw up to 10,000 cycles there, against 4,000 for the worst notification.",
        ),
        "Polling stays the fastest: it needs no interrupt": (
            False,
            "It is fastest while the receiver has the core to itself.",
        ),
        "Messages are lost when nobody polls": (False, "They stay in their slots."),
    },
    objectives="O2",
)
