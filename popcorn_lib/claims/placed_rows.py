"""The claims about placement, one row each: see `rows.py`, whose form they have.

What was published stands in data/headline_claims.csv, in per cent; here it is a ratio.
"""

from popcorn_lib import data
from popcorn_lib.claims import placed
from popcorn_lib.claims.ours import BOARDS, INFINIBAND, PHI
from popcorn_lib.claims.rows import Claim

HEADLINES = {row["id"]: row for row in data.rows("headline_claims")}


def more(id, function, platform, why, sign=1):
    """The Claim of a headline in per cent: so much more, or with sign -1 so much less."""
    row = HEADLINES[id]
    ratio = 1 + sign * float(row["value"]) / 100
    said = id, row["claim"], ratio, "times", row["source"]
    return Claim(*said, function, (), platform, True, why)


PLACED = (
    more(
        "H01", placed.over_native, PHI,
        "how much it computes and how many pages it needs is ours, and decides it: the fewer "
        "pages, the larger; theirs are whole programs",
    ),
    more(
        "H03", placed.joules_per_job, BOARDS,
        "other machines: theirs are two servers and a scheduler that moves jobs; ours are boards "
        "and the job that suits them best",
        sign=-1,
    ),
    more(
        "H05", placed.by_sharing, INFINIBAND,
        "the cores of both are ours, of the order of theirs; and no page is fetched",
    ),
    more(
        "H09", placed.with_boards, BOARDS,
        "every core has a job here; theirs has hardware threads on the Xeon, and little memory on "
        "the boards",
    ),
    more("H10", placed.jobs_per_joule, BOARDS, "as H09"),
    more(
        "H13", placed.by_affinity, INFINIBAND,
        "whole programs on two cores as fast on average; theirs are phases, and cores of several "
        "sizes that a search has picked",
    ),
)  # fmt: skip
