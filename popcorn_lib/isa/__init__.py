"""How instruction sets differ, on real artefacts: what compilers make of one C source for five.

    counts("sort")                    instructions by kind, loads and stores, of each ISA and level
    code("sort")                      how large the code is
    recount("sort", "s390x", "O2")    the same count live, on an emulated processor
    listing("s390x", "O2")            the instructions themselves; source("sort") is the C
    types(), layouts("mixed")         sizes, alignment, holes, byte order
    frames("x86-64", "O2")            the frames of a chain of calls, and which values nobody finds

All tables are DataFrames, read from `data/isa/`; only `recount` needs more than pandas: Unicorn
and pyelftools.  Raises UsageError, with the known names, for an unknown one.
"""

from popcorn_lib.isa.processors import PROCESSORS
from popcorn_lib.isa.programs import LEVELS, code, kernels, listing, source
from popcorn_lib.isa.recount import Count, recount
from popcorn_lib.isa.tables import KINDS, counts, frames, layouts, made, types

__all__ = [
    "KINDS",
    "LEVELS",
    "PROCESSORS",
    "Count",
    "code",
    "counts",
    "frames",
    "kernels",
    "layouts",
    "listing",
    "made",
    "recount",
    "source",
    "types",
]
