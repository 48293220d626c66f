"""Words and bytes of a process, from whichever kernel they are touched."""

import errno
import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PAGE, WORDS, apply, perform

from popcorn_lib import Machine, UsageError, explore, simulate

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
    [(0, errno.EINVAL), (-1, errno.ENOMEM), (-PAGE, errno.ENOMEM), (2**48, errno.ENOMEM)],
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


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 1.5, "1", None])
def test_is_what_fits_into_no_word_a_python_error_that_shows_it(value):
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, value)

    for world in (simulate, explore):
        with pytest.raises(UsageError) as caught:
            world(main, Machine.multikernel(2))
        assert repr(value) in str(caught.value) and "yield sys.store" in str(caught.value)


@pytest.mark.parametrize("count", [-1, -PAGE])
def test_is_a_negative_number_of_bytes_a_python_error(count):
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.load_bytes(page, count)

    with pytest.raises(UsageError, match=str(count)):
        run(main, 2)


@KERNELS
def test_are_no_bytes_nowhere_harmless(kernels):
    def main(sys):
        yield from move(sys, "k1")
        return (yield sys.load_bytes(8, 0)), (yield sys.store_bytes(8, b""))

    assert run(main, kernels).value == (b"", None)


@given(
    st.lists(st.tuples(st.integers(0, 3 * PAGE - 1), st.binary(max_size=2 * PAGE)), max_size=5),
    st.lists(st.sampled_from(["k0", "k1", "k2"]), min_size=1, max_size=3),
)
@AGAIN
def test_do_bytes_lie_where_they_were_stored_from_every_kernel(writes, tour):
    def main(sys):
        base = yield sys.mmap(5 * PAGE)
        for number, (place, data) in enumerate(writes):
            yield from move(sys, tour[number % len(tour)])
            yield sys.store_bytes(base + place, data)
        yield from move(sys, tour[-1])
        return (yield sys.load_bytes(base, 5 * PAGE))

    expected = bytearray(5 * PAGE)
    for place, data in writes:
        expected[place : place + len(data)] = data
    assert run(main, 3).value == expected


@KERNELS
@pytest.mark.parametrize("call", ["load_bytes", "store_bytes"])
def test_do_bytes_that_leave_the_area_end_in_sigsegv(kernels, call):
    def main(sys):
        page = yield sys.mmap(2 * PAGE)
        yield from move(sys, "k1")
        what = PAGE if call == "load_bytes" else b"z" * PAGE
        yield getattr(sys, call)(page + PAGE, what)
        yield getattr(sys, call)(page + PAGE + 1, what)

    assert run(main, kernels).status == signal.SIGSEGV


@pytest.mark.parametrize("kernels", [1, 2])
def test_may_others_come_between_two_pages_of_bulk_bytes(kernels):
    def main(sys):
        pages = yield sys.mmap(2 * PAGE)
        other = yield sys.clone(writer, pages + PAGE - 1, on="k1")
        seen = yield sys.load_bytes(pages + PAGE - 1, 2)
        yield sys.join(other)
        return seen

    def writer(sys, address):
        yield sys.store_bytes(address, b"ab")

    found = explore(main, Machine.multikernel(kernels, page_size=PAGE))
    assert found.violation is None
    assert {value for value, _ in found.outcomes} == {b"\0\0", b"a\0", b"ab", b"\0b"}


@pytest.mark.parametrize("page_size", [64, 1 << 12, 1 << 17, 1 << 20])
def test_is_a_mapping_aligned_to_pages_of_every_size(page_size):
    def main(sys):
        first = yield sys.mmap(1)
        second = yield sys.mmap(page_size)
        yield sys.store(second + page_size - 8, 3)
        yield sys.munmap(first, 1)
        third = yield sys.mmap(2)
        return first % page_size, second - first, third - first

    made = simulate(main, Machine.multikernel(2, page_size=page_size))
    assert made.value == (0, page_size, 0)
