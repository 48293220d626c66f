"""Clients of the key-value server: what they ask, what they see, and whether it can have been so.

The idea.  A load is drawn by a seed: so many reads, and keys of which few are wanted often.  Each
client notes when it asked and when it heard.  What all clients saw is linearizable if each request
can be given one moment between the two, so that the requests, done one after the other in the order
of these moments, give just those answers: then the server looks as if it had one worker.

Invariant.  A key's answers hang on the requests for that key alone, so keys are judged one by one.

Source.  Herlihy and Wing, Linearizability, TOPLAS 1990; the search is that of Wing and Gong, 1993,
with the states remembered that it has seen.
"""

import socket
from collections import defaultdict
from typing import NamedTuple

import numpy

from popcorn_lib.errors import UsageError

PORT = 7000
OURS = ("10.0.0.1", PORT)  # from within the machine and from outside
PATIENCE = 1e-3  # seconds until a client tries again that came before the server


class Seen(NamedTuple):
    """A request and its answer, without line ends; when the one went and the other came, in s."""

    request: bytes
    answer: bytes
    asked: float
    heard: float


def client(sys, requests, address=OURS):
    """Ask one request after the other over one connection; a tuple of Seen."""
    fd, seen = (yield from connected(sys, address)), []
    for request in requests:
        asked = yield sys.clock_gettime()
        yield sys.send(fd, request + b"\n")
        answer = yield from answers(sys, fd)
        seen.append(Seen(request, answer, asked, (yield sys.clock_gettime())))
    yield sys.close(fd)
    return tuple(seen)


def connected(sys, address=OURS):
    """A connection to the server, as soon as it is there."""
    while True:
        fd = yield sys.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            yield sys.connect(fd, address)
            return fd
        except ConnectionRefusedError:
            yield sys.close(fd)
            yield sys.nanosleep(PATIENCE)


def answers(sys, fd, count=1):
    """`count` answers to come, as one bytes object without its last line end."""
    data = b""
    while data.count(b"\n") < count and (piece := (yield sys.recv(fd, 4096))):
        data += piece
    return data[:-1]


def load(seed, requests, keys=64, reads=0.9, deletes=0.0, skew=1.0, length=20):
    """A list of request lines, drawn by a seed.

    keys: how many there are.  reads, deletes: shares of the requests; the others set a value that
    is like no other of this load.  skew: the k-th key is wanted 1 / k^skew as often as the first;
    0: all alike.  length: of a value, in bytes.
    """
    if not (reads >= 0 and deletes >= 0 and reads + deletes <= 1):
        raise UsageError(f"shares must be 0 to 1 and together at most 1, not {reads}, {deletes}")
    random = numpy.random.default_rng(seed)
    weights = numpy.arange(1, keys + 1) ** -float(skew)
    wanted = random.choice(keys, requests, p=weights / weights.sum())
    what = random.random(requests)
    lines = []
    for number, (key, drawn) in enumerate(zip(wanted.tolist(), what.tolist(), strict=True)):
        if drawn < reads + deletes:
            lines.append(b"%b key%d" % (b"GET" if drawn < reads else b"DEL", key))
        else:
            value = b"%d-%d" % (seed, number)
            lines.append(b"SET key%d %b" % (key, value.ljust(length, b".")))
    return lines


# ---- the judgement ------------------------------------------------------------------------------


def linearizable(seen):
    """None, or the first key whose answers cannot have been given by one worker.

    seen: every Seen of every client that asked well-formed requests, in any order.
    """
    of_key = defaultdict(list)
    for one in seen:
        of_key[one.request.split(b" ", 2)[1]].append(one)
    return next((key for key in sorted(of_key) if not _in_some_order(of_key[key])), None)


def _in_some_order(seen):
    """Whether there is an order, by depth-first search; its state: who is done, and the value."""
    seen = sorted(seen, key=lambda one: one.asked)
    todo, known = [(frozenset(), None)], set()
    while todo:
        done, value = todo.pop()
        left = [number for number in range(len(seen)) if number not in done]
        if not left:
            return True
        first_end = min(seen[number].heard for number in left)
        for number in left:
            if seen[number].asked > first_end:
                break
            said, then = _alone(seen[number].request, value)
            state = done | {number}, then
            if seen[number].answer == said and state not in known:
                known.add(state)
                todo.append(state)
    return False


def _alone(request, value):
    """(answer, the key's value afterwards) of a server that does nothing else."""
    verb, _, *given = request.split(b" ", 2)
    if verb == b"GET":
        return (b"NONE" if value is None else b"VALUE " + value), value
    if verb == b"DEL":
        return (b"NONE" if value is None else b"OK"), None
    return b"OK", given[0]
