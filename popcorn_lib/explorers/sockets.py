"""Connections: bytes come to a thread that travels, from inside the machine or over a wire."""

from contextlib import suppress
from socket import AF_INET, SOCK_DGRAM, SOCK_STREAM

from popcorn_lib.draw import byte_streams, port_table
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import at_its_fullest, with_board
from popcorn_lib.syscalls import MSG_DONTWAIT
from popcorn_lib.variants.sockets import DelegatedSockets, StaticSockets
from popcorn_lib.worlds.faults import Faults

VARIANTS = {
    "hand-over": {},
    "delegated": {"sockets": DelegatedSockets},
    "static": {"sockets": StaticSockets},
    **defects("sockets"),
}
WIRES = {
    "outside": None,
    "outside, packets are lost": Faults(drop=3),
    "outside, packets come twice": Faults(duplicate=3),
    "outside, packets come late": Faults(delay=3),
}
TYPES = {"stream": SOCK_STREAM, "datagrams": SOCK_DGRAM}
OWN = {
    "kind": list(TYPES),
    "sender": ["k0", "k2", *WIRES],
    "tour": ["k1 k2", "k1", "k1 k0", "k0"],
    "pieces": [4, 8, 12],
    "rival": ["none", "k1"],
}
TWIN = {
    "kind": list(TYPES),
    "tour": ["k1 k2", "k1"],
    "variant": ["hand-over", "delegated", "static"],
    "view": ["step by step", "connections"],
}
TELLING = "moves", "steers", "unread", "unacknowledged", "reset"
OURS, HOST, ANY, LOOP, PORT = "10.0.0.1", "10.0.0.9", "0.0.0.0", "127.0.0.1", 80


def peer(sys, kind, address, pieces):
    """Send letters, each a piece, and close."""
    yield sys.nanosleep(1e-3)  # by now somebody has the port
    fd = yield sys.socket(AF_INET, TYPES[kind])
    with suppress(ConnectionError):  # nobody has it, or not any more
        yield sys.connect(fd, (address, PORT))
        for number in range(pieces):
            yield sys.send(fd, bytes([ord("a") + number]))
            yield sys.nanosleep(2e-5)
    yield sys.close(fd)


def takes_port(sys, kind):
    """A socket that has the port; None if another has it."""
    fd = yield sys.socket(AF_INET, TYPES[kind])
    with suppress(OSError):  # EADDRINUSE
        yield sys.bind(fd, (ANY, PORT))
        return fd
    yield sys.close(fd)


def asks_too(sys, kind):
    """Whether the same port can be had once more."""
    return (yield from takes_port(sys, kind)) is not None


def go(sys, kernel):
    """Move, if there is anywhere to go."""
    with suppress(OSError):  # EBUSY: it is there already
        yield sys.migrate(kernel)


def hear(sys, fd, tour):
    """Of a stream: a piece here, one on each kernel of the tour, on the last of them the rest."""
    yield sys.listen(fd, 1)
    fd, _ = yield sys.accept(fd)
    got = yield sys.recv(fd, 1)
    for kernel in tour.split():
        yield from go(sys, kernel)
        got += yield sys.recv(fd, 1)
    while more := (yield sys.recv(fd, 9)):
        got += more
    return got


def take(sys, fd, tour):
    """Of datagrams that have come: one here, one on each kernel of the tour, there the rest."""
    got = b""
    yield sys.nanosleep(3e-3)
    with suppress(BlockingIOError):  # that was all
        got += yield sys.recv(fd, 1, MSG_DONTWAIT)
        for kernel in tour.split():
            yield from go(sys, kernel)
            got += yield sys.recv(fd, 1, MSG_DONTWAIT)
        while True:
            got += yield sys.recv(fd, 1, MSG_DONTWAIT)
    return got


def letters(sys, kind, sender, tour, pieces, rival):
    """A thread that travels reads letters: which, and how many sockets have got the port?"""
    fd, owners = (yield from takes_port(sys, kind)), 1
    if rival != "none":
        owners += yield sys.join((yield sys.clone(asks_too, kind, on=rival)))
    if sender not in WIRES:
        yield sys.clone(peer, kind, LOOP, pieces, on=sender)
    got = yield from (hear if kind == "stream" else take)(sys, fd, tour)
    return {"read": got, "have the port": owners}


class Connections(Simulated):
    """An explorer with a host outside the machine, if the sender is there."""

    def outside(self, chosen):
        sender = chosen.get("sender")
        if sender not in WIRES:
            return {}
        given = [chosen.get(name, OWN[name][0]) for name in ("kind", "pieces")]

        def host(sys):
            yield from peer(sys, given[0], OURS, given[1])

        return {"hosts": {HOST: host}, "wire": WIRES[sender]}


def ports(outcome):
    """Who has which port, at the event with the most to show."""
    return at_its_fullest(outcome, "ports", port_table)


def sockets(program=letters, **settings):
    """Explore connections of a thread that moves; arguments, result and errors as for `memory`.

    settings: kind, sender (its kernel, or a host outside and what its wire does), tour (names of
    kernels), pieces (of a byte), rival (a kernel that asks for the same port), kernels, topology,
    latency_us, variant, fault, seed, view.
    """
    views = with_board("streams", "connections", byte_streams, TELLING)
    first = {name: views.pop(name) for name in ("step by step", "connections")}
    kernels = {"kernels": [3, 4]}
    # the last timer of a connection with a host outside runs for seconds
    return Connections(
        program, OWN, VARIANTS, first | {"ports": ports} | views, TWIN, settings, 5, choices=kernels
    )
