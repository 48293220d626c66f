"""Hosts outside the machine, on a wire that loses, doubles and delays."""

import random

import pytest
from oracle import check_invariants
from socket_scenarios import AF_INET, SHUT_WR, SOCK_DGRAM, SOCK_STREAM, pattern, receives, tried
from test_futex import roams

from popcorn_lib import Costs, Deadlock, Faults, Machine, UsageError, explore, simulate
from popcorn_lib.worlds.mishaps import CHANCE

KERNELS = ("k0", "k1", "k2")
HOST, PORT = "10.0.0.9", 80
OURS = ("10.0.0.1", PORT)


def run(main, hosts, wire=None, seed=0, args=(), **options):
    made = simulate(main, Machine.multikernel(3), args, seed, hosts=hosts, wire=wire, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def calls(sys, address, data=b""):
    """Connect, send all, hear all."""
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    while (yield from tried(sys.connect(fd, address))) == "ECONNREFUSED":
        yield sys.nanosleep(1e-3)
    yield sys.send(fd, data)
    yield sys.shutdown(fd, SHUT_WR)
    got = yield from receives(sys, fd)
    yield sys.close(fd)
    return got


def serves(sys, answer, count=1, place=None):
    """Accept so many connections one after the other; what each has sent, and from where."""
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, ("0.0.0.0", PORT))
    yield sys.listen(listener, 5)
    found = []
    for _ in range(count):
        fd, (host, _) = yield sys.accept(listener)
        if place:
            yield from tried(sys.migrate(place))
        got = yield from receives(sys, fd)
        yield sys.send(fd, answer)
        yield sys.close(fd)
        found.append((host, got))
    yield sys.close(listener)
    return tuple(found)


def test_can_a_host_outside_call_and_be_called():
    def host(sys):
        assert (yield from calls(sys, OURS, b"question")) == b"answer"

    made = run(serves, {HOST: host}, args=(b"answer", 1, "k2"))
    assert made.value == ((HOST, b"question"),)

    def listens(sys):
        assert (yield from serves(sys, b"answer")) == (("10.0.0.1", b"question"),)

    def main(sys):
        yield sys.migrate("k1")
        return (yield from calls(sys, (HOST, PORT), b"question"))

    assert run(main, {HOST: listens}).value == b"answer"


@pytest.mark.parametrize("seed", range(20))
def test_does_every_byte_come_whatever_the_wire_does(seed):
    """Both ends send much; ours moves about; the wire loses, doubles and delays a lot."""
    rng = random.Random(seed)
    there, back = (pattern(4 * rng.randint(1, 15_000), n) for n in (seed, ~seed))

    def host(sys):
        assert (yield from calls(sys, OURS, there)) == back

    wire = Faults(drop=seed, duplicate=seed, delay=seed)
    args = (KERNELS, seed, serves, back)
    assert run(roams, {HOST: host}, wire, seed, args).value == ((HOST, there),)


def test_would_bytes_be_lost_without_the_timer(monkeypatch):
    """The faults are there: what is lost stays lost if nobody sends it again."""
    from popcorn_lib.mechanisms.sockets.wire import Wire

    monkeypatch.setattr(Wire, "settle_timer", lambda *_: None)

    def host(sys):
        yield from calls(sys, OURS, pattern(40_000))

    with pytest.raises(Deadlock):
        run(serves, {HOST: host}, Faults(drop=5), 1, (b"answer",))


def test_may_a_port_be_used_again_at_once_though_old_packets_are_on_the_wire():
    def host(sys):
        for number in range(12):
            assert (yield from calls(sys, OURS, bytes([number]) * 3000)) == b"answer"

    for seed in range(4):
        made = run(serves, {HOST: host}, Faults(0, 30, 30), seed, (b"answer", 12))
        assert [got for _, got in made.value] == [bytes([n]) * 3000 for n in range(12)]


def test_do_many_hosts_reach_their_servers_on_all_kernels():
    def host(sys):
        me = yield from calls(sys, OURS, b"who am I?")
        assert me == b"somebody"

    def main(sys):
        listener = yield sys.socket(AF_INET, SOCK_STREAM)
        yield sys.bind(listener, ("0.0.0.0", PORT))
        yield sys.listen(listener, 20)
        tids = []
        for place in KERNELS:
            tids.append((yield sys.clone(worker, listener, on=place)))
        seen = []
        for tid in tids:
            seen += yield sys.join(tid)
        return sorted(seen)

    def worker(sys, listener):
        seen = []
        for _ in range(4):
            fd, (host, _) = yield sys.accept(listener)
            yield from receives(sys, fd)
            yield sys.send(fd, b"somebody")
            yield sys.close(fd)
            seen.append(host)
        return seen

    addresses = [f"10.0.1.{n}" for n in range(12)]
    made = run(main, dict.fromkeys(addresses, host), Faults(drop=9, delay=9), 3)
    assert made.value == sorted(addresses)


def test_what_of_an_address_that_nobody_has():
    def main(sys):
        return (yield from tried_connect(sys, ("10.0.0.77", 80)))

    def tried_connect(sys, address):
        fd = yield sys.socket(AF_INET, SOCK_STREAM)
        return (yield from tried(sys.connect(fd, address)))

    def idle(sys):
        yield sys.gettid()

    assert run(main, None).value == run(main, {HOST: idle}).value == "ENETUNREACH"
    refused = run(lambda sys: (yield from tried_connect(sys, (HOST, 81))), {HOST: idle})
    assert refused.value == "ECONNREFUSED"
    assert explore(main, Machine.multikernel(2)).outcomes == {("ENETUNREACH", 0)}


def test_when_is_a_host_given_up_that_does_not_answer(monkeypatch):
    """Six times, each twice as long after the one before: 0.2 s (2^7 - 1)."""
    monkeypatch.setitem(CHANCE, "drop", 1)

    def main(sys):
        fd = yield sys.socket(AF_INET, SOCK_STREAM)
        found = yield from tried(sys.connect(fd, (HOST, PORT)))
        return found, (yield sys.clock_gettime())

    def deaf(sys):
        yield sys.gettid()

    found, seconds = run(main, {HOST: deaf}, Faults(drop=10_000)).value
    assert found == "ETIMEDOUT" and 25.4 <= seconds < 25.5


def test_do_datagrams_come_from_and_go_to_the_outside():
    def host(sys):
        fd = yield sys.socket(AF_INET, SOCK_DGRAM)
        yield sys.sendto(fd, b"ping", 0, OURS)
        assert (yield sys.recvfrom(fd, 9)) == (b"pong", OURS)

    def main(sys):
        fd = yield sys.socket(AF_INET, SOCK_DGRAM)
        yield sys.bind(fd, ("0.0.0.0", PORT))
        yield from tried(sys.migrate("k2"))
        data, source = yield sys.recvfrom(fd, 9)
        yield sys.sendto(fd, b"pong", 0, source)
        return data, source[0]

    assert run(main, {HOST: host}).value == (b"ping", HOST)


def test_how_long_is_the_way_to_a_host():
    def host(sys):
        yield from calls(sys, OURS)

    def main(sys, _):
        yield from serves(sys, b"")
        return (yield sys.clock_gettime())

    near = run(main, {HOST: host}, args=(0,), costs=Costs(wire_s=1e-6)).value
    far = run(main, {HOST: host}, args=(0,), costs=Costs(wire_s=1e-3)).value
    assert 1.9e-3 < far - near < 4e-3, "SYN, its answer and the end, at the least"


def test_is_a_host_that_waits_for_ever_left_alone():
    def host(sys):
        yield from serves(sys, b"", 2)

    def main(sys):
        return (yield from calls(sys, (HOST, PORT)))

    assert run(main, {HOST: host}).value == b""


@pytest.mark.parametrize(
    ("hosts", "wire", "word"),
    [
        ({"nowhere": calls}, None, "'nowhere'"),
        ({"10.0.0.1": calls}, None, "'10.0.0.1'"),
        ({"10.0.0.9": 3}, None, "3"),
        ([HOST], None, "10.0.0.9"),
        (None, Faults(crash=1), "crash=1"),
        (None, 5, "5"),
    ],
)
def test_does_a_wrong_host_say_what_is_wrong(hosts, wire, word):
    def main(sys):
        yield sys.gettid()

    with pytest.raises(UsageError, match=word):
        simulate(main, Machine.smp(1), hosts=hosts, wire=wire)
