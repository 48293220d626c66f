"""The links between kernels, alone: order, slots, chunks and priorities."""

import math
import random
from collections import defaultdict
from heapq import heappop
from itertools import count, pairwise
from typing import NamedTuple

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Costs, Machine
from popcorn_lib.messages import HIGH, LINE, NORMAL, message
from popcorn_lib.worlds.link import Links

AGAIN = settings(derandomize=True, deadline=None, max_examples=60)
SIZES = (LINE, 200, 1000, 127 * 60)


def parcel(priority, size):
    """A kind of message of one class and one size."""

    @message("post", priority=priority, size=size)
    class PARCEL(NamedTuple):
        number: int

    return PARCEL


PARCELS = {(p, size): parcel(p, size) for p in (HIGH, NORMAL) for size in SIZES}


def deliver(machine, costs, sends, handler=1000):
    """What arrives of (time, source, destination, message): rows (time, kernel, source, message).

    Times in nanoseconds; the links run alone, without kernels.
    """
    heap, rows, rings = [], [], []

    def handle(now, kernel, source, parcel, index):
        rows.append((now, kernel, source, parcel))
        return now + handler

    def ring(now, window):
        assert 0 <= window.free <= costs.ring_slots
        rings.append((now, window.name, window.free, len(window.backlog)))

    links = Links(machine, costs, heap, count(), handle, ring)
    todo = sorted(sends, key=lambda send: send[0])
    while heap or todo:
        if todo and (not heap or todo[0][0] <= heap[0][0]):
            links.send(*todo.pop(0))
        else:
            now, _, function, first, second = heappop(heap)
            function(now, first, second)
    assert all(window.free == costs.ring_slots for window in links.windows.values())
    return rows, rings


traffic = st.lists(
    st.tuples(
        st.integers(0, 20_000),
        st.sampled_from([("k0", "k1"), ("k2", "k1"), ("k1", "k0"), ("k0", "k2")]),
        st.sampled_from(list(PARCELS)),
    ),
    max_size=40,
)
all_costs = st.builds(
    Costs,
    ring_slots=st.integers(1, 12),
    notify=st.sampled_from(["poll", "interrupt"]),
    chunk_s=st.sampled_from([0, 48e-9, 1e-6]),
    interrupt_s=st.sampled_from([0, 1.6e-6]),
)
ways = st.builds(
    dict, latency_s=st.sampled_from([0, 1.4e-7, 5e-6]), bandwidth_bps=st.sampled_from([0, 1e8])
)


@given(traffic, all_costs, ways, st.sampled_from([0, 1, 700, 5000]))
@AGAIN
def test_is_nothing_lost_doubled_or_overtaken_whatever_the_ring(traffic, costs, way, handler):
    sends = [
        (when, *pair, PARCELS[kind](number)) for number, (when, pair, kind) in enumerate(traffic)
    ]
    rows, _ = deliver(Machine.multikernel(3, **way), costs, sends, handler)
    sent, handled = defaultdict(list), defaultdict(list)
    for _, source, destination, parcel in sorted(sends, key=lambda send: send[0]):
        sent[source, destination, parcel.priority].append(parcel)
    for _, kernel, source, parcel in rows:
        handled[source, kernel, parcel.priority].append(parcel)
    assert handled == sent
    began = {parcel.number: when for when, _, _, parcel in sends}
    for when, *_, parcel in rows:
        assert when - began[parcel.number] >= math.floor(way["latency_s"] * 1e9)


@pytest.mark.parametrize("slots", [1, 3, 64])
def test_does_no_message_arrive_sooner_than_its_own_bytes_take_on_the_link(slots):
    """Also where it is sent in parts, because the ring is full."""
    machine = Machine.multikernel(2, latency_s=0, bandwidth_bps=1e8)
    sends = [(0, "k0", "k1", PARCELS[NORMAL, LINE](0)), (0, "k0", "k1", PARCELS[NORMAL, 200](1))]
    rows, _ = deliver(machine, Costs(ring_slots=slots, chunk_s=0), sends)
    assert rows[1][0] >= 200 * 8 / 1e8 * 1e9


@given(traffic, all_costs, st.sampled_from([1, 700, 5000]))
@AGAIN
def test_does_a_kernel_handle_one_message_at_a_time(traffic, costs, handler):
    sends = [(when, *pair, PARCELS[kind](i)) for i, (when, pair, kind) in enumerate(traffic)]
    rows, _ = deliver(Machine.multikernel(3), costs, sends, handler)
    for kernel in ("k0", "k1", "k2"):
        times = [row[0] for row in rows if row[1] == kernel]
        assert all(b - a >= handler for a, b in pairwise(times))


def test_are_high_messages_handled_first_when_both_wait():
    short, urgent = PARCELS[NORMAL, LINE], PARCELS[HIGH, LINE]
    sends = [(0, "k0", "k1", short(0))]
    sends += [(1 + i, "k0", "k1", short(i)) for i in range(1, 4)]
    sends += [(10, "k2", "k1", urgent(9))]
    rows, _ = deliver(Machine.multikernel(3), Costs(), sends, handler=10_000)
    assert [parcel.number for *_, parcel in rows] == [0, 9, 1, 2, 3]


@given(st.integers(1, 127 * 60))
@AGAIN
def test_does_a_long_message_take_a_slot_for_every_sixty_bytes(size):
    kind = parcel(NORMAL, size)
    links = Links(Machine.multikernel(2), Costs(), [], count(), None)
    chunks = 1 if size <= LINE else math.ceil(size / 60)
    assert links.chunks_of(kind(0)) == chunks
    rows, rings = deliver(Machine.multikernel(2), Costs(ring_slots=128), [(0, "k0", "k1", kind(0))])
    assert min(free for *_, free, _ in rings) == 128 - chunks
    assert len(rows) == 1


@pytest.mark.parametrize("slots", [1, 2, 7, 64])
def test_does_a_message_that_is_longer_than_the_ring_arrive(slots):
    long, short = PARCELS[NORMAL, 127 * 60], PARCELS[NORMAL, LINE]
    sends = [(0, "k0", "k1", long(0)), (1, "k2", "k1", short(1)), (2, "k0", "k1", short(2))]
    rows, _ = deliver(Machine.multikernel(3), Costs(ring_slots=slots), sends)
    numbers = [parcel.number for *_, parcel in rows]
    assert sorted(numbers) == [0, 1, 2]
    assert numbers.index(0) < numbers.index(2), "of one sender in order"


def test_do_messages_over_several_links_take_the_sum_of_their_latencies():
    graph = networkx.path_graph(["k0", "hub", "k1"])
    graph.edges["k0", "hub"]["latency_s"] = 3e-6
    graph.edges["hub", "k1"]["latency_s"] = 4e-6
    direct = Machine.multikernel(2, latency_s=7e-6)
    ball = [(0, "k0", "k1", PARCELS[NORMAL, LINE](0))]
    far = deliver(Machine.from_graph(graph), Costs(), ball)[0]
    assert far == deliver(direct, Costs(), ball)[0]


@pytest.mark.parametrize("seed", range(3))
def test_does_a_crowded_ring_change_no_result(seed):
    rng = random.Random(seed)
    sends = [
        (rng.randrange(5000), f"k{rng.randrange(1, 4)}", "k0", PARCELS[NORMAL, LINE](i))
        for i in range(200)
    ]
    machine = Machine.multikernel(4)
    counts = []
    for slots in (1, 3, 64):
        rows, _ = deliver(machine, Costs(ring_slots=slots), sends)
        counts.append(sorted(parcel.number for *_, parcel in rows))
    assert counts == [list(range(200))] * 3
