"""The progress file: it survives damage, two lessons, and a disk that cannot be written."""

import json
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib.learn import Lesson, Store
from popcorn_lib.learn.store import KEPT

QUICK = settings(max_examples=20, deadline=None)

NAMES = st.sampled_from(
    ["version", "lessons", "02", "p1", "q1", "c1", "o1", "kind", "events", "at", "value", "score"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "progress.json"


def test_do_two_lessons_side_by_side_keep_each_others_answers(path):
    first, second = Lesson("02", store=path), Lesson("05", store=path)
    ours, theirs = first.predict("p1", "How many?"), second.predict("p1", "How many?")
    ours.answer(1), theirs.answer(2), ours.answer(3)
    assert [event["value"] for event in ours.events()] == [1, 3]
    assert [event["value"] for event in theirs.events()] == [2]


def test_where_is_the_file_if_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lesson = Lesson("02")
    monkeypatch.chdir(tmp_path.parent)
    lesson.predict("p1", "How many?").answer(5)
    assert list(json.loads((tmp_path / "progress.json").read_text())["lessons"]["02"]) == ["p1"]


def test_is_nothing_left_beside_the_file(path):
    Lesson("02", store=path).predict("p1", "How many?").answer(5)
    assert os.listdir(path.parent) == ["progress.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"version": 99, "lessons": {}}',
        b'{"version": 1, "lessons": {"02": {"p1": {"kind": "prediction", "events": [{}]}}}}',
        b'{"version": 1, "lessons": {"02": []}}',
        b"[" * 100_000,
    ],
)
def test_what_if_the_file_is_damaged(path, content):
    path.write_bytes(content)
    p1 = Lesson("02", store=path).predict("p1", "How many?")
    first = repr(p1.answer(5))
    assert "was damaged" in first and "progress.damaged.json" in first
    assert path.with_name("progress.damaged.json").read_bytes() == content
    assert "damaged" not in repr(p1.reveal(2)), "said once is enough"
    assert "3 too high" in repr(p1.reveal(2))


@QUICK
@given(JSON, st.data())
def test_can_any_content_at_all_make_a_lesson_raise(tmp_path_factory, junk, data):
    path = tmp_path_factory.mktemp("junk") / "progress.json"
    events = data.draw(st.lists(st.dictionaries(NAMES, JSON, max_size=3), max_size=2))
    events = [{**event, "at": 1} for event in events]
    kinds = {"p1": "prediction", "q1": "quiz", "c1": "check", "o1": "order"}
    items = {id: {"kind": kind, "events": events} for id, kind in kinds.items()}
    sound = {"version": 1, "lessons": {"02": items}}
    path.write_text(json.dumps(data.draw(st.sampled_from([junk, sound]))))
    run_a_lesson(path)


def run_a_lesson(path):
    """Do everything once, as a notebook does from top to bottom."""
    lesson = Lesson("02", {"O1": "count"}, store=path)
    p1 = lesson.predict("p1", "How many?", objectives="O1")
    q1 = lesson.quiz("q1", "Which?", {"this": (True, "yes"), "that": (False, "no")})
    c1 = lesson.check("c1", reference=abs, cases=[-1, 2], hints=["Think of zero."])
    o1 = lesson.order("o1", "Order.", {"go": "", "stop": ""}, [("go", "stop")])
    shown = [lesson, lesson.report(), p1, p1.reveal(2), p1.answer(5), p1.reveal(2), q1]
    shown += [q1.answer("b"), c1, c1(None), c1(int), c1(abs), c1.hint(), c1.solution()]
    shown += [c1.changed("all"), o1, o1.answer("go stop"), lesson.report(), lesson.reset()]
    for note in shown:
        assert repr(note) and note._repr_html_()


def test_does_a_lesson_run_from_top_to_bottom_with_and_without_answers(path):
    run_a_lesson(path)
    run_a_lesson(path)


def test_what_if_the_file_cannot_be_written(tmp_path):
    path = tmp_path / "gone" / "progress.json"
    p1 = Lesson("02", store=path).predict("p1", "How many?")
    said = repr(p1.answer(5))
    assert "cannot be written" in said and "until the kernel stops" in said
    assert "3 too high" in repr(p1.reveal(2)), "what cannot be written still counts"
    assert "cannot" not in repr(p1.answer(6))
    path.parent.mkdir()
    p1.answer(7)
    assert [
        event.get("value") for event in Lesson("02", store=path).predict("p1", "?").events()
    ] == [
        5,
        None,
        6,
        7,
    ]


def test_what_if_the_file_cannot_be_read(tmp_path):
    path = tmp_path / "progress.json"
    path.mkdir()
    p1 = Lesson("02", store=path).predict("p1", "How many?")
    assert "cannot be read" in repr(p1.answer(5)) and "3 too high" in repr(p1.reveal(2))
    assert path.is_dir() and os.listdir(tmp_path) == ["progress.json"]


def test_what_if_writing_fails_half_way(path, monkeypatch):
    p1 = Lesson("02", store=path).predict("p1", "How many?")
    p1.answer(5)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    assert "No space left" in repr(p1.answer(6))
    assert path.read_bytes() == before and os.listdir(path.parent) == ["progress.json"]


def test_does_the_file_grow_for_ever(path):
    store = Store(path, clock=lambda: 0)
    for value in range(KEPT + 20):
        store.add("02", "p1", "prediction", value=value)
    values = [event["value"] for event in store.events("02", "p1", "prediction")]
    assert len(values) == KEPT and values[0] == 0 and values[-1] == KEPT + 19


def test_does_an_item_that_became_another_kind_start_afresh(path):
    Lesson("02", store=path).predict("x", "How many?").answer(5)
    quiz = Lesson("02", store=path).quiz("x", "?", {"yes": (True, ""), "no": (False, "")})
    assert quiz.events() == [] and quiz.answer("a") and len(quiz.events()) == 1


def test_is_anything_sent_anywhere(path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a lesson opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    run_a_lesson(path)


def test_what_does_reset_forget(path):
    first, second = Lesson("02", store=path), Lesson("05", store=path)
    items = [lesson.predict(id, "?") for lesson in (first, second) for id in ("p1", "p2")]
    for item in items:
        item.answer(5)
    assert "p1" in repr(first.reset("p1"))
    assert [bool(item.events()) for item in items] == [False, True, True, True]
    first.reset()
    assert [bool(item.events()) for item in items] == [False, False, True, True]
