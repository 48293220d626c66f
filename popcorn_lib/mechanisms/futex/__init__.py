"""Futex: threads on many kernels wait for each other without a shared queue.

The idea.  Every word has one owner, the kernel that keeps the directory of its page.  Its queue of
waiters is the truth, and it serves one request at a time in the order of arrival, so comparing the
word and queueing the waiter are one step for everybody.  A waiter on another kernel stands in the
queue as a dummy; its own kernel keeps the sleeping thread and wakes it when a notice comes.

Messages, in order: KEY_REQUEST and KEY_RESPONSE (wait), WAKE_REQUEST and WAKE_RESPONSE,
WAKE_NOTICE from the owner to each waiter's kernel, CANCEL_REQUEST and CANCEL_RESPONSE.

Invariant.  A thread stands in at most one queue, once, and only while its kernel keeps it waiting.

Source.  Ravichandran 2015; Popcorn Linux, kernel/futex_remote.c and kernel/global_spinlock.c.
Repairs: a notice counts even if it comes before the answer that sends its thread to sleep; a
timeout or a signal takes the dummy out again, unless a wake has already chosen it; the bitset is
tested for dummies too; negative counts are refused.  There the word has 32 bits, here 64.

Read `tables.py` for the data, then `waiter.py` and `owner.py`.
"""

from popcorn_lib.mechanisms.futex.owner import Owner
from popcorn_lib.mechanisms.futex.tables import in_one_queue
from popcorn_lib.mechanisms.futex.waiter import Waiters


class Futex(Waiters, Owner):
    """Wait, wake and requeue; see the head of this file."""

    name = "futex"
    invariants = (in_one_queue,)
