"""Calls about processes: who is whose child, in which group, under which user."""

from popcorn_lib.syscalls.request import Call, whole
from popcorn_lib.syscalls.threads import start_call


class ProcessCalls:
    """Processes and what they are called."""

    def fork(self, fn, *args, flags=0, on=None):
        """Start a process with a copy of the memory that runs `fn(sys, *args)`; gives its pid.

        fn, args, on: as for `clone`.  When fn returns, the process ends with status 0.
        flags: CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWPID: the child begins in new
        namespaces; SIGCHLD means nothing more.
        EAGAIN: the kernel has no id left.  EINVAL: any other flag; what Linux could share between
        processes is not in this model.  EPERM: new namespaces, and the caller is not root.
        ENOMEM: the init of the PID namespace for the child has ended.
        """
        return start_call("fork", fn, args, on, flags, 0)

    def wait4(self, pid=-1, options=0):
        """Wait for a child to end; gives (pid, wait status), as `os.WIFEXITED` and its kin read it.

        pid: that child; -1 any; 0 any in the caller's group; less than -1 any in group -pid.
        options: WNOHANG of `os` gives (0, 0) if none has ended yet; WUNTRACED, WCONTINUED.
        ECHILD: no such child.  EINVAL: another option.  ESRCH: -2**31.  EINTR: interrupted.
        """
        return Call("wait4", (whole("wait4", "pid", pid), whole("wait4", "options", options)))

    def getppid(self):
        """The pid of the parent; 1 is init, which adopts orphans."""
        return Call("getppid")

    def getpgid(self, pid=0):
        """The group of a process, 0 for one's own.  ESRCH: no such process (a tid is none)."""
        return Call("getpgid", (whole("getpgid", "pid", pid),))

    def setpgid(self, pid, pgid):
        """Put oneself (0) or a child into a group, or (0) into a new one called by its own pid.

        EINVAL: a negative group.  ESRCH: neither the caller nor a child.  EPERM: a session's
        leader, a child in another session, or no such group in the caller's session.
        """
        return Call("setpgid", (whole("setpgid", "pid", pid), whole("setpgid", "pgid", pgid)))

    def getsid(self, pid=0):
        """The session of a process, 0 for one's own.  ESRCH: no such process (a tid is none)."""
        return Call("getsid", (whole("getsid", "pid", pid),))

    def setsid(self):
        """Begin a session and a group called by one's own pid; gives it.

        EPERM: there is a group of that name: the caller leads it, or left its members in it.
        """
        return Call("setsid")

    def getuid(self):
        """The user of this process; the first process starts as root, which is 0."""
        return Call("getuid")

    def setuid(self, uid):
        """Become another user, all threads of the process.

        EPERM: the caller is not root and not that user already.  EINVAL: no valid number.
        """
        return Call("setuid", (whole("setuid", "uid", uid),))
