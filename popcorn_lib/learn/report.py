"""One page on a lesson: what was predicted, answered and checked, and what that shows."""

from popcorn_lib.learn import texts
from popcorn_lib.learn.check import Check
from popcorn_lib.learn.order import Order
from popcorn_lib.learn.predict import Prediction
from popcorn_lib.learn.quiz import Quiz
from popcorn_lib.learn.view import Line, Note, Table, words

KINDS = {kind.kind: kind for kind in (Prediction, Check, Quiz, Order)}


def report(lesson):
    """Return the report on a lesson: its items in order, then its objectives."""
    stored, states = lesson.store.items(lesson.name), {}
    rows = []
    for id, kind, asked in _asked(lesson, stored):
        events = stored[id]["events"] if stored.get(id, {}).get("kind") == kind else []
        yours, states[id] = KINDS[kind].summary(events)
        rows.append((f"{id} ({texts.KINDS[kind]})", asked, yours, states[id]))
    done = sum(_is_done(state) for state in states.values())
    blocks = [Table(texts.REPORT_ITEMS, rows)] if rows else []
    if lesson.objectives:
        blocks.append(Table(texts.REPORT_OBJECTIVES, _objectives(lesson, states)))
    trouble = lesson.store.take_trouble()
    return Note(texts.REPORT, *blocks, *trouble, name=lesson.name, done=done, count=len(rows))


def _asked(lesson, stored):
    """Return every item as id, kind and question; those of an earlier run have no question."""
    items = [(item.id, item.kind, words(item.asked)) for item in lesson.items.values()]
    earlier = [
        (id, entry["kind"], texts.EARLIER)
        for id, entry in stored.items()
        if id not in lesson.items and entry["kind"] in KINDS
    ]
    return items + earlier


def _objectives(lesson, states):
    return [
        (name, words(lesson.objectives[name]), _state([states[id] for id in ids]), ", ".join(ids))
        for name, ids in lesson.coverage().items()
    ]


def _state(states):
    done = [_is_done(state) for state in states]
    if not done:
        return texts.NO_ITEM
    return texts.SHOWN if all(done) else texts.PARTLY if any(done) else texts.OPEN


def _is_done(state):
    return state in (texts.DONE, texts.PREDICTED)


def describe(lesson):
    """Return what a lesson is for."""
    rows = [(name, words(text)) for name, text in lesson.objectives.items()]
    blocks = [Table(("", ""), rows)] if rows else []
    return Note(texts.LESSON, *blocks, *lesson.store.take_trouble(), name=lesson.name)


def forgotten(lesson, item):
    """Return the message after something was reset."""
    what = item or Line(texts.RESET_ALL, name=lesson.name)
    return Note(texts.RESET, *lesson.store.take_trouble(), what=what)
