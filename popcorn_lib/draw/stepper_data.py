"""What the stepper's script needs to know of a trace: plain lists, every line of text only once.

Kernels, mechanisms and threads are numbers here; so are lines of text, the rows of boards and the
frames that rows make up, since most of them stay the same from event to event.
"""

import re

from popcorn_lib.draw.graph import draw_machine, messages_on, standing
from popcorn_lib.draw.lanes import BASE, GUTTER, HEAD, RAIL, ROW, SHORT, Lanes
from popcorn_lib.draw.layout import Layout
from popcorn_lib.draw.shown import is_local, mechanisms, mechanisms_of, threads_of
from popcorn_lib.draw.shown import threads as threads_known
from popcorn_lib.draw.spacetime import fold_row, stays_in, tag_at
from popcorn_lib.draw.story import thread_name


def script_data(shown, start, views, boards, board):
    """The data of a stepper that opens at `start`.

    boards: those that can be looked at; board: the name of the one that is shown, None for none.
    """
    story, lines = shown.story, Numbers()
    events = story.events[shown.first : shown.last + 1]
    names = [one.name for one in boards]
    frames = [frames_of(one, story, events, lines) for one in boards]
    return {
        "first": shown.first,
        "last": shown.last,
        "start": start,
        "views": views,
        **what_happened(story),
        **what_is_shown(shown),
        **where_it_lies(Lanes(story, "events", shown)),
        "threads": [threads(story, event.index, lines) for event in events],
        "state": [state(story, event.index, lines) for event in events if "state" in views],
        "was": [before(shown, name, lines) for name in story.kernels if "state" in views],
        "boards": frames,
        "board": names.index(board) if board else -1,
        "kinds": kinds(frames) if frames else {},
        **(machine(shown) if "graph" in views else {"graph": "", "chips": []}),
        "strings": lines.known,
    }


class Numbers:
    """Things that can be equal, each kept once and then called by its number."""

    def __init__(self):
        self.known, self._numbers = [], {}

    def of(self, thing):
        """The number of a thing."""
        if thing not in self._numbers:
            self._numbers[thing] = len(self.known)
            self.known.append(thing)
        return self._numbers[thing]


# ---- the trace ----------------------------------------------------------------------------------


def what_happened(story):
    """Kernels, events and messages: where, what about, what came before."""
    kernel = {name: number for number, name in enumerate(story.kernels)}
    mechanism = {name: number for number, name in enumerate(mechanisms(story))}
    thread = {name: number for number, name in enumerate(threads_known(story))}
    nodes = story.trace.machine.graph.nodes
    return {
        "kernels": story.kernels,
        "under": [nodes[name].get("isa", "") for name in story.kernels],
        "mechanisms": list(mechanism),
        "tids": list(thread),
        "on": [kernel[event.kernel] for event in story.events],
        "talks": [_talks(event) for event in story.events],
        "about": [
            [
                [mechanism[name] for name in mechanisms_of(story, event)],
                [thread[name] for name in threads_of(event) if name in thread],
            ]
            for event in story.events
        ],
        "before": story.before,
        "flights": [[m.sent_by, m.handled_by] for m in story.messages],
        "lives": [[story.since(m), story.until(m)] for m in story.messages],
        "letters": [
            [
                mechanism[m.mechanism],
                thread.get(thread_name(m.tid), -1),
                kernel[m.source],
                kernel[m.destination],
            ]
            for m in story.messages
        ],
    }


def _talks(event):
    """1 if an event sends or receives, 2 if it is a fault, 0 for a local step."""
    return 0 if is_local(event) else 2 if event.cause == "fault" else 1


def what_is_shown(shown):
    """The choices with which the stepper opens."""
    story = shown.story
    known = {
        "mechanism": (shown.mechanisms, mechanisms(story)),
        "kernel": (shown.kernels, story.kernels),
        "thread": (shown.threads, threads_known(story)),
    }
    return {
        "folded": shown.fold,
        "opened": sorted(shown.opened),
        "hide": [story.kernels.index(name) for name in sorted(shown.hidden)],
        "chosen": {
            what: None if names is None else [all_.index(name) for name in names]
            for what, (names, all_) in known.items()
        },
    }


def where_it_lies(lanes):
    """What the script needs to move the diagram's marks."""
    order = lanes.order
    return {
        "room": {
            "head": HEAD,
            "row": ROW,
            "gutter": GUTTER,
            "rail": RAIL,
            "short": SHORT,
            "base": BASE,
            "gap": lanes.gap,
            "sides": list(lanes.sides.values()),
            "clear": list(lanes.clear.values()),
            "drawnAt": list(lanes.x.values()),
        },
        "aside": lanes.aside,
        "ends": lanes.ends,
        "stays": [
            [order[stay.kernel], stay.first, stay.until, lanes.track(stay), tag_at(lanes, stay)]
            + [index for run in stay.runs for index in run]
            for stay in stays_in(lanes)
        ],
        "fold": fold_row(),
    }


# ---- the state ----------------------------------------------------------------------------------


def threads(story, index, numbers):
    """What stands in each kernel of the graph after an event: its threads, by name."""
    there = {name: ([], []) for name in story.kernels}
    for tid, (kernel, runs) in story.where(index).items():
        if kernel is not None:
            there[kernel][not runs].append(thread_name(tid))
    dead = [name for name, event in story.dead.items() if event <= index]
    words = ("dead" if name in dead else standing(*there[name]) for name in story.kernels)
    return [numbers.of(line) for line in words]


def state(story, index, numbers):
    """The lines of the kernel's state after an event: [mechanism, line, line, ...], ..."""
    lines = story.lines(index)
    return [[numbers.of(word) for word in (name, *lines[name])] for name in lines]


def before(shown, kernel, numbers):
    """The lines of a kernel's state where the window begins."""
    events = shown.story.events[: shown.first]
    last = next((event.index for event in reversed(events) if event.kernel == kernel), None)
    return [] if last is None else state(shown.story, last, numbers)


def machine(shown):
    """The machine as a graph with marks, none of them seen; which mark each message has."""
    layout, marks = Layout(shown.story.trace.machine), Numbers()
    drawn = messages_on(layout, shown.story.messages, extra=" off")
    each = re.findall(r'(<g class="m .*?) data-i="\d+"(.*?</g>)', drawn)
    chips = [marks.of("".join(parts)) for parts in each]
    head = f'<svg class="popcorn-svg" role="img" viewBox="0 0 {layout.width} {layout.height}"'
    inside = draw_machine(layout) + "".join(marks.known)
    return {"graph": f'{head} width="{layout.width}">{inside}</svg>', "chips": chips}


# ---- boards -------------------------------------------------------------------------------------


def boards_of(story):
    """The boards that a trace touches."""
    from popcorn_lib.draw.boards import BOARDS

    return [board for board in BOARDS.values() if board.used(story)]


def frames_of(board, story, events, lines):
    """A board after every event: its rows and frames, each kept once."""
    rows, frames = Numbers(), Numbers()
    at, words = [], []
    for event in events:
        found = board.rows(story, event.index)
        numbered = tuple(rows.of(_row(head, cells, lines)) for head, cells in found)
        at.append(frames.of(numbered))
        words.append(lines.of(board.words(story, event.index)))
    return {
        "title": board.title,
        "heads": [lines.of(head) for head in board.columns(story)],
        "rows": rows.known,
        "frames": frames.known,
        "at": at,
        "words": words,
    }


def _row(head, cells, lines):
    return lines.of(head), tuple((kind, lines.of(text)) for kind, text in cells)


def kinds(frames):
    """The glyphs that the boards use: kind -> (path, colour, meaning)."""
    from popcorn_lib.draw.boards import KINDS

    used = {kind for frame in frames for _, cells in frame["rows"] for kind, _ in cells}
    return {kind: list(KINDS[kind]) for kind in sorted(map(str, used)) if kind in KINDS}
