"""The board of threads: where each runs, where its shadows are and where they point.

A thread is one active task, and a shadow on every kernel that it has left.  While it is on its way
no task is active: the task that it has left is leaving until the pairing has come back, and the
kernel to which it goes shows it as coming.  What has ended stays while it can be asked for.
"""

from typing import NamedTuple

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.story import thread_name
from popcorn_lib.draw.words import listed
from popcorn_lib.mechanisms.threads.tasks import ACTIVE, ARRIVING, LEAVING, Tasks

MOVES = ("CLONE_REQUEST", "BACK_MIGRATION")  # the messages with which a thread comes
KINDS = {
    "runs": ("M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z", "threads", "runs here"),
    "waits": (
        "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0zM-4.5 0a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0z",
        "threads",
        "is here and waits",
    ),
    "shadow": (
        "M3-7a7.5 7.5 0 1 0 0 14a9 9 0 0 1 0-14z",
        "threads",
        "shadow, points to where it went",
    ),
    "leaving": ("M-7-6l7 6l-7 6zM1-6l7 6l-7 6z", "threads", "has left, its pairing is due"),
    "coming": ("M-6-8h12v2h-12zM0 7l-7-9h14z", "threads", "is on its way to this kernel"),
    "arriving": (
        "M-6-8h12v2h-12zM0 7l-7-9h14zM0 4.5l4.2-5.4h-8.4z",
        "threads",
        "has come, home must count this kernel first",
    ),
    "ended": ("M-6-2h12v4h-12z", "threads", "has ended, not joined yet"),
    "zombie": ("M-2-8h4v4h5v4h-5v8h-4v-8h-5v-4h5z", "threads", "zombie, its parent has not waited"),
}


EMPTY = ("", "")


class Spot(NamedTuple):
    """What one kernel has of one thread."""

    kind: str
    text: str
    next: object = None  # the kernel to which a shadow points
    comes: object = None  # the kernel from which its thread is on its way here


SPOTS = {  # status of a task -> what it is here; an active one runs or waits
    ACTIVE: Spot("waits", "waits"),
    LEAVING: Spot("leaving", "leaving (pairing due)"),
    ARRIVING: Spot("arriving", "has come (not counted yet)"),
}


class Threads(Board):
    """A row per thread, a column per kernel."""

    name, title, mechanism, reads = "threads", "threads and their shadows", "threads", Tasks
    kinds = KINDS | DEAD

    def key(self, story, index):
        """Threads go on and messages come without a change of tables: no two events are alike."""
        return index

    def table(self, story, index):
        found = self.spots(story, index)
        several = len({pid for pid, _ in found.values()}) > 1
        return tuple(
            (
                thread_name(tid) + (f" of {thread_name(pid)}" if several and pid != tid else ""),
                tuple(spots[name][:2] if name in spots else EMPTY for name in story.kernels),
            )
            for tid, (pid, spots) in found.items()
        )

    def spots(self, story, index):
        """{tid: (pid, {kernel: Spot})} after an event, lowest tid first."""
        return self._kept("spots", self._spots, story, index) if self._fits(story) else {}

    def _spots(self, story, index):
        found, where, calls = {}, story.where(index), self._calls(story)
        dead = moments(story).dead(index)
        for name, threads in self.tables(story, index).items():
            for tid, pid, spot in spots_on(threads):
                if spot.kind == "waits":
                    spot = _is_active(where.get(tid), calls.get(tid, ()), index)
                spot = Spot("dead", "dead") if name in dead else spot
                found.setdefault(tid, (pid, {}))[1].setdefault(name, spot)
        for message in story.flying(index):
            if message.kind in MOVES and message.tid in found:
                _fly(found[message.tid][1], message)
        return {tid: (found[tid][0], self._in_order(story, found[tid][1])) for tid in sorted(found)}

    @staticmethod
    def _in_order(story, spots):
        return {name: spots[name] for name in story.kernels if name in spots}

    @staticmethod
    def _calls(story):
        """{tid: [(event, call), ...]} of a trace."""
        kept = moments(story).kept
        if "calls" not in kept:
            calls = kept["calls"] = {}
            for event in story.events:
                if event.cause == "request":
                    calls.setdefault(event.tid, []).append((event.index, event.name))
        return kept["calls"]

    def say(self, story, index):
        found = self.spots(story, index)
        told = [f"{thread_name(tid)}: {in_words(spots)}" for tid, (_, spots) in found.items()]
        return f"{'; '.join(told) or 'There is no thread'}."


THREADS = Threads()


def spots_on(threads):
    """(tid, pid, Spot) of all that one kernel's tables know."""
    for tid, task in threads.tasks.items():
        yield (
            tid,
            task.pid,
            SPOTS.get(task.status) or Spot("shadow", f"shadow → {task.next}", task.next),
        )
    for tid, (pid, _) in threads.values.items():
        yield tid, pid, Spot("ended", "ended (not joined)")
    for pid, process in getattr(threads, "tree", {}).items():
        if process.status is not None:
            yield pid, pid, Spot("zombie", f"zombie (status {process.status})")


def _is_active(here, calls, index):
    """The Spot of an active task; here: (kernel, runs) of its thread, or None."""
    if here and here[1]:
        return Spot("runs", "runs")
    made = [name for number, name in calls if number <= index]
    return Spot("waits", f"waits in {made[-1]}" if made else "waits")


def _fly(spots, message):
    """A thread on its way stands on the kernel to which it goes, beside what is there of it."""
    old = spots.get(message.destination, Spot("", ""))
    text = f"comes from {message.source}" + (f", still {old.text}" if old.text else "")
    spots[message.destination] = Spot("coming", text, old.next, message.source)


def in_words(spots):
    """A thread's spots: "shadow on k0 points to k1, runs on k1"."""
    return listed(
        f"shadow on {name} points to {spot.next}"
        if spot.kind == "shadow"
        else f"{spot.text} on {name}"
        for name, spot in spots.items()
    )
