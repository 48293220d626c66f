"""Faults in virtual time: which message is lost, doubled or late is drawn by the run's seed.

Each message that a kernel is about to handle may have one mishap, as long as the budget of its
kind lasts; a draw is independent of costs, so equal seeds give equal runs.
"""

import random

from popcorn_lib.errors import HandlerError, UsageError
from popcorn_lib.worlds.costs import nanoseconds
from popcorn_lib.worlds.faults import check_faults

CHANCE = {"drop": 1 / 8, "duplicate": 1 / 8, "delay": 1 / 8, "crash": 1 / 16}  # for each message
LATE = 20  # so many notices a late message needs more
SAID = {"drop": "lost", "duplicate": "doubled", "delay": "late", "crash": "dead"}


class Mishaps:
    """Stands between the links and the kernels of a Simulation."""

    def __init__(self, world, faults, seed):
        self.world, self.left = world, check_faults(faults)._asdict()
        self.random = random.Random(f"faults {seed}")
        self.dead = set()
        self.late = LATE * nanoseconds(world.costs.notice_s)

    def handle(self, now, name, source, message, index):
        """A message's turn has come; returns when its kernel is done."""
        if name in self.dead:
            return now
        what = self._drawn()
        if what is None:
            return self._handle(now, name, source, message, index)
        self.left[what] -= 1
        self._record(now, what, name, index)
        return getattr(self, "_" + what)(now, name, source, message, index)

    def _drawn(self):
        """The mishap of a message, or None."""
        for what, left in self.left.items():
            if left and self.random.random() < CHANCE[what]:
                return what
        return None

    def _handle(self, now, name, source, message, index):
        try:
            return self.world.handle(now, name, source, message, index)
        except UsageError:
            raise
        except Exception as error:  # a mechanism at its wits' end: the expected lesson of a fault
            what = f"{name} cannot handle {message.kind} from {source}: {error!r}"
            raise HandlerError(what, self.world.trace) from error

    def _drop(self, now, *letter):
        return now

    def _duplicate(self, now, name, source, message, index):
        recorder = self.world.recorder
        again = recorder and recorder.again(index, f"{recorder.trace.messages[index].text} (again)")
        done = self._handle(now, name, source, message, index)
        self.world.plan(done, self._later, (name, source, message, again))
        return done

    def _delay(self, now, *letter):
        self.world.plan(now + self.late, self._later, letter)
        return now

    def _later(self, now, letter, _):
        """A message that has been held back is handled as soon as its kernel has time."""
        window = self.world.links.windows[letter[0]]
        if letter[0] in self.dead:
            return
        if now < window.busy_until:
            self.world.plan(window.busy_until, self._later, letter)
        else:
            window.busy_until = self._handle(now, *letter)

    def _crash(self, now, name, *letter):
        """A kernel dies with the threads that run there and its timers."""
        world = self.world
        self.dead.add(name)
        world.cores[name].stop(now)
        for thread in [t for t in world.threads.values() if t.kernel == name and ready(t)]:
            thread.gone = True
            world.threads.pop(thread.tid)
        world.timers = {timer: when for timer, when in world.timers.items() if timer[0] != name}
        return now

    def _record(self, now, what, name, index):
        recorder = self.world.recorder
        if recorder is None:
            return
        row = recorder.trace.messages[index]
        text = f"{name} dies" if what == "crash" else f"{SAID[what]}: {row.text}"
        recorder.trace.faults[len(recorder.trace)] = (index,)
        recorder.event(now / 1e9, name, "fault", what, row.tid, text, (), None, "messages")


def ready(thread):
    """Whether a thread runs or could; one that waits may be on its way to another kernel."""
    return thread.running or thread.resumed or thread.call is None
