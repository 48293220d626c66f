"""The text twins: what a picture shows, in words made from the same story.

`happened` says what one event did, `situation` how things stand after it, `columns` tells the
whole trace with a column per kernel.  The stepper, its text and its fallback all speak from here,
so that no reader is told less than another.
"""

from itertools import zip_longest
from textwrap import wrap

from popcorn_lib.draw.story import duration, thread_name

COMES_OF = {  # a fault -> what comes of it
    "drop": ". {kernel} will never handle it",
    "duplicate": ". {kernel} will handle it twice",
    "delay": ". {kernel} will handle it late",
    "crash": ". Its threads, its timers and the messages to it are lost",
}


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
    flying = [_way(m) + _late(story, m, index) for m in story.flying(index)]
    gone = [_way(story.messages[m]) for m, event in story.lost.items() if event <= index]
    said = f"Threads: {listed(threads) or 'none'}."
    said += f" Messages on their way: {listed(flying) or 'none'}."
    dead = [name for name, event in story.dead.items() if event <= index]
    said += f" Lost: {listed(gone)}." if gone else ""
    return f"{said} Dead: {listed(dead)}." if dead else said


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


def columns(story, shown=None, width=30):
    """The whole trace as text: a row per event, a column per kernel; a fold has one row, too.

    shown: what of it is shown (a Shown); None for all.
    """
    kernels = [name for name in story.kernels if shown is None or name not in shown.hidden]
    head = ["event", "time", *kernels]
    widths = [5, 8] + [width] * len(kernels)
    lines = [_row(head, widths), _row(["-" * size for size in widths], widths)]
    for row in shown.rows if shown else [(event.index,) for event in story.events]:
        event = story.events[row[-1]]
        cell = _cell(story, event) if len(row) == 1 else [shown.fold_label(row)]
        parts = [part for line in cell for part in wrap(line, width)]
        time = duration(event.time_s) if story.timed else ""
        start = [numbers(row), time]
        for part in parts:
            line = [*start, *[""] * len(kernels)]
            line[2 + kernels.index(event.kernel)] = part
            lines.append(_row(line, widths))
            start = ["", ""]
    return "\n".join(lines)


def numbers(row):
    """The events of a row: "7", or "7–9" for a fold."""
    return str(row[0]) if len(row) == 1 else f"{row[0]}–{row[-1]}"


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
        return _handles(story, event)
    if event.cause == "fault":
        return _fault(story, event)
    if event.cause == "request":
        return f"thread {thread_name(event.tid)} calls {_input(story, event)}"
    if event.cause == "wire":
        return f"gets a {event.name} packet from a host outside the machine"
    return _input(story, event)


def _handles(story, event):
    source, doubled = story.messages[event.message].source, story.copies.get(event.message)
    if doubled is None:
        return f"handles {story.say(event.text)} from {source}"
    first = story.messages[story.trace.faults[doubled][0]]
    return f"handles {story.say(first.text)} from {source} a second time"


def _fault(story, event):
    """A fault: what it hits and what comes of it."""
    about = [story.messages[number] for number in story.hit_by(event)]
    link = f" of the link from {about[0].source}" if about else ""
    what = f"fault{link} ({event.name}): {story.say(event.text)}"
    comes = COMES_OF.get(event.name, "").format(kernel=event.kernel)
    overtakes = f"; {about[1].kind} comes first" if len(about) > 1 else ""
    return f"{what}{overtakes}{comes}"


def _way(message):
    return f"{message.kind} from {message.source} to {message.destination}"


def _late(story, message, index):
    return " (held back)" if story.late.get(message.index, index + 1) <= index else ""


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
