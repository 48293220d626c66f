"""A thread between unlike instruction sets: value by value, and what a forgotten rule does to it.

The thread was stopped on s390x and recorded, so nothing has to be installed.  On the others it is
what the library's own move makes of it.  How a journey ends without a rule was recorded, too: of
another thread, there and back.
"""

from typing import NamedTuple

from popcorn_lib.draw import bars, stack_frames, svg
from popcorn_lib.draw.notice import notice
from popcorn_lib.draw.words import counted
from popcorn_lib.explorers.explorer import Explorer
from popcorn_lib.isa.moving import (
    ISAS,
    RULES,
    Move,
    Unmovable,
    differences,
    failures,
    meaning,
    move,
    recorded,
)
from popcorn_lib.isa.moving.rules import variables
from popcorn_lib.isa.moving.stackmap import HERE
from popcorn_lib.isa.moving.tours import SAME

NOTHING = "nothing"
TWIN = {"value": list(range(28)), "leave_out": [NOTHING, "byte order"]}


class Found(NamedTuple):
    """A move and what became of the thread.

    value: the number of the one to look at.  outcome: of the recorded journey without the rule; ""
    if there is none.  detail: the same in full.  differences: what means something else, in words.
    """

    move: Move
    value: int
    title: str
    outcome: str
    detail: str
    differences: list


class Moving(Explorer):
    """An explorer of one move: from, to, what is left out, and a value on its way."""

    def __init__(self, thread, settings):
        names = list(ISAS)
        self.threads = {name: _on(thread, name) for name in names}
        own = [thread.isa.name, *(name for name in names if name != thread.isa.name)]
        most = max(len(move(thread, name).steps) for name in names)
        choices = {
            "start": own,
            "target": own[::-1],
            "leave_out": [NOTHING, *RULES, *variables(thread.map)],
            "value": list(range(most)),
        }
        super().__init__(choices, VIEWS, TWIN, [], settings)

    def run(self, **settings):
        """The Move behind the picture."""
        return self._moved(self.chosen(settings))

    def _moved(self, chosen):
        forgotten = () if chosen["leave_out"] == NOTHING else chosen["leave_out"]
        return move(self.threads[chosen["start"]], chosen["target"], forgotten)

    def computed(self, **settings):
        """What was found of a setting; a value above the last is the last."""
        moved = self._moved(settings)
        differences, rule = _differences(moved), settings["leave_out"]
        title = f"From {moved.before.isa.name} to {moved.state.isa.name}"
        if rule != NOTHING:
            title += f" without {rule!r}"
        value = min(settings["value"], len(moved.steps) - 1)
        return Found(moved, value, title, *_ending(moved, rule), differences)

    @property
    def source(self):
        """The C source of the program to which the thread belongs."""
        return (HERE / "queens.c").read_text(encoding="utf-8")

    @property
    def about(self):
        """The program below the picture, folded."""
        return (
            "<details><summary>The program: queens.c</summary>"
            f'<pre style="margin:6px 0;overflow:auto"><code>{svg.escape(self.source)}</code></pre>'
            "</details>"
        )


def _on(thread, name):
    """The thread on another instruction set."""
    return thread if thread.isa.name == name else move(thread, name).state


def _differences(moved):
    """What means something else on the other side, in words."""
    try:
        changed = differences(moved.before, moved.state)
    except Unmovable as error:
        return [f"The frames cannot be found: {error}."]
    return [f"{name} was {was} and is {now}." for name, was, now in changed]


def _ending(moved, rule):
    """How the recorded journey without a rule ended between these two: (outcome, in full)."""
    names = {"rule": rule, "source": moved.before.isa.name, "target": moved.state.isa.name}
    for row in failures():
        if names.items() <= row.items():
            words = f"Recorded of another thread, there and back: {row['outcome']}. {row['said']}"
            return row["outcome"], words.strip()
    return "", ""


# ---- views --------------------------------------------------------------------------------------


def by_value(found):
    """One value on its way."""
    return stack_frames(found.move, found.value)


def by_rule(found):
    """To how many values each rule was applied."""
    steps = found.move.steps
    counts = {rule: sum(rule in step.rules for step in steps) for rule in RULES}
    return bars({r: n for r, n in counts.items() if n}, "values", found.title)


def afterwards(found):
    """What of the thread means something else after the move, and how such a journey ended."""
    values = counted(len(meaning(found.move.before)), "value")
    if not found.differences and found.outcome in ("", SAME):
        title = f"{found.title}: {values}, all with the same meaning"
        return bars({"the same": len(meaning(found.move.before))}, "values", title)
    title = f"{found.title}: {len(found.differences)} of {values} mean something else"
    return notice(title, "\n".join([*found.differences, found.detail]))


VIEWS = {"value by value": by_value, "by rule": by_rule, "afterwards": afterwards}


def moving(thread=None, **settings):
    """Explore a thread on its way from one instruction set to another.

    thread: a stopped State of `popcorn_lib.isa.moving`; None is a recorded one, three calls deep.
    settings: start, target, leave_out (a rule or a variable), value (its number; one above the
    last is the last), view: several values to choose from, or one that is fixed; twin as for
    `memory`.
    Returns an Explorer: shown as it is, `.at(...)` one picture, `.run(...)` the Move behind it.
    Raises UsageError for an unknown setting or name.
    """
    return Moving(recorded().moves[2].before if thread is None else thread, settings)
