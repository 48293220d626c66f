"""Calls about namespaces, the machine's name, and what /proc tells."""

from typing import NamedTuple

from popcorn_lib.errors import UsageError
from popcorn_lib.syscalls.request import Call, whole

# With Linux's values; Popcorn's own has the number that Linux has since given to CLONE_NEWCGROUP.
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_NEWCPU = 0x02000000
# Those that this model has.
NEW = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCPU
HOST_NAME_MAX = 64  # bytes; of a domain name too


class Utsname(NamedTuple):
    """What the system calls itself: the same on every kernel."""

    sysname: str
    nodename: str
    release: str
    version: str
    machine: str
    domainname: str


class NamespaceCalls:
    """Namespaces: what a thread sees of the machine, and under which names."""

    def unshare(self, flags):
        """Move this thread into new namespaces of its own; the result is 0.

        flags: CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET; CLONE_NEWPID is for the children that it
        makes from now on.  CLONE_FS changes nothing here, nor do CLONE_FILES, CLONE_VM,
        CLONE_SIGHAND and CLONE_THREAD for a process of one thread.
        EINVAL: those four with other threads there; any other flag (mount and user namespaces are
        not in this model), or CLONE_NEWPID a second time.  EPERM: the caller is not root.
        ENOSPC: more than 32 PID namespaces deep.
        """
        return Call("unshare", (whole("unshare", "flags", flags),))

    def setns(self, pid, flags):
        """Move this thread into namespaces of process `pid`; the result is 0.

        Linux takes a descriptor that pidfd_open has made of the pid; this is both in one.
        flags: which, as for `unshare`; CLONE_NEWPID is for the children made from now on.
        EINVAL: no flag or an unknown one, a pid below 1, a PID namespace that is not the caller's
        nor below it.  ESRCH: no such process, or a zombie.  EPERM: the caller is not root.
        """
        return Call("setns", (whole("setns", "pid", pid), whole("setns", "flags", flags)))

    def uname(self):
        """What the system calls itself, a Utsname; without a message where a copy is known."""
        return Call("uname")

    def sethostname(self, name):
        """Give the caller's UTS namespace another nodename; returns when nobody sees the old one.

        EPERM: the caller is not root.  EINVAL: more than 64 bytes.
        """
        return Call("sethostname", (_name("sethostname", name),))

    def setdomainname(self, name):
        """The same for the domainname."""
        return Call("setdomainname", (_name("setdomainname", name),))

    def proc(self, path):
        """A file of /proc as text; of a folder the names in it, as a tuple of texts.

        /proc (the pids that the caller's PID namespace has), /proc/cpuinfo, /proc/meminfo,
        /proc/stat; /proc/<pid>/status, stat, maps and task (of all kernels), with self for one's
        own pid; /proc/sys/kernel/hostname and domainname.  Numbers are those of the caller's PID
        namespace.  ENOENT: there is no such file, or no such process.
        """
        if not isinstance(path, str) or not path.startswith("/proc"):
            raise UsageError(f"proc needs a path that begins with /proc, not {path!r}")
        return Call("proc", (path,))


def _name(call, name):
    if not isinstance(name, str):
        raise UsageError(f"{call} needs a text, not {name!r}")
    return name
