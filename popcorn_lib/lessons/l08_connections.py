"""Lesson 08, connections: its items."""

from socket import AF_INET, SHUT_WR, SOCK_STREAM

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.mechanisms.sockets import Sockets
from popcorn_lib.worlds.explore import explore

lesson = Lesson(
    "08",
    needs="0.1",
    objectives={
        "O1": "say what belongs to the state of a connection, and where it is kept",
        "O2": "follow a hand-over, and say what happens to what comes too late",
        "O3": "compare hand-over and delegation by counted messages",
        "O4": "show by a run why queues must travel",
        "O5": "say who gets a connection or a port, and how a stream ends",
    },
)

lesson.predict(
    "p1",
    "How many of the 200 bytes are read wrongly, twice or never?",
    unit="bytes",
    objectives=("O1", "O2"),
)

lesson.order(
    "o1",
    "A thread on `k1` makes its first call on a connection that `k0` has made and holds.",
    steps={
        "late": "`k0` passes on what has come too late",
        "ask": "`k1` asks home for the call: FILE_REQUEST",
        "install": "`k1` has the connection",
        "queue": "`k0` sends the queues: SOCKET_QUEUE",
        "steer": "`k1` asks the maker to steer: STEER",
        "state": "`k0` sends the state: SOCKET_STATE",
        "settled": "`k0` says that nothing comes to it any more: SETTLED",
    },
    before=[
        ("ask", "queue"),
        ("queue", "state", "The queues go ahead: the state makes the connection whole."),
        ("state", "install"),
        ("install", "steer", "Only who has it asks to be steered to."),
        ("steer", "late", "Before that, more may still come to the old kernel."),
        ("late", "settled", "After SETTLED it may move on: nothing must come behind it."),
    ],
    objectives="O2",
)


def cheaper_from(handed, delegated):
    (first, each), (other, more) = handed, delegated
    if first < other:
        return 0
    if more - each < 1:
        return None
    return (first - other) // (more - each) + 1


lesson.check(
    "c1",
    "From how many sends on does the hand-over need fewer messages?",
    reference=cheaper_from,
    cases=[
        ((15, 1), (2, 2)),
        ((32, 2), (10, 5)),
        ((10, 1), (4, 3)),
        ((3, 2), (4, 2)),
        ((5, 2), (5, 2)),
        ((8, 3), (2, 3)),
        ((8, 4), (2, 3)),
    ],
    hints=[
        "If one more send gains nothing, more of them gain nothing either.",
        "After n sends the hand-over has gained n times what one send gains.",
        "It must gain more than the gap: `gap // gain` sends are not enough, one more is.",
    ],
    objectives="O3",
)

lesson.predict("p2", "How many of the four clients are served?", unit="clients", objectives="O5")

lesson.quiz(
    "q1",
    "Of three kernels, a client on `k2` gets port 51588. Why does that need no message?",
    {
        "`k2` has a share of the upper ports to itself": (
            True,
            "Nobody else gives one of these, so nobody has to be asked.",
        ),
        "a client's port need not be unique": (
            False,
            "It must: with the addresses it says whose packets these are.",
        ),
        "all kernels have a copy of the table of ports": (
            False,
            "A copy would have to be made before, and kept equal: that takes messages.",
        ),
    },
    objectives="O5",
)


def counts(sys, listener):
    fd, _ = yield sys.accept(listener)
    count = 0
    while data := (yield sys.recv(fd, 8)):
        count += len(data)
    yield sys.send(fd, str(count).encode())
    yield sys.close(fd)


def opens(sys):
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, ("127.0.0.1", 80))
    yield sys.listen(listener, 5)
    return listener, ("127.0.0.1", 80)


def asks(sys, counts, parts, place):
    """A client sends in parts, shuts its side and reads the answer to its end."""
    listener, address = yield from opens(sys)
    server = yield sys.clone(counts, listener, on=place)
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(fd, address)
    for part in parts:
        yield sys.send(fd, part)
    yield sys.shutdown(fd, SHUT_WR)
    said = b""
    while more := (yield sys.recv(fd, 8)):
        said += more
    yield sys.join(server)
    return said.decode()


PLACES = {"1 kernel": Machine.smp(2), "2 kernels": Machine.multikernel(2)}
MOST_STATES = 20_000


def counts_outcome(counts, parts, where):
    """What a client can hear from a student's server, in every order."""
    machine = PLACES[where]
    args = (counts, parts, machine.kernels[-1])
    found = explore(asks, machine, args=args, max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    if not found.complete:
        return "no end: it goes on and on"
    return f"every order ends, the client hears {sorted({value for value, _ in found.outcomes})}"


lesson.check(
    "c2",
    "`counts`: the client hears how many bytes it has sent, in every order of events.",
    reference=counts,
    run=counts_outcome,
    cases=[
        ((b"abc",), "1 kernel"),
        ((), "1 kernel"),
        ((b"ab", b"cde"), "1 kernel"),
        ((b"ab", b"cde"), "2 kernels"),
        ((b"twelve bytes",), "2 kernels"),
    ],
    hints=[
        "`recv` gives what has come so far, at most as much as asked for: go on until it is empty.",
        'The end of the stream is `b""`; before it, `recv` waits.',
        "Send the number as bytes: `str(count).encode()`.",
    ],
    objectives="O5",
)

lesson.predict(
    "p3",
    "With `Torn`, what does the thread read of `abcdef`, two bytes before it moves?",
    choices=[
        "all six",
        "ab and the end of the stream",
        "ab and then an error",
        "ab and then it waits for ever",
    ],
    objectives="O4",
)


def sends(sys, address, data):
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(fd, address)
    yield sys.send(fd, data)
    yield sys.close(fd)


def follows(sys, size, *tour):
    """A thread reads two bytes, moves, and so on; at the end it reads what is left."""
    data = bytes(n % 251 for n in range(size))
    listener, address = yield from opens(sys)
    peer = yield sys.clone(sends, address, data)
    fd, _ = yield sys.accept(listener)
    got = yield sys.recv(fd, 2)
    yield sys.join(peer)
    for kernel in tour:
        yield sys.migrate(kernel)
        got += yield sys.recv(fd, 2)
    while more := (yield sys.recv(fd, 4096)):
        got += more
    yield sys.close(fd)
    return len(got), got == data


def follows_outcome(sockets, size, *tour):
    """What a thread on tour can read, watched by the library's own invariants."""
    watched = type("Watched", (sockets,), {"invariants": Sockets.invariants})
    machine = Machine.multikernel(3).replace(sockets=watched)
    found = explore(follows, machine, args=(size, *tour), max_states=MOST_STATES)
    if found.violation:
        return f"{found.violation.kind}: {found.violation.message}"
    told = [f"{n} bytes{'' if equal else ', not those sent'}" for (n, equal), _ in found.outcomes]
    return f"in every order {' or '.join(sorted(told))}"


lesson.check(
    "c3",
    "What the peer has sent is read, all of it and in order.",
    reference=Sockets,
    name="Torn",
    run=follows_outcome,
    cases=[(6, "k1"), (6, "k1", "k0"), (6, "k1", "k2"), (9000, "k1")],
    hints=[
        "`getattr(file, queue)` is what is in the queue; then it must be empty here.",
        "`self.kernel.send(to, SOCKET_QUEUE(ref, queue, data))` sends it ahead of the state.",
        "9,000 bytes take three messages: `data[start : start + 4096]`.",
    ],
    solution="""from popcorn_lib.messages import SOCKET_QUEUE

class Torn(Sockets):
    def _send_queue(self, to, ref, file, queue):
        data = getattr(file, queue)
        setattr(file, queue, b"")
        for start in range(0, len(data), 4096):
            self.kernel.send(to, SOCKET_QUEUE(ref, queue, data[start : start + 4096]))""",
    objectives="O4",
)

lesson.quiz(
    "q2",
    "A packet reaches the old kernel when the connection has left. What does that kernel do?",
    {
        "it drops it: the peer will send it again": (
            False,
            "A peer outside would, after a long time; inside the machine nobody sends again.",
        ),
        "it keeps it, and passes it on when the maker steers elsewhere": (
            True,
            "So it comes in late, and its positions put it in order.",
        ),
        "it answers with a reset: there is no such connection": (
            False,
            "There is, only not here: the peer would notice.",
        ),
    },
    objectives="O2",
)
