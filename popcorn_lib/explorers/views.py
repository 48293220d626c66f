"""The views of a run: functions of an Outcome that return a picture, each with the same title."""

from popcorn_lib.causality import reordered
from popcorn_lib.draw import bars, gantt, machine_graph, message_matrix, stepper
from popcorn_lib.draw.boards import BOARDS
from popcorn_lib.draw.notice import notice
from popcorn_lib.draw.story import Story

MOST_EVENTS = 300  # of a trace that is walked through step by step


def by_step(outcome, board=None):
    """The stepper, over the first events of a long trace; with a board if the trace touches it."""
    shown = stepper(**beginning(outcome))
    if board in [one.name for one in shown.boards]:
        shown.board = board
    return shown


def beginning(outcome):
    """{"trace", "title"} of an outcome, cut where they would be too long to look at."""
    trace, title = outcome.trace, outcome.title
    if len(trace) > MOST_EVENTS:
        title += f"; the first {MOST_EVENTS} of {len(trace):,} events"
        trace = reordered(trace, list(range(MOST_EVENTS)))
    return {"trace": trace, "title": title}


def at_its_fullest(outcome, name, picture, telling=()):
    """A board's picture after the event with the most to show, the last of them.

    telling: kinds of cells that count before all others.
    """
    shown = beginning(outcome)
    story, board = Story(shown["trace"]), BOARDS[name]

    def filled(index):
        kinds = [kind for _, cells in board.rows(story, index) for kind, _ in cells if kind]
        return sum(kind in telling for kind in kinds), len(kinds), index

    return picture(**shown, at=max(range(len(story.events)), key=filled))


def with_board(name, view, picture, telling=()):
    """All views of a run, the steps with a board, and a picture of the board at its fullest."""
    steps = {"step by step": lambda outcome: by_step(outcome, name)}
    fullest = {view: lambda outcome: at_its_fullest(outcome, name, picture, telling)}
    return steps | fullest | VIEWS | steps


def machine(outcome):
    """The machine as a graph."""
    return machine_graph(outcome.machine, title=outcome.title)


def matrix(outcome):
    """Who talks to whom."""
    return message_matrix(outcome.trace, by="mechanism", title=outcome.title)


def counts(outcome):
    """How many messages of each kind."""
    found = {}
    for sent in outcome.trace.messages:
        found[sent.kind] = found.get(sent.kind, 0) + 1
    return bars(found or {"no message": 0}, "messages", outcome.title)


def cores(outcome):
    """Who ran where."""
    if outcome.run is None:
        return notice(
            outcome.title, f"{outcome.detail}\nA run without an end has no times of cores."
        )
    return gantt(outcome.run, title=outcome.title)


VIEWS = {
    "step by step": by_step,
    "who to whom": matrix,
    "counts": counts,
    "cores": cores,
    "machine": machine,
}
