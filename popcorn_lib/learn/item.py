"""What all items of a lesson share: an id, a question, a place in the store, a message to show.

An item never asks for input and never raises at a learner: whatever it is given, it answers with a
message that ends with the next action.
"""

from abc import ABC, abstractmethod

from popcorn_lib.learn import texts
from popcorn_lib.learn.view import Note, Result, shorten


class Item(ABC):
    """One thing to do in a lesson; made by the lesson's factory methods.

    Attributes:
        id: the name under which it is stored; lessons use it as the variable's name too.
        asked: the author's question or task.
        objectives: the names of the objectives that it evidences.
    """

    kind = ""

    def __init__(self, lesson, id, asked, objectives=()):
        self.id, self.asked, self.objectives = id, asked, objectives
        self._lesson = lesson

    def events(self):
        """Return what is stored for this item, oldest first."""
        return self._lesson.store.events(self._lesson.name, self.id, self.kind)

    @abstractmethod
    def describe(self):
        """Return the message that shows the item itself."""

    @staticmethod
    @abstractmethod
    def summary(events):
        """Return what the learner did and in what state the item is, for the report."""

    def _record(self, **event):
        self._lesson.store.add(self._lesson.name, self.id, self.kind, **event)

    def _say(self, text, *blocks, **values):
        """Return a message; what is wrong with the progress file follows it, once."""
        trouble = self._lesson.store.take_trouble()
        return Note(text, *blocks, *trouble, id=self.id, **values)

    def _unstored(self, text, *blocks, **values):
        """Return the result of an answer that is no attempt and is not kept."""
        return Result(0, self._say(text, *blocks, **values), outcome="unanswered")

    def __repr__(self):
        return repr(self.describe())

    def _repr_html_(self):
        return self.describe()._repr_html_()


def is_blank(answer):
    """Return whether an answer is still the placeholder of its cell."""
    return answer is None or answer is ...


def latest(events, key):
    """Return the last value of a key in the events and how many there were; "" for none."""
    values = [event[key] for event in events if key in event]
    if not values:
        return ""
    last = ", ".join(map(str, values[-1])) if isinstance(values[-1], list) else str(values[-1])
    return f"{shorten(last, 80)} ({count_tries(len(values))})"


def count_tries(number):
    """Return a number of tries in words."""
    return texts.TRY if number == 1 else texts.MANY_TRIES.format(n=number)


def graded_state(events):
    """Return the state of an item whose events carry a score: the best one counts."""
    scores = [event["score"] for event in events if "score" in event]
    if not scores:
        return texts.OPEN
    return texts.DONE if max(scores) == 1 else texts.NOT_YET
