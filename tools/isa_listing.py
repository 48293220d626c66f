"""The listing of a program: its functions, and of each instruction bytes, kind and text.

    @10000000 sink sort
    3I cmp rax,rbx

The first line of a function has its address, its name and its kernel, the others have a number of
bytes, the letter of a kind (`popcorn_lib.isa.tables`) and what objdump says.
"""

import re
from itertools import pairwise, takewhile

from elftools.elf.elffile import ELFFile
from isa_compile import PROCESSORS, run
from isa_kinds import kind

from popcorn_lib.isa.tables import KINDS, LETTERS

LINE = re.compile(r" *([0-9a-f]+):\t([^#]*)")
TARGET = re.compile(r"\b[0-9a-f]+ <([^>]+)>")


def listing(isa, path):
    """The text of a linked program's listing."""
    said = dict(disassembled(isa, path))
    lines = []
    for name, kernel, address, size in functions(path):
        lines.append(f"@{address:x} {name} {kernel}")
        places = sorted(at for at in said if address <= at < address + size)
        # After a function POWER's compiler describes it to debuggers, beginning with a word of 0.
        inside = list(takewhile(lambda at: said[at] != ".long 0x0", places))
        end = next((at for at in places if at not in inside), address + size)
        for at, after in pairwise([*inside, end]):
            letter = LETTERS[KINDS.index(kind(isa, said[at]))]
            lines.append(f"{after - at}{letter} {said[at]}")
    return "\n".join(lines) + "\n"


def disassembled(isa, path):
    """(address, text) of everything in the text section."""
    options = ["-M", "intel"] if isa == "x86-64" else []
    out = run(f"{PROCESSORS[isa].triple}-objdump", "-dz", "--no-show-raw-insn", *options, path)
    for line in filter(None, map(LINE.match, out.splitlines())):
        text = " ".join(TARGET.sub(r"\1", line[2]).split())
        yield int(line[1], 16), text


def functions(path):
    """(name, kernel, address, size) of each function by address; its file is its kernel."""
    with open(path, "rb") as file:
        symbols = list(ELFFile(file).get_section_by_name(".symtab").iter_symbols())
    found, source = [], None
    for symbol in symbols:
        what, name = symbol["st_info"]["type"], symbol.name
        if what == "STT_FILE":
            source = name.removesuffix(".c")
        elif what == "STT_FUNC":
            local = symbol["st_info"]["bind"] == "STB_LOCAL"
            found.append((name, source if local else name, symbol["st_value"], symbol["st_size"]))
    return sorted(found, key=lambda one: one[2])
