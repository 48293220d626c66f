"""Protocol models, used in a way that cannot work: what is said?"""

import gc

import pytest
from protocol_models import Ring

from popcorn_lib import UsageError, explore_protocol
from popcorn_lib.protocol import HOME, NODE
from popcorn_lib.variants.msi import Msi
from popcorn_lib.worlds.progress import Progress


def ring_that(answers):
    class Odd(Ring):
        def receive(self, me, state, channel, source, message):
            return answers

    return Odd


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("has", "k1 takes go from k0: a step must be .* not 'has'"),
        ((), "a step must be"),
        ((("has", 0), "go"), "'go' is no message"),
        (
            (("has", 0), ("tokens", 0, "go")),
            "no channel 'tokens' leads from k1 to 0; known: 'token'",
        ),
        ((("has", 0), ("token", 9, "go")), r"leads from k1 to 9; .*nodes are \[0, 1, 2\]"),
        ((("has", 0), ("token", HOME, "go")), "from k1 to 'home'"),
        ((["has"],), r"hashable: \(\['has'\],\)"),
        ((("has", 0), ("token", 0, ["go"])), "hashable"),
    ],
)
def test_is_an_answer_in_another_form_named(answer, word):
    with pytest.raises(UsageError, match=word):
        explore_protocol(ring_that(answer), 3)


def test_is_a_start_that_is_not_hashable_named():
    class Odd(Ring):
        def first(self, me):
            return ["odd"]

    with pytest.raises(UsageError, match=r"k0 at the start: .* hashable: \['odd'\]"):
        explore_protocol(Odd, 2)


@pytest.mark.parametrize("ends", [(HOME, HOME), ("k0", HOME), (NODE,), "node"])
def test_is_a_channel_refused_that_joins_something_else(ends):
    class Odd(Ring):
        channels = {"token": ends}

    with pytest.raises(UsageError, match="channel 'token' joins"):
        explore_protocol(Odd, 2)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"model": Msi(3)}, "Msi"),
        ({"model": dict}, "dict"),
        ({"nodes": 0}, "0"),
        ({"nodes": "3"}, "'3'"),
        ({"max_states": -2}, "-2"),
        ({"max_states": 1.5}, "1.5"),
    ],
    ids=["an instance", "no model", "none", "text", "negative", "a fraction"],
)
def test_does_explore_protocol_name_what_it_cannot_take(given, word):
    with pytest.raises(UsageError, match=word):
        explore_protocol(**{"model": Msi, "nodes": 2} | given)


def test_is_an_invariant_that_raises_the_users_error():
    def nonsense(states):
        return states["k7"]

    with pytest.raises(UsageError, match="nonsense raised KeyError"):
        explore_protocol(Msi, 2, invariants=[nonsense])


def test_is_the_collector_switched_on_again_after_a_search(monkeypatch):
    assert gc.isenabled()
    found = []
    explore_protocol(Ring, 2, invariants=[lambda states: found.append(gc.isenabled())])
    assert not any(found) and gc.isenabled()
    with pytest.raises(UsageError):
        explore_protocol(ring_that("odd"), 2)
    assert gc.isenabled()


def test_does_an_interrupt_keep_what_has_been_seen(monkeypatch):
    def stop(self, seen, waiting):
        if seen.visited == 50:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "__call__", stop)
    monkeypatch.setattr(Progress, "every", 1)
    found = explore_protocol(Msi, 3)
    assert found.states == 50 and not found.complete
