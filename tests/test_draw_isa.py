"""Do the pictures of instruction sets show what the tables say, in the drawing and in words?"""

import re
from xml.etree import ElementTree

import pytest
from test_draw_palette import contrast

from popcorn_lib import UsageError, isa
from popcorn_lib.draw import call_chain, instruction_kinds, palette, structure_bytes
from popcorn_lib.draw.kinds import KINDS
from popcorn_lib.draw.structure import SHADE


def texts(picture):
    """What stands in the drawing."""
    root = ElementTree.fromstring(picture.svg)
    return ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]


def pictures():
    yield instruction_kinds(isa.counts())
    yield instruction_kinds(isa.code("crc"))
    yield instruction_kinds([isa.recount("crc", name, argument=9) for name in isa.PROCESSORS])
    for structure in isa.layouts().structure.unique():
        yield structure_bytes(isa.layouts(structure))
    for name in isa.PROCESSORS:
        yield call_chain(isa.frames(name))


def test_is_every_picture_well_formed_described_and_the_same_each_time():
    for one, again in zip(pictures(), pictures(), strict=True):
        root = ElementTree.fromstring(one.svg)
        assert root.get("role") == "img" and one.title in texts(one)
        assert len(one.description) > 80 and one.svg == again.svg
        html = one._repr_html_()
        assert "NA" not in html.replace("NaN", "NA") and "None" not in one.description


def test_does_all_text_stand_within_the_picture():
    for one in pictures():
        for node in ElementTree.fromstring(one.svg).iter("{http://www.w3.org/2000/svg}text"):
            if not re.search(r"mid|end", node.get("class") or ""):
                assert float(node.get("x")) + 5.6 * len(node.text) <= one.width, node.text


# ---- instructions by kind -----------------------------------------------------------------------


def test_has_every_kind_its_number_and_a_bar_as_long_as_that():
    counts = isa.counts("sort", level="O2")
    picture = instruction_kinds(counts)
    said = texts(picture)
    lengths = [float(n) for n in re.findall(r"h([\d.]+)v11", picture.svg)]
    shown = [row[kind] for row in counts.to_dict("records") for kind in KINDS if row[kind]]
    assert len(lengths) == len(shown)
    for length, number in zip(lengths, shown, strict=True):
        assert f"{number:,}" in said
        assert length == pytest.approx(max(1, 60 * number / max(shown)), abs=0.06)
    assert "divide" not in said and "float" not in said  # sort has none
    assert "x86-64: 25,287 instructions" in picture.description


def test_do_rows_have_the_names_of_what_differs_in_them():
    assert {"x86-64 -O0", "s390x -O2"} <= set(texts(instruction_kinds(isa.counts("crc"))))
    alone = texts(instruction_kinds(isa.counts("crc", "s390x")))
    assert {"-O0", "-O2", "Instructions by kind: crc s390x"} <= set(alone)


def test_is_a_table_without_rows_or_kinds_refused():
    with pytest.raises(UsageError, match="no row"):
        instruction_kinds(isa.counts().iloc[:0])
    with pytest.raises(UsageError, match="no column 'instructions'"):
        instruction_kinds(isa.types())


# ---- structures ---------------------------------------------------------------------------------


def test_are_all_bytes_shown_and_every_hole_drawn_and_told():
    for structure in ("mixed", "linked", "wide", "header"):
        layouts = isa.layouts(structure)
        picture = structure_bytes(layouts)
        said = texts(picture)
        holes = layouts[layouts.member == "(hole)"]
        shown = sum(len(word) == 2 and bool(re.fullmatch("[0-9a-f]{2}", word)) for word in said)
        whole = layouts[layouts.member == ""]
        assert shown == whole.bytes.sum() - holes.bytes.sum() + sum(
            offset == 16 or offset == 24
            for name in set(layouts.isa)
            for offset in lines(whole, name)
        )
        for row in whole.itertuples():
            assert f"{row.isa}: {row.bytes} bytes, {bytes.fromhex(row.content).hex(' ')}" in (
                picture.description
            )
        assert picture.description.count("a hole in") == len(holes)


def lines(whole, name):
    """The numbers of two digits before the lines of a structure."""
    [size] = whole[whole.isa == name].bytes
    return range(0, size, 8)


def test_are_bit_fields_told_in_bits_and_their_shared_byte_named_after_all():
    picture = structure_bytes(isa.layouts("bits"), ["x86-64", "s390x"])
    assert "length in 12 bits from bit 3" in picture.description
    assert "last in 1 bit from bit 15" in picture.description
    assert "4 bytes, e5 d5 7f 00" in picture.description
    assert "4 bytes, b5 79 7f 00" in picture.description


def test_can_the_ink_be_read_on_every_members_shade():
    for theme in (0, 1):
        ink, ground = (palette.GROUND[name][theme] for name in ("ink", "ground"))
        for colours in palette.KERNELS:
            assert contrast(ink, blended(colours[theme], ground)) >= 4.5


def blended(colour, ground):
    parts = [
        SHADE * int(colour[at : at + 2], 16) + (1 - SHADE) * int(ground[at : at + 2], 16)
        for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{round(part):02x}" for part in parts)


def test_are_several_structures_and_unknown_names_refused():
    with pytest.raises(UsageError, match=r"'mixed', 'sorted'"):
        structure_bytes(isa.layouts())
    with pytest.raises(UsageError, match=r"'arm'.*'i386'"):
        structure_bytes(isa.layouts("mixed"), ["arm"])


# ---- frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", isa.PROCESSORS)
def test_is_every_row_of_the_frames_shown_and_every_lost_value_crossed(name):
    frames = isa.frames(name)
    picture = call_chain(frames)
    said = texts(picture)
    for row in frames.itertuples():
        if row.what == "frame":
            assert f"{row.function}: {row.bytes} bytes" in said
        elif row.place == "memory":
            assert f"CFA{row.offset:+d}".replace("-", "−") in said
        else:
            assert row.name in said
    lost = frames[(frames.place == "nowhere") & (frames.needed == "yes")]
    assert picture.svg.count('class="cross"') == len(lost) > 0
    assert picture.svg.count(">still needed<") == len(lost)
    names = ", ".join(f"{row.function}.{row.name}" for row in lost.itertuples())
    assert names.split(", ")[0] in picture.description.partition("Needed and nowhere")[2]
    assert "Nothing needed is lost." in picture.description  # -O0


def test_does_a_saved_register_tell_whose_value_it_keeps():
    picture = call_chain(isa.frames(level="O2"), ["x86-64"])
    assert "caller’s r12 at CFA−24 middle.where &amp;outer.where" in picture.svg
    assert "middle.where &outer.where" in texts(picture)


def test_are_unknown_instruction_sets_and_empty_tables_refused():
    with pytest.raises(UsageError, match=r"'arm'.*'POWER'"):
        call_chain(isa.frames(), ["arm"])
    with pytest.raises(UsageError, match="no frame"):
        call_chain(isa.frames().iloc[:0])
