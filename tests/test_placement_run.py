"""Does `simulate` give what a plan says, within what the plan leaves out?"""

import random
import re
from pathlib import Path

import pytest

from popcorn_lib import Costs, Machine
from popcorn_lib.placement import POLICIES, Phase, chain, simulate_plan, tasks
from popcorn_lib.placement.plan import plan as planned
from popcorn_lib.placement.prices import VALUES, Prices

PLATFORMS = ["xeon+phi", "x86+arm-infiniband", "xeon+boards", "default"]


def machine_of(platform):
    return Machine.multikernel(3, cores=2) if platform == "default" else Machine.preset(platform)


def drawn(seed, platform, graph_of):
    """A random program of four phases and a random plan of it."""
    draw, machine = random.Random(seed), machine_of(platform)
    phases = [
        Phase(name, {k: draw.uniform(0.001, 0.2) for k in machine.kernels},
              draw.choice([0, 0.5, 1.0]), draw.randint(0, 60))
        for name in "abcd"
    ]  # fmt: skip
    graph = graph_of(phases)
    places = {name: draw.choice(machine.kernels) for name in graph}
    prices = Prices(machine, Costs.preset(platform))
    return planned("at random", "time", graph, prices, places, list(graph))


def diamond(phases):
    return tasks(phases, {("a", "b"): 20, ("a", "c"): 9, ("b", "d"): 5, ("c", "d"): 30})


def left_out(plan, name):
    """Seconds that a phase may take longer than planned: the team of its parallel part is made and
    joined, and it has a few calls and switches of its own; a twentieth of its crossing.
    """
    costs, kernel = plan.prices.costs, plan.places[name]
    calls = costs.call_s + costs.access_s + costs.switch_s
    team = plan.prices.nodes[kernel]["cores"] * (costs.thread_s + 3 * calls)
    crossing = plan.crossing(name, kernel)
    return (team if plan.graph.nodes[name]["phase"].parallel else 0) + 0.05 * crossing + 9 * calls


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("seed", range(2))
def test_does_a_chain_take_as_long_as_planned(platform, seed):
    plan = drawn(seed, platform, chain)
    result = simulate_plan(plan)
    for row in result.to_frame().itertuples():
        assert abs(row.difference_s) <= left_out(plan, row.phase), row
    bound = sum(left_out(plan, name) for name in plan.order)
    assert abs(result.seconds - plan.seconds) <= bound


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("seed", range(2))
def test_does_a_task_graph_take_as_long_as_planned(platform, seed):
    """A task's word is fetched by who waits for it, and the news of it travels."""
    plan = drawn(seed, platform, diamond)
    result = simulate_plan(plan)
    news = 4 * max(plan.prices.page("k0", kernel) for kernel in plan.prices.machine.kernels)
    bound = sum(left_out(plan, name) + news for name in plan.order)
    assert -0.05 * bound <= result.seconds - plan.seconds <= bound


def test_does_each_task_begin_after_what_it_waits_for():
    plan = drawn(1, "default", diamond)
    times = simulate_plan(plan).times
    for one, two in plan.graph.edges:
        assert times[two][0] >= times[one][2]


@pytest.mark.parametrize("seed", range(2))
def test_are_the_joules_of_a_run_those_of_its_plan(seed):
    plan = drawn(seed, "xeon+boards", chain)
    result = simulate_plan(plan)
    bound = sum(left_out(plan, name) for name in plan.order)
    watts = sum(node["busy_w"] for node in plan.prices.nodes.values())
    assert abs(result.joules - plan.joules) <= bound * watts + 0.05 * plan.joules
    assert result.joules > plan.prices.idle_w * result.seconds


def test_are_as_many_values_rewritten_as_a_price_says():
    """Between unlike instruction sets, on the default costs, where a value has a price."""
    machine = Machine.preset("xeon+phi")
    moves = [Phase(name, {"x86-64": 0.01, "k1om": 0.01}) for name in "abcde"]
    graph = chain(moves)
    places = dict(zip("abcde", ("k0", "k1", "k0", "k1", "k0"), strict=True))
    plan = planned(
        "by hand", "time", graph, Prices(machine, Costs(rewrite_s=1e-3)), places, "abcde"
    )
    rows = simulate_plan(plan).to_frame()
    assert rows.crossing_s[1:].tolist() == pytest.approx([VALUES * 1e-3] * 4, rel=0.02)


def test_does_the_best_plan_win_in_the_simulation_too():
    machine, costs = Machine.preset("xeon+phi"), Costs.preset("xeon+phi")
    graph = chain(
        [
            Phase("read", {"x86-64": 0.1, "k1om": 1.1}),
            Phase("compute", {"x86-64": 2.0, "k1om": 22.0}, parallel=1.0, pages=500),
            Phase("write", {"x86-64": 0.1, "k1om": 1.1}),
        ]
    )
    stay, best = (POLICIES[name](graph, machine, costs=costs) for name in ("stay", "exact"))
    assert best.places == {"read": "k0", "compute": "k1", "write": "k0"}
    one, two = (simulate_plan(plan, trace=False).seconds for plan in (best, stay))
    assert one < two


def test_is_an_online_plan_run_without_its_probes():
    graph = chain([Phase("p", {"x86-64": 1.0}, parallel=1.0, pages=8)])
    plan = POLICIES["online"](graph, Machine.multikernel(2, cores=2))
    result = simulate_plan(plan)
    assert plan.probes and not result.plan.probes
    assert result.seconds < plan.seconds


def test_does_the_example_of_the_readme_run_as_it_stands():
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.S)
    [example] = [block for block in blocks if "simulate_plan(" in block]
    found = {}
    exec(example, found)
    assert found["ran"].verified and found["ran"].pages > 0
    assert found["plan"].places == {"read": "k0", "multiply": "k1"}
