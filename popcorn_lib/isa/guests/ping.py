"""How long messages take between two guests, by the clock of the one that asks."""

from statistics import median
from typing import NamedTuple

ROUND = 1_000  # messages of one round
NANO = 1e-9


class Ping(NamedTuple):
    """Messages there and back between the two guests.

    times: how many.  wrong: answers that were not right.  round_trip_s: seconds of one, the median
    of rounds of a thousand.  slowest_s: the same in the slowest round.  call_s: seconds of a system
    call that does nothing, to compare, the median of as many rounds.
    """

    times: int
    wrong: int
    round_trip_s: float
    slowest_s: float
    call_s: float

    @property
    def calls(self):
        """How many empty system calls take as long as one round trip."""
        return self.round_trip_s / self.call_s


def summed(rounds):
    """The Ping of several rounds, each (messages, their ns, wrong answers, ns of as many calls)."""
    counts, spent, wrong, called = zip(*rounds, strict=True)
    trips = [NANO * ns / count for ns, count in zip(spent, counts, strict=True)]
    calls = [NANO * ns / count for ns, count in zip(called, counts, strict=True)]
    return Ping(sum(counts), sum(wrong), median(trips), max(trips), median(calls))
