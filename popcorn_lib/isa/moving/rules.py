"""The rules by which a value goes from one instruction set to another, and what each is for.

Every one can be left out, to see what it is there for; then the value goes as if nobody had thought
of the rule.  A variable or a global can be left out too, by its name: "go_on.half", "spread".
"""

from popcorn_lib.errors import UsageError

COPY = "copy"
POINTERS = "pointers into the stack"
RETURNS = "return addresses"
ORDER = "byte order"
REGISTERS = "callee-saved registers"
STACK_POINTER = "stack pointer"
COUNTER = "program counter"
HIDDEN = "values without a name"
GLOBALS = "globals"

RULES = {
    COPY: "a value keeps its bits, wherever it lies",
    POINTERS: "a pointer into the stack points to the same variable in the new layout",
    RETURNS: "a return address becomes that of the same call in the other program",
    ORDER: "the bytes of each number turn round between little and big ends",
    REGISTERS: "a variable in a callee-saved register goes where the younger frames keep it",
    STACK_POINTER: "the stack pointer fits the sizes of the new frames",
    COUNTER: "the thread goes on after the same call in the other program",
    HIDDEN: "what the compiler keeps in a register for itself is set again",
    GLOBALS: "what lies outside the stack goes along",
}


def checked(leave_out, stack_map):
    """The names to leave out as a frozenset; UsageError for one that is neither rule nor value.

    leave_out: a name or several.
    """
    names = frozenset([leave_out] if isinstance(leave_out, str) else leave_out)
    known = [*RULES, *variables(stack_map), *stack_map.globals]
    for name in sorted(names - set(known)):
        listed = ", ".join(map(repr, known))
        raise UsageError(f"unknown rule or variable {name!r}; known: {listed}")
    return names


def variables(stack_map):
    """Every variable of every frame: "function.name"."""
    return list(
        dict.fromkeys(
            f"{site.function}.{variable.name}"
            for site in stack_map.sites.values()
            for variable in site.variables
        )
    )
