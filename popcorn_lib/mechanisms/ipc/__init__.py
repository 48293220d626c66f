"""System V IPC: queues, semaphores and segments that have a key for all, on whichever kernel.

The idea.  A namespace has one authority, a kernel that looks up keys and makes objects: what two
kernels ask for at once, it does one after the other, so one key is one object.  The object lives
there too, so that the key, the mode, the caller's user and the operation are seen in one step, and
init's kernel is that authority, since it knows the users and is the first to hear of a process's
end.  Any other kernel sends the call there: two messages, however long it waits in between.

An id names its home: seven bits for the kernel, fifteen for its own number, 22 in all.  Popcorn
has six bits from bit 29 on and a flag in bit 35, which an int cannot hold.  Linux mixes a serial
number into its ids, so that an old one is not taken for a newer object; here, as for pids, a number
that nothing uses is given again.

Messages, in order: IPC_REQUEST and IPC_RESPONSE; IPC_CANCEL if a wait is cut short.  What segments
need more is in `segments.py`.

Invariants.  A key names one object; who waits does so once, and not in vain; what is attached is
counted.

Source.  Linux, ipc/{util,msg,sem,shm}.c; Popcorn Linux, ipc/sem_remote.c, where each kernel asks
all others whether they know a key and then makes the object itself: two may do so at once.  There
an object lives where it was made, which spares messages to those who share it there; but then a
key, an object and its end are on different kernels, and removing it takes a protocol of its own.

Read `tables.py` for the data, `asking.py` for the way there and back, `keys.py`; then `queues.py`,
`semaphores.py`, `segments.py`.
"""

from popcorn_lib.mechanisms.ipc.segments import Segments


class Ipc(Segments):
    """Message queues, semaphores and shared memory; see the head of this file."""

    name = "ipc"
