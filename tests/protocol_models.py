"""Small protocol models that several tests share."""

from popcorn_lib import Protocol
from popcorn_lib.protocol import HOME, NODE


class Ring(Protocol):
    """A token goes round; each passes it on `laps` times and then keeps it."""

    channels = {"token": (NODE, NODE)}
    laps = 2

    def first(self, me):
        return ("has", 0) if me == 0 else ("waits", 0)

    def act(self, me, state):
        what, times = state
        if what == "has" and times < self.laps:
            yield "passes on", ("waits", times + 1), ("token", (me + 1) % len(self.nodes), "go")

    def receive(self, me, state, channel, source, message):
        return (("has", state[1]),)

    def may_rest(self, me, state):
        return state[1] == self.laps


class Queue(Protocol):
    """Home lends one thing, in the order of the requests; it keeps a queue of who asked."""

    channels = {"ask": (NODE, HOME), "give": (HOME, NODE)}

    def first(self, me):
        return () if me == HOME else "idle"

    def act(self, me, state):
        if state == "idle":
            yield "asks", "waits", ("ask", HOME, "please")
        if state == "uses":
            yield "is done", "idle", ("ask", HOME, "thanks")

    def on_ask(self, me, queue, source, message):
        after = queue[1:] if message == "thanks" else (*queue, source)
        return after, *([("give", after[0], "here")] if after[:1] != queue[:1] and after else [])

    def on_give(self, me, state, source, message):
        return ("uses",)

    def rename(self, value, name):
        return tuple(name[one] for one in value) if isinstance(value, tuple) else value


class Gossip(Protocol):
    """No home: a node that has heard the news tells one other, and says from whom it has it."""

    channels = {"news": (NODE, NODE)}

    def first(self, me):
        return None

    def act(self, me, state):
        if state is None:
            yield "makes it up", me
        for other in self.nodes:
            if state == me and other != me:
                yield f"tells {other}", "told", ("news", other, me)

    def on_news(self, me, state, source, message):
        return ("told" if state == "told" else message,)

    def may_rest(self, me, state):
        return True

    def rename(self, value, name):
        return name[value] if isinstance(value, int) else value
