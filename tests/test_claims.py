"""Is the table of claims what the model says, with a source for every row and no row hidden?"""

from pathlib import Path

import pytest

from popcorn_lib import Costs, UsageError, data
from popcorn_lib.claims import CLAIMS, Claim, outside, page, table
from popcorn_lib.claims.compare import DIRECTION, NO, SIZE, agreement
from popcorn_lib.claims.rows import LITL, OUTSIDE
from popcorn_lib.claims.uncertainty import CONCLUSIONS, hangs_on, turns_at

PAGE = Path(__file__).resolve().parent.parent / "docs" / "claims.md"


def claim(published, unit="times", above=None):
    return Claim("X", "it is so", published, unit, "", None, (), "default", True, "", above)


@pytest.mark.parametrize(
    ("published", "unit", "ours", "agrees"),
    [
        (8, "times", 64, SIZE),
        (8, "times", 65, DIRECTION),
        (8, "times", 0.9, NO),
        (1.7, "times", 1.1, DIRECTION),
        (0.25, "times", 0.5, SIZE),
        (0.25, "times", 1.01, NO),
        (100, "us", 51, SIZE),
        (100, "us", 201, NO),
    ],
)
def test_does_a_number_agree_in_size_in_direction_or_not(published, unit, ours, agrees):
    assert agreement(claim(published, unit), ours) == agrees


def test_is_a_direction_without_a_number_right_or_wrong():
    assert agreement(claim(None, above=1), 4) == SIZE
    assert agreement(claim(None, above=1), 0.5) == NO


def test_is_the_page_what_the_code_makes():
    assert PAGE.read_text(encoding="utf-8") == page(), "make claims"


def test_is_every_headline_claim_spoken_of_or_said_to_be_outside():
    known = {row["id"] for row in data.rows("headline_claims")}
    spoken = {one.id for one in CLAIMS} & known
    assert spoken | set(OUTSIDE) == known and not spoken & set(OUTSIDE)
    assert len(outside()) == len(OUTSIDE)
    assert all(why.strip() for why in OUTSIDE.values())


def test_does_every_row_name_a_source_a_platform_and_why_it_may_differ():
    rows = table()
    assert len(rows) == len(CLAIMS) and rows.id.is_unique
    assert rows.source.str.strip().all()
    assert all(Costs.preset(platform) for platform in rows.platform)
    apart = rows[rows.agrees != SIZE]
    assert apart.why.str.strip().all() and len(apart) < len(rows) / 2


def test_are_the_published_figures_those_of_the_tables():
    rows = table().set_index("id")
    counter = {
        (row["cpus"], row["counter"]): float(row["value"]) for row in data.rows("shared_counter")
    }
    for one, cpus in (("B2b", "32"), ("B2c", "144")):
        share = counter[cpus, "shared"] / counter[cpus, "none"]
        assert rows.published[one] == pytest.approx(share)
    unmap = {(r["system"], r["cores"]): float(r["value"]) for r in data.rows("unmap")}
    for one, key in (("B3c", ("Linux", "2")), ("B3d", ("Linux", "32")),
                     ("B3e", ("Barrelfish", "2")), ("B3f", ("Barrelfish", "32"))):  # fmt: skip
        assert rows.published[one] == unmap[key]
    headline = {row["id"]: float(row["value"]) for row in data.rows("headline_claims")}
    assert rows.published["B3b"] == pytest.approx(1 - headline["H31"] / 100)
    assert rows.published["B6"] == headline["H35-Jacobi"]
    assert rows.published["H11"] == headline["H11"]
    assert rows.published["H19"] == pytest.approx(1 - headline["H19"] / 100)
    moves = {row["metric"]: float(row["value"]) for row in data.rows("migration")}
    assert rows.published["C1"] == moves["thread migration (cost-model constant)"]
    assert rows.published["C2"] == moves["remote page fault (cost-model constant)"]
    assert rows.source["B2a"] == LITL


def test_is_no_constant_of_a_held_out_row_taken_from_its_own_source():
    """The unmap curve is figure 7; the Opteron's constants are of section 5.1, tables 1 to 3."""
    assert not any("igure" in row["source"] for row in data.rows("costs"))
    assert [one.id for one in CLAIMS if not one.held_out] == ["C1", "C2"]


def test_is_an_unknown_claim_told_the_known_ones():
    with pytest.raises(UsageError, match="unknown claim 'H99'; known: 'B1'"):
        table(["H99"])


# ---- how sure ------------------------------------------------------------------------------------


def test_does_a_move_pay_only_above_some_work_and_later_if_it_costs_more():
    usual, dear = turns_at("migration"), turns_at("migration", move_s=1e-3)
    assert usual.holds and usual.below < usual.above < dear.above


def test_on_which_constant_does_the_break_even_of_a_migration_hang_most():
    hung = hangs_on("migration")
    assert hung.constant[0] == "move_s"
    assert (hung.swing.diff().dropna() <= 0).all()
    assert hung.set_index("constant").swing["frame_s"] == 1, "no signal, no difference"


def test_does_the_crossing_of_unmaps_come_sooner_if_interrupts_cost_more():
    [row] = hangs_on("unmap", ["ipi_s"]).itertuples()
    assert row.at_low > row.at_value > row.at_high


@pytest.mark.parametrize("wrong", [("weather", None), ("unmap", ["cal_s"])])
def test_is_an_unknown_conclusion_or_constant_told_the_known_ones(wrong):
    with pytest.raises(UsageError, match="known"):
        hangs_on(*wrong)
    assert set(CONCLUSIONS) == {"unmap", "mmap storm", "migration"}
