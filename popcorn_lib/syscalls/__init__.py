"""The second vocabulary: what threads ask of their kernel.

A program yields the requests that `sys` makes, named and shaped as in Linux:

    tid = yield sys.clone(worker, 7, on="k1")

A request is plain data.  A function and its arguments are kept apart in `start`: no kernel looks
into them, they pass through as a token.  What Linux would report as an error is an `OSError` in
the program; what no program can mean (a word that is no number) is a Python error at once.
"""

from popcorn_lib.errors import UnknownCall
from popcorn_lib.syscalls.futex import FutexCalls
from popcorn_lib.syscalls.linux import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_SIGHAND,
    CLONE_SYSVSEM,
    CLONE_THREAD,
    CLONE_VM,
    FUTEX_BITSET_MATCH_ANY,
    MAP_FIXED,
    MAP_FIXED_NOREPLACE,
    MASK,
    PROT_ALL,
    PROT_NONE,
    THREAD,
    WORD,
    WORK,
)
from popcorn_lib.syscalls.memory import MemoryCalls
from popcorn_lib.syscalls.placement import PlaceCalls
from popcorn_lib.syscalls.processes import ProcessCalls
from popcorn_lib.syscalls.request import Call, Failure, check_start, whole, word
from popcorn_lib.syscalls.threads import ThreadCalls

__all__ = [
    "CALLS",
    "CLONE_FILES",
    "CLONE_FS",
    "CLONE_SIGHAND",
    "CLONE_SYSVSEM",
    "CLONE_THREAD",
    "CLONE_VM",
    "FUTEX_BITSET_MATCH_ANY",
    "MAP_FIXED",
    "MAP_FIXED_NOREPLACE",
    "MASK",
    "PROT_ALL",
    "PROT_NONE",
    "THREAD",
    "WORD",
    "WORK",
    "Call",
    "Failure",
    "Sys",
    "check_start",
    "whole",
    "word",
]


class Sys(ThreadCalls, ProcessCalls, PlaceCalls, MemoryCalls, FutexCalls):
    """The calls that a thread can make; each returns a request to be yielded."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        known = ", ".join(CALLS)
        raise UnknownCall(f"unknown call sys.{name}; known: {known}")


FAMILIES = (ThreadCalls, ProcessCalls, PlaceCalls, MemoryCalls, FutexCalls)
CALLS = tuple(name for family in FAMILIES for name in vars(family) if not name.startswith("_"))
