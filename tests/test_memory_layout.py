"""Changes of the layout in every order with touches and forks elsewhere."""

import signal
from mmap import PROT_READ

import pytest
from memory_programs import (
    ANON,
    FLAGS,
    PLACES,
    RW,
    SHARED,
    holds,
    together,
    touches,
    tried,
    unmaps,
)
from programs import PAGE

from popcorn_lib import Machine, single_system_image
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.syscalls import MAP_FIXED, MAP_FIXED_NOREPLACE

TOUCH = pytest.mark.parametrize("call", ["load", "store", "fetch_add"])


# ---- somebody changes what somebody else uses ---------------------------------------------------


def changes(sys, change, flags, places, call):
    """One thread changes the layout of a page that holds 5 while another touches it."""
    page = yield sys.mmap(PAGE, RW, flags)
    yield sys.store(page, 5)
    one = (places[0], change, page, flags)
    return (yield from together(sys, one, (places[1], touches, page, call)))


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
        fatal = change in (unmaps, unmaps_and_maps)
        fatal |= change is protects_and_back and call == "store"
        assert ((None, signal.SIGSEGV) in found) == fatal


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
    value, _ = yield from together(sys, ("k2", touches, page, "load"), (None, unmaps, page, SHARED))
    yield sys.exit(100 + value[0])


def test_is_the_number_of_an_object_free_only_when_no_kernel_believes_in_it():
    assert holds(maps_another) == {((100, 9), 0), ((int(signal.SIGSEGV), 9), 0)}


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
    verdict = single_system_image(replaced_and_looked_at, (ANON,), machine=machine, migrations=0)
    assert not verdict.holds and verdict.strange
