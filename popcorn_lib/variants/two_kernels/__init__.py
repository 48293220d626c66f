"""Pages for exactly two kernels: one of them owns a page, and the owner always wins.

The idea.  There is no directory: each kernel keeps the status of its own copy, and whatever it
lacks it asks of the other.  One of the two owns the page.  The owner may take the other's copy
away with INVALID_DATA; who is not the owner asks with a DATA_REQUEST, which gives it the copy, the
right to write, or both.

    status           the copy here                        the other's
    NOT_REPLICATED   the only one there ever was          none
    WRITTEN          may be read and written              INVALID
    VALID            may be read; one of the two owns it  VALID
    INVALID          must not be used                     WRITTEN

The flows, of two messages each:

    F1, F2    no copy here, the other has the page: a copy to read; the page, to write
    F3        no copy here, and home has no data either: it is ours, full of zeros
    R1        INVALID here, read: a copy
    W1        VALID and owned here, write: the other's copy is given up
    W2        VALID but not owned here, write: the right to write, without data
    W3        INVALID here, write: the page

What may happen at the same time, and what is done about it:

- Both want to write and both are VALID: the owner lets the other's request wait; the other gives
  its copy up at once, and its request is served with data when the owner has written.
- An invalidation comes to a kernel that waits for a page to read: it waits, or the answer that is
  on its way would bring a stale page back.

Invariants.  At most one kernel owns a page; if a kernel may write, the other has no copy; copies
are equal.

Source.  Popcorn Linux, second generation (kernel/popcorn/page_server.c.h, 2013 to 2016).  There
every message carries `last_write`, a version that grows by one with each writer and only serves to
find protocol errors.  It is left out here: messages of one class stay in order, and a number that
only grows would make equal situations unequal.  A page of zeros at home that has never been asked
for counts as one that home does not have.

Read `tables.py` for the messages, then `pages.py` for the protocol.
"""

from popcorn_lib.mechanisms.memory.access import Accesses
from popcorn_lib.mechanisms.memory.fork import Fork
from popcorn_lib.mechanisms.memory.invariants import (
    copies_are_equal,
    layouts_are_parts_of_homes,
    one_writer_or_many_readers,
)
from popcorn_lib.mechanisms.memory.layout import Layout
from popcorn_lib.mechanisms.memory.learning import Learning
from popcorn_lib.mechanisms.memory.objects import Objects
from popcorn_lib.variants.two_kernels.pages import TwoKernelPages
from popcorn_lib.variants.two_kernels.tables import one_owner


class TwoKernelMemory(TwoKernelPages, Layout, Learning, Objects, Accesses, Fork):
    """Areas, objects, accesses and fork are as in `Memory`; pages move between two kernels."""

    name = "memory"
    invariants = (
        one_writer_or_many_readers,
        copies_are_equal,
        one_owner,
        layouts_are_parts_of_homes,
    )
