"""The second vocabulary: what threads ask of their kernel.

A program yields the requests that `sys` makes, named and shaped as in Linux:

    tid = yield sys.clone(worker, 7, on="k1")

A request is plain data.  A function and its arguments are kept apart in `start`: no kernel looks
into them, they pass through as a token.  What Linux would report as an error is an `OSError` in
the program; what no program can mean (a word that is no number) is a Python error at once.
"""

import inspect
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE
from typing import NamedTuple

from popcorn_lib.errors import UnknownCall, UsageError

WORD = 8  # bytes of a word
MASK = (1 << 64) - 1
# Linux's values of what Python does not name.
MAP_FIXED, MAP_FIXED_NOREPLACE = 0x10, 0x100000
PROT_NONE, PROT_ALL = 0, PROT_READ | PROT_WRITE | PROT_EXEC
FUTEX_BITSET_MATCH_ANY = 0xFFFFFFFF
WORK = ("int", "float", "memory")  # kinds of work for `compute`

# What a clone shares with its maker, with Linux's values, and what threads share.
CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND = 0x100, 0x200, 0x400, 0x800
CLONE_THREAD, CLONE_SYSVSEM = 0x10000, 0x40000
THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM


class Call(NamedTuple):
    """One request of a thread: the call, its plain arguments, and what it would start."""

    name: str
    args: tuple = ()
    start: object = None  # (function, arguments) for clone and fork

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

    def clone(self, fn, *args, flags=THREAD, on=None):
        """Start a thread that runs `fn(sys, *args)`; the result is its tid.

        fn: a generator function; it and `args` are copied, no Python object is shared.
        on: the kernel to start on, by name; the caller's own if None.
        flags: without CLONE_VM, CLONE_SIGHAND and CLONE_THREAD the call is `fork`.
        EAGAIN: the kernel has no id left.  EINVAL: CLONE_THREAD without CLONE_SIGHAND, or that
        without CLONE_VM; a process that shares memory (not in this model); any other flag.
        """
        return _start("clone", fn, args, on, flags, THREAD)

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

    # ---- processes ------------------------------------------------------------------------------

    def fork(self, fn, *args, flags=0, on=None):
        """Start a process with a copy of the memory that runs `fn(sys, *args)`; gives its pid.

        fn, args, on: as for `clone`.  When fn returns, the process ends with status 0.
        EAGAIN: the kernel has no id left.  EINVAL: flags other than 0 and SIGCHLD, which mean the
        same: what Linux could share between processes is not in this model.
        """
        return _start("fork", fn, args, on, flags, 0)

    def wait4(self, pid=-1, options=0):
        """Wait for a child to end; gives (pid, wait status), as `os.WIFEXITED` and its kin read it.

        pid: that child; -1 any; 0 any in the caller's group; less than -1 any in group -pid.
        options: WNOHANG of `os` gives (0, 0) if none has ended yet; WUNTRACED, WCONTINUED.
        ECHILD: no such child.  EINVAL: another option.  ESRCH: -2**31.  EINTR: interrupted.
        """
        return Call("wait4", (whole("wait4", "pid", pid), whole("wait4", "options", options)))

    def getppid(self):
        """The pid of the parent; 1 is init, which adopts orphans."""
        return Call("getppid")

    def getpgid(self, pid=0):
        """The group of a process, 0 for one's own.  ESRCH: no such process (a tid is none)."""
        return Call("getpgid", (whole("getpgid", "pid", pid),))

    def setpgid(self, pid, pgid):
        """Put oneself (0) or a child into a group, or (0) into a new one called by its own pid.

        EINVAL: a negative group.  ESRCH: neither the caller nor a child.  EPERM: a session's
        leader, a child in another session, or no such group in the caller's session.
        """
        return Call("setpgid", (whole("setpgid", "pid", pid), whole("setpgid", "pgid", pgid)))

    def getsid(self, pid=0):
        """The session of a process, 0 for one's own.  ESRCH: no such process (a tid is none)."""
        return Call("getsid", (whole("getsid", "pid", pid),))

    def setsid(self):
        """Begin a session and a group called by one's own pid; gives it.

        EPERM: there is a group of that name: the caller leads it, or left its members in it.
        """
        return Call("setsid")

    def getuid(self):
        """The user of this process; the first process starts as root, which is 0."""
        return Call("getuid")

    def setuid(self, uid):
        """Become another user, all threads of the process.

        EPERM: the caller is not root and not that user already.  EINVAL: no valid number.
        """
        return Call("setuid", (whole("setuid", "uid", uid),))

    # ---- place and time -------------------------------------------------------------------------

    def migrate(self, kernel):
        """Go on running on `kernel`, by name; the result is 0.

        EBUSY: the thread is there already (on a machine with one kernel it is a success).
        """
        if not isinstance(kernel, str):
            raise UsageError(f"migrate needs the name of a kernel, not {kernel!r}")
        return Call("migrate", (kernel,))

    def sched_setaffinity(self, cpus, tid=0):
        """Let a thread run only on these CPUs, given by their numbers; the result is 0.

        CPUs are numbered through the kernels in the machine's order.  If none of them is on its
        kernel the thread migrates to the kernel of the lowest; a call in which it waits is made
        again there.  tid: a thread of this process; 0 is the caller.  The model does not pin a
        thread to one core inside a kernel.
        EINVAL: the machine has none of them.  ESRCH: no such thread in this process.
        """
        return Call("sched_setaffinity", (_cpus(cpus), whole("sched_setaffinity", "tid", tid)))

    def sched_getaffinity(self, tid=0):
        """The CPUs that a thread may use, as a frozenset; at first all of the machine's.

        tid: a thread of this process; 0 is the caller.  ESRCH: no such thread in this process.
        """
        return Call("sched_getaffinity", (whole("sched_getaffinity", "tid", tid),))

    def getcpu(self):
        """(cpu, node): the lowest CPU here that this thread may use, and the kernel's place."""
        return Call("getcpu")

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
        return Call("nanosleep", (duration("nanosleep", seconds),))

    def clock_gettime(self):
        """The virtual time in seconds, on the clock of `run.messages.time_s`."""
        return Call("clock_gettime")

    # ---- memory ---------------------------------------------------------------------------------

    def mmap(
        self, length, prot=PROT_READ | PROT_WRITE, flags=MAP_PRIVATE | MAP_ANONYMOUS, addr=None
    ):
        """Map `length` bytes of zeros; the result is their address.

        prot: PROT_READ and so on of Python's `mmap`, PROT_NONE is 0.  flags: MAP_PRIVATE or
        MAP_SHARED (a forked child sees the same bytes), with MAP_ANONYMOUS; MAP_FIXED takes the
        place of what is there, MAP_FIXED_NOREPLACE does not.  addr: a wish, or with these a must.
        EINVAL: a length of 0, neither or both of private and shared, a crooked fixed address.
        ENOMEM: no room.  EBADF: not anonymous; there are no files.  EPERM: below the first 64 KiB.
        EEXIST: MAP_FIXED_NOREPLACE, and something is there.
        """
        length, prot, flags = (
            whole("mmap", what, value)
            for what, value in (("length", length), ("prot", prot), ("flags", flags))
        )
        address = 0 if addr is None else whole("mmap", "addr", addr)
        return Call("mmap", (length, prot, flags, address))

    def munmap(self, addr, length):
        """Unmap whole pages; other threads' next touch there is SIGSEGV once this has returned.

        EINVAL: a crooked address, a length of 0, or beyond the address space.
        """
        return Call("munmap", (whole("munmap", "addr", addr), whole("munmap", "length", length)))

    def mprotect(self, addr, length, prot):
        """Change what may be done with whole pages, for all threads once this has returned.

        EINVAL: a crooked address or an unknown right.  ENOMEM: not all of it is mapped; what lies
        before the first hole has been changed, as in Linux.
        """
        pairs = (("addr", addr), ("length", length), ("prot", prot))
        return Call("mprotect", tuple(whole("mprotect", what, value) for what, value in pairs))

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

    def load_bytes(self, addr, n):
        """`n` bytes from any address, page by page: other threads may come between two pages."""
        count = whole("load_bytes", "n", n)
        if count < 0:
            raise UsageError(f"load_bytes needs 0 bytes or more, not {n!r}")
        return Call("load_bytes", (whole("load_bytes", "addr", addr), count))

    def store_bytes(self, addr, data):
        """Write bytes to any address, page by page."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise UsageError(f"store_bytes needs bytes, not {data!r}")
        return Call("store_bytes", (whole("store_bytes", "addr", addr), bytes(data)))

    # ---- futex ----------------------------------------------------------------------------------

    def futex_wait(self, addr, value, timeout=None, bitset=FUTEX_BITSET_MATCH_ANY):
        """Sleep if the word at `addr` is still `value`, until a wake; the result is 0.

        Comparing and falling asleep are one step.  The word has 64 bits; Linux's has 32.
        timeout: relative seconds, for ever if None.  bitset: woken only by wakes that share a bit.
        EAGAIN: another value.  ETIMEDOUT.  EINTR.  EINVAL: a misaligned address, no bit, a negative
        timeout.  EFAULT: nothing readable is there.
        """
        seconds = None if timeout is None else duration("futex_wait", timeout)
        given = (word("futex_wait", value), seconds, bits("futex_wait", bitset))
        return Call("futex_wait", (whole("futex_wait", "addr", addr), *given))

    def futex_wake(self, addr, count=1, bitset=FUTEX_BITSET_MATCH_ANY):
        """Wake up to `count` waiters, first come first served; the result is how many.

        EINVAL: a misaligned address, no bit.  EFAULT: nothing readable is there.
        """
        given = (whole("futex_wake", "count", count), bits("futex_wake", bitset))
        return Call("futex_wake", (whole("futex_wake", "addr", addr), *given))

    def futex_requeue(self, addr, wake, requeue, addr2):
        """Wake up to `wake` waiters and let up to `requeue` others wait at `addr2`.

        The result is how many of both.  EINVAL: a misaligned address, a negative number, or two
        words whose memory objects have different homes (Linux has no such limit).  EFAULT.
        """
        return self._requeue("futex_requeue", addr, wake, requeue, addr2)

    def futex_cmp_requeue(self, addr, wake, requeue, addr2, value):
        """The same, but only if the word at `addr` is still `value`.  EAGAIN: another value."""
        expected = word("futex_cmp_requeue", value)
        return self._requeue("futex_cmp_requeue", addr, wake, requeue, addr2, expected)

    def _requeue(self, name, addr, wake, requeue, addr2, value=None):
        pairs = (("addr", addr), ("wake", wake), ("requeue", requeue), ("addr2", addr2))
        return Call(name, (*(whole(name, what, number) for what, number in pairs), value))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        known = ", ".join(CALLS)
        raise UnknownCall(f"unknown call sys.{name}; known: {known}")


CALLS = tuple(name for name in vars(Sys) if not name.startswith("_"))


def _start(call, fn, args, on, flags, usual):
    """The Call of clone or fork; the usual flags are left out, so that it reads shorter."""
    check_start(call, fn, args)
    flags = whole(call, "flags", flags)
    return Call(call, (on,) if flags == usual else (on, flags), (fn, args))


def _cpus(cpus):
    try:
        numbers = sorted({whole("sched_setaffinity", "number of a CPU", cpu) for cpu in cpus})
    except TypeError:
        raise UsageError(f"sched_setaffinity needs numbers of CPUs, not {cpus!r}") from None
    if numbers and numbers[0] < 0:
        raise UsageError(f"sched_setaffinity: {numbers[0]} is no number of a CPU")
    return tuple(numbers)


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


def bits(call, value):
    """`value` as a bitset of 32 bits; UsageError if it does not fit."""
    if not 0 <= whole(call, "bitset", value) < 1 << 32:
        raise UsageError(f"{call}: {value!r} is no bitset of 32 bits")
    return value


def duration(call, value):
    """`value` as a finite number of seconds; UsageError if it is none."""
    if not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise UsageError(f"{call} needs a finite number of seconds, not {value!r}")
    return value
