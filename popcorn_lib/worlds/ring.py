"""The ring of slots, opened up: every interleaving of several senders and one receiver.

The idea.  A sender draws a ticket (fetch-and-add on `head`), waits until the slot of its ticket is
empty again, writes the message and then marks the slot as ready.  The receiver takes slots in
order: it waits for the mark, copies the message out, clears the mark and moves `tail` on.

Invariant.  What has been received of each sender is what it has sent, in order, without a gap.

Source.  Popcorn Linux, pcn_kmsg.c: ring_put and the bottom half.  Real slots are cache lines and
the steps below are single stores; `link.py` is the same ring with costs, for whole simulations.
"""

from typing import NamedTuple

from popcorn_lib.errors import UsageError
from popcorn_lib.worlds.search import search

EMPTY = None


class Slot(NamedTuple):
    """One cache line: the message in it, and whether the receiver may take it."""

    message: object = EMPTY
    ready: bool = False


class Sender(NamedTuple):
    """What one sender is at: how many messages it has sent, its ticket, its stores."""

    sent: int = 0
    ticket: object = None
    written: bool = False  # the first of its two stores is done


class Ring(NamedTuple):
    """One state: the next ticket, the next slot to take, the slots, the senders, what came out."""

    head: int
    tail: int
    slots: tuple
    senders: tuple
    received: tuple


class Rules(NamedTuple):
    """How carefully senders behave; each rule can be broken."""

    wait_for_slot: bool = True  # do not write into a slot that has not been taken
    ready_last: bool = True  # write the message before marking the slot as ready


def explore_ring(senders=2, each=2, slots=2, rules=None, stop=True):
    """Search every interleaving; returns the `Search`.

    senders: how many; each: messages per sender; slots: size of the ring.  Raises UsageError if
    one of them is no whole number of 1 or more.
    """
    for name, value in (("senders", senders), ("each", each), ("slots", slots)):
        if not isinstance(value, int) or value < 1:
            raise UsageError(f"{name} must be a whole number of 1 or more, not {value!r}")
    rules = rules or Rules()
    first = Ring(0, 0, (Slot(),) * slots, (Sender(),) * senders, ())
    return search(
        first,
        lambda ring: steps(ring, each, rules),
        lambda ring: broken(ring, each, rules),
        stop=stop,
    )


def steps(ring, each, rules):
    """Every step that can be next: (what happens, the ring after it)."""
    for number, sender in enumerate(ring.senders):
        if sender.ticket is None:
            if sender.sent < each:
                yield f"sender {number} draws ticket {ring.head}", _draw(ring, number)
        elif sender.written or not rules.wait_for_slot or _is_empty(ring, sender.ticket):
            yield _store(ring, number, rules)
    slot = ring.slots[ring.tail % len(ring.slots)]
    if slot.ready:
        yield f"the receiver takes slot {ring.tail % len(ring.slots)}", _take(ring, slot)


def _is_empty(ring, ticket):
    """Whether the slot of a ticket has been taken by the receiver since its last use."""
    return ticket < ring.tail + len(ring.slots)


def _draw(ring, number):
    sender = ring.senders[number]._replace(ticket=ring.head)
    return ring._replace(head=ring.head + 1, senders=_with(ring.senders, number, sender))


def _store(ring, number, rules):
    """One of a sender's two stores, the message and the mark: (what happens, the ring after it)."""
    sender = ring.senders[number]
    place = sender.ticket % len(ring.slots)
    if sender.written != rules.ready_last:  # the message goes first where the rule is kept
        slot, what = ring.slots[place]._replace(message=(number, sender.sent)), "writes"
    else:
        slot, what = ring.slots[place]._replace(ready=True), "marks"
    done = Sender(sender.sent + 1) if sender.written else sender._replace(written=True)
    slots, senders = _with(ring.slots, place, slot), _with(ring.senders, number, done)
    return f"sender {number} {what} slot {place}", ring._replace(slots=slots, senders=senders)


def _take(ring, slot):
    place = ring.tail % len(ring.slots)
    slots = _with(ring.slots, place, Slot())
    return ring._replace(tail=ring.tail + 1, slots=slots, received=(*ring.received, slot.message))


def broken(ring, each, rules):
    """None, or what is wrong: a gap, a doubled or foreign message, a message that never comes."""
    for number in range(len(ring.senders)):
        mine = [what for what in ring.received if what is not EMPTY and what[0] == number]
        if mine != [(number, place) for place in range(len(mine))]:
            return f"of sender {number} came {[place for _, place in mine]}"
    if EMPTY in ring.received:
        return "the receiver took a slot with nothing in it"
    if not any(steps(ring, each, rules)) and len(ring.received) < each * len(ring.senders):
        lost = each * len(ring.senders) - len(ring.received)
        return f"nothing can happen any more and {lost} messages are missing"
    return None


def _with(items, place, item):
    return (*items[:place], item, *items[place + 1 :])
