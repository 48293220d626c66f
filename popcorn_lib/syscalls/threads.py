"""Calls that start threads and end them."""

from popcorn_lib.syscalls.linux import (
    THREAD,
)
from popcorn_lib.syscalls.request import Call, check_start, whole


class ThreadCalls:
    """Threads of one process."""

    def clone(self, fn, *args, flags=THREAD, on=None):
        """Start a thread that runs `fn(sys, *args)`; the result is its tid.

        fn: a generator function; it and `args` are copied, no Python object is shared.
        on: the kernel to start on, by name; the caller's own if None.
        flags: without CLONE_VM, CLONE_SIGHAND and CLONE_THREAD the call is `fork`.
        EAGAIN: the kernel has no id left.  EINVAL: CLONE_THREAD without CLONE_SIGHAND, or that
        without CLONE_VM; a process that shares memory (not in this model); any other flag.
        """
        return start_call("clone", fn, args, on, flags, THREAD)

    def join(self, tid):
        """Wait for a thread of this process to end; the result is what it returned.

        ESRCH: no such thread, or it has been joined already.  EDEADLK: it is the caller.
        """
        return Call("join", (whole("join", "tid", tid),))

    def exit(self, status=0):
        """End this thread; `join` gives `status`."""
        return Call("exit", (whole("exit", "status", status),))

    def exit_group(self, status=0):
        """End the whole process on all kernels, with the low eight bits of `status`."""
        return Call("exit_group", (whole("exit_group", "status", status),))

    def getpid(self):
        """The id of the process: that of its first thread."""
        return Call("getpid")

    def gettid(self):
        """The id of this thread; it stays the same on every kernel."""
        return Call("gettid")


def start_call(call, fn, args, on, flags, usual):
    """The Call of clone or fork; the usual flags are left out, so that it reads shorter."""
    check_start(call, fn, args)
    flags = whole(call, "flags", flags)
    return Call(call, (on,) if flags == usual else (on, flags), (fn, args))
