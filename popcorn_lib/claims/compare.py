"""Comparing: does ours agree with what was published, in size or in direction?"""

import math
from functools import cache

from popcorn_lib import data
from popcorn_lib.claims.placed_rows import PLACED
from popcorn_lib.claims.rows import MEASURED, OUTSIDE, PUBLISHED, SAME
from popcorn_lib.errors import choose

CLAIMS = (*MEASURED, *PLACED)
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

    A claim without a number has nothing but a direction.  Of a ratio, the direction is the side of
    1 on which it lies, and its size how far from 1 that is; an amount has no direction.
    """
    if claim.published is None:
        return DIRECTION if ours > claim.above else NO
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
    published is missing where only a direction is known; why: what ours may differ by, if anything.
    """
    import pandas

    known = [claim.id for claim in CLAIMS]
    wanted = known if ids is None else [choose("claim", one, known) for one in ids]
    rows = []
    for one in wanted:
        claim = CLAIMS[known.index(one)]
        ours = _ours(known.index(one))
        row = (*claim[:5], ours, agreement(claim, ours), claim.why, claim.held_out, claim.platform)
        rows.append(row)
    return pandas.DataFrame(rows, columns=COLUMNS)


def outside():
    """What was published and no row above speaks about: DataFrame with id, claim, value, unit, why.

    That is rows of data/behaviours.csv and of data/headline_claims.csv.
    """
    import pandas

    spoken = {claim.id for claim in CLAIMS} | set(SAME)
    rows = [
        (row["id"], row["claim"], row["value"], row["unit"], OUTSIDE[row["id"]])
        for row in (*PUBLISHED.values(), *data.rows("headline_claims"))
        if row["id"] not in spoken
    ]
    return pandas.DataFrame(rows, columns=["id", "claim", "value", "unit", "why"])
