"""The races that pages are about are met by the search, and a mistake in them would be seen."""

import pytest
from oracle import counted
from programs import PAGE
from test_memory_pages import SHAPES, litmus, thread

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.mechanisms.memory import Memory

UPGRADES = SHAPES["upgrades"]


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
        threads = UPGRADES
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
    page = yield sys.mmap(PAGE)
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
