"""Steps that commute with all others, explored once: is the answer that of all orders?"""

import random

import pytest
from programs import PAGE, litmus, random_litmus, random_tree, tree_program

from popcorn_lib import Machine, explore
from popcorn_lib.variants.defects import DEFECTS
from popcorn_lib.worlds.exploration import TO_ITSELF

TWO = Machine.multikernel(2, page_size=PAGE)


def both(main, machine, args=(), migrations=0, **options):
    """The whole search and the reduced one."""
    return [
        explore(main, machine, args, migrations, reduce=reduce, stop=False, **options)
        for reduce in (False, True)
    ]


def idle(sys, calls):
    for _ in range(calls):
        yield sys.sched_yield()


def idlers(sys, calls):
    threads = []
    for place in ("k0", "k1"):
        threads.append((yield sys.clone(idle, calls, on=place)))
    for thread in threads:
        yield sys.join(thread)
    return (yield sys.getpid()) == threads[0] - 1


def killer(sys):
    yield sys.clone(idle, 3, on="k1")
    yield sys.clone(own_words)
    yield sys.exit_group(4)


def own_words(sys):
    yield sys.compute(10)
    page = yield sys.mmap(PAGE)
    yield sys.gettid()
    yield sys.store(page, (yield sys.getpid()) & 1)


@pytest.mark.parametrize("migrations", [0, 1])
@pytest.mark.parametrize(("main", "args"), [(idlers, (3,)), (killer, ())])
def test_are_outcomes_and_violations_the_same(main, args, migrations):
    whole, reduced = both(main, TWO, args, migrations)
    assert whole.complete and reduced.complete
    assert (reduced.outcomes, reduced.violations) == (whole.outcomes, whole.violations)
    assert reduced.states < whole.states


@pytest.mark.parametrize("seed", range(6))
def test_are_they_the_same_for_random_programs(seed):
    rng = random.Random(seed)
    threads = random_litmus(rng)
    whole, reduced = both(litmus, TWO, (threads, ("k1", "k0")), migrations=1)
    assert (reduced.outcomes, reduced.violations) == (whole.outcomes, whole.violations)
    tree = random_tree(rng, depth=1, steps=3)
    whole, reduced = both(tree_program, TWO, (tree, TWO.kernels))
    assert (reduced.outcomes, reduced.violations) == (whole.outcomes, whole.violations)
    assert reduced.states <= whole.states


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_is_every_defect_still_found(defect):
    def lazy(sys, *args):
        yield sys.sched_yield()
        return (yield from defect.program(sys, *args))

    machine = defect.machine()
    for reduce in (False, True):
        found = explore(lazy, machine, defect.args, defect.migrations, reduce=reduce)
        assert found.violation.kind == defect.kind


def test_do_the_calls_that_are_explored_first_get_one_answer_in_every_state():
    """The gate of the reduction: in whatever state a kernel is, such a step changes nothing."""
    seen = {}

    def asks_all(sys, word):
        for name in TO_ITSELF:
            yield getattr(sys, name)(*([5] if name == "compute" else []))
        yield sys.fetch_add(word, 1)

    def main(sys):
        word = yield sys.mmap(PAGE)
        thread = yield sys.clone(asks_all, word, on="k1")
        yield from asks_all(sys, word)
        yield sys.join(thread)

    world = explore(main, TWO, migrations=1, stop=False)._world
    for (_, state, cause, *given), made in world.made.items():
        if cause == "request" and given[1].name in TO_ITSELF:
            assert (made.state, made.sends, made.timers, made.exits) == (state, 0, 0, ())
            seen.setdefault((given[0], given[1].name), set()).add(
                tuple(change[-1] for change in world.traffic.changes.values[made.threads])
            )
    assert {name for _, name in seen} == set(TO_ITSELF)
    assert all(len(answers) == 1 for answers in seen.values())
