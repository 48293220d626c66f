"""Small programs with namespaces, ports and connections, as the pictures show them."""

import errno
from socket import AF_INET, SHUT_WR, SOCK_DGRAM, SOCK_STREAM

from ns_scenarios import NEWIPC, NEWNET, NEWPID, NEWUTS
from test_sockets_outside import HOST, calls, serves

from popcorn_lib import Faults, Machine, simulate
from popcorn_lib.draw.story import Story

HERE = "127.0.0.1"


def grandchild(sys):
    yield sys.unshare(NEWIPC)
    yield sys.nanosleep(1e-4)


def container(sys):
    """Number 1 in a PID namespace, with a name of its own, and a child in a namespace inside."""
    yield sys.sethostname("web")
    child = yield sys.fork(grandchild, flags=NEWPID, on="k0")
    yield sys.migrate("k0")
    yield sys.nanosleep(1e-4)
    yield sys.wait4(child)


def apart(sys):
    yield sys.unshare(NEWNET)
    yield sys.migrate("k1")
    yield sys.nanosleep(1e-4)


def boxes(sys):
    child = yield sys.fork(container, flags=NEWPID | NEWUTS, on="k1")
    thread = yield sys.clone(apart, on="k0")
    plain = yield sys.fork(grandchild, on="k1")
    yield sys.join(thread)
    yield sys.wait4(plain)
    yield sys.wait4(child)


def unwaited(sys):
    """The init of a namespace ends while a child of it sleeps: it takes that along."""

    def sleeper(sys):
        yield sys.nanosleep(1)

    def init(sys):
        yield sys.fork(sleeper, on="k0")

    yield sys.unshare(NEWPID)
    yield sys.fork(init, on="k1")
    yield sys.nanosleep(1e-3)


def asks(sys, port, data):
    """A client that goes over to another kernel between what it sends and what it hears."""
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    while True:
        try:
            yield sys.connect(fd, (HERE, port))
            break
        except OSError as error:
            assert error.errno == errno.ECONNREFUSED
            yield sys.nanosleep(1e-4)
    yield sys.send(fd, data)
    yield sys.migrate("k0")
    yield sys.send(fd, data)
    yield sys.shutdown(fd, SHUT_WR)
    while (yield sys.recv(fd, 4000)):
        pass
    yield sys.close(fd)


def talks(sys, data=b"x" * 6000):
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, (HERE, 80))
    yield sys.listen(listener, 5)
    thread = yield sys.clone(asks, 80, data, on="k1")
    fd, _ = yield sys.accept(listener)
    while (yield sys.recv(fd, 1000)):
        pass
    yield sys.send(fd, b"answer")
    yield sys.close(fd)
    yield sys.join(thread)
    yield sys.close(listener)


def same_port(sys):
    """One number in two networks, and a datagram socket beside them."""
    for kind, port in ((SOCK_DGRAM, 53), (SOCK_STREAM, 80)):
        yield sys.bind((yield sys.socket(AF_INET, kind)), (HERE, port))
    yield sys.unshare(NEWNET)
    yield sys.bind((yield sys.socket(AF_INET, SOCK_STREAM)), (HERE, 80))
    yield sys.nanosleep(1e-4)


def breaks_off(sys):
    """Who closes with bytes unread resets the connection."""
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, (HERE, 80))
    yield sys.listen(listener, 5)
    mine = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(mine, (HERE, 80))
    yield sys.send(mine, b"never read")
    theirs, _ = yield sys.accept(listener)
    yield sys.close(theirs)
    yield sys.nanosleep(1e-4)


def idle(sys):
    yield sys.getpid()


def alone(sys):
    """Neither a namespace nor a socket, but a child."""
    child = yield sys.fork(idle, on="k1")
    yield sys.wait4(child)


def run(program, *args, kernels=2, seed=0, **options):
    return Story(simulate(program, Machine.multikernel(kernels), args, seed, **options).trace)


def outside(seed=0):
    def host(sys):
        yield from calls(sys, ("10.0.0.1", 80), b"question" * 500)

    wire = Faults(drop=10, duplicate=20, delay=20) if seed else None
    args = (b"answer", 1, "k1")
    return run(serves, *args, hosts={HOST: host}, wire=wire, seed=seed)
