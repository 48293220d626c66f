"""A path through an exploration, walked once more with real kernels to be written as a trace."""

from collections import defaultdict, deque

from popcorn_lib.worlds.record import Recorder

FAULTS = {"drop": "lost", "duplicate": "doubled", "delay": "overtaken", "crash": "dead"}


def replay(exploration, path):
    """The Trace of a path: (kernel's place, step) pairs; its time is the number of the step.

    A last step that crashes stands in the trace without effects.
    """
    machine = exploration.machine
    kernels = machine.boot()
    recorder = Recorder(machine, kernels)
    channels = defaultdict(deque)
    booted = exploration.histories.keep("main", None)
    first = machine.kernels[exploration.place]
    effects = kernels[first].start(booted)
    _record(recorder, channels, 0, first, ("start", booted), effects, exploration)
    for number, (index, step) in enumerate(path, 1):
        name = machine.kernels[index]
        if step[0] in FAULTS:
            _fault(recorder, channels, number, name, *step)
            continue
        try:
            effects = getattr(kernels[name], step[0])(*step[1:])
        except Exception:  # the crash that this path leads to: it has been reported with its text
            effects = ()
        _record(recorder, channels, number, name, step, effects, exploration)
    return recorder.trace


def _fault(recorder, channels, number, name, what, source="", letter=None):
    """A fault as an event of the kernel that it is about."""
    tid, text = None, f"{name} dies"
    if letter is not None:
        queue = channels[source, name, letter.priority]
        row = recorder.trace.messages[queue[0]]
        tid, text = row.tid, f"{FAULTS[what]}: {row.text}"
        about = (queue[0], queue[1]) if what == "delay" else (queue[0],)
        recorder.trace.faults[len(recorder.trace)] = about
        if what == "drop":
            queue.popleft()
        elif what == "duplicate":
            queue.appendleft(recorder.again(queue[0], f"{row.text} (again)"))
        else:
            queue[0], queue[1] = queue[1], queue[0]
    recorder.event(float(number), name, "fault", what, tid, text, (), None, "messages")


def _record(recorder, channels, number, name, step, effects, exploration):
    cause, *given = step
    message, tid, text = None, None, ""
    if cause == "message":
        source, letter = given
        message = channels[source, name, letter.priority].popleft()
        row = recorder.trace.messages[message]
        what, tid, text = letter.kind, row.tid, row.text
    elif cause == "request":
        tid, call = given
        what, text = call.name, exploration.words(tid, call)
    else:
        what = "boot" if cause == "start" else "timer"
        text = "the first process starts" if cause == "start" else f"timer of {given[0][0]}"
    cause = "boot" if cause == "start" else cause
    owner = recorder.kernels[name].owner_of(cause, what)
    sent = recorder.event(float(number), name, cause, what, tid, text, effects, message, owner)
    letters = (effect for effect in effects if effect[0] == "send")
    for index, (_, destination, letter) in zip(sent, letters, strict=True):
        channels[name, destination, letter.priority].append(index)
