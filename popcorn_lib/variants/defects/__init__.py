"""The defects that were really there, or nearly: each a small subclass of a sound mechanism.

Each is one mistake in the way of code that ran, or that its readers found it open to; the docstring
says which.  `DEFECTS` lists them with a program on which `explore` finds the shortest failure, and
`table()` runs them all.  G1, G2 and G3 are the generations of Popcorn Linux: 2012 to 2015, 2013 to
2016, 2017 to 2020.
"""

from typing import NamedTuple

from popcorn_lib.variants import programs
from popcorn_lib.variants.defects.futex import (
    DummiesIgnoreBitset,
    NoticeDroppedForMovedWaiter,
    TimeoutLeavesDummy,
    WakeFlagOnlyWhenAsleep,
)
from popcorn_lib.variants.defects.ipc import TwoKernelsCreateOneKey
from popcorn_lib.variants.defects.memory import AckKeepsPage, InvalidationOvertakesPage
from popcorn_lib.variants.defects.namespaces import InitEndsFirst, NamespacesStayBehind
from popcorn_lib.variants.defects.signals import (
    GroupKillStaysLocal,
    PendingStaysOnShadow,
    SignalDoubled,
    SignalLostInFlight,
)
from popcorn_lib.variants.defects.sockets import (
    LateSegmentsAreDropped,
    PortsPerKernel,
    QueueStaysBehind,
)
from popcorn_lib.variants.defects.threads import TwoLastExits


class Defect(NamedTuple):
    """One defect and a program on which it shows."""

    name: str
    variant: type  # the mechanism with the defect in it
    mechanism: str  # what it takes the place of
    program: object
    args: tuple
    kernels: int
    migrations: int
    kind: str  # of the nearest violation
    source: str
    sign: str  # what a student would notice

    def explore(self, repaired=False, watched=True, **options):
        """Explore the program, on the machine with the defect or on the repaired one.

        watched: whether the mechanism's invariants are checked; without them one sees what comes
        of it for the program.  options: as for `explore`.
        """
        from popcorn_lib.worlds.explore import explore  # a look upwards, when a reader asks for it

        machine = self.machine(repaired)
        if not watched:
            kind = machine.mechanism(self.mechanism)
            blind = type(kind.__name__, (kind,), {"invariants": ()})
            machine = machine.replace(**{self.mechanism: blind})
        return explore(self.program, machine, self.args, self.migrations, **options)

    def machine(self, repaired=False):
        """The machine with the defect, or the repaired one."""
        from popcorn_lib.machine import Machine

        machine = Machine.multikernel(self.kernels, page_size=programs.PAGE)
        return machine if repaired else machine.replace(**{self.mechanism: self.variant})


READ, DERIVED = "read in its code", "derived from its code"
DEFECTS = (
    Defect(
        "wake flag only when asleep", WakeFlagOnlyWhenAsleep, "futex",
        programs.handshake, ("k1",), 2, 0, "deadlock", f"G1, kernel/futex_remote.c, {DERIVED}",
        "The waker was told that it woke one thread; that thread sleeps for ever.",
    ),
    Defect(
        "notice dropped for a moved waiter", NoticeDroppedForMovedWaiter, "futex",
        programs.sent_away, ("k1", "k0"), 2, 0, "deadlock", f"G1, kernel/futex_remote.c, {READ}",
        "A wake counted one thread; it had just been sent to another kernel, and nobody woke.",
    ),
    Defect(
        "timeout leaves a dummy", TimeoutLeavesDummy, "futex",
        programs.impatient, ("k1", "k0"), 2, 0, "invariant", f"G1, kernel/futex_remote.c, {READ}",
        "A thread stands in the queue that has long gone on; the next wake is wasted on it.",
    ),
    Defect(
        "dummies ignore the bitset", DummiesIgnoreBitset, "futex",
        programs.two_bitsets, ("k1", "k0"), 2, 0, "deadlock", f"G1, kernel/futex.c, {READ}",
        "A thread is woken that waits for something else; the one that was meant sleeps on.",
    ),
    Defect(
        "invalidation overtakes the page", InvalidationOvertakesPage, "memory",
        programs.data_and_flag, ("k1",), 2, 0, "invariant",
        "G3, kernel/popcorn/page_server.c, which has the rule that is left out here",
        "A thread sees the flag and still reads the old data.",
    ),
    Defect(
        "acknowledged, but kept", AckKeepsPage, "memory",
        programs.data_and_flag, ("k1",), 2, 0, "invariant", "no code; easily got wrong",
        "A thread sees the flag and still reads the old data.",
    ),
    Defect(
        "two last exits", TwoLastExits, "threads",
        programs.two_last, ("k1",), 2, 0, "residue", f"G1, kernel/process_server.c, {DERIVED}",
        "All threads have ended, the process has not; its memory stays on both kernels.",
    ),
    Defect(
        "two kernels create one key", TwoKernelsCreateOneKey, "ipc",
        programs.one_key, ("k1",), 2, 0, "invariant", f"G1, ipc/sem_remote.c, {DERIVED}",
        "Two threads ask for the queue of one key and get two; what one sends never arrives.",
    ),
    Defect(
        "the queue does not travel", QueueStaysBehind, "sockets",
        programs.moved_reader, ("k1",), 2, 0, "deadlock", f"G1, kernel/process_server.c, {READ}",
        "A thread moves and waits for bytes that had come before; the sender knows them delivered.",
    ),
    Defect(
        "late segments are dropped", LateSegmentsAreDropped, "sockets",
        programs.sent_meanwhile, ("k1",), 2, 0, "deadlock", "no code; easily got wrong",
        "A stream stops in the middle; what comes after the gap waits behind it for ever.",
    ),
    Defect(
        "ports per kernel", PortsPerKernel, "sockets",
        programs.one_port_for_two, ("k1",), 2, 0, "invariant", f"G1, {DERIVED}",
        "Two servers have one port; which of them a client gets depends on its kernel.",
    ),
    Defect(
        "namespaces stay behind", NamespacesStayBehind, "namespaces",
        programs.own_name, ("k1",), 2, 0, "invariant", "no code; easily got wrong",
        "A process gives its host a name; after it has moved it reads the machine's.",
    ),
    Defect(
        "init ends first", InitEndsFirst, "namespaces",
        programs.contained, ("k1",), 2, 0, "invariant", "no code; easily got wrong",
        "The first process of a PID namespace has been waited for; another of it still runs.",
    ),
    Defect(
        "pending signals stay on the shadow", PendingStaysOnShadow, "signals",
        programs.blocks_and_moves, ("k1",), 2, 0, "invariant",
        f"G1, kernel/process_server.c, {READ}",
        "A thread stops blocking a signal that was sent long ago, and no handler runs.",
    ),
    Defect(
        "a signal lost in flight", SignalLostInFlight, "signals",
        programs.signalled_on_the_way, ("k1",), 2, 0, "deadlock",
        f"G1, kernel/signal.c, {READ}",
        "The kill has returned 0; the thread, which was just moving, waits for ever.",
    ),
    Defect(
        "a signal doubled", SignalDoubled, "signals",
        programs.blocks_and_comes_back, ("k1", "k0"), 2, 0, "invariant",
        "no code; easily got wrong",
        "One signal was sent, and the handler ran on one kernel and again on another.",
    ),
    Defect(
        "the group kill that stays local", GroupKillStaysLocal, "signals",
        programs.job_is_killed, ("k1",), 2, 0, "deadlock", f"G1, kernel/signal.c, {READ}",
        "A job was killed as a whole; those of it that live on another kernel live on.",
    ),
)  # fmt: skip


def table():
    """A pandas DataFrame: what `explore` finds of each defect, and on the repaired library."""
    import pandas

    return pandas.DataFrame([_row(defect) for defect in DEFECTS]).set_index("defect")


def _row(defect):
    wrong, right = defect.explore(), defect.explore(repaired=True)
    return {
        "defect": defect.name,
        "mechanism": defect.mechanism,
        "program": defect.program.__name__,
        "violation": wrong.violation.kind,
        "states": wrong.states,
        "steps": len(wrong.violation.trace) - 1,
        "repaired": right.violation.kind if right.violation else "clean",
        "repaired_states": right.states,
        "complete": right.complete,
    }
