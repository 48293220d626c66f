"""Let a thread run on an emulated processor until it stands at a migration point.

The program calls `migration_point` whenever it could be moved.  There the emulator stops it, and we
take what is left of it as if that call had returned: then everything that the thread still needs
lies where the stack map of its callers says.
"""

from popcorn_lib.isa.emulator import Emulator, LimitReached
from popcorn_lib.isa.moving.isas import PC
from popcorn_lib.isa.moving.stackmap import HERE, Unmovable
from popcorn_lib.isa.moving.state import ROOM, TOP, State, cleared
from popcorn_lib.isa.moving.values import WORD

LIMIT = 100_000  # instructions from one migration point to the next; a right thread takes hundreds
POINTS = 1_000  # migration points until the end; a right thread passes 153
SECONDS = 20


def run(state, points=None, limit=LIMIT):
    """Run until the thread has passed so many more migration points, or has finished.

    points: None runs it to its end.  Returns the State there; `state` stays as it is.
    Raises EmulationError where the thread breaks, its kind LimitReached where it would not end,
    Unmovable where it has left its stack, and UsageError where Unicorn or pyelftools is missing.
    """
    machine = started(state)
    at, most = state.pc, POINTS if points is None else points
    for passed in range(state.points, state.points + most):
        if finished(machine, state.map):
            return stopped(machine, state.map, at, passed)
        machine.run(at, until=state.map.point, limit=limit, seconds=SECONDS)
        at = returned(machine, state.isa)
    if points is None:
        raise LimitReached(f"{state.isa.name}: not done after {most} migration points")
    return stopped(machine, state.map, at, state.points + most)


def started(state):
    """A processor that has run nothing else, with the thread in its memory and registers."""
    isa = state.isa
    machine = Emulator(isa.name, program(state.map))
    machine.map(TOP - ROOM, ROOM)
    machine.enter(state.pc)
    machine.write(TOP - len(state.stack), state.stack)
    machine.write(state.map.base, state.data)
    for number, value in state.registers.items():
        machine.set(isa.register(number), value)
    return machine


def program(stack_map):
    """The bytes of the ELF file that a stack map belongs to."""
    return (HERE / f"{stack_map.isa.name}-{stack_map.level}.elf").read_bytes()


def finished(machine, stack_map):
    """Whether the program has come to its end."""
    return machine.word(stack_map.globals["finished"][0], WORD) != 0


def returned(machine, isa):
    """Do the return of `migration_point` on its behalf; where the thread goes on."""
    if isa.processor.ra:
        return machine.get(isa.processor.ra)
    sp = machine.get(isa.processor.sp)
    machine.set(isa.processor.sp, sp + isa.pushed)
    return machine.word(sp)


def stopped(machine, stack_map, at, points):
    """The thread as it stands now, taken out of the processor."""
    isa = stack_map.isa
    registers = {number: machine.get(isa.register(number)) for number in cleared(isa)}
    registers[PC], sp = at, registers[isa.sp]
    if not TOP - ROOM <= sp <= TOP:
        raise Unmovable(f"{isa.name}: the stack pointer is {sp:#x}, outside the stack")
    stack = bytearray(machine.read(sp, TOP - sp))
    data = bytearray(machine.read(stack_map.base, len(stack_map.data)))
    return State(stack_map, registers, stack, data, points)
