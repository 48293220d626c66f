"""Affinity: on which CPUs a thread may run, and so on which kernels.

The idea.  The machine's CPUs are numbered through its kernels, and a thread's mask is one of its
own possessions: it travels with the thread.  In Popcorn there is no call to migrate: a thread sets
its affinity to a CPU of another kernel and finds itself there.  `migrate` and `on=` are the same
from the other side: they win over a mask that has no CPU of that kernel.

A thread can also be sent by another one, wherever it is: the request goes to the kernel that its
id names and follows the shadows.  If it waits in a call, the wait is cut short and the call is made
again where it arrives; if the call has an end already, the thread takes the result along.

The model does not pin a thread to one core inside a kernel: the mask decides between kernels.

Source.  Popcorn Linux, where sched_setaffinity (and so taskset) is the trigger of a migration.
"""

import errno

from popcorn_lib.mechanisms.threads.tasks import ACTIVE, LEAVING, SHADOW, Tasks
from popcorn_lib.messages import AFFINITY_REQUEST, AFFINITY_RESPONSE
from popcorn_lib.syscalls import Failure

AGAIN = "again"  # in place of a result: the thread makes its call again


def cut_short(result):
    """Whether this is the result of a call that has been interrupted."""
    return type(result) is Failure and result.errno == errno.EINTR


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
        packed = (task.cpus, task.result)
        task.cpus, task.result, task.move = None, 0, None
        return packed

    def arrive(self, tid, packed):
        self.tasks[tid].cpus, self.tasks[tid].result = packed

    def go_on(self, tid):
        """A thread that has arrived goes on with what it has brought along."""
        task = self.tasks[tid]
        result, task.result = task.result, 0
        if result == AGAIN:
            self.kernel.effect("restart", tid)
        else:
            self.kernel.resume(tid, result)
        self.kernel["signals"].look(tid)

    # ---- calls ----------------------------------------------------------------------------------

    def sys_sched_getaffinity(self, tid, target):
        self._ask(tid, self.kernel["namespaces"].thread(tid, target), ())

    def sys_sched_setaffinity(self, tid, cpus, target):
        wanted = tuple(sorted(set(cpus) & set(range(sum(self.kernel.boot.cores)))))
        if not wanted:
            return self.kernel.fail(tid, errno.EINVAL)
        target = self.kernel["namespaces"].thread(tid, target)
        if target not in (0, tid):
            return self._ask(tid, target, wanted)
        to = self.set_mask(tid, wanted)
        self.tasks[tid].move = None
        if to == self.kernel.name:
            return self.kernel.resume(tid, 0)
        # DOC: affinity, a mask without a CPU of this kernel is a migration
        self.send_away(tid, to)
        # DOC: end

    def set_mask(self, tid, cpus):
        """Give a thread a mask; returns the kernel where it belongs from now on."""
        self.tasks[tid].cpus = cpus if len(cpus) < sum(self.kernel.boot.cores) else None
        here = set(cpus) & set(self.cpus_of(self.kernel.name))
        return self.kernel.name if here else self.kernel_of(cpus[0])

    # ---- the mask of another thread -------------------------------------------------------------

    def _ask(self, tid, target, cpus):
        """Ask for a thread's mask, or set it; no CPUs means to ask."""
        home = self.kernel.home_of(target or tid)
        if home is None:
            return self.kernel.fail(tid, errno.ESRCH)
        self.waiting[tid] = ("sched_setaffinity", None)
        me, pid = self.kernel.name, self.tasks[tid].pid
        self.on_affinity_request(me, AFFINITY_REQUEST(target or tid, pid, tid, me, cpus))

    def on_affinity_request(self, source, message):
        # DOC: affinity of another, the request follows the thread
        task = self.tasks.get(message.tid)
        home = self.kernel.home_of(message.tid)
        if task is None and self.kernel.name != home:
            self.kernel.send(home, message)
        elif task and task.status == LEAVING:  # where to will be known with the pairing
            task.held.append((source, message))
        elif task and task.status == SHADOW:
            self.kernel.send(task.next, message)
        else:
            known = task and task.status == ACTIVE and task.pid == message.pid
            answer = self._apply(message.tid, message.cpus) if known else Failure(errno.ESRCH)
            self.kernel.send(message.kernel, AFFINITY_RESPONSE(message.asker, answer))
        # DOC: end

    def _apply(self, tid, cpus):
        """Here is the thread: set its mask, if one is given, and see to it that it moves."""
        if not cpus:
            return frozenset(self.mask(tid))
        task, to = self.tasks[tid], self.set_mask(tid, cpus)
        if task.move or to != self.kernel.name:
            task.move = to
            self.kernel.interrupt(tid)  # a thread that waits for nothing moves at its next call
        return 0

    def on_affinity_response(self, source, message):
        del self.waiting[message.asker]
        self.kernel.resume(message.asker, message.result)

    def diverts(self, tid, result):
        """Called when a thread would go on: a killed one ends, one that has been signalled runs its
        handler, one that has to move does so.
        """
        task = self.tasks[tid]
        if task.dying:
            return self.dies_instead(tid)
        if task.signalled:
            return self.kernel["signals"].at_return(tid, result)
        if not task.move or task.asks:
            return False
        to, task.move = task.move, None
        task.result = AGAIN if cut_short(result) else result
        if to == self.kernel.name:  # it has been told to stay after all
            self.go_on(tid)
        else:
            self.send_away(tid, to)
        return True

    def kernel_of(self, cpu):
        """The name of the kernel that a CPU belongs to."""
        kernels = self.kernel.boot.kernels
        return next(kernel for kernel in kernels if cpu in self.cpus_of(kernel))

    def sys_getcpu(self, tid):
        here = set(self.cpus_of(self.kernel.name)) & set(self.mask(tid))
        node = self.kernel.boot.kernels.index(self.kernel.name)
        self.kernel.resume(tid, (min(here), node))
