"""Programs of pipes and sockets that run on a real Linux too; each gives what Linux's manual says.

Modelled on what the Linux Test Project asks of pipe, dup, socket, bind, listen, accept, connect,
send, recv, shutdown and their kin.  Each takes the names of two kernels to use.  The port is drawn
by the system, so that a real Linux has it free; values hold neither ports nor descriptors.
"""

import errno
import signal
import socket
from socket import AF_INET, AF_UNIX, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_DGRAM, SOCK_STREAM

HERE = "127.0.0.1"
NOBLOCK = getattr(socket, "SOCK_NONBLOCK", 0x800)
DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0x40)
NOSIGNAL = getattr(socket, "MSG_NOSIGNAL", 0x4000)
PEEK, WAITALL = socket.MSG_PEEK, getattr(socket, "MSG_WAITALL", 0x100)
NAP = 0.05


def tried(request):
    """The result of a call, or the name of its errno."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def listens(sys, backlog=5):
    """A listener at a free port: (descriptor, address)."""
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(fd, (HERE, 0))
    yield sys.listen(fd, backlog)
    return fd, (yield sys.getsockname(fd))


def connected(sys):
    """Two ends of a connection: (caller's, accepted)."""
    listener, address = yield from listens(sys)
    one = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(one, address)
    other, _ = yield sys.accept(listener)
    yield sys.close(listener)
    return one, other


def receives(sys, fd, size=1 << 20):
    """All bytes up to the end of a stream, or up to so many."""
    data = b""
    while len(data) < size:
        piece = yield sys.recv(fd, min(size - len(data), 5000))
        if not piece:
            break
        data += piece
    return data


def pattern(size, seed=1):
    """Bytes that do not repeat soon: what is lost, doubled or out of order shows."""
    return b"".join(
        (i * 2654435761 + seed & 0xFFFFFFFF).to_bytes(4, "big") for i in range(size // 4)
    )


# ---- descriptors and pipes ----------------------------------------------------------------------


def pipe_carries_bytes(sys, there, yonder):
    reading, writing = yield sys.pipe()
    thread = yield sys.clone(writes, writing, (b"ab", b"cd"), on=there)
    yield sys.join(thread)
    found = [(yield sys.read(reading, 3)), (yield sys.read(reading, 3))]
    yield sys.close(writing)
    found += [(yield sys.read(reading, 3)), (yield sys.close(reading))]
    return tuple(found)


def writes(sys, fd, pieces, naps=0):
    for piece in pieces:
        if naps:
            yield sys.nanosleep(naps)
        yield sys.write(fd, piece)


def wrong_descriptors(sys, there, yonder):
    reading, writing = yield sys.pipe()
    one, _ = yield sys.socketpair(AF_UNIX, SOCK_STREAM)
    calls = [
        sys.read(writing, 1), sys.write(reading, b"x"), sys.close(900), sys.dup(-1),
        sys.recv(reading, 1), sys.send(writing, b"x"), sys.listen(writing, 1),
        sys.accept(reading), sys.shutdown(reading, SHUT_RD), sys.getsockname(writing),
        sys.bind(reading, (HERE, 0)), sys.connect(reading, (HERE, 9)), sys.read(901, 1),
        sys.setsockopt(reading, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
        sys.shutdown(one, 7), sys.getpeername(reading), sys.recvfrom(reading, 1),
    ]  # fmt: skip
    thread = yield sys.clone(tries, calls, on=there)
    return (yield sys.join(thread))


def tries(sys, calls):
    found = []
    for call in calls:
        found.append((yield from tried(call)))
    return tuple(found)


def lowest_descriptor(sys, there, yonder):
    first, second = yield sys.pipe()
    third = yield sys.dup(first)
    yield sys.close(second)
    again = yield sys.dup(third)
    thread = yield sys.clone(dups, first, on=there)
    return third - first, again == second, (yield sys.join(thread)) - first


def dups(sys, fd):
    return (yield sys.dup(fd))


def last_close_ends_it(sys, there, yonder):
    reading, writing = yield sys.pipe()
    copy = yield sys.dup(writing)
    yield sys.close(writing)
    thread = yield sys.clone(writes, copy, (b"still",), on=there)
    yield sys.join(thread)
    found = [(yield sys.read(reading, 9))]
    yield sys.close(copy)
    return (*found, (yield sys.read(reading, 9)))


def child_inherits(sys, there, yonder):
    reading, writing = yield sys.pipe()
    pid = yield sys.fork(child_writes, reading, writing, on=there)
    yield sys.close(writing)
    found = [(yield sys.read(reading, 9)), (yield sys.read(reading, 9))]
    return (*found, (yield sys.wait4(pid))[1])


def child_writes(sys, reading, writing):
    yield sys.close(reading)
    yield sys.write(writing, b"child")
    yield sys.exit_group(3)


def broken_pipe_kills(sys, there, yonder):
    pid = yield sys.fork(breaks, on=there)
    return (yield sys.wait4(pid))[1]


def breaks(sys):
    reading, writing = yield sys.pipe()
    yield sys.close(reading)
    yield sys.write(writing, b"x")
    yield sys.exit_group(1)


def full_pipe_waits(sys, there, yonder):
    reading, writing = yield sys.pipe()
    data = pattern(200_000)
    thread = yield sys.clone(writes, writing, (data,), on=there)
    got = b""
    while len(got) < len(data):
        got += yield sys.read(reading, 7000)
    yield sys.join(thread)
    return got == data


def short_writes_are_whole(sys, there, yonder):
    """Two writers of PIPE_BUF bytes each into a full pipe: neither is torn."""
    reading, writing = yield sys.pipe()
    threads = []
    for place, letter in ((there, b"a"), (yonder, b"b")):
        threads.append((yield sys.clone(writes, writing, (letter * 4096,) * 12, on=place)))
    got = b""
    while len(got) < 24 * 4096:
        got += yield sys.read(reading, 1000)
    for thread in threads:
        yield sys.join(thread)
    return all(len(set(got[i : i + 4096])) == 1 for i in range(0, len(got), 4096))


# ---- pairs --------------------------------------------------------------------------------------


def pair_goes_both_ways(sys, there, yonder):
    one, other = yield sys.socketpair(AF_UNIX, SOCK_STREAM)
    thread = yield sys.clone(echoes, other, on=there)
    yield sys.send(one, b"hello")
    found = [(yield sys.recv(one, 9))]
    yield sys.shutdown(one, SHUT_WR)
    yield sys.join(thread)
    found += [(yield sys.recv(one, 9)), (yield from tried(sys.send(one, b"x", NOSIGNAL)))]
    return tuple(found)


def echoes(sys, fd, size=4096):
    """Send back what comes, until the stream ends."""
    while data := (yield sys.recv(fd, size)):
        yield sys.send(fd, data)
    yield sys.close(fd)


def pair_of_datagrams(sys, there, yonder):
    one, other = yield sys.socketpair(AF_UNIX, SOCK_DGRAM)
    thread = yield sys.clone(sends, one, (b"first", b"", b"third"), on=there)
    yield sys.join(thread)
    found = []
    for size in (2, 9, 9):
        found.append((yield sys.recv(other, size)))
    found.append((yield from tried(sys.recv(other, 9, DONTWAIT))))
    yield sys.close(other)
    return (*found, (yield from tried(sys.send(one, b"x"))))


def sends(sys, fd, pieces):
    for piece in pieces:
        yield sys.send(fd, piece)


def flags_of_recv(sys, there, yonder):
    one, other = yield sys.socketpair(AF_UNIX, SOCK_STREAM)
    found = [(yield from tried(sys.recv(other, 4, DONTWAIT)))]
    thread = yield sys.clone(writes, one, (b"ab", b"cd"), NAP, on=there)
    found += [(yield sys.recv(other, 9, PEEK)), (yield sys.recv(other, 4, WAITALL))]
    yield sys.join(thread)
    return tuple(found)


# ---- connections --------------------------------------------------------------------------------


def connection_goes_both_ways(sys, there, yonder):
    one, other = yield from connected(sys)
    thread = yield sys.clone(echoes, other, on=there)
    found = []
    for piece in (b"one", b"two"):
        yield sys.send(one, piece)
        found.append((yield sys.recv(one, 9)))
    yield sys.shutdown(one, SHUT_WR)
    found += [(yield sys.recv(one, 9)), (yield sys.join(thread))]
    return (*found, (yield sys.close(one)))


def long_stream(sys, there, yonder):
    """Far more than both queues take, each way at once."""
    one, other = yield from connected(sys)
    data, back = pattern(300_000), pattern(200_000, 7)
    threads = [(yield sys.clone(sends_all, one, data, on=there))]
    threads.append((yield sys.clone(sends_all, other, back, on=yonder)))
    reader = yield sys.clone(receives, one, on=yonder)
    got = yield from receives(sys, other)
    return got == data, (yield sys.join(reader)) == back


def sends_all(sys, fd, data):
    while data:
        data = data[(yield sys.send(fd, data[:30_000])) :]
    yield sys.shutdown(fd, SHUT_WR)


def half_closed(sys, there, yonder):
    one, other = yield from connected(sys)
    yield sys.shutdown(one, SHUT_WR)
    thread = yield sys.clone(answers, other, on=there)
    found = [(yield from receives(sys, one)), (yield sys.join(thread))]
    return (*found, (yield from tried(sys.send(one, b"x", NOSIGNAL))))


def answers(sys, fd):
    """The other stream has ended: this one has not."""
    ended = yield sys.recv(fd, 9)
    yield sys.send(fd, b"late ")
    yield sys.send(fd, b"answer")
    yield sys.close(fd)
    return ended


def shut_for_reading(sys, there, yonder):
    one, other = yield from connected(sys)
    thread = yield sys.clone(waits_for_end, one, on=there)
    yield sys.nanosleep(NAP)
    yield sys.shutdown(one, SHUT_RD)
    return (yield sys.join(thread)), (yield sys.send(other, b"x"))


def waits_for_end(sys, fd):
    return (yield sys.recv(fd, 9))


def refused(sys, there, yonder):
    listener, address = yield from listens(sys)
    yield sys.close(listener)
    thread = yield sys.clone(connects, address, on=there)
    return (yield sys.join(thread))


def connects(sys, address):
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    result = yield from tried(sys.connect(fd, address))
    yield sys.close(fd)
    return result


def reset_by_unread_bytes(sys, there, yonder):
    one, other = yield from connected(sys)
    yield sys.send(one, b"nobody reads this")
    yield sys.recv(other, 1)
    yield sys.close(other)
    yield sys.nanosleep(NAP)
    thread = yield sys.clone(after_reset, one, on=there)
    return (yield sys.join(thread))


def after_reset(sys, fd):
    found = []
    for call in (sys.recv(fd, 9), sys.recv(fd, 9), sys.send(fd, b"x", NOSIGNAL)):
        found.append((yield from tried(call)))
    return tuple(found)


def write_after_close(sys, there, yonder):
    """The other end is closed: the first write is answered by a reset, the next one fails."""
    one, other = yield from connected(sys)
    yield sys.close(other)
    found = [(yield sys.recv(one, 9)), (yield sys.send(one, b"x"))]
    yield sys.nanosleep(NAP)
    return (*found, (yield from tried(sys.send(one, b"x", NOSIGNAL))))


def closed_listener_resets(sys, there, yonder):
    listener, address = yield from listens(sys)
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(fd, address)
    yield sys.nanosleep(NAP)
    yield sys.close(listener)
    yield sys.nanosleep(NAP)
    return (yield from tried(sys.recv(fd, 9)))


def each_accepted_once(sys, there, yonder):
    listener, address = yield from listens(sys)
    servers, clients = [], []
    for place in (there, yonder):
        servers.append((yield sys.clone(accepts, listener, 2, on=place)))
    for place in (there, yonder) * 2:
        clients.append((yield sys.clone(reads_one, address, on=place)))
    served = []
    for thread in servers:
        served += yield sys.join(thread)
    heard = []
    for thread in clients:
        heard.append((yield sys.join(thread)))
    return len(served), len(set(served)), tuple(heard)


def accepts(sys, listener, count):
    seen = []
    for _ in range(count):
        fd, address = yield sys.accept(listener)
        seen.append(address)
        yield sys.send(fd, b"served")
        yield sys.close(fd)
    return tuple(seen)


def reads_one(sys, address):
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(fd, address)
    return (yield from receives(sys, fd))  # still open: its port is nobody else's meanwhile


def wrong_states(sys, there, yonder):
    fresh = yield sys.socket(AF_INET, SOCK_STREAM)
    listener, address = yield from listens(sys)
    one, other = yield from connected(sys)
    datagrams = yield sys.socket(AF_INET, SOCK_DGRAM)
    idle = yield sys.socket(AF_INET, SOCK_STREAM | NOBLOCK)
    yield sys.bind(idle, (HERE, 0))
    yield sys.listen(idle, 1)
    calls = [
        sys.recv(fresh, 1), sys.send(fresh, b"x", NOSIGNAL), sys.accept(fresh),
        sys.getpeername(fresh), sys.shutdown(fresh, SHUT_WR), sys.shutdown(one, 9),
        sys.connect(one, address), sys.connect(listener, address), sys.bind(one, (HERE, 0)),
        sys.listen(one, 1), sys.accept(one), sys.recv(listener, 1), sys.getpeername(listener),
        sys.listen(datagrams, 1), sys.accept(datagrams), sys.send(datagrams, b"x"),
        sys.shutdown(datagrams, SHUT_RDWR), sys.accept(idle), sys.recv(datagrams, 1, DONTWAIT),
        sys.bind(fresh, ("8.8.8.8", 0)), sys.getsockname(fresh), sys.socket(77, SOCK_STREAM),
        sys.socket(AF_INET, 77), sys.socket(AF_INET, SOCK_STREAM, socket.IPPROTO_UDP),
        sys.setsockopt(fresh, socket.SOL_SOCKET, 9999, 1),
        sys.setsockopt(fresh, socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        sys.setsockopt(fresh, socket.IPPROTO_TCP, 9999, 1), sys.recv(other, 1, DONTWAIT),
        sys.socketpair(AF_INET, SOCK_STREAM),
    ]  # fmt: skip
    thread = yield sys.clone(tries, calls, on=there)
    return (yield sys.join(thread))


def taken_ports(sys, there, yonder):
    listener, address = yield from listens(sys)
    thread = yield sys.clone(binds, address, on=there)
    found = [(yield sys.join(thread))]
    yield sys.close(listener)
    thread = yield sys.clone(binds, address, on=yonder)
    return (*found, (yield sys.join(thread)))


def binds(sys, address):
    """What binding gives: plainly, anywhere, to another address, with REUSEADDR, for UDP."""
    found = []
    for host, kind, reuse in (
        (HERE, SOCK_STREAM, False),
        ("0.0.0.0", SOCK_STREAM, False),
        ("127.0.0.2", SOCK_STREAM, False),
        (HERE, SOCK_STREAM, True),
        (HERE, SOCK_DGRAM, False),
    ):
        fd = yield sys.socket(AF_INET, kind)
        if reuse:
            yield sys.setsockopt(fd, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.append((yield from tried(sys.bind(fd, (host, address[1])))))
        yield sys.close(fd)
    return tuple(found)


def port_of_the_dead(sys, there, yonder):
    """Whoever has waited for a server's end finds its port free."""
    listener, address = yield from listens(sys)
    yield sys.close(listener)
    pid = yield sys.fork(dies_listening, address, yonder, on=there)
    status = (yield sys.wait4(pid))[1]
    return status, (yield from binds(sys, address))


def dies_listening(sys, address, yonder):
    yield from tried(sys.migrate(yonder))
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(fd, address)
    yield sys.listen(fd, 1)
    yield sys.exit_group(7)


def not_waiting(sys, there, yonder):
    """O_NONBLOCK: connect says so, and says later that it is done."""
    listener, address = yield from listens(sys)
    fd = yield sys.socket(AF_INET, SOCK_STREAM | NOBLOCK)
    began = yield from tried(sys.connect(fd, address))
    yield sys.accept(listener)
    yield sys.nanosleep(NAP)
    found = [began, (yield from tried(sys.recv(fd, 9)))]
    return (*found, (yield from tried(sys.connect(fd, address))))


# ---- datagrams ----------------------------------------------------------------------------------


def datagrams_keep_their_bounds(sys, there, yonder):
    fd = yield sys.socket(AF_INET, SOCK_DGRAM)
    yield sys.bind(fd, (HERE, 0))
    address = yield sys.getsockname(fd)
    thread = yield sys.clone(throws, address, (b"one", b"", b"three" * 300), on=there)
    sender = yield sys.join(thread)
    found = []
    for size in (2, 9, 2000):
        data, source = yield sys.recvfrom(fd, size)
        found.append((data, source == sender))
    return (*found, (yield from tried(sys.recvfrom(fd, 9, DONTWAIT))))


def throws(sys, address, pieces):
    fd = yield sys.socket(AF_INET, SOCK_DGRAM)
    for piece in pieces:
        yield sys.sendto(fd, piece, 0, address)
    port = (yield sys.getsockname(fd))[1]
    yield sys.close(fd)
    return HERE, port


def nobody_has_the_port(sys, there, yonder):
    fd = yield sys.socket(AF_INET, SOCK_DGRAM)
    yield sys.bind(fd, (HERE, 0))
    address = yield sys.getsockname(fd)
    yield sys.close(fd)
    fd = yield sys.socket(AF_INET, SOCK_DGRAM)
    yield sys.connect(fd, address)
    found = [(yield sys.send(fd, b"x"))]
    yield sys.nanosleep(NAP)
    found += [(yield from tried(sys.recv(fd, 9))), (yield from tried(sys.send(fd, b"x")))]
    return tuple(found)


def large_datagrams(sys, there, yonder):
    one = yield sys.socket(AF_INET, SOCK_DGRAM)
    yield sys.bind(one, (HERE, 0))
    thread = yield sys.clone(throws_large, (yield sys.getsockname(one)), on=there)
    said = yield sys.join(thread)
    return said, (yield sys.recv(one, 70_000)) == pattern(60_000)


def throws_large(sys, address):
    fd = yield sys.socket(AF_INET, SOCK_DGRAM)
    sent = yield sys.sendto(fd, pattern(60_000), 0, address)
    return sent, (yield from tried(sys.sendto(fd, bytes(65_508), 0, address)))


def connected_datagrams(sys, there, yonder):
    """A connected socket hears nobody else."""
    one = yield sys.socket(AF_INET, SOCK_DGRAM)
    other = yield sys.socket(AF_INET, SOCK_DGRAM)
    for fd in (one, other):
        yield sys.bind(fd, (HERE, 0))
    mine, yours = (yield sys.getsockname(one)), (yield sys.getsockname(other))
    yield sys.connect(one, yours)
    thread = yield sys.clone(throws, mine, (b"a stranger's",), on=there)
    yield sys.join(thread)
    yield sys.sendto(other, b"yours", 0, mine)
    found = [(yield sys.recv(one, 20)), (yield from tried(sys.recv(one, 20, DONTWAIT)))]
    return (*found, (yield sys.getpeername(one)) == yours)


PIPES = {
    pipe_carries_bytes: (b"abc", b"d", b"", 0),
    wrong_descriptors: ("EBADF",) * 4 + ("ENOTSOCK",) * 8
    + ("EBADF", "ENOTSOCK", "EINVAL", "ENOTSOCK", "ENOTSOCK"),
    lowest_descriptor: (2, True, 3),
    last_close_ends_it: (b"still", b""),
    child_inherits: (b"child", b"", 3 << 8),
    broken_pipe_kills: signal.SIGPIPE.value,
    full_pipe_waits: True,
    short_writes_are_whole: True,
    pair_goes_both_ways: (b"hello", b"", "EPIPE"),
    pair_of_datagrams: (b"fi", b"", b"third", "EAGAIN", "ECONNREFUSED"),
    flags_of_recv: ("EAGAIN", b"ab", b"abcd"),
}  # fmt: skip
SOCKETS = {
    connection_goes_both_ways: (b"one", b"two", b"", None, 0),
    long_stream: (True, True),
    half_closed: (b"late answer", b"", "EPIPE"),
    shut_for_reading: (b"", 1),
    refused: "ECONNREFUSED",
    reset_by_unread_bytes: ("ECONNRESET", b"", "EPIPE"),
    write_after_close: (b"", 1, "EPIPE"),
    closed_listener_resets: "ECONNRESET",
    each_accepted_once: (4, 4, (b"served",) * 4),
    wrong_states: (
        "ENOTCONN", "EPIPE", "EINVAL", "ENOTCONN", "ENOTCONN", "EINVAL", "EISCONN", "EISCONN",
        "EINVAL", "EINVAL", "EINVAL", "ENOTCONN", "ENOTCONN", "ENOTSUP", "ENOTSUP",
        "EDESTADDRREQ", "ENOTCONN", "EAGAIN", "EAGAIN", "EADDRNOTAVAIL", ("0.0.0.0", 0),
        "EAFNOSUPPORT", "EINVAL", "EPROTONOSUPPORT", "ENOPROTOOPT", 0, "ENOPROTOOPT", "EAGAIN",
        "ENOTSUP",
    ),
    taken_ports: (("EADDRINUSE", "EADDRINUSE", 0, "EADDRINUSE", 0), (0,) * 5),
    port_of_the_dead: (7 << 8, (0,) * 5),
    not_waiting: ("EINPROGRESS", "EAGAIN", 0),
    datagrams_keep_their_bounds: ((b"on", True), (b"", True), (b"three" * 300, True), "EAGAIN"),
    nobody_has_the_port: (1, "ECONNREFUSED", 1),
    large_datagrams: ((60_000, "EMSGSIZE"), True),
    connected_datagrams: (b"yours", "EAGAIN", True),
}  # fmt: skip
