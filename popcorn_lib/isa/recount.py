"""Run a kernel on an emulated processor and count what it does: by kind, and at which line.

    count = recount("sort", "s390x", "O2")
    count.instructions, count.kinds["load"], count.reads
    count.hottest()

The same count is in `counts()` for every kernel, instruction set and level.
"""

from bisect import bisect_left
from dataclasses import dataclass

from popcorn_lib.errors import UsageError
from popcorn_lib.isa.emulator import INSTRUCTIONS, SECONDS, Emulator
from popcorn_lib.isa.programs import functions, kernel, program
from popcorn_lib.isa.tables import KINDS


@dataclass(frozen=True)
class Count:
    """What one run of a kernel did.

    result: what it returned, an unsigned number of 64 bits.  kinds: {kind: instructions}.
    reads, writes, bytes_read, bytes_written: accesses to memory.  An instruction may make several
    (a pair of registers, a vector).  lines: ((Instruction, times), ...) by address.
    """

    kernel: str
    isa: str
    level: str
    argument: int
    result: int
    kinds: dict
    reads: int
    writes: int
    bytes_read: int
    bytes_written: int
    lines: tuple

    @property
    def instructions(self):
        """Instructions of all kinds."""
        return sum(self.kinds.values())

    def row(self):
        """The count as a row of the table: {column: value}."""
        names = ("reads", "writes", "bytes_read", "bytes_written")
        return {
            **{name: getattr(self, name) for name in ("kernel", "isa", "level", "argument")},
            "instructions": self.instructions,
            **self.kinds,
            **{name: getattr(self, name) for name in names},
        }

    def hottest(self, most=20):
        """The instructions executed most often, in the order of the program: a DataFrame."""
        import pandas

        times = sorted((n for _, n in self.lines), reverse=True)
        least = max(times[min(most, len(times)) - 1], 1)
        shown = [(line.text, line.kind, n) for line, n in self.lines if n >= least][:most]
        return pandas.DataFrame(shown, columns=["instruction", "kind", "times"])


def recount(name, isa, level="O2", argument=None, limit=INSTRUCTIONS, seconds=SECONDS, folder=None):
    """Run a kernel under Unicorn and return its Count.

    argument: how much there is to do, default the table's.  limit: instructions (four bytes of
    code each), seconds: real time; past one of them LimitReached is raised.  folder: of programs
    other than those of `data/isa/programs/`.
    Raises UsageError for an unknown kernel, instruction set or level, an argument that the kernel
    has no room for, and where Unicorn is not installed.
    """
    one = kernel(name)
    argument = one.argument if argument is None else argument
    if not isinstance(argument, int) or not 1 <= argument <= one.most:
        raise UsageError(f"{name} takes a whole number from 1 to {one.most}, not {argument!r}")
    machine = Emulator(isa, program(isa, level, folder))
    result = machine.call(name, argument, limit=limit, seconds=seconds, memory=True)
    lines = _executed(machine.blocks, functions(name, isa, level, folder))
    return Count(
        kernel=name,
        isa=isa,
        level=level,
        argument=argument,
        result=result,
        kinds={kind: sum(n for line, n in lines if line.kind == kind) for kind in KINDS},
        reads=machine.reads,
        writes=machine.writes,
        bytes_read=machine.bytes_read,
        bytes_written=machine.bytes_written,
        lines=lines,
    )


def _executed(blocks, functions):
    """How often each instruction ran: blocks are straight runs, entered so many times."""
    code = sorted(line for function in functions for line in function.instructions)
    starts, times = [line.address for line in code], [0] * len(code)
    for (address, size), entered in blocks.items():
        for n in range(bisect_left(starts, address), bisect_left(starts, address + size)):
            times[n] += entered
    return tuple(zip(code, times, strict=True))
