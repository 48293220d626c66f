"""Comparing: does ours agree with what was published, in size or in direction?"""

import math
from functools import cache

from popcorn_lib import data
from popcorn_lib.claims.rows import CLAIMS, OUTSIDE
from popcorn_lib.errors import choose

BAND = 2  # ours agrees in size if neither is more than so many times the other
SIZE, DIRECTION, NO = "yes", "direction only", "no"
COLUMNS = ["id", "claim", "published", "unit", "source", "ours", "agrees", "why", "held_out"]
COLUMNS += ["platform"]


@cache
def _ours(number):
    claim = CLAIMS[number]
    return float(claim.function(*claim.args))


def agreement(claim, ours):
    """How a number of ours agrees with a Claim: SIZE, DIRECTION or NO.

    A claim without a number is about a direction.  Of a ratio, the direction is the side of 1 on
    which it lies, and its size how far from 1 that is; an amount has no direction.
    """
    if claim.published is None:
        return SIZE if ours > claim.above else NO
    theirs = claim.published
    if claim.unit != "times":
        return SIZE if theirs / BAND <= ours <= theirs * BAND else NO
    if (theirs > 1) != (ours > 1):
        return NO
    share = math.log(ours) / math.log(theirs)
    return SIZE if 1 / BAND <= share <= BAND else DIRECTION


def table(ids=None):
    """The claims that the model can speak about, as a DataFrame with the columns COLUMNS.

    ids: which claims; None is all (some seconds, the first time).  UsageError for an unknown id.
    published is missing where only a direction is known; why is empty where ours agrees in size.
    """
    import pandas

    known = [claim.id for claim in CLAIMS]
    wanted = known if ids is None else [choose("claim", one, known) for one in ids]
    rows = []
    for one in wanted:
        claim = CLAIMS[known.index(one)]
        ours = _ours(known.index(one))
        agrees = agreement(claim, ours)
        why = "" if agrees == SIZE else claim.why
        row = (claim.id, claim.says, claim.published, claim.unit, claim.source, ours, agrees, why)
        rows.append((*row, claim.held_out, claim.platform))
    return pandas.DataFrame(rows, columns=COLUMNS)


def outside():
    """The published headline claims of no row above: DataFrame with id, claim, value, unit, why."""
    import pandas

    spoken = {claim.id for claim in CLAIMS}
    rows = [
        (row["id"], row["claim"], row["value"], row["unit"], OUTSIDE[row["id"]])
        for row in data.rows("headline_claims")
        if row["id"] not in spoken
    ]
    return pandas.DataFrame(rows, columns=["id", "claim", "value", "unit", "why"])


# ---- the page ------------------------------------------------------------------------------------

HEAD = """# What was published, and what this model gives

This page is made by `make claims`; a test compares it with the code.
Ours is virtual time on the constants of the platform named, from `data/costs.csv`.
No constant is changed for a row.
*Held out*: no constant of the platform was taken from what the row says.
That was decided before the rows were run.
Ours agrees ("yes") if neither is more than {band} times the other.
Of a ratio that is asked of its distance from 1, as a logarithm.
A ratio that is only on the same side of 1 agrees in its direction.

{agree} of {all} rows agree, {direction} more in their direction, {no} do not.
Of the {held} held-out rows {held_agree} agree.
"""


def page():
    """The text of docs/claims.md."""
    rows, rest = table(), outside()
    counts = rows.agrees.value_counts()
    held = rows[rows.held_out]
    head = HEAD.format(
        band=BAND,
        agree=counts.get(SIZE, 0),
        all=len(rows),
        direction=counts.get(DIRECTION, 0),
        no=counts.get(NO, 0),
        held=len(held),
        held_agree=int((held.agrees == SIZE).sum()),
    )
    told = ["| | claim | published | ours | agrees | held out | platform | source, and why not |"]
    told.append("|---|---|---|---|---|---|---|---|")
    told += map(_line, rows.itertuples())
    left = ["## What this model cannot speak about", ""]
    left += ["| | claim | published | why |", "|---|---|---|---|"]
    left += [f"| {r.id} | {r.claim} | {r.value} {r.unit} | {r.why} |" for r in rest.itertuples()]
    return "\n".join([head, *told, "", *left, ""])


def _line(row):
    published = "slower" if row.published != row.published else _number(row.published)
    unit = "" if row.unit in ("times", "share") else " " + row.unit
    why = f"; {row.why}" if row.why else ""
    held = "yes" if row.held_out else "no"
    cells = row.id, row.claim, published + unit, _number(row.ours) + unit, row.agrees, held
    return f"| {' | '.join(cells)} | {row.platform} | {row.source}{why} |"


def _number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
