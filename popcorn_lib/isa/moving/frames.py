"""The frames of a stopped thread: found on one instruction set, laid out on another.

A frame is known by its call site.  Its CFA, the canonical frame address, is where its caller's
part of the stack ends; all that the stack map says is counted from there.

    the older end of the stack                      higher addresses
      CFA of set_queens ->
                            return address into start
                            start's rbx, which set_queens uses for itself
                            mine, here, weight ...
      CFA of go_on ->       return address into set_queens
"""

from typing import NamedTuple

from popcorn_lib.isa.moving.isas import Isa
from popcorn_lib.isa.moving.stackmap import ROOT, Site
from popcorn_lib.isa.moving.state import TOP
from popcorn_lib.isa.moving.values import WORD, from_register, in_register


class Place(NamedTuple):
    """Where a value lies: in memory, or in a register of the processor (address None).

    keeper: the number of the frame that has put its caller's register into memory, if one has.
    """

    address: int | None
    register: int | None = None
    keeper: int | None = None

    def on(self, isa):
        """The place in words."""
        name = isa.register(self.register) if self.register is not None else ""
        if self.address is None:
            return name
        kept = f"{name}, kept by frame {self.keeper} at " if self.keeper is not None else ""
        return f"{kept}{self.address:#x}"


class Frame(NamedTuple):
    """One call that is under way; frame 0 is the oldest."""

    number: int
    site: Site
    cfa: int

    @property
    def function(self):
        """Whose frame it is."""
        return self.site.function

    @property
    def sp(self):
        """The stack pointer while the call is under way."""
        return self.cfa - self.site.size


def unwind(state):
    """The frames of a stopped thread, the oldest first, found from the youngest up.

    Raises Unmovable where no call returns to what should be a return address.
    """
    # DOC: unwind, the frames are found, from the youngest up
    isa, found = state.isa, []
    pc, sp = state.pc, state.sp
    while not found or found[-1][0].function != ROOT:
        site = state.map.returning_to(pc)
        cfa = sp + site.size
        found.append((site, cfa))
        if site.function != ROOT:
            pc, sp = state.word(cfa + site.saved[isa.link]), cfa - isa.bias
    return tuple(Frame(n, site, cfa) for n, (site, cfa) in enumerate(reversed(found)))
    # DOC: end


def lay_out(frames, target):
    """The same calls under way on another instruction set, by its stack map."""
    # DOC: lay out, the same calls on the other instruction set
    made, cfa = [], TOP
    for frame in frames:
        made.append(Frame(frame.number, target.sites[frame.site.name], cfa))
        cfa = made[-1].sp + target.isa.bias
    return tuple(made)
    # DOC: end


def place(frames, number, variable):
    """Where a variable of frame `number` lies while the youngest call is under way.

    A register of an older frame lies where the first younger frame that uses it has kept it.
    """
    if variable.register is None:
        return Place(frames[number].cfa + variable.offset)
    return register_place(frames, number, variable.register)


def register_place(frames, number, register):
    """The same for what frame `number` has in a callee-saved register."""
    for younger in frames[number + 1 :]:
        if register in younger.site.saved:
            return Place(younger.cfa + younger.site.saved[register], register, younger.number)
    return Place(None, register)


def link_place(frame, isa: Isa):
    """Where a frame keeps the address to which its function returns."""
    return Place(frame.cfa + frame.site.saved[isa.link])


def read(state, place, scalar):
    """The bytes of one number or pointer at a place, in the order of the thread's processor."""
    if place.register is None:
        return state.read(place.address + scalar.offset, scalar.size)
    kept = state.word(place.address) if place.address else state.registers[place.register]
    return from_register(kept, scalar, state.isa)


def write(state, place, scalar, raw):
    """Put them there; a register takes the whole width of a word."""
    if place.register is None:
        state.write(place.address + scalar.offset, raw)
        return
    value = in_register(raw, scalar, state.isa)
    if place.address:
        state.write(place.address, value.to_bytes(WORD, state.isa.order))
    else:
        state.registers[place.register] = value


def owner(frames, types, address):
    """(frame, variable, bytes into it) at an address of the stack; None if no variable lies there.

    A variable in a register has no address, so nothing points to it.
    """
    for frame in frames:
        for variable in frame.site.variables:
            if variable.offset is not None:
                into = address - frame.cfa - variable.offset
                if 0 <= into < types[variable.type][1]:
                    return frame, variable, into
    return None
