"""The frames of `data/isa/chain.c`, stopped in the emulator and read as a debugger reads them.

For each variable of each frame: where it is (memory, a register, a register that a callee has put
into its own frame, computed, or nowhere) and its value.  Call-frame information leads from a frame
to its caller's, location lists to the variables.
"""

from io import BytesIO

from elftools.dwarf.callframe import CIE, ZERO
from elftools.dwarf.dwarf_expr import DWARFExprParser
from elftools.dwarf.locationlists import BaseAddressEntry, LocationParser
from elftools.elf.elffile import ELFFile
from isa_expressions import LISTS, Evaluator, Nowhere

from popcorn_lib.isa.emulator import Emulator

SEED = 41
FP = {  # DWARF's numbers of the floating-point registers
    "x86-64": range(17, 33),
    "AArch64": range(64, 96),
    "RISC-V": range(32, 64),
    "POWER": range(32, 64),
    "s390x": range(16, 32),
}
FP_LETTER = {"x86-64": "xmm", "AArch64": "d"}
STACK_POINTER = {"x86-64": 7, "AArch64": 31, "RISC-V": 2, "POWER": 1, "s390x": 15}
ON_S390X = (0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15)  # FP registers by DWARF's number
ON_X86 = [
    "rax",
    "rdx",
    "rcx",
    "rbx",
    "rsi",
    "rdi",
    "rbp",
    "rsp",
    "r8",
    "r9",
    "r10",
    "r11",
    "r12",
    "r13",
    "r14",
    "r15",
    "rip",
]
ON_RISC_V = [
    "zero",
    "ra",
    "sp",
    "gp",
    "tp",
    "t0",
    "t1",
    "t2",
    "s0",
    "s1",
    "a0",
    "a1",
    "a2",
    "a3",
    "a4",
    "a5",
    "a6",
    "a7",
]


def register_name(isa, number):
    """A register as its assembler writes it, by DWARF's number."""
    if isa == "RISC-V":
        return ("f" if number >= 32 else "") + on_riscv(number % 32, number >= 32)
    if number in FP[isa]:
        place = number - FP[isa][0]
        return f"{FP_LETTER.get(isa, 'f')}{ON_S390X[place] if isa == 's390x' else place}"
    if isa == "x86-64":
        return ON_X86[number]
    if isa == "AArch64":
        return "sp" if number == 31 else f"x{number}"
    return {65: "lr"}.get(number, f"r{number}")


def on_riscv(number, floating):
    """RISC-V's names tell what a register is for: s are kept over a call."""
    letters = "t0 t1 t2 t3 t4 t5 t6 t7" if floating else "zero ra sp gp tp t0 t1 t2"
    rest = [f"a{n}" for n in range(8)] + [f"s{n}" for n in range(2, 12)]
    last = ["t8", "t9", "t10", "t11"] if floating else ["t3", "t4", "t5", "t6"]
    return [*letters.split(), "s0", "s1", *rest, *last][number]


def unicorn_name(isa, number):
    """The same register as Unicorn names it."""
    name = register_name(isa, number)
    if isa == "POWER":
        return {"r": name[1:], "f": f"FPR{name[1:]}"}.get(name[0], name)
    return name.upper()


class Frame:
    """One frame of the stopped chain: a pc inside it, its CFA, and how to get at its registers."""

    def __init__(self, chain, pc, inner=None):
        self.chain, self.pc, self.inner, self.outer = chain, pc, inner, None
        self.row, self.link = chain.rule(pc)
        self.function = chain.function(pc)
        self.cfa = 0
        self.cfa = self.register(self.row["cfa"].reg) + self.row["cfa"].offset

    def register(self, number):
        """The value of a register while this frame's function was in its call."""
        return self.held(number)[0]

    def held(self, number):
        """(value, function whose frame keeps it or "", offset there, register it is in)."""
        isa, inner = self.chain.isa, self.inner
        if inner is None:
            return (
                self.chain.machine.get(unicorn_name(isa, number)) & ((1 << 64) - 1),
                "",
                0,
                number,
            )
        rule = inner.row.get(number)
        if rule is None and number == STACK_POINTER[isa]:
            return inner.cfa - (160 if isa == "s390x" else 0), "", 0, number
        if rule is not None and rule.type == "OFFSET":
            at = inner.cfa + rule.arg
            return self.chain.machine.word(at), inner.name, rule.arg, number
        return inner.held(rule.arg if rule is not None and rule.type == "REGISTER" else number)

    @property
    def name(self):
        """The function's name."""
        return text(self.function)

    @property
    def sp(self):
        """The stack pointer during its call."""
        return self.register(STACK_POINTER[self.chain.isa])

    def read(self, address, size):
        """Bytes of memory."""
        return self.chain.machine.read(address, size)

    def entry(self, ops):
        """What a register held on entry, if the caller's description of the call tells it."""
        [op] = ops
        wanted = op.args[0] if op.args else op.op - 0x50
        for site in self.chain.sites(self.outer.function) if self.outer else ():
            if site.attributes["DW_AT_call_return_pc"].value == self.outer.pc:
                for argument in site.iter_children():
                    [place] = self.chain.parse(argument.attributes["DW_AT_location"].value)
                    if wanted == (place.args[0] if place.args else place.op - 0x50):
                        told = self.chain.parse(argument.attributes["DW_AT_call_value"].value)
                        return self.chain.evaluator(self.outer).value(told)
        raise Nowhere("what the caller once passed, and nobody has kept")


class Chain:
    """The program, stopped at the entry of `stop`, with its frames from the innermost on."""

    def __init__(self, isa, program):
        self.isa, self.machine = isa, Emulator(isa, program)
        self.dwarf = ELFFile(BytesIO(program)).get_dwarf_info()
        [self.unit] = self.dwarf.iter_CUs()
        self.parser = DWARFExprParser(self.unit.structs)
        self.order = self.machine.processor.order
        symbols = self.machine.symbols
        self.machine.enter(symbols["outer"][0])
        self.machine.set(self.machine.processor.arguments[0], SEED)
        self.machine.run(symbols["outer"][0], until=symbols["stop"][0])
        self.frames = [Frame(self, symbols["stop"][0])]
        while self.frames[-1].name != "outer":
            last = self.frames[-1]
            probe = Caller(last)
            last.outer = Frame(self, probe.pc, inner=last)
            self.frames.append(last.outer)

    def parse(self, raw):
        """The operations of an expression's bytes."""
        return self.parser.parse_expr(raw)

    def evaluator(self, frame):
        """An Evaluator for a frame."""
        return Evaluator(frame, self.base_type, self.order)

    def rule(self, pc):
        """(row of the call-frame table, column of the return address) at a pc."""
        for entry in self.dwarf.CFI_entries():
            if isinstance(entry, (CIE, ZERO)):
                continue
            low = entry.header["initial_location"]
            if low <= self.inside(pc) < low + entry["address_range"]:
                rows = [row for row in entry.get_decoded().table if row["pc"] <= self.inside(pc)]
                return rows[-1], entry.cie["return_address_register"]
        raise LookupError(f"{pc:#x} is in no function")

    def inside(self, pc):
        """An address in the call, not after it."""
        return pc if pc == self.machine.symbols["stop"][0] else pc - 1

    def function(self, pc):
        """The DIE of the function around a pc."""
        for die in self.unit.get_top_DIE().iter_children():
            if die.tag == "DW_TAG_subprogram" and "DW_AT_low_pc" in die.attributes:
                low, high = (die.attributes[f"DW_AT_{end}_pc"].value for end in ("low", "high"))
                if low <= self.inside(pc) < low + high:
                    return die
        raise LookupError(f"{pc:#x} is in no function")

    def sites(self, function):
        """The descriptions of a function's calls."""
        return [die for die in inside(function) if die.tag == "DW_TAG_call_site"]

    def base_type(self, offset):
        """(encoding, bytes) of the base type at an offset in the unit."""
        return encoding(self.unit.get_DIE_from_refaddr(self.unit.cu_offset + offset))

    def operations(self, die, frame):
        """The operations that say where a variable is in a frame; [] where nothing does."""
        attribute = die.attributes.get("DW_AT_location")
        if attribute is None or attribute.form not in LISTS:
            return self.parse(attribute.value) if attribute else []
        lists = LocationParser(self.dwarf.location_lists())
        base = self.unit.get_top_DIE().attributes["DW_AT_low_pc"].value
        for entry in lists.parse_from_attribute(attribute, self.unit["version"], die):
            if isinstance(entry, BaseAddressEntry):
                base = entry.base_address
                continue
            shift = 0 if entry.is_absolute else base
            if entry.begin_offset + shift <= self.inside(frame.pc) < entry.end_offset + shift:
                return self.parse(entry.loc_expr)
        return []


class Caller(Frame):
    """Only where a frame returns to; it has no function yet."""

    def __init__(self, inner):
        self.chain, self.inner = inner.chain, inner
        self.pc = self.held(inner.link)[0]


def inside(die):
    """All that a function declares, in its blocks too."""
    for child in die.iter_children():
        yield child
        if child.tag == "DW_TAG_lexical_block":
            yield from inside(child)


def text(die):
    """The name of a DIE."""
    return die.attributes["DW_AT_name"].value.decode()


def encoding(die):
    """("float", "int" or "uint", bytes) of a base type."""
    size, number = die.attributes["DW_AT_byte_size"].value, die.attributes["DW_AT_encoding"].value
    return {4: "float", 5: "int", 6: "int"}.get(number, "uint"), size
