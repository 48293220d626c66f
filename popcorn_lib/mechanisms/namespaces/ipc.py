"""IPC namespaces: a key is looked up in one of them, not in all.

Which one a thread is in goes with it as a number; the IPC mechanism keeps its objects by it, on the
namespace's authority.  When the last process has left, its objects go.
"""

from popcorn_lib.mechanisms.namespaces.members import Members


class IpcSpaces(Members):
    """The part of the namespaces mechanism that numbers System V IPC."""

    def ipc_of(self, tid):
        """The IPC namespace of a thread here, and the kernel that keeps its keys."""
        return self.of(tid).ipc, self.init

    def free_ipc(self, number):
        self.kernel["ipc"].free_namespace(number)
