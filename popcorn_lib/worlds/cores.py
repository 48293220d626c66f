"""Threads and the cores that they run on, in virtual time."""

from collections import deque

from popcorn_lib.kernel import short
from popcorn_lib.worlds.program import dismiss


class Thread:
    """One thread: its generator, where it is and what it waits for."""

    def __init__(self, tid, generator, kernel):
        self.tid, self.generator, self.kernel = tid, generator, kernel
        self.name = f"thread {short(tid)}"
        self.call = None  # the request that its kernel is at
        self.result = None  # what it goes on with
        self.core = 0  # the one that it has, or had last
        self.since = self.until = 0  # when it got its core; when its last call is done
        self.resumed = self.running = self.gone = False
        self.again = False  # it makes its last request once more
        self.deadline = None  # when a timer of that request would have expired
        self.below = []  # while a handler runs: what it has interrupted, the latest last

    def push(self, handler):
        """A signal handler goes on top of what the thread is doing."""
        self.below.append((self.generator, self.call, self.result, self.again, self.deadline))
        self.generator, self.call, self.result = handler, None, None
        self.again, self.deadline = False, None

    def pop(self):
        """The handler has returned: on with what it has interrupted."""
        self.generator, self.call, self.result, self.again, self.deadline = self.below.pop()

    def values(self):
        """How many values its frames hold, a return address each among them.

        A handler's frames count, and those that it has interrupted; a program's frames are those
        of its generators.
        """
        count, generators = 0, [self.generator, *(below[0] for below in self.below)]
        for generator in generators:
            while getattr(generator, "gi_frame", None) is not None:
                count += 1 + len(generator.gi_frame.f_locals)
                generator = generator.gi_yieldfrom
        return count

    def dismiss(self):
        """End the thread in the middle of its program."""
        for generator in (self.generator, *(below[0] for below in reversed(self.below))):
            dismiss(generator)


class Cores:
    """The cores of one kernel and the threads that are ready for one, first come first served.

    Each method is called at the moment at which it happens, not ahead of it: a thread whose call
    takes long keeps its core until then, and only then is it ready for another.
    number: how many; share: nanoseconds that a thread keeps a core while others are ready;
    switch: nanoseconds until a core has taken up another thread;
    run(now, thread) lets a thread make its next call; plan(when, function, thread) calls later;
    keep: whether to remember who was where.
    """

    def __init__(self, number, share, switch, run, plan, keep):
        self.on, self.share, self.switch = [None] * number, share, switch
        self.run, self.plan = run, plan
        self.switches = 0
        self.ready = deque()
        self.keep, self.stays = keep, []  # (since, until, core, tid) of each stay that is over

    def make_ready(self, now, thread, _=None):
        """The thread can go on: on the core that it had, on any free one, or in line."""
        if thread.gone:
            return
        if None not in self.on:
            self.ready.append(thread)
            return
        if thread.core >= len(self.on) or self.on[thread.core]:
            thread.core = self.on.index(None)
        self.on[thread.core] = thread
        thread.since, thread.running = now, True
        if self.switch and now:  # at the start there is nothing to switch from
            self.switches += 1
            self.plan(now + self.switch, self._begin, thread)
        else:
            self.run(now, thread)

    def _begin(self, now, thread, _):
        """The core has taken up the thread, if it has not been killed meanwhile."""
        if not thread.gone:
            self.run(now, thread)

    def give_up(self, now, thread, _=None):
        """The thread's core is free for the next in line."""
        if self.on[thread.core] is thread:
            self._leaves(now, thread)
            while self.ready and None in self.on:
                self.make_ready(now, self.ready.popleft())

    def go_on(self, now, thread, yields):
        """The thread's call is done: it keeps its core, unless others are ready and it is time."""
        if thread.gone:
            return
        if self.ready and (yields or now - thread.since >= self.share):
            self.ready.append(thread)
            thread.running = False
            self.give_up(now, thread)
        else:
            self.run(now, thread)

    def stop(self, now):
        """Nothing runs here any more: the end of the run, or of this kernel."""
        self.ready.clear()
        for thread in filter(None, self.on):
            self._leaves(now, thread)

    def _leaves(self, now, thread):
        self.on[thread.core] = None
        if self.keep:
            self.stays.append((thread.since, now, thread.core, thread.tid))
