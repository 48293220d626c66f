"""The board of System V IPC: which objects there are, under which key, and who waits for them.

An object has a row as long as a kernel keeps it.  A thread whose call is on its way there, or whose
answer is on its way back, stands in no line: they have a row together below the objects.
"""

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.story import thread_name
from popcorn_lib.draw.words import counted, listed
from popcorn_lib.mechanisms.ipc.tables import KINDS as OBJECTS
from popcorn_lib.mechanisms.ipc.tables import Queue, Receiver, SemSet, Sender, Tables
from popcorn_lib.mechanisms.memory.areas import segment_object
from popcorn_lib.mechanisms.memory.segments import ITSELF
from popcorn_lib.syscalls.ipc import IPC_PRIVATE

COLUMNS = ("key", "kept by", "holds", "waiting")
UNDERWAY = "calls on their way"
EMPTY = ("", "")
NAMES = {"queues": "queue", "sets": "semaphores", "segments": "segment"}
BOX = "M-8-7h16v14h-16zM-6-5v10h12v-10z"
KINDS = {
    "key": (
        "M-8 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0zM-5.5 0a1.5 1.5 0 1 1 3 0a1.5 1.5 0 1 1-3 0z"
        "M0-1h8v5h-3v-3h-5z",
        "namespaces",
        "key",
    ),
    "twice": ("M-7-7h3v5h8v-5h3v14h-3v-5h-8v5h-3z", "now", "two objects have this key"),
    "private": ("M-7-1.5h14v3h-14z", "line", "has no key"),
    "removed": ("M-8-1l2-2l4 4l8-8l2 2l-10 10z", "line", "removed, lives until all let go"),
    "keeper": ("M0-8.5l8 7v9h-16v-9z", "namespaces", "the kernel that keeps it"),
    "letters": (BOX + "M-4-2.5h8v2h-8zM-4 .5h8v2h-8z", "namespaces", "messages"),
    "values": ("M-8 7v-3h16v3zM-5 3v-10h3v10zM2 3v-6h3v6z", "namespaces", "values"),
    "bytes here": ("M-7-7h14v14h-14zM-1-7h2v14h-2z", "namespaces", "memory, and who has it"),
    "bare": (BOX, "line", "no message, no attachment, or all values 0"),
    "in line": ("M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z", "namespaces", "waits for the object"),
    "underway": ("M-5-6h10l-4 6l4 6h-10l4-6z", "namespaces", "waits for an answer"),
}


class IpcObjects(Board):
    """A row per object, in the order of kind and id; columns say what there is to know of it."""

    name, title, mechanism, reads = "ipc", "System V IPC: objects", "ipc", Tables
    kinds = KINDS | DEAD

    def columns(self, story):
        return COLUMNS

    def key(self, story, index):
        """Who has attached a segment, the memory of its home knows."""
        return super().key(story, index), moments(story).key(index, "memory")

    def table(self, story, index):
        views, dead = self.tables(story, index), moments(story).dead(index)
        memory = moments(story).tables(index, "memory")
        rows = []
        for kind, place, home, item in sorted(objects(views), key=lambda found: found[:3]):
            keeper = ("dead" if home in dead else "keeper", home)
            holds = content(item, place, memory[home])
            key = key_of(views, item, kind, place)
            rows.append((named(kind, *place), (key, keeper, holds, line_of(item))))
        asks = [text for name, ipc in views.items() for text in underway(views, name, ipc)]
        if asks:
            rows.append((UNDERWAY, (EMPTY, EMPTY, EMPTY, ("underway", ", ".join(asks)))))
        return tuple(rows)

    def say(self, story, index):
        told = []
        for head, cells in self.rows(story, index):
            key, keeper, holds, line = (text for _, text in cells)
            if head == UNDERWAY:
                told.append(f"{head}: {line}")
            else:
                told.append(f"{head} on {keeper}, key {key}: {holds}; waiting: {line or 'nobody'}")
        return f"{'. '.join(told) or 'There is no object, and nobody asks for one'}."


IPC = IpcObjects()


def objects(views):
    """(kind, (namespace, id), kernel, object) of everything that is kept."""
    for name, ipc in views.items():
        for kind in OBJECTS:
            for place, item in getattr(ipc, kind).items():
                yield kind, place, name, item


def named(kind, namespace, number):
    """An object by its id; the first IPC namespace need not be said."""
    return f"{NAMES[kind]} {number}" + (f" in namespace {namespace}" if namespace else "")


def key_of(views, item, kind, place):
    """The cell of a key, and whether another object of the same kind and namespace has it too."""
    if getattr(item, "removed", False):
        return "removed", "not any more"
    if item.perm.key == IPC_PRIVATE:
        return "private", "none"
    same = [1 for other, (space, _), _, one in objects(views)
            if (other, space, one.perm.key) == (kind, place[0], item.perm.key)]  # fmt: skip
    return "twice" if len(same) > 1 else "key", str(item.perm.key)


def content(item, place, memory):
    """The cell of what is in an object; `memory`: the tables of its home."""
    if isinstance(item, Queue):
        types = ", ".join(f"type {mtype} ({len(data)} B)" for mtype, data in item.messages)
        return ("letters" if types else "bare"), types or "no message"
    if isinstance(item, SemSet):
        undo = "".join(f", {thread_name(pid)} would undo {listed(map(signed, changes))}"
                       for pid, changes in sorted(item.undo.items()))  # fmt: skip
        values = ", ".join(map(str, item.values))
        return ("values" if any(item.values) else "bare"), values + undo
    holders = memory.objects.get(segment_object(place[1]), {})
    whose = [thread_name(pid) for pid in sorted(holders) if pid != ITSELF]
    size = counted(item.size, "byte")
    return ("bytes here" if whose else "bare"), size + (f", of {listed(whose)}" if whose else "")


def signed(number):
    """A number with its sign."""
    return f"{number:+d}"


def line_of(item):
    """The cell of those who wait for an object, the first first."""
    told = [f"{thread_name(w.asker.tid)} on {w.asker.kernel} ({wants(w)})" for w in item.waiting]
    return ("in line", ", ".join(told)) if told else EMPTY


def wants(waiter):
    """What a thread in line waits for."""
    if isinstance(waiter, Receiver):
        return f"wants type {waiter.mtype}" if waiter.mtype else "wants any type"
    if isinstance(waiter, Sender):
        return f"sends {len(waiter.data)} B"
    return ", ".join(
        f"semaphore {number} {f'by {signed(change)}' if change else 'at 0'}"
        for number, change, _ in waiter.operations
    )


def underway(views, name, ipc):
    """What is said of a kernel's threads whose call stands in no line."""
    lines = {w.asker.tid for _, _, _, item in objects(views) for w in item.waiting}
    for tid, wait in ipc.waits.items():
        if tid not in lines:
            yield f"{thread_name(tid)} on {name} ({wait.call} at {wait.home})"
    for tid, search in getattr(ipc, "searches", {}).items():  # of a defect: nobody decides
        yield f"{thread_name(tid)} on {name} ({search.call} at {listed(sorted(search.awaited))})"
