"""Who ran where: a lane per core, a bar for every stay of a thread on it, time to the right.

    gantt(run)                          the whole run
    gantt(run, window=(0, 20e-6))       its first 20 microseconds

Every thread has a colour and a filling of its own here (most have the same home, whose colour they
have elsewhere), and its name above the bar where there is room.  An idle core is an empty lane.  A
thin line follows a thread to the core on which it goes on.
"""

from itertools import pairwise
from typing import NamedTuple

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.chart import FONT, SMALL, ticks, time_unit
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import duration, thread_name
from popcorn_lib.draw.words import counted, listed

WIDE, LEFT, RIGHT, TOP = 860, 124, 20, 84
ROW, BAR, APART = 40, 14, 12  # a core's lane, its bars; between kernels
# How a bar is filled, six threads each: (from, high) of the filled parts, in parts of its height.
FILLS = (((0, 1),), ((0.5, 0.5),), ((0.3, 0.4),), ((0, 0.3), (0.7, 0.3)), ())
HAIR = 1  # the width of the shortest bar
TOLD = 12  # moves of threads in the description


class Stay(NamedTuple):
    """A thread that keeps a core for a while; times in seconds."""

    since: float
    until: float
    core: tuple  # (kernel, number)
    tid: int


def gantt(run, window=None, title="Who ran where"):
    """The cores of every kernel and the threads that had them.

    run: of `simulate(..., trace=True)`.  window: (from, until) in seconds; None is the whole run.
    Raises ValueError for a window that does not lie in the run.
    """
    since, until = window = window or (0, run.seconds)
    if not 0 <= since < until <= run.seconds:
        raise ValueError(f"window {window!r} is not within the run, 0 to {run.seconds:g} s")
    nodes = run.machine.graph.nodes
    cores = [(name, core) for name in run.machine.kernels for core in range(nodes[name]["cores"])]
    every = _joined(run)
    stays = [stay for stay in every if stay.until > since and stay.since < until]
    drawing = Drawing(cores, stays, window, dict.fromkeys(stay.tid for stay in every))
    said = describe(cores, stays, window)
    return Picture(WIDE, drawing.height, drawing.body(title), title, said, draws_title=True)


def _joined(run):
    """The stays in order; a thread that leaves its core and has it again at once never left."""
    stays, last = [], {}
    for row in run.cores.itertuples():
        core = row.kernel, row.core
        before = stays[last[core]] if core in last else None
        if before and (before.tid, before.until) == (row.tid, row.from_s):
            stays[last[core]] = before._replace(until=row.until_s)
        else:
            last[core] = len(stays)
            stays.append(Stay(row.from_s, row.until_s, core, row.tid))
    return stays


# ---- in words -----------------------------------------------------------------------------------


def describe(cores, stays, window):
    """Every core: how busy, with whom; then who goes from core to core, and when."""
    since, until = window
    parts = [f"From {duration(since)} to {duration(until)}."]
    for core in cores:
        times = shares(stays, core, window)
        busy = round(100 * sum(times.values()) / (until - since))
        threads = [f"{thread_name(tid)} {duration(time)}" for tid, time in times.items()]
        parts.append(f"{core_name(core)}: busy {busy} %, {listed(threads) or 'nobody'}.")
    moved = [
        f"{thread_name(a.tid)} from {core_name(a.core)} to {core_name(b.core)} "
        f"at {duration(b.since)}"
        for a, b in moves(stays)
    ]
    more = [f"{len(moved) - TOLD} more"] if len(moved) > TOLD else []
    if moved:
        parts.append(f"{counted(len(moved), 'move')}: {listed(moved[:TOLD] + more)}.")
    return " ".join(parts)


def core_name(core):
    """A core to read: "k0 core 1"."""
    return f"{core[0]} core {core[1]}"


def shares(stays, core, window):
    """{tid: seconds that it had this core inside the window}, in order of appearance."""
    times = {}
    for stay in stays:
        if stay.core == core:
            inside = min(stay.until, window[1]) - max(stay.since, window[0])
            times[stay.tid] = times.get(stay.tid, 0) + inside
    return times


def moves(stays):
    """(stay, next stay) of each thread that goes on elsewhere, in the order of arrival."""
    of = {}
    for stay in stays:
        of.setdefault(stay.tid, []).append(stay)
    pairs = [pair for own in of.values() for pair in pairwise(own) if pair[0].core != pair[1].core]
    return sorted(pairs, key=lambda pair: pair[1].since)


# ---- the drawing --------------------------------------------------------------------------------


class Drawing:
    """Where the lanes are and what lies on them."""

    def __init__(self, cores, stays, window, threads):
        self.cores, self.stays, self.window = cores, stays, window
        kernels = list(dict.fromkeys(kernel for kernel, _ in cores))
        self.order = {name: number for number, name in enumerate(kernels)}
        self.y = {
            core: TOP + ROW * place + APART * self.order[core[0]]
            for place, core in enumerate(cores)
        }
        self.bottom = TOP + ROW * len(cores) + APART * (len(kernels) - 1)
        self.height = self.bottom + 56
        self.number = {tid: number for number, tid in enumerate(threads)}

    def x(self, time):
        """The place of a time; what lies outside the window ends at its edge."""
        since, until = self.window
        inside = min(max(time, since), until)
        return LEFT + (WIDE - LEFT - RIGHT) * (inside - since) / (until - since)

    def body(self, title):
        """Lanes below, lines of moves above them, bars and names last."""
        parts = [svg.element("rect", class_="sheet", width=WIDE, height=self.height)]
        parts += [svg.text(14, 26, title, "name", style=FONT), *self._legend()]
        parts += [*self._axis(), *map(self._lane, self.cores)]
        parts += [self._move(*pair) for pair in moves(self.stays)]
        for core in self.cores:
            parts += self._bars([stay for stay in self.stays if stay.core == core])
        return "".join(parts)

    def _legend(self):
        """Every thread that is seen, with its filling, as many as there is room for."""
        x = 14
        for tid in sorted({stay.tid for stay in self.stays}, key=self.number.get):
            name = thread_name(tid)
            if x + 40 + 8 * len(name) > WIDE:
                yield svg.text(x, 52, "…")
                return
            yield self._bar(tid, x, 42, 22, 11)
            yield svg.text(x + 28, 53, name, style=SMALL)
            x += 48 + 8 * len(name)

    def _axis(self):
        """Faint rules at round times; the numbers share one unit."""
        since, until = self.window
        unit, size = time_unit(until)
        for time in ticks(since / size, until / size, 8):
            x = round(self.x(time * size), 1)
            yield svg.element("path", class_="lane", d=f"M{x} {TOP - 6}V{self.bottom + 4}")
            yield svg.text(x, self.bottom + 20, f"{time:,g}", "quiet mid", style=SMALL)
        words = f"virtual time in {unit}"
        if any(self.x(s.until) - self.x(s.since) < HAIR for s in self.stays):
            least = HAIR * (until - since) / (WIDE - LEFT - RIGHT)
            words += f"; stays below {duration(least)} are drawn wider than they are"
        yield svg.text((LEFT + WIDE - RIGHT) / 2, self.bottom + 44, words, "mid", style=SMALL)

    def _lane(self, core):
        kernel, number = core
        y = self.y[core]
        return (
            ("" if number else svg.text(14, y + 28, kernel, "name"))
            + svg.text(LEFT - 14, y + 28, f"core {number}", "end", style=SMALL)
            + svg.element("path", class_="link", d=f"M{LEFT} {y + 31.5}H{WIDE - RIGHT}")
        )

    def _move(self, before, after):
        """From where a thread leaves one core to where it goes on."""
        x1, x2 = round(self.x(before.until), 1), round(self.x(after.since), 1)
        y1, y2 = (self.y[stay.core] + ROW - 15 for stay in (before, after))
        kind = palette.kernel_class(self.number[after.tid])
        return f'<path class="wire {kind}" style="stroke-width:1" d="M{x1} {y1}L{x2} {y2}"/>'

    def _bars(self, stays):
        """The bars of a lane; bars of one thread that touch on the screen become one."""
        spans = []
        for stay in stays:
            x1 = self.x(stay.since)
            x2 = max(self.x(stay.until), x1 + HAIR)
            if spans and spans[-1][0] == stay.tid and x1 - spans[-1][2] < HAIR / 2:
                spans[-1][2] = x2
            else:
                spans.append([stay.tid, x1, x2])
        y = self.y[stays[0].core] if stays else 0
        edges = [LEFT, *(x2 for _, _, x2 in spans), *(x1 for _, x1, _ in spans), WIDE - RIGHT]
        named = LEFT  # where the last name ends
        for place, (tid, x1, x2) in enumerate(spans):
            yield self._bar(tid, x1, y + 17, x2 - x1, BAR)
            name, middle = thread_name(tid), (x1 + x2) / 2
            half = 3.9 * len(name) + 1
            begin, end = max(named, edges[place]), edges[len(spans) + place + 2]
            if begin + half < middle < end - half:
                yield svg.text(round(middle, 1), y + 12, name, "mid halo", style=SMALL)
                named = middle + half

    def _bar(self, tid, x, y, wide, high):
        number = self.number[tid]
        parts = "".join(
            f"M{x:.1f} {y + high * top:g}h{wide:.1f}v{high * part:g}h{-wide:.1f}z"
            for top, part in FILLS[number // len(palette.KERNELS) % len(FILLS)]
        )
        kind = palette.kernel_class(number)
        return (
            f'<g class="{kind}"><rect class="node" style="stroke-width:1" x="{x:.1f}" y="{y:g}" '
            f'width="{wide:.1f}" height="{high}"/><path class="tip" d="{parts}"/></g>'
        )
