"""Affinity: on which CPUs a thread may run, and so on which kernels.

The idea.  The machine's CPUs are numbered through its kernels, and a thread's mask is one of its
own possessions: it travels with the thread.  In Popcorn there is no call to migrate: a thread sets
its affinity to a CPU of another kernel and finds itself there.  `migrate` and `on=` are the same
from the other side: they win over a mask that has no CPU of that kernel.

The model does not pin a thread to one core inside a kernel: the mask decides between kernels.
"""

import errno

from popcorn_lib.mechanisms.threads.tasks import Tasks


class Affinity(Tasks):
    """The part of the threads mechanism that knows CPUs."""

    def cpus_of(self, kernel):
        """The CPUs of one kernel, by name."""
        boot = self.kernel.boot
        place = boot.kernels.index(kernel)
        first = sum(boot.cores[:place])
        return range(first, first + boot.cores[place])

    def mask(self, tid):
        """The CPUs that a thread may use, lowest first."""
        return self.tasks[tid].cpus or tuple(range(sum(self.kernel.boot.cores)))

    def confine(self, tid, kernel):
        """The thread is sent to a kernel: if its mask has no CPU there, it becomes that kernel."""
        cpus = self.cpus_of(kernel)
        if not set(cpus) & set(self.mask(tid)):
            self.tasks[tid].cpus = tuple(cpus)

    def leave(self, tid):
        task = self.tasks[tid]
        cpus, task.cpus = task.cpus, None
        return cpus

    def arrive(self, tid, packed):
        self.tasks[tid].cpus = packed

    # ---- calls ----------------------------------------------------------------------------------

    def sys_sched_getaffinity(self, tid):
        self.kernel.resume(tid, frozenset(self.mask(tid)))

    def sys_sched_setaffinity(self, tid, cpus):
        every = range(sum(self.kernel.boot.cores))
        wanted = tuple(sorted(set(cpus) & set(every)))
        if not wanted:
            return self.kernel.fail(tid, errno.EINVAL)
        self.tasks[tid].cpus = wanted if len(wanted) < len(every) else None
        if set(wanted) & set(self.cpus_of(self.kernel.name)):
            return self.kernel.resume(tid, 0)
        # DOC: affinity, a mask without a CPU of this kernel is a migration
        self.send_away(tid, self.kernel_of(wanted[0]))
        # DOC: end

    def kernel_of(self, cpu):
        """The name of the kernel that a CPU belongs to."""
        kernels = self.kernel.boot.kernels
        return next(kernel for kernel in kernels if cpu in self.cpus_of(kernel))

    def sys_getcpu(self, tid):
        here = set(self.cpus_of(self.kernel.name)) & set(self.mask(tid))
        node = self.kernel.boot.kernels.index(self.kernel.name)
        self.kernel.resume(tid, (min(here), node))
