"""What is different on a machine whose kernels have unlike instruction sets?"""

import signal

import networkx
import pytest

from popcorn_lib import Costs, Machine, UsageError, explore, simulate

KINDS = ("int", "float", "memory")


def pair(isa="aarch64", **there):
    """Two kernels of 1 GHz, "here" and "there"."""
    graph = networkx.Graph()
    graph.add_node("here", isa="x86-64", clock_hz=1e9)
    graph.add_node("there", isa=isa, clock_hz=1e9, **there)
    graph.add_edge("here", "there")
    return Machine.from_graph(graph)


def rewritten(run):
    """How many values were rewritten in a run."""
    bill = run.bill.set_index("constant")["count"]
    return int(bill.get("rewrite_s", 0))


# ---- how fast they compute -----------------------------------------------------------------------


def computing(sys, kind):
    before = yield sys.clock_gettime()
    yield sys.compute(1e6, kind)
    return (yield sys.clock_gettime()) - before


@pytest.mark.parametrize("kind", KINDS)
def test_does_each_kind_of_work_take_as_long_as_the_kernel_says(kind):
    rates = dict(zip(KINDS, (1.0, 0.5, 0.25), strict=True))
    machine = pair(**{f"{name}_per_cycle": rate for name, rate in rates.items()})
    here, there = (
        simulate(computing, machine, (kind,), start=start).value for start in machine.kernels
    )
    assert here == pytest.approx(1e-3, rel=0.01)
    assert there == pytest.approx(1e-3 / rates[kind], rel=0.01)


@pytest.mark.parametrize("wrong", [0, -1, "fast", float("inf")])
def test_is_a_rate_that_makes_no_sense_named(wrong):
    with pytest.raises(UsageError, match="float_per_cycle of 'there'"):
        pair(float_per_cycle=wrong)


def test_is_one_kernel_over_unlike_rates_refused():
    with pytest.raises(UsageError, match="int_per_cycle"):
        pair(isa="x86-64", int_per_cycle=0.5).one_kernel()


# ---- what a move costs ---------------------------------------------------------------------------


def deep(sys, depth, to):
    """Move with so many frames of this function on the stack, each with four values."""
    below = 0
    if depth:
        below = yield from deep(sys, depth - 1, to)
    else:
        yield sys.migrate(to)
    return below + 1


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_does_a_move_rewrite_every_value_of_every_frame(depth):
    run = simulate(deep, pair(), (depth, "there"))
    assert rewritten(run) == (depth + 1) * (4 + 1), "four values and a return address a frame"
    assert run.value == depth + 1


def test_is_a_move_to_a_like_kernel_cheaper_by_what_is_rewritten():
    like, unlike = (simulate(deep, pair(isa), (3, "there")) for isa in ("x86-64", "aarch64"))
    assert rewritten(like) == 0
    more = unlike.seconds - like.seconds
    assert more == pytest.approx(rewritten(unlike) * Costs().rewrite_s, rel=1e-6)


def test_has_a_thread_that_starts_elsewhere_nothing_to_rewrite():
    def thread(sys):
        yield sys.gettid()

    def main(sys):
        yield sys.join((yield sys.clone(thread, on="there")))

    assert rewritten(simulate(main, pair())) == 0


def test_are_the_frames_that_a_signal_handler_has_interrupted_rewritten_too():
    def handler(sys, signum, info):
        yield sys.migrate("there")

    def main(sys):
        yield sys.sigaction(signal.SIGUSR1, handler)
        yield sys.kill((yield sys.getpid()), signal.SIGUSR1)

    # sys, the handler, a return address; sys, signum, info, a return address
    assert rewritten(simulate(main, pair())) == 3 + 4


def test_do_those_who_published_a_whole_migration_pay_for_no_part_of_it_twice():
    run = simulate(deep, Machine.preset("xeon+phi"), (3, "k1"), costs=Costs.preset("xeon+phi"))
    assert rewritten(run) and run.bill.set_index("constant").seconds["rewrite_s"] == 0


def test_is_an_exploration_the_same_on_unlike_kernels():
    like, unlike = (explore(deep, pair(isa), (1, "there")) for isa in ("x86-64", "aarch64"))
    assert like.outcomes == unlike.outcomes and like.states == unlike.states
