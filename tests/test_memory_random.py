"""Random programs of mappings and touches, against one kernel and against plain Python."""

import random
import signal
from mmap import PROT_READ

import pytest
from memory_programs import ANON, RW, SHARED, together, tried
from oracle import Steps, check_invariants
from programs import PAGE, visit

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.syscalls import MAP_FIXED, MAP_FIXED_NOREPLACE

# ---- random changes -----------------------------------------------------------------------------


def step(sys, base, kind, number, *more):
    page = base + number * PAGE
    if kind == "go":
        return (yield from visit(sys, f"k{number}"))
    if kind in ("replace", "claim"):
        flags = more[0] | (MAP_FIXED if kind == "replace" else MAP_FIXED_NOREPLACE)
        got = yield from tried(sys.mmap(PAGE, RW, flags, page))
        return got if type(got) is str else "mapped"
    call, *rest = {
        "ask": ("futex_wake", 1),
        "unmap": ("munmap", *more),
        "protect": ("mprotect", *more),
    }.get(kind, (kind, *more))
    return (yield from tried(getattr(sys, call)(page, *rest)))


def worker(sys, base, steps, moves):
    seen = []
    for kind, *given in steps:
        if kind != "go" or moves:
            result = yield from step(sys, base, kind, *given)
            seen += [] if kind == "go" else [result]
    return tuple(seen)


def random_changes(sys, threads, places, moves):
    base = yield sys.mmap(2 * PAGE)
    yield sys.store(base, 1)
    starts = [(on, worker, base, steps, moves) for on, steps in zip(places, threads, strict=True)]
    return (yield from together(sys, *starts))


KINDS = ("store", "load", "fetch_add", "ask", "ask", "unmap", "replace", "claim", "protect", "go")


def drawn(rng, kernels, count):
    return tuple(_drawn(rng, rng.choice(KINDS), kernels) for _ in range(count))


def _drawn(rng, kind, kernels):
    size = rng.choice((PAGE, PAGE, 2 * PAGE))
    given = {
        "store": (rng.randrange(1, 4),),
        "fetch_add": (1,),
        "unmap": (size,),
        "protect": (size, rng.choice((0, PROT_READ, RW))),
        "replace": (rng.choice((ANON, SHARED)),),
        "claim": (rng.choice((ANON, SHARED)),),
    }
    return (kind, rng.randrange(kernels if kind == "go" else 2), *given.get(kind, ()))


def check_random(seed, lengths):
    """N kernels have just the outcomes of one, on which nobody needs to move."""
    rng = random.Random(seed)
    kernels = rng.choice((2, 3, 3))
    threads = tuple(drawn(rng, kernels, length) for length in lengths)
    places = tuple(f"k{rng.randrange(kernels)}" for _ in threads)
    alone = Machine.smp(kernels, page_size=PAGE)
    one = explore(random_changes, alone, (threads, places, False))
    machine = Machine.multikernel(kernels, page_size=PAGE)
    many = explore(random_changes, machine, (threads, places, True))
    assert one.violation is None and many.violation is None, many.violation
    assert many.outcomes == one.outcomes


@pytest.mark.parametrize("seed", range(24))
def test_have_random_changes_the_outcomes_of_one_kernel(seed):
    check_random(seed, (2, 2) if seed % 3 else (1, 1, 1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_have_more_random_changes_the_outcomes_of_one_kernel(seed):
    check_random(5000 + seed, (3, 3) if seed % 2 else (2, 1, 2))


# ---- whole programs, against plain Python -------------------------------------------------------


BULK = 3 * PAGE


def life(rng, kernels, count):
    """The steps of one thread: it alone uses its region, everybody adds to the shared words."""
    kinds = ("add", "write", "read", "copy", "go", "fresh", "drop", "protect", "fork")
    return tuple(_lived(rng, rng.choice(kinds), kernels) for _ in range(count))


def _lived(rng, kind, kernels):
    if kind in ("add", "go"):
        return (kind, rng.randrange(8 if kind == "add" else kernels), rng.randrange(1, 100))
    first, second = rng.randrange(BULK - 40), rng.randrange(BULK - 40)
    return (kind, first, second, rng.randbytes(rng.randint(1, 40)))


def lives(sys, shared, steps):
    """A thread: it keeps what it expects of its own region in plain Python, and compares."""
    mine = yield sys.mmap(BULK + PAGE)  # the last stays: in a hole that is as long, others map
    expected = bytearray(BULK)
    seen = []
    for kind, first, *more in steps:
        if kind == "add":
            yield sys.fetch_add(shared + 8 * first, more[0])
        elif kind == "go":
            yield from visit(sys, f"k{first}")
        else:
            second, data = more
            yield from own_step(sys, kind, mine, expected, first, second, data)
            seen.append((yield sys.load_bytes(mine + first, 40)) == expected[first : first + 40])
    return all(seen) and (yield sys.load_bytes(mine, BULK)) == expected


def own_step(sys, kind, mine, expected, first, second, data):
    """One step on a region, and the same on the bytearray."""
    page = first // PAGE
    inside = slice(page * PAGE, page * PAGE + PAGE)
    if kind == "write":
        yield sys.store_bytes(mine + first, data)
        expected[first : first + len(data)] = data
    elif kind == "copy":
        yield sys.store_bytes(mine + second, (yield sys.load_bytes(mine + first, 40)))
        expected[second : second + 40] = expected[first : first + 40]
    elif kind in ("fresh", "drop"):
        if kind == "drop":
            yield sys.munmap(mine + page * PAGE, PAGE)
        yield sys.mmap(PAGE, RW, ANON | MAP_FIXED, mine + page * PAGE)
        expected[inside] = bytes(PAGE)
    elif kind == "protect":
        yield sys.mprotect(mine + page * PAGE, PAGE, PROT_READ)
        assert (yield sys.load_bytes(mine, BULK)) == expected
        yield sys.mprotect(mine + page * PAGE, PAGE, RW)
    elif kind == "fork":
        child = yield sys.fork(compares, mine, bytes(expected))
        assert (yield sys.wait4(child))[1] == 0


def compares(sys, mine, expected):
    assert (yield sys.load_bytes(mine, BULK)) == expected
    yield sys.store_bytes(mine, b"the child's own" * 8)


def society(sys, lives_of_all, places):
    shared = yield sys.mmap(PAGE)
    starts = [
        (place, lives, shared, steps) for place, steps in zip(places, lives_of_all, strict=True)
    ]
    values = yield from together(sys, *starts)
    words = []
    for number in range(8):
        words.append((yield sys.load(shared + 8 * number)))
    return all(values), tuple(words)


def sums(lives_of_all):
    words = [0] * 8
    for steps in lives_of_all:
        for kind, number, *more in steps:
            if kind == "add":
                words[number] += more[0]
    return tuple(words)


@pytest.mark.parametrize("seed", range(16))
def test_do_random_programs_give_what_plain_python_gives(seed):
    rng = random.Random(seed)
    kernels = 2 + seed % 3
    count = 4 if seed < 4 else 12
    lives_of_all = tuple(life(rng, kernels, count) for _ in range(2 + seed % 4))
    places = tuple(f"k{rng.randrange(kernels)}" for _ in lives_of_all)
    machine = Machine.multikernel(kernels, cores=1 + seed % 2, page_size=PAGE)
    run = simulate(society, machine, (lives_of_all, places), seed)
    assert run.value == (True, sums(lives_of_all))
    assert (run.status, run.residue()) == (0, {})
    assert seed >= 4 or check_invariants(run) is None


def doomed(sys, lives_of_all, places, seconds, killer):
    shared = yield sys.mmap(PAGE)
    for place, steps in zip(places, lives_of_all, strict=True):
        yield sys.clone(lives, shared, steps, on=place)
    yield sys.clone(killer, seconds, on=places[-1])
    yield sys.nanosleep(1)


def exits(sys, seconds):
    yield sys.nanosleep(seconds)
    yield sys.exit_group(4)


def touches_nothing(sys, seconds):
    yield sys.nanosleep(seconds)
    yield sys.load(0)


@pytest.mark.parametrize("killer", [exits, touches_nothing])
def test_is_nothing_left_of_random_programs_that_are_killed(killer):
    status = 4 << 8 if killer is exits else signal.SIGSEGV
    for seed in range(20):
        rng = random.Random(seed)
        kernels = rng.choice((2, 3, 4))
        lives_of_all = tuple(life(rng, kernels, 12) for _ in range(rng.randint(2, 5)))
        places = tuple(f"k{rng.randrange(kernels)}" for _ in lives_of_all)
        machine = Machine.multikernel(kernels, cores=2, page_size=PAGE)
        args = (lives_of_all, places, rng.random() * 3e-4, killer)
        run = simulate(doomed, machine, args, seed, trace=False)
        assert (run.status, run.residue()) == (status, {})


def test_does_every_step_of_a_random_program_depend_on_nothing_but_state_and_input(monkeypatch):
    steps, rng = Steps(monkeypatch), random.Random(7)
    machine = Machine.multikernel(3, page_size=PAGE)
    lives_of_all = tuple(life(rng, 3, 8) for _ in range(3))
    simulate(society, machine, (lives_of_all, ("k0", "k1", "k2")), 7)
    assert len(steps.steps) > 100
    assert steps.again(machine) == 0
