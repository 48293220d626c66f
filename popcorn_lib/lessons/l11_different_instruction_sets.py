"""Lesson 11, different instruction sets: its items."""

from popcorn_lib.errors import UsageError
from popcorn_lib.isa.moving import differences, recorded
from popcorn_lib.isa.moving.tours import OUTCOMES
from popcorn_lib.learn import Lesson
from popcorn_lib.lessons.l11_programs import moved_by

lesson = Lesson(
    "11",
    needs="0.1",
    objectives={
        "O1": "compare what five instruction sets make of one source",
        "O2": "work out the bytes of a structure: holes, alignment, byte order",
        "O3": "rewrite the values of a frame for another instruction set",
        "O4": "say what each rule of a move is for, and how a move fails without it",
        "O5": "say what a debugger's tables lack once a compiler optimises",
    },
)

lesson.predict(
    "p1",
    "How many bytes does the same stack take on RISC-V?",
    unit="bytes",
    objectives="O1",
)

lesson.predict(
    "p2",
    "How many of the five take the fewest instructions for at least one of the twelve programs?",
    unit="instruction sets",
    objectives="O1",
)

lesson.predict(
    "p3",
    "By hand: on i386, at which byte does `number` begin?",
    unit="bytes from the start",
    objectives="O2",
)


def turned(raw, kind, source, target):
    if kind == "text" or source == target:
        return raw
    return raw[::-1]


lesson.check(
    "c1",
    "Which bytes does a value have on the other side?",
    reference=turned,
    cases=[
        (b"\x00\x00\x00\x05", "integer", "big", "little"),
        (b"\x00\x00\x00\x3f", "float", "little", "big"),
        (b"\x05\x00", "integer", "little", "little"),
        (b"abcdefg\x00", "text", "big", "little"),
    ],
    hints=[
        "Two reasons to leave the bytes as they are: what kind it is, and the two orders.",
        "`raw[::-1]` is `raw` from its end.",
    ],
    objectives="O3",
)


def redirected(address, old, new):
    for frame, theirs in zip(old, new, strict=True):
        for name, (start, size) in frame.items():
            if start <= address < start + size:
                return theirs[name][0] + address - start
    return address


OLD = [
    {"tried": (1000, 8)},
    {"row": (980, 4), "mine": (940, 24)},
    {"row": (900, 4), "mine": (860, 24)},
]
NEW = [
    {"tried": (2000, 8)},
    {"mine": (1800, 24), "row": (1832, 4)},
    {"mine": (1600, 24), "row": (1632, 4)},
]
lesson.check(
    "c2",
    "Where does a pointer point on the other side?",
    reference=redirected,
    cases=[
        (1000, OLD, NEW),
        (940, OLD, NEW),
        (868, OLD, NEW),
        (963, OLD, NEW),
        (964, OLD, NEW),
        (0, OLD, NEW),
        (4196352, OLD, NEW),
    ],
    hints=[
        "Walk through both lists at once: `for frame, theirs in zip(old, new)`.",
        "A variable holds the addresses from its start to just before start + size.",
        "Keep how far into the variable the pointer points.",
        "What lies in no variable of the stack stays as it is.",
    ],
    objectives="O3",
)

lesson.order(
    "o1",
    "A thread stands at a call on one instruction set and goes on on another.",
    steps={
        "turn": "the bytes of a pointer turn round",
        "unwind": "the frames are found, from the youngest up",
        "go": "the thread goes on",
        "write": "the pointer is written at its new place",
        "redirect": "the pointer gets the new address of what it points to",
        "lay_out": "the same calls are laid out for the other instruction set",
        "registers": "the stack pointer and the program counter are set",
        "read": "a pointer into the stack is read at its old place",
    },
    before=[
        ("unwind", "lay_out", "Which calls are under way must be known first."),
        ("unwind", "read", "Where a value lies is counted from its frame's CFA."),
        ("read", "redirect"),
        ("read", "turn"),
        ("lay_out", "redirect", "The new address comes from the new layout."),
        ("redirect", "write"),
        ("turn", "write"),
        ("lay_out", "registers", "The stack pointer must fit the new frames."),
        ("write", "go"),
        ("registers", "go"),
    ],
    objectives="O3",
)

lesson.predict(
    "p4",
    "From x86-64 to RISC-V without `pointers into the stack`: how does it end?",
    choices=list(OUTCOMES),
    objectives="O4",
)


def convert(raw, kind, source, target, old, new):
    if kind == "text":
        return raw
    if kind == "pointer":
        address = redirected(int.from_bytes(raw, source), old, new)
        return address.to_bytes(len(raw), target)
    return raw if source == target else raw[::-1]


def after(convert, source, target):
    """What a thread has lost that `convert` has moved, in words."""
    pair = source, target
    threads = [m.before for m in recorded().moves if (m.before.isa.name, m.state.isa.name) == pair]
    try:
        lost = differences(threads[0], moved_by(convert, threads[0], target))
    except UsageError as error:
        return str(error)
    if not lost:
        return "every value means the same"
    name, was, now = lost[0]
    return f"{name} was {was} and is {now}; {len(lost)} in all are wrong"


lesson.check(
    "c3",
    "A thread keeps its meaning, whichever way it goes.",
    reference=convert,
    run=after,
    cases=[
        ("x86-64", "AArch64"),
        ("AArch64", "s390x"),
        ("s390x", "RISC-V"),
        ("RISC-V", "x86-64"),
    ],
    hints=[
        "A text has no order to turn.",
        'A pointer is a number: `int.from_bytes(raw, source)`, which "little" or "big" decides.',
        "Your `redirected` says where it points on the other side.",
        "`address.to_bytes(8, target)` are its bytes there: they need not be turned again.",
    ],
    objectives="O4",
)

lesson.predict(
    "p5", "How many of the twelve ways still work at -O1?", unit="of twelve ways", objectives="O5"
)

lesson.quiz(
    "q1",
    "At -O1 every variable on x86-64 has a place, and yet no thread leaves it rightly. Why?",
    {
        "the others keep values in registers that no table names": (
            True,
            "A frame can be filled only as far as its own table tells. The way back, from AArch64 "
            "to x86-64, is the one that works.",
        ),
        "DWARF of x86-64 is wrong": (
            False,
            "The places it tells are right; it is the tables of the others that tell too little.",
        ),
        "the byte order differs": (
            False,
            "Only s390x differs from it, and from x86-64 to AArch64 fails as well.",
        ),
    },
    objectives="O5",
)

lesson.predict(
    "p6",
    "How many seconds until both kernels have booted?",
    unit="seconds",
    objectives="O3",
)

lesson.quiz(
    "q2",
    "`names` is the text abcdefg on s390x: `61 62 63 64 65 66 67 00`. On RISC-V?",
    {
        "00 67 66 65 64 63 62 61": (
            False,
            "So the text would be empty: its first byte would end it.",
        ),
        "61 62 63 64 65 66 67 00": (
            True,
            "Order is a matter of the bytes of one number; a text is eight numbers of one byte.",
        ),
        "64 63 62 61 00 67 66 65": (
            False,
            "That would be two numbers of four bytes each, and a text is neither.",
        ),
    },
    objectives="O2",
)

lesson.quiz(
    "q3",
    "Half as many instructions on one processor as on another: is it twice as fast?",
    {
        "yes": (
            False,
            "Instructions take different times, and processors have different clocks.",
        ),
        "only at the same clock frequency": (
            False,
            "A division may take as long as many additions, and a load may wait for memory.",
        ),
        "the count does not say": (
            True,
            "A count is not a time: that takes a model of the processor, or a measurement.",
        ),
    },
    objectives="O1",
)
