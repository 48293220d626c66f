"""The rows of the tables of types and structures, from what compilers make of `data/isa/layouts.c`.

i386 is here beside the five instruction sets, since its 32 bits and its alignment of 4 make holes
elsewhere; among the five, which are alike in this, little differs.
"""

from io import BytesIO

from elftools.elf.elffile import ELFFile
from isa_compile import PROCESSORS, link
from isa_variables import resolved, size_of, spelt, text

I386 = "i386"
NAMES = {"__WCHAR_TYPE__": "wchar_t", "__SIZE_TYPE__": "size_t", "__builtin_va_list": "va_list"}
TYPES = ("isa", "type", "bytes", "alignment", "signed", "digits")
MEMBERS = ("isa", "structure", "member", "type", "offset", "bytes", "bit", "bits", "content")


def programs(folder):
    """(isa, Program) of each compiled layouts.c; it is linked, so that nothing is left open."""
    for isa in (*PROCESSORS, I386):
        path, other = folder / f"layouts-{isa}", isa == I386
        more = ["-g", "-m32"] if other else ["-g"]
        link("x86-64" if other else isa, "O0", path, ["layouts.c"], *more)
        yield isa, Program(path.read_bytes())


class Program:
    """A compiled file: the bytes of its variables, and its structures as DWARF tells them."""

    def __init__(self, raw):
        self.elf = ELFFile(BytesIO(raw))
        self.symbols = {
            symbol.name: symbol for symbol in self.elf.get_section_by_name(".symtab").iter_symbols()
        }
        [unit] = self.elf.get_dwarf_info().iter_CUs()
        self.structures = [
            die
            for die in unit.get_top_DIE().iter_children()
            if die.tag == "DW_TAG_structure_type" and text(die) in self.symbols
        ]

    def bytes(self, name):
        """The bytes of an initialised variable."""
        symbol = self.symbols[name]
        section = self.elf.get_section(symbol["st_shndx"])
        return section.data()[symbol["st_value"] - section["sh_addr"] :][: symbol["st_size"]]


def types(isa, one):
    """A row for each type."""
    names = one.bytes("names").decode().rstrip("\0").rstrip(";").split(";")
    sizes, alignments = one.bytes("sizes"), one.bytes("alignments")
    sign = dict(zip(names, one.bytes("has_sign"), strict=False))
    digits = dict(zip(("float", "double", "long double"), one.bytes("digits"), strict=True))
    for name, size, alignment in zip(names, sizes, alignments, strict=True):
        signed = {0: "no", 1: "yes"}.get(sign.get(name), "")
        told = NAMES.get(name, name), size, alignment, signed, digits.get(name, "")
        yield dict(zip(TYPES, (isa, *told), strict=True))


def members(isa, one):
    """A row for each structure, with its bytes, then one for each member and each hole."""
    for die in one.structures:
        name, raw = text(die), one.bytes(text(die))
        common = {**dict.fromkeys(MEMBERS, ""), "isa": isa, "structure": name}
        yield {**common, "offset": 0, "bytes": size_of(die), "content": raw.hex()}
        end = 0
        for row in map(member, die.iter_children()):
            if row["offset"] > end:
                yield {**common, **hole(end, row["offset"])}
            yield {**common, **row}
            end = max(end, row["offset"] + row["bytes"])
        if size_of(die) > end:
            yield {**common, **hole(end, size_of(die))}


def member(die):
    """A member's place; of a bit-field the bytes in which it lies, its first bit and its bits.

    Bits are counted from the start of the structure in the order of memory, as DWARF does: on a
    big-endian machine the first bit is the most significant one of its byte.
    """
    row = {"member": text(die), "type": spelt(resolved(die))}
    if "DW_AT_data_bit_offset" in die.attributes:
        bit, bits = (die.attributes[f"DW_AT_{a}"].value for a in ("data_bit_offset", "bit_size"))
        first, last = bit // 8, (bit + bits - 1) // 8
        return {**row, "offset": first, "bytes": last - first + 1, "bit": bit, "bits": bits}
    at = die.attributes["DW_AT_data_member_location"].value
    return {**row, "offset": at, "bytes": size_of(resolved(die))}


def hole(start, end):
    """Bytes between members, or after the last."""
    return {"member": "(hole)", "offset": start, "bytes": end - start}
