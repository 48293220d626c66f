"""Pages that are copied and taken away: every order of the messages, against plain Python."""

import random

import pytest
from oracle import Steps, counted
from programs import (
    CAS_RACE,
    COHERENCE,
    MESSAGE_PASSING,
    PAGE,
    STORE_BUFFERING,
    interleavings,
    outcomes,
    random_litmus,
    used,
)

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.mechanisms.memory import Memory

SHAPES = {
    "store buffering": STORE_BUFFERING,
    "message passing": MESSAGE_PASSING,
    "coherence": COHERENCE,
    "cas": CAS_RACE,
    "load buffering": ((("load", 0), ("store", 1, 1)), (("load", 1), ("store", 0, 1))),
    "2+2W": ((("store", 0, 1), ("store", 1, 2)), (("store", 1, 1), ("store", 0, 2))),
    "R": ((("store", 0, 1), ("store", 1, 1)), (("store", 1, 2), ("load", 0))),
    "S": ((("store", 0, 2), ("store", 1, 1)), (("load", 1), ("store", 0, 1))),
    "upgrades": ((("load", 0), ("add", 0, 1)), (("load", 0), ("add", 0, 2))),
}
THREE = {
    "WRC": ((("store", 0, 1),), (("load", 0), ("store", 1, 1)), (("load", 1), ("load", 0))),
    "RWC": ((("store", 0, 1),), (("load", 0), ("load", 1)), (("store", 1, 1), ("load", 0))),
    "ISA2": (
        (("store", 0, 1), ("store", 1, 1)),
        (("load", 1), ("store", 2, 1)),
        (("load", 2), ("load", 0)),
    ),
}
IRIW = (
    (("store", 0, 1),),
    (("store", 1, 1),),
    (("load", 0), ("load", 1)),
    (("load", 1), ("load", 0)),
)
CORR = (
    (("store", 0, 1),),
    (("store", 0, 2),),
    (("load", 0), ("load", 0)),
    (("load", 0), ("load", 0)),
)
APART = pytest.mark.parametrize("apart", [False, True], ids=["one page", "a page each"])


def spread(threads, kernels, first=1):
    return tuple(f"k{(number + first) % kernels}" for number in range(len(threads)))


def word_at(base, word, apart):
    return base + word * (PAGE if apart else 8)


def thread(sys, base, operations, apart):
    results = []
    for kind, word, *given in operations:
        call = getattr(sys, "fetch_add" if kind == "add" else kind)
        results.append((yield call(word_at(base, word, apart), *given)))
    return tuple(results)


def litmus(sys, threads, places, apart):
    """A litmus test with its words on one page or on a page each."""
    base = yield sys.mmap(PAGE * used(threads))
    tids = []
    for operations, place in zip(threads, places, strict=True):
        tids.append((yield sys.clone(thread, base, operations, apart, on=place)))
    results = []
    for tid in tids:
        results.append((yield sys.join(tid)))
    words = []
    for word in range(used(threads)):
        words.append((yield sys.load(word_at(base, word, apart))))
    return tuple(results), tuple(words)


def check(threads, kernels, apart, migrations=0, first=1):
    """The outcomes are exactly those of the interleavings; explore checks the invariants."""
    places = spread(threads, kernels, first)
    found = outcomes(litmus, kernels, (threads, places, apart), migrations)
    count = used(threads)
    assert found == {((got, words[:count]), 0) for got, words in interleavings(threads)}


# ---- exactly the sequentially consistent outcomes -----------------------------------------------


@APART
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("kernels", "migrations"), [(2, 0), (3, 0)])
def test_has_a_shape_exactly_the_outcomes_of_its_interleavings(name, kernels, migrations, apart):
    check(SHAPES[name], kernels, apart, migrations)


@pytest.mark.parametrize("name", ["store buffering", "message passing", "2+2W", "upgrades"])
def test_has_a_shape_the_same_outcomes_while_threads_move(name):
    check(SHAPES[name], 2, apart=True, migrations=1)


@APART
@pytest.mark.parametrize("name", THREE)
def test_do_three_threads_agree_on_the_order_of_what_they_see(name, apart):
    check(THREE[name], 3, apart)


def test_do_two_readers_see_two_writes_in_one_order():
    check(IRIW, 2, apart=True)


@pytest.mark.slow
@APART
@pytest.mark.parametrize("threads", [IRIW, CORR, *THREE.values()], ids=repr)
def test_do_three_kernels_agree_on_the_order_of_what_they_see(threads, apart):
    for first in (0, 1):
        check(threads, 3, apart, first=first)


@pytest.mark.slow
@APART
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kernels", [2, 3])
def test_has_every_shape_the_same_outcomes_while_threads_move(name, kernels, apart):
    check(SHAPES[name], kernels, apart, migrations=1)


@pytest.mark.parametrize("seed", range(12))
def test_have_random_litmus_tests_exactly_the_outcomes_of_their_interleavings(seed):
    rng = random.Random(seed)
    threads = random_litmus(rng, threads=2 + seed % 2, operations=3 - seed % 2)
    check(threads, 2 + seed % 3, apart=rng.random() < 0.5, first=rng.randrange(3))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_have_larger_random_litmus_tests_exactly_the_outcomes_of_their_interleavings(seed):
    rng = random.Random(1000 + seed)
    threads = random_litmus(rng, threads=2 + seed % 2, operations=4 - seed % 2 * 2, words=3)
    check(threads, 2 + seed % 3, apart=rng.random() < 0.5, first=rng.randrange(3))


# ---- the races are really met -------------------------------------------------------------------


def pages(view):
    return {name: tables.memory for name, tables in view.items()}


def invalidation_is_held(view):
    return any(fault.held for memory in pages(view).values() for fault in memory.faults.values())


def two_upgrades_at_once(view):
    """Two kernels that can read one page both wait to write it."""
    waiting = [
        page
        for memory in pages(view).values()
        for page, fault in memory.faults.items()
        if fault.write and memory.rights(page) == "r"
    ]
    return len(waiting) > len(set(waiting))


def home_waits_while_its_page_is_busy_for_another(view):
    home = pages(view)["k0"]
    busy = {page: entry.requester for page, entry in home.directory.items() if entry.requester}
    return any(busy.get(access.page, "k0") != "k0" for access in home.waiting.values())


def two_threads_wait_for_one_fault(view):
    for memory in pages(view).values():
        waiting = [a.page for a in memory.waiting.values() if a.waits == "page"]
        if len(waiting) > len(set(waiting)) and set(waiting) <= set(memory.faults):
            return True
    return False


def meets(main, kernels, args, moment):
    """Whether any order leads to a moment; the way there ends in it."""

    def never(view):
        return "it is met" if moment(view) else None

    machine = Machine.multikernel(kernels, page_size=PAGE)
    found = explore(main, machine, args, invariants=[never], stop=False)
    assert found.complete and found.violations <= {"invariant"}
    return "invariant" in found.violations


@pytest.mark.parametrize(
    ("moment", "places"),
    [
        (invalidation_is_held, ("k1", "k2")),
        (two_upgrades_at_once, ("k1", "k2")),
        (home_waits_while_its_page_is_busy_for_another, ("k0", "k1", "k2")),
        (two_threads_wait_for_one_fault, ("k1", "k1")),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_does_the_search_meet_the_race(moment, places):
    threads = ((("load", 0), ("add", 0, 1)),) * len(places)
    assert meets(litmus, 3, (threads, places, False), moment)


def test_are_kernels_told_to_come_again_while_a_page_is_busy_and_home_never():
    def kinds(places):
        threads = SHAPES["upgrades"]
        found = []
        machine = Machine.multikernel(3, page_size=PAGE).replace(memory=watched(found))
        assert explore(litmus, machine, (threads, places, False)).violation is None
        return found

    assert set(kinds(("k1", "k2"))) == {"retry", "granted"}
    assert kinds(("k0", "k0")) == [], "home needs nobody's leave"


def watched(found):
    """A memory that notes every answer without a page."""

    class Watched(Memory):
        def on_remote_page_response_short(self, source, message):
            found.append(message.what)
            super().on_remote_page_response_short(source, message)

    return Watched


def several_readers(sys, count, write):
    page = yield sys.mmap(PAGE)
    yield sys.store(page, 5)
    tids = []
    for _ in range(count):
        tids.append((yield sys.clone(waits_and_touches, page, write, on="k1")))
    values = []
    for tid in tids:
        values.append((yield sys.join(tid)))
    return sorted(values)


def waits_and_touches(sys, page, write):
    yield sys.nanosleep(1e-3)
    return (yield sys.fetch_add(page, 1) if write else sys.load(page))


@pytest.mark.parametrize("write", [False, True])
def test_do_threads_of_one_kernel_that_fault_at_once_ask_once(write):
    machine = Machine.multikernel(2, cores=4, page_size=PAGE)
    run = simulate(several_readers, machine, (4, write))
    assert run.value == ([5, 6, 7, 8] if write else [5] * 4)
    kinds = counted(run, "memory")
    assert kinds["VMA_INFO_REQUEST"] == kinds["REMOTE_PAGE_REQUEST"] == 1


# ---- would the searches see a mistake? ----------------------------------------------------------


class GrantsAtOnce(Memory):
    """Home does not wait for those who must drop their copies."""

    def on_remote_page_request(self, source, message):
        super().on_remote_page_request(source, message)
        entry = self.directory.get(message.page)
        if entry and entry.requester and "k0" in entry.owners:
            entry.awaited.clear()
            self._grant_if_clear(message.page)

    def on_page_invalidate_response(self, source, message):
        """Too late to matter."""


class ForgetsReaders(Memory):
    """Home does not note who has got a copy to read."""

    def on_remote_page_request(self, source, message):
        super().on_remote_page_request(source, message)
        if not message.write and message.page in self.directory:
            self.directory[message.page].owners.discard(source)


class KeepsWriting(Memory):
    """An owner gives the data for a reader, and writes on."""

    def _hand_over(self, page, write):
        super()._hand_over(page, write)
        if not write:
            self.frames[page] = self.frames[page]._replace(writable=True)


class LosesWhatItFetched(Memory):
    """Home passes the data on, and keeps its own old copy."""

    def _grant_if_clear(self, page):
        super()._grant_if_clear(page)
        entry = self.directory.get(page)
        if entry and entry.requester is None and not entry.write:
            self.frames.pop(page, None)


class AppliesNothing(Memory):
    """The other kernels say that they have made a change, and do not make it."""

    def on_vma_op(self, source, message):
        followed, self._follow = self._follow, lambda *change: None
        super().on_vma_op(source, message)
        self._follow = followed


def writes_while_others_read(sys):
    threads = ((("load", 0), ("add", 0, 1)), (("load", 0), ("load", 0)))
    return (yield from litmus(sys, threads, ("k1", "k2"), False))


def unmaps_what_another_knows(sys):
    page = yield sys.mmap(2 * PAGE)
    yield sys.join((yield sys.clone(thread, page, (("load", 0),), False, on="k1")))
    yield sys.munmap(page, PAGE)


@pytest.mark.parametrize(
    ("wrong", "main", "named"),
    [
        (GrantsAtOnce, writes_while_others_read, "home_knows_every_copy"),
        (ForgetsReaders, writes_while_others_read, "home_knows_every_copy"),
        (KeepsWriting, writes_while_others_read, "one_writer_or_many_readers"),
        (LosesWhatItFetched, writes_while_others_read, "copies_are_equal"),
        (AppliesNothing, unmaps_what_another_knows, "layouts_are_parts_of_homes"),
    ],
)
def test_would_an_invariant_see_the_mistake(wrong, main, named):
    machine = Machine.multikernel(3, page_size=PAGE)
    assert explore(main, machine).violation is None
    violation = explore(main, machine.replace(memory=wrong)).violation
    assert violation.kind == "invariant" and violation.message.startswith(named)


# ---- the rule of the house ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_does_every_step_depend_on_nothing_but_state_and_input(monkeypatch, seed):
    steps = Steps(monkeypatch)
    machine = Machine.multikernel(3, cores=2, page_size=PAGE)
    threads = random_litmus(random.Random(seed), threads=6, operations=6, words=3)
    simulate(litmus, machine, (threads, spread(threads, 3), True), seed)
    assert len(steps.steps) > 100
    assert steps.again(machine) == 0
