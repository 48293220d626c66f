"""The first vocabulary: what kernels say to each other.

A message is a named tuple of plain data; its class is its kind, in Popcorn's names where Popcorn
has one.  `bytes` is what it takes on the wire: 64 for a short message, which is one cache line
(Popcorn's base message); a long one says why it is longer.  Two classes of priority exist, as in
Popcorn's messaging layer; messages of one class between two kernels stay in order.
"""

from typing import NamedTuple

from popcorn_lib.errors import UsageError

HIGH, NORMAL = 0, 1
LINE = 64  # bytes of a short message: one cache line


def message(mechanism, priority=NORMAL, size=LINE):
    """Make a named tuple a kind of message: its mechanism, its class and its size in bytes.

    size: a number, or a function of the message.
    """

    def mark(kind):
        clash = {"kind", "mechanism", "priority", "bytes"} & set(kind._fields)
        if clash or not kind.__name__.isupper():
            raise UsageError(
                f"{kind.__name__}: a kind of message has a name in capitals, and no field "
                f"called {' or '.join(sorted(clash)) or 'kind, mechanism, priority or bytes'}"
            )
        kind.mechanism, kind.priority = mechanism, priority
        kind.bytes = property(size) if callable(size) else size
        kind.kind = kind.__name__
        kind.__eq__, kind.__ne__, kind.__hash__ = _same, _other, tuple.__hash__
        KINDS[kind.__name__] = kind
        return kind

    return mark


def _same(self, other):
    """Two messages are equal if they are of one kind too: plain tuples would not look at it."""
    return type(self) is type(other) and tuple.__eq__(self, other)


def _other(self, other):
    return not _same(self, other)


KINDS = {}  # name -> message class, in the order of this file

# What a thread is on the wire when it moves, on x86-64: its registers (struct pt_regs, 21 words),
# 64 signal actions of 32 bytes, and the ids, bounds and path of its process (512 bytes).
THREAD_BYTES = 21 * 8 + 64 * 32 + 512

# ---- threads ------------------------------------------------------------------------------------


@message("threads", size=THREAD_BYTES)
class CLONE_REQUEST(NamedTuple):
    """Run this thread from here on; it has not been on your kernel before."""

    tid: int
    pid: int
    visited: tuple  # the kernels that keep a shadow of it, oldest first
    start: object  # token of the function to start, None for a thread that already runs
    packed: tuple  # (mechanism, what travels with the thread), ...


@message("threads")
class PROCESS_PAIRING(NamedTuple):
    """Your shadow's thread has arrived at my kernel."""

    tid: int
    pid: int


@message("threads", size=THREAD_BYTES)
class BACK_MIGRATION(NamedTuple):
    """Run this thread again; you keep a shadow of it."""

    tid: int
    visited: tuple
    packed: tuple


@message("threads")
class NEW_KERNEL(NamedTuple):
    """To home: a first thread of your process has come to my kernel; may it start?"""

    pid: int


@message("threads")
class NEW_KERNEL_ANSWER(NamedTuple):
    """From home: I count your kernel from now on; `status` is not None if the process exits."""

    pid: int
    status: object


@message("threads")
class EXIT_PROCESS(NamedTuple):
    """A thread has ended: drop your shadow of it."""

    tid: int
    pid: int
    value: object  # token of what the thread returned
    status: int  # what it left with
    last: bool  # the sender keeps no thread and no shadow of the process any more


@message("threads")
class LAST_MEMBER(NamedTuple):
    """To home: my kernel keeps no thread and no shadow of your process any more."""

    pid: int


@message("threads")
class EXIT_GROUP(NamedTuple):
    """The process exits with this status: to home as a request, from home as an order."""

    pid: int
    status: int  # the wait status
    value: object  # token of what main returned


@message("threads")
class THREAD_GROUP_EXITED_NOTIFICATION(NamedTuple):
    """From home: the process is gone; drop what you have saved of it."""

    pid: int


@message("threads")
class JOIN_REQUEST(NamedTuple):
    """To the home kernel of `tid`: `waiter` waits for its end."""

    tid: int
    pid: int
    waiter: int


@message("threads")
class JOIN_CANCEL(NamedTuple):
    """To the home kernel of `tid`: `waiter` no longer waits."""

    tid: int
    waiter: int


@message("threads")
class JOIN_RESPONSE(NamedTuple):
    """To the waiter's kernel: the thread's value, or an errno."""

    waiter: int
    value: object
    errno: int


# ---- processes ----------------------------------------------------------------------------------


@message("threads")
class TREE_REQUEST(NamedTuple):
    """To init's kernel: this call of thread `tid` is about the tree of processes."""

    tid: int
    pid: int
    call: str
    args: tuple


@message("threads")
class TREE_RESPONSE(NamedTuple):
    """From init's kernel: the result of the call, or an errno."""

    tid: int
    result: object
    errno: int


@message("threads")
class WAIT_CANCEL(NamedTuple):
    """To init's kernel: thread `tid` is to stop waiting for a child."""

    tid: int


@message("threads")
class PROCESS_EXITED(NamedTuple):
    """To init's kernel, from the home of a process: it has ended with this wait status."""

    pid: int
    status: int


@message("threads")
class PID_RELEASED(NamedTuple):
    """From init's kernel: this number of yours names nothing any more."""

    pid: int


@message("threads")
class AFFINITY_REQUEST(NamedTuple):
    """After thread `tid`, along its shadows: run only on these CPUs, or say on which, if none."""

    tid: int
    pid: int
    asker: int
    kernel: str  # the asker's
    cpus: tuple


@message("threads")
class AFFINITY_RESPONSE(NamedTuple):
    """To the asker's kernel: the thread's mask, 0 if it has been set, or a failure."""

    asker: int
    result: object


# ---- memory -------------------------------------------------------------------------------------


@message("memory")
class VMA_INFO_REQUEST(NamedTuple):
    """To home: what area of your process lies at this address?"""

    pid: int
    address: int


@message("memory")
class VMA_INFO_RESPONSE(NamedTuple):
    """From home: the area, or None."""

    pid: int
    address: int
    area: object


@message("memory")
class VMA_OP_REQUEST(NamedTuple):
    """To home: mmap, munmap or mprotect for thread `tid`."""

    tid: int
    pid: int
    operation: str
    address: int
    length: int
    prot: int
    flags: int


@message("memory")
class VMA_OP(NamedTuple):
    """From home: make this change too; nothing is left of what lay there, or its rights change."""

    pid: int
    operation: str
    start: int
    end: int
    prot: int


@message("memory")
class VMA_ACK(NamedTuple):
    """To home: the change has been made here, or the copy of the address space."""

    pid: int


@message("memory")
class VMA_OP_RESPONSE(NamedTuple):
    """From home: every other kernel has made the change; the caller's may."""

    tid: int
    operation: str
    start: int
    end: int
    prot: int
    area: object  # what a mapping has made
    errno: int


@message("memory")
class REMOTE_PAGE_REQUEST(NamedTuple):
    """To home: give me this page, to read or to write.  From home to an owner: I need its data."""

    page: object
    write: bool


@message("memory", HIGH)
class PAGE_INVALIDATE_REQUEST(NamedTuple):
    """From home: drop your copy, another kernel will write."""

    page: object


@message("memory", HIGH)
class PAGE_INVALIDATE_RESPONSE(NamedTuple):
    """To home: my copy is gone."""

    page: object


@message("memory", size=lambda answer: LINE + answer.size)
class REMOTE_PAGE_RESPONSE(NamedTuple):
    """The page itself."""

    page: object
    data: bytes  # without the zeros at its end
    write: bool
    size: int  # of a whole page


@message("memory")
class REMOTE_PAGE_RESPONSE_SHORT(NamedTuple):
    """From home without a page: "granted" (use your copy), "retry" or "gone"."""

    page: object
    what: str


@message("memory")
class FORK_REQUEST(NamedTuple):
    """To home: thread `tid` forks; tell me the layout and keep it as it is until my VMA_ACK."""

    tid: int
    pid: int
    child: int


@message("memory", size=lambda answer: LINE + 48 * len(answer.areas) + 8 * len(answer.pages))
class FORK_LAYOUT(NamedTuple):
    """From home: areas of the process, and which of its private pages have been touched."""

    tid: int
    areas: tuple
    pages: tuple  # their places in the process's private memory
    more: bool


@message("memory")
class OBJECT_HOLD(NamedTuple):
    """To the home of a shared object: this process maps it too."""

    object: int
    pid: int


@message("memory")
class OBJECT_RELEASE(NamedTuple):
    """To the home of a shared object: this process maps nothing of it any more."""

    object: int
    pid: int


@message("memory")
class OBJECT_GONE(NamedTuple):
    """From the home of a shared object: nobody maps it any more, forget its pages."""

    object: int


@message("memory")
class OBJECT_GONE_ACK(NamedTuple):
    """To the home of a shared object: forgotten."""

    object: int


# ---- futex --------------------------------------------------------------------------------------


@message("futex")
class KEY_REQUEST(NamedTuple):
    """To the owner: if the word is `value`, queue thread `tid`."""

    tid: int
    key: object  # the word
    value: int
    bitset: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return True


@message("futex")
class KEY_RESPONSE(NamedTuple):
    """From the owner: the thread is queued and may sleep, or an errno."""

    tid: int
    errno: int


@message("futex")
class WAKE_REQUEST(NamedTuple):
    """To the owner: wake up to `count` waiters for thread `tid`."""

    tid: int
    key: object
    count: int
    bitset: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return False


@message("futex")
class REQUEUE_REQUEST(NamedTuple):
    """To the owner: wake some waiters and let others wait for another word."""

    tid: int
    key: object
    wake: int
    requeue: int
    key2: object
    value: object  # what the word must be; None if it does not matter

    def compares(self):
        """Whether the owner must read the word for it."""
        return self.value is not None


@message("futex")
class WAKE_RESPONSE(NamedTuple):
    """From the owner to a waker: how many, or an errno."""

    tid: int
    count: int
    errno: int


@message("futex", HIGH)
class WAKE_NOTICE(NamedTuple):
    """From the owner to a waiter's kernel: a wake has chosen your thread."""

    tid: int


@message("futex")
class CANCEL_REQUEST(NamedTuple):
    """To the owner: thread `tid` no longer wants to wait."""

    tid: int

    def compares(self):
        """Whether the owner must read the word for it."""
        return False


@message("futex")
class CANCEL_RESPONSE(NamedTuple):
    """From the owner: the thread is out of the queue; if not, a wake had chosen it before."""

    tid: int
    removed: bool
