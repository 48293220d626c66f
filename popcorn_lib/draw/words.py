"""The text twins: what a picture shows, in words made from the same story.

`happened` says what one event did, `situation` how things stand after it, `columns` tells the
whole trace with a column per kernel.  The stepper, its text and its fallback all speak from here,
so that no reader is told less than another.
"""

from itertools import zip_longest
from textwrap import wrap

from popcorn_lib.draw.story import duration, thread_name


def happened(story, index):
    """One event in a sentence or two."""
    event = story.events[index]
    parts = [f"{event.kernel}{_when(story, event)}: {_cause(story, event)}."]
    parts += [f"{thread_name(tid)} {story.say(_goes_on(result))}." for tid, result in event.resumed]
    parts += [f"{thread_name(tid)} ends." for tid in event.ended]
    sent = [story.messages[number] for number in event.sent]
    if sent:
        parts.append(f"Sends {listed(f'{m.kind} to {m.destination}' for m in sent)}.")
    return " ".join([*parts, *map(story.say, event.notes)])


def situation(story, index):
    """Where the threads are after an event and what is on its way."""
    threads = [
        f"{thread_name(tid)} {_stands(kernel, runs)}"
        for tid, (kernel, runs) in story.where(index).items()
    ]
    flying = [f"{m.kind} from {m.source} to {m.destination}" for m in story.flying(index)]
    return (
        f"Threads: {listed(threads) or 'none'}. Messages on their way: {listed(flying) or 'none'}."
    )


def summary(story):
    """What a trace is about, in one line."""
    return (
        f"{counted(len(story.kernels), 'kernel')} ({listed(story.kernels)}), "
        f"{counted(len(story.events), 'event')}, {counted(len(story.messages), 'message')}"
    )


def twin(story, index):
    """One step as text: the event, the situation, and what changed in its kernel's state."""
    lines = [f"event {index} of {story.last}", happened(story, index), situation(story, index)]
    kernel = story.events[index].kernel
    earlier = [e.index for e in story.events[:index] if e.kernel == kernel]
    old = flat(story.lines(earlier[-1])) if earlier else []
    new = flat(story.lines(index))
    lines.append(f"state of {kernel}:" if new else f"state of {kernel}: nothing")
    lines += [f"  {' ' if line in old else '+'} {line}" for line in new]
    lines += [f"  - {line}" for line in old if line not in new]
    return "\n".join(lines)


def columns(story, width=30):
    """The whole trace as text: a row per event, a column per kernel."""
    head = ["event", "time", *story.kernels]
    widths = [5, 8] + [width] * len(story.kernels)
    rows = [_row(head, widths), _row(["-" * size for size in widths], widths)]
    for event in story.events:
        cell = [part for line in _cell(story, event) for part in wrap(line, width)]
        place = 2 + story.kernels.index(event.kernel)
        time = duration(event.time_s) if story.timed else ""
        for number, part in enumerate(cell):
            row = [""] * len(head)
            row[0], row[1] = (str(event.index), time) if not number else ("", "")
            row[place] = part
            rows.append(_row(row, widths))
    return "\n".join(rows)


def flat(lines):
    """The lines of all mechanisms, each with its mechanism in front."""
    return [f"{name}: {line}" for name, found in lines.items() for line in found]


def listed(parts):
    """Words joined as one says them: "a", "a and b", "a, b and c"."""
    *others, last = list(parts) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def counted(number, noun):
    """A number with its noun: "1 event", "3 events"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _row(cells, widths):
    pairs = zip_longest(cells, widths, fillvalue=0)
    return "  ".join(str(cell).ljust(width) for cell, width in pairs).rstrip()


def _cell(story, event):
    if event.cause == "message":
        message = story.messages[event.message]
        first = f"{event.name} < {message.source}"
    else:
        who = f"{thread_name(event.tid)} " if event.cause == "request" else ""
        first = who + _input(story, event)
    sent = [story.messages[number] for number in event.sent]
    return [first, *(f"  {m.kind} > {m.destination}" for m in sent)]


def _cause(story, event):
    if event.cause == "message":
        return f"handles {story.say(event.text)} from {story.messages[event.message].source}"
    if event.cause == "request":
        return f"thread {thread_name(event.tid)} calls {_input(story, event)}"
    return _input(story, event)


def _input(story, event):
    """What the event handles, its name always among the words."""
    words = story.say(event.text)
    return words if event.name in words else f"{event.name}: {words}".removesuffix(": ")


def _goes_on(result):
    return result if result == "starts" else f"goes on with {result}"


def _stands(kernel, runs):
    if kernel is None:
        return "on its way to another kernel"
    return f"{'runs' if runs else 'waits'} on {kernel}"


def _when(story, event):
    return f" at {duration(event.time_s)}" if story.timed else ""
