"""The links between kernels in whole runs: times, notification, full rings, kinds of one's own."""

from typing import NamedTuple

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Costs, Machine, Mechanism, UsageError, explore, simulate
from popcorn_lib.messages import message
from popcorn_lib.syscalls import Call

AGAIN = settings(derandomize=True, deadline=None, max_examples=60)


@message("post", size=127 * 60 + 1)
class TOO_LONG(NamedTuple):
    """One byte more than the ring protocol takes."""

    number: int


@message("post")
class HELLO(NamedTuple):
    """A ball that goes to and fro."""

    left: int


@message("post", size=1000)
class PARCEL_1000(NamedTuple):
    """A longer ball."""

    left: int


class Post(Mechanism):
    """A thread starts a ball or a burst; a ball comes back until nothing is left of it."""

    name = "post"

    def sys_throw(self, tid, to, kind, left):
        kinds = {kind.__name__: kind for kind in (HELLO, PARCEL_1000, TOO_LONG)}
        self.kernel.send(to, kinds[kind](left))
        self.kernel.resume(tid, 0)

    def sys_burst(self, tid, to, number):
        for _ in range(number):
            self.kernel.send(to, HELLO(0))
        self.kernel.resume(tid, 0)

    def on_hello(self, source, ball):
        if ball.left:
            self.kernel.send(source, ball._replace(left=ball.left - 1))

    on_parcel_1000 = on_hello

    def on_too_long(self, source, ball):
        raise AssertionError("it must not arrive")


def throw(sys, *given):
    yield Call("throw", given)


def test_is_a_message_that_is_too_long_a_named_error():
    with pytest.raises(UsageError, match=r"TOO_LONG.*7621 bytes.*128 chunks.*127"):
        simulate(throw, Machine.multikernel(2).with_mechanism(Post), ("k1", "TOO_LONG", 0))


def simpy_ball(latency, per_byte, size, costs, hops, begin):
    """The same ball in SimPy: two mailboxes, each letter a process; handled at these times."""
    world = simpy.Environment(begin)
    boxes, times = [simpy.Store(world), simpy.Store(world)], []
    chunks = 1 if size <= 64 else -(-size // 60)
    way = round(latency * 1e9) + chunks * round(costs.chunk_s * 1e9)
    way += int(size * per_byte * 1e9) if per_byte else 0
    notice = max(1, round(costs.notice_s * 1e9))

    def travel(box, left):
        yield world.timeout(way)
        yield world.timeout(notice)
        yield box.put(left)

    def kernel(me):
        while True:
            left = yield boxes[me].get()
            times.append((world.now, me))
            yield world.timeout(round(costs.handler_s * 1e9))
            if left:
                world.process(travel(boxes[1 - me], left - 1))

    world.process(kernel(0))
    world.process(kernel(1))
    world.process(travel(boxes[1], hops))
    world.run()
    return times


@given(
    st.sampled_from([0, 1.414e-7, 2.5e-5]),
    st.sampled_from([0, 1e9]),
    st.sampled_from([HELLO, PARCEL_1000]),
    st.sampled_from(["poll", "interrupt"]),
    st.integers(0, 12),
)
@AGAIN
def test_does_simpy_see_a_ball_at_the_same_times(latency, bandwidth, kind, notify, hops):
    machine = Machine.multikernel(2, latency_s=latency, bandwidth_bps=bandwidth)
    costs = Costs(notify=notify)
    made = simulate(throw, machine.with_mechanism(Post), ("k1", kind.__name__, hops), costs=costs)
    handled = [(round(row.handled_s * 1e9), int(row.destination[1])) for row in made.trace.messages]
    begin = round(costs.call_s * 1e9)  # the message leaves when the call that sends it is done
    per_byte = 8 / bandwidth if bandwidth else 0
    assert handled == simpy_ball(latency, per_byte, kind.bytes, costs, hops, begin)


def test_does_a_polling_receiver_notice_earlier_by_what_the_interrupt_costs():
    machine = Machine.multikernel(2).with_mechanism(Post)
    times = {}
    for notify in ("poll", "interrupt"):
        made = simulate(throw, machine, ("k1", "HELLO", 0), costs=Costs(notify=notify))
        times[notify] = made.trace.messages[0].handled_s
    gap = Costs(notify="interrupt").notice_s - Costs(notify="poll").notice_s
    assert times["interrupt"] - times["poll"] == pytest.approx(gap, abs=2e-9)


def burst(sys, number):
    yield Call("burst", ("k1", number))


def test_does_a_full_ring_hold_its_senders_back():
    machine = Machine.multikernel(2).with_mechanism(Post)
    rings = simulate(burst, machine, (20,), costs=Costs(ring_slots=4)).rings
    assert set(rings.kernel) == {"k1"}
    assert rings.used.max() == 4 and rings.waiting.max() == 16
    assert rings.iloc[-1].used == 0 and rings.iloc[-1].waiting == 0
    assert (rings.time_s.diff().dropna() >= 0).all()
    free = simulate(burst, machine, (20,), costs=Costs(ring_slots=64)).rings
    assert free.used.max() == 20 and free.waiting.max() == 0


def test_do_kinds_of_ones_own_travel_in_every_world():
    machine = Machine.multikernel(2).with_mechanism(Post)
    run = simulate(throw, machine, ("k1", "PARCEL_1000", 3))
    assert list(run.messages.kind) == ["PARCEL_1000"] * 4
    assert set(run.messages.mechanism) == {"post"} and set(run.messages.bytes) == {1000}
    assert set(run.messages.chunks) == {17}
    assert explore(throw, machine, ("k1", "PARCEL_1000", 3)).outcomes == {(None, 0)}
