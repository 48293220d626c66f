"""A question with choices and a reason for each of them.

As HTML every choice opens to its own feedback, without a script and without a kernel, so that an
exported page still teaches; answering in the notebook is what is stored and graded.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.learn import texts, widgets
from popcorn_lib.learn.choice import LETTERS, check_choices, find_all, lettered
from popcorn_lib.learn.item import Item, graded_state, is_blank, latest
from popcorn_lib.learn.view import Fold, Line, Result, shorten, words


class Quiz(Item):
    """A question with one or several right choices.

    Args:
        choices: choice to (whether it holds, the feedback that says why).

    Raises:
        ValueError: no right choice, fewer than two, or a choice without its feedback.
    """

    kind = "quiz"

    def __init__(self, lesson, id, asked, choices, objectives=()):
        super().__init__(lesson, id, asked, objectives)
        self.choices = check_choices(id, choices)
        verdicts = [_verdict(id, choice, verdict) for choice, verdict in choices.items()]
        self._holds = [holds for holds, _ in verdicts]
        self._feedback = [feedback for _, feedback in verdicts]
        if not any(self._holds):
            raise UsageError(f"{id!r} has no right choice; given: {self.choices!r}")

    @property
    def several(self):
        """Whether more than one choice is right."""
        return sum(self._holds) > 1

    def answer(self, given):
        """Grade an answer: letters, numbers or texts; several in one string or a list.

        Returns:
            A Result; its message gives the feedback of what was chosen and of nothing else.
        """
        if is_blank(given):
            return self._unstored(texts.QUIZ_EMPTY)
        chosen, unknown = find_all(given, self.choices)
        if unknown or not chosen:
            named = ", ".join(map(str, unknown)) or "''"
            choices = words(lettered(self.choices))
            return self._unstored(texts.NO_CHOICE, given=shorten(named), choices=choices)
        if len(chosen) > 1 and not self.several:
            return self._unstored(texts.ONE_CHOICE)
        return self._grade(chosen)

    def _grade(self, chosen):
        agree = [(index in chosen) == holds for index, holds in enumerate(self._holds)]
        score = sum(agree) / len(agree) if self.several else float(all(agree))
        self._record(chosen=[self.choices[index] for index in chosen], score=score)
        blocks = [self._said(index) for index in chosen]
        if score < 1 and all(self._holds[index] for index in chosen):
            blocks.append(Line(texts.QUIZ_MORE))
        note = self._say(texts.QUIZ_RIGHT if score == 1 else texts.QUIZ_WRONG, *blocks)
        return Result(score, note, "correct" if score == 1 else "wrong")

    def _said(self, index):
        return Line("{choice}: {verdict}", choice=self._choice(index), verdict=self._reason(index))

    def _choice(self, index):
        return words(f"{LETTERS[index]}. {self.choices[index]}")

    def _reason(self, index):
        verdict = texts.HOLDS if self._holds[index] else texts.FAILS
        return Line("{verdict} {feedback}", verdict=verdict, feedback=words(self._feedback[index]))

    def describe(self):
        folds = [
            Fold(self._choice(index), self._reason(index)) for index in range(len(self.choices))
        ]
        how = Line(texts.QUIZ_MANY if self.several else texts.QUIZ_ONE, id=self.id)
        return self._say(texts.QUIZ, *folds, how, question=words(self.asked))

    def ask(self):
        """Return a box to answer in, where ipywidgets is there; otherwise the question."""
        return widgets.quiz(self)

    @staticmethod
    def summary(events):
        return latest(events, "chosen"), graded_state(events)


def _verdict(id, choice, verdict):
    if not isinstance(verdict, tuple) or len(verdict) != 2 or not isinstance(verdict[0], bool):
        raise UsageError(
            f"{id!r}: choice {choice!r} needs (True or False, feedback), not {verdict!r}"
        )
    return verdict
