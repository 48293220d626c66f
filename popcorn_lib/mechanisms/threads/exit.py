"""Exit: the end of a thread, counted at home, and the end of a process on all kernels."""

from popcorn_lib.mechanisms.threads.tasks import ACTIVE, INIT, LEAVING, Tasks
from popcorn_lib.messages import (
    EXIT_GROUP,
    EXIT_PROCESS,
    LAST_MEMBER,
    PROCESS_EXITED,
    THREAD_GROUP_EXITED_NOTIFICATION,
)


class Exit(Tasks):
    """The part of the threads mechanism that ends them."""

    # ---- exit of a thread -----------------------------------------------------------------------

    def sys_exit(self, tid, value, status):
        self.finish(tid, value, status)

    def sys_return(self, tid, value):
        """A thread's function has returned: that of a process's first thread ends the process."""
        pid = self.tasks[tid].pid
        if tid == pid:
            self.exit_group(pid, 0, value)
        else:
            self.finish(tid, value)

    def finish(self, tid, value=None, status=0):
        """A thread ends here: every kernel that keeps a shadow hears of it."""
        # DOC: exit 1, the active task goes and tells the shadows
        kernel, task = self.kernel, self.tasks.pop(tid)
        kernel.effect("end", tid)
        kernel.ended(tid)
        last = not self.holds(task.pid)
        home = kernel.home_of(task.pid)
        for shadow in task.visited:
            news = EXIT_PROCESS(tid, task.pid, value, status, last and shadow == home)
            kernel.send(shadow, news)
        self.gone(tid, task.pid, value, status, told=home in task.visited)
        # DOC: end

    def on_exit_process(self, source, message):
        task = self.tasks[message.tid]
        if message.last:  # at once: the sender may come back while this waits for the pairing
            self.groups[message.pid].members.discard(source)
        if task.status == LEAVING:  # the pairing is still on its way
            task.held.append((source, message._replace(last=False)))
            return
        del self.tasks[message.tid]
        self.gone(message.tid, message.pid, message.value, message.status)
        self.kernel.again(task.held)  # a younger thread with the same id has waited

    def gone(self, tid, pid, value, status, told=False):
        """A task has gone from here; `told`: home knows already if it was our last one."""
        # DOC: exit 2, the home kernels draw the conclusions
        kernel = self.kernel
        self.freed(tid)
        if kernel.home_of(tid) == kernel.name:
            self.give_value(tid, pid, value)
        if self.is_home(pid):
            if tid == pid:
                self.groups[pid].code = status
            self.bury_if_dead(pid)
        elif not self.holds(pid):
            del self.groups[pid]
            if not told:
                kernel.send(kernel.home_of(pid), LAST_MEMBER(pid))
        # DOC: end

    # ---- exit of the process --------------------------------------------------------------------

    def sys_exit_group(self, tid, status):
        self.exit_group(self.tasks[tid].pid, (status & 0xFF) << 8)

    def exit_group(self, pid, status, value=None):
        """End a process with a wait status; home decides which of several comes first."""
        self.kernel.send(self.kernel.home_of(pid), EXIT_GROUP(pid, status, value))

    def fatal(self, tid, signum):
        """The thread has done what the process dies of, unless it is being killed already."""
        if not self.dies_instead(tid):
            self.exit_group(self.tasks[tid].pid, signum)

    def on_exit_group(self, source, message):
        group = self.groups.get(message.pid)
        if group is None or group.status is not None:
            return
        if self.is_home(message.pid):
            group.value = message.value
            for member in sorted(group.members):
                self.kernel.send(member, EXIT_GROUP(message.pid, message.status, None))
        self.obey(message.pid, message.status)

    def obey(self, pid, status):
        """The process exits: every thread of it that is here goes, unless that was said before."""
        if self.groups[pid].status is None:
            self.groups[pid].status = status
            for tid in self.of(pid, ACTIVE):
                self.kill(tid)

    def kill(self, tid):
        """End a thread now, or as soon as what it waits for lets it go."""
        self.tasks[tid].dying = True
        if not self.kernel.interrupt(tid):
            self.finish(tid)

    def dies_instead(self, tid):
        """Called when a thread would go on: a killed one ends here instead."""
        if not self.tasks[tid].dying:
            return False
        self.finish(tid)
        return True

    def on_last_member(self, source, message):
        self.groups[message.pid].members.discard(source)
        self.bury_if_dead(message.pid)

    def bury_if_dead(self, pid):
        """Home: when no kernel holds a task of the process any more, it is gone."""
        group = self.groups[pid]
        if group.members or self.holds(pid) or self.kernel.ending(pid):
            return
        for kernel in sorted(group.seen):
            self.kernel.send(kernel, THREAD_GROUP_EXITED_NOTIFICATION(pid))
        self.forget(pid)
        status = (group.code & 0xFF) << 8 if group.status is None else group.status
        self.kernel.effect("exited", pid, status, group.value)
        self.report_end(pid, status)

    def report_end(self, pid, status):
        """Init's kernel hears of the end a moment later, also if that is this one."""
        process = self.tree.get(pid)
        if process and process.parent != INIT:
            self.kernel.effect("timer", ("threads", "exited", status, pid), 0)
        else:
            self.kernel.send(self.init, PROCESS_EXITED(pid, status))

    def on_thread_group_exited_notification(self, source, message):
        self.forget(message.pid)

    def forget(self, pid):
        for tid in [tid for tid, (owner, _) in self.values.items() if owner == pid]:
            del self.values[tid]
            self.freed(tid)
        if self.is_home(pid):
            del self.groups[pid]
        self.kernel.exited(pid)
