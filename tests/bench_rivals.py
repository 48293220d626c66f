"""MSI searched without our explorer, for the benchmark; nothing else uses it.

The protocol of popcorn_lib/variants/msi.py twice: as objects that are copied for each event, as
most people would write it first, and by hand on bare tuples, as fast as plain Python gets without
further ideas.
"""

import copy
from collections import deque


class Kept:
    """A breadth-first search that keeps parents, as every one here must."""

    def __init__(self, first, key):
        self.parents, self.waiting = {key: None}, deque([first])

    def add(self, state, key, before, step):
        if key not in self.parents:
            self.parents[key] = (before, step)
            self.waiting.append(state)


# ---- MSI, objects that are copied ---------------------------------------------------------------


class Node:
    def __init__(self):
        self.state = "I"
        self.requests, self.replies, self.orders = deque(), deque(), deque()

    def key(self):
        return self.state, tuple(self.requests), tuple(self.replies), tuple(self.orders)


class World:
    """All of MSI as objects; each event is a method that changes them."""

    def __init__(self, nodes):
        self.nodes = [Node() for _ in range(nodes)]
        self.owner, self.sharers = None, set()
        self.asker, self.request, self.unanswered = None, None, set()

    def key(self):
        home = (self.owner, frozenset(self.sharers), self.asker, self.request)
        return (*(node.key() for node in self.nodes), *home, frozenset(self.unanswered))

    def events(self):
        for me, node in enumerate(self.nodes):
            if node.state in ("I", "S"):
                yield "write", me
                yield ("read" if node.state == "I" else "evict"), me
            if node.orders:
                yield "take_order", me
            if node.requests and self.asker is None:
                yield "take_request", me
            if node.replies:
                yield "take_reply", me

    def single_writer(self):
        states = [node.state for node in self.nodes]
        rights = [state for state in states if state in ("S", "SM", "M")]
        return "M" not in states or len(rights) == 1

    def read(self, me):
        self.nodes[me].state = "IS"
        self.nodes[me].requests.append("GetS")

    def write(self, me):
        self.nodes[me].state += "M"
        self.nodes[me].requests.append("GetM")

    def evict(self, me):
        self.nodes[me].state = "I"

    def take_order(self, me):
        node = self.nodes[me]
        order = node.orders.popleft()
        if order in ("DataS", "DataM"):
            node.state = order[-1]
            return
        node.replies.append("Data" if node.state == "M" else "Ack")
        if order == "Fetch":
            node.state = "S"
        else:
            node.state = {"S": "I", "M": "I", "SM": "IM"}.get(node.state, node.state)

    def take_request(self, me):
        request = self.nodes[me].requests.popleft()
        holders = self.sharers - {me} if request == "GetM" else set()
        holders = holders if self.owner is None else {self.owner}
        self.asker, self.request, self.unanswered = me, request, set(holders)
        for holder in holders:
            self.nodes[holder].orders.append("Fetch" if request == "GetS" else "Inv")
        if not holders:
            self.grant(self.sharers if request == "GetS" else set())
        else:
            self.owner, self.sharers = None, set()

    def take_reply(self, me):
        self.nodes[me].replies.popleft()
        self.unanswered.discard(me)
        if not self.unanswered:
            self.grant({me})

    def grant(self, others):
        if self.request == "GetS":
            self.sharers = others | {self.asker}
        else:
            self.owner, self.sharers = self.asker, set()
        self.nodes[self.asker].orders.append("Data" + self.request[-1])
        self.asker, self.request = None, None


def msi_of_objects(nodes):
    """States of MSI, by copying all objects for each event."""
    world = World(nodes)
    seen = Kept(world, world.key())
    while seen.waiting:
        world = seen.waiting.popleft()
        assert world.single_writer()
        before = world.key()
        for event, me in world.events():
            after = copy.deepcopy(world)
            getattr(after, event)(me)
            seen.add(after, after.key(), before, (event, me))
    return len(seen.parents)


# ---- MSI, bare tuples by hand -------------------------------------------------------------------

I, S, M, IS, IM, SM = range(6)  # noqa: E741
GET_S, GET_M, ACK, DATA, DATA_S, DATA_M, FETCH, INV = range(1, 9)
AFTER_INV = (I, I, I, IS, IM, IM)


def put(values, place, value):
    return (*values[:place], value, *values[place + 1 :])


def bare_successors(state, count):
    """[(step, state after), ...]; a set of nodes is a number with a bit for each."""
    nodes, requests, replies, orders, owner, sharers, busy = state
    home, found = (owner, sharers, busy), []
    for me in range(count):
        here = nodes[me]
        if here == I:
            for to, request in ((IS, GET_S), (IM, GET_M)):
                asked = put(requests, me, request)
                after = (put(nodes, me, to), asked, replies, orders, *home)
                found.append((("asks", me, request), after))
        elif here == S:
            asked = put(requests, me, GET_M)
            after = (put(nodes, me, SM), asked, replies, orders, *home)
            found.append((("asks", me, GET_M), after))
            found.append((("evicts", me), (put(nodes, me, I), requests, replies, orders, *home)))
        if orders[me]:
            order, left = orders[me][0], put(orders, me, orders[me][1:])
            if order in (DATA_S, DATA_M):
                to = S if order == DATA_S else M
                after = (put(nodes, me, to), requests, replies, left, *home)
            else:
                to = S if order == FETCH else AFTER_INV[here]
                answered = put(replies, me, DATA if here == M else ACK)
                after = (put(nodes, me, to), requests, answered, left, *home)
            found.append((("takes order", me), after))
        if requests[me] and not busy:
            request, left, bit = requests[me], put(requests, me, 0), 1 << me
            others = sharers & ~bit if request == GET_M else 0
            holders = 1 << owner if owner >= 0 else others
            if holders:
                order = (FETCH,) if request == GET_S else (INV,)
                queues = enumerate(orders)
                more = tuple([q + order if holders >> one & 1 else q for one, q in queues])
                after = (nodes, left, replies, more, -1, 0, (me, request, holders))
            elif request == GET_S:
                more = put(orders, me, (*orders[me], DATA_S))
                after = (nodes, left, replies, more, -1, sharers | bit, ())
            else:
                more = put(orders, me, (*orders[me], DATA_M))
                after = (nodes, left, replies, more, me, 0, ())
            found.append((("home takes request", me), after))
        if replies[me]:
            asker, request, unanswered = busy
            unanswered &= ~(1 << me)
            left = put(replies, me, 0)
            if unanswered:
                after = (nodes, requests, left, orders, -1, 0, (asker, request, unanswered))
            elif request == GET_S:
                more = put(orders, asker, (*orders[asker], DATA_S))
                after = (nodes, requests, left, more, -1, 1 << asker | 1 << me, ())
            else:
                more = put(orders, asker, (*orders[asker], DATA_M))
                after = (nodes, requests, left, more, asker, 0, ())
            found.append((("home takes reply", me), after))
    return found


def msi_of_bare_tuples(count):
    """States of MSI, by hand on tuples."""
    first = ((I,) * count, (0,) * count, (0,) * count, ((),) * count, -1, 0, ())
    parents, waiting = {first: None}, deque([first])
    while waiting:
        state = waiting.popleft()
        writers = state[0].count(M)
        assert not writers or (writers == 1 and S not in state[0] and SM not in state[0])
        after = bare_successors(state, count)
        assert after
        for step, then in after:
            if then not in parents:
                parents[then] = (state, step)
                waiting.append(then)
    return len(parents)
