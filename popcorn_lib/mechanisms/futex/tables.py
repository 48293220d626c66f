"""What a kernel keeps of futexes: the owner's queues, and the threads that wait here."""

from dataclasses import dataclass
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanism import Mechanism


class Key(NamedTuple):
    """Which word: its page and its place there, the same for all who share it."""

    page: object
    place: int

    def __str__(self):
        return f"word +{self.place} of {self.page}"


class Waiter(NamedTuple):
    """A place in the owner's queue; a dummy if `kernel` is not the owner."""

    tid: int
    kernel: str
    bitset: int


@dataclass
class Wait:
    """A waiting thread on its own kernel."""

    owner: str
    timed: bool = False  # a timer runs
    asked: bool = True  # the owner's answer is due
    errno: int = 0  # what the owner has answered
    woken: bool = False  # a notice has come
    reason: int = 0  # why the wait is being cut short: ETIMEDOUT or EINTR
    cancelling: bool = False  # the owner's answer to the cancel is due
    removed: bool = False  # that answer: the thread is in no queue any more


def in_one_queue(kernels):
    """A thread stands in at most one queue, once, and its kernel keeps it waiting."""
    queued = [
        waiter for futex in kernels.values() for line in futex.queues.values() for waiter in line
    ]
    twice = {w.tid for w in queued if sum(w.tid == other.tid for other in queued) > 1}
    if twice:
        return f"twice in a queue: {sorted(twice)}"
    lost = [w.tid for w in queued if w.tid not in kernels[w.kernel].waits]
    return f"in a queue but not waiting: {lost}" if lost else None


class Tables(Mechanism):
    """The tables of the futex mechanism."""

    state = {
        "calls": dict,  # tid -> (call, keys so far, what else it said) whose words are looked up
        "waits": dict,  # tid -> Wait, on the thread's kernel
        "wakers": set,  # tids that wait for a WAKE_RESPONSE
        "requests": list,  # owner: (source, message) in the order of arrival
        "queues": dict,  # owner: Key -> [Waiter]
    }
    invariants = (in_one_queue,)

    def describe_owner(self):
        """What this kernel keeps as the owner of words."""
        lines = [
            f"{key}: {short(w.tid)} on {w.kernel} waits" for key in self.queues
            for w in self.queues[key]
        ]  # fmt: skip
        for source, message in self.requests:
            lines.append(f"to be served: {message.kind} of {source}")
        return lines

    def describe(self):
        lines = self.describe_owner()
        for tid, wait in self.waits.items():
            doing = "asks" if wait.asked else "cancels" if wait.cancelling else "sleeps"
            lines.append(f"{short(tid)} {doing}; the queue is on {wait.owner}")
        return lines + [f"{short(tid)} wakes others" for tid in sorted(self.wakers)]
