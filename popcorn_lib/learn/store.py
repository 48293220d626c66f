"""What a learner did, kept in one JSON file beside the notebook and sent nowhere.

The file maps lesson to item to events: `{"version": 1, "lessons": {"02": {"p1": {"kind":
"prediction", "events": [{"at": 1700000000.0, "value": 5}]}}}}`.  Every change reads the file
afresh, so that two lessons open side by side keep each other's answers, and writes it whole through
a temporary file.  No trouble with the file is ever fatal: answers then live in memory, and one line
says so with the learner's next message.
"""

import json
import os
import tempfile
import time
from pathlib import Path

from popcorn_lib.learn import texts
from popcorn_lib.learn.view import Line

VERSION = 1
KEPT = 50  # events per item: the first, which is the first prediction, and the latest


class Store:
    """The progress file.

    Args:
        path: where the file is, or will be; fixed now, whatever the working directory becomes.
        clock: gives the time of an event in seconds.
    """

    def __init__(self, path="progress.json", clock=time.time):
        self.path, self._clock = Path(path).absolute(), clock
        self._unsaved = None  # what could not be written: newer than the file
        self._closed = False  # a file that cannot be read must not be overwritten either
        self._trouble = []

    def items(self, lesson):
        """Return what is stored for a lesson: item id to its kind and events."""
        return self._load().get(lesson, {})

    def events(self, lesson, item, kind):
        """Return the events of one item, oldest first; none if it was of another kind."""
        entry = self.items(lesson).get(item, {})
        return entry["events"] if entry.get("kind") == kind else []

    def add(self, lesson, item, kind, **event):
        """Add one event to an item, with the time."""
        events = [*self.events(lesson, item, kind), {"at": self._clock(), **event}]
        lessons = self._load()
        entry = {"kind": kind, "events": events[:1] + events[1:][1 - KEPT :]}
        lessons.setdefault(lesson, {})[item] = entry
        self._save(lessons)

    def forget(self, lesson, item=None):
        """Drop one item of a lesson, or the whole lesson."""
        lessons = self._load()
        if item is None:
            lessons.pop(lesson, None)
        else:
            lessons.get(lesson, {}).pop(item, None)
        self._save(lessons)

    def take_trouble(self):
        """Return, once, the lines that say what is wrong with the file."""
        trouble, self._trouble = self._trouble, []
        return trouble

    def _load(self):
        if self._unsaved is not None:
            return self._unsaved
        try:
            return _read(self.path)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._closed, self._unsaved = True, {}
            self._complain(texts.STORE_UNREADABLE, error)
        except (ValueError, RecursionError):
            self._set_aside()
        return self._unsaved or {}

    def _set_aside(self):
        aside = self.path.with_name(self.path.stem + ".damaged" + self.path.suffix)
        try:
            os.replace(self.path, aside)
            self._trouble.append(Line(texts.STORE_DAMAGED, aside=aside.name))
        except OSError as error:
            self._closed, self._unsaved = True, {}
            self._complain(texts.STORE_UNREADABLE, error)

    def _save(self, lessons):
        first_failure = self._unsaved is None
        self._unsaved = lessons
        if self._closed:
            return
        try:
            _write(self.path, {"version": VERSION, "lessons": lessons})
            self._unsaved = None
        except OSError as error:
            if first_failure:
                self._complain(texts.STORE_UNWRITABLE, error)

    def _complain(self, template, error):
        self._trouble.append(Line(template, path=self.path.name, error=error.strerror or error))


def _read(path):
    data = json.loads(path.read_text("utf-8"))
    if not _is_sound(data):
        raise ValueError(f"not a progress file of version {VERSION}")
    return data["lessons"]


def _write(path, data):
    handle, name = tempfile.mkstemp(prefix=".progress-", suffix=".json", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _is_sound(data):
    """Return whether data has the shape that this module writes."""
    if not isinstance(data, dict) or data.get("version") != VERSION:
        return False
    lessons = data.get("lessons")
    return isinstance(lessons, dict) and all(
        isinstance(items, dict) and all(map(_is_entry, items.values()))
        for items in lessons.values()
    )


def _is_entry(entry):
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("kind"), str)
        and isinstance(entry.get("events"), list)
        and all(map(_is_event, entry["events"]))
    )


def _is_event(event):
    if not isinstance(event, dict):
        return False
    numbers = (event.get("at"), event.get("score", 0), event.get("hint", 0))
    return all(isinstance(number, int | float) for number in numbers)
