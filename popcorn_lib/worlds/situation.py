"""One global state, unpacked: what the effects of a step do to it, without clocks or costs."""

READY, WAITS, MOVING = range(3)  # what a thread does; MOVING: in a migration that explore added


class Situation:
    """A global state of an exploration as dicts that can be changed.

    posts: (source, destination, class) -> messages on their way, kernels by their place.
    timers: {(kernel, key)}.  threads: tid -> (kernel, history, READY, WAITS or MOVING).
    """

    def __init__(self, exploration, state):
        self.exploration = exploration
        self.state = state
        *_, posts, timers, threads, self.outcome, self.migrations = state
        self.posts = dict(exploration.posts.values[posts])
        self.timers = set(exploration.timers.values[timers])
        self.threads = dict(exploration.threads.values[threads])

    def frozen(self, index, kernel, migrations):
        """The global state as numbers, with one kernel in a new state."""
        exploration, n = self.exploration, len(self.exploration.names)
        return (
            *self.state[:index],
            kernel,
            *self.state[index + 1 : n],
            exploration.posts(tuple(sorted(self.posts.items()))),
            exploration.timers(tuple(sorted(self.timers))),
            exploration.threads(tuple(sorted(self.threads.items()))),
            self.outcome,
            migrations,
        )

    def take(self, channel):
        """The first message of a channel is handled."""
        queue = self.posts.pop(channel)
        if queue[1:]:
            self.posts[channel] = queue[1:]

    def carry_out(self, index, effects):
        """What a step of kernel `index` does to the world."""
        for kind, *given in effects:
            if kind not in ("work", "note"):
                getattr(self, "_" + kind)(index, *given)

    def _send(self, index, destination, message):
        place = self.exploration.names.index(destination)
        channel = (index, place, message.priority)
        number = self.exploration.messages(message)
        self.posts[channel] = (*self.posts.get(channel, ()), number)

    def _start(self, index, tid, token):
        self.threads[tid] = (index, self.exploration.histories.start(token), READY)

    def _resume(self, index, tid, result):
        _, history, status = self.threads[tid]
        if status != MOVING:  # the program has not asked for this move and does not see its end
            history = self.exploration.histories.after(history, result)
        self.threads[tid] = (index, history, READY)

    def _restart(self, index, tid):
        _, history, _ = self.threads[tid]
        self.threads[tid] = (index, history, READY)

    def _clock(self, index, tid):
        self._resume(index, tid, 0.0)

    def _end(self, index, tid):
        self.threads.pop(tid, None)  # None: killed before it started

    def _timer(self, index, key, seconds):
        self.timers.add((index, key))

    def _drop(self, index, key):
        self.timers.discard((index, key))

    def _exited(self, index, pid, status, value):
        if pid == self.exploration.main and not self.outcome:  # not a later one of that number
            self.outcome = self.exploration.outcomes((value, status))
