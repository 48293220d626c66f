"""What of a global state is outside the kernels: messages, timers, threads; each as one number.

The idea.  Equal queues get equal numbers, and so do equal sets of timers and of threads.  What a
step does to them is a number too; so it is worked out once, and every other time it is one look
into a dictionary.
"""

from popcorn_lib.kernel import short
from popcorn_lib.worlds.histories import Histories, Numbers, exactly

READY, WAITS, MOVING = range(3)  # what a thread does; MOVING: in a migration that explore added


class Memo(dict):
    """A function of some numbers whose answers are kept: `memo[a, b]`."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def __missing__(self, key):
        answer = self[key] = self.function(*key)
        return answer


class Gone(Exception):
    """A kernel lets a thread go on that has ended: under faults, or by a mistake."""


class Traffic:
    """The messages, timers and threads of one exploration.

    posts: tuple of ((source, destination, class), (message, ...)), kernels by their place.
    timers: tuple of (kernel, key).
    threads: tuple of (tid, (kernel, history, READY, WAITS or MOVING)).
    """

    def __init__(self, names):
        self.places = {name: place for place, name in enumerate(names)}
        self.posts, self.timers, self.threads = Numbers(), Numbers(), Numbers()
        self.messages, self.changes = Numbers(), Numbers()
        self.histories = Histories()
        for numbers in (self.posts, self.timers, self.threads, self.changes):
            numbers(())  # nothing is number 0
        self.taken, self.sent = Memo(self._take), Memo(self._send)
        self.ticked, self.turned = Memo(self._tick), Memo(self._turn)
        self.doubled, self.swapped = Memo(self._double), Memo(self._swap)
        self.silenced = Memo(self._silence)

    def sort(self, index, effects):
        """The effects of a step of kernel `index` as numbers: (sends, timers, threads, exits)."""
        sends, timers, threads, exits = [], [], [], []
        for effect in effects:
            kind, *given = effect
            if kind == "send":
                destination, message = given
                channel = (index, self.places[destination], message.priority)
                sends.append((channel, self.messages(message)))
            elif kind in ("timer", "drop"):
                timers.append((kind, index, given[0]))
            elif kind == "exited":
                exits.append(tuple(given))
            elif kind not in ("work", "note"):
                threads.append((kind, index, *self._told(kind, *given)))
        changes = (self.changes(tuple(each)) for each in (sends, timers, threads))
        return (*changes, tuple(exits))

    def _told(self, kind, tid, *given):
        """A change of a thread in a form that can be compared."""
        if kind == "start":
            return tid, self.histories.start(given[0])
        if kind == "clock":
            return tid, exactly(0.0)
        if kind == "handler":
            return tid, (given[0].key, given[1])
        return (tid, exactly(given[0])) if kind == "resume" else (tid, None)

    # ---- messages -------------------------------------------------------------------------------

    def _take(self, posts, channel):
        """The message at the head of a channel has been handled."""
        queues = dict(self.posts.values[posts])
        queue = queues.pop(channel)
        if queue[1:]:
            queues[channel] = queue[1:]
        return self.posts(tuple(sorted(queues.items())))

    def _send(self, posts, sends):
        queues = dict(self.posts.values[posts])
        for channel, message in self.changes.values[sends]:
            queues[channel] = (*queues.get(channel, ()), message)
        return self.posts(tuple(sorted(queues.items())))

    # ---- faults ---------------------------------------------------------------------------------

    def _double(self, posts, channel):
        """The message at the head of a channel comes twice."""
        queues = dict(self.posts.values[posts])
        queues[channel] = (queues[channel][0], *queues[channel])
        return self.posts(tuple(sorted(queues.items())))

    def _swap(self, posts, channel):
        """The second message of a channel comes first."""
        queues = dict(self.posts.values[posts])
        first, second, *rest = queues[channel]
        queues[channel] = (second, first, *rest)
        return self.posts(tuple(sorted(queues.items())))

    def _silence(self, posts, dead):
        """Messages to dead kernels are gone."""
        queues = self.posts.values[posts]
        return self.posts(tuple(item for item in queues if item[0][1] not in dead))

    def without(self, posts, timers, threads, index):
        """What is left when a kernel dies; a thread that waits may be on its way to another one."""
        there = self.threads.values[threads]
        stay = (item for item in there if item[1][0] != index or item[1][2] != READY)
        ticking = (timer for timer in self.timers.values[timers] if timer[0] != index)
        silent = self.silenced[posts, (index,)]
        return silent, self.timers(tuple(ticking)), self.threads(tuple(stay))

    # ---- timers ---------------------------------------------------------------------------------

    def _tick(self, timers, changes):
        there = set(self.timers.values[timers])
        for kind, *timer in self.changes.values[changes]:
            (there.add if kind == "timer" else there.discard)(tuple(timer))
        return self.timers(tuple(sorted(there)))

    # ---- threads --------------------------------------------------------------------------------

    def _turn(self, threads, tid, status, changes):
        """Thread `tid` has made a request, if it is not None; then what came of a step."""
        there = dict(self.threads.values[threads])
        if tid is not None:
            index, history, _ = there[tid]
            there[tid] = (index, history, status)
        for kind, index, other, detail in self.changes.values[changes]:
            getattr(self, "_" + kind)(there, index, other, detail)
        return self.threads(tuple(sorted(there.items())))

    def _start(self, there, index, tid, history):
        there[tid] = (index, history, READY)

    def _resume(self, there, index, tid, result):
        if tid not in there:
            raise Gone(f"a thread goes on that has ended: {short(tid)}")
        _, history, status = there[tid]
        if status != MOVING:  # the program has not asked for this move and does not see its end
            history = self.histories.after(history, result)
        there[tid] = (index, history, READY)

    _clock = _resume

    def _handler(self, there, index, tid, detail):
        """A handler goes on top of what the thread is doing."""
        there[tid] = (index, self.histories.push(there[tid][1], *detail), READY)

    def _restart(self, there, index, tid, _):
        """The thread makes its request again."""
        there[tid] = (index, there[tid][1], READY)

    def _end(self, there, index, tid, _):
        there.pop(tid, None)  # None: killed before it started
