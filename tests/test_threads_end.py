"""How threads and processes end, in every interleaving."""

import pytest
from programs import PAGE, joined, leave, outcomes, visit

from popcorn_lib import Machine, explore, simulate

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (3, 0), (3, 1)])


def hop(sys, *kernels):
    """Visit kernels; the value is the thread's id."""
    for kernel in kernels:
        yield from visit(sys, kernel)
    return (yield sys.gettid())


@WHERE
def test_can_two_last_threads_on_two_kernels_miss_each_other(kernels, migrations):
    def main(sys):
        yield sys.clone(leave, 1, on="k1")
        yield sys.clone(leave, 2, on="k2")
        yield sys.exit(5)

    assert outcomes(main, kernels, migrations=migrations) == {(None, 5 << 8)}


def in_flight(sys):
    yield sys.clone(hop, "k2", "k0", on="k1")


def in_join(sys):
    yield sys.clone(joined, (yield sys.gettid()), on="k1")


def in_load(sys):
    page = yield sys.mmap(PAGE)
    yield sys.clone(look, page, on="k1")


def look(sys, page):
    for _ in range(2):
        yield sys.load(page)


def asleep(sys):
    yield sys.clone(sleeper, on="k1")


def sleeper(sys):
    yield sys.nanosleep(5)


def in_a_circle(sys):
    me = yield sys.gettid()
    other = yield sys.clone(joined, me, on="k1")
    yield sys.clone(joined, other, on="k2")


@pytest.mark.parametrize("main", [in_flight, in_join, in_load, asleep, in_a_circle])
@WHERE
def test_what_if_main_returns_while_another_thread_is(main, kernels, migrations):
    assert outcomes(main, kernels, migrations=migrations) == {(None, 0)}


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_does_main_return_kill_one_that_polls_a_word(kernels):
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.clone(poll, page, on="k1")
        yield sys.nanosleep(1e-4)
        return "done"

    def poll(sys, page):
        while not (yield sys.load(page)):
            pass

    made = simulate(main, Machine.multikernel(kernels), max_seconds=1)
    assert made.residue() == {}
    assert (made.value, made.status) == ("done", 0)


@WHERE
def test_what_if_the_first_thread_ends_and_others_go_on(kernels, migrations):
    def main(sys):
        yield sys.clone(hop, "k2", "k0", on="k1")
        yield sys.exit(6)

    assert outcomes(main, kernels, migrations=migrations) == {(None, 6 << 8)}


@WHERE
def test_may_an_id_be_used_again_while_news_of_its_first_owner_is_on_the_way(kernels, migrations):
    def main(sys):
        ids = set()
        for _ in range(2):
            tid = yield sys.clone(hop, "k2", on="k1")
            ids.add((yield sys.join(tid)))
        return len(ids)

    found = outcomes(main, kernels, migrations=migrations)
    assert (1, 0) in found, "the id was used twice"
    assert found <= {(1, 0), (2, 0)}


@pytest.mark.parametrize("kernels", [1, 3])
def test_which_of_several_exits_wins(kernels):
    def main(sys):
        for status in (1, 2):
            yield sys.clone(end, status, on=f"k{status}")
        return "main"

    def end(sys, status):
        yield sys.exit_group(status)

    assert outcomes(main, kernels) == {("main", 0), (None, 1 << 8), (None, 2 << 8)}


def test_what_if_the_pairing_arrives_after_the_thread_has_ended():
    def main(sys):
        tid = yield sys.clone(hop, "k2", on="k1")
        return (yield sys.join(tid)) and "joined"

    seen = []

    def watch(views):
        for view in views.values():
            for task in view.threads.tasks.values():
                seen.extend(news.kind for _, news in task.held if task.status == "leaving")

    machine = Machine.multikernel(3, page_size=PAGE)
    result = explore(main, machine, migrations=1, invariants=[watch])
    assert result.violation is None and result.outcomes == {("joined", 0)}
    assert "EXIT_PROCESS" in seen, "the news has waited for the pairing"
