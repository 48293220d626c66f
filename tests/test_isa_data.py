"""Are the tables in data/isa/ what the files beside them say, and what was known without them?"""

import re
import struct
from itertools import pairwise

import pytest
from artefacts import HERE, made
from artefacts import name as called
from isa_compile import digest, sources
from isa_kinds import RULES, kind
from isa_variables import needed

from popcorn_lib import isa

LOST = "nowhere"
VALUES = {  # of the stopped chain, worked out by hand from chain.c: seed 41, stopped in round 2
    ("outer", "seed"): "41",
    ("outer", "where"): "{112, 2.5, 7}",
    ("outer", "kept"): str(3 * 41),
    ("outer", "spent"): str(41 + 5),
    ("outer", "ratio"): str(41 / 8),
    ("outer", "got"): "",
    ("middle", "where"): "&outer.where",
    ("middle", "rounds"): "3",
    ("middle", "letter"): str(ord("k")),
    ("middle", "total"): str(100 * 3 + 10 + 11 + 12),
    ("middle", "squares"): "{1, 4, 9, 16}",
    ("middle", "weight"): str(2.5 * 1.5),
    ("middle", "mark"): str(ord("k") << 4),
    ("middle", "twice"): str(2 * 100 * 3),
    ("middle", "got"): "",
    ("inner", "total"): "&middle.total",
    ("inner", "count"): "3",
    ("inner", "weight"): str(2.5 * 1.5),
    ("inner", "before"): str(100 * 3),
    ("inner", "half"): str(2.5 * 1.5 / 2),
    ("inner", "last"): str(300 * 3),
    ("inner", "i"): "2",
}


# ---- recorded hashes: what holds where there is no compiler --------------------------------------


def test_were_the_tables_made_from_the_sources_that_are_there():
    assert isa.made()["sources"] == sources(), "a C file has changed since: make data"


def test_has_nobody_edited_what_is_made():
    told = isa.made()["made"]
    there = {called(path, HERE): digest(path) for path in made(HERE) if path.name != "made.json"}
    assert there == told, "not as make data left it"


def test_does_the_record_say_with_what_and_how():
    record = isa.made()
    for processor in isa.PROCESSORS.values():
        assert re.search(r"\(Debian .*\) \d+\.\d+\.\d+$", record["versions"][processor.compiler])
    assert "-ffp-contract=off" in record["commands"]["programs"]
    assert set(record["versions"]) >= {"unicorn", "pyelftools"}


def test_are_the_programs_small():
    sizes = {ending: 0 for ending in ("*.elf", "*.lst")}
    for ending in sizes:
        sizes[ending] = sum(path.stat().st_size for path in HERE.glob(f"programs/{ending}"))
    assert 0 < sizes["*.elf"] < 100_000 and 0 < sizes["*.lst"] < 250_000


# ---- kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, text, expected",
    [
        ("x86-64", "mov rax,QWORD PTR [rbp-8]", "load"),
        ("x86-64", "mov QWORD PTR [rbp-8],rax", "store"),
        ("x86-64", "mov QWORD PTR [rax],0x0", "store"),
        ("x86-64", "movzx eax,BYTE PTR [rax+0x20]", "load"),
        ("x86-64", "movsd xmm0,xmm1", "move"),
        ("x86-64", "add eax,DWORD PTR [rbx+4]", "integer"),
        ("x86-64", "lea rax,[rdx+rdx*2]", "integer"),
        ("x86-64", "jne sort+0x20", "branch"),
        ("x86-64", "addsd xmm0,QWORD PTR [rax]", "float"),
        ("AArch64", "ldp x29, x30, [sp], #16", "load"),
        ("AArch64", "madd x0, x1, x2, x3", "multiply"),
        ("AArch64", "fmul d0, d1, d2", "float"),
        ("AArch64", "fmov d0, x1", "move"),
        ("AArch64", "bl sink", "call"),
        ("AArch64", "b.ne sort+0x20", "branch"),
        ("RISC-V", "sext.w a0,a0", "move"),
        ("RISC-V", "sd ra,8(sp)", "store"),
        ("RISC-V", "sub a0,a0,a1", "integer"),
        ("RISC-V", "jal ra,sink", "call"),
        ("RISC-V", "remu a0,a0,a1", "divide"),
        ("POWER", "blt cr7,sort+0x20", "branch"),
        ("POWER", "blr", "call"),
        ("POWER", "li r3,0", "move"),
        ("POWER", "lwbrx r3,r4,r5", "load"),
        ("POWER", "mulld r3,r3,r4", "multiply"),
        ("POWER", "mr. r3,r4", "integer"),
        ("s390x", "l %r1,0(%r2)", "load"),
        ("s390x", "lgr %r1,%r2", "move"),
        ("s390x", "la %r1,8(%r2)", "integer"),
        ("s390x", "agsi 160(%r11),1", "integer"),
        ("s390x", "adbr %f0,%f2", "float"),
        ("s390x", "dlgr %r2,%r4", "divide"),
        ("s390x", "br %r14", "call"),
        ("s390x", "brctg %r1,sort+0x20", "branch"),
        ("s390x", "msgr %r1,%r2", "multiply"),
        ("s390x", "mvghi 160(%r11),0", "store"),
    ],
)
def test_is_an_instruction_of_the_kind_that_its_manual_says(name, text, expected):
    assert kind(name, text) == expected


def test_is_an_instruction_that_no_rule_knows_an_error():
    for name in RULES:
        with pytest.raises(ValueError, match="zigzag"):
            kind(name, "zigzag r1")


def test_is_every_line_of_the_listings_of_the_kind_that_the_rules_give_it():
    for name in isa.PROCESSORS:
        for level in isa.LEVELS:
            for function in isa.listing(name, level):
                for line in function.instructions:
                    assert line.kind == kind(name, line.text)


# ---- what the compilers say ---------------------------------------------------------------------


def test_do_all_instruction_sets_find_the_same_values_in_the_chain():
    frames = isa.frames()
    variables = frames[frames.what == "variable"]
    found = variables[variables.place != LOST]
    assert len(variables) == 10 * len(VALUES) and len(found) > 180
    for row in found.itertuples():
        assert row.value == VALUES[row.function, row.name], row
    assert set(variables[variables.place == LOST].value) == {""}


def test_is_everything_in_memory_without_optimisation_and_something_needed_lost_with_it():
    frames = isa.frames()
    variables = frames[frames.what == "variable"]
    assert set(variables[variables.level == "O0"].place) == {"memory"}
    for name in isa.PROCESSORS:
        rows = variables[(variables.isa == name) & (variables.level == "O2")]
        assert len(rows[(rows.place == LOST) & (rows.needed == "yes")]) >= 1, name
        assert {"memory", "register", "saved register"} <= set(rows.place), name


def test_is_a_saved_register_where_the_frame_of_its_holder_keeps_it():
    frames = isa.frames()
    kept = frames[frames.what == "saved register"]
    for row in frames[frames.place == "saved register"].itertuples():
        where = kept[(kept.isa == row.isa) & (kept.level == row.level)]
        where = where[(where.function == row.holder) & (where.name == row.register)]
        assert list(where.offset) == [row.offset]


def test_does_no_slot_of_a_frame_lie_on_another():
    frames = isa.frames()
    memory = frames[frames.place == "memory"]
    for key, rows in memory.groupby(["isa", "level", "function"]):
        spans = sorted((row.offset, row.offset + row.bytes) for row in rows.itertuples())
        assert all(a[1] <= b[0] for a, b in pairwise(spans)), key


def test_are_the_needed_values_those_that_the_comments_name():
    assert needed("outer") == {"where", "kept", "ratio"}
    assert needed("inner") == {"total", "count", "weight", "before", "half", "i"}


def test_do_members_and_holes_fill_every_structure():
    for (name, structure), rows in isa.layouts().groupby(["isa", "structure"]):
        [whole] = rows[rows.member == ""].to_dict("records")
        covered = set()
        for row in rows[rows.member != ""].to_dict("records"):
            covered |= set(range(row["offset"], row["offset"] + row["bytes"]))
        assert covered == set(range(whole["bytes"])), (name, structure)
        assert len(whole["content"]) == 2 * whole["bytes"]


@pytest.mark.parametrize("name", [*isa.PROCESSORS, "i386"])
def test_are_the_bytes_of_a_structure_its_values_in_the_order_of_the_processor(name):
    order = isa.PROCESSORS[name].order if name in isa.PROCESSORS else "little"
    sign = "<" if order == "little" else ">"
    layout = isa.layouts("mixed", name).set_index("member")
    raw = bytes.fromhex(layout.content[""])
    for member, form, value in (("tag", "c", b"A"), ("x", "d", 1.0), ("number", "h", 0x0102)):
        assert struct.unpack_from(sign + form, raw, layout.offset[member]) == (value,)


def test_has_c_the_types_that_each_abi_gives_it():
    """From the five ABIs' supplements: the few things in which they differ."""
    types = isa.types().set_index(["type", "isa"])
    assert [types.signed["char", name] for name in isa.PROCESSORS] == ["yes"] + ["no"] * 4
    digits = [types.digits["long double", name] for name in isa.PROCESSORS]
    assert digits == [64, 113, 113, 106, 113]
    assert types.alignment["long double", "s390x"] == 8
    assert types.bytes["long", "i386"] == 4 and types.alignment["double", "i386"] == 4
    alike = types.loc[["int", "long", "double", "void *"]].drop("i386", level="isa")
    assert (alike.bytes == alike.alignment).all()
