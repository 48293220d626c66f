"""A trace, read once for all its pictures: where threads are and which messages are on their way.

Nothing is computed that the kernels did not do; this only turns events into what a picture needs
at each event.  A thread is on a kernel from the event that starts or resumes it there until it
ends, or until its last call there if it goes on elsewhere; between the two it is on its way.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from popcorn_lib.draw.palette import MECHANISMS
from popcorn_lib.kernel import GLOBAL, maker, short

_NUMBER = re.compile(r"\b\d{7}\b")  # global ids have seven digits


def thread_name(tid):
    """A thread's id to read: "k1:3" for a global one, the plain number for any other."""
    return short(tid) if isinstance(tid, int) else str(tid)


def home_index(tid):
    """The place, in the machine's order, of the kernel that a thread's id names."""
    return maker(tid) if isinstance(tid, int) and tid >= GLOBAL else 0


def duration(seconds):
    """A time in the unit that reads best: "0", "3.2 µs", "15 ms"."""
    if seconds == 0:
        return "0"
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        said = f"{seconds / size:.3g}"
        if abs(float(said)) >= 1:  # 999.6 µs are 1 ms, not 1e+03 µs
            return f"{said} {unit}"
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
            for tid in event.ended + tuple(self._dies_with(event, here)):
                if tid in here:
                    _close(here.pop(tid), event.index)
        for stay in here.values():
            _close(stay, self.last + 1)
        _give_slots(stays)
        return stays

    @staticmethod
    def _dies_with(event, here):
        """The threads that are on a kernel when it dies."""
        if event.cause == "fault" and event.name == "crash":
            return [tid for tid, stay in here.items() if stay.kernel == event.kernel]
        return ()

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
        late = self.last + 1
        return [m for m in self.messages if self.since(m) <= index < self.until(m, late)]

    # ---- faults ---------------------------------------------------------------------------------

    @cached_property
    def dropped(self):
        """{message: the event with which its link lost it}."""
        return {n: event for event, about in self._faults("drop") for n in about}

    @cached_property
    def dead(self):
        """{kernel: the event with which it died}."""
        return {self.events[event].kernel: event for event, _ in self._faults("crash")}

    @cached_property
    def lost(self):
        """{message: the event with which it was lost}: on its link, or since its kernel is dead."""
        lost, dead = dict(self.dropped), self.dead
        for message in self.messages if dead else ():
            if message.handled_by is None and message.destination in dead:
                lost.setdefault(message.index, max(dead[message.destination], message.sent_by))
        return lost

    @cached_property
    def copies(self):
        """{message: the event with which its link made it by doubling another}."""
        return {
            copy.index: event
            for event, about in self._faults("duplicate")
            for copy in self.messages
            if is_copy(copy, self.messages[about[0]])
        }

    @cached_property
    def late(self):
        """{message: the event with which its link held it back}."""
        return {about[0]: event for event, about in self._faults("delay")}

    def _faults(self, name):
        """(event, messages it is about) of the faults of one kind."""
        about, fault = self.trace.faults, ("fault", name)
        found = (event.index for event in self.events if (event.cause, event.name) == fault)
        return [(index, about.get(index, ())) for index in found]

    def since(self, message):
        """The event from which on a message is on its way."""
        return self.copies.get(message.index, message.sent_by)

    def until(self, message, never=None):
        """The event with which a message is handled or lost; `never` if neither."""
        if message.handled_by is not None:
            return message.handled_by
        return self.lost.get(message.index, never)

    def hit_by(self, event):
        """The messages that a fault of a link is about; none for any other event."""
        link = event.cause == "fault" and event.name != "crash"
        return self.trace.faults.get(event.index, ()) if link else ()

    def label(self, event):
        """An event's name beside its mark; a fault says what it hits."""
        about = self.hit_by(event)
        return f"{event.name} {self.messages[about[0]].kind}" if about else event.name

    # ---- order and state ------------------------------------------------------------------------

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


def is_copy(copy, message):
    """Whether a row of the trace is the double of another."""
    same = copy.sent_by == message.sent_by and copy.kind == message.kind
    return same and copy.index > message.index and copy.text.endswith(("again", "(again)"))


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
