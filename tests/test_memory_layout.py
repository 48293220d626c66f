"""Changes of the layout in every order with touches, faults, forks and deaths elsewhere."""

import errno
import random
import signal
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE

import pytest
from programs import PAGE, visit

from popcorn_lib import Machine, explore, simulate, single_system_image
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.syscalls import MAP_FIXED, MAP_FIXED_NOREPLACE

ANON, SHARED = MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS
RW = PROT_READ | PROT_WRITE
FLAGS = pytest.mark.parametrize("flags", [ANON, SHARED], ids=["private", "shared"])
TOUCH = pytest.mark.parametrize("call", ["load", "store", "fetch_add"])
# Who changes, who touches: home, the caller's own kernel, a third one.
WHERE = [("k0", "k1"), ("k1", "k0"), ("k1", "k1"), ("k1", "k2")]
PLACES = pytest.mark.parametrize("places", WHERE, ids="-".join)


def holds(main, args=(), kernels=3, migrations=0):
    """The claim holds, and every outcome that one kernel has can be had."""
    machine = Machine.multikernel(kernels, page_size=PAGE)
    verdict = single_system_image(main, args, machine=machine, migrations=migrations)
    assert verdict.holds, verdict
    assert verdict.outcomes == verdict.reference
    return verdict.outcomes


def together(sys, *starts):
    """Start threads (kernel, function, arguments...) and join them all."""
    tids = []
    for place, function, *args in starts:
        tids.append((yield sys.clone(function, *args, on=place)))
    values = []
    for tid in tids:
        values.append((yield sys.join(tid)))
    return tuple(values)


def tried(request):
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def touches(sys, page, call):
    """One touch, and what is there afterwards."""
    operands = {"store": (6,), "fetch_add": (1,)}.get(call, ())
    first = yield getattr(sys, call)(page, *operands)
    return first, (yield sys.load(page))


# ---- somebody changes what somebody else uses ---------------------------------------------------


def changes(sys, change, flags, places, call):
    """One thread changes the layout of a page that holds 5 while another touches it."""
    page = yield sys.mmap(PAGE, RW, flags)
    yield sys.store(page, 5)
    one = (places[0], change, page, flags)
    return (yield from together(sys, one, (places[1], touches, page, call)))


def unmaps(sys, page, flags):
    return (yield sys.munmap(page, PAGE))


def unmaps_and_maps(sys, page, flags):
    yield sys.munmap(page, PAGE)
    yield sys.mmap(PAGE, RW, flags | MAP_FIXED_NOREPLACE, page)
    return (yield sys.load(page))


def maps_over(sys, page, flags):
    yield sys.mmap(PAGE, RW, flags | MAP_FIXED, page)
    return (yield sys.load(page))


def protects_and_back(sys, page, flags):
    yield sys.mprotect(page, PAGE, PROT_READ)
    mine = yield sys.load(page)
    yield sys.mprotect(page, PAGE, RW)
    return mine, (yield sys.load(page))


CHANGES = (unmaps, unmaps_and_maps, maps_over, protects_and_back)
CHANGE = pytest.mark.parametrize("change", CHANGES)


@PLACES
@FLAGS
@CHANGE
def test_what_if_another_thread_touches_what_is_being_changed(change, flags, places):
    for call in ("load", "store"):
        found = holds(changes, (change, flags, places, call))
        assert (change is unmaps or call == "store") == ((None, signal.SIGSEGV) in found) or found


@CHANGE
def test_what_if_a_thread_moves_while_the_layout_changes(change):
    holds(changes, (change, ANON, ("k1", "k0"), "store"), kernels=2, migrations=1)


@pytest.mark.slow
@PLACES
@FLAGS
@TOUCH
@CHANGE
def test_does_the_claim_hold_for_every_change_touch_and_move(change, call, flags, places):
    holds(changes, (change, flags, places, call), migrations=1)


def test_is_old_data_gone_when_the_new_is_seen():
    outcomes = holds(changes, (maps_over, ANON, ("k1", "k2"), "load"))
    seen = {value[1] for value, _ in outcomes}
    assert seen == {(5, 5), (5, 0), (0, 0)}


# ---- who has seen the new takes it to where the old still lies ----------------------------------


def goes_and_looks(sys, page, way):
    """What lies at a place, looked at from several kernels in turn."""
    seen = [(yield sys.load(page))]
    for kernel in way:
        yield sys.migrate(kernel)
    seen.append((yield sys.load(page)))
    return tuple(seen)


def replaced_and_looked_at(sys, flags):
    """k2 has a copy of the page; k1 replaces it; one who sees the new goes to k2 through k1."""
    page = yield sys.mmap(PAGE, RW, flags)
    yield sys.store(page, 7)
    yield from together(sys, ("k2", touches, page, "load"))
    mapping = ("k1", maps_over, page, flags)
    return (yield from together(sys, mapping, ("k0", goes_and_looks, page, ("k1", "k2"))))


@FLAGS
def test_what_if_who_has_seen_the_new_mapping_comes_before_news_of_it(flags):
    outcomes = holds(replaced_and_looked_at, (flags,))
    assert {value[1] for value, _ in outcomes} == {(7, 7), (7, 0), (0, 0)}


def maps_then_goes(sys, place):
    yield sys.mmap(PAGE, RW, ANON | MAP_FIXED, place)
    yield sys.migrate("k2")
    yield sys.migrate("k1")
    return (yield sys.load(place))


def asks_what_is_there(sys, place):
    return (yield from tried(sys.futex_wake(place, 1)))


def mapped_after_the_question(sys, place):
    asking = ("k1", asks_what_is_there, place)
    return (yield from together(sys, asking, ("k0", maps_then_goes, place)))


def test_what_if_a_thread_knows_of_a_mapping_that_an_older_question_missed():
    assert holds(mapped_after_the_question, (1 << 20,)) == {((0, 0), 0), (("EFAULT", 0), 0)}


def forks_and_waits(sys):
    return (yield sys.wait4((yield sys.fork(nothing))))[1]


def nothing(sys):
    yield sys.gettid()


def touch_of_zero_during_a_fork(sys):
    yield sys.mmap(PAGE)
    asking = ("k1", asks_what_is_there, 0)
    return (yield from together(sys, asking, ("k1", forks_and_waits)))


def test_what_if_address_zero_is_touched_while_a_fork_waits_for_the_layout():
    assert holds(touch_of_zero_during_a_fork) == {(("EFAULT", 0), 0)}


# ---- several changes at once --------------------------------------------------------------------


def maps_and_unmaps(sys, value):
    page = yield sys.mmap(PAGE)
    first = yield sys.fetch_add(page, value)
    second = yield sys.load(page)
    yield sys.munmap(page, PAGE)
    return first, second


@PLACES
def test_are_two_mappings_at_once_apart_and_empty(places):
    def main(sys):
        starts = [(place, maps_and_unmaps, 3 + i) for i, place in enumerate(places)]
        return (yield from together(sys, *starts))

    assert holds(main) == {(((0, 3), (0, 4)), 0)}


def claims(sys, place):
    """Whether this thread was the one that could map a place; unmapped again if so."""
    got = yield from tried(sys.mmap(PAGE, RW, ANON | MAP_FIXED_NOREPLACE, place))
    if got == "EEXIST":
        return got
    yield sys.store(place, 1)
    return (yield sys.munmap(place, PAGE))


@PLACES
def test_does_one_of_two_get_a_place_that_both_claim(places):
    def main(sys):
        return (yield from together(sys, *((on, claims, 1 << 20) for on in places)))

    assert holds(main) == {((0, 0), 0), ((0, "EEXIST"), 0), (("EEXIST", 0), 0)}


def forks_a_reader(sys, page, on):
    child = yield sys.fork(reads_and_exits, page, on=on)
    return (yield sys.wait4(child))[1]


def reads_and_exits(sys, page):
    second = yield sys.load(page + PAGE)
    first = yield sys.load(page)
    yield sys.exit(10 * second + first)


@PLACES
@FLAGS
def test_what_if_a_fork_copies_what_is_being_unmapped(flags, places):
    def main(sys):
        page = yield sys.mmap(2 * PAGE, RW, flags)
        yield sys.store(page, 5)
        yield sys.store(page + PAGE, 6)
        forking = (places[1], forks_a_reader, page, None)
        return (yield from together(sys, forking, (places[0], unmaps, page, flags)))

    assert holds(main) == {((65 << 8, 0), 0), ((signal.SIGSEGV, 0), 0)}


# ---- a shared object goes while a kernel still believes in it -----------------------------------


def maps_another(sys):
    """A process in three generations shares an object; the last unmaps it as a new one is made."""
    old = yield sys.mmap(PAGE, RW, SHARED)
    child = yield sys.fork(has_a_child, old, on="k1")
    yield sys.munmap(old, PAGE)
    new = yield sys.mmap(PAGE, RW, SHARED)
    yield sys.store(new, 9)
    _, status = yield sys.wait4(child)
    return status >> 8, (yield sys.load(new))


def has_a_child(sys, page):
    child = yield sys.fork(unmaps_while_another_reads, page)
    yield sys.munmap(page, PAGE)
    _, status = yield sys.wait4(child)
    yield sys.exit(status if status < 256 else status >> 8)


def unmaps_while_another_reads(sys, page):
    value, _ = yield from together(
        sys, ("k2", touches, page, "load"), (None, unmaps, page, SHARED)
    )
    yield sys.exit(100 + value[0])


def test_is_the_number_of_an_object_free_only_when_no_kernel_believes_in_it():
    assert holds(maps_another) == {((100, 9), 0), ((int(signal.SIGSEGV), 9), 0)}


# ---- a process dies while something is under way ------------------------------------------------


def exits(sys):
    yield sys.exit_group(3)


def touches_nothing(sys):
    yield sys.load(0)


def faults(sys, page):
    yield sys.fetch_add(page, 1)
    yield sys.store_bytes(page + PAGE - 4, b"12345678")


def maps_shared_over(sys, page):
    yield sys.mmap(PAGE, RW, SHARED | MAP_FIXED, page)


def unmaps_one(sys, page):
    yield sys.munmap(page, PAGE)


def reads_and_protects(sys, page):
    yield sys.load(page)
    yield sys.mprotect(page, PAGE, PROT_READ)


def forks_here(sys, page):
    yield sys.fork(stores, page)


def forks_there(sys, page):
    yield sys.fork(stores, page, on="k2")


def stores(sys, page):
    yield sys.store(page, 7)


WORKS = (faults, maps_shared_over, unmaps_one, reads_and_protects, forks_here, forks_there)


def killed(sys, work, killer, flags, places):
    page = yield sys.mmap(2 * PAGE, RW, flags)
    yield sys.store(page, 5)
    yield from together(sys, (places[0], work, page), (places[1], killer))


@pytest.mark.parametrize("killer", [exits, touches_nothing])
@pytest.mark.parametrize("work", WORKS)
def test_is_nothing_left_when_a_process_dies_at_work(work, killer):
    status = 3 << 8 if killer is exits else signal.SIGSEGV
    for places in WHERE:
        for flags in (ANON, SHARED):
            assert holds(killed, (work, killer, flags, places)) == {(None, status)}


@pytest.mark.parametrize("work", [faults, unmaps_one, forks_here])
def test_is_nothing_left_when_a_process_dies_at_work_and_on_the_move(work):
    args = (work, exits, ANON, ("k1", "k0"))
    assert holds(killed, args, kernels=2, migrations=1) == {(None, 3 << 8)}


@pytest.mark.slow
@FLAGS
@PLACES
@pytest.mark.parametrize("work", WORKS)
def test_is_nothing_left_wherever_it_dies_and_moves(work, flags, places):
    holds(killed, (work, exits, flags, places), migrations=1)


# ---- changes come to their end ------------------------------------------------------------------


def adds_for_ever(sys, word):
    while True:
        yield sys.fetch_add(word, 1)


@pytest.mark.parametrize("seed", range(3))
def test_does_a_munmap_end_although_its_pages_are_always_wanted(seed):
    def main(sys):
        page = yield sys.mmap(2 * PAGE)
        for i in range(1, 4):
            for word in (page, page + PAGE):
                yield sys.clone(adds_for_ever, word, on=f"k{i}")
        yield sys.nanosleep(1e-4)
        yield sys.munmap(page, 2 * PAGE)
        yield sys.nanosleep(1)

    machine = Machine.multikernel(4, cores=2, page_size=PAGE)
    run = simulate(main, machine, (), seed, max_seconds=0.01)
    assert (run.status, run.residue()) == (signal.SIGSEGV, {})


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
    starts = [
        (on, worker, base, steps, moves) for on, steps in zip(places, threads, strict=True)
    ]
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


# ---- would the search see a mistake? ------------------------------------------------------------


class TellsNobody(Memory):
    """Home changes the layout and answers at once."""

    def _begin_vma_op_request(self, source, message):
        seen = self.kernel["threads"].groups[message.pid].seen
        others, seen = set(seen), seen.clear()
        begun = super()._begin_vma_op_request(source, message)
        self.kernel["threads"].groups[message.pid].seen |= others
        return begun


class ShowsTheNewAtOnce(Memory):
    """Home's threads may use a new mapping before the others have dropped the old one."""

    def _begin_vma_op_request(self, source, message):
        begun = super()._begin_vma_op_request(source, message)
        entry = self.queue[message.pid][0][1]
        if entry.kind == "VMA_OP_RESPONSE" and entry.area:
            self.set_layout(message.pid, tuple(sorted((*self.layout(message.pid), entry.area))))
        return begun


@pytest.mark.parametrize("wrong", [TellsNobody, ShowsTheNewAtOnce])
def test_would_a_layout_that_is_old_somewhere_be_seen(wrong):
    machine = Machine.multikernel(3, page_size=PAGE).replace(memory=wrong)
    verdict = single_system_image(
        replaced_and_looked_at, (ANON,), machine=machine, migrations=0
    )
    assert not verdict.holds and verdict.strange
