"""What went wrong in an exploration: in words, as a trace, as a schedule, and saved as a test."""

import re
from pathlib import Path
from typing import NamedTuple

from popcorn_lib.errors import UsageError
from popcorn_lib.worlds.saved import written

# What of a message depends on where the program stands and on what else has been explored.
CHANGING = (
    (r"\bline \d+ of (?:the notebook|.*?\.py)", "its line"),
    (r"Token\(key=\d+\)", "a value"),
    (r" at 0x[0-9a-fA-F]+", ""),
    (r"(?s)\s*\bassert .*?(?= \(thread )", ""),  # what pytest adds to an assert's own words
    (r"\s+", " "),
)


def _sorted_set(found):
    """A set in a fixed order: Python's differs from run to run; a dict has an order of its own."""
    inside = found[1]
    if ": " in inside:
        return found[0]
    return f"{{{', '.join(sorted(re.split(r', (?![^(]*[)])', inside)))}}}"


class Setting(NamedTuple):
    """What was explored: enough to do it again."""

    main: object
    machine: object
    args: tuple
    start: str
    invariants: tuple


class Violation:
    """What went wrong.

    kind: "deadlock", "invariant", "crash", "residue", "no rest" or "unreached".
    message: what, in words.  gist: the same without what changes elsewhere, to be compared.
    trace: a shortest way to it; its times are numbers of steps.
    schedule: the steps of that way in words; `follow` goes it again.
    """

    def __init__(self, kind, message, trace, schedule, setting):
        self.kind, self.message, self.trace = kind, message, trace
        self.schedule, self.setting = schedule, setting

    @property
    def gist(self):
        """The message without what changes when the program stands elsewhere."""
        text = self.message
        for pattern, word in CHANGING:
            text = re.sub(pattern, word, text)
        return re.sub(r"\{([^{}]*)\}", _sorted_set, text)

    def show(self, **options):
        """The trace in the stepper, in the order of `Trace.causal`, which is easier to follow."""
        return self.trace.causal().show(**options)

    def predicates(self, named=None):
        """`Trace.predicates` along the schedule, with the invariants that were explored."""
        return self.trace.predicates(named, self.setting.invariants)

    def show_predicates(self, named=None, **options):
        """The same as a picture, its events numbered as `show` numbers them."""
        return self.trace.causal().show_predicates(named, self.setting.invariants, **options)

    def save_test(self, path, name=None):
        """Write a pytest file that follows this schedule and expects that this goes wrong.

        name: of the test; made from the program and the kind if it is None.  The file imports the
        program and its mechanisms if they stand in a module, and holds their source if not.
        Returns the path.  Raises UsageError if something in it cannot be written down, or if what
        is wrong can only be told by a whole search.
        """
        if self.kind in ("no rest", "unreached"):
            raise UsageError(f"{self.kind!r} is told by a whole search, by no schedule: {self}")
        Path(path).write_text(written(self, self.setting, name), encoding="utf-8")
        return path

    def __repr__(self):
        return f"<Violation: {self.kind} after {len(self.trace) - 1} steps: {self.message}>"
