"""What is where at each call site: the table by which a stack can be rewritten.

At a call site everything that a caller still needs lies in its frame, in callee-saved registers
that a callee may have put into *its* frame, or in global memory.  The table says for each site how
large the frame is, where it keeps the return address and the registers of its caller, and where
each variable lives.  Popcorn's compiler writes such stack maps into the binary; ours are read from
the DWARF that a stock GCC has written (`dwarf.py`) and kept in `data/moving/maps.json`.
"""

import json
from functools import cache
from typing import NamedTuple

from popcorn_lib.data import FOLDER
from popcorn_lib.isa.moving.isas import Isa, isa

HERE = FOLDER / "moving"
ROOT = "start"  # the outermost function


class Unmovable(RuntimeError):
    """A state in which a rule does not hold; the text says which place breaks it."""


class Variable(NamedTuple):
    """A variable at a call site.  Exactly one of the last two is not None."""

    name: str
    type: str
    offset: int | None  # bytes from the CFA of its frame
    register: int | None  # DWARF number


class Site(NamedTuple):
    """A call, as it is on one instruction set.

    name: "go_on > migration_point", the same everywhere.  address: where the callee returns to.
    size: from the stack pointer to the CFA, bytes.  saved: register -> bytes from the CFA.
    hidden: register -> what the compiler keeps in it for itself; no variable tells of it.
    """

    name: str
    function: str
    address: int
    size: int
    saved: dict
    variables: tuple
    hidden: dict

    def variable(self, name):
        """The Variable of this name; None if no place is known for it."""
        return next((one for one in self.variables if one.name == name), None)


class StackMap(NamedTuple):
    """All of one program for one instruction set.

    types: name -> ("struct", bytes, ((member, offset, type), ...)), ("array", bytes, type), or
    (kind, bytes) with the kinds integer, float, pointer and text.
    globals: name -> (address, type).  data: their bytes at the start, from address `base`.
    entry: the first instruction.  point: where the program may be stopped.  level: "O0" and so on.
    """

    isa: Isa
    level: str
    types: dict
    globals: dict
    base: int
    data: bytes
    entry: int
    point: int
    sites: dict  # name -> Site

    def returning_to(self, address):
        """The site whose callee returns to this address; Unmovable if there is none."""
        for site in self.sites.values():
            if site.address == address:
                return site
        raise Unmovable(f"no call of {self.isa.name} returns to {address:#x}")


@cache
def stack_map(name):
    """The stack map of our program for an instruction set; UsageError lists the known ones."""
    isa(name)
    return from_plain(name, json.loads((HERE / "maps.json").read_text(encoding="utf-8"))[name])


def from_plain(name, plain, level="O0"):
    """A StackMap from the JSON form that `dwarf.py` makes."""
    return StackMap(
        isa=isa(name),
        level=level,
        types={key: (kind, size, *rest) for key, (kind, size, *rest) in plain["types"].items()},
        globals={key: tuple(pair) for key, pair in plain["globals"].items()},
        base=plain["base"],
        data=bytes.fromhex(plain["data"]),
        entry=plain["entry"],
        point=plain["point"],
        sites={key: _site(key, one) for key, one in plain["sites"].items()},
    )


def _site(name, plain):
    return Site(
        name,
        name.partition(" > ")[0],
        plain["address"],
        plain["size"],
        _numbered(plain["saved"]),
        tuple(Variable(*one) for one in plain["variables"]),
        _numbered(plain["hidden"]),
    )


def _numbered(pairs):
    """JSON's keys are text."""
    return {int(number): value for number, value in pairs.items()}
