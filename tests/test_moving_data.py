"""Are the tables in data/moving/ what the programs beside them say?"""

import re

import moving_data
import pytest

from popcorn_lib import UsageError
from popcorn_lib.isa.moving import ISAS, levels, move, recorded, stack_map, tables
from popcorn_lib.isa.moving.dwarf import Program
from popcorn_lib.isa.moving.stackmap import HERE, from_plain
from popcorn_lib.isa.moving.tours import SAME, tour

OPTIMISED = ("O1", "O2")


def test_does_no_program_tell_where_it_was_compiled():
    for path in HERE.glob("*.elf"):
        folders = re.findall(rb"/[\w.-]+/[\w./-]+", path.read_bytes())
        assert folders == [], path.name


def opened(name, level):
    """The program with the calls that the compiler itself has noted, as it does from -O1 on."""
    elf = (HERE / f"{name}-{level}.elf").read_bytes()
    program = Program(name, elf, [])
    for function, die in program.functions.items():
        for site in die.iter_children():
            if site.tag == "DW_TAG_call_site" and "DW_AT_call_origin" in site.attributes:
                callee = site.get_DIE_from_attribute("DW_AT_call_origin")
                callee = callee.attributes["DW_AT_name"].value.decode()
                address = site.attributes["DW_AT_call_return_pc"].value
                program.calls.append((function, callee, address))
    program.calls = [call for call in program.calls if call[1] != "is_free"]
    return program


@pytest.mark.parametrize("name", ISAS)
def test_is_the_stack_map_what_the_debugging_information_says(name):
    map = stack_map(name)
    calls = [(*site.name.split(" > "), site.address) for site in map.sites.values()]
    program = Program(name, (HERE / f"{name}-O0.elf").read_bytes(), calls)
    assert from_plain(name, program.plain()) == map


def test_has_every_function_and_global_the_same_address_everywhere():
    """As Popcorn's linker makes it: a pointer to one needs no rule."""
    maps = [stack_map(name) for name in ISAS]
    for one in maps[1:]:
        assert one.globals == maps[0].globals and one.types == maps[0].types
        assert (one.entry, one.point) == (maps[0].entry, maps[0].point)
        assert list(one.sites) == list(maps[0].sites)


@pytest.mark.parametrize("level", OPTIMISED)
def test_is_the_table_of_homes_what_the_optimised_programs_say(level):
    for name in ISAS:
        told = [r for r in tables.rows("homes") if (r["isa"], r["level"]) == (name, level)]
        now = list(moving_data.located(opened(name, level), level))
        key = lambda row: (row["site"], row["name"], row["where"])  # noqa: E731
        assert sorted(now, key=key) == sorted(told, key=key)


@pytest.mark.parametrize("level", OPTIMISED)
def test_do_moves_of_optimised_programs_end_as_the_table_says(level):
    maps = {name: from_plain(name, opened(name, level).plain(), level) for name in ISAS}
    rows = [row for row in tables.rows("attempts") if row["level"] == level]
    assert len(rows) == 12
    for row in rows:
        journey = tour(maps[row["source"]], [(moving_data.AT, maps[row["target"]])])
        assert (journey.outcome, journey.said) == (row["outcome"], row["said"])


def test_what_does_an_optimising_compiler_take_from_a_move():
    found = {(row["isa"], row["level"]): row for row in levels.summary()}
    for (_, level), row in found.items():
        assert row["placed"] + row["unplaced"] == row["values"] and row["tries"] == 3
        if level == "O0":
            assert row["unplaced"] == 0 and row["works"] == 3
        else:
            assert row["works"] < 3
    lost = {
        level: sum(
            row["unplaced"] + row["unnamed"] for (_, at), row in found.items() if at == level
        )
        for level in levels.LEVELS
    }
    assert lost["O0"] < lost["O1"] < lost["O2"]
    assert all(row["works"] == 0 for (_, level), row in found.items() if level == "O2")


def test_does_a_move_that_works_have_every_variable_placed():
    for row in tables.rows("attempts"):
        if row["outcome"] == SAME:
            sides = [row["source"], row["target"]]
            homes = [
                one
                for one in tables.rows("homes")
                if one["level"] == row["level"] and one["isa"] in sides
            ]
            named = [one for one in homes if one["name"] != levels.UNNAMED]
            assert {one["movable"] for one in named} == {"yes"}


def test_do_the_costs_grow_with_the_stack():
    frame = tables.frame("costs")
    assert len(frame) == 12 * len(moving_data.DEPTHS) and (frame.microseconds > 0).all()
    for _, rows in frame.groupby(["source", "target"]):
        for column in ("frames", "values", "bytes_before", "bytes_after"):
            assert rows[column].is_monotonic_increasing and rows[column].nunique() == 4
    one = recorded().moves[0]
    assert (
        move(one.before, "s390x").state.bytes
        > one.before.bytes
        == len(one.before.stack) + (len(one.before.data) + 8 * len(one.before.registers))
    )


def test_are_the_files_small():
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 250_000


def test_does_a_missing_compiler_name_its_package(monkeypatch):
    monkeypatch.setattr(moving_data.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        moving_data.compiled(ISAS["RISC-V"], "O0")
    assert "riscv64-linux-gnu-gcc is missing" in str(stopped.value)
    assert re.search(r"apt install gcc-riscv64-linux-gnu$", str(stopped.value))


def test_is_an_unknown_table_an_error_that_lists_the_known_ones():
    for read in (tables.rows, tables.frame):
        with pytest.raises(UsageError, match=r"'prices'.*'attempts'.*'costs'.*'homes'"):
            read("prices")


LISTING = """
0000000000400000 <start>:
  400004:\tbl\t400400 <deeper>
  400008:\tbl\t400800 <aside>
  40000c:\tret

0000000000400400 <deeper>:
  400400:\tbl\t401400 <migration_point>
  400404:\tret

0000000000400800 <aside>:
  400800:\tret
"""


def test_are_only_calls_kept_under_which_the_program_can_be_stopped():
    kept = [("start", "deeper", 0x400008), ("deeper", "migration_point", 0x400404)]
    assert moving_data.calls(LISTING) == kept
