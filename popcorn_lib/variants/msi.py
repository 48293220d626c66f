"""MSI page coherence with a directory: a protocol model, and the classical ways to get it wrong.

The idea.  One page, N kernels that may hold a copy, and a home that has the directory: either one
owner, who may write, or any number of sharers, who may read.  Who lacks a right asks home; home
takes rights away from others before it grants one.

A kernel is I (no copy), S (may read), M (may write), or waits: IS (to read), IM (to write), SM (to
write, and may still read).  It reads or writes from I, writes from S, and drops a page in S without
a word; nothing leaves M unasked.

Home is idle, with owner and sharers, or busy with one request: who asks for what, and who has not
answered yet; while it is busy it keeps neither owner nor sharers and takes no other request.
  - GetS with no owner: the asker becomes a sharer, DataS to it.  With an owner: Fetch to the owner,
    who goes to S and answers; then both are sharers, DataS to the asker.
  - GetM: Inv to the owner, or to all sharers but the asker; when all have answered, or if there are
    none, the asker is the owner, DataM to it.  Home does not wait until a grant has arrived.

Channels, FIFO each: requests (kernel to home), replies (kernel to home), orders (home to kernel):
grants and Inv in one, so that an Inv never overtakes the copy that it is about.  A sharer that has
dropped its page answers Inv all the same.  A reply is Data if the kernel was in M, else Ack.

Invariant.  If somebody may write, nobody else may read or write.

Its graph has 163, 1,872, 22,005 and 274,374 states with 2, 3, 4 and 5 kernels; with kernels that
are told apart by nothing but their names counted once, 1,317 and 4,172 with 4 and 5.

Source.  The directory MSI protocol of D. Sorin, M. Hill and D. Wood, A Primer on Memory Consistency
and Cache Coherence, 2011, section 8.2, simplified: home collects the answers.
"""

from typing import NamedTuple

from popcorn_lib.protocol import HOME, NODE, Protocol


class Busy(NamedTuple):
    """The request that home is busy with."""

    asker: int
    request: str
    unanswered: frozenset


class Directory(NamedTuple):
    """The state of home."""

    owner: int | None = None
    sharers: frozenset = frozenset()
    busy: Busy | None = None

    def __repr__(self):
        if self.busy:
            waits = ", ".join(f"k{one}" for one in sorted(self.busy.unanswered))
            return f"busy with {self.busy.request} of k{self.busy.asker}, waits for {waits}"
        if self.owner is not None:
            return f"owner k{self.owner}"
        return f"sharers {', '.join(f'k{one}' for one in sorted(self.sharers)) or 'none'}"


AFTER = {  # (state of a kernel, order of home) -> its state after
    ("IS", "DataS"): "S",
    ("IM", "DataM"): "M",
    ("SM", "DataM"): "M",
    ("M", "Fetch"): "S",
    ("S", "Inv"): "I",
    ("M", "Inv"): "I",
    ("SM", "Inv"): "IM",
    ("I", "Inv"): "I",
    ("IS", "Inv"): "IS",
    ("IM", "Inv"): "IM",
}


def single_writer(states):
    """If somebody may write, nobody else may read or write."""
    writers = [name for name, state in states.items() if state == "M"]
    readers = [name for name, state in states.items() if state in ("S", "SM")]
    if writers and len(writers + readers) > 1:
        said = f"{' and '.join(writers)} may write"
        return f"{said}, and {' and '.join(readers)} may read" if readers else said
    return None


class Msi(Protocol):
    """The protocol as it should be."""

    channels = {"requests": (NODE, HOME), "replies": (NODE, HOME), "orders": (HOME, NODE)}
    replies = "replies"  # the channel for them
    after = AFTER
    invariants = (single_writer,)

    def first(self, me):
        return Directory() if me == HOME else "I"

    def act(self, me, state):
        if state == "I":
            yield "reads", "IS", ("requests", HOME, "GetS")
            yield "writes", "IM", ("requests", HOME, "GetM")
        if state == "S":
            yield "writes", "SM", ("requests", HOME, "GetM")
            yield "evicts", "I"

    def on_requests(self, me, home, source, request):
        if home.busy:
            return None
        if request == "GetS" and home.owner is None:
            return Directory(sharers=home.sharers | {source}), ("orders", source, "DataS")
        owners = frozenset() if home.owner is None else frozenset([home.owner])
        holders = owners or home.sharers - {source}
        if not holders:
            return Directory(owner=source), ("orders", source, "DataM")
        order = "Fetch" if request == "GetS" else "Inv"
        orders = (("orders", holder, order) for holder in sorted(holders))
        return Directory(busy=Busy(source, request, holders)), *orders

    def on_orders(self, me, state, source, order):
        after = self.after[state, order]
        if order in ("DataS", "DataM"):
            return (after,)
        return after, (self.replies, HOME, "Data" if state == "M" else "Ack")

    def on_replies(self, me, home, source, reply):
        asker, request, unanswered = home.busy
        left = unanswered - {source}
        return self.grant(asker, source, request) if not left else (self.wait(home, left),)

    def wait(self, home, unanswered):
        return Directory(busy=home.busy._replace(unanswered=unanswered))

    def grant(self, asker, source, request):
        if request == "GetS":
            return Directory(sharers=frozenset([asker, source])), ("orders", asker, "DataS")
        return Directory(owner=asker), ("orders", asker, "DataM")

    def rename(self, value, name):
        if not isinstance(value, Directory):
            return value
        busy = value.busy and Busy(
            name[value.busy.asker],
            value.busy.request,
            frozenset(name[one] for one in value.busy.unanswered),
        )
        return Directory(name[value.owner], frozenset(name[one] for one in value.sharers), busy)


class KeptPage(Msi):
    """A sharer answers an Inv and keeps its page."""

    after = AFTER | {("S", "Inv"): "S"}


class EarlyGrant(Msi):
    """Home grants a writer its page after the first answer, whoever else is to answer still."""

    def on_replies(self, me, home, source, reply):
        if home.busy is None or source not in home.busy.unanswered:
            return (home,)  # one that comes late
        return self.grant(home.busy.asker, source, home.busy.request)


class OneQueue(Msi):
    """Requests and replies share one FIFO: an answer can stand behind a request."""

    channels = {"requests": (NODE, HOME), "orders": (HOME, NODE)}
    replies = "requests"

    def on_requests(self, me, home, source, message):
        if message in ("Ack", "Data"):
            return self.on_replies(me, home, source, message)
        return super().on_requests(me, home, source, message)
