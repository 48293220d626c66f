"""A server whose workers and connections keep moving, under a thousand clients, byte for byte."""

import random

import pytest
from socket_scenarios import AF_INET, SHUT_WR, SOCK_STREAM, receives, tried

from popcorn_lib import Faults, Machine, simulate

KERNELS = ("k0", "k1", "k2", "k3")
ADDRESS = ("10.0.0.1", 80)


def page(name):
    """What the server has under a name."""
    return b"<" + name * (1 + name[-1] % 50) + b">"


def strays(sys, rng, chance):
    """Go anywhere, now and then; a host outside has nowhere to go."""
    if rng.random() < chance:
        yield from tried(sys.migrate(rng.choice(KERNELS)))


def asks(sys, number, stray=strays):
    """A client: up to three pages over one connection; whether every byte was as it should be."""
    rng, good = random.Random(number), True
    yield from stray(sys, rng, 0.5)
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    while (yield from tried(sys.connect(fd, ADDRESS))) == "ECONNREFUSED":
        yield sys.nanosleep(1e-3)
    for place in range(rng.randint(1, 3)):
        name = b"page %d of %d" % (place, number)
        yield sys.send(fd, name + b"\n")
        yield from stray(sys, rng, 0.3)
        got = yield from receives(sys, fd, len(page(name)))
        good = good and got == page(name)
    yield sys.shutdown(fd, SHUT_WR)
    good = good and (yield sys.recv(fd, 10)) == b""
    yield sys.close(fd)
    return good


def works(sys, listener, number, count):
    """A worker: so many connections one after the other, anywhere."""
    rng = random.Random(-number)
    for _ in range(count):
        fd, _ = yield sys.accept(listener)
        yield from strays(sys, rng, 0.3)
        rest = b""
        while data := (yield sys.recv(fd, 1000)):
            *names, rest = (rest + data).split(b"\n")
            yield from strays(sys, rng, 0.3)
            for name in names:
                yield sys.send(fd, page(name))
        yield sys.close(fd)
    return count


def server(sys, clients, workers, inside=True):
    """How many clients were content, and how many were served."""
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, ("0.0.0.0", 80))
    yield sys.listen(listener, 50)
    tids, good, served = [], 0, 0
    for n in range(workers):
        count, place = clients // workers, KERNELS[n % 4]
        tids.append((yield sys.clone(works, listener, n + 1, count, on=place)))
    callers = []
    for n in range(clients if inside else 0):
        callers.append((yield sys.clone(asks, n, on=KERNELS[n * 7 % 4])))
    for tid in callers:
        good += yield sys.join(tid)
    for tid in tids:
        served += yield sys.join(tid)
    yield sys.close(listener)
    return good, served


@pytest.mark.parametrize(("clients", "seed"), [(1000, 1), (100, 0), (100, 2)])
def test_does_every_client_see_every_byte_in_order_while_all_move(clients, seed):
    machine = Machine.multikernel(4)
    made = simulate(server, machine, (clients, 20), seed, trace=False)
    assert made.value == (clients, clients)
    assert made.residue() == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_and_do_clients_outside_on_a_bad_wire(seed):
    def host(sys):
        number = yield sys.getpid()
        for place in range(5):
            assert (yield from asks(sys, number + place, stays))

    def stays(sys, rng, chance):
        rng.random()
        yield sys.sched_yield()

    hosts = {f"10.0.2.{n}": host for n in range(40)}
    wire = Faults(drop=60, duplicate=60, delay=60)
    made = simulate(
        server, Machine.multikernel(4), (200, 20, False), seed, hosts=hosts, wire=wire, trace=False
    )
    assert made.value == (0, 200)
    assert made.residue() == {}
