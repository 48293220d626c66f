"""EP, IS and CG: do they end with the official numbers, on every machine, and what does it take?"""

import pytest
from npb_programs import SMALL_CG, SMALL_EP, SMALL_IS

from popcorn_lib import Machine, simulate
from popcorn_lib.applications import cg, ep, is_sort
from popcorn_lib.applications.npb import BENCHMARKS, run_npb
from popcorn_lib.applications.traffic import Counting
from popcorn_lib.errors import UsageError

UNLIKE = ["xeon+phi", "x86+arm-infiniband", "xeon+boards"]
LIKE = {f"{kernels} kernels": Machine.multikernel(kernels) for kernels in (1, 2, 4)}
MACHINES = LIKE | {name: Machine.preset(name) for name in UNLIKE}


# ---- the official numbers -----------------------------------------------------------------------


def check(ran):
    """It verified, everybody has gone, and messages flew if and only if there was whom to tell."""
    assert ran.verified, f"got {ran.got}, expected {ran.expected}"
    assert ran.run.residue() == {}
    assert bool(ran.messages) == (len(ran.run.machine.kernels) > 1)
    assert ran.messages >= ran.pages and ran.bytes >= ran.pages * 4096


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_does_is_rank_the_official_keys_on_every_machine(machine):
    check(run_npb("IS", machine))


@pytest.mark.parametrize("name", ["1 kernels", "2 kernels", "x86+arm-infiniband"])
@pytest.mark.parametrize("benchmark", ["EP", "CG"])
def test_do_ep_and_cg_find_the_official_numbers(benchmark, name):
    check(run_npb(benchmark, MACHINES[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["4 kernels", "xeon+phi", "xeon+boards"])
@pytest.mark.parametrize("benchmark", ["EP", "CG"])
def test_do_ep_and_cg_find_them_on_the_other_machines_too(benchmark, name):
    check(run_npb(benchmark, MACHINES[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1 kernels", "4 kernels", "xeon+boards"])
@pytest.mark.parametrize("benchmark", ["EP", "IS", "CG"])
def test_are_the_larger_official_numbers_found_too(benchmark, name):
    check(run_npb(benchmark, MACHINES[name], npb_class="W"))


@pytest.mark.parametrize("benchmark", ["EP", "IS", "CG"])
def test_what_if_several_threads_share_a_kernel_that_has_fewer_cores(benchmark):
    check(run_npb(benchmark, Machine.multikernel(2), ["k1", "k0", "k1"]))


# ---- what it takes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("benchmark", "parameters"), [(ep, SMALL_EP), (is_sort, SMALL_IS), (cg, SMALL_CG)]
)
@pytest.mark.parametrize("threads", [1, 3])
def test_is_the_work_of_all_threads_what_npb_counts(benchmark, parameters, threads):
    machine = Machine.multikernel(2)
    places = ["k0", "k1", "k0"][:threads]
    bill = simulate(benchmark.main, machine, (places, parameters)).bill.set_index("constant")
    assert bill.loc["cycles", "count"] == benchmark.operations(parameters)


def test_are_the_operations_as_many_as_npb_reports():  # Mop of class S, NPB 3.3
    counted = {name: one.operations(one.CLASSES["S"]) / 1e6 for name, one in BENCHMARKS.items()}
    assert counted["EP"] == pytest.approx(33.55, abs=0.01)
    assert counted["IS"] == pytest.approx(0.66, abs=0.01)
    assert counted["CG"] == pytest.approx(66.65, abs=0.01)


def test_is_the_traffic_the_same_with_and_without_a_trace():
    machine, args = Machine.multikernel(3), (["k0", "k1", "k2"], SMALL_IS)
    kept, counting = simulate(is_sort.main, machine, args), Counting(machine)
    simulate(is_sort.main, counting, args, trace=False)
    rows = kept.messages
    pages = (rows.kind == "REMOTE_PAGE_RESPONSE").sum()
    assert counting.traffic == (len(rows), pages, rows.bytes.sum())


def pages_of(parameters, kernels=2):
    counting = Counting(Machine.multikernel(kernels))
    simulate(cg.main, counting, (counting.kernels, parameters), trace=False)
    return counting.traffic[1]


def test_do_fewer_pages_move_if_no_page_has_rows_of_two_threads():
    shared = SMALL_CG._replace(rows=1024 + 256, nonzero=2, iterations=1)
    assert pages_of(shared._replace(grain=512)) < pages_of(shared)


def test_does_a_machine_get_slower_if_one_of_its_kernels_does():
    graph = Machine.multikernel(2).graph.copy()
    graph.nodes["k1"]["int_per_cycle"] = 0.1
    like, unlike = run_npb("IS", Machine.multikernel(2)), run_npb("IS", Machine.from_graph(graph))
    assert unlike.seconds > like.seconds
    assert unlike.got == like.got


# ---- wrong use ----------------------------------------------------------------------------------


def test_what_if_a_benchmark_a_class_or_a_kernel_is_unknown():
    machine = Machine.multikernel(2)
    with pytest.raises(UsageError, match="benchmark 'LU'; known: 'EP'"):
        run_npb("LU", machine)
    with pytest.raises(UsageError, match="class of CG 'Z'; known: 'S', 'W'"):
        run_npb("CG", machine, npb_class="Z")
    with pytest.raises(UsageError, match="kernel 'k2'; known: 'k0', 'k1'"):
        run_npb("EP", machine, ["k0", "k2"])
    with pytest.raises(UsageError, match="one place or more"):
        run_npb("EP", machine, [])
