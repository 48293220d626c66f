"""Where the points of a sweep are measured: here, in processes of our own, or on any executor.

Each way is a function (job, tasks, timeout), where tasks are numbers of points; it hands the job
each answer as soon as it is there, in any order.  Whatever ends it early, what has been finished by
then is handed over first.
"""

import os
from concurrent.futures import BrokenExecutor, CancelledError, as_completed

from popcorn_lib.errors import UsageError
from popcorn_lib.sweeps import work
from popcorn_lib.sweeps.keys import library
from popcorn_lib.sweeps.lanes import Lanes, is_answer


def way(executor, workers):
    """The way to measure that the caller of sweep asks for."""
    if executor is not None and workers is not None:
        raise UsageError(f"give executor or workers, not both: {executor!r}, {workers!r}")
    if executor is not None:
        return on(_submits(executor))
    workers = processors() if workers is None else workers
    if not isinstance(workers, int) or workers < 0:
        raise UsageError(f"workers must be a whole number of 0 or more, not {workers!r}")
    return (lambda *given: Lanes(*given).go(workers)) if workers else here


def processors():
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def here(job, tasks, timeout):
    """One after the other in this process."""
    for number in tasks:
        measure, values = job.measure, job.points[number].values
        if timeout is None:
            job.record(number, *work.answer(measure, values))
        else:
            job.record(number, *work.within(timeout, measure, values))


def on(executor):
    """On an executor of the caller's."""

    def measure(job, tasks, timeout):
        # The lost ones again, alone: who ends a worker now has ended the others before.
        for number in _all(executor, job, tasks, timeout):
            for again in _all(executor, job, [number], timeout):
                job.record(again, {}, work.DIED, False)

    return measure


def _submits(executor):
    """A concurrent.futures executor; of a Dask client one that makes every call."""
    if hasattr(executor, "get_executor"):
        return executor.get_executor(pure=False)
    if not callable(getattr(executor, "submit", None)):
        raise UsageError(
            f"executor must be a concurrent.futures.Executor or a Dask client, not {executor!r}"
        )
    return executor


def _all(executor, job, tasks, timeout):
    """Measure all; returns those that were lost with their worker."""
    lost, futures, ours = [], {}, library()
    try:
        for number in tasks:
            futures[executor.submit(work.run, work.packed(job, number), ours, timeout)] = number
        for future in as_completed(list(futures)):
            if _is_lost(future):
                lost.append(futures[future])
            else:
                job.record(futures[future], *_answer(future))
            del futures[future]
    except BaseException:
        for future in futures:
            future.cancel()
        for future, number in futures.items():
            if is_answer(future):
                job.keep(number, *future.result())
        raise
    return lost


def _is_lost(future):
    """Whether Dask gave the point up because its workers died."""
    return not future.cancelled() and type(future.exception()).__name__ == "KilledWorker"


def _answer(future):
    """The answer, or why there is none; what concerns all points is raised."""
    try:
        return future.result()
    except (BrokenExecutor, CancelledError, work.OtherLibrary):
        raise
    except Exception as error:  # it could not even begin, say where popcorn_lib is missing
        return {}, work.said(error), False
