"""Calls about place and time."""

from popcorn_lib.errors import UsageError
from popcorn_lib.syscalls.linux import (
    WORK,
)
from popcorn_lib.syscalls.request import Call, duration, whole


class PlaceCalls:
    """Where a thread runs, and how long."""

    def migrate(self, kernel):
        """Go on running on `kernel`, by name; the result is 0.

        EBUSY: the thread is there already (on a machine with one kernel it is a success).
        """
        if not isinstance(kernel, str):
            raise UsageError(f"migrate needs the name of a kernel, not {kernel!r}")
        return Call("migrate", (kernel,))

    def sched_setaffinity(self, cpus, tid=0):
        """Let a thread run only on these CPUs, given by their numbers; the result is 0.

        CPUs are numbered through the kernels in the machine's order.  If none of them is on its
        kernel the thread migrates to the kernel of the lowest; a call in which it waits is made
        again there.  tid: a thread of this process; 0 is the caller.  The model does not pin a
        thread to one core inside a kernel.
        EINVAL: the machine has none of them.  ESRCH: no such thread in this process.
        """
        return Call("sched_setaffinity", (_cpus(cpus), whole("sched_setaffinity", "tid", tid)))

    def sched_getaffinity(self, tid=0):
        """The CPUs that a thread may use, as a frozenset; at first all of the machine's.

        tid: a thread of this process; 0 is the caller.  ESRCH: no such thread in this process.
        """
        return Call("sched_getaffinity", (whole("sched_getaffinity", "tid", tid),))

    def getcpu(self):
        """(cpu, node): the lowest CPU here that this thread may use, and the kernel's place."""
        return Call("getcpu")

    def sched_yield(self):
        """Let the other ready threads of this kernel run first."""
        return Call("sched_yield")

    def compute(self, work, kind="int"):
        """Work for `work` operations of one kind: "int", "float" or "memory".

        A kernel does so many of each kind in a cycle as its machine says; the default is one.
        """
        if not isinstance(work, int | float) or not 0 <= work < float("inf"):
            raise UsageError(f"compute needs a number of operations of 0 or more, not {work!r}")
        if kind not in WORK:
            raise UsageError(f"unknown kind of work {kind!r}; known: {', '.join(map(repr, WORK))}")
        return Call("compute", (work, kind))

    def nanosleep(self, seconds):
        """Sleep; never shorter than `seconds`.  EINVAL: a negative time."""
        return Call("nanosleep", (duration("nanosleep", seconds),))

    def clock_gettime(self):
        """The virtual time in seconds, on the clock of `run.messages.time_s`."""
        return Call("clock_gettime")


def _cpus(cpus):
    try:
        numbers = sorted({whole("sched_setaffinity", "number of a CPU", cpu) for cpu in cpus})
    except TypeError:
        raise UsageError(f"sched_setaffinity needs numbers of CPUs, not {cpus!r}") from None
    if numbers and numbers[0] < 0:
        raise UsageError(f"sched_setaffinity: {numbers[0]} is no number of a CPU")
    return tuple(numbers)
