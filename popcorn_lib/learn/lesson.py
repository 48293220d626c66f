"""A lesson: its objectives, its items by id, and the place where answers are kept.

Whatever a learner has or has not done, a lesson runs from top to bottom in a fresh kernel.
"""

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.learn import texts
from popcorn_lib.learn.check import Check
from popcorn_lib.learn.order import Order
from popcorn_lib.learn.predict import Prediction
from popcorn_lib.learn.quiz import Quiz
from popcorn_lib.learn.report import describe, forgotten, report
from popcorn_lib.learn.store import Store


class Lesson:
    """Makes the items of one lesson and keeps what the learner did with them.

    Every item takes `objectives=`, the names of those that it evidences: "O1", "O1 O3" or a list.
    Running a cell again defines its item again, which is fine; another kind of item under the same
    id is an error.

    Args:
        name: the lesson's number, for example "02".
        objectives: name to what the learner can do afterwards.
        store: a Store, or the path of the progress file.
        needs: the oldest version of the library that the lesson runs with, for example "0.1".

    Raises:
        RuntimeError: the library is older than that; the text says how to get the right one.
        ValueError: from any factory method, for an unknown objective, an id used for two kinds, or
            a definition that cannot work; the text names it.
    """

    def __init__(self, name, objectives=None, store="progress.json", needs="0"):
        _check_version(needs)
        self.name, self.objectives = str(name), dict(objectives or {})
        self.store = store if isinstance(store, Store) else Store(store)
        self.items = {}

    def predict(self, id, question, unit="", choices=None, objectives=()):
        """Make a Prediction: a number, free text, or one of `choices`."""
        return self._add(Prediction, id, question, unit, choices, objectives=objectives)

    def check(self, id, task="", *, reference, objectives=(), **options):
        """Make a Check; see there for `cases`, `hints`, `solution`, `compare` and `run`."""
        return self._add(Check, id, task, reference=reference, objectives=objectives, **options)

    def quiz(self, id, question, choices, objectives=()):
        """Make a Quiz from choice to (whether it holds, feedback)."""
        return self._add(Quiz, id, question, choices, objectives=objectives)

    def order(self, id, question, steps, before, objectives=()):
        """Make an Order from name to step, and the pairs (earlier, later)."""
        return self._add(Order, id, question, steps, before, objectives=objectives)

    def _add(self, kind, id, *args, objectives, **options):
        names = objectives.split() if isinstance(objectives, str) else objectives
        names = tuple(choose("objective", name, self.objectives) for name in names)
        known = self.items.get(id)
        if known is not None and not isinstance(known, kind):
            raise UsageError(f"{id!r} is a {known.kind} already; known: {list(self.items)!r}")
        item = kind(self, id, *args, objectives=names, **options)
        self.items[id] = item
        return item

    def __getitem__(self, id):
        """The item with that id; ValueError, with the known ones, if there is none."""
        return self.items[choose("item", id, self.items)]

    def coverage(self):
        """Return objective to the ids of the items that evidence it."""
        return {
            name: [item.id for item in self.items.values() if name in item.objectives]
            for name in self.objectives
        }

    def report(self):
        """Return one page on what was predicted, answered and checked, to hand in."""
        return report(self)

    def reset(self, item=None):
        """Forget what is stored for one item, or for the whole lesson."""
        self.store.forget(self.name, item)
        return forgotten(self, item)

    def __repr__(self):
        return repr(describe(self))

    def _repr_html_(self):
        return describe(self)._repr_html_()


def _check_version(needs):
    """Refuse an older library before a lesson fails in some other way."""
    from popcorn_lib import __version__  # here: the package is complete once a lesson runs

    if _numbers(__version__) < _numbers(needs):
        raise RuntimeError(texts.TOO_OLD.format(needs=needs, has=__version__))


def _numbers(version):
    return tuple(int(part) for part in version.split("."))
