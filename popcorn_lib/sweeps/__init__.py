"""Sweeps: one measurement at many points, as a table; and what ranges of constants do to it.

sweep(measure, kernels=[1, 2, 4], seed=range(3), cache="costs.jsonl")
sweep(measure, one_at_a_time(Costs.ranges()))       which constants matter: see swings
flip(wins, 2, 64)                                   where a conclusion turns round: see flips
"""

from popcorn_lib.sweeps.flips import Flip, flip, flips
from popcorn_lib.sweeps.points import Named, grid
from popcorn_lib.sweeps.sweep import sweep
from popcorn_lib.sweeps.uncertainty import corners, latin_hypercube, one_at_a_time, swings

__all__ = [
    "Flip",
    "Named",
    "corners",
    "flip",
    "flips",
    "grid",
    "latin_hypercube",
    "one_at_a_time",
    "sweep",
    "swings",
]
