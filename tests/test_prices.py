"""What does it cost to share: lines, locks, interrupts, on one kernel and on many?"""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Costs, Machine, UsageError, simulate
from popcorn_lib.worlds.cores import Thread
from popcorn_lib.worlds.costs import constants
from popcorn_lib.worlds.prices import Prices

NODE = {"cores": 8, "sockets": 2, "clock_hz": 1e9}
COSTS = Costs(near_s=50e-9, far_s=150e-9, hold_s=10e-9, ipi_s=300e-9, flush_s=100e-9)


class Running:
    """Cores on which given threads run."""

    def __init__(self, *tids):
        self.on = [Thread(tid, None, "k0") if tid else None for tid in tids]


def prices(costs=COSTS, cores=None, threads=None):
    return Prices(costs, NODE, cores or Running(*[None] * 8), threads or {})


def work(what, amount):
    return [("work", what, amount)]


# ---- lines ---------------------------------------------------------------------------------------


def test_is_a_line_free_for_the_core_that_has_it():
    priced = prices()
    for now, what in enumerate(("store", "load", "store")):
        assert priced.price(now, 3, work(what, "word")) == now


@pytest.mark.parametrize(("reader", "cost"), [(1, 50), (3, 50), (4, 150), (7, 150)])
def test_does_a_line_from_another_socket_cost_more(reader, cost):
    priced = prices()
    priced.price(0, 0, work("store", "word"))
    assert priced.price(1000, reader, work("load", "word")) == 1000 + cost
    assert priced.price(2000, reader, work("load", "word")) == 2000, "now it has a copy"
    assert priced.price(3000, 0, work("store", "word")) == 3000 + cost, "that copy has to go"


def test_does_a_reader_get_the_line_from_the_nearest_and_a_writer_wait_for_the_farthest():
    priced = prices()
    priced.price(0, 0, work("store", "word"))
    priced.price(1000, 4, work("load", "word"))
    assert priced.price(2000, 5, work("load", "word")) == 2050
    assert priced.price(3000, 1, work("store", "word")) == 3150


def test_does_a_line_that_many_write_at_once_go_round_one_after_the_other():
    priced = prices()
    priced.price(0, 0, work("store", "word"))
    done = [priced.price(1000, core, work("store", "word")) for core in (1, 2, 3)]
    assert done == [1050, 1100, 1150]
    assert priced.charged["waits for lines"] == [2, 150]


# ---- locks ---------------------------------------------------------------------------------------


ASKS = st.tuples(st.integers(0, 400), st.integers(0, 7), st.integers(0, 300))


@given(st.lists(ASKS, max_size=30), st.sampled_from(["ticket", "queue"]))
@settings(derandomize=True, deadline=None)
def test_does_no_core_get_a_lock_before_the_one_ahead_has_let_go(asks, lock):
    """Brute force: each takes it after all before, and no earlier than it asks."""
    priced = prices(Costs(lock=lock, hold_s=10e-9))
    now = free = 0
    for pause, core, copied in asks:
        now += pause
        effects = [*work("lock", "it"), *work("copy", copied * 10)]
        done = priced.price(now, core, effects)
        assert done >= max(now, free) + 10 + copied
        free = done


def test_does_a_ticket_lock_pass_the_slower_the_more_spin_and_a_queued_one_not():
    passed = {}
    for lock in ("ticket", "queue"):
        priced = prices(Costs(lock=lock, near_s=50e-9, hold_s=100e-9))
        done = [priced.price(0, core, work("lock", "it")) for core in (0, 1, 2, 3)]
        passed[lock] = [b - a - 100 for a, b in pairwise(done)]
    assert passed["queue"] == [50, 50, 50]
    assert passed["ticket"] == [75, 100, 125]


def test_is_a_lock_taken_twice_in_one_step_taken_once():
    priced = prices()
    assert priced.price(0, 0, [*work("lock", "it"), *work("lock", "it")]) == 10


# ---- interrupts ----------------------------------------------------------------------------------


def test_does_a_flush_interrupt_only_the_cores_that_run_the_process():
    priced = prices(cores=Running(11, 12, 13, 99, None, None, None, None))
    assert priced.price(0, 0, work("flush", (11, 12, 13))) == 100 + 2 * 300


def test_does_waking_a_thread_interrupt_the_core_that_it_had_if_that_is_idle():
    sleeper = Thread(12, None, "k0")
    sleeper.core = 5
    priced = prices(threads={12: sleeper})
    assert priced.price(0, 0, [("resume", 12, 0)], 11) == 300
    priced.cores.on[5] = Thread(13, None, "k0")
    assert priced.price(1000, 0, [("resume", 12, 0)], 11) == 1000, "it sees the run queue by itself"
    assert priced.price(2000, 1, [("resume", 12, 0)], 11) == 2050, "the queue was core 0's"


# ---- one kernel and many -------------------------------------------------------------------------


def adds(sys, word, times):
    for _ in range(times):
        yield sys.fetch_add(word, 1)


def counters(sys, threads, apart, places):
    """Threads add to words of one page, `apart` bytes from each other."""
    page = yield sys.mmap(4096)
    tids = []
    for number in range(threads):
        place = places[number % len(places)]
        tids.append((yield sys.clone(adds, page + number * apart, 100, on=place)))
    for tid in tids:
        yield sys.join(tid)


def seconds(machine, *args, **costs):
    return simulate(counters, machine, args, costs=Costs(thread_s=0, **costs)).seconds


def test_does_false_sharing_cost_as_much_as_sharing_and_a_line_of_ones_own_nothing():
    machine = Machine.smp(cores=16, sockets=2)
    one, false, true, apart = (
        seconds(machine, *how, ("k0",)) for how in ((1, 8), (8, 8), (8, 0), (8, 64))
    )
    assert false == true > 1.8 * one and apart < 1.1 * one


def test_do_kernels_with_one_core_each_pay_for_messages_and_for_no_line():
    run = simulate(counters, Machine.multikernel(3), (3, 8, ("k1", "k2")))
    assert not {"near_s", "far_s"} & set(run.bill.constant)
    assert {"latency_s", "handler_s"} < set(run.bill.constant)


def test_do_more_sockets_make_a_shared_line_dearer():
    near, far = (seconds(Machine.smp(cores=8, sockets=n), 8, 8, ("k0",)) for n in (1, 8))
    assert far > 1.5 * near


# ---- the bill ------------------------------------------------------------------------------------


def there_and_back(sys, times):
    for _ in range(times):
        yield sys.migrate("k1")
        yield sys.migrate("k0")


@pytest.mark.parametrize("name", ["xeon+phi", "xeon+boards", "x86+arm-infiniband"])
def test_does_the_bill_of_one_thread_alone_add_up_to_the_time_that_it_took(name):
    machine, costs = Machine.preset(name), Costs.preset(name)
    short, long = (simulate(there_and_back, machine, (n,), costs=costs) for n in (5, 15))
    took = long.seconds - short.seconds
    assert long.bill.seconds.sum() - short.bill.seconds.sum() == pytest.approx(took, rel=1e-6)
    counts = long.bill.set_index("constant")["count"]
    assert counts["move_s"] == 2 * 2 * 15 - 1, "the first arrival makes a thread instead"
    assert counts["thread_s"] == 1


def test_is_the_energy_of_an_idle_kernel_its_idle_watts_times_the_time():
    machine = Machine.preset("xeon+boards")
    run = simulate(there_and_back, machine, (2,), costs=Costs.preset("xeon+boards"))
    joules = run.joules.set_index("kernel")
    for name, node in machine.graph.nodes.items():
        assert joules.idle_j[name] == pytest.approx(node["idle_w"] * run.seconds)
    assert (joules.busy_j > 0).to_dict() == {"k0": True, "k1": True, "k2": False, "k3": False}


def test_is_a_kernel_whose_watts_nobody_tells_named():
    run = simulate(there_and_back, Machine.multikernel(2), (1,))
    with pytest.raises(UsageError, match="'k0' has no idle_w"):
        run.joules  # noqa: B018


# ---- constants -----------------------------------------------------------------------------------


def test_are_the_default_constants_those_of_the_table():
    found, usual = Costs.preset("default"), Costs()
    for name in Costs.__dataclass_fields__:
        mine, theirs = getattr(found, name), getattr(usual, name)
        assert mine == theirs or math.isclose(mine, theirs, rel_tol=1e-9), name


def test_does_a_platform_say_what_differs_and_may_it_be_changed():
    costs = Costs.preset("8x4-core-opteron", hold_s=1e-6)
    assert (costs.notify, costs.hold_s) == ("poll", 1e-6)
    assert costs.call_s == Costs().call_s
    low, value, high = Costs.ranges("8x4-core-opteron")["ipi_s"]
    assert low < value == costs.ipi_s < high
    assert "notify" not in Costs.ranges()


GOOD = dict(platform="default", constant="call_s", value="1e-6", unit="s", low="1e-7", high="1e-5")
GOOD |= dict(source="somebody", locator="there", note="")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"source": ""}, "'call_s' of platform 'default' has no source"),
        ({"unit": " "}, "'call_s' of platform 'default' has no unit"),
        ({"low": ""}, "has no low"),
        ({"unit": "furlongs"}, "'furlongs'; known: 's'"),
        ({"value": "fast"}, "has 'fast', which is no float"),
        ({"value": "1"}, "has 1.0 outside its range"),
        ({"constant": "cal_s"}, "unknown constant 'cal_s'"),
    ],
)
def test_is_a_constant_without_source_unit_or_range_refused(change, complaint):
    with pytest.raises(UsageError, match=complaint):
        constants("default", [GOOD | change])


def test_is_an_unknown_platform_told_the_known_ones():
    with pytest.raises(UsageError, match="'toaster'; known: '2-socket-xeon'"):
        Costs.preset("toaster")


# ---- machines ------------------------------------------------------------------------------------


def test_has_one_kernel_of_a_published_system_the_same_cores_and_a_socket_for_each_kernel():
    many = Machine.preset("8x4-core-opteron")
    [node] = many.one_kernel().graph.nodes.values()
    assert (node["cores"], node["sockets"], node["clock_hz"]) == (32, 8, 2e9)


def test_is_one_kernel_over_two_instruction_sets_refused():
    with pytest.raises(UsageError, match="isa k1om and x86-64"):
        Machine.preset("xeon+phi").one_kernel()


def test_are_cores_that_do_not_fit_their_sockets_refused():
    with pytest.raises(UsageError, match="7 cores are not equally many on 2 sockets"):
        Machine.smp(cores=7, sockets=2)


@pytest.mark.parametrize(("name", "notify"), [("board", "poll"), ("interrupt", "interrupt")])
def test_does_a_class_of_links_say_how_messages_are_noticed(name, notify):
    [edge] = Machine.multikernel(2, link=name).graph.edges.values()
    assert edge["notify"] == notify
    run = simulate(there_and_back, Machine.multikernel(2, link=name), (3,))
    assert f"{notify}_s" in set(run.bill.constant)


def test_is_a_slower_class_of_links_slower():
    times = [
        simulate(there_and_back, Machine.multikernel(2, link=name), (3,)).seconds
        for name in ("board", "pcie", "infiniband")
    ]
    assert times == sorted(times)
    with pytest.raises(UsageError, match="unknown link 'string'; known: 'board'"):
        Machine.multikernel(2, link="string")
