"""Defects of namespaces and of /proc."""

from popcorn_lib.mechanisms.namespaces import Namespaces


class NamespacesStayBehind(Namespaces):
    """A thread that moves does not take the numbers of its namespaces along.

    Wrong: `leave` gives nothing; the thread is in the first namespaces where it arrives.
    It leads to a process that is called otherwise on another kernel, and changes names that are
    not its own.
    Where: no code; what travels with a thread is a list, and it is easy to leave one thing out.
    """

    def leave(self, tid):
        super().leave(tid)


class InitEndsFirst(Namespaces):
    """The end of a PID namespace's init is told at once, while the others are being killed.

    Wrong: `holds_up` gives the order, but does not wait for it to be done.
    It leads to a parent that takes the namespace for empty while processes of it still run.
    Where: no code; Linux waits in kernel/pid_namespace.c, zap_pid_ns_processes.
    """

    def holds_up(self, message):
        super().holds_up(message)
        for space in self.pids.values():
            space.ended = None
        return False


class ShadowsAreListed(Namespaces):
    """Each kernel tells of every process of which it has a task, and nobody puts them together.

    Wrong: a shadow is a task too, and a process on two kernels is told of twice.
    It leads to a list of processes with one pid twice in it.
    Where: G1, fs/proc/remote_proc_pid.c adds the pids of the others to its own.  That shadows are
    among them is derived.
    """

    def tell_(self, asker):
        return tuple(sorted(self.kernel["threads"].groups))

    def joined(self, tid, file, pid, parts):
        if file or pid:
            return super().joined(tid, file, pid, parts)
        return tuple(str(pid) for part in parts for pid in part)
