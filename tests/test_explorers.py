"""Does each explorer answer at once, in words where there is no picture, and never with a hang?"""

import re
import time
from itertools import product

import pytest

from popcorn_lib import UsageError, explorers
from popcorn_lib.draw import explore_grid, machine_graph, svg
from popcorn_lib.draw.controls import still
from popcorn_lib.machine import Machine
from popcorn_lib.worlds.run import Run
from popcorn_lib.worlds.ssi import Verdict

NAMES = explorers.__all__
MOST = 300 * 1024  # bytes of a twin


def made(name, **settings):
    return getattr(explorers, name)(**settings)


def every_change(explorer):
    """The first setting, and every one that differs from it in one value."""
    first = [0] * len(explorer.choices)
    yield tuple(first)
    for place, values in enumerate(explorer.choices.values()):
        for value in range(1, len(values)):
            yield (*first[:place], value, *first[place + 1 :])


# ---- what one line does -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_does_every_control_lead_to_a_picture_with_words(name):
    explorer = made(name)
    for places in every_change(explorer):
        picture = still(explorer.picture(places))
        assert picture.svg.startswith("<svg") and picture.description, explorer.values(places)
        assert picture.title in explorer.said(places)


@pytest.mark.parametrize("name", NAMES)
def test_is_what_a_control_shows_what_one_line_shows(name):
    explorer = made(name)
    for places in every_change(explorer):
        shown = still(explorer.at(**explorer.values(places)))
        assert shown.svg == still(made(name).at(**explorer.values(places))).svg


def test_is_the_run_behind_a_picture_to_be_had():
    run = explorers.memory().run(kernels=3, threads=3)
    assert isinstance(run, Run) and (run.value, run.status) == (6, 0)
    assert len(run.machine.kernels) == 3
    assert isinstance(explorers.single_system_image().run(), Verdict)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_run_computed_once_for_all_its_views(name, monkeypatch):
    explorer, computed = made(name), []
    compute = explorer.computed
    monkeypatch.setattr(explorer, "computed", lambda **s: computed.append(s) or compute(**s))
    shown = {still(explorer.at(view=view)).svg for view in explorer.choices["view"]}
    assert len(computed) == 1 and len(shown) == len(explorer.choices["view"])


def test_what_is_said_of_an_unknown_setting_or_value():
    with pytest.raises(UsageError, match="unknown setting 'colour'; known: 'threads'"):
        explorers.memory(colour="red")
    with pytest.raises(UsageError, match="unknown variant 'magic'; known: 'pages that move'"):
        explorers.memory(variant="magic")
    with pytest.raises(UsageError, match="unknown kernels 9; known: 2, 3, 4"):
        explorers.memory().at(kernels=9)


def test_is_one_value_fixed_and_a_list_a_choice():
    explorer = explorers.memory(kernels=3, topology=["star", "ring"])
    assert explorer.choices["kernels"] == [3] and explorer.choices["topology"] == ["star", "ring"]
    assert set(explorer.run().machine.graph.edges) == {("k0", "k1"), ("k0", "k2")}


# ---- what a setting does ------------------------------------------------------------------------


def test_do_kernels_topology_latency_and_placement_reach_the_run():
    explorer = explorers.memory(kernels=4)
    base = explorer.run()
    assert explorer.run(latency_us=100).seconds > 3e-4 > base.seconds
    assert explorer.run(topology="ring").machine.graph.number_of_edges() == 4
    assert len(explorer.run(placement="all at home").messages) == 0 < len(base.messages)


def test_does_a_variant_take_the_place_of_its_mechanism():
    kinds = set(explorers.memory().run(variant="words at home").messages.kind)
    assert "WORD_REQUEST" in kinds and "REMOTE_PAGE_REQUEST" not in kinds
    assert "FUTEX_REQUEST" in set(explorers.futex().run(variant="delegated").messages.kind)


def test_do_faults_and_their_seed_reach_the_run():
    explorer = explorers.memory(fault="a message is lost")
    told = [still(explorer.at(seed=seed)).title for seed in explorer.choices["seed"]]
    assert any("Deadlock" in title for title in told) and len(set(told)) > 1


def test_do_slots_and_notices_reach_the_ring():
    explorer = explorers.messages()
    assert explorer.run(letters=32, ring_slots=4).rings.used.max() == 4
    polled, woken = (explorer.run(letters=1, notify=how) for how in ("poll", "interrupt"))
    assert polled.trace.messages[0].handled_s < woken.trace.messages[0].handled_s


def test_can_every_defect_be_told_from_one_kernel_by_its_program():
    explorer = explorers.single_system_image()
    assert explorer.run().holds
    found = explorer.run(variant="defect: wake flag only when asleep", program="handshake")
    assert found.strange == ["deadlock"]
    shown = explorer.at(variant="defect: wake flag only when asleep", program="handshake")
    assert "one kernel cannot have: deadlock" in shown.description


# ---- a program of one's own ---------------------------------------------------------------------


def mine(sys, rounds, places):
    word = yield sys.mmap(64)
    for place in places:
        yield sys.migrate(place) if place != "k0" else sys.sched_yield()
        for _ in range(rounds):
            yield sys.fetch_add(word, helper())
    return (yield sys.load(word))


def helper():
    return 1


def test_does_a_program_get_what_it_names():
    explorer = explorers.memory(program=mine, rounds=[1, 5], threads=1)
    assert (explorer.run().value, explorer.run(rounds=5).value) == (1, 5)
    assert "pages" not in explorer.choices and "placement" in explorer.choices
    alone = explorers.memory(program=lambda sys: (yield sys.mmap(64)) and None)
    assert "placement" not in alone.choices and "returned None" in alone.at().title


def test_is_the_source_shown_with_what_it_names():
    source = explorers.memory(program=mine, rounds=1).source
    assert "def mine(sys, rounds, places):" in source and "def helper():" in source
    for name in NAMES:
        call = "migration_point();" if name == "moving" else "yield"  # its program is one in C
        assert call in made(name).source and "The program: " in made(name).about


def test_what_if_a_program_wants_what_no_setting_gives():
    explorer = explorers.memory(program=mine)
    assert "the program takes 'rounds'; an explorer gives: " in explorer.at().description
    with pytest.raises(UsageError, match="'rounds'"):
        explorer.run()


# ---- what cannot be -----------------------------------------------------------------------------


def test_does_the_librarys_own_error_stand_where_there_is_no_picture():
    explorer = explorers.memory()
    with pytest.raises(UsageError) as raised:
        explorer.run(kernels=3, variant="two kernels")
    picture = explorer.at(kernels=3, variant="two kernels")
    assert picture.title == "This cannot be" and picture.description == str(raised.value)
    assert "works on 1 or 2 kernels, not on 3" in str(raised.value)


def broken(sys):
    yield sys.getpid()
    raise RuntimeError("a mistake in line 3")


def endless(sys):
    word = yield sys.mmap(64)
    while (yield sys.load(word)) == 0:
        pass


def never_woken(sys):
    word = yield sys.mmap(64)
    yield sys.futex_wait(word, 0)


def test_is_a_mistake_in_a_program_told_in_words():
    picture = explorers.memory(program=broken).at()
    assert picture.title == "It ended with a ProgramError"
    assert "a mistake in line 3" in picture.description


def test_does_a_program_without_an_end_answer():
    shown = explorers.memory(program=endless).at()
    assert "has not ended after 20 ms" in shown.title and "the first 300 of" in shown.title
    assert len(shown.story.events) == 300


def test_is_a_deadlock_told_and_its_trace_shown():
    explorer = explorers.futex(program=never_woken)
    shown = explorer.at()
    assert shown.title.startswith("never_woken: Deadlock after") and shown.story.events
    assert "futex_wait" in explorer.said((0,) * len(explorer.choices))
    assert "has no times of cores" in explorer.at(view="cores").description


def test_does_a_search_without_an_end_answer():
    verdict = explorers.single_system_image(max_states=100)
    assert verdict.at().title == "The search was cut after 100 states"


# ---- the twin, and two of a kind ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_is_the_twin_small_and_does_it_hold_more_than_one_picture(name):
    explorer = made(name)
    html = explorer._repr_html_()
    assert len(html.encode()) < MOST
    assert len(list(product(*explorer.rows.values()))) >= 12 and html.count("<img") == 1


@pytest.mark.parametrize("name", NAMES)
def test_are_the_words_of_every_picture_in_the_twin(name):
    explorer = made(name)
    html = explorer._repr_html_()
    for places in product(*explorer.rows.values()):
        assert svg.escape(still(explorer.picture(places)).title) in html


def test_can_a_caller_choose_the_twins_pictures_and_the_beginning_of_the_titles():
    rival = ["none", "k1"]
    explorer = explorers.sockets(rival=rival, title="Two servers", twin={"rival": rival})
    assert [len(row) for name, row in explorer.rows.items() if name == "rival"] == [2]
    assert [len(row) for name, row in explorers.sockets().rows.items() if name == "rival"] == [1]
    assert still(explorer.at()).title.startswith("Two servers returned {'read': b'abcd'")
    stuck = explorers.futex(program=never_woken, title="A thread").at()
    assert stuck.title.startswith("A thread: Deadlock after")
    with pytest.raises(UsageError, match="unknown rival 'k9'; known: 'none', 'k1'"):
        explorers.sockets(twin={"rival": ["k9"]})
    with pytest.raises(UsageError, match="unknown setting 'colour'"):
        explorers.single_system_image(twin={"colour": ["red"]})


def test_do_two_copies_keep_to_themselves():
    explorer = explorers.memory()
    one, same, other = explorer.widget(), explorer.widget(), explorers.memory().widget()
    before = same.children[1].outputs
    one.children[0].children[0].value = 1
    assert one.children[1].outputs != before
    assert same.children[1].outputs == before == other.children[1].outputs
    assert same.children[2].value == other.children[2].value != one.children[2].value


def test_has_each_setting_the_control_that_fits():
    box = explorers.memory().widget()
    kinds = {c.description: type(c).__name__ for c in box.children[0].children}
    assert kinds["kernels"] == kinds["link latency (µs)"] == "SelectionSlider"
    assert kinds["topology"] == kinds["pages"] == "RadioButtons"
    assert kinds["variant"] == kinds["fault"] == "Dropdown"


@pytest.mark.parametrize("name", NAMES)
def test_is_a_new_picture_there_at_once(name):
    explorer = made(name)
    explorer.picture((0,) * len(explorer.choices))
    times = []
    for places in every_change(explorer):
        start = time.process_time()
        explorer.page(places), explorer.said(places)
        times.append(time.process_time() - start)
    assert sorted(times)[len(times) // 2] < 0.1  # a few milliseconds each; half are below


# ---- grids of one's own -------------------------------------------------------------------------


def picture(kernels, topology="full"):
    return machine_graph(Machine.multikernel(kernels, topology=topology))


def test_can_a_grid_name_its_controls_and_choose_its_twin():
    choices = {"kernels": [2, 3, 4, 5], "topology": ["full", "ring"]}
    labels, twin = {"kernels": "kernels (number)"}, {"kernels": [2, 5]}
    grid = explore_grid(picture, labels=labels, twin=twin, **choices)
    html = grid._repr_html_()
    assert "kernels (number)" in html and grid.rows == {"kernels": [0, 3], "topology": [0]}
    assert "More values with a kernel running: kernels (number), topology." in html
    with pytest.raises(UsageError, match="unknown setting 'cores'"):
        explore_grid(picture, labels={"cores": "cores"}, **choices)
    with pytest.raises(UsageError, match="unknown kernels 9"):
        explore_grid(picture, twin={"kernels": [9]}, **choices)


def test_are_numbers_in_order_whichever_is_shown_first():
    grid = explore_grid(picture, kernels=[4, 2, 3], topology=["ring", "full"])
    box = grid.widget()
    slider = box.children[0].children[0]
    assert [label for label, _ in slider.options] == ["2", "3", "4"] and slider.label == "4"
    assert box.children[2].value == grid.said((0, 0))
    slider.label = "2"
    assert box.children[2].value == grid.said((1, 0)) != grid.said((0, 0))
    titles = re.findall(r"<li><b>(.*?)</b>", grid._repr_html_())
    assert titles[0] == "kernels: 2, topology: ring" and titles[-1] == "kernels: 4, topology: full"
    assert f"<p>{grid.said((0, 0))}</p>" in grid._repr_html_()


def test_are_long_numbers_readable():
    grid = explore_grid(lambda kernels: picture(2), kernels=[2, 10**6, 10**9])
    assert [label for label, _ in grid.widget().children[0].children[0].options][1] == "1,000,000"


def test_does_a_grid_say_what_went_wrong_with_a_setting():
    box = explore_grid(picture, kernels=[2, 300]).widget()
    box.children[0].children[0].value = 1
    assert "300 kernels: a global pid has room for 256" in box.children[2].value
    assert "300 kernels" in box.children[1].outputs[0]["data"]["text/html"]
