"""Threads and processes that live on many kernels: clone, migrate, join, exit, fork, wait.

The idea.  A thread is one active task, on the kernel where it runs, and a shadow task on every
kernel that it has left and may come back to.  Shadows point forward, so a thread can be found.
It keeps its ids (of itself, of its process) for life; the kernel that they name is its home.

The process's home kernel counts the kernels that hold any task of the process, active or shadow.
A thread that comes to a kernel which home does not count yet starts only when home counts it, and
a shadow goes only when its thread has ended; so home never thinks a process dead that still lives.

Invariant.  At every moment at most one task of a thread is active, over all kernels.

Source.  Popcorn Linux, kernel/process_server.c (Katz 2014, Ravichandran 2015): CLONE_REQUEST,
PROCESS_PAIRING, BACK_MIGRATION, EXIT_PROCESS, NEW_KERNEL.  Two repairs: exit is counted at home
(there, two last threads could each take the other for alive), and what reaches a shadow before
its pairing waits there.
"""

from popcorn_lib.mechanisms.threads.affinity import Affinity
from popcorn_lib.mechanisms.threads.calls import Calls
from popcorn_lib.mechanisms.threads.exit import Exit
from popcorn_lib.mechanisms.threads.fork import Fork
from popcorn_lib.mechanisms.threads.identity import Identity
from popcorn_lib.mechanisms.threads.join import Join
from popcorn_lib.mechanisms.threads.migrate import Migrate
from popcorn_lib.mechanisms.threads.wait import Wait


class Threads(Migrate, Exit, Join, Affinity, Fork, Wait, Identity, Calls):
    """Read `tasks.py` for the tables, then `migrate.py`, `exit.py`, `join.py`, `affinity.py`.

    Processes: `tree.py` for the tables, then `fork.py`, `wait.py`, `identity.py`.
    """

    name = "threads"
