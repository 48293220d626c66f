"""Worker processes of our own, each a pool of one: who dies is known, and what it was measuring.

A process that hangs is killed, a point whose process ends is tried once more, and neither costs
more than its own lane.
"""

import contextlib
import math
import multiprocessing
import os
import signal
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait

from popcorn_lib.sweeps import work


class Lane:
    """One worker process."""

    def __init__(self):
        self.pool = ProcessPoolExecutor(1, _context(), initializer=work.begin)
        self.pid = self.pool.submit(os.getpid)

    def submit(self, pack):
        """A future of a point.  Raises BrokenExecutor if the process has ended meanwhile."""
        try:
            self.pid.result()  # the time limit of a point begins when its process is there
        except BrokenExecutor:
            raise RuntimeError(
                "the worker processes of the sweep end at once.  In a script, call sweep under "
                'if __name__ == "__main__":, because they import the script; workers=0 needs none'
            ) from None
        return self.pool.submit(work.run, pack)

    def kill(self):
        """End the process, whatever it does."""
        if self.pid.done() and not self.pid.cancelled() and not self.pid.exception():
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended already
                os.kill(self.pid.result(), getattr(signal, "SIGKILL", signal.SIGTERM))
        self.close()

    def close(self):
        self.pool.shutdown(cancel_futures=True)


def _context():
    """How processes start.  Never by a fork of this one, where the other lanes have threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__name__])  # each worker finds it imported
    return context


class Lanes:
    """Several of them, with at most one point each."""

    def __init__(self, job, tasks, timeout):
        self.job, self.waiting, self.timeout = job, deque(tasks), timeout
        self.lanes, self.idle = [], []
        self.running, self.tried = {}, set()  # future -> (lane, number, when it must be done)

    def go(self, workers):
        try:
            for _ in range(min(workers, len(self.waiting))):
                self._open()
            while self.waiting or self.running:
                while self.waiting and self.idle:
                    self._begin(self.idle.pop(), self.waiting.popleft())
                self._wait()
            for lane in self.lanes:
                lane.close()
        except BaseException:
            for lane in self.lanes:
                lane.kill()
            for future, (_, number, _) in self.running.items():
                if is_answer(future):
                    self.job.keep(number, *future.result())
            raise

    def _open(self):
        self.lanes.append(Lane())
        self.idle.append(self.lanes[-1])

    def _replace(self, lane):
        lane.kill()
        self.lanes.remove(lane)
        self._open()

    def _begin(self, lane, number):
        try:
            future = lane.submit(work.packed(self.job, number))
        except BrokenExecutor:
            self.waiting.appendleft(number)
            self._replace(lane)
            return
        limit = math.inf if self.timeout is None else time.monotonic() + self.timeout
        self.running[future] = lane, number, limit

    def _wait(self):
        """Until a point is done, or out of time."""
        first = min((limit for _, _, limit in self.running.values()), default=0)
        left = None if first == math.inf else max(0.0, first - time.monotonic())
        done, going = wait(self.running, left, FIRST_COMPLETED)
        for future in done:
            lane, number, _ = self.running[future]
            self._done(future, lane, number)
            del self.running[future]
        for future in going:
            lane, number, limit = self.running[future]
            if time.monotonic() >= limit:
                del self.running[future]
                self._replace(lane)
                self.job.record(number, {}, work.late(self.timeout), False)

    def _done(self, future, lane, number):
        error = future.exception()
        if not isinstance(error, BrokenExecutor):
            answer = ({}, work.said(error), False) if error else future.result()
            self.job.record(number, *answer)
            self.idle.append(lane)
        else:
            self._replace(lane)
            self._again(number)

    def _again(self, number):
        """A point whose process has ended: the process may have been the victim of another one."""
        if number in self.tried:
            self.job.record(number, {}, work.DIED, False)
        else:
            self.tried.add(number)
            self.waiting.append(number)


def is_answer(future):
    """Whether a future holds what `work.run` returned."""
    return future.done() and not future.cancelled() and future.exception() is None
