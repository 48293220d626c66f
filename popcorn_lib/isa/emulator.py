"""A small ELF program on an emulated processor, by Unicorn: load it, call a function, count.

    machine = Emulator("s390x", path.read_bytes())
    machine.call("sort", 100)           # an unsigned number of 64 bits
    machine.instructions, machine.reads, machine.writes

The processor is emulated alone: no operating system, no clock, and memory is what the program's
file says, a stack and one page in which a returning function lands.  A call ends at its limit at
the latest, whatever the program does.
"""

import time
from io import BytesIO

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.isa.processors import processor

PAGE = 4096
STACK_TOP, STACK = 0x7000_0000, 1 << 20  # the stack's first address above it, and its bytes
HALT = 0x7800_0000  # where a called function returns to
INSTRUCTIONS, SECONDS = 50_000_000, 20  # limits of a call
BITS = (1 << 64) - 1
WANTED = (
    "this runs programs of other instruction sets and needs {name}, an optional package: "
    "pip install unicorn pyelftools"
)


class EmulationError(RuntimeError):
    """The emulated program did what its processor cannot do; the text says what and where."""


class LimitReached(EmulationError):
    """The emulated program did not return within its instructions or seconds."""


def library(name):
    """The module of an optional package; UsageError that says how to install it."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        package = {"elftools": "pyelftools"}.get(name.split(".")[0], name.split(".")[0])
        raise UsageError(WANTED.format(name=package)) from None


class Emulator:
    """A processor with one program in its memory.

    isa: a name of `processors.PROCESSORS`.  program: the bytes of a statically linked ELF file.
    symbols: {name: (address, bytes)}.  After a call: `blocks` {(address, bytes): times entered},
    `instructions` and, if asked for, `reads`, `writes`, `bytes_read`, `bytes_written`: accesses to
    memory as the processor makes them.  uc: Unicorn's own object, for what is not here.
    Raises UsageError for an unknown instruction set, a file of another one or a missing package.
    """

    def __init__(self, isa, program):
        self.processor = processor(isa)
        self.unicorn = library("unicorn")
        self._constants = library(f"unicorn.{self.processor.module}_const")
        self.uc = self._switched_on()
        self.symbols = {}
        self._load(program)
        self.blocks, self._start = {}, 0
        self.reads = self.writes = self.bytes_read = self.bytes_written = 0
        self.uc.hook_add(self.unicorn.UC_HOOK_BLOCK, self._block)

    def _switched_on(self):
        known, arch = vars(self.unicorn), f"UC_ARCH_{self.processor.arch}"
        mode = sum(known[f"UC_MODE_{name}"] for name in self.processor.modes)
        uc = self.unicorn.Uc(known[arch], mode)
        # Addresses are what they say: POWER's own translation would need tables of a hypervisor.
        uc.ctl_set_tlb_mode(self.unicorn.UC_TLB_VIRTUAL)
        uc.mem_map(STACK_TOP - STACK, STACK)
        uc.mem_map(HALT, PAGE)
        uc.mem_write(HALT, b"\xa7\xf4\x00\x00")  # s390x: a jump to itself, since it runs one step
        return uc

    # ---- memory and registers -------------------------------------------------------------------

    def _load(self, program):
        elf = library("elftools.elf.elffile").ELFFile(BytesIO(program))
        if elf["e_machine"] != self.processor.elf:
            raise UsageError(f"the program is for {elf['e_machine']}, not for {self.processor.elf}")
        for segment in elf.iter_segments("PT_LOAD"):
            self.map(segment["p_vaddr"], segment["p_memsz"])
            self.write(segment["p_vaddr"], segment.data())
        table = elf.get_section_by_name(".symtab")
        for symbol in table.iter_symbols() if table else ():
            if symbol.name:
                self.symbols[symbol.name] = symbol["st_value"], symbol["st_size"]

    def map(self, address, size):
        """Give the pages that these bytes touch memory, where they have none."""
        have = {page for low, high, _ in self.uc.mem_regions() for page in range(low, high, PAGE)}
        for page in range(address & -PAGE, address + size, PAGE):
            if page not in have:
                self.uc.mem_map(page, PAGE)

    def read(self, address, size):
        """These bytes of memory."""
        return bytes(self.uc.mem_read(address, size))

    def write(self, address, data):
        """Put bytes into memory."""
        self.uc.mem_write(address, bytes(data))

    def word(self, address, size=8):
        """An unsigned number in memory, in the processor's byte order."""
        return int.from_bytes(self.read(address, size), self.processor.order)

    def put_word(self, address, value, size=8):
        """Write an unsigned number in the processor's byte order."""
        self.write(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, self.processor.order))

    def register(self, name):
        """The id that Unicorn has for a register; UsageError for an unknown one."""
        prefix = f"UC_{self.processor.module.upper()}_REG_"
        known = [key.removeprefix(prefix) for key in vars(self._constants) if prefix in key]
        if name.upper() not in known:
            choose("register", name, known)
        return vars(self._constants)[prefix + name.upper()]

    def get(self, name):
        """The value of a register, named as Unicorn names it."""
        return self.uc.reg_read(self.register(name))

    def set(self, name, value):
        """Give a register a value."""
        self.uc.reg_write(self.register(name), value)

    # ---- running --------------------------------------------------------------------------------

    def call(self, function, *arguments, limit=INSTRUCTIONS, seconds=SECONDS, memory=False):
        """Call a function with integers and return what it returns, an unsigned number of 64 bits.

        limit: instructions, counted as four bytes of code each, and seconds of real time: past
        one of them the call ends with LimitReached.  memory: also count accesses to memory, which
        is several times slower.
        Raises UsageError for a function or number of arguments that the program cannot have, and
        EmulationError if the program breaks.
        """
        names = self.processor.arguments
        if len(arguments) > len(names):
            raise UsageError(f"{len(arguments)} arguments: at most {len(names)} fit in registers")
        functions = [name for name, (_, size) in self.symbols.items() if size]
        address, _ = self.symbols[choose("function", function, functions)]
        self.enter(address)
        for name, value in zip(names, arguments, strict=False):
            self.set(name, value & BITS)
        self.run(address, limit=limit, seconds=seconds, memory=memory)
        return self.get(self.processor.result)

    def enter(self, address):
        """Set the registers as a caller leaves them at a function's first instruction."""
        processor, top = self.processor, STACK_TOP - 64
        for name, bits in processor.enable.items():
            self.set(name, self.get(name) | bits)
        if processor.ra:
            self.set(processor.ra, HALT)
            self.set(processor.sp, top - processor.above)
        else:
            self.put_word(top - 8, HALT)
            self.set(processor.sp, top - 8)
        if processor.entry:
            self.set(processor.entry, address)
        if "__global_pointer$" in self.symbols:
            self.set("GP", self.symbols["__global_pointer$"][0])

    def run(self, address, until=HALT, limit=INSTRUCTIONS, seconds=SECONDS, memory=False):
        """Go on at an address until another is reached, within limits as of `call`."""
        self.blocks, self._left, self._until = {}, 4 * limit, until
        self.reads = self.writes = self.bytes_read = self.bytes_written = 0
        hook = self._count_memory() if memory else None
        self.uc.ctl_flush_tb()  # code translated without the hook would not call it
        began = time.monotonic()
        try:
            self.uc.emu_start(address, until, timeout=int(seconds * 1e6))
        except self.unicorn.UcError as error:
            where = f"at {self.get(self.processor.pc):#x}"
            raise EmulationError(f"{self.processor.name}: {error} {where}") from None
        finally:
            if hook:
                self.uc.hook_del(hook)
        if self._left < 0 or self.get(self.processor.pc) != until:
            spent = f"{limit:,} instructions" if self._left < 0 else f"{seconds:g} seconds"
            took = f"after {time.monotonic() - began:.1f} s"
            raise LimitReached(f"{self.processor.name}: not done within {spent} ({took})")

    def _block(self, uc, address, size, _):
        """Before each straight run of instructions: count it, and stop where it is enough."""
        if address == self._until:
            uc.emu_stop()
            return
        self.blocks[address, size] = self.blocks.get((address, size), 0) + 1
        self._left -= size
        if self._left < 0:
            uc.emu_stop()

    def _count_memory(self):
        kinds = self.unicorn.UC_HOOK_MEM_READ | self.unicorn.UC_HOOK_MEM_WRITE
        write = self.unicorn.UC_MEM_WRITE

        def access(uc, kind, address, size, value, _):
            if kind == write:
                self.writes, self.bytes_written = self.writes + 1, self.bytes_written + size
            else:
                self.reads, self.bytes_read = self.reads + 1, self.bytes_read + size

        return self.uc.hook_add(kinds, access)

    @property
    def instructions(self):
        """How many instructions the last run has executed, exactly."""
        entered = self.blocks.items()
        return sum(times * self.uc.ctl_request_cache(at)[1] for (at, _), times in entered)
