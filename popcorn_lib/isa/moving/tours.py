"""Journeys of our thread over several instruction sets, and how they end.

    journey = tour("x86-64", [(7, "s390x"), (3, "RISC-V")])
    journey.outcome                 "same final state", or what went wrong
    tour("x86-64", [(7, "s390x")], leave_out="byte order").outcome
    recorded()                      one that was made in advance: no emulator is needed

A thread that was moved wrongly may do anything; what it does is bounded, so every journey ends.
"""

import json
from dataclasses import dataclass, field
from functools import cache

from popcorn_lib.errors import UsageError
from popcorn_lib.isa.emulator import EmulationError, LimitReached
from popcorn_lib.isa.moving import rules
from popcorn_lib.isa.moving.meaning import results
from popcorn_lib.isa.moving.move import move
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.stackmap import HERE, Unmovable, stack_map
from popcorn_lib.isa.moving.state import fresh, from_plain

SAME = "same final state"
WRONG = "wrong result"
FAULT = "fault"
ENDLESS = "would not end"
LOST = "no longer a thread that can be moved"
OUTCOMES = (SAME, WRONG, FAULT, ENDLESS, LOST)


@dataclass
class Tour:
    """A journey: its moves in order, and how the program ended.

    outcome: one of OUTCOMES.  said: what went wrong, in words; "" if nothing.  final: what the
    program leaves in its globals, {name: value in words}; None where it did not come to its end.
    """

    start: str
    stops: list
    moves: list = field(default_factory=list)
    outcome: str = ""
    said: str = ""
    final: dict | None = None

    def __str__(self):
        way = " -> ".join([self.start, *(isa for _, isa in self.stops[: len(self.moves)])])
        steps = sum(len(one.steps) for one in self.moves)
        words = f"{way}: {len(self.moves)} moves, {steps} values carried; {self.outcome}"
        return words + (f": {self.said}" if self.said else "")


def tour(start, stops, leave_out=()):
    """Run the program from its beginning, moving it on the way: a Tour.

    start: an instruction set, or a StackMap.  stops: (migration points to pass before the move, the
    instruction set or StackMap to move to) in order; those after the program's end do not happen.
    leave_out: rules and variables that every move forgets, see `rules.RULES`.
    Raises UsageError for unknown names, for points that are no positive number, and where Unicorn
    or pyelftools is missing.
    """
    first, stops = _map(start), [(counted(points), _map(isa)) for points, isa in stops]
    journey = Tour(first.isa.name, [(points, map.isa.name) for points, map in stops])
    try:
        _travel(journey, fresh(first), stops, rules.checked(leave_out, first))
    except LimitReached as error:
        journey.outcome, journey.said = ENDLESS, str(error)
    except EmulationError as error:
        journey.outcome, journey.said = FAULT, str(error)
    except Unmovable as error:
        journey.outcome, journey.said = LOST, str(error)
    return journey


def _travel(journey, thread, stops, leave_out):
    for points, target in stops:
        thread = run(thread, points)
        if thread.finished:
            break
        journey.moves.append(move(thread, target, leave_out))
        thread = journey.moves[-1].state
    end = thread if thread.finished else run(thread)
    judge(journey, end)


def judge(journey, end):
    """Say how a journey ended: whether as the run that was never moved, and else what differs."""
    found, right = results(end) | {"migration points": end.points}, unmoved()
    wrong = [name for name in right if found[name] != right[name]]
    journey.said = f"{wrong[0]} is {found[wrong[0]]} and not {right[wrong[0]]}" if wrong else ""
    journey.final, journey.outcome = found, WRONG if wrong else SAME


def _map(isa):
    return isa if hasattr(isa, "sites") else stack_map(isa)


def counted(points):
    """So many points, checked; UsageError unless it is a positive number."""
    if not isinstance(points, int) or points < 1:
        raise UsageError(f"{points!r} migration points before a move: a positive number is needed")
    return points


# ---- what was made in advance -------------------------------------------------------------------


@cache
def record():
    """The content of data/moving/tour.json."""
    return json.loads((HERE / "tour.json").read_text(encoding="utf-8"))


def unmoved():
    """What the program leaves in its globals where nobody moves it, and its migration points."""
    return record()["final"]


def recorded():
    """The Tour in `data/`: its moves are really made here, only what ran between is recorded."""
    told = record()
    journey = Tour(told["start"], [tuple(stop) for stop in told["stops"]])
    for (_, target), plain in zip(journey.stops, told["states"], strict=True):
        journey.moves.append(move(from_plain(plain), target))
    journey.outcome, journey.final = SAME, told["final"]
    return journey


def failures():
    """What happens without a rule, recorded: dicts with rule, source, target, outcome, said."""
    names = ("rule", "source", "target", "outcome", "said")
    return [dict(zip(names, row, strict=True)) for row in record()["failures"]]
