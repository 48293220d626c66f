"""Threads and the cores that they run on, in virtual time."""

from collections import deque

from popcorn_lib.kernel import short


class Thread:
    """One thread: its generator, where it is and what it waits for."""

    def __init__(self, tid, generator, kernel):
        self.tid, self.generator, self.kernel = tid, generator, kernel
        self.name = f"thread {short(tid)}"
        self.call = None  # the request that its kernel is at
        self.result = None  # what it goes on with
        self.since = 0  # when it got its core
        self.resumed = self.running = self.gone = False
        self.again = False  # it makes its last request once more
        self.deadline = None  # when a timer of that request would have expired


class Cores:
    """The cores of one kernel and the threads that are ready for one, first come first served.

    number: how many; share: nanoseconds that a thread keeps a core while others are ready;
    run(when, thread) plans the thread's next turn.
    """

    def __init__(self, number, share, run):
        self.free, self.share, self.run = number, share, run
        self.ready = deque()

    def make_ready(self, when, thread):
        """The thread can go on: on a free core, or in line."""
        if self.free:
            self.free -= 1
            thread.since, thread.running = when, True
            self.run(when, thread)
        else:
            self.ready.append(thread)

    def give_up(self, when, thread):
        """The thread's core is free for the next in line."""
        thread.running = False
        self.free += 1
        while self.ready and self.free:
            following = self.ready.popleft()
            if not following.gone:
                self.make_ready(when, following)

    def go_on(self, when, thread, yields):
        """The thread has its result: it keeps its core, unless others are ready and it is time."""
        if self.ready and (yields or when - thread.since >= self.share):
            self.ready.append(thread)
            self.give_up(when, thread)
        else:
            self.run(when, thread)
