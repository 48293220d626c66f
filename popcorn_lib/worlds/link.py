"""The links between kernels: Popcorn's ring of slots, in virtual time.

The idea.  Every kernel has one receive window, a ring of slots of one cache line.  A sender takes
the next ticket, writes its slot and interrupts the receiver, unless that one is awake and polling.
The receiver drains the ring into two lists, handles the high messages first, and looks at the ring
again before it sleeps.  A long message takes several slots.  When the ring is full, senders wait
in the order of their tickets: nothing is dropped, nothing is overtaken.

Invariant.  Messages of one class from one kernel to another are handled in the order of sending.

Source.  Popcorn Linux, pcn_kmsg.c (Barbalace and Wilshire 2013, first version Shelton).  There a
sender spins on a full ring; here its message waits and the sender goes on.  An interrupt that was
sent is not called back.
"""

from collections import deque
from heapq import heappush

from popcorn_lib.errors import UsageError
from popcorn_lib.messages import LINE
from popcorn_lib.worlds.costs import nanoseconds

MORE = object()  # in place of a letter's index: more of its chunks will follow


class Window:
    """The receive window of one kernel; slots are counted, not numbered."""

    __slots__ = ("arrived", "backlog", "busy_until", "drained", "free", "name", "waking")

    def __init__(self, name, slots):
        self.name = name
        self.free = slots
        self.backlog = deque()  # [letter, chunks without a slot], in the order of tickets
        self.arrived = deque()  # (letter, chunks) in the ring, to be drained
        self.drained = (deque(), deque())  # letters to be handled: high, normal
        self.busy_until = 0  # the end of the handler that runs
        self.waking = False  # a look at the ring after that is planned


class Channel:
    """The way from one kernel to another's window."""

    __slots__ = ("last", "latency", "notice", "noticed", "per_byte", "source", "window", "written")

    def __init__(self, source, window, latency, per_byte, notice):
        self.source, self.window = source, window
        self.notice = notice  # nanoseconds until a receiver that is not awake sees a message
        self.noticed = 0  # how often that was so
        self.latency, self.per_byte = round(latency * 1e9), per_byte * 1e9  # nanoseconds
        self.written = 0  # when the last slot has been written: one cache line after the other
        self.last = 0  # when the last of them is noticed: none is noticed before it


class Links:
    """All links of a machine: `send` takes a message, `handle` is called when it is its turn.

    heap, number: where to plan (time, number, function, argument, argument).
    handle(now, kernel, source, message, index) runs a handler and returns when it is done;
    ring(now, window) is told of every change of a ring, if it is not None.
    A letter is (channel, message, index).
    """

    __slots__ = (
        "arrive",
        "channels",
        "chunk",
        "costs",
        "handle",
        "heap",
        "number",
        "ring",
        "windows",
    )

    def __init__(self, machine, costs, heap, number, handle, ring=None):
        self.costs, self.heap, self.number = costs, heap, number
        self.handle, self.ring, self.arrive = handle, ring, self._arrive
        self.windows = {name: Window(name, costs.ring_slots) for name in machine.kernels}
        self.channels = {name: {} for name in machine.kernels}
        for (source, to), (*way, notify) in machine.routes().items():
            notice = nanoseconds(costs.notice(notify or costs.notify))
            self.channels[source][to] = Channel(source, self.windows[to], *way, notice)
        self.chunk = round(costs.chunk_s * 1e9)

    # ---- the sender -----------------------------------------------------------------------------

    def chunks_of(self, message):
        """How many slots a message takes; UsageError if it is too long for the ring protocol."""
        costs = self.costs
        chunks = 1 if message.bytes <= LINE else -(-message.bytes // costs.chunk_bytes)
        if chunks > costs.max_chunks:
            raise UsageError(
                f"message too long: {message.kind} has {message.bytes} bytes, which is {chunks} "
                f"chunks; {costs.max_chunks} chunks of {costs.chunk_bytes} bytes are the limit"
            )
        return chunks

    def send(self, now, source, destination, message, index=None, slots=0):
        """Put a message into the destination's ring, or into line if the ring is full.

        slots: how many of its chunks have a slot already; 0 for a message that has drawn none.
        """
        # DOC: ring 1, the sender takes slots
        channel = self.channels[source][destination]
        window = channel.window
        if not slots:
            slots = 1 if message.bytes <= LINE else self.chunks_of(message)
            if window.backlog or window.free < slots:
                window.backlog.append([(channel, message, index), slots])
                return self._fill(now, window)
        window.free -= slots
        when = channel.written if channel.written > now else now
        channel.written = when = when + slots * self.chunk
        # DOC: end
        when += channel.latency
        if channel.per_byte:
            when += int(min(message.bytes, slots * LINE) * channel.per_byte)
        if when > window.busy_until:  # nobody is awake to see it: interrupt, or wait for a poll
            when += channel.notice
            channel.noticed += 1
        if when < channel.last:
            when = channel.last
        channel.last = when
        letter = (channel, message, index)
        heappush(self.heap, (when, next(self.number), self.arrive, letter, slots))
        if self.ring:
            self.ring(now, window)

    def _fill(self, now, window):
        """Give free slots to those who wait, first ticket first."""
        while window.backlog and window.free:
            (channel, message, index), waiting = window.backlog[0]
            slots = min(waiting, window.free)
            window.backlog[0][1] -= slots
            if slots == waiting:
                window.backlog.popleft()
            part = index if slots == waiting else MORE
            self.send(now, channel.source, window.name, message, part, slots)

    # ---- the receiver ---------------------------------------------------------------------------

    def _arrive(self, now, letter, chunks):
        # DOC: ring 2, the receiver wakes up
        channel, message, index = letter
        window = channel.window
        if window.waking or now < window.busy_until or index is MORE or window.backlog:
            window.arrived.append((letter, chunks))
            if not window.waking:
                self._look_again(window, max(now, window.busy_until))
        else:  # it sleeps and the ring holds nothing else: drain and handle at once
            window.free += chunks
            if self.ring:
                self.ring(now, window)
            window.busy_until = self.handle(now, window.name, channel.source, message, index)
        # DOC: end

    def _look_again(self, window, when):
        window.waking = True
        heappush(self.heap, (when, next(self.number), self._next, window, None))

    def _next(self, now, window, _):
        """Handle the next message, high before normal; drain the ring when both lists are empty."""
        # DOC: ring 3, drain, then high before normal
        high, normal = window.drained
        if not high and not normal:
            self._drain(now, window)
        queue = high or normal
        if queue:
            channel, message, index = queue.popleft()
            window.busy_until = self.handle(now, window.name, channel.source, message, index)
        if window.backlog:
            self._fill(now, window)
        window.waking = False
        if high or normal or window.arrived:
            self._look_again(window, window.busy_until)
        # DOC: end

    def _drain(self, now, window):
        """Copy what has arrived out of the ring; its slots are free again."""
        arrived, drained = window.arrived, window.drained
        while arrived:
            letter, chunks = arrived.popleft()
            window.free += chunks
            if letter[2] is not MORE:
                drained[letter[1].priority].append(letter)
        if self.ring:
            self.ring(now, window)
