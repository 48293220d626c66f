"""A mix of jobs on unlike kernels: how many an hour, and who runs which.

The idea.  There are always jobs waiting, equally many of each kind, and every core has one.  Where
a job runs does not change what it is, so all that is to be found is how many of each kind each
kernel finishes per second; a core can work for one second per second.  That is a linear programme:
as many sets (one job of each kind) per second as the cores allow.  Jobs that lose least on a slow
kernel end up there.

Jobs are serial and do not disturb each other; hardware threads, memory that is too small for a job
and the way of a job to its kernel are not modelled.

Source.  The question is HEXO's: Olivier et al., HPDC 2019; data/consolidation.csv has its answers.
"""

from dataclasses import dataclass

from popcorn_lib.errors import UsageError
from popcorn_lib.placement.prices import Prices
from popcorn_lib.placement.program import chain, check

HOUR = 3600


@dataclass(frozen=True)
class Throughput:
    """per_hour: jobs of all kinds; rates: {(job, kernel): jobs per hour}; watts: at work.

    per_joule: jobs; UsageError if the machine does not tell its watts.
    """

    per_hour: float
    rates: dict
    prices: object

    @property
    def watts(self):
        """Of the whole machine, all cores of every kernel at work."""
        return sum(self.prices.watts(kernel, "busy_w") for kernel in self.prices.machine.kernels)

    @property
    def per_joule(self):
        return self.per_hour / HOUR / self.watts


def throughput(jobs, machine):
    """The Throughput of a mix of serial jobs, Phases, equally many of each, on all of a machine.

    Raises UsageError for no job, a job with a parallel part, or one without a cost for a kernel.
    """
    from scipy.optimize import linprog

    check(chain(jobs), machine)
    for job in jobs:
        if job.parallel or not min(job.on(machine, kernel) for kernel in machine.kernels):
            raise UsageError(f"job {job.name!r} must be serial and take longer than 0 seconds")
    prices, kernels = Prices(machine), machine.kernels
    pairs = [(job, kernel) for job in jobs for kernel in kernels]
    # what is looked for: the rate of each pair, and at the end the sets per second
    work = [[job.on(machine, k) * (k == its) for job, its in pairs] + [0] for k in kernels]
    mixed = [[float(job is one) for job, _ in pairs] + [-1] for one in jobs]
    cores = [prices.nodes[kernel]["cores"] for kernel in kernels]
    goal, none = [0] * len(pairs) + [-1], [0] * len(jobs)
    found = linprog(goal, A_ub=work, b_ub=cores, A_eq=mixed, b_eq=none)
    *each, sets = (float(rate) * HOUR for rate in found.x)
    rates = {(job.name, k): rate for (job, k), rate in zip(pairs, each, strict=True)}
    return Throughput(sets * len(jobs), rates, prices)
