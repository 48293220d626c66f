"""The five instruction sets of these lessons: how each is compiled for, entered and left.

Plain data with the names that Debian, ELF and Unicorn use; nothing is imported here.  A function
takes integers in registers and gives one back, on each of them; where the calling conventions
differ (where the return address lies, what must stand above the stack pointer) it says so here.
"""

from dataclasses import dataclass, field

from popcorn_lib.errors import choose


@dataclass(frozen=True)
class Processor:
    """One instruction set (ISA) as its programs' ABI and the emulator see it.

    triple: the prefix of GNU tools.  package: the Debian package of its compiler.  elf: the name
    of its number in an ELF file.  order: its byte order, "little" or "big".  shortest: bytes of
    its shortest instruction.  arch, modes, module: Unicorn's names.  arguments, result, sp, pc, ra:
    registers in Unicorn's names; ra None means that a call leaves the return address on the stack.
    entry: the register that must hold the address of the function, if any.  above: bytes that a
    function may write above its stack pointer.  enable: {register: bits to set} before anything
    runs, so that floating point works.
    """

    name: str
    triple: str
    package: str
    elf: str
    order: str
    shortest: int
    arch: str
    modes: tuple
    module: str
    arguments: tuple
    result: str
    sp: str
    ra: str | None
    pc: str
    entry: str | None = None
    above: int = 0
    enable: dict = field(default_factory=dict)

    @property
    def compiler(self):
        """The name of its C compiler, for example aarch64-linux-gnu-gcc."""
        return f"{self.triple}-gcc"


def _numbered(prefix, first, count=5):
    return tuple(f"{prefix}{number}" for number in range(first, first + count))


PROCESSORS = {
    one.name: one
    for one in (
        Processor(
            name="x86-64",
            triple="x86_64-linux-gnu",
            package="gcc-x86-64-linux-gnu",
            elf="EM_X86_64",
            order="little",
            shortest=1,
            arch="X86",
            modes=("64",),
            module="x86",
            arguments=("RDI", "RSI", "RDX", "RCX", "R8"),
            result="RAX",
            sp="RSP",
            ra=None,
            pc="RIP",
        ),
        Processor(
            name="AArch64",
            triple="aarch64-linux-gnu",
            package="gcc-aarch64-linux-gnu",
            elf="EM_AARCH64",
            order="little",
            shortest=4,
            arch="ARM64",
            modes=("LITTLE_ENDIAN",),
            module="arm64",
            arguments=_numbered("X", 0),
            result="X0",
            sp="SP",
            ra="X30",
            pc="PC",
            enable={"CPACR_EL1": 3 << 20},  # FPEN: no trap at floating point
        ),
        Processor(
            name="RISC-V",
            triple="riscv64-linux-gnu",
            package="gcc-riscv64-linux-gnu",
            elf="EM_RISCV",
            order="little",
            shortest=2,
            arch="RISCV",
            modes=("RISCV64",),
            module="riscv",
            arguments=_numbered("A", 0),
            result="A0",
            sp="SP",
            ra="RA",
            pc="PC",
            enable={"MSTATUS": 3 << 13},  # FS: floating-point state in use
        ),
        Processor(
            name="POWER",
            triple="powerpc64le-linux-gnu",
            package="gcc-powerpc64le-linux-gnu",
            elf="EM_PPC64",
            order="little",
            shortest=4,
            arch="PPC",
            modes=("PPC64", "BIG_ENDIAN"),  # Unicorn knows no other; the last bit below turns it
            module="ppc",
            arguments=_numbered("", 3),
            result="3",
            sp="1",
            ra="LR",
            pc="PC",
            entry="12",
            above=32,
            enable={"MSR": 1 << 63 | 1 << 25 | 1 << 23 | 1 << 13 | 1},  # 64 bits, vectors, FP, LE
        ),
        Processor(
            name="s390x",
            triple="s390x-linux-gnu",
            package="gcc-s390x-linux-gnu",
            elf="EM_S390",
            order="big",
            shortest=2,
            arch="S390X",
            modes=("BIG_ENDIAN",),
            module="s390x",
            arguments=_numbered("R", 2),
            result="R2",
            sp="R15",
            ra="R14",
            pc="PC",
            above=160,
            enable={"PSWM": 3 << 31, "CR0": 1 << 18},  # 64-bit addresses; all FP registers
        ),
    )
}


def processor(name):
    """The Processor of this name; UsageError that lists the known ones."""
    return PROCESSORS[choose("instruction set", name, PROCESSORS)]
