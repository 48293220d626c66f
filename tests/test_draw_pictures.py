"""Do all pictures of a trace tell the same, to every reader, and quickly?"""

import json
import re
import time
from base64 import b64decode
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import networkx
import pytest

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import explore_grid, machine_graph, spacetime, stepper
from popcorn_lib.draw.controls import few
from popcorn_lib.draw.story import Story, duration, thread_name
from popcorn_lib.draw.words import happened, situation
from popcorn_lib.trace import Event, Sent, Trace
from popcorn_lib.variants.words import WordsAtHome

HOSTILE = '<script>alert("1")</script>&\''


def worker(sys, word, rounds):
    for _ in range(rounds):
        yield sys.fetch_add(word, 1)
    yield sys.migrate("k2")
    return 7


def main(sys, rounds=1):
    word = yield sys.mmap(4096)
    tid = yield sys.clone(worker, word, rounds, on="k1")
    yield sys.migrate("k1")
    yield sys.store(word, 9)
    yield sys.join(tid)
    yield sys.migrate("k0")
    return (yield sys.load(word))


@pytest.fixture(scope="module")
def trace():
    return simulate(main, Machine.multikernel(3)).trace


def by_hand(name="k1", kind="PING", text="a call", note="a note", mechanism="threads"):
    """Two kernels, two events, one message handled and one, of high priority, lost."""
    graph = networkx.Graph()
    graph.add_edge("k0", name, latency_s=1e-6)
    describe = SimpleNamespace(describe_frozen=lambda frozen: list(frozen))
    machine = SimpleNamespace(graph=graph, kernels=("k0", name), mechanism=lambda _: describe)
    made = Trace(machine)
    ask = (0, 0.0, "k0", "request", "call", mechanism, 5, text, None, (0, 1), (), (), (note,))
    got = (1, 1e-6, name, "message", kind, mechanism, 5, text, 0, (), ((5, "0"),), (), ())
    made.events = [Event(*ask, {mechanism: ("one",)}), Event(*got, {mechanism: (text,)})]
    sent = ("k0", name, mechanism, kind, 64)
    made.messages = [
        Sent(0, 0.0, 1e-6, *sent, "normal", 1, 5, text, 0, 1),
        Sent(1, 0.0, None, *sent, "high", 1, 5, text, 0, None),
    ]
    return made


def first_image(html):
    return b64decode(re.search(r"data:image/svg\+xml;base64,([^\"]+)", html)[1]).decode()


def data_of(shown):
    """What the script of a stepper gets."""
    html = shown._repr_html_()
    return json.loads(html[html.rindex("document.currentScript,") + 23 : html.rindex(")</script>")])


# ---- the same events everywhere -----------------------------------------------------------------


def test_is_every_event_in_the_diagram_the_script_and_the_words_alike(trace):
    shown = stepper(trace)
    numbers = [str(event.index) for event in trace.events]
    image = first_image(shown._repr_html_())
    assert re.findall(r'<g class="e [^"]*" data-i="(\d+)"', image) == numbers
    assert sorted(re.findall(r'<g class="m [^"]*" data-i="(\d+)"', image), key=int) == [
        str(message.index) for message in trace.messages
    ]
    words = re.findall(r"<li>(.*?)<br>", shown._repr_html_())
    assert list(map(unescape, words)) == [happened(shown.story, n) for n in range(len(trace))]
    assert len(data_of(shown)["on"]) == len(data_of(shown)["state"]) == len(trace)
    assert re.findall(r"^(\d+) ", str(shown), re.MULTILINE) == numbers
    for event in trace.events:
        assert event.name in shown.text(event.index)
        if event.tid is not None:  # a message about a page is about no thread
            assert thread_name(event.tid) in shown.text(event.index)


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
    assert [duration(s) for s in (0, 2e-7, 3.2e-6, 0.015, 2)] == [
        "0", "200 ns", "3.2 µs", "15 ms", "2 s",
    ]  # fmt: skip


def test_does_the_text_mark_what_is_new_and_what_is_gone(trace):
    shown = stepper(trace)
    leaves = next(e for e in trace.events if e.name == "migrate" and "k2" in e.text)
    text = shown.text(leaves.index)
    assert "+ threads: k0:3 leaving\n" in text and "- threads: k0:3 active" in text


# ---- form ---------------------------------------------------------------------------------------


def test_is_every_svg_well_formed_and_described(trace):
    pictures = [spacetime(trace), spacetime(trace, upto=9, scale="time"), spacetime(by_hand())]
    pictures += [machine_graph(Machine.multikernel(n), trace.messages[:1]) for n in (2, 3, 8)]
    pictures += [machine_graph(Machine.multikernel(5, topology=t)) for t in ("ring", "star")]
    for picture in pictures:
        root = ElementTree.fromstring(picture.svg)
        assert root.get("role") == "img" and root.get("aria-label") == picture.title
        assert picture.description in picture.svg.replace("&#x27;", "'").replace("&gt;", ">")


def test_is_hostile_text_only_text():
    made = by_hand(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    for shown in (stepper(made), spacetime(made), machine_graph(made.machine, made.messages)):
        html = shown._repr_html_()
        assert "<script>alert" not in html and "</script>alert" not in html
        ElementTree.fromstring(first_image(html))
    assert HOSTILE in str(stepper(made))


def test_has_a_shape_for_a_mechanism_and_a_cause_that_it_does_not_know():
    made = by_hand(mechanism='x" onload="alert(1)')
    made.events[0] = made.events[0]._replace(cause="miracle")
    assert "onload" not in re.sub(r"<desc>.*?</desc>", "", spacetime(made).svg)


def test_do_two_copies_share_nothing_by_name(trace):
    html = stepper(trace)._repr_html_() + stepper(trace)._repr_html_()
    assert re.findall(r'\sid="', html) == re.findall(r'\sid="', spacetime(trace).svg) == []


def test_is_a_lost_message_of_high_priority_shown_as_such():
    svg = spacetime(by_hand(), upto=1).svg
    top = svg[svg.index('<g class="top">') :]
    assert 'class="wire high"' in top and 'data-i="1"' in top and 'data-i="0"' not in top


class Reader(HTMLParser):
    """What is left of a page where script and style are dropped."""

    def __init__(self, html):
        super().__init__()
        self.inside, self.text, self.tags = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag in ("script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def test_what_does_a_reader_without_scripts_get(trace):
    reader = Reader(stepper(trace)._repr_html_())
    assert "svg" not in reader.tags and reader.tags.count("img") == 1
    assert reader.tags.count("li") == len(trace)
    alt = re.search(r'<img alt="([^"]+)"', stepper(trace)._repr_html_())[1]
    assert f"{len(trace)} events" in alt and "Threads: k0:2 runs on k0" in unescape(
        re.search(r'<img alt="([^"]+)"', stepper(trace, start=1)._repr_html_())[1]
    )
    assert reader.text[0] == "The steps in words"


def test_does_it_stay_away_from_the_network(trace):
    for shown in (stepper(trace), spacetime(trace), machine_graph(trace.machine)):
        found = re.findall(r"https?://[^\"'\s)]+", shown._repr_html_())
        assert set(found) <= {"http://www.w3.org/2000/svg"}


# ---- the calls ----------------------------------------------------------------------------------


def test_does_step_open_the_same_stepper_elsewhere(trace):
    shown = stepper(trace, views=("text",))
    moved = shown.step(12)
    assert data_of(moved)["start"] == 12 and data_of(shown)["start"] == 0
    assert moved.views == ("text",) and moved.text() == shown.text(12)
    assert set(moved._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert trace.show(start=3).start == 3


@pytest.mark.parametrize("index", [-1, 999, "3", None])
def test_is_an_event_that_is_not_there_named(trace, index):
    with pytest.raises(ValueError, match=re.escape(repr(index))):
        stepper(trace).step(index)


def test_are_unknown_names_named(trace):
    with pytest.raises(ValueError, match="'film'"):
        stepper(trace, views=("film",))
    with pytest.raises(ValueError, match="'years'"):
        spacetime(trace, scale="years")


def test_can_a_picture_be_saved(trace, tmp_path):
    path = spacetime(trace).save(tmp_path / "trace.svg")
    assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_is_a_machine_drawn_the_same_each_time_with_no_kernel_on_another():
    for topology in ("full", "ring", "star", "mesh"):
        for count in range(1, 10):
            machine = Machine.multikernel(count, topology=topology)
            svg = machine_graph(machine).svg
            assert svg == machine_graph(machine).svg
            found = re.findall(r'<g class="k [^"]*" transform="translate\(([\d.]+) ([\d.]+)', svg)
            places = [tuple(map(float, place)) for place in found]
            for number, (x, y) in enumerate(places):
                for p, q in places[:number]:
                    assert abs(x - p) >= 132 or abs(y - q) >= 62, (topology, count)


# ---- size and speed -----------------------------------------------------------------------------


def test_is_a_stepper_of_sixty_events_small():
    trace = simulate(main, Machine.multikernel(3), args=(22,)).trace
    assert 55 <= len(trace) <= 70
    assert len(stepper(trace)._repr_html_().encode()) < 150 * 1024


def test_is_a_diagram_of_300_messages_drawn_at_once():
    machine = Machine.multikernel(3).replace(memory=WordsAtHome)
    trace = simulate(main, machine, args=(140,)).trace
    assert len(trace.messages) >= 300
    spacetime(trace)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert spacetime(trace).svg
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05  # a few milliseconds where nothing else runs


# ---- controls -----------------------------------------------------------------------------------


def make(kernels, topology):
    return machine_graph(Machine.multikernel(kernels, topology=topology))


def test_does_one_line_do_what_the_controls_do():
    grid = explore_grid(make, kernels=[3, 4], topology=["full", "ring"])
    assert grid.at().svg == make(3, "full").svg
    assert grid.at(kernels=4, topology="ring").svg == make(4, "ring").svg
    with pytest.raises(ValueError, match="unknown kernels 9"):
        grid.at(kernels=9)
    with pytest.raises(ValueError, match="unknown setting 'cores'"):
        grid.at(cores=9)


def test_is_every_setting_in_the_twin():
    html = explore_grid(make, kernels=[3, 4], topology=["full", "ring"])._repr_html_()
    for kernels in (3, 4):
        assert f"A machine of {kernels} kernels. Kernels" in html
    assert html.count("<img") == 1 and 'alt="A machine of 3 kernels' in html


def test_has_the_twin_no_more_pictures_than_a_page_can_carry():
    rows = few({"a": range(10), "b": range(10), "c": [1]})
    assert all(row[0] == 0 for row in rows.values()) and rows["c"] == [0]
    assert len(rows["a"]) * len(rows["b"]) <= 24 and rows["a"][-1] == rows["b"][-1] == 9


def test_do_two_grids_with_widgets_keep_to_themselves():
    grid = explore_grid(make, kernels=[3, 4], topology=["full", "ring"])
    one, other = grid.widget(), grid.widget()
    one.children[0].children[0].value = 1
    shown = [box.children[1].outputs[0]["data"]["text/plain"] for box in (one, other)]
    assert "4 kernels" in shown[0] and "3 kernels" in shown[1]


def test_can_a_stepper_be_explored():
    def run(rounds):
        return stepper(simulate(main, Machine.multikernel(3), args=(rounds,)).trace)

    grid = explore_grid(run, rounds=[1, 2])
    assert 'alt="A run, step by step' in grid._repr_html_()
    assert "popcorn-stepper" in grid.widget().children[1].outputs[0]["data"]["text/html"]
