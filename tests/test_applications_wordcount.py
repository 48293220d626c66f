"""A word count: is every word counted once, wherever parts end, on every machine?"""

import re
from collections import Counter

import pytest
from application_programs import EVERYWHERE, LIKE, MACHINES, ran
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Machine, simulate
from popcorn_lib.applications import wordcount
from popcorn_lib.applications.traffic import Counting
from popcorn_lib.errors import UsageError


def by_counter(text):
    """The same by Python's own means: everything that is no letter becomes a space."""
    letters = "".join(c.lower() if c.isalnum() or c == "_" else " " for c in text)
    return tuple(sorted((word.encode(), many) for word, many in Counter(letters.split()).items()))


WAYS = pytest.mark.parametrize("merge", ["memory", "pipes"])


@EVERYWHERE
@WAYS
def test_is_every_word_counted_on_every_machine(machine, merge):
    text = wordcount.made_up(30_000, seed=2)
    counts = ran(wordcount.main, machine, machine.kernels, text, merge)
    assert counts == by_counter(text.decode()) and len(counts) > 500


TEXTS = st.text(st.sampled_from("aaBB7_ \n.,-'é"), max_size=60)


@given(
    TEXTS,
    st.lists(st.sampled_from(["k0", "k1", "k2"]), min_size=1, max_size=5),
    st.sampled_from(["memory", "pipes"]),
    st.lists(st.integers(0, 9), min_size=5, max_size=5),
)
@settings(max_examples=60)
def test_is_every_word_counted_once_wherever_parts_end(text, places, merge, weights):
    weights = [1 + weights[0], *weights[1:]][: len(places)]
    machine = Machine.multikernel(3)
    assert ran(wordcount.main, machine, places, text.encode(), merge, weights) == by_counter(text)


@WAYS
@pytest.mark.parametrize("length", [63, 64, 65, 200, 70_000])
def test_what_if_a_word_is_longer_than_the_parts(length, merge):
    text = b"a " + b"w" * length + b" a"
    counts = ran(wordcount.main, LIKE["4 kernels"], ["k0", "k1", "k2", "k3"], text, merge)
    assert counts == ((b"a", 2), (b"w" * length, 1))


def test_what_if_nobody_looks_at_what_lies_before_its_part(monkeypatch):
    def cut(sys, text, start, stop):
        part = yield from wordcount.bytes_of(sys, text, start, stop)
        return wordcount.WORD.findall(part.lower())

    monkeypatch.setattr(wordcount, "words_of", cut)
    text = b"one two three four"
    assert ran(wordcount.main, LIKE["2 kernels"], ["k0", "k1"], text) != by_counter(text.decode())


def test_does_each_page_of_text_move_once_but_for_borders():
    text, counting = wordcount.made_up(64 * 4096), Counting(LIKE["4 kernels"])
    ran(wordcount.main, counting, counting.kernels, text, "pipes")
    moved = counting.traffic[1]
    assert 48 <= moved <= 48 + 12, "three of four parts, and barriers, borders and the like"


def test_do_unlike_kernels_end_sooner_if_the_faster_has_more_to_do():
    machine, text = MACHINES["xeon+phi"], wordcount.made_up(1 << 18)
    nodes = machine.graph.nodes
    speeds = [nodes[name]["clock_hz"] * nodes[name]["int_per_cycle"] for name in machine.kernels]
    alike, dealt = (
        simulate(wordcount.main, machine, (machine.kernels, text, "pipes", weights), trace=False)
        for weights in (None, speeds)
    )
    assert dealt.value == alike.value and dealt.seconds < alike.seconds


def test_is_a_made_up_text_a_text():
    text = wordcount.made_up(100_000, seed=4)
    assert len(text) == 100_000 and text == wordcount.made_up(100_000, seed=4)
    assert re.fullmatch(rb"([a-z]+[ \n])*[a-z]*", text)
    first, second, *_ = (many for _, many in Counter(text.split()).most_common())
    assert 1.3 < first / second < 3, "the first of Zipf's law is twice as frequent as the second"


def test_what_if_ways_weights_or_places_are_wrong():
    machine = LIKE["1 kernels"]
    with pytest.raises(UsageError, match="way to merge 'post'; known: 'memory', 'pipes'"):
        ran(wordcount.main, machine, ["k0"], b"", "post")
    for weights in ([1], [0, 0], [2, -1]):
        with pytest.raises(UsageError, match=re.escape(repr(weights))):
            ran(wordcount.main, machine, ["k0", "k0"], b"", weights=weights)
    with pytest.raises(UsageError, match="0 places, one or more"):
        ran(wordcount.main, machine, [], b"")
