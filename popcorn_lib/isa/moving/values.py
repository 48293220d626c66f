"""Values and their bytes: a type's scalars, the order of bytes, and how a register holds them."""

import struct
from functools import cache
from typing import NamedTuple

FORMATS = {4: "f", 8: "d"}
WORD = 8  # bytes of a register and of a pointer, on all of ours
ONES = 2**32 - 1


class Scalar(NamedTuple):
    """One number, pointer or text inside a variable: ".row" of a struct, "[2]" of an array, ""."""

    path: str
    offset: int  # bytes from the start of the variable
    size: int  # bytes
    kind: str  # "integer", "float", "pointer" or "text"
    type: str


def scalars(types, name, path="", offset=0):
    """Every Scalar of a type, in the order of their addresses; holes between members are none."""
    kind, size, *rest = types[name]
    if kind == "struct":
        for member, at, inner in rest[0]:
            yield from scalars(types, inner, f"{path}.{member}", offset + at)
    elif kind == "array":
        step = types[rest[0]][1]
        for number in range(size // step):
            yield from scalars(types, rest[0], f"{path}[{number}]", offset + number * step)
    else:
        yield Scalar(path, offset, size, kind, name)


def reordered(raw, scalar, source, target):
    """The same value in the other instruction set's order of bytes; a text has only one order."""
    return raw if source.order == target.order or scalar.kind == "text" else raw[::-1]


def number(raw, scalar, isa):
    """What the bytes say: an int, a float or a str; a pointer is an unsigned int."""
    if scalar.kind == "text":
        return raw.rstrip(b"\0").decode("latin-1")
    if scalar.kind == "float":
        sign = "<" if isa.order == "little" else ">"
        return struct.unpack(sign + FORMATS[scalar.size], raw)[0]
    return int.from_bytes(raw, isa.order, signed=scalar.kind == "integer")


def in_register(raw, scalar, isa):
    """What a register holds for these bytes: an int of 64 bits.

    An integer is widened with its sign.  RISC-V's ABI wants every 32-bit value so, unsigned ones
    too; the others do not look at the rest.  A `float` has a way of its own.
    """
    if scalar.kind == "float" and scalar.size < WORD:
        value = int.from_bytes(raw, isa.order)
        return {"zeros": value, "ones": value | ONES << 32, "value": value << 32}[isa.upper]
    return int.from_bytes(raw, isa.order, signed=True) % 2 ** (8 * WORD)


def from_register(value, scalar, isa):
    """The bytes of a value that a register holds, as they would lie in memory."""
    if scalar.kind == "float" and scalar.size < WORD and isa.upper == "value":
        value >>= 32
    return (value % 2 ** (8 * scalar.size)).to_bytes(scalar.size, isa.order)


@cache
def shown(raw):
    """Bytes for a reader: "00 00 00 05"."""
    return raw.hex(" ")
