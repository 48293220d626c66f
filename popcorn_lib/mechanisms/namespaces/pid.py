"""PID namespaces: a process has a number in its own one and in each around it.

The idea.  Kernels know processes by their global pids and nothing else.  What a program says and
hears are the numbers of its own namespace; they are translated at one border, on init's kernel,
where calls about processes go anyway.  Only who am I is asked without a message: the thread knows.
A thread that is not its process's first has its global id everywhere.

The first process in a namespace is its init: orphans become its children, it dies of no signal
from inside, and all others in the namespace are killed when it ends, before anybody hears of that.

Source.  pid_namespaces(7); Linux, kernel/pid_namespace.c, zap_pid_ns_processes.
"""

import signal

from popcorn_lib.kernel import GLOBAL
from popcorn_lib.mechanisms.namespaces.members import Members
from popcorn_lib.mechanisms.namespaces.tables import PidSpace
from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.messages import EXIT_GROUP, PROCESS_EXITED

NOBODY = 1 << 30  # in place of a number that names no process
GIVE_PIDS = ("fork", "getppid", "getpgid", "getsid", "setsid")
TAKE_PIDS = ("wait4", "getpgid", "setpgid", "getsid")  # all of their first arguments are


class Pids(Members):
    """The part of the namespaces mechanism that numbers processes."""

    # ---- on the thread's kernel: who am I -------------------------------------------------------

    def pid_of(self, tid):
        """What a thread's process is called in its own namespace."""
        return self.of(tid).number or self.kernel["threads"].tasks[tid].pid

    def tid_of(self, tid):
        """What a thread is called there."""
        return self.pid_of(tid) if tid == self.kernel["threads"].tasks[tid].pid else tid

    def is_number(self, tid, number):
        """Whether a number is, for this thread, that of a process and of its first thread."""
        return bool(self.of(tid).number) and number < GLOBAL

    def is_foreign(self, tid, target, thread):
        """Whether a thread cannot mean anybody by these: no name of its namespace, no thread's."""
        if not self.of(tid).number:
            return bool(thread) and self.kernel.home_of(thread) is None
        if thread < GLOBAL:  # a first thread is called as its process
            return abs(target or 0) >= GLOBAL or thread not in (0, target)
        return self.kernel.home_of(thread) is None or abs(target or 0) >= GLOBAL

    def divides(self, tid):
        """Whether the children of a thread are to be in another PID namespace than it is."""
        return self.of(tid).children != self.of(tid).pid

    def thread(self, tid, number):
        """The thread of the caller's own process that has a number."""
        mine = self.is_number(tid, number) and number == self.of(tid).number
        return self.kernel["threads"].tasks[tid].pid if mine else number

    def is_init(self, pid):
        """Home: whether a process is number 1 in its namespace."""
        return pid in self.inits

    # ---- on init's kernel: the border -----------------------------------------------------------

    def inward(self, viewer, number):
        """The pid that process `viewer` calls by a number; of groups, both are negative."""
        # DOC: pid 1, what a program says becomes a pid
        space = self.first_of(viewer).pid
        if not space or number in (0, -1):
            return number
        named = {nr: pid for pid, nr in self.pids[space].numbers.items()}
        pid = named.get(abs(number), NOBODY)
        return pid if number > 0 else -pid
        # DOC: end

    def meant(self, viewer, number):
        """The same for kill; a pid that another kernel has found for a thread is one already."""
        found = number >= GLOBAL and self.outward(viewer, number)
        return number if found else self.inward(viewer, number)

    def outward(self, viewer, pid):
        """What process `viewer` calls a process; 0 if its namespace does not have it."""
        # DOC: pid 2, and a pid becomes what the program calls it
        space = self.first_of(viewer).pid
        return self.pids[space].numbers.get(pid, 0) if space and pid else pid
        # DOC: end

    def translated(self, viewer, call, args):
        """The arguments of a call about processes."""
        if call in TAKE_PIDS and viewer in self.members:
            count = 2 if call == "setpgid" else 1
            args = (*(self.inward(viewer, pid) for pid in args[:count]), *args[count:])
        return args

    def told(self, viewer, call, result):
        """The result of a call about processes."""
        return self.outward(viewer, result) if call in GIVE_PIDS else result

    # ---- numbers --------------------------------------------------------------------------------

    def chain(self, space):
        """A PID namespace and those around it, without the first."""
        chain = []
        while space:
            chain.append(space)
            space = self.pids[space].parent
        return chain

    def make_pid(self, number, old):
        self.pids[number] = PidSpace(old)

    def number(self, child, space):
        """A child comes into a namespace and those around it; its number in the innermost."""
        # DOC: pid 3, a child gets a number in each namespace that it is in
        for each in self.chain(space):
            inside = self.pids[each]
            used = set(inside.numbers.values())
            inside.numbers[child] = next(n for n in range(1, len(used) + 2) if n not in used)
            inside.living.add(child)
            inside.init = inside.init or child
        return self.pids[space].numbers[child] if space else 0
        # DOC: end

    def released(self, pids):
        """These name no process, no group and no session any more."""
        for number, space in list(self.pids.items()):
            for pid in pids & set(space.numbers):
                del space.numbers[pid]
            self.free_pid(number)

    def free_pid(self, number):
        held = any(("pid", number) in member.held for member in self.members.values())
        if not held and not self.pids[number].numbers:
            del self.pids[number]

    # ---- the end of init ------------------------------------------------------------------------

    def reaper_of(self, pid):
        """Whose child an orphan of this process becomes."""
        space = self.first_of(pid).pid
        return INIT if not space or self.pids[space].dead else self.pids[space].init

    def holds_up(self, message):
        """A process has ended: if it was an init, all others are killed, and it waits for them."""
        # DOC: init dies, and with it all processes of its namespace, before anybody hears of it
        if message.pid not in self.members:
            return False
        for number in self.chain(self.first_of(message.pid).pid):
            space = self.pids[number]
            space.living.discard(message.pid)
            if space.init == message.pid and space.living:
                space.ended = message.status
                for pid in sorted(space.living):
                    self.kill(pid)
                return True
        return False
        # DOC: end

    def kill(self, pid):
        """Kill a process, if it has begun already; else that comes with its start."""
        if pid in self.kernel["threads"].tree:
            self.kernel.send(self.kernel.home_of(pid), EXIT_GROUP(pid, signal.SIGKILL, None))

    def started(self, pid):
        """A child is in the tree, and its kernel has been told to start it."""
        if any(self.pids[number].dead for number in self.chain(self.first_of(pid).pid)):
            self.kill(pid)

    def let_inits_end(self):
        """The last of a namespace has ended: now its init has."""
        for space in self.pids.values():
            if space.ended is not None and not space.living:
                ended, space.ended = space.ended, None
                self.kernel.send(self.kernel.name, PROCESS_EXITED(space.init, ended))
