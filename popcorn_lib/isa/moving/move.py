"""Rewrite a stopped thread for another instruction set, value by value.

    moved = move(state, "s390x")
    moved.steps[3]                  one value: where it was, where it goes, its bytes
    moved.state                     the thread on s390x, ready to go on
    move(state, "s390x", leave_out="byte order")

The order is the one of the text: globals, then each frame from the oldest to the youngest (its
variables, then where it returns to), then what the processor's own registers hold.
"""

from popcorn_lib.isa.moving import rules
from popcorn_lib.isa.moving.carry import Carrier
from popcorn_lib.isa.moving.frames import (
    Place,
    lay_out,
    link_place,
    place,
    register_place,
    unwind,
)
from popcorn_lib.isa.moving.isas import PC
from popcorn_lib.isa.moving.stackmap import StackMap, stack_map
from popcorn_lib.isa.moving.state import TOP, State, cleared
from popcorn_lib.isa.moving.values import scalars


def move(state, target, leave_out=()):
    """A thread that stands at a call site, rewritten for another instruction set: a Move.

    state: a State; it stays as it is.  target: the name of an instruction set, or a StackMap.
    leave_out: names of rules or variables that are forgotten, as in `rules.RULES`.
    Raises UsageError for an unknown name, and Unmovable where the state breaks a rule by which
    it should be found: then it was no thread of ours any more.
    """
    target = target if isinstance(target, StackMap) else stack_map(target)
    return Move(state, target, rules.checked(leave_out, target))


class Move:
    """One move, done when it is made.

    before, state: the thread on the old and on the new instruction set.  old, new: its frames.
    steps: every value, in order.
    """

    def __init__(self, before, target, leave_out):
        self.before, self.target, self.leave_out = before, target, leave_out
        # DOC: move, all steps in order
        self.old = unwind(before)
        self.new = lay_out(self.old, target)
        self.state = self._empty()
        self.carrier = Carrier(before, self.state, self.old, self.new, leave_out)
        self.steps = list(self._globals())
        for frame in self.old:
            self.steps += self._variables(frame)
            self.steps += self._hidden(frame)
            self.steps += self._links(frame)
        self.steps += self._registers()
        # DOC: end

    def __str__(self):
        heads = f"{self.before}\nbecomes\n{self.state}"
        return "\n".join([heads, *(f"{n}. {step}" for n, step in enumerate(self.steps))])

    def __repr__(self):
        return f"<Move of {len(self.steps)} values: {self.before} to {self.state}>"

    def show(self, step=None):
        """The two stacks and one value on its way, as a Picture.

        step: the number of the value; None shows the first one of the youngest frame.
        Raises UsageError for a number that is not there.
        """
        from popcorn_lib.draw import stack_frames

        return stack_frames(self, step)

    def _empty(self):
        """The thread with its globals as the program began and nothing on its stack."""
        stack, data = bytearray(TOP - self.new[-1].sp), bytearray(self.target.data)
        return State(self.target, cleared(self.target.isa), stack, data, self.before.points)

    def _globals(self):
        for name, (address, type) in self.before.map.globals.items():
            there = Place(self.target.globals[name][0])
            yield from self._parts(None, name, type, Place(address), there, rules.GLOBALS)

    def _variables(self, frame):
        for theirs in self.new[frame.number].site.variables:
            mine = frame.site.variable(theirs.name)
            if mine is None:
                continue  # the old program's table does not know where it is
            in_registers = mine.register is not None or theirs.register is not None
            rule = rules.REGISTERS if in_registers else rules.COPY
            here, there = place(self.old, frame.number, mine), place(self.new, frame.number, theirs)
            yield from self._parts(frame, mine.name, mine.type, here, there, rule)

    def _parts(self, frame, name, type, here, there, rule):
        """Each number and pointer that a variable is made of."""
        pairs = scalars(self.before.map.types, type), scalars(self.target.types, type)
        for mine, theirs in zip(*pairs, strict=True):
            yield self.carrier.value(mine, theirs, here, there, (frame, name), rule)

    def _hidden(self, frame):
        """What the other program's compiler keeps in a register for itself, from its own table."""
        for register, value in self.new[frame.number].site.hidden.items():
            name = self.target.isa.register(register)
            there = register_place(self.new, frame.number, register)
            yield self.carrier.address(frame, name, None, there, value, 0, rules.HIDDEN)

    def _links(self, frame):
        """Where the frame returns to, and its caller's stack pointer if it keeps that in memory."""
        if not frame.number:
            return  # nobody called the oldest one
        new, caller, above = (
            self.new[frame.number],
            self.old[frame.number - 1],
            self.new[frame.number - 1],
        )
        here, there = link_place(frame, self.before.isa), link_place(new, self.target.isa)
        addresses = above.site.address, caller.site.address
        yield self.carrier.address(frame, "return address", here, there, *addresses, rules.RETURNS)
        if (sp := self.target.isa.sp) in new.site.saved:
            there = Place(new.cfa + new.site.saved[sp])
            name = f"caller's {self.target.isa.register(sp)}"
            yield self.carrier.address(
                frame, name, None, there, above.sp, caller.sp, rules.STACK_POINTER
            )

    def _registers(self):
        here, there = Place(None, self.before.isa.sp), Place(None, self.target.isa.sp)
        values = self.new[-1].sp, self.before.sp
        yield self.carrier.address(None, "stack pointer", here, there, *values, rules.STACK_POINTER)
        here = there = Place(None, PC)
        values = self.new[-1].site.address, self.before.pc
        yield self.carrier.address(None, "program counter", here, there, *values, rules.COUNTER)
