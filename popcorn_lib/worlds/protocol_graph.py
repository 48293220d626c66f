"""All global states of a protocol model, as tuples of numbers.

The idea.  What a kernel does depends on its own state and one input, so every local step is
computed once.  A kernel's record is its state and what is in the channels into it; a node's has its
channels to home as well.  Equal records get equal small numbers; a global state is the tuple of
them, home first.  A step puts one or two others in their places: they are looked up in a table.
"""

from functools import partial

from popcorn_lib.protocol import HOME, NODE
from popcorn_lib.worlds.histories import Numbers
from popcorn_lib.worlds.protocol_steps import Crash, Judge, called, check_value
from popcorn_lib.worlds.traffic import Memo


class Graph:
    """The graph of one protocol model; see `explore_protocol`.

    A move is (words, home's record after, the node's record after, others): `others` is what comes
    to other nodes, ((place, channel, message), ...), or a Crash.  A channel in a record is
    (name, place of its other end).
    """

    def __init__(self, steps, invariants=()):
        self.model, self.steps = steps.model, steps
        self.ends = (HOME, *self.model.nodes)  # who stands in which place of a state
        self.places = {end: place for place, end in enumerate(self.ends)}
        self.records, self.locals = Numbers(), Numbers()
        self.look = []  # number of a record -> number of the local state in it
        self.judge = Judge(invariants, self.locals.values)
        self.judged = 0 if self.judge.sees_home else 1  # the first place that invariants look at
        self.own, self.answers, self.longer = Memo(self._own), Memo(self._answer), Memo(self._add)
        self.moves = [(me + 1, Memo(partial(self._moves, me))) for me in self.model.nodes]
        self.first = tuple(self.record(self._start(end), ()) for end in self.ends)

    def _start(self, end):
        state = self.model.first(end) if end != HOME or self.steps.has_home else None
        check_value(state, f"{called(end)} at the start")
        return state

    def record(self, state, queues):
        """The number of a record; queues: ((channel, (message, ...)), ...)."""
        number = self.records((state, tuple(sorted([item for item in queues if item[1]]))))
        if number == len(self.look):
            self.look.append(self.locals(state))
        return number

    # ---- states of the world --------------------------------------------------------------------

    def successors(self, state):
        """[(step in words, state after it or a Crash), ...]"""
        home, found = state[0], []
        for place, moves in self.moves:
            for words, head, mine, others in moves[home, state[place]]:
                after = list(state)
                after[0], after[place] = head, mine
                found.append((words, self._spread(after, others) if others else tuple(after)))
        for words, head, others in self.own[HOME, home]:
            found.append((words, self._spread([head, *state[1:]], others)))
        return found

    def _spread(self, after, others):
        """The state when what a step sends has come to other nodes."""
        if type(others) is Crash:
            return others
        for place, channel, message in others:
            after[place] = self.longer[after[place], channel, message]
        return tuple(after)

    def check(self, state):
        """None, or (kind, message)."""
        if type(state) is Crash:
            return ("crash", state.text)
        wrong = self.judge[tuple(map(self.look.__getitem__, state[self.judged :]))]
        if wrong:
            return ("invariant", wrong)
        home = state[0]
        for place, moves in self.moves:
            if moves[home, state[place]]:
                return None
        return None if self.own[HOME, home] else self._at_rest(state)

    def _at_rest(self, state):
        """Nothing can happen any more: nobody may wait and no message may be left."""
        parts = self.parts(state)
        if all(self.model.may_rest(end, here) and not queues for end, here, queues in parts):
            return None
        said = [f"{called(end)} in {here}{_left(queues)}" for end, here, queues in parts]
        return ("deadlock", f"nothing can happen: {', '.join(said)}")

    def parts(self, state):
        """[(kernel, its local state, its channels), ...]"""
        parts = [(end, *self.records.values[n]) for end, n in zip(self.ends, state, strict=True)]
        return parts if self.steps.has_home else parts[1:]

    # ---- local steps, each computed once --------------------------------------------------------

    def _moves(self, me, home, record):
        """What node `me` can do, and home with the messages of that node."""
        moves = [(words, home, mine, others) for words, mine, others in self.own[me, record]]
        state, queues = self.records.values[record]
        for channel, queue in self._into(HOME, queues):
            answer = self.answers[home, me, channel[0], queue[0]]
            if answer:
                words, after, sends = answer
                known = {HOME: (after, {}), me: (state, dict(queues) | {channel: queue[1:]})}
                moves.append((words, *self._land(HOME, sends, known)))
        return moves

    def _own(self, me, record):
        """What a kernel can do by itself: [(words, record after, others), ...]."""
        if me == HOME and not self.steps.has_home:
            return []
        state, queues = self.records.values[record]
        made = [(step, queues) for step in self.steps.act(me, state)]
        for channel, queue in self._into(NODE, queues):
            name, source = channel[0], self.ends[channel[1]]
            step = self.steps.receive(me, state, name, source, queue[0])
            made += [(step, dict(queues) | {channel: queue[1:]})] if step else []
        return [
            (words, *self._land(me, sends, {me: (after, dict(left))}))
            for (words, after, sends), left in made
        ]

    def _into(self, end, queues):
        """The channels that lead to a node, or to home, and what is in them."""
        return [item for item in queues if self.model.channels[item[0][0]][1] == end]

    def _answer(self, home, source, channel, message):
        """What home does with a message."""
        return self.steps.receive(HOME, self.records.values[home][0], channel, source, message)

    def _land(self, sender, sends, known):
        """What is sent comes into records: (the number of each in `known`, others).

        known: {kernel: (state after, channels)}.
        """
        if type(sends) is Crash:
            return (*(None for _ in known), sends)
        others = []
        for name, to, message in sends:
            owner = sender if to == HOME else to  # whose record has this channel
            channel = (name, 0 if to == HOME else self.places[sender])
            if owner in known:
                queues = known[owner][1]
                queues[channel] = (*queues.get(channel, ()), message)
            else:
                others.append((self.places[owner], channel, message))
        return (*[self.record(at, now.items()) for at, now in known.values()], tuple(others))

    def _add(self, record, channel, message):
        """The record when one more message has come."""
        state, queues = self.records.values[record]
        queues = dict(queues)
        queues[channel] = (*queues.get(channel, ()), message)
        return self.record(state, queues.items())


def _left(queues):
    """The channels of a record in words, if there is anything in them."""
    said = (f"{', '.join(map(str, queue))} in {channel[0]}" for channel, queue in queues)
    return f" ({'; '.join(said)})" if queues else ""
