"""What the effects of a kernel's step do to the world in virtual time, one method for each."""

from popcorn_lib.worlds.cores import Thread
from popcorn_lib.worlds.costs import nanoseconds
from popcorn_lib.worlds.program import launch, meant


class Effects:
    """The part of a Simulation that carries out effects; `done` is when the step is done."""

    def _carry_out(self, kernel, effects, done):
        """What the effects of a step do to the world, when the step is done."""
        for effect in effects:
            if effect[0] == "send":
                self.transmit(done, kernel, effect[1], effect[2])
            elif effect[0] not in ("work", "note"):
                getattr(self, "_" + effect[0])(done, kernel, *effect[1:])

    def _transmit(self, done, kernel, destination, message):
        """Send a message whose row stands in the trace already."""
        index = next(self.sent)
        self.recorder.chunked(index, self.links.chunks_of(message))
        self.links.send(done, kernel, destination, message, index)

    def _resume(self, done, kernel, tid, result):
        thread = self.threads[tid]
        thread.kernel, thread.resumed = kernel, True
        thread.result = meant(result, self.objects)
        if not thread.running:
            self.plan(max(done, thread.until), self.cores[kernel].make_ready, thread)

    def _restart(self, done, kernel, tid):
        self.threads[tid].again = True
        self._resume(done, kernel, tid, None)

    def _handler(self, done, kernel, tid, token, info):
        function, _ = self.objects[token.key]
        self.threads[tid].push(launch(function, (info.si_signo, info)))

    def _start(self, done, kernel, tid, token):
        function, args = self.objects[token.key]
        thread = self.threads[tid] = Thread(tid, launch(function, args), kernel)
        self.plan(done, self.cores[kernel].make_ready, thread)

    def _end(self, done, kernel, tid):
        thread = self.threads.pop(tid, None)  # None: killed before it started
        if thread is not None:
            thread.gone = True
            thread.dismiss()
            if thread.running:
                self.plan(done, self.cores[thread.kernel].give_up, thread)

    def _wire(self, done, kernel, to, packet):
        self.wire.carry(done, self, to, packet)

    def _clock(self, done, kernel, tid):
        self._resume(done, kernel, tid, done / 1e9)

    def _timer(self, done, kernel, key, seconds):
        number, when = next(self.number), done + nanoseconds(seconds)
        thread = self.threads.get(key[-1])
        if thread and thread.deadline:  # the same call, made again elsewhere: its time goes on
            when, thread.deadline = max(done + 1, thread.deadline), None
        self.timers[kernel, key] = number, when
        self.plan(when, self._expire, (kernel, key), number)

    def _drop(self, done, kernel, key):
        _, when = self.timers.pop((kernel, key), (0, 0))
        if key[-1] in self.threads:
            self.threads[key[-1]].deadline = when

    def _exited(self, done, kernel, pid, status, value):
        if pid == self.main and self.outcome is None:  # not a later process of that number
            said = self.objects[value.key] if value is not None else None
            self.outcome = (said, status)
