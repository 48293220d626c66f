"""A check that says where a learner's answer first leaves the right one.

Hints come one by one, our solution comes with its length, and a run of quick failures is met with
a question, not with a lock.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.learn import texts
from popcorn_lib.learn.grade import call, judge_case, judge_form
from popcorn_lib.learn.item import Item, count_tries, graded_state
from popcorn_lib.learn.source import count_lines, source_of
from popcorn_lib.learn.view import Line, Listing, Result, show, words

FAST_TRIES, FAST_SECONDS = 3, 60


class Check(Item):
    """Compares what a learner wrote with a reference, case by case.

    Args:
        reference: the right function (or class); without cases, the right value.
        cases: inputs; a tuple holds several arguments.
        hints: from the gentlest to the plainest.
        solution: the source to show; the reference's own where none is given.
        compare: `compare(yours, ours)` gives True, False, or a text that says what differs.
        run: `run(learned, *case)` does a case, where plainly calling is not enough: simulate a
            program, build a machine with a mechanism.
        name: what the learner should define; the reference's name where none is given.
        max_steps: how far a generator is followed.

    Raises:
        ValueError: no cases for a function, or a solution that is no Python.
    """

    kind = "check"

    def __init__(
        self,
        lesson,
        id,
        task="",
        *,
        reference,
        cases=None,
        hints=(),
        solution="",
        compare=None,
        run=call,
        name=None,
        max_steps=10_000,
        objectives=(),
    ):
        self.name = name or getattr(reference, "__name__", texts.VALUE_NAME)
        super().__init__(lesson, id, task or f"`{self.name}`", objectives)
        self.reference, self.compare, self.max_steps = reference, compare, max_steps
        self.of_value = cases is None
        self.cases = [()] if self.of_value else [_arguments(case) for case in cases]
        self.run = _value if self.of_value else run
        self.hints, self._hinted = tuple(hints), 0
        self._solution = solution or source_of(reference)
        self._reject_bad_definition(cases)

    def _reject_bad_definition(self, cases):
        if not self.cases or (self.of_value and callable(self.reference)):
            raise UsageError(f"{self.id!r} needs cases for {self.name!r}; given: {cases!r}")
        try:
            self._ours = count_lines(self._solution)
        except (SyntaxError, ValueError) as error:
            raise UsageError(f"{self.id!r} has a solution that is no Python: {error}") from error

    def check(self, learned=None):
        """Grade what the learner wrote; `check(globals().get("name"))` takes a missing name.

        Returns:
            A Result: the share of the cases that agree, and the message on the first that does not.
        """
        verdict = judge_form(self, learned)
        verdicts = [verdict] if verdict else [judge_case(self, learned, c) for c in self.cases]
        wrong = [found for found in verdicts if found]
        score = 0 if verdict else 1 - len(wrong) / len(verdicts)
        return self._graded(learned, score, wrong[0] if wrong else None)

    __call__ = check

    def _graded(self, learned, score, verdict):
        if verdict is None:
            self._record(score=1, outcome="correct")
            text = texts.CORRECT_VALUE if self.of_value else texts.CORRECT
            note = self._say(text, *self._lengths(learned), cases=len(self.cases))
            return Result(1, note, "correct")
        if verdict.outcome in ("not defined", "placeholder"):
            return Result(0, self._say(verdict.text, **verdict.values), verdict.outcome)
        self._record(score=score, outcome=verdict.outcome)
        blocks = [*verdict.blocks, *self._after(learned, score, verdict)]
        note = self._say(verdict.text, *blocks, **verdict.values)
        return Result(score, note, verdict.outcome, verdict.details)

    def _after(self, learned, score, verdict):
        """Yield what follows a failure: how far it got, and what to do next."""
        if verdict.details:
            yield Line(texts.RAISED_DETAILS, id=self.id, name=self.name_of(learned))
        if len(self.cases) > 1:
            right = round(score * len(self.cases))
            yield Line(texts.SO_FAR, right=right, cases=len(self.cases))
        if self._is_fast():
            yield Line(texts.FAST, id=self.id)
        elif self._hinted < len(self.hints):
            yield Line(texts.NEXT_HINT, id=self.id)

    def _is_fast(self):
        """Return whether the last tries all failed, quickly and with no word between."""
        last = self.events()[-FAST_TRIES:]
        failed = [event for event in last if event.get("score", 1) < 1]
        return len(failed) == FAST_TRIES and last[-1]["at"] - last[0]["at"] < FAST_SECONDS

    def _lengths(self, learned):
        source = "" if self.of_value else source_of(learned)
        try:
            yours = count_lines(source)
        except (SyntaxError, ValueError):  # the file has changed since
            yours = 0
        return (
            [Line(texts.LENGTH_BOTH, yours=yours, ours=self._ours)] if yours and self._ours else []
        )

    def changed(self, note):
        """Keep the learner's own words on what was changed since the last try."""
        self._record(changed=str(note))
        return self._say(texts.CHANGED)

    def hint(self, number=None):
        """Show the next hint, or the one of that number, counted from 1."""
        count = len(self.hints)
        if not count:
            return self._say(texts.NO_HINTS)
        if number is None:
            number = min(self._hinted + 1, count)
        if number not in range(1, count + 1):
            return self._say(texts.NO_HINT, number=show(number), count=count)
        self._hinted = max(self._hinted, number)
        self._record(hint=number)
        then = Line(texts.HINT_NEXT if number < count else texts.HINT_LAST, id=self.id)
        return self._say(
            texts.HINT, then, number=number, count=count, hint=words(self.hints[number - 1])
        )

    def solution(self):
        """Show our solution and how long it is."""
        if not self._solution:
            return self._say(texts.NO_SOLUTION)
        self._record(solution=True)
        lines = texts.SOLUTION_LINE if self._ours == 1 else texts.SOLUTION_LINES
        listing = Listing(self._solution)
        return self._say(texts.SOLUTION, listing, lines=lines.format(lines=self._ours))

    def describe(self):
        how = Line(texts.CHECK_HOW, id=self.id, name=self.name)
        hints = [Line(texts.NEXT_HINT, id=self.id)] if self.hints else []
        return self._say(texts.CHECK, how, *hints, task=words(self.asked))

    @staticmethod
    def summary(events):
        tries = sum("score" in event for event in events)
        hints = len({event["hint"] for event in events if "hint" in event})
        said = [
            count_tries(tries),
            texts.ONE_HINT if hints == 1 else texts.MANY_HINTS.format(n=hints),
        ]
        seen = texts.SOLUTION_SEEN if any("solution" in event for event in events) else ""
        notes = [texts.CHANGED_NOTE.format(note=e["changed"]) for e in events if "changed" in e]
        return ", ".join(said) + seen + "".join(notes), graded_state(events)

    def name_of(self, learned):
        """Return what the learner calls it."""
        return getattr(learned, "__name__", self.name)

    def call_text(self, learned, args):
        """Return a case as the learner would write it."""
        if self.of_value:
            return self.name
        return f"{self.name_of(learned)}({', '.join(show(arg, 60) for arg in args)})"


def _arguments(case):
    return case if isinstance(case, tuple) else (case,)


def _value(learned):
    return learned
