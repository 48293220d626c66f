"""Keys, ids and permissions: what the three kinds of objects have in common.

A home looks up a key and makes the object in one step, so that one key is one object even if two
kernels ask for it at once.
"""

import errno

from popcorn_lib.kernel import KERNEL_SHIFT
from popcorn_lib.mechanisms.ipc.asking import Asking
from popcorn_lib.mechanisms.ipc.tables import KINDS
from popcorn_lib.mechanisms.threads.identity import USERS
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.syscalls import Failure
from popcorn_lib.syscalls.ipc import (
    IPC_CREAT,
    IPC_EXCL,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_STAT,
    MSGMNI,
    SEMMNI,
    SHMMNI,
    IpcPerm,
)

LIMITS = {"queues": MSGMNI, "sets": SEMMNI, "segments": SHMMNI}  # how many of each
MODE = 0o777
READ, WRITE, EXECUTE = 4, 2, 1
GROUP = 0  # everybody's: there is no setgid here


class Keys(Asking):
    """The part of the IPC mechanism that finds, makes and judges objects."""

    # ---- get ------------------------------------------------------------------------------------

    def get(self, asker, kind, key, size, flags):
        """The id of the object of a key, an old or a new one."""
        # DOC: ipc get, looked up and made in one step
        number = self.find_key(asker.namespace, kind, key)
        if number is None:
            if key != IPC_PRIVATE and not flags & IPC_CREAT:
                return Failure(errno.ENOENT)
            return self.make(asker, kind, key, size, flags)
        if flags & IPC_CREAT and flags & IPC_EXCL:
            return Failure(errno.EEXIST)
        item = getattr(self, kind)[asker.namespace, number]
        if item.lacks(size):
            return Failure(errno.EINVAL)
        return number if self.may(asker, item, _any_of(flags)) else Failure(errno.EACCES)
        # DOC: end

    def find_key(self, namespace, kind, key):
        """The id of the object of a key on this kernel; None if there is none."""
        if key == IPC_PRIVATE:
            return None
        table = getattr(self, kind).items()
        found = (n for (space, n), item in table if space == namespace and item.perm.key == key)
        return next(found, None)

    def make(self, asker, kind, key, size, flags):
        """A new object of this kernel; the result is its id."""
        number = self.free_number(kind)
        if number is None:
            return Failure(errno.ENOSPC)
        user = self.user(asker.pid)
        perm = IpcPerm(key, user, GROUP, user, GROUP, flags & MODE)
        item = KINDS[kind].fresh(perm, size, asker.pid)
        getattr(self, kind)[asker.namespace, number] = item
        return number

    def free_number(self, kind):
        """The smallest id that no object here has, in no namespace; None if there are too many."""
        base = self.kernel.boot.kernels.index(self.kernel.name) << KERNEL_SHIFT
        used = {number for _, number in getattr(self, kind)}
        if len(used) >= LIMITS[kind]:
            return None
        return next(n for n in range(base, base + LIMITS[kind]) if self.is_free(kind, n, used))

    def is_free(self, kind, number, used):
        """Whether an id can be given."""
        return number not in used

    # ---- find, and who may ----------------------------------------------------------------------

    def find(self, asker, kind, number):
        """An object of the asker's namespace by its id; None if there is none."""
        return getattr(self, kind).get((asker.namespace, number))

    def user(self, pid):
        """The user of a process; the machine's first one may not be in the tree yet."""
        process = self.kernel["threads"].tree.get(pid)
        return process.uid if process else ROOT

    def may(self, asker, item, wanted):
        """Whether the mode of an object lets a process read, write or execute."""
        user, perm = self.user(asker.pid), item.perm
        owns = user in (perm.uid, perm.cuid)
        granted = perm.mode >> (6 if owns else 3)  # everybody else is in its creator's group
        return user == ROOT or not wanted & ~granted

    def owns(self, asker, item):
        """Whether a process may change and remove an object."""
        return self.user(asker.pid) in (ROOT, item.perm.uid, item.perm.cuid)

    # ---- control --------------------------------------------------------------------------------

    def control(self, asker, kind, number, command, changes):
        """IPC_STAT, IPC_SET and IPC_RMID; the kinds say what each is for them."""
        item = self.find(asker, kind, number)
        if item is None:
            return Failure(errno.EINVAL)
        if command == IPC_STAT:
            if not self.may(asker, item, READ):
                return Failure(errno.EACCES)
            return self.as_seen(asker, getattr(self, "stat_" + kind)(number, item))
        if not self.owns(asker, item):
            return Failure(errno.EPERM)
        if command == IPC_RMID:
            return getattr(self, "remove_" + kind)((asker.namespace, number), item)
        return self.set(asker, item, dict(changes))

    def as_seen(self, asker, told):
        """What IPC_STAT tells, with processes called as the asker's PID namespace calls them."""
        names = self.kernel["namespaces"]
        pids = [field for field in told._fields if field.endswith("pid")]
        return told._replace(**{f: names.outward(asker.pid, getattr(told, f)) for f in pids})

    def set(self, asker, item, changes):
        """Give an object another owner, group or mode."""
        perm = item.perm._asdict() | {name: changes[name] for name in changes if name in USER}
        if perm["uid"] not in USERS or perm["gid"] not in USERS:
            return Failure(errno.EINVAL)
        perm["mode"] = item.perm.mode & ~MODE | perm["mode"] & MODE
        item.perm = IpcPerm(**perm)
        return 0

    def remove(self, kind, place):
        """Take an object away; who waits for it is told so."""
        for waiter in getattr(self, kind).pop(place).waiting:
            self.answer(waiter.asker, Failure(errno.EIDRM))
        return 0

    def free_namespace(self, namespace):
        """Nobody is in a namespace any more: its objects go."""
        for kind in KINDS:
            for place, item in sorted(getattr(self, kind).items()):
                if place[0] == namespace:
                    getattr(self, "remove_" + kind)(place, item)


USER = ("uid", "gid", "mode")


def _any_of(flags):
    """What the mode in the flags of a get asks for, by whomever, as three bits."""
    return (flags >> 6 | flags >> 3 | flags) & 0o7
