"""Placement: which part of a program runs on which kernel, and what that is worth.

    graph = chain([Phase("read", {"x86-64": 1.0, "aarch64": 2.5}), ...])
    plan = POLICIES["shortest_path"](graph, machine, objective="time", costs=costs)
    plan.places, plan.seconds, plan.joules      where, and what it comes to
    plan.to_frame(), plan.why()                 step by step; what each phase would cost elsewhere
    simulate_plan(plan)                         the same by `simulate`, side by side

Read `program.py` for phases and graphs, `prices.py` for what a phase, a page and a migration cost,
`plan.py` for what a placement comes to; then the policies, one file each: `fixed.py` (stay,
greedy), `shortest.py`, `heft.py`, `exact.py`, `online.py`.  `objectives.py` says what is best,
`sharing.py` divides one phase among kernels, `consolidation.py` places a mix of jobs, `run.py` puts
a plan to the test, and `examples.py` has published programs and machines.
"""

from popcorn_lib.placement.consolidation import throughput
from popcorn_lib.placement.plan import Plan
from popcorn_lib.placement.policies import POLICIES
from popcorn_lib.placement.prices import Prices
from popcorn_lib.placement.program import Phase, chain, tasks
from popcorn_lib.placement.run import simulate_plan
from popcorn_lib.placement.sharing import shared

__all__ = [
    "POLICIES",
    "Phase",
    "Plan",
    "Prices",
    "chain",
    "shared",
    "simulate_plan",
    "tasks",
    "throughput",
]
