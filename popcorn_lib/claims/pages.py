"""The text of docs/claims.md: the claims, what is outside them, what the conclusions hang on."""

from popcorn_lib import data
from popcorn_lib.claims.compare import BAND, CLAIMS, DIRECTION, NO, SIZE, outside, table
from popcorn_lib.claims.rows import SAME
from popcorn_lib.claims.uncertainty import CONCLUSIONS, hangs_on

HEAD = """# What was published, and what this model gives

This page is made by `make claims`; tests compare it with the code.
What was published stands in `data/behaviours.csv` and `data/headline_claims.csv`.
Ours is virtual time on the constants of the platform named, from `data/costs.csv`.
No constant is changed for a row, unless the row itself is about one: no interrupts, or polling.

*Held out*: no constant of the platform was taken from what the row says.
That was decided before the rows were run; the other rows show that a constant does what it should.

Ours agrees ("yes") if neither is more than {band} times the other.
Of a ratio that is asked of its distance from 1, as a logarithm.
A ratio that is only on the same side of 1 agrees in its direction.
Where no figure is known, more is not to be had.
Why ours differs, or could, stands in the last column; it was written after the rows were run.

{agree} of {all} rows agree, {direction} more in their direction, {no} do not.
Of the {held} held-out rows {held_agree} agree, {held_direction} more in their direction.
"""
BEHAVIOURS = (
    ("synchronisation between kernels is dearer than on one coherent kernel", "B1 B1b B1c B1d B1e"),
    ("one kernel collapses under contention", "B2a B2d B2e B2b B2c B2f B2g"),
    (
        "operations on one address space wait for each other; many kernels pay more and grow less",
        "B3a B3h B3b B3c B3d B3e B3f B3g B3i B3j H32",
    ),
    ("messages beat memory that enough cores write", "B4a B4b B4c"),
    ("pages that kernels write in turn lose", "B5a B5b"),
    ("coarse sharing wins all the same", "B6 H04 H35-TSP H35-Quicksort H35-ILINK"),
    ("unlike processors win if phases suit them", "H01 H02 H05 H13 H14 H15"),
    ("energy is saved", "H03 H09 H10"),
    ("how often one moves matters", "C1 C2 C3 H19 H36"),
    ("where memory is coherent, messages lose", "H11"),
    ("polling is fastest, unless the core is shared", "B11 B11b B11c"),
)


def page():
    """The text of docs/claims.md; takes a minute or two."""
    return claimed() + "".join(map(how_sure, CONCLUSIONS))


def claimed():
    """The page but for the last tables, one for each conclusion."""
    rows, rest = table(), outside()
    parts = [_head(rows), *_rows(rows), "", *_behaviours(rows), "", *_calibration(), ""]
    parts += ["## What this model cannot speak about", ""]
    parts += ["| | claim | published | why |", "|---|---|---|---|"]
    parts += [f"| {r.id} | {r.claim} | {r.value} {r.unit} | {r.why} |" for r in rest.itertuples()]
    return "\n".join([*parts, "", SURE])


def _head(rows):
    counts, held = rows.agrees.value_counts(), rows[rows.held_out].agrees.value_counts()
    return HEAD.format(
        band=BAND,
        agree=counts.get(SIZE, 0),
        all=len(rows),
        direction=counts.get(DIRECTION, 0),
        no=counts.get(NO, 0),
        held=held.sum(),
        held_agree=held.get(SIZE, 0),
        held_direction=held.get(DIRECTION, 0),
    )


def _rows(rows):
    yield "| | claim | published | ours | agrees | held out | platform | source; and why not |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from map(_line, rows.itertuples())


def _line(row):
    published = "above 1" if row.published != row.published else _number(row.published)
    unit = "" if row.unit in ("times", "share") else " " + row.unit
    also = next((f" ({head})" for head, ours in SAME.items() if ours == row.id), "")
    why = f"; {row.why}" if row.why else ""
    held = "yes" if row.held_out else "no"
    cells = row.id + also, row.claim, published + unit, _number(row.ours) + unit, row.agrees, held
    return f"| {' | '.join(cells)} | {row.platform} | {row.source}{why} |"


def _number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _behaviours(rows):
    """Each behaviour with its rows and how they agree; those outside are called so."""
    agrees = dict(zip(rows.id, rows.agrees, strict=True))
    yield "## Behaviour by behaviour"
    yield ""
    yield "| behaviour | rows |"
    yield "|---|---|"
    for says, ids in BEHAVIOURS:
        told = ", ".join(f"{one}: {agrees.get(one, 'outside')}" for one in ids.split())
        yield f"| {says} | {told} |"


def _calibration():
    """What the constants of each platform were taken from."""
    yield "## What the constants were taken from"
    yield ""
    yield "What a platform does not say is as in *default*; *ours* is an assumption, with a range."
    yield ""
    yield "| platform | sources of its constants |"
    yield "|---|---|"
    rows = data.rows("costs")
    for platform in dict.fromkeys(["default", *(claim.platform for claim in CLAIMS)]):
        of = [row["source"] for row in rows if row["platform"] == platform]
        told = "; ".join(f"{source} ({of.count(source)})" for source in dict.fromkeys(of))
        yield f"| {platform} | {told} |"


# ---- what conclusions hang on --------------------------------------------------------------------

SURE = """## What the conclusions hang on

Each constant goes to the low and the high end of its range while the others stay.
The tables say where a conclusion turns round then; constants that do not move it are left out.
"""


def how_sure(name):
    """The table of one conclusion."""
    it, rows = CONCLUSIONS[name], hangs_on(name)
    first = f"from {_turn(rows.at_value[0])} {it.parameter} on ({it.platform})"
    told = [f"\n**{it.says}** {first}; hangs most on `{rows.constant[0]}`\n"]
    told += [f"| constant | range, in s | {it.parameter}, at its low end | at its high end |"]
    told += ["|---|---|---|---|"]
    for row in rows[rows.swing > 1].itertuples():
        ends = f"{_turn(row.at_low)} | {_turn(row.at_high)}"
        told.append(f"| {row.constant} | {row.low:.3g} to {row.high:.3g} | {ends} |")
    return "\n".join([*told, ""])


def _turn(value):
    return "never" if value == float("inf") else f"{value:.3g}"
