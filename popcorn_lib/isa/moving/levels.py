"""What a debugger's tables cannot say once a compiler optimises: the argument for Popcorn's own.

DWARF describes what the programmer has named, where the compiler still knows it.  A move needs
everything that the code will read again.  At -O0 the two are the same but for r13 of s390x; at -O1
and -O2 a value may lie where a call overwrites it, be folded into another one, or be a number that
only the compiler has made and keeps in a callee-saved register without a name.  Popcorn's compiler
instead notes every live value at each migration point, and its place on every instruction set.
"""

from popcorn_lib.isa.moving.tables import rows

LEVELS = ("O0", "O1", "O2")
UNNAMED = "no name"  # a callee-saved register that the function uses and no variable explains


def summary():
    """A dict per instruction set and level: how many values can be moved, and how many cannot.

    values: variables at all call sites together.  placed: those that DWARF places.  unplaced: the
    rest.  unnamed: callee-saved registers in use that hold no variable.  works: to how many of the
    three others a thread moved and ended as it should, of so many tries.
    """
    homes, attempts = rows("homes"), rows("attempts")
    pairs = dict.fromkeys((row["isa"], row["level"]) for row in homes)
    return [_counted(isa, level, homes, attempts) for isa, level in pairs]


def _counted(isa, level, homes, attempts):
    mine = [row for row in homes if (row["isa"], row["level"]) == (isa, level)]
    named = [row for row in mine if row["name"] != UNNAMED]
    placed = sum(row["movable"] == "yes" for row in named)
    tries = [row["outcome"] for row in attempts if (row["source"], row["level"]) == (isa, level)]
    return {
        "isa": isa,
        "level": level,
        "values": len(named),
        "placed": placed,
        "unplaced": len(named) - placed,
        "unnamed": len(mine) - len(named),
        "works": sum(outcome == "same final state" for outcome in tries),
        "tries": len(tries),
    }
