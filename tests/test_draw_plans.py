"""Do the pictures of plans show when each phase runs where, and the layers what a search knows?"""

import re
from itertools import pairwise
from xml.etree import ElementTree

import networkx
import pytest
from placement_programs import random_chain, random_tasks

from popcorn_lib.draw import layers, plans
from popcorn_lib.draw.plans import LEFT, RIGHT, WIDE
from popcorn_lib.draw.story import duration
from popcorn_lib.placement import POLICIES, Phase, chain, tasks
from popcorn_lib.placement.shortest import layered

POLICY = ("stay", "greedy", "heft", "exact")


def bars(picture):
    """[(begin, way there, end)] of each bar, in parts of the axis."""
    found = re.findall(r'class="sign" d="M([\d.]+) [\d.]+H([\d.]+)V[\d.]+H([\d.]+)', picture.svg)
    return [tuple((float(x) - LEFT) / (WIDE - LEFT - RIGHT) for x in bar) for bar in found]


@pytest.mark.parametrize("seed", range(400, 406))
def test_is_every_step_of_every_plan_where_and_as_long_as_it_should_be(seed):
    machine, graph = random_tasks(seed)
    made = [POLICIES[name](graph, machine) for name in POLICY]
    picture = plans(*made)
    ElementTree.fromstring(picture.svg)
    last = max(plan.seconds for plan in made)
    wanted = [
        (step.start_s, step.start_s + step.crossing_s, step.end_s)
        for plan in made
        for kernel in machine.kernels
        for step in plan.steps
        if step.kernel == kernel
    ]
    for bar, times in zip(bars(picture), wanted, strict=True):
        assert bar == pytest.approx([time / last for time in times], abs=3e-3)


@pytest.mark.parametrize("seed", range(410, 414))
def test_do_the_words_say_every_step(seed):
    machine, graph = random_tasks(seed)
    plan = POLICIES["heft"](graph, machine)
    said = plans(plan).description
    assert said.startswith(f"heft, {duration(plan.seconds)}: ")
    for step in plan.steps:
        assert f"{step.phase} on {step.kernel} from {duration(step.start_s)}" in said
    assert said == plan.show().description


def test_is_a_probe_part_of_the_picture():
    machine, graph = random_chain(3)
    plan = POLICIES["online"](graph, machine)
    assert plan.probes and plans(plan).description.count("probe ") == len(plan.probes)


@pytest.mark.parametrize("seed", range(420, 426))
def test_has_each_point_the_least_time_by_which_it_can_have_ended(seed):
    machine, graph = random_chain(seed)
    plan = POLICIES["shortest_path"](graph, machine)
    picture = layers(plan)
    ElementTree.fromstring(picture.svg)
    every = layered(graph, plan.prices, plan.order)
    for name in plan.order:
        for kernel in machine.kernels:
            ways = networkx.all_simple_paths(every, ("", plan.prices.home), (name, kernel))
            costs = [sum(every.edges[edge]["cost"] for edge in pairwise(way)) for way in ways]
            assert f"by {duration(min(costs))}<" in picture.svg
    assert f"by {duration(plan.seconds)}<" in picture.svg
    assert f"Taken: {', '.join(plan.places[name] for name in plan.order)}." in picture.description


@pytest.mark.parametrize("policy", ["stay", "greedy", "shortest_path"])
def test_is_the_heavy_way_the_plans_own(policy):
    machine, graph = random_chain(7)
    plan = POLICIES[policy](graph, machine)
    heavy = layers(plan).svg.count("--c:var(--p-now);stroke-width:4")
    assert heavy == len(plan.order)


def test_what_if_a_phase_takes_no_time():
    machine, _ = random_chain(1)
    seconds = {machine.graph.nodes[name]["isa"]: 0.0 for name in machine.kernels}
    plan = POLICIES["stay"](chain([Phase("nothing", seconds)]), machine)
    assert plan.seconds == 0
    for picture in (plans(plan), layers(plan)):
        ElementTree.fromstring(picture.svg)
        assert "nothing" in picture.description


def test_what_if_there_is_no_plan_or_no_chain():
    with pytest.raises(ValueError, match="one plan or more"):
        plans()
    machine, _ = random_chain(3)
    seconds = dict.fromkeys((node["isa"] for node in machine.graph.nodes.values()), 1.0)
    two = tasks([Phase("left", seconds), Phase("right", seconds)], {})
    with pytest.raises(ValueError, match="layers are of a chain"):
        layers(POLICIES["heft"](two, machine))
    with pytest.raises(ValueError, match="without probes"):
        layers(POLICIES["online"](*reversed(random_chain(3))))
