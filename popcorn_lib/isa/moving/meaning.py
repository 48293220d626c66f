"""What a stopped thread means, whatever it runs on: the same words on every instruction set.

A pointer is said as what it points to.  So two threads that stand at the same migration point have
the same meaning, or one of them has lost something on its way.
"""

from popcorn_lib.isa.moving.frames import Place, owner, place, read, unwind
from popcorn_lib.isa.moving.state import TOP
from popcorn_lib.isa.moving.values import number, scalars


def meaning(state):
    """{name of a global or "frame 3, go_on > set_queens: half": value in words}.

    Raises Unmovable where the frames cannot be found.
    """
    frames = unwind(state)
    return dict(_globals(state, frames)) | dict(_variables(state, frames))


def differences(before, after):
    """[(name, what it meant, what it means now)] for all that has changed; Unmovable likewise."""
    old, new = meaning(before), meaning(after)
    return [(name, was, new.get(name)) for name, was in old.items() if new.get(name) != was]


def results(state):
    """The globals alone; the stack may be in any state."""
    return dict(_globals(state, ()))


def meant(state, frames, raw, scalar):
    """What the bytes of one number or pointer mean."""
    found = number(raw, scalar, state.isa)
    return pointed(state, frames, found) if scalar.kind == "pointer" else repr(found)


def pointed(state, frames, address):
    """What a pointer points to: a variable of a frame, a global or function, or nothing."""
    if not address:
        return "null"
    for frame, variable, into in filter(None, [owner(frames, state.map.types, address)]):
        path = next(
            (one.path for one in scalars(state.map.types, variable.type) if one.offset == into),
            f" + {into}",
        )
        return f"{variable.name} of frame {frame.number}" + (f", {path}" if into else "")
    if state.sp <= address < TOP:
        return f"{address:#x}, no variable of the stack"
    return f"{address:#x}"


def _globals(state, frames):
    for name, (address, type) in state.map.globals.items():
        for scalar in scalars(state.map.types, type):
            yield (
                name + scalar.path,
                meant(state, frames, read(state, Place(address), scalar), scalar),
            )


def _variables(state, frames):
    for frame in frames:
        for variable in frame.site.variables:
            where = place(frames, frame.number, variable)
            for scalar in scalars(state.map.types, variable.type):
                name = f"frame {frame.number}, {frame.site.name}: {variable.name}{scalar.path}"
                yield name, meant(state, frames, read(state, where, scalar), scalar)
