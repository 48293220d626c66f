"""What a program can end with, on one kernel and on many: a row for each outcome.

    outcomes(verdict.reference, verdict.outcomes)

An outcome that one kernel cannot have tells the number of kernels: its row is shaded, crossed and
says so.
"""

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.words import counted, listed

ROW, TOP, LETTER, WIDEST = 30, 84, 8, 52
COLUMN = 150
FONT = "font-size:14px"


def outcomes(one, many, title="What can come of it", names=("one kernel", "many kernels")):
    """Two sets of outcomes, side by side.

    one, many: sets of (value, status), or of the words of a violation.  names: of the two machines.
    """
    rows = sorted(one | many, key=lambda end: (end not in one, repr(end)))
    left = 40 + LETTER * max((len(in_words(end)) for end in rows), default=0)
    width, height = max(left + 2 * COLUMN + 170, 560), TOP + ROW * len(rows) + 16
    columns = [left + COLUMN * (number + 0.5) for number in (0, 1)]
    parts = [
        svg.element("rect", class_="sheet", width=width, height=height),
        svg.text(14, 28, title, "name", style="font-size:15px"),
        *(svg.text(x, 62, name, "mid", style=FONT) for x, name in zip(columns, names, strict=True)),
    ]
    for number, end in enumerate(rows):
        parts += _row(end, TOP + ROW * number, width, columns, end in one, end in many)
    return Picture(width, height, "".join(parts), title, _said(rows, one, many, names), True)


def in_words(end):
    """An outcome in few words."""
    if isinstance(end, str):
        return end
    value, status = end
    words = f"returns {value!r}" if not status else f"ends with status {status}"
    return words if len(words) <= WIDEST else f"{words[: WIDEST - 1]}…"


def _row(end, y, width, columns, alone, together):
    strange = together and not alone
    if strange:
        yield f'<rect class="band" x="8" y="{y - 4}" width="{width - 16}" height="{ROW - 4}"/>'
    yield svg.text(22, y + 14, in_words(end), style=FONT)
    for x, can in zip(columns, (alone, together), strict=True):
        yield _mark(x, y + 9, can)
    if strange:
        yield '<path class="cross" style="--c:var(--p-now)" '
        yield f'd="M{columns[1] + 62:g} {y + 3}l11 11m0-11l-11 11"/>'
        yield svg.text(columns[1] + 84, y + 14, "one kernel cannot", style=FONT)


def _mark(x, y, can):
    """A full disc and "can", or a dash."""
    if can:
        disc = f'<path class="sign" d="M{x - 26:g} {y}m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z"/>'
        return (
            f'<g style="--c:var(--p-before)">{disc}</g>{svg.text(x - 12, y + 5, "can", style=FONT)}'
        )
    return svg.text(x - 31, y + 5, "–", "quiet", style=FONT)


def _said(rows, one, many, names):
    strange = [in_words(end) for end in rows if end in many and end not in one]
    parts = [
        f"On {name}: {listed(in_words(end) for end in rows if end in ends) or 'nothing'}."
        for name, ends in zip(names, (one, many), strict=True)
    ]
    told = f"{counted(len(strange), 'outcome')} that one kernel cannot have"
    end = f"{told}: {listed(strange)}." if strange else "Nothing that one kernel cannot have."
    return " ".join([*parts, end])
