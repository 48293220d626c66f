"""The board of futexes: who waits for which word, in which order, and at whom.

A word has a row from the moment at which it first stands in a table of its owner to the last one.
A waiter on another kernel stands in the queue as a dummy.  Threads that have asked, or have been
taken out and are not told yet, stand in no queue: they have a row of their own, since it is there
that answers and notices overtake each other.

Delegation: the owner makes the whole call, so a thread that wakes others looks like one that asks,
and what its kernel knows of a wait is only that it is not over.
"""

from typing import NamedTuple

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.story import thread_name
from popcorn_lib.draw.words import counted, listed
from popcorn_lib.mechanisms.futex.tables import Tables
from popcorn_lib.syscalls import FUTEX_BITSET_MATCH_ANY

BETWEEN = "in no queue"
EMPTY = ("", "")
KINDS = {
    "owner": ("M0-8.5l8 7v9h-16v-9z", "futex", "owner of the word"),
    "waiter": ("M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z", "futex", "waiter on the owner's kernel"),
    "dummy": (
        "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0zM-5 0a5 5 0 1 1 10 0a5 5 0 1 1-10 0z",
        "futex",
        "dummy of a waiter on another kernel",
    ),
    "stale": (
        "M-7-5l2-2l5 5l5-5l2 2l-5 5l5 5l-2 2l-5-5l-5 5l-2-2l5-5z",
        "now",
        "dummy of a thread that no longer waits",
    ),
    "between": ("M-5-6h10l-4 6l4 6h-10l4-6z", "futex", "waits for an answer or a notice"),
    "waker": ("M-6-6l12 6l-12 6z", "futex", "wakes others, waits for the number"),
}


class Place(NamedTuple):
    """A thread in a queue, or beside all of them."""

    kind: str
    tid: int
    kernel: str
    notes: tuple = ()

    @property
    def text(self):
        """Who it is and what is due: "k0:3 on k1, not told yet"."""
        return ", ".join([f"{thread_name(self.tid)} on {self.kernel}", *self.notes])


class FutexQueues(Board):
    """A row per word: its owner, then the queue from its front."""

    name, title, mechanism, reads = "futex", "futexes: who waits in which order", "futex", Tables
    kinds = KINDS | DEAD

    def columns(self, story):
        """The owner, then as many places as the longest queue of the trace has."""
        return ("owner", *(ordinal(place) for place in range(1, self._longest(story) + 1)))

    def _longest(self, story):
        if not self._fits(story):
            return 0
        kept = moments(story).kept
        if "longest queue" not in kept:
            found = (self.queues(story, event.index).values() for event in story.events)
            kept["longest queue"] = max((len(line) for lines in found for line in lines), default=0)
        return kept["longest queue"]

    def table(self, story, index):
        queues, room = self.queues(story, index), self._longest(story)
        return tuple(
            (
                str(key),
                (
                    self.owner(story, index, key),
                    *((place.kind, place.text) for place in line),
                    *[EMPTY] * (room - len(line)),
                ),
            )
            for key, line in queues.items()
        )

    def queues(self, story, index):
        """{word or BETWEEN: [Place, ...] from the front} after an event."""
        return self._kept("queues", self._queues, story, index) if self._fits(story) else {}

    def key(self, story, index):
        """A word can be known without standing in any table at the moment."""
        return super().key(story, index), self._known(story, index)

    def _known(self, story, index):
        """The words that have a row after an event."""
        spans = self._spans(story).items()
        return tuple(sorted(key for key, (first, last) in spans if first <= index <= last))

    def _queues(self, story, index):
        tables = self.tables(story, index)
        found = {key: [] for key in self._known(story, index)}
        for futex in tables.values():
            for key, line in futex.queues.items():
                found.setdefault(key, []).extend(waiter_place(tables, key, w) for w in line)
        others = list(between(tables))
        return found | ({BETWEEN: others} if others else {})

    def _spans(self, story):
        """{word: (first, last event after which it stands in a table)}."""
        kept = moments(story).kept
        if "spans" not in kept:
            spans = kept["spans"] = {}
            for event in story.events:
                for key in keys_in(self.tables(story, event.index)):
                    spans[key] = spans.get(key, (event.index,))[0], event.index
        return kept["spans"]

    def owner(self, story, index, key):
        """The cell of a word's owner, with the requests that it has not served yet."""
        if key == BETWEEN:
            return EMPTY
        home = key.page.home
        if home in moments(story).dead(index):
            return "dead", f"{home}, dead"
        requests = self.tables(story, index)[home].requests
        due = sum(key in keys_of(message) for _, message in requests)
        return "owner", home + (f", {due} to serve" if due else "")

    def say(self, story, index):
        queues = self.queues(story, index)
        parts = []
        for key, line in queues.items():
            if key != BETWEEN:
                owner = self.owner(story, index, key)[1]
                who = listed(place.text for place in line) or "nobody"
                parts.append(f"{key}, owner {owner}: {counted(len(line), 'place')}, {who}")
        if BETWEEN in queues:
            parts.append(f"{BETWEEN}: {listed(place.text for place in queues[BETWEEN])}")
        return f"{'; '.join(parts) or 'Nobody waits for any word'}."


FUTEX = FutexQueues()


def keys_of(message):
    """The words that a request is about."""
    keys = [getattr(message, name, None) for name in ("key", "key2")]
    return [key for key in keys if key is not None]


def keys_in(tables):
    """The words that stand in any table of their owners."""
    for futex in tables.values():
        yield from futex.queues
        for _, message in futex.requests:
            yield from keys_of(message)


def waiter_place(tables, key, waiter):
    """The Place of an entry in a queue."""
    tid, kernel, bitset = waiter
    wait = tables[kernel].waits.get(tid)
    if wait is None:
        return Place("stale", tid, kernel, ("waits no longer",))
    notes = () if bitset == FUTEX_BITSET_MATCH_ANY else (f"bits {bitset:#x}",)
    notes += tuple(doing(tables[key.page.home], tid, wait))
    return Place("waiter" if kernel == key.page.home else "dummy", tid, kernel, notes)


def doing(owner, tid, wait):
    """What is still due of a wait that stands in a queue."""
    if getattr(wait, "timed", False) or tid in getattr(owner, "timed", ()):
        yield "for a time"
    if getattr(wait, "woken", False):
        yield "woken"
    elif getattr(wait, "asked", False):
        yield "not told yet"
    if getattr(wait, "cancelling", False) or getattr(wait, "cancelled", False):
        yield "wants out"


def between(tables):
    """The Places of threads that a futex call keeps and that stand in no queue."""
    queued = {w.tid for futex in tables.values() for line in futex.queues.values() for w in line}
    for name, futex in tables.items():
        for tid in futex.calls:
            yield Place("between", tid, name, ("looks for its word",))
        for tid, wait in futex.waits.items():
            if tid not in queued:
                yield Place("between", tid, name, (is_due(wait),))
        for tid in sorted(getattr(futex, "wakers", ())):
            yield Place("waker", tid, name, ("wakes others",))


def is_due(wait):
    """What a thread that stands in no queue waits for."""
    if not hasattr(wait, "asked"):  # delegation: one answer for everything
        return f"has asked {wait.owner}"
    if wait.asked:
        return "woken before the answer" if wait.woken else f"asks {wait.owner}"
    if wait.cancelling:
        return "woken while it wants out" if wait.woken else "wants out"
    return "its notice is on the way"


def ordinal(number):
    """1st, 2nd, 3rd, 4th ..."""
    end = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number in (11, 12, 13) else end}"
