"""Popcorn lessons: kernels that share nothing and talk in messages, and the worlds that run them.

from popcorn_lib import Machine, simulate

def main(sys):
    tid = yield sys.clone(worker, on="k1")
    return (yield sys.join(tid))
"""

from popcorn_lib.errors import Deadlock, HandlerError, ProgramError, UnknownCall, UsageError
from popcorn_lib.kernel import Kernel, Mechanism
from popcorn_lib.machine import Machine
from popcorn_lib.protocol import Protocol
from popcorn_lib.syscalls import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_SIGHAND,
    CLONE_SYSVSEM,
    CLONE_THREAD,
    CLONE_VM,
    FUTEX_BITSET_MATCH_ANY,
    MAP_FIXED,
    MAP_FIXED_NOREPLACE,
    PROT_NONE,
    THREAD,
)
from popcorn_lib.worlds.costs import Costs
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.faults import Faults
from popcorn_lib.worlds.protocols import explore_protocol
from popcorn_lib.worlds.simulate import simulate
from popcorn_lib.worlds.ssi import single_system_image

__version__ = "0.1.0"
__all__ = [
    "CLONE_FILES",
    "CLONE_FS",
    "CLONE_SIGHAND",
    "CLONE_SYSVSEM",
    "CLONE_THREAD",
    "CLONE_VM",
    "FUTEX_BITSET_MATCH_ANY",
    "MAP_FIXED",
    "MAP_FIXED_NOREPLACE",
    "PROT_NONE",
    "THREAD",
    "Costs",
    "Deadlock",
    "Faults",
    "HandlerError",
    "Kernel",
    "Machine",
    "Mechanism",
    "ProgramError",
    "Protocol",
    "UnknownCall",
    "UsageError",
    "explore",
    "explore_protocol",
    "simulate",
    "single_system_image",
]
