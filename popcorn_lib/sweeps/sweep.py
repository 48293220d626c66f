"""A sweep: a function measured at many points, and a table with one row for each.

    def cost(machine, kernels, seed): ...
    sweep(cost, kernels=[1, 2, 4], seed=range(3), cache="cost.jsonl")

The idea.  Points do not know of each other, so that they can be measured anywhere and in any order;
an answer is kept as soon as it is there, and only the table puts them in order.
"""

import math
import time

from popcorn_lib.errors import UsageError
from popcorn_lib.sweeps.cache import Cache
from popcorn_lib.sweeps.keys import Keys
from popcorn_lib.sweeps.points import points_of
from popcorn_lib.worlds.progress import Progress


def sweep(
    measure,
    points=None,
    /,
    *,
    cache=None,
    retry=False,
    executor=None,
    workers=None,
    timeout=None,
    progress=True,
    **parameters,
):
    """Call `measure(**point)` at every point; returns a pandas DataFrame with one row per point.

    parameters: a grid, each a list of values, {name: value} where the table is to show names
    (machines, programs), or a single value.  points: a list of dicts instead; each is combined with
    the grid, if both are given.  A program that may not end: give simulate its max_seconds.
    measure: returns a dict of numbers, texts or None (or a named tuple, or one number, "value").
    Columns: the parameters, what measure returns, and "error": "" or type and text of what went
    wrong at that point, where the values are missing.  Rows: in the order of the points.

    cache: a file to which every answer is added at once; what is there already is not measured
    again, unless measure, whatever it uses, the point or popcorn_lib has changed.  Errors that
    measure raises are answers too, unless retry is set; lost workers and timeouts are none.
    executor: a concurrent.futures executor or a Dask client; by default processes of our own,
    workers of them (None: as many as processors; 0: none, all in this process).
    timeout: seconds of real time for one point, then it is stopped.  Our own processes are killed;
    elsewhere it ends at its next step in Python, and a call into C that hangs is left behind.
    progress: a line in a terminal or a notebook; or a function of (done, total, failed).

    Raises UsageError for points, names or options that cannot be.  Whatever else ends it early,
    Ctrl-C too, carries `table`, the rows so far; they are in the cache, and the same call goes on.
    """
    import pandas  # noqa: F401  missing, it is missed before the work is done

    from popcorn_lib.sweeps.executors import way  # processes and pools: only for who sweeps

    points = points_of(measure, points, parameters)
    _check_timeout(timeout)
    go = way(executor, workers)
    job = Job(measure, points, cache, retry, progress)
    try:
        go(job, job.missing(), timeout)
    except BaseException as stop:
        stop.table = job.table()
        stop.add_note(job.state())
        raise
    finally:
        job.close()
    return job.table()


def _check_timeout(seconds):
    good = isinstance(seconds, int | float) and 0 < seconds < math.inf
    if seconds is not None and not good:
        raise UsageError(f"timeout must be a number of seconds above 0, not {seconds!r}")


class Job:
    """The points of a sweep and what is known of them."""

    def __init__(self, measure, points, cache, retry, progress):
        self.measure, self.points, self.answers = measure, points, {}
        self.cache = Cache(cache) if cache is not None else None
        keys = Keys(measure) if self.cache else None
        self.keys = [keys(point.values) for point in points] if keys else []
        for number, key in enumerate(self.keys):
            values, error = self.cache.answers.get(key, ({}, "not yet"))
            if not error or (error != "not yet" and not retry):
                self.answers[number] = values, error
        self.failed = sum(bool(error) for _, error in self.answers.values())
        self.progress = progress if callable(progress) else Line(len(self.answers), bool(progress))

    def missing(self):
        """The numbers of the points that must be measured."""
        return [number for number in range(len(self.points)) if number not in self.answers]

    def record(self, *answer):
        """Keep an answer and tell how far it is."""
        self.keep(*answer)
        self.progress(len(self.answers), len(self.points), self.failed)

    def keep(self, number, values, error, own):
        """Take an answer; own: whether it is the measure's own, which a cache remembers."""
        if self.cache and own:
            self.cache.add(self.keys[number], self.points[number].cells, values, error)
        self.answers[number] = values, error
        self.failed += bool(error)

    def table(self):
        """The answers that are there, in the order of the points."""
        import pandas

        known = [
            (self.points[number].cells, *self.answers[number]) for number in sorted(self.answers)
        ]
        names = {name: None for _, values, _ in known for name in values}
        rows = [{**cells, **values, "error": error} for cells, values, error in known]
        return pandas.DataFrame(rows, columns=[*self.points[0].cells, *names, "error"])

    def state(self):
        """How far it came, for who stops it."""
        done = f"{len(self.answers)} of {len(self.points)} points are done"
        if self.cache:
            return f"{done}; {str(self.cache.path)!r} keeps them, and the same call goes on"
        return f"{done}; this exception's table has them, with cache='a file' that would keep them"

    def close(self):
        if self.cache:
            self.cache.close()
        if isinstance(self.progress, Line):
            self.progress.close()


class Line(Progress):
    """How far a sweep has come, where somebody looks."""

    def __init__(self, known, shown):
        super().__init__()
        self.known, self.is_shown = known, shown

    def __call__(self, done, total, failed):
        now = time.monotonic()
        if self.is_shown and self.is_due(now):
            left = (now - self.began) / (done - self.known) * (total - done)
            parts = [f"sweep: {done:,} of {total:,} points", f"about {left:,.0f} s left"]
            parts += [f"{failed:,} failed"] if failed else []
            self._show(", ".join(parts), done / total)
