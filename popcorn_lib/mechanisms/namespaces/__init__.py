"""Namespaces: what a name means depends on who says it, not on the kernel where it is said.

The idea.  A thread carries the numbers of its namespaces along: the same thread sees the same on
every kernel.  Init's kernel, which keeps the tree of processes, makes namespaces, counts who is in
them and takes every change in turn.  What is read often is known where it is read: one's own ids go
with the thread, the names of the host are copied.

    uts    nodename and domainname               uts.py
    pid    numbers of processes, nested          pid.py
    ipc    keys of System V objects              ipc.py
    net    ports                                 net.py
    cpu    Popcorn's: the CPUs of all kernels    cpu.py

Namespaces are a thread's, as in Linux: unshare and setns change those of the caller alone.  Mount
and user namespaces are left out.  A process that is in the first of each pays no message for any.

Messages, in order: NS_REQUEST and NS_RESPONSE for each change; UTS_REQUEST and UTS_RESPONSE for a
copy, UTS_INVALIDATE and UTS_INVALIDATED before a change; PROC_REQUEST and PROC_RESPONSE.

Invariants.  A process's first thread is in the namespaces that init's kernel knows; no copy is
stale; in a PID namespace one number names one process.

Source.  namespaces(7); Linux, kernel/nsproxy.c.  Popcorn has ids that name their kernel and a CPU
namespace; that one kernel serves the changes is how its other mechanisms do it.

Read `tables.py` for the data, `members.py`, then the others in any order; /proc is `proc.py`.
"""

from popcorn_lib.mechanisms.namespaces.ipc import IpcSpaces
from popcorn_lib.mechanisms.namespaces.net import NetSpaces
from popcorn_lib.mechanisms.namespaces.proc import Proc


class Namespaces(Proc, IpcSpaces, NetSpaces):
    """UTS, PID, IPC and network namespaces, and /proc; see the head of this file."""

    name = "namespaces"
