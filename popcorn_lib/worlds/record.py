"""Writing the trace: what a world tells of each step, as events and rows of messages."""

from popcorn_lib.kernel import short
from popcorn_lib.mechanisms.signals.tables import name_of
from popcorn_lib.trace import Event, Sent, Trace

CLASSES = ("high", "normal")
GO_ON = ("resume", "start", "clock", "restart", "handler")  # effects after which a thread runs
IDS = ("tid", "pid", "waiter")  # fields of messages that are global ids


class Recorder:
    """Keeps the trace of one run; one call of `event` per step of a kernel."""

    def __init__(self, machine, kernels):
        self.trace = Trace(machine)
        self.kernels = kernels
        self.states = {name: {} for name in kernels}
        for name in kernels:
            self._look(kernels[name])

    def event(self, time_s, kernel, cause, name, tid, text, effects, message=None, mechanism=""):
        """Record a step after it was made; returns the numbers of the messages it sent."""
        trace = self.trace
        index = len(trace.events)
        sends = [effect for effect in effects if effect[0] == "send"]
        sent = tuple(self._sent(index, time_s, kernel, *effect[1:]) for effect in sends)
        ids = [effect for effect in effects if effect[0] in GO_ON]
        resumed = tuple((effect[1], _result(effect)) for effect in ids)
        ended = tuple(effect[1] for effect in effects if effect[0] == "end")
        notes = tuple(effect[1] for effect in effects if effect[0] == "note")
        if message is not None:
            row = trace.messages[message]._replace(handled_s=time_s, handled_by=index)
            trace.messages[message] = row
        state = self._look(self.kernels[kernel])
        trace.events.append(
            Event(
                index, time_s, kernel, cause, name, mechanism, tid, text, message, sent,
                resumed, ended, notes, state,
            )
        )  # fmt: skip
        return sent

    def again(self, index, text):
        """The link doubles a message: a row of its own from the same sender; returns its number."""
        rows = self.trace.messages
        rows.append(rows[index]._replace(index=len(rows), text=text))
        return len(rows) - 1

    def chunked(self, index, chunks):
        """How many slots of the ring a message took."""
        self.trace.messages[index] = self.trace.messages[index]._replace(chunks=chunks)

    def _sent(self, event, time_s, source, destination, message):
        index = len(self.trace.messages)
        tid = next((getattr(message, name) for name in IDS if hasattr(message, name)), None)
        self.trace.messages.append(
            Sent(
                index, time_s, None, source, destination, message.mechanism, message.kind,
                message.bytes, CLASSES[message.priority], 1, tid, say(message), event, None,
            )
        )  # fmt: skip
        return index

    def _look(self, kernel):
        """The frozen state of a kernel; what this step did not touch is shared."""
        name = kernel.name
        known, touched = self.states[name], kernel.touched
        fresh = {
            part: kernel.mechanisms[part].freeze()
            for part in kernel.names
            if part in touched or part not in known
        }
        changed = {part: state for part, state in fresh.items() if known.get(part) != state}
        if changed:
            self.states[name] = known | changed
        touched.clear()
        return self.states[name]


def say(message):
    """A message in words: its kind and what it says, ids in the form to read."""
    parts = []
    for field in message._fields:
        value = getattr(message, field)
        if field in IDS:
            parts.append(f"{field}={short(value)}")
        elif isinstance(value, bool):
            parts += [field] if value else []
        elif isinstance(value, str | int):
            parts.append(f"{field}={value}")
        elif isinstance(value, tuple) and type(value).__str__ is not object.__str__:
            parts.append(str(value))  # a page, an area: it can say itself
    return f"{message.kind}({', '.join(parts)})"


def _result(effect):
    if effect[0] == "start":
        return "starts"
    if effect[0] == "clock":
        return "the time"
    if effect[0] == "restart":
        return "asks again"
    if effect[0] == "handler":
        return f"its handler of {name_of(effect[3].si_signo)}"
    result = effect[2]
    if type(result).__name__ == "Token":
        return "a value"
    return repr(result)
