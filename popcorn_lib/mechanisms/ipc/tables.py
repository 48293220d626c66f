"""What a home keeps of System V objects, and the invariants on it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.mechanisms.memory.areas import is_segment
from popcorn_lib.syscalls.ipc import IPC_PRIVATE, MSGMNB, SHM_DEST, IpcPerm


class Asker(NamedTuple):
    """A thread that has made a call, or waits in it: where the answer goes."""

    kernel: str
    tid: int
    pid: int
    namespace: int


@dataclass
class Wait:
    """A thread whose call is with another kernel, or in a queue of this one."""

    call: str
    home: str
    details: tuple = ()  # what its own kernel has to know of the call
    cancelled: bool = False


# ---- message queues -----------------------------------------------------------------------------


class Sender(NamedTuple):
    """A thread with a message for which there is no room yet."""

    asker: Asker
    mtype: int
    data: bytes


class Receiver(NamedTuple):
    """A thread that waits for a message of some type."""

    asker: Asker
    size: int
    mtype: int
    flags: int


@dataclass
class Queue:
    """A message queue."""

    perm: IpcPerm
    room: int = MSGMNB  # bytes
    messages: list = field(default_factory=list)  # (type, data), the oldest first
    receivers: list = field(default_factory=list)
    senders: list = field(default_factory=list)
    last_sender: int = 0  # pids
    last_receiver: int = 0

    @classmethod
    def fresh(cls, perm, size, pid):
        return cls(perm)

    def lacks(self, size):
        return False

    @property
    def waiting(self):
        return [*self.receivers, *self.senders]


# ---- semaphores ---------------------------------------------------------------------------------


class Sleeper(NamedTuple):
    """A thread whose operations cannot all be done yet."""

    asker: Asker
    operations: tuple  # (number, operation, flags), ...

    @property
    def alters(self):
        """Whether it would change a value, or only waits for zeros."""
        return any(change for _, change, _ in self.operations)


@dataclass
class SemSet:
    """A set of semaphores."""

    perm: IpcPerm
    values: list
    pids: list  # who has operated last on each
    undo: dict = field(default_factory=dict)  # pid -> what to add to each when the process ends
    waiting: list = field(default_factory=list)  # Sleepers, the oldest first

    @classmethod
    def fresh(cls, perm, size, pid):
        return cls(perm, [0] * size, [0] * size)

    def lacks(self, size):
        return size > len(self.values)


# ---- segments -----------------------------------------------------------------------------------


@dataclass
class Segment:
    """A segment of shared memory; its pages and attachments are the memory mechanism's."""

    perm: IpcPerm
    size: int
    creator: int  # pids
    last: int = 0  # who attached or detached last
    waiting = ()

    @classmethod
    def fresh(cls, perm, size, pid):
        return cls(perm, size, pid)

    def lacks(self, size):
        return size > self.size

    @property
    def removed(self):
        return bool(self.perm.mode & SHM_DEST)


# ---- invariants ---------------------------------------------------------------------------------

KINDS = {"queues": Queue, "sets": SemSet, "segments": Segment}


def items(ipc):
    """Every object of a kernel: (which table, its place there, the object)."""
    return [(kind, *item) for kind in KINDS for item in getattr(ipc, kind).items()]


def one_key_one_object(kernels):
    """A key names at most one object of a kind in a namespace, over all kernels."""
    seen = {}
    for name, ipc in kernels.items():
        for kind, (namespace, number), item in items(ipc):
            key = (namespace, kind, item.perm.key)
            if item.perm.key == IPC_PRIVATE:
                continue
            if key in seen:
                return f"key {item.perm.key} is {kind} {seen[key]} and {number} of {name}"
            seen[key] = f"{number} of {name}"
    return None


def everybody_waits_once(kernels):
    """Who stands in a queue stands there once, and its kernel keeps it waiting for this home."""
    seen = set()
    for name, ipc in kernels.items():
        for _, _, item in items(ipc):
            for asker, *_ in item.waiting:
                wait = kernels[asker.kernel].waits.get(asker.tid)
                if asker.tid in seen or wait is None or wait.home != name:
                    return f"{short(asker.tid)} stands in a queue of {name}, but waits elsewhere"
                seen.add(asker.tid)
    return None


def nobody_waits_for_what_is_there(kernels):
    """Nobody waits whose operations, message or room are there."""
    for name, ipc in kernels.items():
        for kind, (_, number), item in items(ipc):
            for waiter in item.waiting:
                if ipc.could_go_on(item, waiter):
                    return f"{short(waiter.asker.tid)} waits in vain in {kind} {number} of {name}"
    return None


def attachments_are_counted(kernels):
    """What a living process has attached, its home knows, and the segment's home has counted."""
    if not any(ipc.segments for ipc in kernels.values()):
        return None  # and look at nothing else: then this is not judged again and again
    for ipc in kernels.values():
        memory, groups = ipc.kernel["memory"], ipc.kernel["threads"].groups
        for pid, layout in memory.layouts.items():
            if pid not in groups or ipc.kernel.home_of(pid) != ipc.kernel.name:
                continue
            mapped = [part for part in memory.shared_in(pid, layout) if is_segment(part[1])]
            for home, number, _ in mapped:
                counted = kernels[home].kernel["memory"].objects.get(number, {}).get(pid, 0)
                if counted < sum(part[:2] == (home, number) for part in mapped):
                    return f"{short(pid)} has attached segment {number}, {home} does not know"
    return None


class Tables(Mechanism):
    """The tables of the IPC mechanism."""

    state = {
        "waits": dict,  # tid -> Wait, on the thread's kernel
        "parts": dict,  # (kernel, tid) -> data that has come, of which the end has not
        "queues": dict,  # home: (namespace, id) -> Queue
        "sets": dict,  # home: (namespace, id) -> SemSet
        "segments": dict,  # home: (namespace, id) -> Segment
    }
    invariants = (
        one_key_one_object,
        everybody_waits_once,
        nobody_waits_for_what_is_there,
        attachments_are_counted,
    )

    def describe(self):
        lines = [f"queue {number}: {_queue(item)}" for (_, number), item in self.queues.items()]
        for (_, number), item in self.sets.items():
            lines.append(f"semaphores {number}: {', '.join(map(str, item.values))}{_line(item)}")
            for pid, changes in item.undo.items():
                lines.append(f"semaphores {number}: {short(pid)} would undo by {changes}")
        for (_, number), item in self.segments.items():
            gone = ", removed" if item.removed else ""
            lines.append(f"segment {number}: {item.size} bytes{gone}")
        for tid, wait in self.waits.items():
            lines.append(f"{short(tid)} waits in {wait.call} for {wait.home}")
        return lines


def _queue(queue):
    types = ", ".join(f"type {mtype} ({len(data)} B)" for mtype, data in queue.messages)
    return (types or "no message") + _line(queue)


def _line(item):
    tids = ", ".join(short(waiter.asker.tid) for waiter in item.waiting)
    return f"; in line: {tids}" if tids else ""
