"""A trace, read once for all its pictures: where threads are and which messages are on their way.

Nothing is computed that the kernels did not do; this only turns events into what a picture needs
at each event.  A thread is on a kernel from the event that starts or resumes it there until it
ends, or until its last call there if it goes on elsewhere; between the two it is on its way.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from popcorn_lib.draw.palette import MECHANISMS
from popcorn_lib.kernel import GLOBAL, KERNEL_SHIFT, short

_NUMBER = re.compile(r"\b\d{7}\b")  # global ids have seven digits


def thread_name(tid):
    """A thread's id to read: "k1:3" for a global one, the plain number for any other."""
    return short(tid) if isinstance(tid, int) else str(tid)


def home_index(tid):
    """The place, in the machine's order, of the kernel that a thread's id names."""
    return (tid & (GLOBAL - 1)) >> KERNEL_SHIFT if isinstance(tid, int) and tid >= GLOBAL else 0


def duration(seconds):
    """A time in the unit that reads best: "0", "3.2 µs", "15 ms"."""
    if seconds == 0:
        return "0"
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


@dataclass
class Stay:
    """One thread on one kernel, without a break."""

    tid: object
    kernel: str
    first: int  # the event that brings it
    until: int  # the event that ends it or with which it leaves; one past the last if neither
    runs: list = field(default_factory=list)  # [from, to]: where it runs; else it waits
    slot: int = 0  # which track of the lane it takes


class Story:
    """What the pictures ask of a trace; the lists are made when they are first asked for."""

    def __init__(self, trace):
        self.trace, self.events, self.messages = trace, trace.events, trace.messages
        self.kernels = list(trace.machine.kernels)
        self.last = len(self.events) - 1
        self.timed = any(event.time_s != event.index for event in self.events)

    def check(self, index):
        """The index if the trace has such an event; ValueError if it has not."""
        if not isinstance(index, int) or not 0 <= index <= self.last:
            known = f"it has events 0 to {self.last}" if self.events else "it has none"
            raise ValueError(f"event {index!r} is not in the trace; {known}")
        return index

    @cached_property
    def stays(self):
        """The stays of all threads on kernels, in the order of their first events."""
        stays, here = [], {}
        for event in self.events:
            for tid, _ in event.resumed:
                self._goes_on(stays, here, tid, event)
            if event.cause == "request":
                self._asks(stays, here, event)
            for tid in event.ended:
                if tid in here:
                    _close(here.pop(tid), event.index)
        for stay in here.values():
            _close(stay, self.last + 1)
        _give_slots(stays)
        return stays

    def _goes_on(self, stays, here, tid, event):
        stay = here.get(tid)
        if stay is None or stay.kernel != event.kernel:
            if stay is not None:
                _close(stay, stay.until)
            stay = here[tid] = Stay(tid, event.kernel, event.index, event.index)
            stays.append(stay)
        if not stay.runs or stay.runs[-1][1] is not None:
            stay.runs.append([event.index, None])

    def _asks(self, stays, here, event):
        tid = event.tid
        if tid not in here or here[tid].kernel != event.kernel:
            self._goes_on(stays, here, tid, event)
        stay = here[tid]
        stay.until = event.index
        if all(tid != other for other, _ in event.resumed) and stay.runs[-1][1] is None:
            stay.runs[-1][1] = event.index

    @cached_property
    def threads(self):
        """All threads by tid, in the order in which they appear."""
        return list(dict.fromkeys(stay.tid for stay in self.stays))

    @cached_property
    def _by_thread(self):
        stays = {}
        for stay in self.stays:
            stays.setdefault(stay.tid, []).append(stay)
        return stays

    def where(self, index):
        """{tid: (kernel, runs)} after an event; the kernel is None while it is on its way."""
        found = {}
        for tid, stays in self._by_thread.items():
            started = [stay for stay in stays if stay.first <= index]
            if not started:
                continue
            stay = started[-1]
            if index < stay.until:
                runs = any(start <= index < end for start, end in stay.runs)
                found[tid] = (stay.kernel, runs)
            elif len(started) < len(stays):
                found[tid] = (None, False)
        return found

    def say(self, words):
        """Words of a trace with thread ids in the form to read."""
        return _NUMBER.sub(self._name_if_thread, str(words))

    def _name_if_thread(self, found):
        number = int(found[0])
        return thread_name(number) if number in self._by_thread else found[0]

    def flying(self, index):
        """The messages that are on their way after an event."""
        return [m for m in self.messages if m.sent_by <= index and not _handled(m, index)]

    @cached_property
    def before(self):
        """The events that come directly before each event, as `Trace.to_graph` has them."""
        graph = self.trace.to_graph()
        return [sorted(graph.pred[event.index]) for event in self.events]

    def lines(self, index):
        """The state of the event's kernel after it: {mechanism: [line, ...]}, no empty ones."""
        lines = self.trace.state_lines(self.events[index])
        names = sorted(lines, key=self._mechanism_order)
        return {name: [self.say(line) for line in lines[name]] for name in names if lines[name]}

    @staticmethod
    def _mechanism_order(name):
        known = list(MECHANISMS)
        return (known.index(name) if name in known else len(known), name)


def _handled(message, index):
    return message.handled_by is not None and message.handled_by <= index


def _close(stay, until):
    stay.until = until
    if stay.runs[-1][1] is None:
        stay.runs[-1][1] = until


def _give_slots(stays):
    """Threads that are on a kernel at the same time get tracks of their own."""
    taken = {}
    for stay in stays:
        tracks = taken.setdefault(stay.kernel, [])
        free = (slot for slot, end in enumerate(tracks) if end < stay.first)
        stay.slot = next(free, len(tracks))
        tracks[stay.slot : stay.slot + 1] = [stay.until]
