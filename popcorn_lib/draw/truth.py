"""What holds when: a row per event, a bar for each predicate as long as it holds.

Only what changes has a column, so that a change catches the eye: its row is shaded and says how it
changes.  What holds in every state, or in none, is told in words below.
"""

from textwrap import wrap

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.lanes import CAPITAL, LETTER
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.words import counted, listed

ROW, LINE = 22, 15  # an event's row, a line of a column's name
COLUMN, LONGEST = 132, 19  # a column, and how many letters of its name go into a line
NAMES = 96  # where the events' names begin
HOLDS, NOT = "before", "now"  # the states of the palette whose colours they take


def truth(trace, table, title="What holds when"):
    """The picture of a table of `Trace.predicates`.

    Its description says the same in words: from which event on each holds, or holds no longer.
    """
    names = list(table.columns[1:])
    moving = [name for name in names if table[name].nunique() > 1] or names
    still = [name for name in names if name not in moving]
    plan = Plan(trace, table, moving, constant(table, still))
    parts = [
        f'<rect class="sheet" width="{plan.width}" height="{plan.height}"/>',
        svg.text(14, 22, title, "name"),
        _legend(),
        *_rows(plan, trace),
        *(_column(plan, name, x) for name, x in plan.x.items()),
        *(svg.text(14, plan.bottom + LINE * n + 22, line) for n, line in enumerate(plan.below)),
    ]
    said = in_words(table, moving, still)
    return Picture(plan.width, plan.height, "".join(parts), title, said, draws_title=True)


class Plan:
    """Where things lie: names at the left, a column for what changes, words below."""

    def __init__(self, trace, table, names, words):
        self.table = table
        self.heads = {name: wrap(name.replace("_", " "), LONGEST) for name in names}
        self.top = 62 + LINE * max(map(len, self.heads.values()), default=1)
        letters = max((len(event.name) for event in trace.events), default=0)
        left = NAMES + round(CAPITAL * letters) + 20
        self.x = {name: left + COLUMN * number for number, name in enumerate(names)}
        self.width = max(left + COLUMN * len(names) + 20, 520)
        self.bottom = self.top + ROW * len(table)
        self.below = wrap(words, int(self.width / LETTER))
        self.height = self.bottom + LINE * len(self.below) + 22


# ---- in words -----------------------------------------------------------------------------------


def in_words(table, moving, still):
    """The table in sentences."""
    told = [f"{counted(len(table), 'event')}.", *(history(table, name) for name in moving)]
    return " ".join([*told, constant(table, still)]).strip()


def history(table, name):
    """One predicate: how it begins, and each event with which it changes."""
    values = table[name]
    parts = [f"{'holds' if values.iloc[0] else 'does not hold'} at the start"]
    for event in changes(values)[1:]:
        now = "holds from" if values[event] else "holds no longer from"
        parts.append(f"{now} event {event} on ({table[table.columns[0]][event]})")
    return f"{name}: {'; '.join(parts)}."


def constant(table, names):
    """What never changes."""
    always = [name for name in names if table[name].all()]
    never = [name for name in names if name not in always]
    words = [("Holds in every state", always), ("Holds in no state", never)]
    return " ".join(f"{what}: {listed(found)}." for what, found in words if found)


def changes(values):
    """The events at which a column differs from the one before, the first among them."""
    return list(values.index[values != values.shift()])


# ---- the drawing --------------------------------------------------------------------------------


def _legend():
    return (
        f'<path class="run" {_colour(HOLDS)} d="M20 42h14"/>{svg.text(44, 46, "holds", "quiet")}'
        f'<path class="wait" {_colour(NOT)} d="M92 42h18"/>'
        f"{svg.text(118, 46, 'does not hold', 'quiet')}"
    )


def _colour(state):
    return f'style="--c:var(--p-{state})"'


def _rows(plan, trace):
    """The events at the left, and a shade where something changes."""
    order = {name: number for number, name in enumerate(trace.machine.kernels)}
    changed = {event for name in plan.x for event in changes(plan.table[name])[1:]}
    for place, event in enumerate(trace.events):
        y = plan.top + ROW * place
        if event.index in changed:
            yield f'<rect class="band" x="8" y="{y}" width="{plan.width - 16}" height="{ROW}"/>'
        kind = palette.kernel_class(order[event.kernel])
        yield svg.text(34, y + 15, event.index, "quiet end")
        yield f'<path class="sign {kind}" d="M44 {y + 7}h9v9h-9z"/>'
        yield svg.text(58, y + 15, event.kernel)
        yield svg.text(NAMES, y + 15, event.name)


def _column(plan, name, x):
    """One predicate: its name, a bar where it holds, and a word at each change."""
    values, head, top = plan.table[name], plan.heads[name], plan.top
    above = top - 10 - LINE * (len(head) - 1)
    names = [svg.text(x - 6, above + LINE * place, line) for place, line in enumerate(head)]
    rows = [values.index.get_loc(event) for event in changes(values)]
    spans = zip(rows, [*rows[1:], len(values)], strict=True)
    bars = [_span(x, top, first, until, bool(values.iloc[first])) for first, until in spans]
    return "".join(names + bars)


def _span(x, top, first, until, holds):
    """From one change to the next; the beginning of the trace is no change, but says how it is."""
    y, end = top + ROW * first + ROW // 2, top + ROW * until - 5
    if holds:
        mark = f'<path class="sign" d="M{x} {y}m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"/>'
    else:
        mark = f'<path class="cross" d="M{x} {y}m-5-5l10 10m0-10l-10 10"/>' if first else ""
    kind, state = ("run", HOLDS) if holds else ("wait", NOT)
    bar = f'<path class="{kind}" d="M{x} {y}V{end}"/>'
    word = _BECOMES[holds] if first else _IS[holds]
    words = svg.text(x + 13, y + 4, word, None if first else "quiet")
    return f"<g {_colour(state)}>{bar}{mark}</g>{words}"


_IS = {True: "holds", False: "does not hold"}
_BECOMES = {True: "holds now", False: "no longer"}
