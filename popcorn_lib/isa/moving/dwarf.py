"""From the DWARF that a compiler has written to a stack map; needed only to make `data/` again.

DWARF was made for debuggers.  It has all that a move needs, as long as the compiler has kept every
value in a place that has a name: which call-frame rule holds at an address, and where a variable
lies there.  What it cannot say is counted by `levels.py`.
"""

from io import BytesIO

from popcorn_lib.errors import UsageError
from popcorn_lib.isa.emulator import library
from popcorn_lib.isa.moving.debug_types import Types
from popcorn_lib.isa.moving.isas import isa

LARL_R13 = b"\xc0\xd0"  # s390x: r13 = the address of the constants of this function
IN_LISTS = ("DW_FORM_sec_offset", "DW_FORM_loclistx")


class Program:
    """One ELF file with its debugging information.

    name: of the instruction set.  elf: the bytes of the file.  calls: (function, callee, return
    address) of each call that may be under way while the program is stopped.
    Raises UsageError where pyelftools is missing.
    """

    def __init__(self, name, elf, calls):
        self.isa, self.calls = isa(name), calls
        self.file = library("elftools.elf.elffile").ELFFile(BytesIO(elf))
        self.dwarf = self.file.get_dwarf_info()
        self.expressions = library("elftools.dwarf.dwarf_expr")
        self.locations = library("elftools.dwarf.locationlists")
        [self.unit] = self.dwarf.iter_CUs()
        self.functions = {
            _text(die): die
            for die in self.unit.get_top_DIE().iter_children()
            if die.tag == "DW_TAG_subprogram" and "DW_AT_low_pc" in die.attributes
        }
        self.types = Types()

    def plain(self):
        """The stack map in JSON's types, as `stackmap.from_plain` reads it."""
        data = self.file.get_section_by_name(".data")
        sites = {name: self._site(*call) for name, call in named(self.calls).items()}
        return {
            "sites": sites,
            "globals": self._globals(),
            "types": self.types.found,
            "base": data["sh_addr"],
            "data": data.data().hex(),
            "entry": self.low("start"),
            "point": self.low("migration_point"),
        }

    def low(self, function):
        """The address of a function."""
        return self.functions[function].attributes["DW_AT_low_pc"].value

    # ---- call-frame information -----------------------------------------------------------------

    def _site(self, function, _, address):
        frame = self.frame(address)
        homes = [(name, type, self.home(die, address)) for name, type, die in self.scope(function)]
        return {
            "address": address,
            "size": frame["cfa"].offset,
            "saved": {r: rule.arg for r, rule in frame.items() if isinstance(r, int)},
            "variables": [
                [name, type, *home] for name, type, home in homes if not isinstance(home, str)
            ],
            "hidden": self._hidden(function),
        }

    def frame(self, address):
        """The row of the call-frame table that holds during the call that returns to address."""
        for entry in self.dwarf.CFI_entries():
            table = entry.get_decoded().table if hasattr(entry, "cie") and entry.cie else []
            low = entry.header.get("initial_location", 0)
            if table and low < address <= low + entry.header.address_range:
                row = [row for row in table if row["pc"] < address][-1]
                if row["cfa"].reg != self.isa.sp:
                    raise UsageError(f"{address:#x}: the CFA does not hang on the stack pointer")
                return {key: rule for key, rule in row.items() if key != "pc"}
        raise UsageError(f"{address:#x}: no call-frame information")

    def _hidden(self, function):
        """Registers in which a function keeps something of its own, that no variable tells of."""
        if self.isa.name != "s390x":
            return {}
        low, size = self.low(function), self.functions[function].attributes["DW_AT_high_pc"].value
        text = self.file.get_section_by_name(".text")
        code = text.data()[low - text["sh_addr"] :][:size]
        at = code.find(LARL_R13)
        if at < 0:
            return {}
        return {13: low + at + 2 * int.from_bytes(code[at + 2 : at + 6], "big", signed=True)}

    # ---- variables ------------------------------------------------------------------------------

    def scope(self, function):
        """(name, type, DIE) of each parameter and variable of a function."""
        for die in _inside(self.functions[function]):
            if die.tag in ("DW_TAG_formal_parameter", "DW_TAG_variable"):
                yield _text(die), self.types.name(die), die

    def home(self, die, address):
        """Where a variable lies during the call that returns to an address.

        (bytes from the CFA, None) in memory, (None, register) in a callee-saved register, else a
        text that says why it has no place.
        """
        ops = self._expression(die, address)
        names = [op.op_name for op in ops]
        if not ops:
            return "nowhere"
        if names == ["DW_OP_fbreg"]:
            return ops[0].args[0], None
        if (len(ops) == 1 and 0x50 <= ops[0].op < 0x70) or names == ["DW_OP_regx"]:
            register = ops[0].args[0] if ops[0].args else ops[0].op - 0x50
            kept = register in self.isa.saved
            return (None, register) if kept else "in a register that the call overwrites"
        if any("entry_value" in name for name in names):
            return "what the caller once passed"
        return "computed from other values"

    def _expression(self, die, address):
        """The operations that say where a variable is; none where it is nowhere."""
        attribute = die.attributes.get("DW_AT_location")
        if attribute is None:
            return []
        if attribute.form not in IN_LISTS:
            raw = attribute.value
        else:
            raw = self._from_list(die, attribute, address)
        return self.expressions.DWARFExprParser(self.unit.structs).parse_expr(raw)

    def _from_list(self, die, attribute, address):
        parser = self.locations.LocationParser(self.dwarf.location_lists())
        base = 0
        for entry in parser.parse_from_attribute(attribute, self.unit["version"], die):
            if isinstance(entry, self.locations.BaseAddressEntry):
                base = entry.base_address
                continue
            shift = 0 if entry.is_absolute else base
            # During the call the address is one before the one to which the callee returns.
            if entry.begin_offset + shift <= address - 1 < entry.end_offset + shift:
                return entry.loc_expr
        return []

    def _globals(self):
        found = {}
        for die in self.unit.get_top_DIE().iter_children():
            if die.tag == "DW_TAG_variable" and "DW_AT_location" in die.attributes:
                [op] = self._expression(die, 0)
                found[_text(die)] = op.args[0], self.types.name(die)
        return dict(sorted(found.items(), key=lambda pair: pair[1][0]))


def named(calls):
    """Each call by its name: "go_on > migration_point", further ones of the same kind numbered."""
    found = {}
    for function, callee, address in calls:
        name = f"{function} > {callee}"
        again = sum(key.split(" #")[0] == name for key in found)
        found[name + (f" #{again + 1}" if again else "")] = function, callee, address
    return found


def _inside(die):
    """What a function declares, in its blocks too."""
    for child in die.iter_children():
        yield child
        if child.tag == "DW_TAG_lexical_block":
            yield from _inside(child)


def _text(die):
    return die.attributes["DW_AT_name"].value.decode()
