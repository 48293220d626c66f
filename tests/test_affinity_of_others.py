"""A thread that another one sends to other CPUs: it is found, and what it waits for goes on."""

import errno

import pytest
from programs import PAGE

from popcorn_lib import Machine, UsageError, explore, simulate, single_system_image

KERNELS = pytest.mark.parametrize("kernels", [2, 3])


def taken(sys, call):
    """The result of a call, or the name of its error."""
    try:
        return (yield call)
    except OSError as error:
        return errno.errorcode[error.errno]


def sleeper(sys, word):
    yield sys.nanosleep(1e-3)
    return "slept"


def waiter(sys, word):
    return (yield from taken(sys, sys.futex_wait(word, 0)))


def timed_waiter(sys, word):
    return (yield from taken(sys, sys.futex_wait(word, 0, 1e-3)))


def joiner(sys, word):
    return (yield sys.join((yield sys.clone(sleeper, word))))


def parent(sys, word):
    child = yield sys.fork(sleeper, word)
    pid, status = yield sys.wait4()
    return pid == child, status


def toucher(sys, word):
    yield sys.fetch_add(word + 8, 1)
    return (yield sys.fetch_add(word + 8, 1))


def pushed(sys, what, cpus=(0,)):
    """One thread waits somehow on k1, and is sent away meanwhile."""
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(what, word, on="k1")
    for cpu in cpus:
        yield from taken(sys, sys.sched_setaffinity({cpu}, thread))
    yield sys.store(word, 1)
    yield sys.futex_wake(word)
    return (yield sys.join(thread))


WAYS = [sleeper, waiter, timed_waiter, joiner, parent, toucher]


@KERNELS
@pytest.mark.parametrize("what", WAYS, ids=lambda what: what.__name__)
def test_can_a_program_tell_that_its_thread_was_moved_while_it_waited(what, kernels):
    machine = Machine.multikernel(kernels, page_size=PAGE)
    verdict = single_system_image(pushed, (what,), machine=machine, migrations=0)
    assert verdict.holds, verdict


@pytest.mark.parametrize("what", [waiter, toucher], ids=lambda what: what.__name__)
@pytest.mark.parametrize("cpus", [(0, 1), (2, 0), (0, 2, 1)], ids=str)
def test_what_if_it_is_sent_on_before_it_has_arrived(what, cpus):
    machine = Machine.multikernel(3, page_size=PAGE)
    assert single_system_image(pushed, (what, cpus), machine=machine, migrations=0).holds


def test_what_if_it_is_moved_by_explore_too():
    machine = Machine.multikernel(2, page_size=PAGE)
    assert single_system_image(pushed, (waiter,), machine=machine, migrations=1).holds


@KERNELS
@pytest.mark.parametrize("call", ["futex_wait", "nanosleep"])
def test_does_a_timeout_go_on_where_it_stood_when_the_thread_is_moved(kernels, call):
    def sleeps(sys, word):
        before = yield sys.clock_gettime()
        wait = sys.futex_wait(word, 0, 0.1) if call == "futex_wait" else sys.nanosleep(0.1)
        yield from taken(sys, wait)
        return (yield sys.clock_gettime()) - before

    def main(sys):
        word = yield sys.mmap(PAGE)
        thread = yield sys.clone(sleeps, word, on="k1")
        yield sys.nanosleep(0.09)
        yield sys.sched_setaffinity({0}, thread)
        return (yield sys.join(thread))

    assert 0.1 <= simulate(main, Machine.multikernel(kernels, page_size=PAGE)).value < 0.101


@KERNELS
def test_what_if_it_is_killed_on_the_way(kernels):
    def main(sys):
        word = yield sys.mmap(PAGE)
        thread = yield sys.clone(waiter, word, on="k1")
        yield sys.sched_setaffinity({0}, thread)
        yield sys.exit_group(3)

    result = explore(main, Machine.multikernel(kernels, page_size=PAGE))
    assert result.violation is None and result.outcomes == {(None, 3 << 8)}


@KERNELS
def test_is_it_where_it_was_sent_and_does_everybody_read_its_mask(kernels):
    def main(sys):
        word = yield sys.mmap(PAGE)
        thread = yield sys.clone(waits_then_looks, word, on="k1")
        yield sys.sched_setaffinity({kernels - 1}, thread)
        seen = yield sys.sched_getaffinity(thread)
        yield sys.store(word, 1)
        yield sys.futex_wake(word)
        return sorted(seen), (yield sys.join(thread))

    def waits_then_looks(sys, word):
        yield from taken(sys, sys.futex_wait(word, 0))
        return (yield sys.getcpu())

    run = simulate(main, Machine.multikernel(kernels, page_size=PAGE))
    assert run.value == ([kernels - 1], (kernels - 1, kernels - 1))
    assert run.residue() == {}


def test_does_the_request_follow_the_shadows():
    def main(sys):
        word = yield sys.mmap(PAGE)
        thread = yield sys.clone(wanderer, word)
        while (yield sys.load(word)) == 0:
            yield sys.futex_wait(word, 0)
        yield sys.sched_setaffinity({0}, thread)
        yield sys.store(word + 8, 1)
        yield sys.futex_wake(word + 8)
        return (yield sys.join(thread))

    def wanderer(sys, word):
        for kernel in ("k1", "k2", "k3"):
            yield sys.migrate(kernel)
        yield sys.store(word, 1)
        yield sys.futex_wake(word)
        yield from taken(sys, sys.futex_wait(word + 8, 0))
        return (yield sys.getcpu())

    run = simulate(main, Machine.multikernel(4, page_size=PAGE))
    assert run.value == (0, 0)
    hops = run.messages[run.messages.kind == "AFFINITY_REQUEST"]
    assert list(zip(hops.source, hops.destination, strict=True)) == [
        ("k0", "k1"), ("k1", "k2"), ("k2", "k3"),
    ]  # fmt: skip


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_which_threads_does_it_not_find(kernels):
    def main(sys):
        word = yield sys.mmap(PAGE)
        ended = yield sys.clone(toucher, word, on="k1")
        yield sys.join(ended)
        child = yield sys.fork(sleeper, word)
        found = []
        for tid in (7, -1, ended, child):
            found.append((yield from taken(sys, sys.sched_setaffinity({0}, tid))))
            found.append((yield from taken(sys, sys.sched_getaffinity(tid))))
        yield sys.wait4()
        found.append((yield from taken(sys, sys.sched_setaffinity({99}, ended))))
        return found

    run = simulate(main, Machine.multikernel(kernels, page_size=PAGE))
    assert run.value == ["ESRCH"] * 8 + ["EINVAL"]


def test_is_a_tid_that_is_no_number_a_wrong_program():
    def main(sys):
        yield sys.sched_setaffinity({0}, "me")

    with pytest.raises(UsageError, match="'me'"):
        simulate(main, Machine.multikernel(2))
