"""The second vocabulary: what threads ask of their kernel.

A program yields the requests that `sys` makes, named and shaped as in Linux:

    tid = yield sys.clone(worker, 7, on="k1")

A request is plain data.  A function and its arguments are kept apart in `start`: no kernel looks
into them, they pass through as a token.  What Linux would report as an error is an `OSError` in
the program; what no program can mean (a word that is no number) is a Python error at once.
"""

import inspect
from typing import NamedTuple

from popcorn_lib.errors import UnknownCall, UsageError

WORD = 8  # bytes of a word
MASK = (1 << 64) - 1
WORK = ("int", "float", "memory")  # kinds of work for `compute`


class Call(NamedTuple):
    """One request of a thread: the call, its plain arguments, and what it would start."""

    name: str
    args: tuple = ()
    start: object = None  # (function, arguments) for clone

    def __repr__(self):
        if self.name == "return":
            return f"return {self.args[0]!r}"
        inside = [repr(arg) for arg in self.args if arg is not None]
        if self.start is not None:
            inside.insert(0, getattr(self.start[0], "__name__", repr(self.start[0])))
        return f"{self.name}({', '.join(inside)})"


class Failure(NamedTuple):
    """The result of a call that failed: the program gets it as an OSError."""

    errno: int


class Sys:
    """The calls that a thread can make; each returns a request to be yielded."""

    # ---- threads --------------------------------------------------------------------------------

    def clone(self, fn, *args, on=None):
        """Start a thread that runs `fn(sys, *args)`; the result is its tid.

        fn: a generator function; it and `args` are copied, no Python object is shared.
        on: the kernel to start on, by name; the caller's own if None.
        EAGAIN: the kernel has no id left.
        """
        check_start("clone", fn, args)
        return Call("clone", (on,), (fn, args))

    def join(self, tid):
        """Wait for a thread of this process to end; the result is what it returned.

        ESRCH: no such thread, or it has been joined already.  EDEADLK: it is the caller.
        """
        return Call("join", (whole("join", "tid", tid),))

    def exit(self, status=0):
        """End this thread; `join` gives `status`."""
        return Call("exit", (whole("exit", "status", status),))

    def exit_group(self, status=0):
        """End the whole process on all kernels, with the low eight bits of `status`."""
        return Call("exit_group", (whole("exit_group", "status", status),))

    def getpid(self):
        """The id of the process: that of its first thread."""
        return Call("getpid")

    def gettid(self):
        """The id of this thread; it stays the same on every kernel."""
        return Call("gettid")

    # ---- place and time -------------------------------------------------------------------------

    def migrate(self, kernel):
        """Go on running on `kernel`, by name; the result is 0.

        EBUSY: the thread is there already (on a machine with one kernel it is a success).
        """
        if not isinstance(kernel, str):
            raise UsageError(f"migrate needs the name of a kernel, not {kernel!r}")
        return Call("migrate", (kernel,))

    def sched_yield(self):
        """Let the other ready threads of this kernel run first."""
        return Call("sched_yield")

    def compute(self, work, kind="int"):
        """Work for `work` operations of one kind: "int", "float" or "memory"."""
        if not isinstance(work, int | float) or not 0 <= work < float("inf"):
            raise UsageError(f"compute needs a number of operations of 0 or more, not {work!r}")
        if kind not in WORK:
            raise UsageError(f"unknown kind of work {kind!r}; known: {', '.join(map(repr, WORK))}")
        return Call("compute", (work, kind))

    def nanosleep(self, seconds):
        """Sleep; never shorter than `seconds`.  EINVAL: a negative time."""
        if not isinstance(seconds, int | float) or not abs(seconds) < float("inf"):
            raise UsageError(f"nanosleep needs a finite number of seconds, not {seconds!r}")
        return Call("nanosleep", (seconds,))

    def clock_gettime(self):
        """The virtual time in seconds, on the clock of `run.messages.time_s`."""
        return Call("clock_gettime")

    # ---- memory ---------------------------------------------------------------------------------

    def mmap(self, length):
        """Map `length` bytes of zeros for reading and writing; the result is their address.

        EINVAL: a length of 0 or less.  ENOMEM: no room in the address space.
        """
        return Call("mmap", (whole("mmap", "length", length),))

    def load(self, addr):
        """The word at `addr`: unsigned, 64 bits.  Unmapped is SIGSEGV, misaligned SIGBUS."""
        return Call("load", (whole("load", "addr", addr),))

    def store(self, addr, value):
        """Write one word; a negative value wraps."""
        return Call("store", (whole("store", "addr", addr), word("store", value)))

    def cas(self, addr, expected, new):
        """Write `new` if the word is `expected`, in one step; the result is the old word."""
        operands = (word("cas", expected), word("cas", new))
        return Call("cas", (whole("cas", "addr", addr), *operands))

    def fetch_add(self, addr, n):
        """Add `n` to the word in one step; the result is the old word."""
        return Call("fetch_add", (whole("fetch_add", "addr", addr), word("fetch_add", n)))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        known = ", ".join(CALLS)
        raise UnknownCall(f"unknown call sys.{name}; known: {known}")


CALLS = tuple(name for name in vars(Sys) if not name.startswith("_"))


def check_start(call, fn, args):
    """UsageError if `fn(sys, *args)` cannot be called."""
    if not callable(fn):
        raise UsageError(f"{call} needs a generator function, not {fn!r}")
    try:
        inspect.signature(fn).bind(None, *args)
    except TypeError as error:
        name = getattr(fn, "__name__", repr(fn))
        raise UsageError(f"{call}: {name} cannot start with sys and {args!r}: {error}") from None


def whole(call, what, value):
    """`value` if it is a whole number, else UsageError that names call, argument and value."""
    if not isinstance(value, int):
        raise UsageError(f"{call} needs a whole number as {what}, not {value!r}")
    return int(value)


def word(call, value):
    """`value` as an unsigned 64-bit word; UsageError if it does not fit into one."""
    whole(call, "word", value)
    if not -(1 << 63) <= value <= MASK:
        raise UsageError(f"{call}: {value!r} does not fit into a word of 64 bits")
    return value & MASK
