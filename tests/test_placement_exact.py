"""Is the exact placement exact, and no policy better?  Random programs, and brute force."""

import pytest
from placement_programs import (
    every_plan,
    objectives,
    overlaps,
    random_chain,
    random_tasks,
    reckoned,
    valued,
)

from popcorn_lib.placement import POLICIES, examples, tasks


def worth(plan, objective):
    joules = plan.joules if objective != "time" else 0.0
    return valued(objective, plan.seconds, joules)


@pytest.mark.parametrize("seed", range(8))
def test_is_no_policy_better_than_the_exact_one_on_a_chain(seed):
    machine, graph = random_chain(seed)
    for objective in objectives(machine):
        best = worth(POLICIES["exact"](graph, machine, objective), objective)
        for name, policy in POLICIES.items():
            ours = worth(policy(graph, machine, objective), objective)
            assert ours >= best * (1 - 1e-7), (name, objective)


@pytest.mark.parametrize("seed", range(8))
def test_is_no_policy_better_than_the_exact_one_on_a_task_graph(seed):
    machine, graph = random_tasks(seed)
    for objective in objectives(machine):
        best = worth(POLICIES["exact"](graph, machine, objective), objective)
        for name in ("stay", "greedy", "heft"):
            ours = worth(POLICIES[name](graph, machine, objective), objective)
            assert ours >= best * (1 - 1e-7), (name, objective)


@pytest.mark.parametrize("seed", range(100, 115))
def test_is_the_shortest_path_the_exact_placement_of_a_chain(seed):
    machine, graph = random_chain(seed)
    for objective in objectives(machine):
        one, two = (POLICIES[n](graph, machine, objective) for n in ("shortest_path", "exact"))
        assert worth(one, objective) == pytest.approx(worth(two, objective), rel=1e-7)


@pytest.mark.parametrize("seed", range(200, 208))
@pytest.mark.parametrize("make", [random_chain, random_tasks])
def test_does_trying_all_placements_find_none_better_than_the_exact_one(make, seed):
    machine, graph = make(seed, most=4)
    found = list(every_plan(graph, machine))
    for objective in objectives(machine):
        least = min(valued(objective, *one) for one in found)
        exact = POLICIES["exact"](graph, machine, objective)
        assert worth(exact, objective) == pytest.approx(least, rel=1e-7)


@pytest.mark.parametrize("seed", range(300, 305))
def test_does_a_plan_come_to_what_it_is_reckoned_by_hand(seed):
    machine, graph = random_tasks(seed)
    for objective in objectives(machine):
        for name in ("stay", "greedy", "heft", "exact"):
            plan = POLICIES[name](graph, machine, objective)
            seconds, joules = reckoned(graph, plan.prices, plan.places, plan.order)
            assert plan.seconds == pytest.approx(seconds) and not overlaps(plan)
            if objective != "time":
                assert plan.joules == pytest.approx(joules)


def test_what_if_the_solver_gives_up_on_a_program_that_it_has_simplified():
    machine, prices = examples.xeon_phi()
    work = {"t0": (1e6, 0.9), "t1": (1e6, 1), "t2": (4e6, 0.9), "t3": (1e6, 0), "t4": (1e6, 0)}
    phases = [examples.accesses(*given, name=name) for name, given in work.items()]
    pages = {("t0", "t1"): 100, ("t0", "t3"): 400, ("t0", "t4"): 10, ("t1", "t3"): 10}
    plan = POLICIES["exact"](tasks(phases, pages), machine, "time", prices)
    others = (POLICIES[name](plan.graph, machine, "time", prices) for name in ("stay", "heft"))
    assert all(plan.seconds <= other.seconds for other in others)
