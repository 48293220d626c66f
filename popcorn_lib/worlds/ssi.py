"""The claim of the collection as a check: no program can tell how many kernels it runs on."""

from popcorn_lib.errors import UsageError
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.explore import explore


def single_system_image(main, args=(), kernels=3, migrations=1, *, machine=None, max_states=None):
    """Compare every outcome of `main(sys, *args)` on N kernels with those on one kernel.

    machine: the machine to test; `Machine.multikernel(kernels)` if None.  The reference is one
    kernel with as many cores and our own mechanisms.  migrations, max_states: as for `explore`.

    What it proves: of this program, with this many kernels and moves, every (value, status), every
    deadlock and every crash is one that a single kernel can have, and nothing is left over.  What
    it does not: anything of other programs, of more moves, of time, of placement, or of what main
    keeps out of its value; nor that every outcome of one kernel can also be had on N.
    Returns a Verdict.
    """
    machine = machine or Machine.multikernel(kernels)
    if not isinstance(machine, Machine):
        raise UsageError(f"machine must be a Machine, not {machine!r}")
    alone = Machine.smp(len(machine.kernels), page_size=machine.page_size)
    ours = [kind.name for kind in alone.mechanisms]
    for kind in machine.mechanisms:
        alone = alone if kind.name in ours else alone.with_mechanism(kind)
    one = explore(main, alone, args, max_states=max_states, stop=False)
    many = explore(main, machine, args, migrations, max_states=max_states, stop=False)
    return Verdict(one, many)


class Verdict:
    """Whether N kernels pass for one.

    holds: True if nothing can be told and both searches were complete.
    outcomes, reference: what N kernels and what one kernel can end with.
    witness: the trace of a nearest outcome, or violation, that one kernel cannot have, or None.
    """

    def __init__(self, one, many):
        self.outcomes, self.reference = many.outcomes, one.outcomes
        self.complete = one.complete and many.complete
        ends = many.outcomes | many.violations
        self.strange = sorted(ends - one.outcomes - one.violations, key=repr)
        self.holds = self.complete and not self.strange
        witnesses = (many.witness(end) for end in self.strange)
        self.witness = min(witnesses, key=len, default=None)
        self.states = many.states

    def show(self, **options):
        """The witness in the stepper; the verdict itself if there is none."""
        return self.witness.show(**options) if self.witness else self

    def __repr__(self):
        if self.holds:
            return f"<Verdict: holds, {len(self.outcomes)} outcomes in {self.states} states>"
        why = f"one kernel cannot end in {self.strange}" if self.strange else "the search was cut"
        return f"<Verdict: does not hold, {why}>"
