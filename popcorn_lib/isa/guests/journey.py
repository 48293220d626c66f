"""The thread of `moving` as a process of a real Linux, moved to another one in mid-recursion.

A guest makes a process for each arrival, puts registers, stack and globals into it, and lets it go
as a debugger does (`data/guests/thread.h`).  At a migration point the process is stopped, and what
it is now comes back in a parcel; `move` rewrites it here for the other instruction set.  The
process that it was stays behind, stopped for good, as Popcorn's shadows do.

Whatever a wrong move does, it does to a process: its own kernel stops it and names the signal.
"""

from dataclasses import dataclass, field

from popcorn_lib.errors import choose
from popcorn_lib.isa.guests.packages import GUESTS
from popcorn_lib.isa.moving import rules
from popcorn_lib.isa.moving.move import move
from popcorn_lib.isa.moving.stackmap import Unmovable, stack_map
from popcorn_lib.isa.moving.state import ROOM, TOP, State, cleared, fresh
from popcorn_lib.isa.moving.tours import ENDLESS, FAULT, LOST, Tour, counted, judge
from popcorn_lib.isa.moving.values import WORD

ALL = 1_000  # migration points until the end; a right thread passes 153
ENDED = 2**64 - 1  # stands for a signal where the process is no more
SIGNALS = {4: "SIGILL", 5: "SIGTRAP", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV", 24: "SIGXCPU"}


class Signalled(RuntimeError):
    """A guest's kernel has stopped the thread; `endless` if because it would not end."""

    def __init__(self, text, endless):
        super().__init__(text)
        self.endless = endless


@dataclass
class Journey(Tour):
    """A Tour, and what the guests say of it.

    arrivals: the thread after each move, as the other guest's process really has it in its
    registers and memory, read back before it goes on.  processes: (guest, pid) of each process
    that it has been, the first included.
    """

    arrivals: list = field(default_factory=list)
    processes: list = field(default_factory=list)


def journey(guests, start, stops, leave_out=()):
    """Run the program from its beginning in one guest, moving it on the way: a Journey.

    guests: `running.Guests`.  start: a guest.  stops: (migration points to pass before the move,
    the guest to move to) in order; those after the program's end do not happen.  leave_out: as of
    `moving.move`.
    Raises UsageError for unknown names and for points that are no positive number.
    """
    first, stops = _map(start), [(counted(points), _map(name)) for points, name in stops]
    made = Journey(start, [(points, map.isa.name) for points, map in stops])
    try:
        _travel(guests, made, fresh(first), stops, rules.checked(leave_out, first))
    except Signalled as error:
        made.outcome, made.said = ENDLESS if error.endless else FAULT, str(error)
    except Unmovable as error:
        made.outcome, made.said = LOST, str(error)
    return made


def _travel(guests, made, thread, stops, leave_out):
    made.processes.append(arrive(guests, thread))
    for points, target in stops:
        thread = go(guests, thread, points)
        if thread.finished:
            break
        made.moves.append(move(thread, target, leave_out))
        thread = made.moves[-1].state
        made.processes.append(arrive(guests, thread))
        made.arrivals.append(go(guests, thread, 0))
    judge(made, thread if thread.finished else go(guests, thread, ALL))


def _map(name):
    return stack_map(choose("guest", name, GUESTS))


# ---- one process --------------------------------------------------------------------------------


def arrive(guests, state):
    """Make a process of a State in the guest of its instruction set: (guest, pid)."""
    name, map = state.isa.name, state.map
    if len(state.stack) > ROOM:
        raise Unmovable(f"{name}: a stack of {len(state.stack):,} bytes has no room")
    words = b"".join(state.registers[n].to_bytes(WORD, "little") for n in cleared(state.isa))
    guests.window.write_parcel(GUESTS[name].number, words + state.stack + state.data)
    sizes = len(state.stack), map.base, len(state.data)
    answer = guests.ask(name, "ARRIVE", *sizes, map.globals["finished"][0], map.point)
    return name, answer[1]


def go(guests, state, points):
    """Let the process that a State has become pass so many migration points: the State then.

    Raises Signalled where its kernel stops it, Unmovable where it has left its stack.
    """
    _, passed, stopped_by, size, *_ = guests.ask(state.isa.name, "GO", points)
    if stopped_by:
        raise _signalled(state.isa.name, stopped_by, state.points + passed)
    if points == ALL == passed:
        raise Signalled(f"{state.isa.name}: not done after {ALL} migration points", True)
    return _unpacked(guests, state, size, state.points + passed)


def _signalled(name, number, points):
    word = SIGNALS.get(number, f"signal {number}")
    did = "let it end" if number == ENDED else f"stopped it with {word}"
    text = f"{name}: its kernel {did} after {points} migration points"
    return Signalled(text, word == "SIGXCPU")


def _unpacked(guests, state, size, points):
    """The State in a guest's parcel; `state` is the thread before it went on."""
    order = list(cleared(state.isa))
    parcel = guests.window.read_parcel(
        GUESTS[state.isa.name].number, WORD * len(order) + size + len(state.data)
    )
    words, rest = parcel[: WORD * len(order)], parcel[WORD * len(order) :]
    values = memoryview(words).cast("Q").tolist()
    registers = dict(zip(order, values, strict=True))
    if TOP - registers[state.isa.sp] != size:
        raise Unmovable(f"{state.isa.name}: the stack pointer is {registers[state.isa.sp]:#x}")
    return State(state.map, registers, bytearray(rest[:size]), bytearray(rest[size:]), points)
