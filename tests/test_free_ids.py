"""Is a fresh id always the smallest one that is free, however ids come and go?"""

from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Machine, simulate
from popcorn_lib.mechanisms.threads import Threads

SEEN = []


class Watched(Threads):
    """Each id is compared with what counting from the beginning gives."""

    def free_id(self):
        got = super().free_id()
        used = {*self.tasks, *self.values, *self.pids}
        base = self.kernel.global_id(2)
        SEEN.append((got, next(n for n in range(base, base + 1000) if n not in used)))
        return got


def lives(sys, plan, places):
    """Threads and processes come and go as the plan says."""
    tids = []
    for number, (kind, joined) in enumerate(plan):
        place = places[number % len(places)]
        if kind == "fork":
            yield sys.fork(short, on=place)
        else:
            tids.append((yield sys.clone(short, on=place)))
        if joined and tids:
            yield sys.join(tids.pop(0))
        if joined and kind == "fork":
            yield sys.wait4()


def short(sys):
    return 1
    yield


@given(st.lists(st.tuples(st.sampled_from(["clone", "fork"]), st.booleans()), max_size=12),
       st.integers(1, 3), st.integers(0, 5))  # fmt: skip
@settings(derandomize=True, deadline=None, max_examples=80)
def test_is_it_the_smallest_that_counting_from_the_beginning_gives(plan, kernels, seed):
    SEEN.clear()
    machine = Machine.multikernel(kernels, page_size=64).replace(threads=Watched)
    simulate(lives, machine, (plan, machine.kernels), seed)
    assert SEEN and all(got == counted for got, counted in SEEN)
