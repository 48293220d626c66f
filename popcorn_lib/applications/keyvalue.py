"""A key-value server: lines over TCP, workers on several kernels, a table in memory they share.

The idea.  Workers accept connections from one listener, wherever they run.  A request is a line,
so is its answer:

    SET key value   OK, or ERROR if there is no room        key: no spaces or line ends
    GET key         VALUE value, or NONE                    value: no line ends
    DEL key         OK, or NONE                             any other line: ERROR and why

No worker sends another anything: a bucket of the table comes to its kernel by the page protocol
(`keyvalue_table.py`), as a connection does by that of sockets.  Clients: `keyvalue_clients.py`.

Invariant.  Each request of a connection is done, whole, before the next, and answered once.  Of who
hangs up early, all lines that the worker has received are done, and no half one is.

Sharing.  The table's buckets.  The tickets, which say how many connections are still to come, share
one page.

Operations.  COST for a request, of kind "int": ours, of the order of a line taken apart and a hash.

What it does not have: more connections at a time than workers; a client that says nothing keeps its
worker.
"""

import errno
import socket
from contextlib import suppress
from typing import NamedTuple

from popcorn_lib.applications.keyvalue_clients import PORT, client
from popcorn_lib.applications.keyvalue_table import (
    Full,
    Table,
    change,
    contents,
    get_versioned,
    make_table,
)
from popcorn_lib.applications.team import team
from popcorn_lib.syscalls import MSG_NOSIGNAL, WORD

KIND, COST = "int", 2000
LINE = 1000  # bytes of a request at most, its end included
PIECE = 4096  # bytes that are received at a time
WORDS = {b"SET": 3, b"GET": 2, b"DEL": 2}  # of a request


class Server(NamedTuple):
    """What all workers know.

    tickets: the address of a word that counts connections taken on, of `connections` to come.
    get: how a value is read.  route: kernels to go round, one further after every `stay` requests,
    worker n from place n on; () to stay.
    """

    listener: int
    tickets: int
    connections: int
    table: Table
    get: object
    route: tuple
    stay: int


class Served(NamedTuple):
    """What came of it.

    seen: for each client thread what it saw, a tuple of Seen.  requests: answered, by worker.
    contents: of the table in the end.
    """

    seen: tuple
    requests: tuple
    contents: tuple


def main(sys, places, clients=(), outside=0, get=get_versioned, buckets=16, route=(), stay=1):
    """A server with a worker on each of the places, until all clients have hung up; a Served.

    clients: (kernel, requests) for each client thread.  outside: connections that hosts outside
    make.  buckets: pages of the table.  get, route, stay: as in Server.
    """
    connections = len(clients) + outside
    listener = yield from listening(sys, connections)
    table = yield from make_table(sys, buckets)
    tickets = yield sys.mmap(WORD)
    server = Server(listener, tickets, connections, table, get, tuple(route), stay)
    callers, seen = [], []
    for place, requests in clients:
        callers.append((yield sys.clone(client, tuple(requests), on=place)))
    requests = yield from team(sys, places, worker, server)
    for caller in callers:
        seen.append((yield sys.join(caller)))
    yield sys.close(listener)
    return Served(tuple(seen), tuple(requests), (yield from contents(sys, table)))


def listening(sys, backlog):
    """A listener at PORT of all addresses."""
    listener = yield sys.socket(socket.AF_INET, socket.SOCK_STREAM)
    yield sys.bind(listener, ("0.0.0.0", PORT))
    yield sys.listen(listener, backlog)
    return listener


def worker(sys, number, _, server):
    """Serve one connection after the other; how many requests were answered."""
    turn = number % max(1, len(server.route))
    server = server._replace(route=server.route[turn:] + server.route[:turn])
    answered = 0
    while (yield sys.fetch_add(server.tickets, 1)) < server.connections:
        fd, _ = yield sys.accept(server.listener)
        answered = yield from serve(sys, fd, server, answered)
        yield sys.close(fd)
    return answered


def serve(sys, fd, server, answered):
    """Answer every line of a connection, until the client hangs up; `answered`, and as many more.

    Of a line that is too long no more is kept than what shows that it is.
    """
    rest = b""
    while data := (yield from received(sys, fd)):
        *lines, rest = (rest + data).split(b"\n")
        rest = rest[:LINE]
        for line in lines:
            yield from tell(sys, fd, (yield from answer(sys, server, line)))
            answered += 1
            yield from go_round(sys, server, answered)
    return answered


def received(sys, fd):
    """What the client has sent; b"" if it has hung up, in whatever way."""
    try:
        return (yield sys.recv(fd, PIECE))
    except ConnectionError:
        return b""


def tell(sys, fd, line):
    """Send an answer, if anybody is there to read it; what was asked for is done anyway."""
    with suppress(ConnectionError):
        yield sys.send(fd, line + b"\n", MSG_NOSIGNAL)


def answer(sys, server, line):
    """Do what a line says; the answer, without the line's end."""
    yield sys.compute(COST, KIND)
    words = line.split(b" ", 2)
    if len(line) >= LINE:
        return b"ERROR longer than %d bytes" % LINE
    if len(words) != WORDS.get(words[0]) or not all(words):
        return b"ERROR not SET key value, GET key or DEL key"
    if words[0] == b"GET":
        value = yield from server.get(sys, server.table, words[1])
        return b"NONE" if value is None else b"VALUE " + value
    try:
        old = yield from change(sys, server.table, words[1], words[2] if words[2:] else None)
    except Full:
        return b"ERROR no room"
    return b"NONE" if words[0] == b"DEL" and old is None else b"OK"


def go_round(sys, server, answered):
    """Go on to the next kernel of the route, if it is time; connections in use come along."""
    if server.route and answered % server.stay == 0:
        place = server.route[answered // server.stay % len(server.route)]
        try:
            yield sys.migrate(place)
        except OSError as error:
            if error.errno != errno.EBUSY:  # it is there already
                raise
