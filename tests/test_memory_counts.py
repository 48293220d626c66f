"""How many messages does it take? Every row of the tables, measured as what one thing adds."""

import math

import pytest
from memory_programs import together
from oracle import counted
from programs import PAGE

from popcorn_lib import Costs, Machine, simulate

LONG = "REMOTE_PAGE_RESPONSE"


def memory_messages(run):
    return [m for m in run.trace.messages if m.mechanism == "memory"]


def measured(main, kernels, *args, start=None):
    """The memory messages of `main(..., True)` beyond those of `main(..., False)`, and how many
    of them carry a page."""
    machine = Machine.multikernel(kernels, page_size=PAGE)
    counts, pages = [], []
    for really in (False, True):
        run = simulate(main, machine, (*args, really), start=start)
        assert run.residue() == {}
        counts.append(len(memory_messages(run)))
        pages.append(counted(run, "memory")[LONG])
    return counts[1] - counts[0], pages[1] - pages[0]


# ---- pages: popcorn.md 2.4.4, G3 ----------------------------------------------------------------


def page_test(sys, writer, sharers, toucher, call, really):
    """One page, first written on `writer`, then read on `sharers`; then `toucher` touches it."""
    page = yield sys.mmap(PAGE)
    yield sys.store(page, 1)
    everybody = dict.fromkeys((*sharers, writer, toucher))
    for kernel in everybody:  # the area is learnt beforehand, by a touch that fails to need a page
        yield from together(sys, (kernel, learns, page))
    yield from together(sys, (writer, adds, page))
    for kernel in sharers:
        yield from together(sys, (kernel, reads, page))
    if really:
        yield from together(sys, (toucher, reads if call == "load" else adds, page))


def learns(sys, page):
    yield sys.futex_wake(page, 1)


def reads(sys, page):
    assert (yield sys.load(page)) > 0


def adds(sys, page):
    yield sys.fetch_add(page, 1)


def kernels_named(*numbers):
    return tuple(f"k{number}" for number in numbers)


# (what, who has it alone first, who reads it then, who touches it, how, messages, with a page)
ROWS = [
    ("remote read, valid at home", 0, (), 1, "load", 2, 1),
    ("remote read, valid at home and at others", 0, (2, 3), 1, "load", 2, 1),
    ("remote read, exclusive at another remote", 2, (), 1, "load", 4, 2),
    ("remote write, page only at home", 0, (), 1, "add", 2, 1),
    ("remote write, exclusive at another remote", 2, (), 1, "add", 4, 2),
    ("remote write, home and one remote share", 0, (2,), 1, "add", 2 + 2, 1),
    ("remote write, home and two remotes share", 0, (2, 3), 1, "add", 2 + 4, 1),
    ("remote write, home and three remotes share", 0, (2, 3, 4), 1, "add", 2 + 6, 1),
    ("remote upgrade, nobody but home shares", 0, (1,), 1, "add", 2, 0),
    ("remote upgrade, one other remote shares", 0, (1, 2), 1, "add", 2 + 2, 0),
    ("remote upgrade, three other remotes share", 0, (1, 2, 3, 4), 1, "add", 2 + 6, 0),
    ("remote read, there already", 0, (1,), 1, "load", 0, 0),
    ("remote write, exclusive there", 1, (), 1, "add", 0, 0),
    ("home reads, exclusive at a remote", 1, (), 0, "load", 2, 1),
    ("home writes, exclusive at a remote", 1, (), 0, "add", 2, 1),
    ("home writes, one sharer", 0, (1,), 0, "add", 2, 0),
    ("home writes, four sharers", 0, (1, 2, 3, 4), 0, "add", 8, 0),
    ("home writes what it has alone", 0, (), 0, "add", 0, 0),
    ("home reads what others read too", 0, (1, 2), 0, "load", 0, 0),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_takes_a_touch_as_many_messages_as_the_table_says(row):
    _, writer, sharers, toucher, call, messages, pages = row
    args = (f"k{writer}", kernels_named(*sharers), f"k{toucher}", call)
    assert measured(page_test, 5, *args) == (messages, pages)


def test_does_a_retry_cost_two_messages_more():
    """Two upgrades at once: whoever comes second is told to come again."""

    def main(sys, both):
        page = yield sys.mmap(PAGE)
        for _ in range(2):
            yield from together(sys, ("k1", reads_any, page), ("k2", reads_any, page))
        starts = [("k1", waits_and_adds, page), ("k2", waits_and_adds, page)]
        yield from together(sys, *starts[: 1 + both])

    def waits_and_adds(sys, page):
        yield sys.nanosleep(1e-3)
        yield sys.fetch_add(page, 1)

    def reads_any(sys, page):
        yield sys.load(page)

    machine = Machine.multikernel(3, page_size=PAGE)
    at_once = Costs(thread_s=0)
    run = simulate(main, machine, (True,), costs=at_once)
    retries = [m for m in memory_messages(run) if "what=retry" in m.text]
    alone = simulate(main, machine, (False,), costs=at_once)
    # k2 has lost its copy meanwhile: a write of what is exclusive elsewhere, 4, and its retries
    extra = len(memory_messages(run)) - len(memory_messages(alone))
    assert retries and extra == 4 + 2 * len(retries)


# ---- areas: popcorn.md 2.3.3 --------------------------------------------------------------------


def area_test(sys, visited, on, what, really):
    """The kernels `visited` have seen the process; then a thread on `on` does one thing."""
    page = yield sys.mmap(PAGE)
    for kernel in visited:
        yield from together(sys, (kernel, passes))
    doing = (what, page) if really else (passes,)
    yield from together(sys, (on, *doing))


def passes(sys):
    yield sys.gettid()


def maps(sys, page):
    yield sys.mmap(PAGE)


def unmaps(sys, page):
    yield sys.munmap(page, PAGE)


def protects(sys, page):
    yield sys.mprotect(page, PAGE, 1)


def misses(sys, page):
    yield sys.futex_wake(page, 1)  # the word is looked up; asking home about it is futex traffic


@pytest.mark.parametrize("others", range(1, 5))
def test_how_many_messages_does_a_change_of_the_layout_take(others):
    visited = kernels_named(*range(1, others + 1))
    cases = [
        ("k1", misses, 2),
        ("k1", maps, 2),
        ("k1", unmaps, 2 + 2 * (others - 1)),
        ("k1", protects, 2 + 2 * (others - 1)),
        ("k0", misses, 0),
        ("k0", maps, 0),
        ("k0", unmaps, 2 * others),
        ("k0", protects, 2 * others),
    ]
    for on, what, messages in cases:
        assert measured(area_test, 5, visited, on, what) == (messages, 0), (on, what)


def test_does_an_area_that_is_known_cost_nothing_more_whichever_thread_touches_it():
    def main(sys, really):
        pages = yield sys.mmap(3 * PAGE)
        yield from together(sys, ("k1", misses, pages))
        for number in range(3) if really else ():
            yield from together(sys, ("k1", misses, pages + number * PAGE))

    assert measured(main, 2) == (0, 0)


def test_does_neither_a_clone_nor_a_migration_carry_the_layout():
    def main(sys, really):
        yield sys.mmap(PAGE)
        if really:
            yield from together(sys, ("k1", passes))
            yield sys.migrate("k2")
            yield sys.migrate("k0")

    assert measured(main, 3) == (0, 0)


def test_is_an_area_of_ones_own_call_known_without_a_question():
    def main(sys, really):
        yield from together(sys, ("k1", maps_and_touches, really))

    def maps_and_touches(sys, really):
        page = yield sys.mmap(PAGE)
        if really:
            yield sys.store(page, 1)

    assert measured(main, 2) == (2, 1), "a page, and no question about the area"


# ---- many bytes, many kernels -------------------------------------------------------------------


@pytest.mark.parametrize("page_size", [64, 4096])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_do_bulk_bytes_cost_one_fault_a_page_and_a_page_its_size(page_size, count):
    def main(sys):
        base = yield sys.mmap((count + 1) * page_size)
        yield sys.store_bytes(base, b"x" * (count + 1) * page_size)
        yield sys.migrate("k1")
        return (yield sys.load_bytes(base + 3, count * page_size - 3))

    run = simulate(main, Machine.multikernel(2, page_size=page_size))
    assert run.value == b"x" * (count * page_size - 3)
    kinds = counted(run, "memory")
    assert kinds["REMOTE_PAGE_REQUEST"] == kinds[LONG] == count
    table = run.messages
    sizes = table.bytes[table.kind == LONG]
    assert (sizes >= page_size).all() and not sizes.isna().any()
    assert (table.bytes[table.kind != LONG] >= 64).all()


def test_does_one_kernel_say_nothing_to_itself():
    def main(sys):
        page = yield sys.mmap(2 * PAGE)
        yield sys.store_bytes(page, b"y" * 2 * PAGE)
        yield sys.mprotect(page, PAGE, 1)
        child = yield sys.fork(reads_text, page)
        yield sys.munmap(page, PAGE)
        return (yield sys.wait4(child))[1]

    def reads_text(sys, page):
        assert (yield sys.load_bytes(page, 2 * PAGE)) == b"y" * 2 * PAGE

    run = simulate(main, Machine.smp(2, page_size=PAGE))
    assert (run.value, len(run.messages)) == (0, 0)


@pytest.mark.parametrize("pages", [0, 1, 3])
def test_does_a_fork_elsewhere_fetch_each_touched_page_once(pages):
    def main(sys, really):
        base = yield sys.mmap(8 * PAGE)
        for number in range(pages):
            yield sys.store(base + number * PAGE, 1)
        yield from together(sys, ("k1", forks if really else passes))

    def forks(sys):
        yield sys.wait4((yield sys.fork(passes)))

    # asked, told, acknowledged: 3; each page 2
    assert measured(main, 2) == (3 + 2 * pages, pages)


@pytest.mark.parametrize(("areas", "pages"), [(3, 3), (32, 0), (33, 0), (1, 256), (66, 257)])
def test_is_a_long_layout_told_in_parts(areas, pages):
    def main(sys, really):
        for number in range(areas):
            place = (1 << 20) + 1024 * PAGE * number
            yield sys.mmap(1000 * PAGE, addr=place)
        for number in range(pages):
            yield sys.store((1 << 20) + number * PAGE, number + 1)
        yield from together(sys, ("k1", forks, pages) if really else ("k1", passes))

    def forks(sys, pages):
        child = yield sys.fork(reads_all, pages)
        assert (yield sys.wait4(child))[1] == 0

    def reads_all(sys, pages):
        for number in range(pages):
            assert (yield sys.load((1 << 20) + number * PAGE)) == number + 1

    parts = max(1, math.ceil(areas / 32), math.ceil(pages / 256))
    assert measured(main, 2) == (2 + parts + 2 * pages, pages)
