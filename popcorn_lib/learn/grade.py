"""From the most general failure to the most specific: the stages of a check.

Each stage either has something to say, which ends the matter, or lets the next one look.  What a
learner hands over is never trusted: it may raise, never end, or change its arguments.
"""

import copy
import inspect
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from popcorn_lib.learn import texts
from popcorn_lib.learn.compare import NOTHING, family, first_difference
from popcorn_lib.learn.source import first_hole, raised_at
from popcorn_lib.learn.view import Code, Line, Table, show


@dataclass
class Verdict:
    """What a stage has to say: a name for tests, a text, what fills it, and more blocks."""

    outcome: str
    text: tuple
    values: dict
    blocks: list = field(default_factory=list)
    details: str = ""


@dataclass
class Ran:
    """What came of one call: a value, or an error; drained if it came step by step."""

    value: object = None
    error: BaseException | None = None
    steps: bool = False
    endless: bool = False


def call(learned, *args):
    """Call what is checked; the usual way to run a case."""
    return learned(*args)


def attempt(run, learned, args, max_steps):
    """Run one case on copies of its arguments, and take at most so many steps of a generator."""
    try:
        value = run(learned, *copy.deepcopy(args))
        if not isinstance(value, Iterator):
            return Ran(value)
        values = list(islice(value, max_steps + 1))
        return Ran(values[:max_steps], steps=True, endless=len(values) > max_steps)
    except (Exception, SystemExit) as error:  # whatever a learner's code does, we answer
        return Ran(error=error)


def judge_form(task, learned):
    """Return a Verdict on what was handed over before anything runs, or None."""
    if learned is None or learned is ...:
        return Verdict("not defined", texts.NOT_DEFINED, {"name": task.name})
    if task.of_value:
        return None
    if not callable(learned):
        kind = {"family": family_words(learned), "value": show(learned)}
        return Verdict("not callable", texts.NOT_CALLABLE, kind)
    yields, asked = map(inspect.isgeneratorfunction, (learned, task.reference))
    if yields and not asked:
        return Verdict("generator", texts.GENERATOR, {"name": task.name_of(learned)})
    if asked and not yields and task.run is not call:
        return Verdict("no yield", texts.NO_YIELD, {"name": task.name_of(learned)})
    return None


def judge_case(task, learned, args):
    """Return a Verdict on one case, or None where it agrees with the reference."""
    ours = attempt(task.run, task.reference, args, task.max_steps)
    yours = attempt(task.run, learned, args, task.max_steps)
    calls = task.call_text(learned, args)
    verdict = (
        _judge_error(learned, yours, ours, calls)
        or _judge_steps(task, learned, yours, ours, calls)
        or _judge_value_safely(task, learned, yours, ours, calls)
    )
    return verdict and (_unfinished(task, learned, yours) or verdict)


def _unfinished(task, learned, yours):
    """Return a Verdict on a placeholder, which explains any failure better than the failure."""
    name = task.name_of(learned)
    if isinstance(yours.error, NotImplementedError):
        return Verdict("placeholder", texts.NOT_IMPLEMENTED, {"name": name})
    line = None if task.of_value else first_hole(learned)
    return line and Verdict("placeholder", texts.PLACEHOLDER, {"name": name, "line": line})


def _judge_error(learned, yours, ours, calls):
    if yours.error is None and ours.error is None:
        return None
    if yours.error is None:
        gave = {"call": calls, "yours": show(yours.value), "error": _name(ours.error)}
        return Verdict("did not raise", texts.NOT_RAISED, gave)
    if ours.error is not None and _same_error(yours.error, ours.error):
        return None
    at = raised_at(yours.error, learned)
    blocks = [Line(texts.RAISED_LINE, number=at[0], source=at[1])] if at else []
    if ours.error is not None:
        blocks.append(Line(texts.RAISED_OURS, error=_name(ours.error)))
    details = "".join(traceback.format_exception(yours.error))
    values = {"call": calls, "error": _name(yours.error)}
    return Verdict("raised", texts.RAISED, values, blocks, details)


def _judge_steps(task, learned, yours, ours, calls):
    if yours.error is not None:
        return None
    if yours.steps and not ours.steps:
        return Verdict("generator", texts.GENERATOR, {"name": task.name_of(learned)})
    if ours.steps and not yours.steps:
        return Verdict("no yield", texts.NO_YIELD, {"name": task.name_of(learned)})
    if yours.endless and not ours.endless:
        return Verdict("endless", texts.ENDLESS, {"call": calls, "limit": task.max_steps})
    return None


def _judge_value_safely(task, learned, yours, ours, calls):
    try:
        return _judge_value(task, yours, ours, calls)
    except Exception as error:  # a learner's object may not even let itself be compared
        return _judge_error(learned, Ran(error=error), ours, calls)


def _judge_value(task, yours, ours, calls):
    if yours.error is not None:
        return None
    if yours.value is None and ours.value is not None:
        return Verdict("returned nothing", texts.NOTHING, {"call": calls})
    if task.compare is not None:
        return _judge_own(task.compare(yours.value, ours.value), yours, ours, calls)
    if family(yours.value) != family(ours.value):
        kinds = {"yours": family_words(yours.value), "ours": family_words(ours.value)}
        return Verdict("wrong type", texts.WRONG_TYPE, {"call": calls, **kinds})
    return _judge_difference(first_difference(yours.value, ours.value), calls)


def _judge_own(answer, yours, ours, calls):
    """Read what an author's own comparison says: a text is the reason why the two differ."""
    if isinstance(answer, str):
        return Verdict("differs", texts.DIFFERS, {"call": calls}, [Line("{why}", why=answer)])
    if answer:
        return None
    return Verdict(
        "differs", texts.DIFFERS, {"call": calls}, [_beside("", yours.value, ours.value)]
    )


def _judge_difference(found, calls):
    if found is None:
        return None
    values = {"call": calls, "where": found.where, "agreed": entries(found.agreed)}
    if found.where in (texts.WHERE_VALUE, texts.WHERE_SET):
        text = texts.DIFFERS
    else:
        text = texts.DIFFERS_AT if found.agreed else texts.DIFFERS_FIRST
    blocks = [_beside(found.where, found.yours, found.ours, found.before)]
    if found.lengths:
        yours, ours = found.lengths
        blocks.append(Line(texts.LENGTHS, yours=yours, ours=ours))
    return Verdict("differs", text, values, blocks)


def _beside(where, yours, ours, before=NOTHING):
    rows = [(where or texts.WHERE_VALUE, Code(show(yours)), Code(show(ours)))]
    if before is not NOTHING:
        rows.insert(0, (texts.BEFORE, Code(show(before)), Code(show(before))))
    return Table((texts.WHERE, texts.YOURS, texts.OURS), rows)


def entries(count):
    return texts.ENTRY if count == 1 else texts.ENTRIES.format(count=count)


def family_words(value):
    """Return what a value is, in words."""
    kind = family(value)
    return Line(texts.FAMILIES.get(kind, texts.FAMILY_OTHER), name=kind)


def _same_error(one, other):
    return type(one) is type(other) and getattr(one, "errno", None) == getattr(other, "errno", None)


def _name(error):
    said = str(error)
    return f"{type(error).__name__}: {show(error, 120) if len(said) > 120 else said}".rstrip(": ")
