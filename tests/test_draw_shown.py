"""Does a picture show what was asked for: folds, hidden lanes, a filter, a window?"""

from itertools import pairwise

import pytest
from draw_traces import busy, data_of, dimmed, first_image, folds, main, seen, traced

from popcorn_lib.draw import spacetime, step, stepper
from popcorn_lib.draw.lanes import Lanes
from popcorn_lib.draw.shown import Shown, is_local
from popcorn_lib.draw.story import Story, thread_name


@pytest.fixture(scope="module")
def trace():
    return traced(busy, 2)


@pytest.fixture(scope="module")
def story(trace):
    return Story(trace)


def number(trace, name):
    """The first event of a name."""
    return next(event.index for event in trace.events if event.name == name)


# ---- folds --------------------------------------------------------------------------------------


def test_does_a_run_of_local_steps_become_one_row(trace, story):
    first, last = number(trace, "boot"), number(trace, "clone") - 1
    picture = spacetime(trace, fold=True)
    assert folds(picture.svg)[0] == (f"{first}–{last}", f"{last - first + 1} local steps")
    rows = Shown(story, fold=True).rows
    assert [index for row in rows for index in row] == list(range(len(trace)))
    assert seen(picture.svg) == [row[0] for row in rows if len(row) == 1]


def test_is_every_fold_a_run_of_one_kernel_that_neither_sends_nor_receives(story):
    rows = Shown(story, fold=True).rows
    kernels = [{story.events[index].kernel for index in row} for row in rows]
    assert all(len(names) == 1 for names in kernels)
    for row, after in pairwise(rows):
        if len(row) > 1:
            assert all(is_local(story.events[index]) for index in row)
            end, start = story.events[row[-1]], story.events[after[0]]
            assert not is_local(start) or start.kernel != end.kernel, "it could be longer"


def test_is_a_folded_diagram_lower_and_its_arrows_all_there(trace):
    folded, whole = spacetime(trace, fold=True), spacetime(trace)
    assert folded.height < whole.height and folded.width == whole.width
    assert sorted(seen(folded.svg, "m")) == sorted(seen(whole.svg, "m"))


def test_does_the_fold_of_the_event_that_is_shown_stay_open(trace):
    getpid = number(trace, "getpid")
    assert getpid not in seen(spacetime(trace, fold=True).svg)
    assert getpid in seen(spacetime(trace, fold=True, upto=getpid).svg)
    shown = step(trace, getpid, fold=True)
    assert data_of(shown)["opened"] == [getpid] and getpid in seen(first_image(shown._repr_html_()))


def test_does_the_text_fold_too(trace):
    text = str(stepper(trace, fold=True))
    assert "local steps" in text and "getpid" not in text and "getpid" in str(stepper(trace))


# ---- lanes --------------------------------------------------------------------------------------


def test_is_a_hidden_lane_a_line_to_which_messages_still_go(trace):
    picture = spacetime(trace, hide=("k0",))
    kernels = {trace.events[index].kernel for index in seen(picture.svg)}
    assert kernels == {"k1", "k2"} and picture.width < spacetime(trace).width
    ends = [
        {trace.messages[m].source, trace.messages[m].destination} for m in seen(picture.svg, "m")
    ]
    assert {"k0", "k1"} in ends and 'class="lane gone"' in picture.svg
    assert "k0 hidden" in picture.description


def test_are_messages_between_hidden_lanes_gone(trace):
    for message in seen(spacetime(trace, hide=("k0", "k1")).svg, "m"):
        assert "k2" in (trace.messages[message].source, trace.messages[message].destination)


@pytest.mark.parametrize("hide", [("k0",), ("k1",), ("k2",), ("k0", "k1"), ("k1", "k2")])
def test_do_lanes_keep_their_order_and_their_names_their_room(story, hide):
    lanes = Lanes(story, "events", Shown(story, hide=hide))
    places = list(lanes.x.values())
    assert places == sorted(places) and places[0] > 76 and places[-1] < lanes.width
    left = [x for name, x in lanes.x.items() if name not in hide]
    assert all(b - a >= lanes.gap - 1 for a, b in pairwise(left))


# ---- the filter ---------------------------------------------------------------------------------


def test_is_what_a_filter_leaves_out_dimmed(trace, story):
    svg = spacetime(trace, mechanism="futex").svg
    assert len(seen(svg)) == len(trace)
    for event in trace.events:
        about = {event.mechanism, *(trace.messages[m].mechanism for m in event.sent)}
        assert (event.index in dimmed(svg)) == ("futex" not in about)
    for message in trace.messages:
        assert (message.index in dimmed(svg, "m")) == (message.mechanism != "futex")


def test_is_a_kernel_or_a_thread_followed_alone(trace, story):
    on = Shown(story, kernel=("k1", "k2")).stops
    assert {story.events[index].kernel for index in on} == {"k1", "k2"}
    tid = trace.events[-1].tid or trace.events[number(trace, "futex_wake")].tid
    for name in (tid, thread_name(tid)):
        svg = spacetime(trace, thread=name).svg
        for event in trace.events:
            if event.cause == "request":
                assert (event.index in dimmed(svg)) == (event.tid != tid)


def test_does_what_is_left_out_fold_away_and_the_stops_pass_it(trace, story):
    shown = Shown(story, mechanism="futex", fold=True)
    labels = [label for _, label in folds(spacetime(trace, mechanism="futex", fold=True).svg)]
    assert any("other events" in label for label in labels)
    assert shown.stops and all(shown.inside(story.events[index]) for index in shown.stops)
    assert stepper(trace, mechanism="futex").start == shown.stops[0]


# ---- the window ---------------------------------------------------------------------------------


def test_does_a_window_show_its_events_and_the_messages_that_cross_it(trace):
    picture = spacetime(trace, window=(10, 20))
    assert seen(picture.svg) == list(range(10, 21)) and "events 10 to 20" in picture.description
    for number in seen(picture.svg, "m"):
        message = trace.messages[number]
        assert message.sent_by <= 20 and message.handled_by >= 10
    shown = stepper(trace, window=(10, 20))
    html = shown._repr_html_()
    assert shown.start == 10 and '<ol start="10">' in html and html.count("<li>") == 11
    assert len(html) < len(stepper(trace)._repr_html_())


def test_knows_a_window_the_states_in_which_it_begins(trace, story):
    data = data_of(stepper(trace, window=(20, 25)))
    for name, lines in zip(story.kernels, data["was"], strict=True):
        earlier = [event for event in trace.events[:20] if event.kernel == name]
        said = {data["strings"][first] for first, *_ in lines}
        assert said == (set(story.lines(earlier[-1].index)) if earlier else set())


# ---- wrong uses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"mechanism": "magic"}, "unknown mechanism 'magic'; known: .*'memory'"),
        ({"kernel": "k9"}, "unknown kernel 'k9'; known: 'k0', 'k1', 'k2'"),
        ({"thread": 7}, "unknown thread '7'; known: 'k0:2', 'k0:3'"),
        ({"hide": "k9"}, "unknown kernel 'k9'; known: 'k0', 'k1', 'k2'"),
        ({"hide": ("k0", "k1", "k2")}, "leaves no kernel of k0, k1, k2"),
        ({"window": (3, 999)}, "event 999 is not in the trace"),
        ({"window": (5, 3)}, r"\(5, 3\) ends before it begins"),
        ({"window": 3}, "window must be .* not 3"),
        ({"colour": "red"}, "unknown choice 'colour'; known: 'fold', 'hide'"),
    ],
)
def test_is_a_wrong_choice_named_with_what_there_is(trace, choice, says):
    for picture in (spacetime, stepper):
        with pytest.raises(ValueError, match=says):
            picture(trace, **choice)


def test_is_an_event_that_is_not_shown_refused():
    trace = traced(main)
    with pytest.raises(ValueError, match="event 0 is on k0, which is hidden"):
        spacetime(trace, upto=0, hide="k0")
    with pytest.raises(ValueError, match=r"event 9 is outside the window \(2, 4\)"):
        step(trace, 9, window=(2, 4))
