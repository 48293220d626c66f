"""Interchangeable kernels counted once: does the reduced search say what the whole one says?"""

import pytest
from protocol_models import Gossip, Queue, Ring

from popcorn_lib import UsageError, explore_protocol
from popcorn_lib.variants.msi import EarlyGrant, KeptPage, Msi, OneQueue
from popcorn_lib.worlds.protocol_graph import Graph
from popcorn_lib.worlds.protocol_steps import Steps


@pytest.mark.parametrize("nodes", [1, 2, 3])
@pytest.mark.parametrize("model", [Msi, KeptPage, EarlyGrant, OneQueue, Queue, Gossip])
def test_does_symmetry_find_what_the_whole_search_finds(model, nodes):
    endless = model is EarlyGrant and nodes == 3  # late answers let orders pile up
    whole, reduced = (
        explore_protocol(model, nodes, symmetric=symmetric, stop=endless)
        for symmetric in (False, True)
    )
    assert reduced.violations == whole.violations
    if whole.violation:
        assert len(reduced.violation.steps) == len(whole.violation.steps)
    if not endless:
        assert reduced.complete and whole.complete
        assert reduced.stands_for() == whole.stands_for() == whole.states
        assert (reduced.states < whole.states) == (nodes > 1)


@pytest.mark.parametrize(("nodes", "states"), [(4, 1_317), (5, 4_172)])
def test_how_many_situations_are_there_if_names_do_not_count(nodes, states):
    assert explore_protocol(Msi, nodes, symmetric=True).states == states


@pytest.mark.parametrize(("model", "nodes"), [(KeptPage, 4), (EarlyGrant, 4), (OneQueue, 4)])
def test_is_a_reduced_way_one_that_can_really_be_gone(model, nodes):
    found = explore_protocol(model, nodes, symmetric=True).violation
    graph = Graph(Steps(model(nodes)), model.invariants)
    here = {graph.first}
    for step in found.steps:
        here = {after for at in here for words, after in graph.successors(at) if words == step}
        assert here, step
    assert (found.kind, found.message) in map(graph.check, here)


def test_is_a_model_refused_that_does_not_say_how_to_rename():
    with pytest.raises(UsageError, match=r"Ring does not say .* rename\(value, name\)"):
        explore_protocol(Ring, 3, symmetric=True)


class Favourite(Msi):
    """Node 0 may not write: the nodes are not alike."""

    def act(self, me, state):
        return (act for act in super().act(me, state) if me != 0 or act[0] != "writes")


class Forgetful(Msi):
    """Names in the directory stay when kernels are renamed."""

    def rename(self, value, name):
        return value


class Preference(Queue):
    """Home prefers whoever has the lowest number."""

    def on_ask(self, me, queue, source, message):
        after, *sends = super().on_ask(me, queue, source, message)
        return (*after[:1], *sorted(after[1:])), *sends


@pytest.mark.parametrize("model", [Favourite, Forgetful, Preference])
def test_is_a_model_refused_whose_kernels_are_not_alike(model):
    assert explore_protocol(model, 3).violation is None
    with pytest.raises(UsageError, match=r"k\d and k\d are not alike, or rename forgets"):
        explore_protocol(model, 3, symmetric=True)


def test_is_a_rename_that_raises_the_authors_error():
    class Odd(Msi):
        def rename(self, value, name):
            return name["I"]

    with pytest.raises(UsageError, match=r"rename.*KeyError"):
        explore_protocol(Odd, 2, symmetric=True)
