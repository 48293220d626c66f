"""Is a fresh id always the smallest one that is free, however ids come and go?"""

from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Machine, simulate
from popcorn_lib.kernel import short as say
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


def test_have_kernels_beyond_the_128th_ids_of_their_own():
    """There Popcorn's seven bits end; numbers go on where they do."""
    machine = Machine.multikernel(256, page_size=64)

    def main(sys):
        made = []
        for place in ("k127", "k128", "k255"):
            tid = yield sys.clone(short, on=place)
            child = yield sys.clone(clones, on=place)
            yield sys.join(tid)
            made.append((yield sys.join(child)))
        return tuple(made)

    def clones(sys):
        tid = yield sys.clone(short)
        yield sys.join(tid)
        return tid

    made = simulate(main, machine).value
    assert [(tid - (1 << 22)) >> 15 for tid in made] == [127, 128, 255]
    assert [say(tid) for tid in made] == ["k127:2", "k128:2", "k255:2"]
