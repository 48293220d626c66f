"""A thread that stands at a call site: where it goes on, its registers, its stack, its globals.

This is all that a thread is.  Registers that a call may overwrite are dead here and not kept.
"""

from dataclasses import dataclass

from popcorn_lib.isa.moving.isas import PC
from popcorn_lib.isa.moving.stackmap import StackMap, Unmovable, stack_map
from popcorn_lib.isa.moving.values import WORD

TOP = 0x7FFF0000  # where every stack begins; it grows down
ROOM = 0x10000  # bytes that a stack may take


@dataclass(repr=False)
class State:
    """A stopped thread on one instruction set.

    map: the stack map of the program that it runs.  registers: the callee-saved ones, the stack
    pointer and the program counter, by number.  stack: the bytes from the stack pointer up to TOP.
    data: the bytes of the globals.  points: how many migration points it has passed.
    """

    map: StackMap
    registers: dict
    stack: bytearray
    data: bytearray
    points: int = 0

    @property
    def isa(self):
        """The instruction set on which it runs."""
        return self.map.isa

    @property
    def pc(self):
        """The address at which it goes on."""
        return self.registers[PC]

    @property
    def sp(self):
        """The stack pointer."""
        return self.registers[self.isa.sp]

    @property
    def finished(self):
        """Whether the program has come to its end."""
        return self.word(self.map.globals["finished"][0]) != 0

    def read(self, address, size):
        """Bytes of the stack or of the globals; Unmovable where neither lies."""
        memory, start = self._where(address, size)
        return bytes(memory[start : start + size])

    def write(self, address, raw):
        """Change bytes of the stack or of the globals."""
        memory, start = self._where(address, len(raw))
        memory[start : start + len(raw)] = raw

    def word(self, address):
        """An unsigned word of 8 bytes in the thread's own order of bytes."""
        return int.from_bytes(self.read(address, WORD), self.isa.order)

    def _where(self, address, size):
        bottom, base = TOP - len(self.stack), self.map.base
        if bottom <= address and address + size <= TOP:
            return self.stack, address - bottom
        if base <= address and address + size <= base + len(self.data):
            return self.data, address - base
        raise Unmovable(f"{self.isa.name}: nothing of the thread lies at {address:#x}")

    @property
    def bytes(self):
        """What a message must carry to move the thread: registers, stack and globals."""
        return WORD * len(self.registers) + len(self.stack) + len(self.data)

    def __str__(self):
        stack = f"a stack of {len(self.stack):,} bytes"
        return f"{self.isa.name}, {stack}, after {self.points} migration points"

    def __repr__(self):
        return f"<State: {self}>"

    def plain(self):
        """The state as JSON's types; `from_plain` is the way back."""
        kept = {key: value for key, value in self.registers.items() if value}
        return {
            "isa": self.isa.name,
            "registers": {self.isa.register(key): value for key, value in kept.items()},
            "stack": self.stack.hex(),
            "data": self.data.hex(),
            "points": self.points,
        }


def from_plain(plain):
    """The State that `State.plain` has written."""
    map = stack_map(plain["isa"])
    numbers = {map.isa.register(number): number for number in cleared(map.isa)}
    kept = {numbers[name]: value for name, value in plain["registers"].items()}
    stack, data = bytearray.fromhex(plain["stack"]), bytearray.fromhex(plain["data"])
    return State(map, {**cleared(map.isa), **kept}, stack, data, plain["points"])


def cleared(isa):
    """All registers that a state keeps, each zero."""
    return dict.fromkeys((*isa.saved, isa.sp, PC), 0)


def fresh(map):
    """The program before its first instruction."""
    sp = TOP - map.isa.bias - map.isa.pushed
    registers = {**cleared(map.isa), map.isa.sp: sp, PC: map.entry}
    return State(map, registers, bytearray(TOP - sp), bytearray(map.data))
