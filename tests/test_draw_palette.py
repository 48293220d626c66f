"""Can everyone tell the colours apart, in both themes, and things without any colour?"""

import re
from itertools import combinations

import pytest

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import graph, legend, machine_graph, palette, spacetime
from popcorn_lib.draw.boards import BOARDS
from popcorn_lib.draw.picture import page_sheet, sheet
from popcorn_lib.draw.spacetime import SHAPES

FAMILIES = {
    "mechanisms": palette.MECHANISMS,
    "kernels": {f"k{n}": pair for n, pair in enumerate(palette.KERNELS)},
    "states": palette.STATES,
}
THEMES = {"light": 0, "dark": 1}
APART = 10  # a hundredth of OKLab; the Okabe-Ito palette reaches 7.6 by the same measure

# Sight without one kind of cone, on linear RGB (Machado, Oliveira, Fernandes 2009, severity 1).
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def oklab(rgb):
    lms = times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        rgb,
    )
    return times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        [max(0, c) ** (1 / 3) for c in lms],
    )


def distance(one, other, sight):
    seen = (
        oklab([min(1, max(0, c)) for c in times(SIGHT[sight], linear(c))]) for c in (one, other)
    )
    return 100 * sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


def contrast(one, other):
    bright = (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True))
              for c in (one, other))  # fmt: skip
    high, low = sorted(bright, reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("family", FAMILIES)
def test_are_all_colours_of_a_family_apart_for_every_eye(family, theme, sight):
    colours = {name: pair[THEMES[theme]] for name, pair in FAMILIES[family].items()}
    for one, other in combinations(colours, 2):
        assert distance(colours[one], colours[other], sight) >= APART, (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_do_marks_stand_out_from_their_ground(theme):
    number = THEMES[theme]
    marks = [pair[number] for family in FAMILIES.values() for pair in family.values()]
    marks.append(palette.GROUND["line"][number])
    for ground in ("ground", "band"):
        behind = palette.GROUND[ground][number]
        assert min(contrast(mark, behind) for mark in marks) >= (3 if ground == "ground" else 2.8)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text", ["ink", "quiet"])
def test_can_all_text_be_read(text, theme):
    number = THEMES[theme]
    for ground in ("ground", "band"):
        pair = palette.GROUND[text][number], palette.GROUND[ground][number]
        assert contrast(*pair) >= 4.5, ground


def test_is_every_colour_of_the_style_one_of_the_palette():
    for style in (sheet(), page_sheet()):
        used = set(re.findall(r"var\((--p-[\w]+)\)", style))
        known = set(re.findall(r"(--p-[\w]+):", style))
        assert used <= known
        rules = re.sub(r"--p-\w+:#[0-9a-f]{6}", "", style)
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)


def test_does_a_page_choose_the_theme_and_a_file_stay_light():
    dark = palette.GROUND["ground"][1]
    assert dark not in sheet() and dark in page_sheet()
    for choice in ("prefers-color-scheme:dark", '[data-jp-theme-light="false"]', "@media print"):
        assert choice in page_sheet()


# In grey print


def adder(sys, word):
    yield sys.fetch_add(word, 1)


def add_from_two_kernels(sys):
    word = yield sys.mmap(64)
    thread = yield sys.clone(adder, word, on="k1")
    yield sys.join(thread)


def said(picture):
    """The texts in a drawing."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture.body)


def test_do_pictures_name_every_kernel_and_every_mechanism_that_they_colour():
    machine = Machine.multikernel(3)
    trace = simulate(add_from_two_kernels, machine).trace
    mechanisms = {event.mechanism for event in trace.events}
    assert len(mechanisms) > 1 and mechanisms <= set(said(spacetime(trace)))
    for picture in (machine_graph(machine), spacetime(trace)):
        assert set(machine.kernels) <= set(said(picture))


@pytest.mark.parametrize("shapes", [SHAPES, legend.SMALL], ids=["marks", "legend"])
def test_has_every_cause_a_shape_of_its_own(shapes):
    assert set(shapes) == set(legend.CAUSES)
    assert len(set(shapes.values())) == len(shapes)


def test_has_every_instruction_set_an_outline_of_its_own():
    kinds = [*graph.SHAPES, "one that we do not know"]
    assert len({graph.outline(kind) for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("board", BOARDS)
def test_has_every_state_a_glyph_and_a_meaning_of_its_own(board):
    kinds = BOARDS[board].kinds
    glyphs, _, meanings = zip(*kinds.values(), strict=True)
    assert len(set(glyphs)) == len(set(meanings)) == len(kinds) > 1
