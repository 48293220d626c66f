"""Sockets as Linux has them, whatever the kernels, and what a hand-over is and costs."""

import random

import pytest
import socket_scenarios
from oracle import Steps, check_invariants, counted
from programs import PAGE, outcomes
from socket_scenarios import AF_INET, SHUT_WR, SOCK_STREAM, connected, listens, pattern, tried
from test_futex import roams

from popcorn_lib import Machine, explore, simulate, single_system_image
from popcorn_lib.variants.programs import moved_reader, one_port_for_two, sent_meanwhile
from popcorn_lib.variants.sockets import DelegatedSockets, StaticSockets

KERNELS = ("k0", "k1", "k2")
NAMED = pytest.mark.parametrize(
    ("scenario", "value"),
    socket_scenarios.SOCKETS.items(),
    ids=lambda s: getattr(s, "__name__", ""),
)
# Too many interleavings, or (the last two) an answer of the network that a sleep does not wait for
# when it may end at any moment: how long the network takes is outside the claim, as time is.
NOT_EXPLORED = (
    socket_scenarios.long_stream,
    socket_scenarios.large_datagrams,
    socket_scenarios.each_accepted_once,
    socket_scenarios.write_after_close,
    socket_scenarios.nobody_has_the_port,
)


def run(main, kernels=3, *args, seed=0, start="k0", **mechanisms):
    machine = Machine.multikernel(kernels).replace(**mechanisms)
    made = simulate(main, machine, args, seed, start=start)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


@NAMED
def test_do_sockets_do_what_linux_shows_on_any_kernels(scenario, value):
    for kernels, places in ((1, ("k1", "k2")), (2, ("k1", "k0")), (3, ("k1", "k2"))):
        for start in {"k0", f"k{kernels - 1}"}:
            assert run(scenario, kernels, *places, start=start).value == value, (kernels, start)


@NAMED
def test_does_it_stay_the_same_when_the_threads_move_about(scenario, value):
    for seed in range(3):
        made = run(
            roams, 3, KERNELS, seed, scenario, "k1", "k2", seed=seed, start=KERNELS[seed % 3]
        )
        assert made.value == value, seed


@NAMED
def test_does_a_home_that_makes_every_call_give_the_same(scenario, value):
    for seed in range(2):
        args = (KERNELS, seed, scenario, "k1", "k2")
        assert run(roams, 3, *args, seed=seed, sockets=DelegatedSockets).value == value, seed


@pytest.mark.parametrize(
    "scenario",
    [s for s in socket_scenarios.SOCKETS if s not in NOT_EXPLORED],
    ids=lambda s: s.__name__,
)
def test_can_a_program_of_sockets_tell_how_many_kernels_it_runs_on(scenario):
    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(scenario, ("k1", "k0"), machine=machine)
    assert verdict.holds, verdict


@pytest.mark.parametrize(
    ("program", "value"), [(moved_reader, b"ab"), (sent_meanwhile, b"ab"), (one_port_for_two, 1)]
)
def test_does_it_hold_on_three_kernels_with_a_move_at_any_point(program, value):
    machine = Machine.multikernel(3, page_size=PAGE)
    verdict = single_system_image(program, ("k2",), machine=machine)
    assert verdict.holds, verdict
    assert verdict.outcomes == {(value, 0)}


def test_does_it_hold_with_two_moves():
    assert outcomes(sent_meanwhile, 2, ("k1",), migrations=2) == {(b"ab", 0)}


def test_is_a_step_of_sockets_a_function_of_state_and_input(monkeypatch):
    steps = Steps(monkeypatch)
    machine = Machine.multikernel(3)
    args = (KERNELS, 5, socket_scenarios.half_closed, "k1", "k2")
    simulate(roams, machine, args, seed=5)
    assert len(steps.steps) > 50 and steps.again(machine) == 0


# ---- what a hand-over is ------------------------------------------------------------------------


def test_does_the_connection_go_to_the_kernel_where_it_is_used_with_all_it_has():
    """What is unread and what is not acknowledged; the peer notices nothing."""

    def main(sys):
        one, other = yield from connected(sys)
        yield sys.send(one, pattern(20_000))
        yield sys.send(other, pattern(10_000, 5))
        tid = yield sys.clone(reads, other, on="k1")
        back = yield from socket_scenarios.receives(sys, one)
        yield sys.shutdown(one, SHUT_WR)
        return back == pattern(10_000, 5), (yield sys.join(tid)) == pattern(20_000)

    def reads(sys, fd):
        yield sys.shutdown(fd, SHUT_WR)
        return (yield from socket_scenarios.receives(sys, fd))

    made = run(main, 2)
    assert made.value == (True, True)
    sent = counted(made, "sockets")
    assert sent["SOCKET_STATE"] == 1 and sent["SOCKET_QUEUE"] == 8, "10,000 and 20,000 bytes"


def test_what_does_a_hand_over_cost_and_what_a_call_after_it():
    def main(sys, reads):
        one, _ = yield from connected(sys)
        yield sys.migrate("k1")
        for _ in range(reads):
            yield sys.send(one, b"x")
        yield sys.exit(0)

    def cost(reads):
        return counted(run(main, 2, reads), "sockets")

    first = cost(1) - cost(0)
    moves = ("FILE_REQUEST", "SOCKET_STATE", "STEER", "STEERED", "SETTLED")
    assert [first[kind] for kind in moves] == [1, 1, 1, 0, 1], "the maker tells itself"
    assert cost(3) - cost(1) == {"SEGMENT": 2}, "no question to anybody"


def test_does_a_connection_stay_where_another_thread_waits_for_it():
    def main(sys):
        one, other = yield from connected(sys)
        tid = yield sys.clone(waits, other)
        yield sys.nanosleep(1e-3)
        writer = yield sys.clone(writes, other, on="k1")
        got = yield sys.recv(one, 9)
        yield sys.send(one, b"at last")
        return got, (yield sys.join(tid)), (yield sys.join(writer))

    def waits(sys, fd):
        return (yield sys.recv(fd, 9))

    def writes(sys, fd):
        return (yield sys.send(fd, b"from afar"))

    made = run(main, 2)
    assert made.value == (b"from afar", b"at last", 9)
    assert not counted(made, "sockets")["SOCKET_STATE"]


@pytest.mark.parametrize("kernels", [1, 2])
def test_does_a_reader_that_is_sent_away_while_it_waits_lose_a_byte(kernels):
    def main(sys):
        one, other = yield from connected(sys)
        tid = yield sys.clone(reads, other)
        yield from tried(sys.sched_setaffinity({1}, tid))
        yield sys.send(one, b"ab")
        yield sys.close(one)
        return (yield sys.join(tid))

    def reads(sys, fd):
        got = b""
        while piece := (yield sys.recv(fd, 1)):
            got += piece
        return got

    assert outcomes(main, kernels) == {(b"ab", 0)}


@pytest.mark.parametrize("what", ["accept", "recv", "connect", "send"])
def test_is_nothing_left_of_who_is_killed_while_he_waits(what):
    def main(sys, what):
        listener, address = yield from listens(sys, 0)
        pid = yield sys.fork(waits, what, listener, address, on="k1")
        yield sys.kill(pid, 9)
        return (yield sys.wait4(pid))[1]

    def waits(sys, what, listener, address):
        if what == "accept":
            yield sys.accept(listener)
        fd = yield sys.socket(AF_INET, SOCK_STREAM)
        yield sys.connect(fd, address)
        if what == "connect":  # a second one has no room in the line
            fd = yield sys.socket(AF_INET, SOCK_STREAM)
            yield sys.connect(fd, address)
        if what == "send":
            yield sys.send(fd, bytes(300_000))
        yield sys.recv(fd, 1)

    for kernels in (1, 2):
        result = explore(main, Machine.multikernel(kernels, page_size=PAGE), (what,))
        assert result.violation is None and result.complete
        assert result.outcomes == {(9, 0)}


@pytest.mark.parametrize("kernels", [1, 2])
def test_does_a_signal_cut_a_wait_short(kernels):
    def main(sys):
        one, other = yield from connected(sys)
        pid = yield sys.fork(waits, other, on="k1")
        yield sys.recv(one, 1)
        yield sys.kill(pid, 10)
        return (yield sys.wait4(pid))[1] >> 8

    def waits(sys, fd):
        yield sys.sigaction(10, notes)
        yield sys.send(fd, b"r")
        found = yield from tried(sys.recv(fd, 1))
        yield sys.exit_group(4 if found == "EINTR" else 5)

    def notes(sys, signum, info):
        yield sys.gettid()

    made = explore(main, Machine.multikernel(kernels, page_size=PAGE), stop=False)
    assert (4, 0) in made.outcomes, made


# ---- random streams -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_does_every_byte_come_in_order_however_both_ends_move(seed):
    rng = random.Random(seed)
    there = pattern(4 * rng.randint(1, 30_000), seed)
    back = pattern(4 * rng.randint(1, 30_000), ~seed)

    def main(sys):
        one, other = yield from connected(sys)
        tids = []
        for fd, data, number in ((one, there, 1), (other, back, 2)):
            tids.append((yield sys.clone(writes, fd, data, number, on=rng.choice(KERNELS))))
        reader = yield sys.clone(reads, other, 3, on=rng.choice(KERNELS))
        got = yield from reads(sys, one, 4)
        for tid in tids:
            yield sys.join(tid)
        return got == back, (yield sys.join(reader)) == there

    def writes(sys, fd, data, number):
        sizes = random.Random(seed * 10 + number)
        while data:
            data = data[(yield sys.send(fd, data[: sizes.randint(1, 20_000)])) :]
        yield sys.shutdown(fd, SHUT_WR)

    def reads(sys, fd, number):
        sizes, got = random.Random(seed * 10 + number), b""
        while piece := (yield sys.recv(fd, sizes.randint(1, 20_000))):
            got += piece
        return got

    assert run(roams, 3, KERNELS, seed, main, seed=seed).value == (True, True)


# ---- variants -----------------------------------------------------------------------------------


def test_what_does_a_call_from_another_kernel_cost_where_home_makes_it():
    def main(sys, calls):
        one, _ = yield from connected(sys)
        yield sys.migrate("k1")
        for _ in range(calls):
            yield sys.send(one, b"x")
        return (yield sys.migrate("k0"))

    def cost(calls):
        return counted(run(main, 2, calls, sockets=DelegatedSockets), "sockets")

    assert cost(5) - cost(0) == {"FILE_REQUEST": 5, "FILE_RESPONSE": 5}


def test_what_does_a_datagram_socket_lose_if_only_its_addresses_travel():
    def main(sys):
        fd = yield sys.socket(AF_INET, socket_scenarios.SOCK_DGRAM)
        yield sys.bind(fd, ("127.0.0.1", 53))
        yield sys.sendto(fd, b"before", 0, ("127.0.0.1", 53))
        yield from tried(sys.migrate("k1"))
        yield sys.setsockopt(fd, 1, 2, 1)
        yield sys.sendto(fd, b"after", 0, ("127.0.0.1", 53))
        return (yield sys.recv(fd, 9))

    assert run(main, 2).value == b"before"
    assert run(main, 2, sockets=StaticSockets).value == b"after"
