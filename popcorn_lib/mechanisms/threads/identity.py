"""Parents, groups, sessions, users: what init's kernel answers from the tree.

A group is what a shell calls a job; a session is what begins at a login and holds groups.  Both
are called by the pid of the process that made them.  The rules are those of Linux, kernel/sys.c;
nothing here is ever executed anew, so there is no EACCES.
"""

import errno

from popcorn_lib.mechanisms.threads.tasks import INIT
from popcorn_lib.mechanisms.threads.tree import ROOT, Process, Tree
from popcorn_lib.syscalls import Failure

USERS = range((1 << 32) - 1)  # the last number of 32 bits means "no user"


class Identity(Tree):
    """The part of the threads mechanism that says who is who among processes."""

    # ---- what a thread asks ---------------------------------------------------------------------

    def sys_getppid(self, tid):
        self.ask_tree(tid, "getppid")

    def sys_getpgid(self, tid, pid):
        self.ask_tree(tid, "getpgid", pid)

    def sys_setpgid(self, tid, pid, pgid):
        self.ask_tree(tid, "setpgid", pid, pgid)

    def sys_getsid(self, tid, pid):
        self.ask_tree(tid, "getsid", pid)

    def sys_setsid(self, tid):
        self.ask_tree(tid, "setsid")

    def sys_getuid(self, tid):
        self.ask_tree(tid, "getuid")

    def sys_setuid(self, tid, uid):
        self.ask_tree(tid, "setuid", uid)

    # ---- what init's kernel answers -------------------------------------------------------------

    def tree_getppid(self, asker):
        return self.tree[asker.pid].parent

    def tree_getpgid(self, asker, pid):
        found = self.found(pid or asker.pid)
        return found.pgid if found else Failure(errno.ESRCH)

    def tree_getsid(self, asker, pid):
        found = self.found(pid or asker.pid)
        return found.sid if found else Failure(errno.ESRCH)

    def found(self, pid):
        """The entry of a process, living or zombie; init has none, but is known; else None."""
        return Process(0, INIT, INIT, ROOT) if pid == INIT else self.tree.get(pid)

    def tree_setpgid(self, asker, pid, pgid):
        pid = pid or asker.pid
        pgid = pgid or pid
        why = self.why_not_join(asker.pid, pid, pgid)
        if why:
            return Failure(why)
        process = self.tree[pid]
        left, process.pgid = process.pgid, pgid
        self.release({left})
        return 0

    def why_not_join(self, me, pid, pgid):
        """The errno of `setpgid(pid, pgid)` by process `me`, 0 if it may."""
        mine, process = self.tree[me], self.tree.get(pid)
        if pgid < 0:
            return errno.EINVAL
        if process is None or me not in (pid, process.parent):
            return errno.ESRCH
        leads_session = process.sid == pid
        nowhere = pgid != pid and mine.sid not in self.sessions_of(pgid)
        return errno.EPERM if leads_session or process.sid != mine.sid or nowhere else 0

    def tree_setsid(self, asker):
        process = self.tree[asker.pid]
        if self.sessions_of(asker.pid):
            return Failure(errno.EPERM)
        left = {process.pgid, process.sid}
        process.pgid = process.sid = asker.pid
        self.release(left)
        return asker.pid

    def sessions_of(self, pgid):
        """The session of a group, as a set: empty if there is no such group."""
        return {process.sid for process in self.tree.values() if process.pgid == pgid}

    def tree_getuid(self, asker):
        return self.tree[asker.pid].uid

    def tree_setuid(self, asker, uid):
        process = self.tree[asker.pid]
        if uid not in USERS:
            return Failure(errno.EINVAL)
        if process.uid not in (ROOT, uid):
            return Failure(errno.EPERM)
        process.uid = uid
        return 0
