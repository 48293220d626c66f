"""The ring of slots under every interleaving, and the excerpts that lessons show."""

import re
from itertools import permutations

import pytest

from popcorn_lib import UsageError
from popcorn_lib.tagged import ROOT, protocol
from popcorn_lib.worlds.ring import Rules, explore_ring


@pytest.mark.parametrize("slots", [1, 2, 3])
@pytest.mark.parametrize(("senders", "each"), [(1, 3), (2, 1), (2, 2), (3, 1)])
def test_does_a_careful_ring_lose_or_mix_up_nothing(senders, each, slots):
    seen = explore_ring(senders, each, slots)
    assert seen.complete and not seen.wrong
    ends = {ring.received for ring in seen.parents if len(ring.received) == senders * each}
    assert ends == orders(senders, each), "every order of tickets, and no other, can come out"


def orders(senders, each):
    """Every merge of the senders' messages that keeps each sender's own order."""
    turns = [sender for sender in range(senders) for _ in range(each)]
    merges = set()
    for order in set(permutations(turns)):
        merges.add(tuple((s, order[:n].count(s)) for n, s in enumerate(order)))
    return merges


def test_what_if_a_sender_marks_its_slot_before_it_writes():
    seen = explore_ring(rules=Rules(ready_last=False))
    [(state, wrong)] = seen.wrong.items()
    assert "nothing in it" in wrong
    assert [step.split()[-2] for step in seen.path(state)] == ["ticket", "slot", "slot"]


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_what_if_a_sender_does_not_wait_for_its_slot(slots):
    seen = explore_ring(senders=1, each=slots + 1, slots=slots, rules=Rules(wait_for_slot=False))
    assert seen.wrong, "the message that comes round again falls on one that nobody has taken"
    alone = explore_ring(senders=1, each=slots, slots=slots, rules=Rules(wait_for_slot=False))
    assert not alone.wrong, "as long as every message has a slot of its own, nothing can happen"


def test_is_a_ring_of_no_slots_named():
    with pytest.raises(UsageError, match=r"slots .* not 0"):
        explore_ring(slots=0)


def test_does_an_excerpt_stand_in_its_file_line_by_line():
    files = [*ROOT.glob("mechanisms/**/*.py"), *ROOT.glob("worlds/*.py")]
    tags = re.findall(r"# DOC: (?!end)([^,]+),", "".join(map(read, files)))
    assert len(tags) > 10 and len(tags) == len(set(tags))
    for tag in tags:
        excerpt = protocol(tag)
        lines = [line.strip() for line in read(ROOT / excerpt.file).splitlines()]
        assert all(line.strip() in lines for line in excerpt.text.splitlines()), tag
        assert excerpt.text.startswith(("def ", "while ")), "the head of its function or loop"


def test_is_an_unknown_tag_named_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'migrate 9'; known: .*'migrate 1'"):
        protocol("migrate 9")


def read(path):
    return path.read_text(encoding="utf-8")
