"""Do all pictures say what they show, harm no page, and stay the same?"""

import re
from xml.etree import ElementTree

import pytest
from draw_traces import HOSTILE, by_hand, first_image, main, traced

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import explore_grid, machine_graph, spacetime, stepper
from popcorn_lib.draw.controls import few


@pytest.fixture(scope="module")
def trace():
    return traced(main)


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


def test_does_it_stay_away_from_the_network(trace):
    for shown in (stepper(trace), spacetime(trace), machine_graph(trace.machine)):
        found = re.findall(r"https?://[^\"'\s)]+", shown._repr_html_())
        assert set(found) <= {"http://www.w3.org/2000/svg"}


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
