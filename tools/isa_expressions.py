"""What a DWARF expression comes to in a stopped frame: a place in memory, a register or a value.

Only what GCC writes for our chain of calls is here; anything else is an error, not a guess.
"""

import struct
from typing import NamedTuple

BITS = (1 << 64) - 1
LISTS = ("DW_FORM_sec_offset", "DW_FORM_loclistx")
TWO = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "shl": lambda a, b: a << b,
    "shr": lambda a, b: (a & BITS) >> b,
    "shra": lambda a, b: signed(a, 8) >> b,
}


class Nowhere(Exception):
    """No debugger can find this value here; the text says why."""


class Found(NamedTuple):
    """how: "memory" (value is an address), "register" (its number), else the value itself:
    "constant", "computed" from registers and memory, "argument" told by the caller's description.
    registers: those that it takes.
    """

    how: str
    value: object
    registers: tuple = ()


def signed(value, size):
    """The signed number of so many bytes with these bits."""
    return int.from_bytes(
        (int(value) & ((1 << 8 * size) - 1)).to_bytes(size, "big"), "big", signed=True
    )


class Evaluator:
    """Evaluates expressions of one frame.

    frame: has cfa, registers, read(address, size) and entry(register), which is a caller's value.
    types: a function from the offset of a base type to (encoding, bytes).
    """

    def __init__(self, frame, types, order):
        self.frame, self.types, self.order = frame, types, order

    def find(self, ops):
        """The Found of a variable's operations; Nowhere if there are none or a value is gone."""
        if not ops:
            raise Nowhere("no location")
        name, args = ops[0].op_name, ops[0].args
        if len(ops) == 1 and (name.startswith("DW_OP_reg") and not name.endswith("type")):
            return Found("register", args[0] if args else ops[0].op - 0x50)
        self.stack, self.used, self.asked = [], [], False
        for op in ops:
            self._step(op)
        if ops[-1].op_name != "DW_OP_stack_value":
            return Found("memory", self.stack[-1] & BITS)
        how = "argument" if self.asked else "computed" if self.used else "constant"
        return Found(how, self.stack[-1], tuple(self.used))

    def value(self, ops):
        """The number that operations leave, as for a call's arguments."""
        if len(ops) == 1 and ops[0].op_name.startswith("DW_OP_reg"):
            return self._register(self.find(ops).value if not ops[0].args else ops[0].args[0])
        self.stack, self.used, self.asked = [], [], False
        for op in ops:
            self._step(op)
        return self.stack[-1]

    def _step(self, op):
        name, args, push = (
            op.op_name.removeprefix("DW_OP_").removeprefix("GNU_"),
            op.args,
            self._push,
        )
        if name in TWO:
            second, first = self.stack.pop(), self.stack.pop()
            push(TWO[name](first, second))
        elif name in ("addr", "const_u") or (name.startswith("const") and name != "const_type"):
            push(args[0])
        elif name.startswith("lit"):
            push(op.op - 0x30)
        elif name == "fbreg":
            push(self.frame.cfa + args[0])
        elif name.startswith("breg"):
            push(self._register(op.op - 0x70) + args[0])
        elif name == "plus_uconst":
            push(self.stack.pop() + args[0])
        elif name == "call_frame_cfa":
            push(self.frame.cfa)
        elif name != "stack_value":
            self._rarer(name, args)

    def _rarer(self, name, args):
        push, order = self._push, self.order
        if name == "entry_value":
            self.asked = True
            push(self.frame.entry(args[0]))
        elif name in ("deref", "deref_size"):
            size = args[0] if args else 8
            push(int.from_bytes(self.frame.read(self.stack.pop() & BITS, size), order))
            self.used.append("memory")
        elif name == "deref_type":
            push(self._typed(self.frame.read(self.stack.pop() & BITS, args[0]), args[1]))
            self.used.append("memory")
        elif name == "const_type":
            push(self._typed(bytes(args[1]), args[0]))
        elif name == "regval_type":
            push(self._typed(self._register(args[0]).to_bytes(8, order), args[1]))
        elif name == "convert":
            encoding, size = self.types(args[0]) if args[0] else ("int", 8)
            value = self.stack.pop()
            push(float(value) if encoding == "float" else signed(value, size))
        else:
            raise NotImplementedError(f"DW_OP_{name} {args}")

    def _typed(self, raw, offset):
        encoding, size = self.types(offset)
        raw = raw[:size] if self.order == "little" else raw[-size:]
        if encoding == "float":
            return struct.unpack(("<" if self.order == "little" else ">") + "fd"[size == 8], raw)[0]
        return int.from_bytes(raw, self.order, signed=encoding == "int")

    def _register(self, number):
        self.used.append(number)
        return self.frame.register(number)

    def _push(self, value):
        self.stack.append(value)
