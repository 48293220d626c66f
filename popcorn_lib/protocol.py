"""The shape of a protocol without programs: like kernels, perhaps a home, and their channels.

The idea.  Here kernels do not serve threads; what starts something is a spontaneous action, as
"reads" or "evicts".  What a kernel does depends on its own state and one input, as everywhere in
this library, but a state is one plain hashable value (a word, a number, a named tuple) and a step
returns the value that follows.  So small a model shows a protocol whole, and can be explored on
more kernels than a program (`explore_protocol`).

A token that goes round:

    class Ring(Protocol):
        channels = {"token": (NODE, NODE)}

        def first(self, me):
            return "works" if me == 0 else "waits"

        def act(self, me, state):
            if state == "works":
                yield "passes on", "waits", ("token", (me + 1) % len(self.nodes), "go")

        def receive(self, me, state, channel, source, message):
            return ("works",)
"""

NODE, HOME = "node", "home"  # the two ends that a channel can have


class Protocol:
    """A protocol model; subclass it.  A kernel is its index 0, 1, ..., or HOME.

    channels: {name: (NODE or HOME, NODE or HOME)}, from and to.  Each is a FIFO of its own for
    every pair of sender and receiver.  There is a home if a channel begins or ends there.
    invariants: functions of {name: local state} that return nothing, or what is wrong; the names
    are "k0", "k1", ... and "home".
    """

    channels = {}
    invariants = ()

    rename = None
    """Only for symmetry: `rename(value, name)`, a state or message with index i as `name[i]`.

    It is the same value in every other respect; `name[HOME]` is HOME and `name[None]` is None.
    """

    def __init__(self, nodes):
        self.nodes = range(nodes)

    def first(self, me):
        """The state in which a kernel starts."""
        raise NotImplementedError(f"{type(self).__name__} needs a method first(me)")

    def act(self, me, state):
        """What a kernel may do unasked: (what, state after, (channel, to, message), ...) each."""
        return ()

    def receive(self, me, state, channel, source, message):
        """(state after, (channel, to, message), ...), or None: not now, it stays where it is.

        Unless a model overrides it, a channel called "order" has a method `on_order`.
        """
        return getattr(self, f"on_{channel}")(me, state, source, message)

    def may_rest(self, me, state):
        """Whether a kernel in this state waits for nothing.

        Where no step is possible, somebody may not rest or a message is left: a deadlock.
        """
        return False
