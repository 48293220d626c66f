"""Where things lie in the space-time diagram: lanes across, rows down, room for every name.

Rows belong to events, and a row has one name, so no two names meet; where rows are spaced by time,
a name that has no room is left to the words.
"""

from popcorn_lib.draw.story import Story

ROW = 26  # height of an event's row
HEAD = 92  # height of the lanes' names and the legend
GUTTER = 76  # the numbers and times at the left
CAPITAL, LETTER = 7.8, 6.4  # widths of the letters of a name
LONGEST = 18  # letters of a name; the rest is in the words
TRACK = 9  # between the bars of two threads on one lane


class Lanes:
    """The places of a story's kernels, events and threads: whole numbers all."""

    def __init__(self, story: Story, scale):
        self.story = story
        self.order = {name: number for number, name in enumerate(story.kernels)}
        self.right = [self._faces_right(event) for event in story.events]
        left, gap, right = self._room()
        self.x = {name: GUTTER + left + gap * number for name, number in self.order.items()}
        self.width = max(GUTTER + left + gap * (len(self.x) - 1) + right, 430)
        self.y = rows(story.events, scale)
        self.crowded = self._crowded() if scale == "time" else ()
        self.lost = {m.index: n for n, m in enumerate(story.messages) if m.handled_by is None}
        self.bottom = self.y[-1] + ROW if self.y else HEAD + ROW
        self.height = self.bottom + (ROW * len(self.lost) + 8 if self.lost else 0) + 8
        self.tracks = {(stay.tid, stay.kernel): self.track(stay) for stay in story.stays}
        self.clear = dict.fromkeys(story.kernels, 14)  # from a lane's middle past its bars
        for (_, name), x in self.tracks.items():
            self.clear[name] = max(self.clear[name], abs(x - self.x[name]) + 14)
        self.place = [self._place(event) for event in story.events]

    def _crowded(self):
        """The events without room for a name and a number; it happens where rows are by time."""
        last, crowded = {}, set()
        for event, right, y in zip(self.story.events, self.right, self.y, strict=True):
            places = ("gutter", (event.kernel, right))
            if any(y - last.get(place, 0) < 13 for place in places):
                crowded.add(event.index)
            else:
                last |= dict.fromkeys(places, y)
        return crowded

    def track(self, stay):
        """The x of a thread's bar: in the middle of the lane, then to either side of it."""
        slot = min(stay.slot, 6)
        return self.x[stay.kernel] + (slot + 1) // 2 * (TRACK if slot % 2 else -TRACK)

    def name_at(self, event):
        """Where an event's name begins, past the bars of its lane."""
        away = self.clear[event.kernel]
        return self.x[event.kernel] + (away if self.right[event.index] else -away)

    def _place(self, event):
        """The x of an event's mark: on the bar of the thread it is about, else on the lane."""
        tid = event.tid if event.cause == "request" else None
        if tid is None and len(event.resumed) == 1:
            tid = event.resumed[0][0]
        return self.tracks.get((tid, event.kernel), self.x[event.kernel])

    def _faces_right(self, event):
        """Whether an event's name stands to the right, away from its arrows."""
        here, messages = self.order[event.kernel], self.story.messages
        if event.message is not None:
            return self.order[messages[event.message].source] < here
        if event.sent:
            return max(self.order[messages[number].destination] for number in event.sent) < here
        return here == len(self.order) - 1 and here > 0

    def _room(self):
        """The space left of the first lane, between lanes and right of the last, for the names."""
        first, last = self.story.kernels[0], self.story.kernels[-1]
        left = right = 50
        gap = 140 if len(self.order) < 5 else 120
        for event, faces_right in zip(self.story.events, self.right, strict=True):
            wide = room(event.name)
            if event.kernel == first and not faces_right:
                left = max(left, wide)
            elif event.kernel == last and faces_right:
                right = max(right, wide)
            else:
                gap = max(gap, min(wide, 170))
        return left, gap, right


def short_name(name):
    """A name that fits."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def room(name):
    """The width that a name takes beside a lane."""
    return round((CAPITAL if name.isupper() else LETTER) * min(len(name), LONGEST) + 26)


def rows(events, scale):
    """The y of every event: a row each, or by time with the same height in all."""
    count = len(events)
    if scale == "events" or count < 2:
        return [HEAD + ROW + ROW * index for index in range(count)]
    first, span = events[0].time_s, (events[-1].time_s - events[0].time_s) or 1
    high = ROW * (count - 1)
    return [round(HEAD + ROW + high * (event.time_s - first) / span) for event in events]
