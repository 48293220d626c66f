"""Membership: who is in which namespaces, and when one of them is nobody's any more.

A thread carries the numbers of its namespaces with it; a thread or process that it makes begins
in the same.  Init's kernel makes new ones, and knows of every process which namespaces its threads
have been in: they last until all those processes have ended.
"""

import errno

from popcorn_lib.mechanisms.namespaces.tables import FIRST, KINDS, Member, Tables
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.messages import NS_REQUEST, NS_RESPONSE
from popcorn_lib.syscalls import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWPID,
    CLONE_NEWUTS,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VM,
    NEW,
    Failure,
)

FLAGS = dict(zip(KINDS, (CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWPID), strict=True))
TOGETHER = CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_VM  # what threads always share
DEEPEST = 32  # how many PID namespaces can be in one another


class Members(Tables):
    """The part of the namespaces mechanism that knows who is in which."""

    # ---- what a thread asks ---------------------------------------------------------------------

    def sys_unshare(self, tid, flags):
        if flags & ~(NEW | CLONE_FS | TOGETHER):
            self.kernel.fail(tid, errno.EINVAL)
        elif flags & TOGETHER:
            self.count_threads(tid, flags)
        else:
            self.unshare(tid, flags)

    def unshare(self, tid, flags):
        """What is asked for can be done, if the caller may."""
        if flags & NEW:
            self.ask(tid, "unshare", flags & NEW)
        else:
            self.kernel.resume(tid, 0)

    def sys_setns(self, tid, pid, flags):
        if pid <= 0:
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask(tid, "setns", pid, flags)

    def ask(self, tid, call, *args):
        """The thread waits for what init's kernel says."""
        self.waits[tid] = (call,)
        self._send(tid, call, args)

    def _send(self, tid, call, args):
        # DOC: namespaces 1, init's kernel is asked, and told where the thread is
        pid, _ = self.kernel["threads"].process_of(tid)
        self.kernel.send(self.init, NS_REQUEST(tid, pid, call, self.of(tid), args))
        # DOC: end

    def on_ns_request(self, source, message):
        tid, pid, call, spaces, args = message
        result = getattr(self, "do_" + call)(source, tid, pid, spaces, *args)
        if result is not None:  # else the answer comes later
            self.answer(source, tid, result)

    def answer(self, kernel, tid, result):
        """Tell a thread's kernel the result of its call, which may be a Failure."""
        failed = type(result) is Failure
        told = (None, result.errno) if failed else (result, 0)
        self.kernel.send(kernel, NS_RESPONSE(tid, *told))

    def on_ns_response(self, source, message):
        tid, result, number = message
        if tid not in self.waits:
            return self.born(tid, result, number)
        call, *details = self.waits.pop(tid)
        if number:
            self.kernel.fail(tid, number)
        elif call == "proc":
            self.found(tid, result, *details)
        elif call in ("unshare", "setns"):
            self.put(tid, result)
            self.kernel.resume(tid, 0)
        else:
            self.kernel.resume(tid, result)

    # ---- what init's kernel does ----------------------------------------------------------------

    def is_root(self, pid):
        """Whether a process may do what is for root."""
        return self.kernel["threads"].process(pid).uid == ROOT

    def do_unshare(self, source, tid, pid, spaces, flags):
        if not self.is_root(pid):
            return Failure(errno.EPERM)
        fresh = self.fresh(spaces, flags)
        return fresh if type(fresh) is Failure else self.enter(tid, pid, fresh)

    def fresh(self, spaces, flags):
        """The same namespaces but for new ones of the kinds that the flags say; or a Failure."""
        # DOC: namespaces 2, new ones are made by one kernel, so that a number means one thing
        if flags & CLONE_NEWPID and spaces.pid != spaces.children:
            return Failure(errno.EINVAL)
        if flags & CLONE_NEWPID and len(self.chain(spaces.pid)) >= DEEPEST:
            return Failure(errno.ENOSPC)
        for kind, flag in FLAGS.items():
            if flags & flag:
                field = "children" if kind == "pid" else kind
                spaces = spaces._replace(**{field: self.make(kind, getattr(spaces, kind))})
        return spaces
        # DOC: end

    def make(self, kind, old):
        """A new namespace, made from an old one; the result is its number."""
        tables = {"uts": self.uts, "pid": self.pids}
        used = {0, *tables.get(kind, ())}
        used |= {n for member in self.members.values() for what, n in member.held if what == kind}
        number = next(n for n in range(len(used) + 1) if n not in used)
        if kind in tables:
            getattr(self, "make_" + kind)(number, old)
        return number

    def enter(self, tid, pid, spaces):
        """A thread of a process is in these from now on; gives them back."""
        held = spaces.held()
        if held or pid in self.members:
            member = self.members.setdefault(pid, Member())
            member.held |= held
            if tid == pid:
                member.first = spaces
        return spaces

    def do_setns(self, source, tid, pid, spaces, target, flags):
        target = self.inward(pid, target)
        process = self.kernel["threads"].tree.get(target)
        if process is None and target != pid:
            return Failure(errno.ESRCH)
        if not flags or flags & ~NEW:
            return Failure(errno.EINVAL)
        if process and process.status is not None:
            return Failure(errno.ESRCH)
        if not self.is_root(pid):
            return Failure(errno.EPERM)
        theirs = self.first_of(target)
        if flags & CLONE_NEWPID and spaces.pid not in (0, *self.chain(theirs.pid)):
            return Failure(errno.EINVAL)
        for kind, flag in FLAGS.items():
            if flags & flag:
                field = "children" if kind == "pid" else kind
                spaces = spaces._replace(**{field: getattr(theirs, kind)})
        return self.enter(tid, pid, spaces)

    def first_of(self, pid):
        """The namespaces of a process's first thread."""
        return self.members[pid].first if pid in self.members else FIRST

    # ---- threads and processes come -------------------------------------------------------------

    def cloned(self, tid, child):
        if tid in self.spaces:
            self.spaces.setdefault(child, self.spaces[tid])

    def fork(self, tid, child, flags):
        """A child of somebody in other namespaces than the first is counted before it starts."""
        if not flags & NEW and tid not in self.spaces:
            return False
        self._send(tid, "fork", (child, flags))
        return True

    def do_fork(self, source, tid, pid, spaces, child, flags):
        if flags & NEW and not self.is_root(pid):
            return Failure(errno.EPERM)
        if spaces.children and not flags & CLONE_NEWPID and self.pids[spaces.children].dead:
            return Failure(errno.ENOMEM)
        fresh = self.fresh(spaces, flags)
        if type(fresh) is Failure:
            return fresh
        number = self.number(child, fresh.children)
        self.enter(child, child, fresh._replace(pid=fresh.children, number=number))
        return child, self.first_of(child)

    def born(self, tid, result, number):
        """A child has its place; the fork goes on, or has failed."""
        threads = self.kernel["threads"]
        if number:
            return threads.fork_failed(tid, number)
        child, spaces = result
        self.put(child, spaces)
        if spaces.number == 1:
            self.inits.add(child)
        threads.forked(tid)

    # ---- and go ---------------------------------------------------------------------------------

    def leave(self, tid):
        # DOC: namespaces travel, a thread takes the numbers along
        return self.spaces.pop(tid, None)

    def arrive(self, tid, packed):
        self.spaces[tid] = packed
        # DOC: end

    def ended(self, tid):
        self.spaces.pop(tid, None)
        self.waits.pop(tid, None)

    def exited(self, pid):
        self.inits.discard(pid)

    def left(self, pid):
        """Init's kernel: a process has ended; what only it has held goes."""
        # DOC: namespaces 3, the last one who leaves frees them
        member = self.members.pop(pid, None)
        held = {item for other in self.members.values() for item in other.held}
        for kind, number in sorted((member.held if member else set()) - held):
            getattr(self, "free_" + kind)(number)
        # DOC: end
