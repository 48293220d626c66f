"""Clone and migrate: a thread goes to another kernel, and back."""

import errno

from popcorn_lib.errors import choose
from popcorn_lib.mechanisms.threads.tasks import (
    ACTIVE,
    ARRIVING,
    LEAVING,
    SHADOW,
    Group,
    Task,
    Tasks,
)
from popcorn_lib.messages import (
    BACK_MIGRATION,
    CLONE_REQUEST,
    EXIT_GROUP,
    NEW_KERNEL,
    NEW_KERNEL_ANSWER,
    PROCESS_PAIRING,
)
from popcorn_lib.syscalls import CLONE_SIGHAND, CLONE_THREAD, CLONE_VM, THREAD

SHARING = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD  # what threads share, all or nothing


class Migrate(Tasks):
    """The part of the threads mechanism that moves them."""

    # ---- clone ----------------------------------------------------------------------------------

    def sys_clone(self, tid, token, on, flags=THREAD):
        if not flags & SHARING:
            return self.sys_fork(tid, token, on, flags)
        divided = self.kernel["namespaces"].divides(tid)
        if flags & SHARING != SHARING or flags & ~THREAD or divided:
            return self.kernel.fail(tid, errno.EINVAL)
        child = self.free_id()
        if child is None:
            return self.kernel.fail(tid, errno.EAGAIN)
        parent = self.tasks[tid]
        self.start_thread(tid, child, Task(parent.pid, cpus=parent.cpus), token, on)
        self.kernel.resume(tid, child)

    def start_thread(self, parent, tid, task, token, on):
        """A new thread starts, here or on the kernel `on`."""
        self.kernel.work("thread", 1)
        self.tasks[tid] = task
        self.kernel.cloned(parent, tid)
        if self.elsewhere(on):
            self.send_away(tid, on, token)
        else:
            self.kernel.effect("start", tid, token)

    def elsewhere(self, name):
        """Whether `name` is another kernel; alone, a kernel takes every name for its own."""
        kernels = self.kernel.boot.kernels
        if name is None or len(kernels) == 1:
            return False
        return choose("kernel", name, kernels) != self.kernel.name

    def is_unlike(self, name):
        """Whether another kernel has another instruction set: there a stack must be rewritten."""
        isas = dict(zip(self.kernel.boot.kernels, self.kernel.boot.isas, strict=True))
        return isas[name] != isas[self.kernel.name]

    # ---- migrate: there -------------------------------------------------------------------------

    def sys_migrate(self, tid, to):
        if self.elsewhere(to):
            self.send_away(tid, to)
        elif len(self.kernel.boot.kernels) == 1:
            self.kernel.resume(tid, 0)
        else:
            self.kernel.fail(tid, errno.EBUSY)

    def send_away(self, tid, to, start=None):
        """Turn the active task into a shadow and send its thread to another kernel."""
        self.confine(tid, to)
        # DOC: migrate 1, the thread is packed and leaves
        kernel, task = self.kernel, self.tasks[tid]
        kernel.work("move", 1)
        if self.is_unlike(to):
            kernel.work("rewrite", tid)
        packed = kernel.pack(tid)
        shadows = (*(name for name in task.visited if name != to), kernel.name)
        if to in task.visited:
            kernel.send(to, BACK_MIGRATION(tid, shadows, packed))
            task.status, task.next = SHADOW, to
        else:
            stopped = self.groups[task.pid].stopped
            kernel.send(to, CLONE_REQUEST(tid, task.pid, shadows, start, stopped, packed))
            task.status = LEAVING
        task.visited = ()  # they travel with the thread
        # DOC: end

    def on_clone_request(self, source, message):
        # DOC: migrate 2, the thread arrives on a kernel that has not seen it
        if message.tid in self.tasks:  # of an older thread; news of its end is on its way
            self.tasks[message.tid].held.append((source, message))
            return
        self.tasks[message.tid] = Task(message.pid, ARRIVING, held=[(source, message)])
        group = self.groups.setdefault(message.pid, Group())
        home = self.kernel.home_of(message.pid)
        if group.counted or source == home:
            if not group.counted:  # from home: the pairing tells it to count us
                group.counted, group.stopped = True, message.stopped
            self.admit(message.tid)
        elif len(self.of(message.pid, ARRIVING)) == 1:  # else home has been asked already
            self.kernel.send(home, NEW_KERNEL(message.pid))
        # DOC: end

    def on_new_kernel(self, source, message):
        group = self.groups[message.pid]
        self.count(message.pid, source)
        self.kernel["signals"].introduce(message.pid, source)
        self.kernel.send(source, NEW_KERNEL_ANSWER(message.pid, group.stopped, group.status))

    def on_new_kernel_answer(self, source, message):
        group = self.groups[message.pid]
        group.counted, group.stopped = True, message.stopped
        if message.status is not None:  # the order that follows is then no news any more
            self.obey(message.pid, message.status)
        for tid in self.of(message.pid, ARRIVING):
            self.admit(tid)

    def admit(self, tid):
        """Home counts us: the thread becomes active here and its shadow hears of it."""
        # DOC: migrate 3, the thread runs and its shadow hears of it
        kernel, task = self.kernel, self.tasks[tid]
        [(source, message)], task.held = task.held, []
        task.status, task.visited = ACTIVE, message.visited
        kernel.work("thread", 1)
        kernel.unpack(tid, message.packed)
        kernel.send(source, PROCESS_PAIRING(tid, task.pid))
        if self.groups[task.pid].status is not None:
            self.finish(tid)
        elif message.start is not None:
            kernel.effect("start", tid, message.start)
            kernel["signals"].look(tid)
        else:
            self.go_on(tid)
        # DOC: end

    def on_process_pairing(self, source, message):
        # DOC: migrate 4, the shadow points forward
        task = self.tasks[message.tid]
        task.status, task.next = SHADOW, source
        group = self.groups[message.pid]
        if self.is_home(message.pid):
            self.count(message.pid, source)
            if group.status is not None:
                self.kernel.send(source, EXIT_GROUP(message.pid, group.status, None))
        held, task.held = task.held, []
        self.kernel.again(held)
        # DOC: end

    # ---- migrate: back --------------------------------------------------------------------------

    def on_back_migration(self, source, message):
        # DOC: migrate back, the shadow is woken
        task = self.tasks[message.tid]
        if task.status == LEAVING:  # the pairing of its last departure is still on its way
            task.held.append((source, message))
            return
        task.status, task.next, task.visited = ACTIVE, None, message.visited
        self.kernel.work("move", 1)
        self.kernel.unpack(message.tid, message.packed)
        if self.groups[task.pid].status is not None:
            self.finish(message.tid)
        else:
            self.go_on(message.tid)
        # DOC: end
