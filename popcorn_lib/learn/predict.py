"""Predict first, then look: the answer stays hidden until a prediction is stored.

Saying what one expects before one sees it is what makes the seeing teach.  The first prediction is
the one that counts; later ones are kept beside it.
"""

import math
import numbers
import os

from popcorn_lib.learn import texts, widgets
from popcorn_lib.learn.choice import check_choices, find, lettered
from popcorn_lib.learn.item import Item, is_blank
from popcorn_lib.learn.view import Line, Table, shorten, words


class Prediction(Item):
    """A question about what will happen, answered before it does.

    Args:
        unit: what a number counts, for example "messages".
        choices: the possible answers, where there are few; then no other is taken.

    Raises:
        ValueError: fewer than two choices, or one twice.
    """

    kind = "prediction"

    def __init__(self, lesson, id, asked, unit="", choices=None, objectives=()):
        super().__init__(lesson, id, asked, objectives)
        self.unit = unit
        self.choices = None if choices is None else check_choices(id, choices)

    def answer(self, value):
        """Store what the learner expects: a number, a text, a list, or one of the choices."""
        if is_blank(value) or (isinstance(value, str) and not value.strip()):
            return self._say(texts.PREDICT_EMPTY)
        if self.choices:
            index = find(value, self.choices)
            if index is None:
                return self._say(
                    texts.NO_CHOICE, given=value, choices=words(lettered(self.choices))
                )
            value = self.choices[index]
        return self._store(storable(value))

    def _store(self, value):
        stored = self._stored()
        if value != (stored or [None])[-1]:
            self._record(value=value)
        first = (stored or [value])[0]
        text = texts.PREDICT_STORED if first == value else texts.PREDICT_AGAIN
        return self._say(text, value=self._amount(value), first=self._amount(first))

    def reveal(self, actual, why=""):
        """Show what happened beside the prediction; refuse while there is none.

        With the environment variable POPCORN_PREDICT=off, for unattended runs, it always shows.

        Args:
            actual: what happened.
            why: what explains it.
        """
        stored, actual = self._stored(), storable(actual)
        why = [words(why)] if why else []
        if not stored and os.environ.get("POPCORN_PREDICT") != "off":
            return self._say(texts.PREDICT_FIRST, example=self._example())
        if not stored:
            row = (texts.ROW_ACTUAL, self._amount(actual))
            return self._say(texts.REVEAL_BARE, Table(("", ""), [row]), *why)
        if actual not in [event.get("actual") for event in self.events()]:
            self._record(actual=actual)
        gap = self._gap(stored[0], actual)
        text = texts.REVEAL_SAME if gap in (texts.GAP_NONE, texts.GAP_SAME) else texts.REVEAL
        return self._say(text, self._beside(stored, actual, gap), *why)

    def _beside(self, stored, actual, gap):
        rows = [(texts.ROW_FIRST, self._amount(stored[0]))]
        if stored[-1] != stored[0]:
            rows.append((texts.ROW_LATEST, self._amount(stored[-1])))
        rows.append((texts.ROW_ACTUAL, self._amount(actual)))
        return Table(("", ""), [*rows, (texts.ROW_GAP, gap)])

    def _gap(self, first, actual):
        if not (_is_number(first) and _is_number(actual)):
            same = str(first).strip().lower() == str(actual).strip().lower()
            return texts.GAP_SAME if same else texts.GAP_OTHER
        if math.isclose(first, actual, rel_tol=1e-9, abs_tol=1e-12):
            return texts.GAP_NONE
        gap = texts.GAP_LOW if first < actual else texts.GAP_HIGH
        return gap.format(gap=_digits(abs(actual - first)))

    def describe(self):
        stored = self._stored()
        blocks = (
            [Line(texts.PREDICT_CHOICES, choices=words(lettered(self.choices)))]
            if self.choices
            else []
        )
        if stored:
            blocks.append(Line(texts.PREDICT_KEPT, first=self._amount(stored[0])))
        else:
            blocks.append(Line(texts.PREDICT_HOW, id=self.id, example=self._example()))
        return self._say(texts.PREDICT, *blocks, question=words(self.asked))

    def ask(self):
        """Return a box to answer in, where ipywidgets is there; otherwise the question."""
        return widgets.prediction(self)

    @staticmethod
    def summary(events):
        values = [event["value"] for event in events if "value" in event]
        if not values:
            return "", texts.OPEN
        actual = [texts.IT_WAS.format(actual=e["actual"]) for e in events[-1:] if "actual" in e]
        return "; ".join([shorten(texts.THEN.join(map(str, values)), 80), *actual]), texts.PREDICTED

    def _stored(self):
        return [event["value"] for event in self.events() if "value" in event]

    def _example(self):
        return "'a'" if self.choices else "5" if self.unit else "'in your words'"

    def _amount(self, value):
        """Return a value as it is shown: a number with its unit, a choice in its author's words."""
        if self.choices:
            return words(str(value))
        return (
            f"{_digits(value)} {self.unit}".rstrip() if _is_number(value) else shorten(str(value))
        )


def storable(value):
    """Return a value as JSON can keep it: numbers as numbers, lists as lists, the rest as text."""
    if isinstance(value, bool | str):
        return _number_in(value) if isinstance(value, str) else value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return str(value)


def _number_in(text):
    """Return the number that a text is, as a widget's field gives it, or the text."""
    for read in (int, float):
        try:
            number = read(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text.strip()


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _digits(number):
    return str(number) if isinstance(number, int) else f"{number:.6g}"
