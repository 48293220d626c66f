"""Protocol models, explored: how many states, which mistakes, by which way?"""

import pytest
from bench_copied import program_of_objects
from bench_rivals import msi_of_bare_tuples, msi_of_objects
from programs import PAGE, STORE_BUFFERING, litmus
from protocol_models import Gossip, Ring

from popcorn_lib import Machine, Protocol, explore, explore_protocol
from popcorn_lib.protocol import HOME, NODE
from popcorn_lib.variants.msi import EarlyGrant, KeptPage, Msi, OneQueue, single_writer

STATES = {2: 163, 3: 1_872, 4: 22_005}  # of Msi; SPIN counts the same
BUGS = [  # model, nodes, kind, steps of a shortest way
    (KeptPage, 2, "invariant", 8),
    (KeptPage, 3, "invariant", 8),
    (KeptPage, 4, "invariant", 8),
    (EarlyGrant, 3, "invariant", 11),
    (EarlyGrant, 4, "invariant", 11),
    (OneQueue, 2, "deadlock", 7),
    (OneQueue, 3, "deadlock", 8),
    (OneQueue, 4, "deadlock", 9),
]


# ---- what is found ------------------------------------------------------------------------------


@pytest.mark.parametrize("nodes", STATES)
def test_does_the_directory_protocol_have_as_many_states_as_in_other_tools(nodes):
    found = explore_protocol(Msi, nodes)
    assert (found.states, found.complete, found.violation) == (STATES[nodes], True, None)


@pytest.mark.parametrize("search", [msi_of_objects, msi_of_bare_tuples])
def test_do_the_rivals_in_the_benchmark_see_the_same_states(search):
    assert [search(nodes) for nodes in (2, 3)] == [STATES[2], STATES[3]]


def test_does_the_rival_with_copied_kernels_see_the_same_states():
    machine, args = Machine.multikernel(2, page_size=PAGE), (STORE_BUFFERING, ("k0", "k1"))
    assert program_of_objects(litmus, machine, args) == explore(litmus, machine, args).states


@pytest.mark.slow
def test_does_it_have_as_many_with_five_kernels():
    assert explore_protocol(Msi, 5).states == 274_374


@pytest.mark.parametrize(("model", "nodes", "kind", "steps"), BUGS)
@pytest.mark.parametrize("symmetric", [False, True])
def test_is_each_planted_mistake_found_by_a_shortest_way(model, nodes, kind, steps, symmetric):
    found = explore_protocol(model, nodes, symmetric=symmetric).violation
    assert (found.kind, len(found.steps)) == (kind, steps)
    assert len(found.states) == steps + 1
    broken = [states for states in found.states if single_writer(nodes_of(states))]
    assert broken == ([found.states[-1]] if kind == "invariant" else [])


def nodes_of(states):
    return {name: state for name, state in states.items() if name != "home"}


def test_do_two_kernels_not_see_the_grant_that_comes_too_early():
    assert explore_protocol(EarlyGrant, 2).violation is None


def test_does_a_violation_tell_its_story():
    found = explore_protocol(OneQueue, 2).violation
    assert found.steps[0] == "k0 reads: GetS to home"
    assert found.steps[-1] == "k0 takes Inv from home: Ack to home"
    assert "k0 in IM (GetM, Ack in requests)" in found.message
    assert found.states[0] == {"home": Msi(2).first(HOME), "k0": "I", "k1": "I"}
    assert str(found).splitlines()[0] == "  1 k0 reads: GetS to home"
    assert str(found).splitlines()[-1].startswith("deadlock: nothing can happen: home in busy")


def test_can_a_model_of_ones_own_come_to_rest():
    found = explore_protocol(Ring, 3)
    assert found.violation is None and found.complete
    assert found.states == 3 * 2 * 2 + 1  # has it or is sent it, in each of two laps; and the end


def test_is_an_end_at_which_somebody_waits_a_deadlock():
    class Greedy(Ring):
        def receive(self, me, state, channel, source, message):
            return None if me == 2 else super().receive(me, state, channel, source, message)

    found = explore_protocol(Greedy, 3).violation
    assert found.kind == "deadlock" and len(found.steps) == 3
    assert "k2 in ('waits', 0) (go in token)" in found.message


def test_is_a_message_left_over_a_deadlock_though_all_may_rest():
    class Deaf(Gossip):
        def on_news(self, me, state, source, message):
            return None

    assert explore_protocol(Gossip, 2).violation is None
    assert explore_protocol(Deaf, 2).violation.kind == "deadlock"


def test_are_channels_of_different_senders_queues_of_their_own():
    class Pair(Protocol):
        """Both of two senders send 1, 2 to the third."""

        channels = {"numbers": (NODE, NODE)}

        def first(self, me):
            return () if me == 2 else 0

        def act(self, me, state):
            if me < 2 and state < 2:
                yield "sends", state + 1, ("numbers", 2, state + 1)

        def on_numbers(self, me, state, source, message):
            return ((*state, (source, message)),)

        def may_rest(self, me, state):
            return me < 2 or len(state) == 4

    orders = set()

    def collect(states):
        orders.add(states["k2"])

    assert explore_protocol(Pair, 3, invariants=[collect]).violation is None
    whole = {order for order in orders if len(order) == 4}
    assert len(whole) == 6  # of 24: in each, the two of a sender are in their order


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("where", [HOME, 1])
def test_is_a_handler_that_raises_a_crash_with_its_way(where, symmetric):
    class Broken(Msi):
        def on_replies(self, me, home, source, reply):
            raise ZeroDivisionError("oh")

        def on_orders(self, me, state, source, order):
            if where != HOME and order == "Inv":
                raise ZeroDivisionError("oh")
            return super().on_orders(me, state, source, order)

    found = explore_protocol(Broken, 3, symmetric=symmetric).violation
    assert found.kind == "crash" and "ZeroDivisionError: oh" in found.message
    assert len(found.steps) == (7 if where == HOME else 6)
    assert found.steps[-1] in found.message
    assert len(found.states) == len(found.steps)


def test_can_an_action_crash():
    class Broken(Ring):
        def act(self, me, state):
            yield from super().act(me, state)
            if state == ("has", 2):
                raise OverflowError("enough")

    found = explore_protocol(Broken, 2).violation
    assert found.kind == "crash" and "OverflowError: enough (k0 acts" in found.message


def test_are_all_kinds_of_violation_met_if_the_search_goes_on():
    found = explore_protocol(KeptPage, 2, stop=False)
    assert found.complete and found.violations == {"invariant"}
    assert found.violation.steps == explore_protocol(KeptPage, 2).violation.steps


def test_can_an_invariant_look_at_home():
    def owner_is_known(states, home):
        writers = [name for name, state in states.items() if state == "M"]
        if writers and home.owner is None and home.busy is None:
            return f"nobody knows of {writers}"
        return None

    def never_busy(states, home):
        return "busy" if home.busy else None

    assert explore_protocol(Msi, 3, invariants=[owner_is_known]).violation is None
    found = explore_protocol(Msi, 3, invariants=[owner_is_known, never_busy]).violation
    assert found.message == "never_busy: busy" and len(found.steps) == 4


def test_is_an_invariant_asked_once_for_each_combination():
    asked = []
    found = explore_protocol(
        Msi, 3, invariants=[lambda states: asked.append(tuple(states.items()))]
    )
    assert len(asked) == len(set(asked)) < found.states / 10


def test_does_max_states_cut_the_search():
    cut = explore_protocol(Msi, 3, max_states=100)
    assert (cut.states, cut.complete, cut.violation) == (100, False, None)
    assert "100 states (cut)" in repr(cut) and "1,872 states (all)" in repr(
        explore_protocol(Msi, 3)
    )
    assert not explore_protocol(KeptPage, 3).complete
