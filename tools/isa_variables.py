"""The rows of the table of frames: what lies where in the stopped chain, and what nobody can find.

A value that a debugger cannot find has the place "nowhere".  Whether the function still needs it
is read off the source, where the comments say it.
"""

import re
import struct

from isa_compile import HERE
from isa_expressions import Nowhere, signed
from isa_frames import FP, Chain, encoding, inside, register_name, text

COLUMNS = [
    "isa",
    "level",
    "depth",
    "function",
    "what",
    "name",
    "type",
    "needed",
    "place",
    "register",
    "holder",
    "offset",
    "bytes",
    "value",
]
NOT_YET = "got"  # what the call will return: whatever lies there is no value
SAME = {"DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"}


def rows(isa, level, program):
    """The rows of one program: for each frame, outermost first, itself, its slots and variables."""
    chain = Chain(isa, program)
    for depth, frame in enumerate(reversed(chain.frames[1:])):
        common = {"isa": isa, "level": level, "depth": depth, "function": frame.name}
        for row in (*slots(frame), *variables(frame)):
            yield {**dict.fromkeys(COLUMNS, ""), **common, **row}


def slots(frame):
    """The frame as a whole, its return address and the registers that it keeps for its caller."""
    yield {"what": "frame", "name": frame.name, "bytes": frame.cfa - frame.inner.cfa}
    for number, rule in sorted(frame.row.items(), key=lambda pair: str(pair[0])):
        if isinstance(number, int) and rule.type == "OFFSET":
            back = number == frame.link
            yield {
                "what": "return address" if back else "saved register",
                "name": "return address" if back else register_name(frame.chain.isa, number),
                "place": "memory",
                "holder": frame.name,
                "offset": rule.arg,
                "bytes": 8,
            }


def variables(frame):
    """A row for each parameter and variable, in the order of the source."""
    needs = needed(frame.name)
    for die in inside(frame.function):
        if die.tag in ("DW_TAG_formal_parameter", "DW_TAG_variable"):
            type, name = resolved(die), text(die)
            told = place(frame, die, type)
            yield {
                "what": "variable",
                "name": name,
                "type": spelt(type),
                "needed": "yes" if name in needs else "no",
                "bytes": size_of(type),
                **told,
                "value": "" if name == NOT_YET else told.get("value", ""),
            }


def needed(function):
    """The names of which a comment in the source says that the function needs them afterwards."""
    source = (HERE / "chain.c").read_text(encoding="utf-8")
    body = re.search(rf"\b{function}\(.*?^}}", source, re.S | re.M)[0]
    return set(re.findall(r"(\w+)(?:\[\d\])?(?: = [^;]*)?;?\s*/\* needed", body))


def place(frame, die, type):
    """{place, register, holder, offset, value} of a variable."""
    evaluator = frame.chain.evaluator(frame)
    try:
        found = evaluator.find(frame.chain.operations(die, frame))
    except Nowhere:
        return {"place": "nowhere"}
    if found.how == "memory":
        raw = frame.read(found.value, size_of(type))
        at = {"holder": frame.name, "offset": found.value - frame.cfa}
        return {"place": "memory", **at, "value": shown(frame, type, raw)}
    if found.how == "register":
        return in_register(frame, type, found.value)
    value = plain(type, found.value)
    used = [register_name(frame.chain.isa, n) for n in found.registers if n != "memory"]
    return {"place": found.how, "register": " ".join(used), "value": value}


def in_register(frame, type, number):
    """A register of a frame is the processor's, unless a function that it called has saved it."""
    chain = frame.chain
    word, holder, offset, _ = frame.held(number)
    raw = of_register(chain, number, word, type)
    return {
        "place": "saved register" if holder else "register",
        "register": register_name(chain.isa, number),
        "holder": holder,
        "offset": offset if holder else "",
        "value": shown(frame, type, raw),
    }


def of_register(chain, number, word, type):
    """The bytes of a variable in a register.

    A float of four bytes is a double inside POWER's registers and stands on the left in s390x's;
    everything else stands on the right.
    """
    size, order = size_of(type), chain.order
    if number in FP[chain.isa] and size == 4:
        if chain.isa == "POWER":
            return struct.pack("<f", struct.unpack("<d", word.to_bytes(8, "little"))[0])
        if chain.isa == "s390x":
            return word.to_bytes(8, "big")[:4]
    return (word & ((1 << 8 * size) - 1)).to_bytes(size, order)


# ---- types and values ------------------------------------------------------------------------


def resolved(die):
    """The type of a variable or member, without const and the like."""
    type = die.get_DIE_from_attribute("DW_AT_type")
    return resolved(type) if type.tag in SAME else type


def spelt(type):
    """A type as C writes it, about."""
    if type.tag == "DW_TAG_pointer_type":
        return (spelt(resolved(type)) if "DW_AT_type" in type.attributes else "void") + " *"
    if type.tag == "DW_TAG_array_type":
        return f"{spelt(resolved(type))}[{count(type)}]"
    return ("struct " if type.tag == "DW_TAG_structure_type" else "") + text(type)


def count(array):
    """The elements of an array."""
    [bounds] = array.iter_children()
    return bounds.attributes["DW_AT_upper_bound"].value + 1


def size_of(type):
    """The bytes of a type."""
    if type.tag == "DW_TAG_array_type":
        return count(type) * size_of(resolved(type))
    return type.attributes["DW_AT_byte_size"].value


def shown(frame, type, raw):
    """The bytes of a value as text; a pointer as what it points to."""
    order = frame.chain.order
    if type.tag == "DW_TAG_structure_type":
        return (
            "{"
            + ", ".join(
                shown(frame, resolved(member), raw[at : at + size_of(resolved(member))])
                for member in type.iter_children()
                for at in [member.attributes["DW_AT_data_member_location"].value]
            )
            + "}"
        )
    if type.tag == "DW_TAG_array_type":
        size = size_of(resolved(type))
        parts = [raw[at : at + size] for at in range(0, len(raw), size)]
        return "{" + ", ".join(shown(frame, resolved(type), part) for part in parts) + "}"
    if type.tag == "DW_TAG_pointer_type":
        return "&" + pointed(frame.chain, int.from_bytes(raw, order))
    kind, size = encoding(type)
    if kind == "float":
        return f"{struct.unpack(('<' if order == 'little' else '>') + 'fd'[size == 8], raw)[0]:g}"
    return str(int.from_bytes(raw, order, signed=kind == "int"))


def plain(type, value):
    """A computed value as text, in its variable's type."""
    if type.tag == "DW_TAG_pointer_type":
        raise NotImplementedError("a computed pointer")
    kind, size = encoding(type)
    if kind == "float":
        return f"{value:g}"
    number = signed(value, size)
    return str(number if kind == "int" else number % (1 << 8 * size))


def pointed(chain, address):
    """The variable that begins at an address: "outer.where"."""
    for frame in chain.frames[1:]:
        for die in inside(frame.function):
            if die.tag == "DW_TAG_variable":
                [*ops] = chain.operations(die, frame)
                based = len(ops) == 1 and ops[0].op_name == "DW_OP_fbreg"
                if based and frame.cfa + ops[0].args[0] == address:
                    return f"{frame.name}.{text(die)}"
    raise LookupError(f"nothing begins at {address:#x}")
