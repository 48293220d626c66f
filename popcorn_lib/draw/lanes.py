"""Where things lie in the space-time diagram: lanes across, rows down, room for every name.

Rows belong to events or folds, and a row has one name, so no two names meet; where rows are spaced
by time, a name that has no room is left to the words.  An event that is not shown lies between
rows, so that messages still leave or reach its lane there.
"""

from functools import lru_cache
from itertools import count, pairwise

from popcorn_lib.draw.shown import Shown
from popcorn_lib.draw.story import Story

ROW = 26  # height of an event's row
HEAD = 92  # height of the lanes' names and the legend
GUTTER = 76  # the numbers and times at the left
CAPITAL, LETTER = 7.8, 6.4  # widths of the letters of a name
LONGEST = 18  # letters of a name; the rest is in the words
TRACK = 9  # between the bars of two threads on one lane
RAIL = 24  # beside a hidden lane
SIDE = 50  # beside the first and the last lane, at least
BASE = 4  # from the middle of a row down to where its letters stand
SHORT = 26  # how far from its lane a message ends that nobody handles


class Lanes:
    """The places of a story's kernels, events and threads: whole numbers all."""

    def __init__(self, story: Story, scale, shown=None):
        self.story, self.shown = story, shown or Shown(story)
        self.order = {name: number for number, name in enumerate(story.kernels)}
        self.right = [self._faces_right(event) for event in story.events]
        self.gap, self.sides = self._room()
        self.x, self.width = self._across()
        self.row_y = rows([story.events[row[-1]] for row in self.shown.rows], scale)
        self.bottom = self.row_y[-1] + ROW if self.row_y else HEAD + ROW
        self.y = self._down()
        self.crowded = self._crowded() if scale == "time" else ()
        self.ends = self._ends()
        last = [slot for _, slot in self.ends.values() if slot is not None]
        self.height = self.bottom + (ROW * len(last) + 8 if last else 0) + 8
        self.tracks = {(stay.tid, stay.kernel): self.track(stay) for stay in story.stays}
        self.clear = dict.fromkeys(story.kernels, 14)  # from a lane's middle past its bars
        for (_, name), x in self.tracks.items():
            self.clear[name] = max(self.clear[name], abs(x) + 14)
        self.aside = [self._aside(event) for event in story.events]

    def _across(self):
        """The x of every lane and the width; a hidden lane takes little room."""
        names, hidden = self.story.kernels, self.shown.hidden
        x = {names[0]: 0}
        for one, other in pairwise(names):
            x[other] = x[one] + (self.gap, self.gap // 2, RAIL)[(one in hidden) + (other in hidden)]
        seen = [name for name in names if name not in hidden]
        first, last = seen[0], seen[-1]
        shift = GUTTER + max(self.sides[first][0] - x[first], RAIL)
        right = max(x[last] + self.sides[last][1], x[names[-1]] + RAIL)
        return {name: shift + at for name, at in x.items()}, max(shift + right, 430)

    def _down(self):
        """The y of every event, and of the end as one more."""
        places = [None] * len(self.story.events)
        for row, y in zip(self.shown.rows, self.row_y, strict=True):
            for index in row:
                places[index] = y
        above = HEAD
        for index, y in enumerate(places):
            above = above if y is None else y
            places[index] = above + ROW // 2 if y is None else y
        return [*places, self.bottom - ROW // 2]

    def _crowded(self):
        """The events without room for a name and a number; it happens where rows are by time."""
        last, crowded = {}, set()
        for (*_, index), y in zip(self.shown.rows, self.row_y, strict=True):
            event = self.story.events[index]
            places = ("gutter", (event.kernel, self.right[index]))
            if any(y - last.get(place, 0) < 13 for place in places):
                crowded.add(index)
            else:
                last |= dict.fromkeys(places, y)
        return crowded

    def _ends(self):
        """{message: (event, slot)} of those that no event handles: where their arrows end.

        The event with which a link lost it; (None, None) if it went to a dead kernel; a row of its
        own below all others if it was still on its way.
        """
        ends, slots, story = {}, count(), self.story
        for message in story.messages:
            if message.handled_by is None:
                number = message.index
                slot = None if number in story.lost else next(slots)
                ends[number] = story.dropped.get(number), slot
        return ends

    def track(self, stay):
        """How far from its lane's middle a thread's bar is: in the middle, then to either side."""
        slot = min(stay.slot, 6)
        return (slot + 1) // 2 * (TRACK if slot % 2 else -TRACK)

    def place(self, index):
        """The middle of an event's mark."""
        return self.x[self.story.events[index].kernel] + self.aside[index], self.y[index]

    def name_at(self, event):
        """Where an event's name begins beside its lane's middle, past the bars."""
        away = self.clear[event.kernel]
        return away if self.right[event.index] else -away

    def _aside(self, event):
        """Beside the lane's middle, an event's mark: on the bar of the thread it is about."""
        tid = event.tid if event.cause == "request" else None
        if tid is None and len(event.resumed) == 1:
            tid = event.resumed[0][0]
        return self.tracks.get((tid, event.kernel), 0)

    def _faces_right(self, event):
        """Whether an event's name stands to the right, away from its arrows."""
        here, messages = self.order[event.kernel], self.story.messages
        comes = (event.message,) if event.message is not None else self.story.hit_by(event)
        if comes:
            return self.order[messages[comes[0]].source] < here
        if event.sent:
            return max(self.order[messages[number].destination] for number in event.sent) < here
        return here == len(self.order) - 1 and here > 0

    def _room(self):
        """The space between lanes, and for each lane that for its names on either side."""
        first, last = self.story.kernels[0], self.story.kernels[-1]
        gap = 140 if len(self.order) < 5 else 120
        sides = {name: [SIDE, SIDE] for name in self.story.kernels}
        for event, faces_right in zip(self.story.events, self.right, strict=True):
            wide, side = room(self.story.label(event)), sides[event.kernel]
            side[faces_right] = max(side[faces_right], wide)
            if event.kernel != (last if faces_right else first):
                gap = max(gap, min(wide, 170))
        return gap, sides


def short_name(name):
    """A name that fits."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


@lru_cache(1024)
def room(name):
    """The width that a name takes beside a lane."""
    return round(sum(LETTER if c.islower() else CAPITAL for c in name[:LONGEST]) + 26)


def rows(events, scale):
    """The y of every row, each given by its last event: the same height for all, or by time."""
    if scale == "events" or len(events) < 2:
        return [HEAD + ROW + ROW * index for index in range(len(events))]
    first, span = events[0].time_s, (events[-1].time_s - events[0].time_s) or 1
    high = ROW * (len(events) - 1)
    return [round(HEAD + ROW + high * (event.time_s - first) / span) for event in events]
