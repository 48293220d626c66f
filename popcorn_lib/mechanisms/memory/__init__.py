"""Memory: one address space on many kernels.

The idea.  A process sees one address space, wherever its threads run.  Home decides the layout
(`layout.py`), a page moves or is copied to where it is used (`pages.py`), and an access happens in
one step when its kernel has the right to it (`access.py`).

Read `areas.py` and `tables.py` for the data, then `layout.py`, `learning.py`, `pages.py`,
`access.py`; then `objects.py` and `segments.py` for what is shared between processes, `fork.py` for
a copy of it all.

Source.  Popcorn Linux, third generation (kernel/popcorn/vma_server.c, page_server.c, 2017), for N
kernels; the repairs are named in the files.
"""

from popcorn_lib.mechanisms.memory.access import Accesses
from popcorn_lib.mechanisms.memory.fork import Fork
from popcorn_lib.mechanisms.memory.invariants import INVARIANTS
from popcorn_lib.mechanisms.memory.layout import Layout
from popcorn_lib.mechanisms.memory.learning import Learning
from popcorn_lib.mechanisms.memory.objects import Objects
from popcorn_lib.mechanisms.memory.pages import Pages
from popcorn_lib.mechanisms.memory.segments import Segments


class Memory(Layout, Learning, Objects, Segments, Pages, Accesses, Fork):
    """Areas, objects, pages and accesses; see the head of this file."""

    name = "memory"
    invariants = INVARIANTS
