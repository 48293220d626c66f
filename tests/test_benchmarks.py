"""Do the micro-benchmarks measure what they say, and is their cost counts times constants?"""

import sys

import pytest

from popcorn_lib import Costs, Machine, UsageError, simulate
from popcorn_lib.benchmarks import BENCHMARKS, measure, programs, table
from popcorn_lib.benchmarks.measure import unmap_seconds
from popcorn_lib.benchmarks.programs import WORK

ONE, FOUR = Machine.smp(cores=4, sockets=2), Machine.multikernel(4)
SERIAL = ("remote call", "migration", "page fetch")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_does_it_run_on_one_kernel_without_messages_and_on_four_with_some(name):
    one, four = measure(name, ONE, times=40), measure(name, FOUR, times=40)
    assert one.messages == 0 and four.messages > 0
    assert 0 < one.seconds < four.seconds or name == "fork storm"
    assert set(one.charges.constant).isdisjoint({"latency_s", "chunk_s", "interrupt_s"})


@pytest.mark.parametrize("name", SERIAL)
@pytest.mark.parametrize("machine", [ONE, FOUR], ids=["one", "four"])
def test_is_the_cost_of_one_thread_after_the_other_counts_times_constants(name, machine):
    got = measure(name, machine)
    assert got.explained_s == pytest.approx(got.seconds, rel=0.02)
    products = got.charges["count"] * got.charges.each_s
    assert products.sum() == pytest.approx(got.explained_s, rel=0.02)


def test_is_the_residual_below_zero_where_all_cores_work_at_once():
    got = measure("throughput", FOUR)
    assert got.residual_s < 0
    assert got.explained_s == pytest.approx(3 * got.seconds, rel=0.01), "three threads at once"


def test_does_one_operation_cost_the_same_however_often_it_is_repeated():
    few, many = (measure("futex wake", FOUR, times=times) for times in (10, 40))
    assert few.seconds == pytest.approx(many.seconds, rel=0.02)
    assert few.messages == pytest.approx(many.messages)


@pytest.mark.parametrize("preset", ["2-socket-xeon", "8x4-core-opteron", "x86+arm-coherent"])
def test_is_a_mutex_contended_however_often_it_is_taken(preset):
    """Also where an access to memory costs next to nothing, and a wake-up thousands of times it."""
    machine, costs = Machine.preset(preset), Costs.preset(preset)
    few, many = (measure("contended mutex", machine, costs, times=times) for times in (8, 16))
    assert few.seconds == pytest.approx(many.seconds, rel=0.3)
    assert many.seconds > 2 * WORK / 3e9, "work is done twice, at most 3e9 operations a second"


def test_do_messages_cost_more_than_one_coherent_kernel_where_threads_wait_for_each_other():
    """The thesis's finding on synchronisation."""
    for name in ("futex wake", "contended mutex", "page ping-pong"):
        assert measure(name, FOUR).seconds > 2 * measure(name, ONE).seconds, name


@pytest.mark.parametrize("lock", ["ticket", "queue"])
def test_does_a_contended_kernel_lock_cost_more_with_more_cores(lock):
    costs = Costs(lock=lock)
    times = [
        measure("mmap storm", Machine.smp(cores=n, sockets=n // 8 or 1), costs).seconds
        for n in (1, 8, 32)
    ]
    assert times[2] / times[1] > 3 and times[1] > times[0]


def test_does_an_unmap_cost_more_with_every_core_and_less_so_on_many_kernels():
    costs = Costs.preset("8x4-core-opteron")
    one = Machine.preset("8x4-core-opteron").one_kernel()
    linux = [unmap_seconds(one, n, costs) for n in (2, 8, 32)]
    kernels = [
        unmap_seconds(Machine.multikernel(n, latency_s=2.1e-7), n, costs) for n in (2, 8, 32)
    ]
    assert linux[0] < kernels[0] and linux[2] > kernels[2]
    assert [sorted(times) == times for times in (linux, kernels)] == [True, True]


def test_what_if_more_repetitions_take_no_longer(monkeypatch):
    run = simulate(programs.remote_call, ONE, (4, ("k0",)))
    module = sys.modules["popcorn_lib.benchmarks.measure"]  # the package has a function of its name
    monkeypatch.setattr(module, "simulate", lambda *_, **__: run)
    with pytest.raises(UsageError, match=r"no longer 8 times than 4 times .* try times=16"):
        measure("remote call", ONE, times=4)


def test_is_an_unknown_benchmark_told_the_known_ones():
    with pytest.raises(UsageError, match="unknown benchmark 'tetris'; known: 'remote call'"):
        measure("tetris", ONE)


@pytest.mark.parametrize("wrong", [{"times": 0}, {"times": 1.5}, {"threads": -1}])
def test_is_a_number_of_repetitions_or_threads_that_makes_no_sense_named(wrong):
    [(name, value)] = wrong.items()
    with pytest.raises(
        UsageError, match=f"{name} must be a whole number of 1 or more, not {value}"
    ):
        measure("remote call", ONE, **wrong)


def test_are_more_busy_threads_than_cores_refused():
    with pytest.raises(UsageError, match="5 busy threads need as many cores"):
        unmap_seconds(ONE, 5)


def test_does_a_benchmark_run_where_it_takes_long_to_get_there():
    boards = Machine.preset("xeon+boards")
    assert measure("page fetch", boards, Costs.preset("xeon+boards"), times=2).seconds > 0


def test_is_the_table_tidy():
    rows = table({"one": ONE, "four": (FOUR, Costs(notify="poll"))}, ["remote call", "/proc"])
    assert list(rows.benchmark) == ["remote call", "remote call", "/proc", "/proc"]
    assert list(rows.machine) == ["one", "four"] * 2
    assert (rows.seconds - rows.explained_s - rows.residual_s).abs().max() < 1e-12
