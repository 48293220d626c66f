"""Programs explored by copying kernels, for the benchmark; nothing else uses it.

The library's own kernels, and threads that are replayed from their results for each step; what is
missing beside our explorer is the idea that a step can be looked up the second time.
"""

import copy
from collections import deque

from bench_rivals import Kept

from popcorn_lib.worlds.program import Token, advance, as_request, launch


class Thread:
    def __init__(self, kernel, start):
        self.kernel, self.start, self.results, self.ready = kernel, start, [], True

    def key(self):
        return self.kernel, self.start, tuple(self.results), self.ready

    def request(self, tid):
        """Replayed from its start, since a generator cannot be copied."""
        thread = launch(*self.start)
        for result in (None, *self.results):
            result = result.key if type(result) is Token else result
            call = advance(thread, result, str(tid))
        return as_request(call, Token, Token)


class Copied:
    """The global state of a program as objects; a token holds what it stands for."""

    def __init__(self, machine, main, args):
        self.kernels = machine.boot()
        self.posts, self.timers, self.threads = {}, set(), {}
        self.end = self.main = None
        first = machine.kernels[0]
        self.carry_out(first, self.kernels[first].start(Token((main, args))))
        [self.main] = self.threads

    def key(self):
        frozen = (m.freeze() for k in self.kernels.values() for m in k.mechanisms.values())
        posts = sorted((channel, tuple(queue)) for channel, queue in self.posts.items() if queue)
        threads = tuple((tid, self.threads[tid].key()) for tid in sorted(self.threads))
        return (*frozen, tuple(posts), tuple(sorted(self.timers)), threads, self.end)

    def events(self):
        yield from (("message", channel) for channel, queue in self.posts.items() if queue)
        yield from (("timer", timer) for timer in self.timers)
        yield from (("request", tid) for tid, thread in self.threads.items() if thread.ready)

    def message(self, channel):
        source, name, _ = channel
        letter = self.posts[channel].popleft()
        self.carry_out(name, self.kernels[name].message(source, letter))

    def timer(self, timer):
        name, key = timer
        self.timers.discard(timer)
        self.carry_out(name, self.kernels[name].timer(key))

    def request(self, tid):
        thread = self.threads[tid]
        thread.ready = False
        call = thread.request(tid)
        self.carry_out(thread.kernel, self.kernels[thread.kernel].request(tid, call))

    def carry_out(self, name, effects):
        for kind, *given in effects:
            if kind == "send":
                to, letter = given
                self.posts.setdefault((name, to, letter.priority), deque()).append(letter)
            elif kind == "timer":
                self.timers.add((name, given[0]))
            elif kind == "drop":
                self.timers.discard((name, given[0]))
            elif kind == "start":
                self.threads[given[0]] = Thread(name, given[1].key)
            elif kind == "end":
                self.threads.pop(given[0], None)
            elif kind == "exited" and given[0] == self.main:
                self.end = tuple(given[1:])
            elif kind in ("resume", "restart", "clock"):
                thread = self.threads[given[0]]
                thread.kernel, thread.ready = name, True
                if kind != "restart":
                    thread.results.append(given[1] if kind == "resume" else 0.0)


def program_of_objects(main, machine, args):
    """States of a program, by copying kernels and queues for each event."""
    world = Copied(machine, main, args)
    seen = Kept(world, world.key())
    while seen.waiting:
        world = seen.waiting.popleft()
        before = world.key()
        for event, about in list(world.events()):
            after = copy.deepcopy(world)
            getattr(after, event)(about)
            seen.add(after, after.key(), before, (event, about))
    return len(seen.parents)
