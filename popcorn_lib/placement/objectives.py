"""What is best: least time, least energy, or the least product of the two.

The idea.  Time and energy add up from phase to phase, so whoever can minimise a weighted sum
w_t x seconds + w_e x joules can minimise either.  Their product, energy x delay, does not add up.
But a product of two positive numbers has its least value at a corner of the lower left hull of all
(seconds, joules), and every corner is the best for some weights.  So the corners are found one by
one: between two known ones, ask for the best in the direction at right angles to the line that
joins them, until nothing lies below any line.

Sources.  The corners: Aneja and Nair, Bicriteria transportation problem, Management Science 25(1),
1979.  Energy x delay: Gonzalez and Horowitz, IEEE JSSC 31(9), 1996.
"""

from popcorn_lib.errors import choose

OBJECTIVES = ("time", "energy", "edp")
UNITS = {"time": "s", "energy": "J", "edp": "J s"}


def worth(objective, seconds, joules):
    """What an objective makes of so many seconds and joules; less is better.

    joules: a function that tells them, since not every machine does.
    """
    if choose("objective", objective, OBJECTIVES) == "time":
        return seconds
    return joules() * (seconds if objective == "edp" else 1)


def best(solve, objective):
    """The plan with the least of an objective.

    solve(time_weight, energy_weight) gives a plan with the least weighted sum of its seconds and
    joules.
    """
    choose("objective", objective, OBJECTIVES)
    if objective == "time":
        return solve(1, 0)
    if objective == "energy":
        return solve(0, 1)
    return min(corners(solve), key=lambda plan: plan.seconds * plan.joules)


def corners(solve):
    """The plans at the corners of the lower left hull of seconds and joules, fastest first."""
    fast, frugal = solve(1, 0), solve(0, 1)
    return [fast, *_between(solve, fast, frugal), frugal]


def _between(solve, fast, frugal):
    """The corners between two of them."""
    weights = fast.joules - frugal.joules, frugal.seconds - fast.seconds
    if min(weights) <= 0:
        return []
    found = solve(*weights)
    lengths = [_length(weights, plan) for plan in (found, fast)]
    if lengths[0] >= lengths[1] * (1 - 1e-9):
        return []
    return [*_between(solve, fast, found), found, *_between(solve, found, frugal)]


def _length(weights, plan):
    return weights[0] * plan.seconds + weights[1] * plan.joules
