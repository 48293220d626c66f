"""What a move must know of the four instruction sets between which our thread moves.

Registers have DWARF's numbers, as in the call-frame and variable information; the numbers and the
callee-saved ones are those of each ABI's supplement.  A callee-saved register keeps its value over
a call, so a caller's variable may live in it; every other register is dead at a call site.
"""

from dataclasses import dataclass

from popcorn_lib.errors import choose
from popcorn_lib.isa.processors import Processor, processor

PC = -1  # DWARF has no number for the program counter


@dataclass(frozen=True)
class Isa:
    """One instruction set.

    processor: what the emulator knows of it.  sp: the stack pointer.  link: the column in which
    call-frame information keeps the return address.  saved: the callee-saved registers, number ->
    name.  pushed: bytes that a call itself puts on the stack.  upper: what a floating-point
    register has in its upper half when it holds a `float`: "value" if the number lies there and
    not below, "ones", or "zeros".
    """

    processor: Processor
    sp: int
    link: int
    saved: dict
    pushed: int = 0
    upper: str = "zeros"

    @property
    def name(self):
        """Its name everywhere in these lessons."""
        return self.processor.name

    @property
    def order(self):
        """Its order of bytes, "little" or "big"."""
        return self.processor.order

    @property
    def bias(self):
        """How far a callee's CFA lies above its caller's stack pointer, bytes.

        On s390x the caller leaves 160 bytes in which its callee may save registers.
        """
        return self.processor.above

    def register(self, number):
        """The name of a register, as an assembler writes it."""
        own = {self.sp: self.processor.sp.lower(), PC: self.processor.pc.lower()}
        return self.saved.get(number) or own[number]


def _named(letter, first, numbers):
    return {number: f"{letter}{first + place}" for place, number in enumerate(numbers)}


_ON_S390X = "f8 f10 f12 f14 f9 f11 f13 f15"  # in the order of DWARF's numbers
_ALL = (
    Isa(
        processor("x86-64"),
        sp=7,
        link=16,
        saved={3: "rbx", 6: "rbp", **_named("r", 12, range(12, 16))},
        pushed=8,
    ),
    Isa(
        processor("AArch64"),
        sp=31,
        link=30,
        saved={**_named("x", 19, range(19, 30)), **_named("d", 8, range(72, 80))},
    ),
    Isa(
        processor("RISC-V"),
        sp=2,
        link=1,
        saved={
            **_named("s", 0, (8, 9, *range(18, 28))),
            **_named("fs", 0, (40, 41, *range(50, 60))),
        },
        upper="ones",
    ),
    Isa(
        processor("s390x"),
        sp=15,
        link=14,
        saved={
            **_named("r", 6, range(6, 14)),
            **dict(zip(range(24, 32), _ON_S390X.split(), strict=True)),
        },
        upper="value",
    ),
)
ISAS = {isa.name: isa for isa in _ALL}


def isa(name):
    """The instruction set of this name; UsageError lists the known ones."""
    return ISAS[choose("instruction set", name, ISAS)]
