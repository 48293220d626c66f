"""The claim as a check: it holds for right programs and finds a wrong mechanism."""

import pytest
from programs import MESSAGE_PASSING, PAGE, STORE_BUFFERING, litmus

from popcorn_lib import Machine, explore, single_system_image
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.mechanisms.threads import Threads

TWO = Machine.multikernel(2, page_size=PAGE)


def counter(sys, on="k1"):
    page = yield sys.mmap(PAGE)
    tid = yield sys.clone(add, page, on=on)
    mine = yield sys.fetch_add(page, 1)
    return mine, (yield sys.join(tid)), (yield sys.load(page))


def add(sys, page):
    return (yield sys.fetch_add(page, 1))


def where_am_i(sys):
    return (yield sys.join((yield sys.clone(maker, on="k1"))))


def maker(sys):
    tid = yield sys.clone(idle)
    return tid >> 15 & 1


def idle(sys):
    yield sys.gettid()


@pytest.mark.parametrize(("kernels", "migrations"), [(1, 1), (2, 0), (2, 1), (3, 1)])
def test_does_the_claim_hold_for_a_program_that_keeps_place_out_of_its_value(kernels, migrations):
    verdict = single_system_image(counter, ("k0",), kernels=kernels, migrations=migrations)
    assert verdict.holds and verdict.complete
    assert verdict.witness is None and not verdict.strange
    assert verdict.outcomes == verdict.reference == {((0, 1, 2), 0), ((1, 0, 2), 0)}
    assert "holds" in repr(verdict)


@pytest.mark.parametrize("threads", [STORE_BUFFERING, MESSAGE_PASSING])
def test_does_the_claim_hold_for_litmus_tests(threads):
    assert single_system_image(litmus, (threads, ("k1", "k0")), machine=TWO).holds


def deadlocks(sys):
    yield sys.join((yield sys.clone(waits_for, (yield sys.gettid()), on="k1")))


def waits_for(sys, tid):
    yield sys.join(tid)


def crashes(sys):
    yield sys.gettid()
    raise ValueError("always")


@pytest.mark.parametrize(("main", "kind"), [(deadlocks, "deadlock"), (crashes, "crash")])
def test_are_deadlock_and_crash_outcomes_on_both_sides(main, kind):
    verdict = single_system_image(main, machine=TWO, migrations=0)
    assert verdict.holds, "one kernel does the same"
    assert verdict.outcomes == verdict.reference == frozenset()
    assert explore(main, Machine.smp(2)).violation.kind == kind


class Stale(Memory):
    """A kernel answers loads from what it has seen, and asks home only the first time."""

    state = Memory.state | {"seen": dict}

    def sys_load(self, tid, address):
        if address in self.seen:
            self.kernel.resume(tid, self.seen[address])
        else:
            super().sys_load(tid, address)

    def sys_store(self, tid, address, value):
        pid = self.kernel["threads"].tasks[tid].pid
        if self.kernel.home_of(pid) != self.kernel.name:
            self.seen[address] = value
        super().sys_store(tid, address, value)

    def exited(self, pid):
        super().exited(pid)
        self.seen.clear()


def test_is_a_stale_word_found_with_a_witness():
    machine = TWO.replace(memory=Stale)

    def main(sys):
        page = yield sys.mmap(PAGE)
        tid = yield sys.clone(writer, page, on="k1")
        yield sys.fetch_add(page, 5)
        return (yield sys.join(tid)), (yield sys.load(page))

    def writer(sys, page):
        yield sys.store(page, 1)
        yield sys.gettid()
        first = yield sys.fetch_add(page, 0)
        return first, (yield sys.load(page))

    verdict = single_system_image(main, machine=machine, migrations=0)
    assert not verdict.holds
    (first, second), _ = verdict.strange[0][0]
    assert first == 6 and second == 1, "the word went back in time"
    events = verdict.witness.events
    assert events[0].name == "boot" and events[-1].name != "boot"
    assert single_system_image(main, machine=TWO, migrations=0).holds


class Deaf(Threads):
    """Forgets a joiner that is on another kernel."""

    def on_join_request(self, source, message):
        if source == self.kernel.name:
            super().on_join_request(source, message)


def test_is_a_deadlock_that_one_kernel_cannot_have_found():
    def main(sys):
        yield sys.join((yield sys.clone(rest)))

    def rest(sys):
        yield sys.gettid()

    machine = TWO.replace(threads=Deaf)
    assert single_system_image(main, machine=machine, migrations=0).holds, "it stays where it is"
    verdict = single_system_image(main, machine=machine, migrations=1)
    assert not verdict.holds and verdict.strange == ["deadlock"]
    assert any(event.name == "JOIN_REQUEST" for event in verdict.witness.events)


def test_can_a_program_that_looks_at_its_ids_tell():
    verdict = single_system_image(where_am_i, machine=TWO, migrations=0)
    assert not verdict.holds, "ids are outside the claim, and this is why"
    assert (verdict.outcomes, verdict.reference) == ({(1, 0)}, {(0, 0)})


def test_is_a_search_that_was_cut_no_proof():
    verdict = single_system_image(counter, machine=TWO, max_states=10)
    assert not verdict.holds and not verdict.complete
    assert not verdict.strange and verdict.witness is None
    assert "cut" in repr(verdict)


@pytest.mark.parametrize(
    ("given", "word"), [({"kernels": 0}, "0"), ({"migrations": -2}, "-2"), ({"machine": 7}, "7")]
)
def test_does_it_name_what_it_cannot_take(given, word):
    with pytest.raises((ValueError, TypeError, RuntimeError), match=word):
        single_system_image(add, (0,), **given)
