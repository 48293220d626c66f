"""The tree of processes: who is whose child, kept by one kernel for all.

The idea.  A process lives where its threads are, its pid names its home; but who is whose parent,
in which group and session and under which user belongs to no kernel alone.  So the machine's first
kernel, where init runs, keeps the tree and takes every question about it in turn: two messages
from another kernel, none on its own.

A child is in the tree before anybody can know its pid.  The machine's first process, a job that a
login shell might have started, is entered when init's kernel first hears of it: only it can be
unknown there.  A dead process is a zombie until its parent has waited for it; its number returns
home, to be given again, when no group and no session is called by it either.

Here is the border of PID namespaces, too: what a program calls a process is translated when its
question comes in, and again when the answer goes out (`namespaces/pid.py`).

Invariant.  A living process's parent is init or in the tree, and lists it among its children.

Source.  Popcorn leaves parents to the kernel of the fork; one authority for what is shared is the
rule of its other mechanisms.  The calls follow Linux, kernel/fork.c, kernel/exit.c, kernel/sys.c.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanisms.threads.tasks import INIT, Tasks
from popcorn_lib.messages import PID_RELEASED, TREE_REQUEST, TREE_RESPONSE
from popcorn_lib.syscalls import Failure

ROOT = 0  # the user that may become any other
CONTINUED = -1  # in place of a signal: it goes on


@dataclass
class Process:
    """One process, as init's kernel knows it."""

    parent: int
    pgid: int
    sid: int
    uid: int
    status: object = None  # the wait status of a zombie; None while it lives
    children: list = field(default_factory=list)  # oldest first
    report: int = 0  # what a parent may hear yet: the signal that stopped it, or CONTINUED
    untold: int = 0  # how often SIGCHLD is on its way to the parent: no wait ends with it before
    stopped: int = 0  # the signal that has stopped it
    orphan: bool = False  # its parent has ended
    reaps: bool = False  # its dead children are no zombies
    quiet: bool = False  # it does not want to hear that they stop and go on


class Asker(NamedTuple):
    """A thread that has asked, or waits: where the answer goes."""

    kernel: str
    tid: int
    pid: int


def families_agree(kernels):
    """A process's parent is init or lives in the tree, and lists it among its children."""
    for threads in kernels.values():
        for pid, process in threads.tree.items():
            parent = threads.tree.get(process.parent)
            if process.parent != INIT and (parent is None or pid not in parent.children):
                return f"{short(pid)} is no child of its parent {short(process.parent)}"
            if process.status is not None and process.children:
                return f"{short(pid)} is dead and has children"
    return None


def nobody_waits_twice(kernels):
    """A thread waits for at most one thing: one join or one wait4, over all kernels."""
    asked = [asker.tid for threads in kernels.values() for asker, *_ in threads.waits]
    for threads in kernels.values():
        asked += [tid for waiters in threads.joins.values() for _, tid in waiters]
    twice = sorted({short(tid) for tid in asked if asked.count(tid) > 1})
    return f"waits in two queues: {', '.join(twice)}" if twice else None


class Tree(Tasks):
    """The part of the threads mechanism that keeps the tree, and how the others ask for it."""

    state = Tasks.state | {"tree": dict, "waits": list}
    # tree: pid -> Process; waits: (Asker, which children, options) in order; on init's kernel
    invariants = (*Tasks.invariants, families_agree, nobody_waits_twice)

    # ---- ask and answer -------------------------------------------------------------------------

    def ask_tree(self, tid, call, *args):
        """The thread waits for what init's kernel says."""
        self.waiting[tid] = (call, None)
        self.kernel.send(self.init, TREE_REQUEST(tid, self.tasks[tid].pid, call, args))

    def on_tree_request(self, source, message):
        tid, pid, call, args = message
        self.process(pid)
        self.kernel.work("lock", "processes")
        asker, names = Asker(source, tid, pid), self.kernel["namespaces"]
        result = getattr(self, "tree_" + call)(asker, *names.translated(pid, call, args))
        if result is not None:  # else it waits
            self.answer(asker, result, call)
        if call == "fork":
            names.started(*args)
        self.kernel.work("unlock", "processes")

    def answer(self, asker, result, call="wait4"):
        """Tell a thread's kernel the result of its call, which may be a Failure."""
        if type(result) is Failure:
            answer = (None, result.errno)
        else:
            answer = (self.kernel["namespaces"].told(asker.pid, call, result), 0)
        self.kernel.send(asker.kernel, TREE_RESPONSE(asker.tid, *answer))

    def on_tree_response(self, source, message):
        call, detail = self.waiting.pop(message.tid)
        if call == "fork":
            self.start_child(message.tid, message.result, *detail)
        elif message.errno:
            self.kernel.fail(message.tid, message.errno)
        else:
            self.kernel.resume(message.tid, message.result)

    # ---- a process comes and goes ---------------------------------------------------------------

    def process(self, pid):
        """The entry of a process that lives; the machine's first one may not be there yet."""
        return self.tree.setdefault(pid, Process(INIT, pid, INIT, ROOT))

    def tree_fork(self, asker, child):
        parent = self.tree[asker.pid]
        self.tree[child] = Process(asker.pid, parent.pgid, parent.sid, parent.uid)
        parent.children.append(child)
        return child

    def release(self, numbers):
        """Give back those numbers that name no process, no group and no session any more."""
        used = {INIT, *self.tree}
        for process in self.tree.values():
            used |= {process.pgid, process.sid}
        self.kernel["namespaces"].released(numbers - used)
        for number in sorted(numbers - used):
            self.kernel.send(self.kernel.home_of(number), PID_RELEASED(number))

    def on_pid_released(self, source, message):
        self.pids.discard(message.pid)
        self.freed(message.pid)

    # ---- in words -------------------------------------------------------------------------------

    def describe(self):
        lines = [_line(pid, process) for pid, process in self.tree.items()]
        lines += [f"{short(asker.tid)} waits for {_whom(which)}" for asker, which, _ in self.waits]
        return super().describe() + lines


def _line(pid, process):
    parent = "init" if process.parent == INIT else short(process.parent)
    group = f"group {short(process.pgid)}, session {short(process.sid)}"
    user = f", user {process.uid}" if process.uid != ROOT else ""
    state = f", a zombie with status {process.status}" if process.status is not None else ""
    return f"process {short(pid)}: child of {parent}, {group}{user}{state}"


def _whom(which):
    if which == -1:
        return "any child"
    return f"child {short(which)}" if which > 0 else f"a child in group {short(-which)}"
