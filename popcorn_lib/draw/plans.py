"""Plans of a program: a lane for each kernel, and what it does when; several on one axis of time.

    plans(stay, heft, exact)

A thick bar is a phase that runs, a thin one before it the threads and pages that come first.  Each
phase has a colour, and its name above its bar where there is room.
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.chart import FONT, SMALL, ticks, time_unit
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import duration
from popcorn_lib.draw.words import listed

WIDE, LEFT, RIGHT, TOP = 860, 72, 24, 74
HEAD, ROW, APART = 26, 40, 16  # a plan's name, a kernel's lane, between plans
BAR, THIN = 16, 5
LETTER = 6.2


def plans(*made, title="Plans (model)"):
    """What each kernel does when, plan by plan.

    made: Plans of `popcorn_lib.placement`, one or more.  Raises ValueError if there is none.
    """
    if not made:
        raise ValueError("plans() needs one plan or more")
    last = max(plan.seconds for plan in made) or 1.0
    names = list(dict.fromkeys(step.phase for plan in made for step in plan.steps))
    kinds = {name: palette.kernel_class(number) for number, name in enumerate(names)}
    parts, y = [], TOP
    for plan in made:
        parts += _plan(plan, y, last, kinds)
        y += HEAD + ROW * len(plan.prices.machine.kernels) + APART
    sheet = svg.element("rect", class_="sheet", width=WIDE, height=y + 34)
    top = [svg.text(14, 26, title, "name", style=FONT), *_legend()]
    body = "".join([sheet, *top, *_axis(last, y - APART), *parts])
    return Picture(WIDE, y + 34, body, title, " ".join(map(describe, made)), True)


def describe(plan):
    """A plan in words: where each phase runs, from when to when, and how much of it is the way."""
    lines = []
    for step in plan.steps:
        way = f", {duration(step.crossing_s)} of it to come there" if step.crossing_s else ""
        times = f"from {duration(step.start_s)} to {duration(step.end_s)}"
        lines.append(f"{step.phase} on {step.kernel} {times}{way}")
    return f"{plan.policy}, {duration(plan.seconds)}: {listed(lines)}."


# ---- the drawing --------------------------------------------------------------------------------


def _x(time, last):
    return LEFT + (WIDE - LEFT - RIGHT) * time / last


def _legend():
    yield f'<path class="tip ink" d="M14 44h26v{BAR - 4}h-26z"/>'
    yield svg.text(48, 55, "a phase runs", style=SMALL)
    yield f'<path class="tip ink" d="M150 48h26v{THIN}h-26z"/>'
    yield svg.text(184, 55, "its threads and pages come", style=SMALL)


def _axis(last, bottom):
    """Faint rules at round times."""
    unit, size = time_unit(last)
    for time in ticks(0, last / size, 8):
        x = round(_x(time * size, last), 1)
        yield svg.element("path", class_="lane", d=f"M{x} {TOP}V{bottom}")
        yield svg.text(x, bottom + 18, f"{time:,g}", "quiet mid", style=SMALL)
    yield svg.text((LEFT + WIDE - RIGHT) / 2, bottom + 38, f"time in {unit}", "mid", style=SMALL)


def _plan(plan, top, last, kinds):
    """A plan's name, its lanes, and the bars on them."""
    words = f"{plan.policy}: {duration(plan.seconds)}"
    yield svg.text(14, top + 18, words, "name halo", style=FONT)
    for number, kernel in enumerate(plan.prices.machine.kernels):
        y = top + HEAD + ROW * number
        yield svg.text(LEFT - 14, y + 28, kernel, "end", style=SMALL)
        yield svg.element("path", class_="link", d=f"M{LEFT} {y + ROW - 7.5}H{WIDE - RIGHT}")
        steps = [step for step in plan.steps if step.kernel == kernel]
        ends = [_x(step.start_s, last) for step in steps[1:]] + [WIDE - RIGHT]
        for step, end in zip(steps, ends, strict=False):
            yield _step(step, y + ROW - 8 - BAR, last, kinds[step.phase], end)


def _step(step, y, last, kind, room):
    """The way there, the run, and the name if it ends before `room`."""
    x1, x2, x3 = (
        round(_x(time, last), 1)
        for time in (step.start_s, step.start_s + step.crossing_s, step.end_s)
    )
    thin = y + BAR - THIN
    parts = f"M{x1} {thin}H{x2}V{y}H{max(x3, x2 + 1)}V{y + BAR}H{x1}z"
    fits = max(x1 + LETTER * len(step.phase), x1 + 1) < room
    name = svg.text(x1 + 1, y - 4, step.phase, "halo", style=SMALL) if fits else ""
    return f'<g class="{kind}"><path class="sign" d="{parts}"/></g>{name}'
