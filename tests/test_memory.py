"""Words of a process, served by its home kernel."""

import errno
import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PAGE, WORDS, apply, perform

from popcorn_lib import Machine, UsageError, explore, simulate
from popcorn_lib.mechanisms.memory import Memory

AGAIN = settings(derandomize=True, deadline=None, max_examples=40)
KERNELS = pytest.mark.parametrize("kernels", [1, 2, 3])


def run(main, kernels, *args):
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, start=None)
    assert made.residue() == {}
    return made


words = st.integers(-(2**63), 2**64 - 1) | st.integers(-2, 2)
places = st.integers(0, WORDS - 1)
operations = st.one_of(
    st.tuples(st.just("load"), places),
    st.tuples(st.just("store"), places, words),
    st.tuples(st.just("add"), places, words),
    st.tuples(st.just("cas"), places, words, words),
)


def perform_all(sys, todo, tour):
    page = yield sys.mmap(PAGE)
    found = []
    for number, operation in enumerate(todo):
        if tour:
            yield from move(sys, tour[number % len(tour)])
        found.append((yield from perform(sys, page, operation)))
    return tuple(found)


def move(sys, kernel):
    try:
        yield sys.migrate(kernel)
    except OSError as error:
        assert error.errno == errno.EBUSY


@given(st.lists(operations, max_size=12), st.lists(st.sampled_from(["k0", "k1", "k2"]), max_size=3))
@AGAIN
def test_do_words_behave_as_unsigned_numbers_of_64_bits_from_every_kernel(todo, tour):
    state, expected = (0,) * WORDS, []
    for kind, place, *given_words in todo:
        unsigned = [value % 2**64 for value in given_words]
        state, given_back = apply(state, (kind, place, *unsigned))
        expected.append(given_back)
    assert run(perform_all, 3, tuple(todo), tuple(tour)).value == tuple(expected)


@KERNELS
@pytest.mark.parametrize("call", ["load", "store", "cas", "fetch_add"])
@pytest.mark.parametrize(("offset", "number"), [(4, signal.SIGBUS), (PAGE, signal.SIGSEGV)])
def test_what_if_a_touch_is_not_allowed(kernels, call, offset, number):
    def main(sys):
        page = yield sys.mmap(PAGE)
        tid = yield sys.clone(touch, page + offset, on="k1")
        yield sys.join(tid)
        return "survived"

    def touch(sys, address):
        yield getattr(sys, call)(
            address, *{"store": (1,), "cas": (0, 1), "fetch_add": (1,)}.get(call, ())
        )

    made = run(main, kernels)
    assert made.value is None
    assert made.status == number and os.WIFSIGNALED(made.status)


@pytest.mark.parametrize("address", [0, 8, 2**63, 2**80, -8])
def test_is_an_address_outside_every_area_sigsegv(address):
    def main(sys):
        yield sys.load(address)

    assert run(main, 2).status == signal.SIGSEGV


@KERNELS
@pytest.mark.parametrize(
    ("length", "number"),
    [(0, errno.EINVAL), (-1, errno.EINVAL), (-PAGE, errno.EINVAL), (2**48, errno.ENOMEM)],
)
def test_which_mappings_fail(kernels, length, number):
    def main(sys):
        yield from move(sys, "k1")
        try:
            yield sys.mmap(length)
        except OSError as error:
            return error.errno

    assert run(main, kernels).value == number


@given(st.lists(st.integers(1, 5 * PAGE), min_size=1, max_size=6))
@AGAIN
def test_are_areas_apart_aligned_and_full_of_zeros(lengths):
    def main(sys):
        found = []
        for length in lengths:
            start = yield sys.mmap(length)
            for address in range(start, start + length - 7, 8):
                assert (yield sys.fetch_add(address, address)) == 0
            found.append(start)
        return tuple(found)

    starts = run(main, 1).value
    pages = [
        start + offset
        for start, length in zip(starts, lengths, strict=True)
        for offset in range(0, length, PAGE)
    ]
    assert len(pages) == len(set(pages)), "no page belongs to two areas"
    assert all(page % PAGE == 0 and page > 0 for page in pages)


@pytest.mark.parametrize("kernels", [1, 3])
def test_do_two_threads_that_map_at_once_get_different_areas(kernels):
    def main(sys):
        other = yield sys.clone(mapper, on="k1")
        mine = yield sys.mmap(3 * PAGE)
        theirs = yield sys.join(other)
        return abs(mine - theirs) >= 2 * PAGE

    def mapper(sys):
        return (yield sys.mmap(2 * PAGE))

    result = explore(main, Machine.multikernel(kernels, page_size=PAGE))
    assert result.violation is None and result.outcomes == {(True, 0)}


def test_does_a_touch_away_from_home_take_two_messages_and_at_home_none():
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, 1)
        yield sys.migrate("k1")
        for _ in range(3):
            yield sys.fetch_add(page, 1)
        yield sys.migrate("k0")
        return (yield sys.load(page))

    made = run(main, 2)
    assert made.value == 4
    kinds = list(made.messages.kind[made.messages.mechanism == "memory"])
    assert kinds == ["WORD_REQUEST", "WORD_RESPONSE"] * 3


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 1.5, "1", None])
def test_is_what_fits_into_no_word_a_python_error_that_shows_it(value):
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, value)

    for world in (simulate, explore):
        with pytest.raises(UsageError) as caught:
            world(main, Machine.multikernel(2))
        assert repr(value) in str(caught.value) and "yield sys.store" in str(caught.value)


class Hoarding(Memory):
    """Keeps zeros, which the invariant forbids."""

    def _apply(self, pid, operation, address, operands):
        old = super()._apply(pid, operation, address, operands)
        self.words.setdefault(pid, {}).setdefault(address, 0)
        return old


def test_would_the_invariant_see_a_word_that_should_not_be_kept():
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.load(page)

    machine = Machine.multikernel(2).replace(memory=Hoarding)
    assert explore(main, machine).violation.kind == "invariant"
