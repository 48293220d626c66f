"""Lesson 11, different instruction sets: a learner's own conversion, put to the test on threads.

Where Unicorn and pyelftools are installed, a thread really goes on; else what was recorded is told.
"""

from importlib.util import find_spec

from popcorn_lib.errors import UsageError
from popcorn_lib.isa import PROCESSORS, counts, recount
from popcorn_lib.isa.emulator import EmulationError
from popcorn_lib.isa.moving import Unmovable, failures, move, tour
from popcorn_lib.isa.moving.frames import write
from popcorn_lib.isa.moving.meaning import results
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.stackmap import HERE
from popcorn_lib.isa.moving.tours import unmoved
from popcorn_lib.isa.moving.values import Scalar

POINTS = 30  # migration points before each move of a recorded failure


def has_emulator():
    """Whether the optional packages are there."""
    return all(find_spec(name) for name in ("unicorn", "elftools"))


def counted(kernel, level="O2"):
    """(how it is known, a count for each instruction set), to draw."""
    if has_emulator():
        return "Counted here and now:", [recount(kernel, isa, level) for isa in PROCESSORS]
    return "Counted elsewhere, from the table:", counts(kernel, level=level)


def queens(beginning):
    """The part of `queens.c` that begins so: "struct queen {", "KEPT void go_on"."""
    parts = (HERE / "queens.c").read_text(encoding="utf-8").split("\n\n")
    return next(part for part in parts if part.startswith(beginning))


# ---- a conversion of one's own ------------------------------------------------------------------


def places(frames, types):
    """For each frame, the oldest first, {variable: (address, bytes)}; registers have no address."""
    return [
        {
            one.name: (frame.cfa + one.offset, types[one.type][1])
            for one in frame.site.variables
            if one.offset is not None
        }
        for frame in frames
    ]


def moved_by(convert, thread, target):
    """The thread on another instruction set, every value of the program as `convert` gives it.

    convert(raw, kind, source, target, old, new): the bytes for the other side.  kind: "integer",
    "float", "pointer" or "text"; source, target: "little" or "big"; old, new: as `places` gives
    them.  Raises UsageError if it gives anything but as many bytes.
    """
    moved = move(thread, target)
    orders = thread.isa.order, moved.state.isa.order
    frames = places(moved.old, thread.map.types), places(moved.new, moved.target.types)
    for step in moved.steps:
        if step.type is not None:
            kind, size = thread.map.types[step.type][0], len(step.before)
            raw = convert(step.before, kind, *orders, *frames)
            if not isinstance(raw, bytes) or len(raw) != size:
                raise UsageError(f"{step.name} has {size} bytes; convert gave {raw!r}")
            write(moved.state, step.target, Scalar("", 0, size, kind, step.type), raw)
    return moved.state


def end_of(thread):
    """How a thread ends that goes on from where it stands, in words."""
    if not has_emulator():
        return "It cannot go on here: that needs unicorn and pyelftools."
    try:
        found = results(run(thread))
    except (EmulationError, Unmovable) as error:
        return f"It breaks: {error}"
    wrong = [name for name, right in unmoved().items() if found.get(name, right) != right]
    return f"Wrong at the end: {', '.join(wrong)}." if wrong else "The same final state."


def without(rule, source, target):
    """(how it is known, outcome, what is said of it): there and back without a rule."""
    if has_emulator():
        found = tour(source, [(POINTS, target), (POINTS, source)], rule)
        return "here and now", found.outcome, found.said
    names = {"rule": rule, "source": source, "target": target}
    row = next(row for row in failures() if names.items() <= row.items())
    return "recorded", row["outcome"], row["said"]
