"""What the author of a protocol model wrote, asked and checked: local steps and invariants."""

from inspect import signature

from popcorn_lib.errors import UsageError
from popcorn_lib.predicates import judged, name_of
from popcorn_lib.protocol import HOME, NODE

FORM = "(state after, (channel, to, message), ...)"


def called(end):
    """The name of a kernel in words and for invariants."""
    return HOME if end == HOME else f"k{end}"


def check_value(value, where):
    """UsageError if a state or message is not hashable."""
    try:
        hash(value)
    except TypeError:
        raise UsageError(f"{where}: states and messages must be hashable: {value!r}") from None


class Crash:
    """An exception in a handler: it stands where the messages sent, or the state after, would."""

    def __init__(self, text):
        self.text = text


class Steps:
    """Asks a model; an answer is (words, state after, messages sent or a Crash)."""

    def __init__(self, model):
        self.model = model
        for channel, ends in model.channels.items():
            if ends not in ((NODE, NODE), (NODE, HOME), (HOME, NODE)):
                raise UsageError(f"channel {channel!r} joins {ends!r}; one end must be a node")
        self.has_home = any(HOME in ends for ends in model.channels.values())

    def act(self, me, state):
        """Every step that a kernel can make unasked."""
        try:
            acts = list(self.model.act(me, state))
        except Exception as error:
            return [self._crash(f"{called(me)} acts", state, error)]
        return [self._answer(me, f"{called(me)} {what}", made) for what, *made in acts]

    def receive(self, me, state, channel, source, message):
        """The step that handles a message; None: not now."""
        words = f"{called(me)} takes {message} from {called(source)}"
        try:
            made = self.model.receive(me, state, channel, source, message)
        except Exception as error:
            return self._crash(words, state, error)
        return None if made is None else self._answer(me, words, made)

    def _crash(self, words, state, error):
        if isinstance(error, UsageError):
            raise error
        return words, state, Crash(f"{type(error).__name__}: {error} ({words}, in {state!r})")

    def _answer(self, me, words, made):
        if not isinstance(made, tuple | list) or not made:
            raise UsageError(f"{words}: a step must be {FORM}, not {made!r}")
        check_value(tuple(made), words)
        state, *sends = made
        if not sends:
            return words, state, ()
        told = ", ".join([self._told(me, words, send) for send in sends])
        return f"{words}: {told}", state, sends

    def _told(self, me, words, send):
        """A message in words; UsageError if it is none or there is no channel for it."""
        if not isinstance(send, tuple) or len(send) != 3:
            raise UsageError(f"{words}: {send!r} is no message in {FORM}")
        channel, to, message = send
        ends = (HOME if me == HOME else NODE, HOME if to == HOME else NODE)
        if self.model.channels.get(channel) == ends and (to == HOME or to in self.model.nodes):
            return f"{message} to {called(to)}"
        known = (f"{name!r} {' to '.join(e)}" for name, e in self.model.channels.items())
        raise UsageError(
            f"{words}: no channel {channel!r} leads from {called(me)} to {to!r}; "
            f"known: {', '.join(known)}; nodes are {list(self.model.nodes)}"
        )


class Judge(dict):
    """What invariants say, asked once for each combination of local states.

    `judge[locals]` is None, or what the first invariant that does not hold says; locals: numbers
    of local states, of the nodes, and before them home's if `sees_home`.
    """

    def __init__(self, invariants, values):
        super().__init__()
        self.invariants = [(one, len(signature(one).parameters) == 2) for one in invariants]
        self.sees_home = any(sees for _, sees in self.invariants)
        self.values = values  # of those numbers

    def __missing__(self, locals):
        states = [self.values[number] for number in locals]
        home = states.pop(0) if self.sees_home else None
        named = {f"k{node}": state for node, state in enumerate(states)}
        self[locals] = None
        for invariant, sees_home in self.invariants:
            wrong = self._ask(invariant, named, home) if sees_home else self._ask(invariant, named)
            self[locals] = self[locals] or wrong
        return self[locals]

    def _ask(self, invariant, *states):
        wrong = judged(invariant, *states)
        return f"{name_of(invariant)}: {wrong}" if wrong else None
