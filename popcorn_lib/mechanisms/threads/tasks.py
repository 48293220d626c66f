"""What a kernel keeps of threads and processes, and the invariant on it."""

from dataclasses import dataclass, field

from popcorn_lib.kernel import LOCAL_IDS, short
from popcorn_lib.mechanism import Mechanism

# What a task can be.
ARRIVING = "arriving"  # its thread has come, home does not count this kernel yet
ACTIVE = "active"  # its thread runs here
LEAVING = "leaving"  # its thread has been sent away, the pairing has not come back
SHADOW = "shadow"  # its thread runs elsewhere

INIT = 1  # the pid of init, which runs on the machine's first kernel


@dataclass
class Task:
    """One thread, as far as one kernel knows it."""

    pid: int
    status: str = ACTIVE
    next: object = None  # where the thread went from here, once the pairing has come
    visited: tuple = ()  # while active: the kernels that keep a shadow
    dying: bool = False  # killed while it waits for an answer
    cpus: object = None  # while active: the CPUs that it may use, lowest first; None for all
    move: object = None  # the kernel to which it has been told to go
    result: object = 0  # what its call returns where it arrives
    signalled: bool = False  # a signal is acted upon as soon as its call lets it go
    asks: bool = False  # home is being asked about a signal: no call of it begins before
    gated: bool = False  # it has begun a call all the same, and will make it again
    held: list = field(default_factory=list)  # (source, message): what came before its time


@dataclass
class Group:
    """One process (thread group), as far as one kernel knows it; the last four only at home."""

    counted: bool = False  # home counts this kernel
    stopped: int = 0  # the signal that stopped it, until it goes on
    status: object = None  # the wait status, once the process exits
    value: object = None  # what main returned
    code: int = 0  # the status that the first thread left with
    members: set = field(default_factory=set)  # other kernels that hold a task of it
    seen: set = field(default_factory=set)  # other kernels that ever did


def one_active_task(kernels):
    """At most one task of a thread is active, over all kernels."""
    active = [
        tid
        for threads in kernels.values()
        for tid, task in threads.tasks.items()
        if task.status == ACTIVE
    ]
    twice = sorted(tid for tid in set(active) if active.count(tid) > 1)
    return f"active on two kernels: {twice}" if twice else None


def _line(tid, task):
    forward = f" -> {task.next}" if task.status == SHADOW else ""
    shadows = f", shadows on {', '.join(task.visited)}" if task.visited else ""
    cpus = f", on CPUs {', '.join(map(str, task.cpus))}" if task.cpus else ""
    return f"{short(tid)} {task.status}{forward}{shadows}{cpus}"


class Tasks(Mechanism):
    """The tables of the threads mechanism and the questions that its parts ask of them."""

    state = {"tasks": dict, "groups": dict, "values": dict, "joins": dict, "waiting": dict}
    state |= {"pids": set}
    # tasks: tid -> Task; groups: pid -> Group
    # values: tid -> (pid, token) of ended threads not joined yet; joins: tid -> who waits for it
    # waiting: local tid -> what it waits for
    # pids: this kernel's numbers of processes, from before the fork until nobody can name them
    invariants = (one_active_task,)
    looked = None, 0  # no state: where the search for a free id begins, and for which tasks

    def describe(self):
        lines = [_line(tid, task) for tid, task in self.tasks.items()]
        for pid, group in self.groups.items():
            if group.members:
                lines.append(f"process {short(pid)} is also on {', '.join(sorted(group.members))}")
            if group.stopped:
                lines.append(f"process {short(pid)} is stopped by signal {group.stopped}")
            if group.status is not None:
                lines.append(f"process {short(pid)} exits with status {group.status}")
        lines += [f"{short(tid)} has ended, not joined yet" for tid in self.values]
        lines += [f"number {short(pid)} is taken" for pid in sorted(self.pids - set(self.groups))]
        for tid, (what, detail) in self.waiting.items():
            whom = f" for {short(detail)}" if what == "join" else ""
            lines.append(f"{short(tid)} waits in {what}{whom}")
        return lines

    def boot_process(self, token):
        """Start the first thread of a process here; returns its pid."""
        pid = self.free_id()
        self.tasks[pid] = Task(pid)
        self.groups[pid] = Group(counted=True)
        self.pids.add(pid)
        self.kernel.effect("start", pid, token)
        return pid

    def free_id(self):
        """The smallest id that nothing on this kernel uses; None if there is none."""
        base, tasks, values, pids = self.kernel.global_id(0), self.tasks, self.values, self.pids
        if self.looked[0] is not tasks:  # another state has been thawed
            self.looked = tasks, base + LOCAL_IDS.start
        for number in range(self.looked[1], base + LOCAL_IDS.stop):
            if number not in tasks and number not in values and number not in pids:
                self.looked = tasks, number
                return number
        return None

    def freed(self, number):
        """An id is used no more: the next search for a free one begins there, if it is ours."""
        if self.kernel.home_of(number) == self.kernel.name:
            self.looked = self.looked[0], min(self.looked[1], number)

    def of(self, pid, status=None):
        """The tids of a process's tasks here, lowest first; of one status if it is given."""
        tasks = sorted(self.tasks.items())
        return [tid for tid, t in tasks if t.pid == pid and status in (None, t.status)]

    def holds(self, pid):
        """Whether this kernel holds any task of a process."""
        return any(task.pid == pid for task in self.tasks.values())

    def unsettled(self, pid, source, message):
        """Whether a thread of the process is leaving for who knows where: handle this later."""
        leaving = self.of(pid, LEAVING)
        if leaving:
            self.tasks[leaving[0]].held.append((source, message))
        return bool(leaving)

    # ---- the gate -------------------------------------------------------------------------------

    def holds_back(self, tid):
        """A thread begins a call: it has to wait if its process is stopped or a signal comes."""
        task = self.tasks[tid]
        task.gated = task.asks or bool(self.groups[task.pid].stopped)
        return task.gated

    def halts(self, tid):
        """A thread is about to do what it has waited for: not if it is killed or stopped now."""
        task = self.tasks.get(tid)
        if task is None or not task.dying:  # of a thread elsewhere that asks home (a variant)
            return task is not None and self.holds_back(tid)
        self.finish(tid)
        return True

    def open_gate(self, tid):
        """Nothing holds a thread back any more: it makes its call."""
        task = self.tasks[tid]
        if not task.asks and not self.groups[task.pid].stopped:
            self.ungate(tid)

    def ungate(self, tid):
        """A thread that has been held back makes its call again, or after a handler."""
        if self.tasks[tid].gated:
            self.tasks[tid].gated = False
            self.kernel.effect("restart", tid)

    def process_of(self, tid):
        """The process of a task here, and its home kernel."""
        pid = self.tasks[tid].pid
        return pid, self.kernel.home_of(pid)

    @property
    def init(self):
        """The kernel where init runs: it keeps the tree of processes."""
        return self.kernel.boot.kernels[0]

    def is_home(self, pid):
        return self.kernel.home_of(pid) == self.kernel.name

    def count(self, pid, kernel):
        self.groups[pid].members.add(kernel)
        self.groups[pid].seen.add(kernel)
