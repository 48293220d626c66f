"""Do the stepper's script, its words and its picture tell the same of a trace, and quickly?"""

import re
import time
from html import unescape

import pytest
from draw_traces import RACING, Reader, alt_of, busy, data_of, first_image, main, seen, traced

from popcorn_lib import Machine
from popcorn_lib.draw import machine_graph, spacetime, step, stepper
from popcorn_lib.draw.boards import BOARDS
from popcorn_lib.draw.story import Story, duration, thread_name
from popcorn_lib.draw.words import happened, situation
from popcorn_lib.variants.words import WordsAtHome


@pytest.fixture(scope="module")
def trace():
    return traced(main)


# ---- the same events everywhere -----------------------------------------------------------------


def test_do_all_renderings_of_a_trace_list_the_same_events(trace):
    shown, numbers = stepper(trace), [event.index for event in trace.events]
    html, data = shown._repr_html_(), data_of(shown)
    assert list(trace.to_frame().index) == numbers
    assert seen(spacetime(trace).svg) == seen(first_image(html)) == numbers
    assert sorted(seen(first_image(html), "m")) == [m.index for m in trace.messages]
    assert [int(n) for n in re.findall(r"^(\d+) ", str(shown), re.MULTILINE)] == numbers
    words = [unescape(line) for line in re.findall(r"<li>(.*?)<br>", html)]
    assert words == [happened(shown.story, number) for number in numbers]
    for what in ("on", "talks", "about", "before", "threads", "state"):
        assert len(data[what]) == len(numbers), what
    for name, row in zip(trace.to_frame().name, numbers, strict=True):
        assert name in words[row] and name in shown.text(row)


def test_does_the_text_of_an_event_name_its_thread(trace):
    for event in trace.events:
        if event.tid is not None:  # a message about a page is about no thread
            assert thread_name(event.tid) in stepper(trace).text(event.index)


def test_does_the_script_know_every_line_of_every_state(trace):
    shown = stepper(trace)
    data = data_of(shown)
    for event, state in zip(trace.events, data["state"], strict=True):
        lines = {data["strings"][name]: [data["strings"][n] for n in rest] for name, *rest in state}
        assert lines == {name: found for name, found in trace.state_lines(event).items() if found}


def test_has_the_script_the_order_of_events_from_the_trace(trace):
    graph = trace.to_graph()
    for number, before in enumerate(data_of(stepper(trace))["before"]):
        assert set(before) == set(graph.predecessors(number))


# ---- words that follow the state ----------------------------------------------------------------


def test_does_the_description_change_when_the_state_does(trace):
    pictures = [spacetime(trace, upto=event.index) for event in trace.events]
    assert len({picture.description for picture in pictures}) == len(trace)
    machine = trace.machine
    assert machine_graph(machine).description != machine_graph(machine, trace.messages).description


def test_where_is_a_thread_that_migrates(trace):
    story = Story(trace)
    leaves = next(e for e in trace.events if e.name == "migrate" and "k2" in e.text)
    before, after = story.where(leaves.index - 1), story.where(leaves.index)
    assert before[leaves.tid] == ("k1", True)
    assert after[leaves.tid] == (None, False)
    assert "on its way to another kernel" in situation(story, leaves.index)
    arrives = next(e for e in trace.events[leaves.index :] if e.resumed and e.kernel == "k2")
    assert story.where(arrives.index)[leaves.tid] == ("k2", True)


def test_does_a_thread_that_waits_wait_and_an_ended_one_go(trace):
    story = Story(trace)
    joins = next(event for event in trace.events if event.name == "join")
    assert story.where(joins.index)[joins.tid] == ("k1", False)
    assert story.where(story.last) == {}


def test_is_a_message_on_its_way_until_it_is_handled(trace):
    story = Story(trace)
    for message in trace.messages:
        assert message in story.flying(message.sent_by)
        assert message not in story.flying(message.handled_by)


def test_are_thread_ids_and_times_in_a_form_to_read():
    assert thread_name((1 << 22) | (1 << 15) | 3) == "k1:3" and thread_name(5) == "5"
    assert [duration(s) for s in (0, 2e-7, 3.2e-6, 9.994e-4, 9.997e-4, 0.015, 2)] == [
        "0", "200 ns", "3.2 µs", "999 µs", "1 ms", "15 ms", "2 s",
    ]  # fmt: skip


def test_does_the_text_mark_what_is_new_and_what_is_gone(trace):
    shown = stepper(trace)
    leaves = next(e for e in trace.events if e.name == "migrate" and "k2" in e.text)
    text = shown.text(leaves.index)
    assert "+ threads: k0:3 leaving\n" in text and "- threads: k0:3 active" in text


def test_what_does_a_reader_without_scripts_get(trace):
    reader = Reader(stepper(trace)._repr_html_())
    assert "svg" not in reader.tags and reader.tags.count("img") == 1
    assert reader.tags.count("li") == len(trace)
    assert f"{len(trace)} events" in alt_of(stepper(trace)._repr_html_())
    assert "Threads: k0:2 runs on k0" in alt_of(step(trace, 1)._repr_html_())
    assert reader.text[0] == "The steps in words"


# ---- the calls ----------------------------------------------------------------------------------


def test_does_step_open_the_same_stepper_elsewhere(trace):
    shown = stepper(trace, views=("text",))
    moved = shown.step(12)
    assert data_of(moved)["start"] == 12 and data_of(shown)["start"] == 0
    assert moved.views == ("text",) and moved.text() == shown.text(12)
    assert set(moved._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert trace.show(start=3).start == 3


def test_does_one_line_open_the_stepper_at_an_event_and_say_it(trace):
    for shown in (step(trace, 12), trace.step(12)):
        assert data_of(shown)["start"] == 12
        said = shown._repr_mimebundle_()["text/plain"]
        assert happened(shown.story, 12) in said and "event 12 of" in said
        assert happened(shown.story, 13) not in said
    assert "event 0 of" in str(step(trace, 0)) and "event 0 of" not in str(stepper(trace))


@pytest.mark.parametrize("index", [-1, 999, "3", None])
def test_is_an_event_that_is_not_there_named(trace, index):
    with pytest.raises(ValueError, match=re.escape(repr(index))):
        stepper(trace).step(index)


def test_are_unknown_names_named(trace):
    with pytest.raises(ValueError, match="'film'"):
        stepper(trace, views=("film",))
    with pytest.raises(ValueError, match="'years'"):
        spacetime(trace, scale="years")


# ---- boards -------------------------------------------------------------------------------------


def cells(data, number, event):
    """{row: its cells in words} of a board after an event, as the script reads it."""
    board, text = data["boards"][number], data["strings"]
    rows = [board["rows"][row] for row in board["frames"][board["at"][event]]]
    return {text[head]: [(kind, text[word]) for kind, word in found] for head, found in rows}


def test_knows_the_script_every_board_after_every_event(trace):
    shown = stepper(trace)
    data = data_of(shown)
    assert [board.name for board in shown.boards] == [
        name for name, board in BOARDS.items() if board.used(shown.story)
    ]
    for number, board in enumerate(shown.boards):
        for event in trace.events:
            rows = board.rows(shown.story, event.index)
            assert cells(data, number, event.index) == {head: list(row) for head, row in rows}
            words = data["boards"][number]["words"][event.index]
            assert data["strings"][words] == board.words(shown.story, event.index)


def test_is_a_frame_that_stays_the_same_kept_once(trace):
    for board in data_of(stepper(trace))["boards"]:
        assert len(board["frames"]) == len(set(map(str, board["frames"]))) < len(trace)


def test_does_the_text_say_the_board_that_is_shown(trace):
    shown = step(trace, 12, board="pages")
    assert data_of(shown)["board"] == 0
    assert shown.text().endswith(BOARDS["pages"].words(shown.story, 12))
    assert data_of(stepper(trace))["board"] == -1
    with pytest.raises(ValueError, match="unknown board 'chess'; known: 'pages'"):
        stepper(trace, board="chess")


# ---- size and speed -----------------------------------------------------------------------------


def test_is_the_stepper_of_a_lesson_small():
    trace = traced(busy, 5, 3, costs=RACING)
    assert (len(trace), len(trace.messages)) >= (120, 60)
    shown = stepper(trace)
    assert len(shown.boards) >= 2 and len(shown._repr_html_().encode()) < 150 * 1024


def test_is_a_diagram_of_300_messages_drawn_at_once():
    machine = Machine.multikernel(3).replace(memory=WordsAtHome)
    trace = traced(main, 140, machine=machine)
    assert len(trace.messages) >= 300
    spacetime(trace)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert spacetime(trace).svg
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05  # a few milliseconds where nothing else runs
