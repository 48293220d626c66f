"""Do pictures say what became of a message: lost, doubled, late, or to a kernel that is dead?"""

import pytest
from draw_traces import by_hand, data_of, traced

from popcorn_lib import Faults, Machine, explore
from popcorn_lib.draw import spacetime, stepper
from popcorn_lib.draw.story import Story
from popcorn_lib.draw.words import happened, situation

TWO = Machine.multikernel(2, page_size=64)
SAID = {
    "drop": "will never handle it",
    "duplicate": "will handle it twice",
    "delay": "will handle it late",
    "crash": "dies",
}


def adder(sys, word):
    yield sys.fetch_add(word, 1)


def adds(sys):
    word = yield sys.mmap(64)
    thread = yield sys.clone(adder, word, on="k1")
    yield sys.fetch_add(word, 1)
    yield sys.join(thread)
    return (yield sys.load(word))


def simulated(kind):
    """The trace of the first run that a fault of this kind hits."""
    runs = (traced(adds, machine=TWO, seed=n, faults=Faults(**{kind: 1})) for n in range(100))
    return next(trace for trace in runs if trace.faults)


def explored(kind):
    """A trace of an exploration that has such a fault."""
    result = explore(adds, TWO, faults=Faults(**{kind: 1}), stop=False)
    found = [result.witness(what).causal() for what in sorted(result.violations)]
    return next(t for t in found if any(event.cause == "fault" for event in t.events))


@pytest.fixture(scope="module", params=["simulated", "explored"])
def hit(request):
    """hit("drop"): a story with such a fault, from either world, and the event of the fault."""
    make = {"simulated": simulated, "explored": explored}[request.param]

    def one(kind):
        story = Story(make(kind))
        return story, next(e for e in story.events if e.cause == "fault" and e.name == kind)

    return one


@pytest.mark.parametrize("kind", SAID)
def test_does_a_fault_say_what_comes_of_it(hit, kind):
    story, fault = hit(kind)
    assert SAID[kind] in happened(story, fault.index)
    for number in story.hit_by(fault):
        assert story.messages[number].kind in happened(story, fault.index)
    assert SAID[kind] in stepper(story.trace).text(fault.index)


def test_is_a_lost_message_lost_and_not_on_its_way(hit):
    story, fault = hit("drop")
    [lost] = story.hit_by(fault)
    row = story.messages[lost]
    way = f"{row.kind} from {row.source} to {row.destination}"
    assert row in story.flying(fault.index - 1) and row not in story.flying(fault.index)
    assert f"Lost: {way}" in situation(story, fault.index)
    assert "Lost" not in situation(story, fault.index - 1)
    lives = data_of(stepper(story.trace))["lives"][lost]
    assert lives == [row.sent_by, fault.index]


def test_does_a_lost_message_end_at_its_loss_in_the_diagram(hit):
    story, _ = hit("drop")
    svg = spacetime(story).svg
    [lost] = story.lost
    assert f' lost" data-i="{lost}"' in svg and svg.count(' lost" data-i=') == 1


def test_is_the_second_of_two_said_to_be_the_second():
    story = Story(simulated("duplicate"))
    [(copy, event)] = story.copies.items()
    assert all(row.index != copy for row in story.flying(event - 1))
    handled = story.messages[copy].handled_by
    trace = traced(adds, machine=TWO)
    assert not Story(trace).copies
    if handled is not None:
        assert "a second time" in happened(story, handled)


def test_is_a_message_held_back_until_it_is_handled(hit):
    story, fault = hit("delay")
    late = story.hit_by(fault)[0]
    assert story.late == {late: fault.index}
    assert "(held back)" in situation(story, fault.index)
    handled = story.messages[late].handled_by
    if handled is not None:
        assert "held back" not in situation(story, handled)


def test_is_a_dead_kernel_dead_with_its_threads(hit):
    story, fault = hit("crash")
    assert f"Dead: {fault.kernel}" in situation(story, fault.index)
    data = data_of(stepper(story.trace))
    place = story.kernels.index(fault.kernel)
    assert data["strings"][data["threads"][fault.index][place]] == "dead"
    assert all(kernel != fault.kernel for kernel, _ in story.where(fault.index).values())
    for message in story.messages:
        if message.destination == fault.kernel and message.handled_by is None:
            assert message not in story.flying(story.last)


def test_is_a_message_that_the_end_of_the_run_cut_off_still_on_its_way():
    svg = spacetime(by_hand(), upto=1).svg
    top = svg[svg.index('<g class="top">') :]
    assert 'class="wire high"' in top and 'data-i="1"' in top and 'data-i="0"' not in top
    assert "Lost" not in situation(Story(by_hand()), 1)
