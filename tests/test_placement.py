"""Placing phases and tasks: prices, policies, objectives, and what cannot be placed."""

import random

import networkx
import pytest
from placement_programs import MACHINES, random_chain, random_tasks

from popcorn_lib import Costs, Machine, UsageError
from popcorn_lib.benchmarks import measure
from popcorn_lib.placement import POLICIES, Phase, Prices, chain, tasks
from popcorn_lib.placement.heft import ranks
from popcorn_lib.placement.objectives import corners

PHI, BOARDS = MACHINES
COSTS = Costs.preset("xeon+phi")


def phase(name="p", xeon=1.0, phi=11.0, **more):
    return Phase(name, {"x86-64": xeon, "k1om": phi}, **more)


def program(*seconds, pages=0):
    """A chain for Xeon and Phi: (seconds on the one, on the other) of each phase."""
    return chain([phase(f"p{n}", *pair, pages=pages) for n, pair in enumerate(seconds)])


# ---- prices --------------------------------------------------------------------------------------


def test_does_a_parallel_phase_take_what_amdahl_says():
    prices = Prices(PHI)
    assert prices.seconds(phase(xeon=8, parallel=0.75), "k0") == pytest.approx(2 + 6 / 4)
    assert prices.seconds(phase(phi=228, parallel=1.0), "k1") == pytest.approx(1)


@pytest.mark.parametrize("platform", ["xeon+phi", "2-socket-xeon", "default"])
def test_is_the_price_of_a_page_and_of_a_move_what_the_benchmarks_measure(platform):
    """They read pages that nobody has written, so that home has a fault too; ours are written."""
    machine = Machine.multikernel(2) if platform == "default" else Machine.preset(platform)
    costs = Costs.preset(platform)
    prices = Prices(machine, costs)
    page = measure("page fetch", machine, costs).seconds
    there_and_back = measure("migration", machine, costs).seconds
    assert prices.page("k0", "k1") + costs.fault_s == pytest.approx(page, rel=0.03)
    both = prices.migration("k0", "k1") + prices.migration("k1", "k0")
    assert both == pytest.approx(there_and_back, rel=0.03)


def test_does_a_page_between_two_kernels_that_are_not_home_go_by_home():
    prices = Prices(Machine.multikernel(3))
    costs = prices.costs
    twice = costs.access_s + costs.fault_s + costs.switch_s  # in a sum of two pages
    both = prices.page("k0", "k1") + prices.page("k1", "k0")
    assert prices.page("k1", "k2") == pytest.approx(both - twice)


def test_does_what_stays_cost_nothing_to_move():
    assert Prices(PHI).crossing("k1", "k1", 1000, 1) == 0


def test_does_a_published_constant_stand_in_place_of_the_machine():
    prices = Prices(PHI, None, migration_s=9e-4, page_s=5e-5)
    assert prices.crossing("k0", "k1", 100, 1) == pytest.approx(9e-4 + 100 * 5e-5)


def test_are_joules_what_watts_times_seconds_say():
    job = Phase("p", {"x86-64": 10.0, "aarch64": 10.0})
    prices = Prices(BOARDS)
    idle = 60 + 1.75 + 1.8 + 2.5
    assert prices.joules(job, "k0") == pytest.approx(idle * 10 + (124 - 60) * 10 / 4)


def test_does_a_kernel_without_watts_say_so():
    plan = POLICIES["stay"](program((1, 1)), PHI)
    with pytest.raises(UsageError, match="kernel 'k0' has no busy_w"):
        _ = plan.joules
    with pytest.raises(UsageError, match="idle_w"):
        POLICIES["shortest_path"](program((1, 1)), PHI, "energy")


# ---- policies ------------------------------------------------------------------------------------


def test_does_greedy_go_for_a_small_gain_and_pay_for_the_way_back():
    graph = program((1.0, 0.9), (1.0, 2.0), pages=1000)  # a page is about 56 us
    stay, greedy, best = (
        POLICIES[name](graph, PHI, costs=COSTS) for name in ("stay", "greedy", "shortest_path")
    )
    assert greedy.places == {"p0": "k1", "p1": "k0"}
    assert greedy.seconds > stay.seconds == best.seconds


def test_does_greedy_stay_where_only_two_steps_together_would_pay():
    pages = 2000  # 0.11 s
    graph = chain([phase("one", 1.0, 0.95, pages=pages), phase("two", 1.0, 0.9, pages=pages)])
    assert POLICIES["greedy"](graph, PHI, costs=COSTS).places == dict(one="k0", two="k0")
    assert POLICIES["shortest_path"](graph, PHI, costs=COSTS).places == dict(one="k1", two="k1")


def test_is_a_rank_of_heft_the_longest_way_to_the_end():
    """Without pages a rank is a sum of means: two cores, so a critical path by hand."""
    machine = Machine.multikernel(2)
    parts = {"a": 2.0, "b": 3.0, "c": 1.0}
    graph = tasks([Phase(n, {"x86-64": s}) for n, s in parts.items()], {("a", "c"): 0})
    assert ranks(graph, Prices(machine)) == pytest.approx({"a": 3.0, "b": 3.0, "c": 1.0})


def test_do_independent_tasks_run_at_the_same_time():
    machine = Machine.multikernel(2)
    graph = tasks([Phase(n, {"x86-64": 1.0}) for n in "abcd"], {})
    for name in ("heft", "exact"):
        assert POLICIES[name](graph, machine).seconds == pytest.approx(2.0)


def test_does_online_stay_where_pages_are_the_bottleneck_and_go_where_they_are_not():
    """A kernel fetches its share of the pages while it works on its share of the work."""
    for pages, kernel in ((100, "k1"), (200_000, "k0")):
        graph = chain([phase(xeon=40, phi=440, parallel=1.0, pages=pages)])
        plan = POLICIES["online"](graph, PHI, costs=COSTS)
        assert plan.places == {"p": kernel}
        assert plan.seconds > POLICIES["exact"](graph, PHI, costs=COSTS).seconds


def test_does_online_leave_a_serial_phase_unprobed_at_home():
    plan = POLICIES["online"](program((1, 0.1)), PHI)
    assert plan.places == {"p0": "k0"} and not plan.probes


@pytest.mark.parametrize("seed", range(8))
def test_do_steps_of_a_kernel_never_overlap_nor_begin_too_early(seed):
    machine, graph = random_tasks(seed, most=5)
    for name in ("stay", "greedy", "heft"):
        plan = POLICIES[name](graph, machine)
        steps = {step.phase: step for step in plan.steps}
        for one, two in graph.edges:
            assert steps[two].start_s >= steps[one].end_s
        ours = sorted(plan.steps, key=lambda step: step.start_s)
        for kernel in machine.kernels:
            ends = 0.0
            for step in (step for step in ours if step.kernel == kernel):
                assert step.start_s >= ends
                ends = step.end_s


def test_do_the_tables_of_a_plan_say_what_it_says():
    _, graph = random_chain(3)
    plan = POLICIES["shortest_path"](graph, BOARDS if "k3" in str(graph.nodes.data()) else PHI)
    frame, why = plan.to_frame(), plan.why()
    assert frame.end_s.max() == plan.seconds and list(frame.phase) == list(graph)
    chosen = why[why.chosen].set_index("phase")
    assert dict(chosen.kernel) == plan.places
    assert chosen.both_s.sum() == pytest.approx(plan.seconds)


# ---- objectives ----------------------------------------------------------------------------------


class Point:
    def __init__(self, seconds, joules):
        self.seconds, self.joules = seconds, joules


@pytest.mark.parametrize("seed", range(20))
def test_is_the_least_product_among_the_corners_of_the_hull(seed):
    draw = random.Random(seed)
    points = [Point(draw.uniform(1, 9), draw.uniform(1, 9)) for _ in range(30)]

    def solve(*weights):
        return min(points, key=lambda p: weights[0] * p.seconds + weights[1] * p.joules)

    least = min(p.seconds * p.joules for p in corners(solve))
    assert least == pytest.approx(min(p.seconds * p.joules for p in points))


# ---- what cannot be ------------------------------------------------------------------------------


def test_is_a_phase_without_a_cost_for_an_isa_named():
    graph = chain([Phase("sort", {"x86-64": 1.0})])
    for policy in POLICIES.values():
        with pytest.raises(UsageError, match="phase 'sort' has no cost for 'k1om' of kernel 'k1'"):
            policy(graph, PHI)


def test_is_a_machine_without_the_needed_isa_named():
    with pytest.raises(UsageError, match="'sort' needs 'riscv64'; the machine has only 'x86-64'"):
        POLICIES["stay"](chain([Phase("sort", {"riscv64": 1.0})]), Machine.multikernel(2))


def test_is_a_ring_of_tasks_named():
    phases = [phase(name) for name in "abc"]
    with pytest.raises(UsageError, match="in a ring: b -> c -> b"):
        tasks(phases, {("a", "b"): 0, ("b", "c"): 0, ("c", "b"): 0})
    ring = networkx.DiGraph([("a", "b"), ("b", "a")])
    with pytest.raises(UsageError, match="a -> b -> a"):
        POLICIES["heft"](ring, PHI)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: phase(xeon=-1.0), "seconds on 'x86-64' of phase 'p': .*not -1.0"),
        (lambda: phase(xeon=float("nan")), "not nan"),
        (lambda: phase(parallel=1.5), "parallel of phase 'p': .*not 1.5"),
        (lambda: phase(pages=-1), "pages of phase 'p'.*not -1"),
        (lambda: phase(pages=0.5), "not 0.5"),
        (lambda: Phase("p", {}), "needs {isa: seconds}"),
        (lambda: Phase("", {"x86-64": 1}), "name must be text"),
        (lambda: chain([]), "one phase or more"),
        (lambda: chain([phase(), phase()]), "two phases are called 'p'"),
        (lambda: chain(["p"]), "made of Phases, not 'p'"),
        (lambda: tasks([phase()], {("p", "q"): 1}), "unknown task 'q'; known: 'p'"),
        (lambda: tasks([phase(), phase("q")], {("p", "q"): -1}), "from 'p' to 'q'.*not -1"),
        (lambda: Prices("xeon"), "needs a Machine, not 'xeon'"),
        (lambda: Prices(PHI, "cheap"), "costs must be a Costs"),
        (lambda: Prices(PHI, page_s=-1), "page_s must be 0 or more"),
        (lambda: POLICIES["stay"](program((1, 1)), PHI, "speed"), "unknown objective 'speed'"),
        (lambda: POLICIES["stay"](program((1, 1)), PHI, costs=Prices(BOARDS)), "prices are of"),
        (lambda: POLICIES["exact"](program(*[(1, 1)] * 99), PHI), "198 choices; exact takes at"),
        (lambda: POLICIES["stay"]("program", PHI), "not 'program'"),
    ],
)
def test_does_a_wrong_use_say_what_is_wrong(make, says):
    with pytest.raises(UsageError, match=says):
        make()


@pytest.mark.parametrize("name", ["shortest_path", "online"])
def test_does_a_policy_for_chains_refuse_a_task_graph(name):
    graph = tasks([phase("a"), phase("b")], {})
    with pytest.raises(UsageError, match="take heft or exact"):
        POLICIES[name](graph, PHI)
