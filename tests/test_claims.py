"""Is the table of claims what the model says, with a source for every row and no row hidden?"""

from pathlib import Path

import pytest

from popcorn_lib import Costs, Machine, UsageError, data, simulate
from popcorn_lib.claims import CLAIMS, Claim, ours, outside, page, pages, programs, spaces, table
from popcorn_lib.claims.compare import DIRECTION, NO, SIZE, agreement
from popcorn_lib.claims.rows import OUTSIDE, PUBLISHED, SAME
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


def test_can_a_direction_without_a_number_agree_in_no_more_than_that():
    assert agreement(claim(None, above=1), 4) == DIRECTION
    assert agreement(claim(None, above=1), 0.5) == NO


# ---- the page ------------------------------------------------------------------------------------


def test_is_the_page_what_the_code_makes():
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith(pages.claimed()), "make claims"
    assert pages.how_sure("migration") in text, "make claims"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_is_all_of_the_page_what_the_code_makes():
    assert PAGE.read_text(encoding="utf-8") == page(), "make claims"


def test_is_every_published_row_spoken_of_or_said_to_be_outside():
    headlines = {row["id"] for row in data.rows("headline_claims")}
    spoken = {one.id for one in CLAIMS}
    assert set(SAME) <= headlines and set(SAME.values()) <= spoken
    assert spoken | set(SAME) | set(OUTSIDE) == headlines | set(PUBLISHED)
    assert not (spoken | set(SAME)) & set(OUTSIDE)
    assert len(outside()) == len(OUTSIDE)
    assert all(why.strip() for why in OUTSIDE.values())


def test_is_every_behaviour_of_rows_that_there_are_and_every_row_of_one():
    told = [one for _, ids in pages.BEHAVIOURS for one in ids.split()]
    known = {one.id for one in CLAIMS} | set(OUTSIDE)
    assert set(told) <= known and len(told) == len(set(told))
    assert {one.id for one in CLAIMS} <= set(told)


def test_does_every_row_name_a_source_a_platform_and_why_it_may_differ():
    rows = table()
    assert len(rows) == len(CLAIMS) and rows.id.is_unique
    assert rows.source.str.strip().all()
    assert all(Costs.preset(platform) for platform in rows.platform)
    assert rows[rows.agrees != SIZE].why.str.strip().all()


# ---- what was published --------------------------------------------------------------------------


def published(one):
    return float(PUBLISHED[one]["value"])


def test_are_the_shares_of_the_shared_counter_those_of_its_table():
    counter = {
        (row["cpus"], row["counter"]): float(row["value"]) for row in data.rows("shared_counter")
    }
    for one, cpus in (("B2b", "32"), ("B2c", "144")):
        assert published(one) == pytest.approx(
            counter[cpus, "shared"] / counter[cpus, "none"], rel=1e-4
        )


def test_are_the_unmaps_those_of_their_table():
    unmap = {(r["system"], r["cores"]): float(r["value"]) for r in data.rows("unmap")}
    for one, key in (("B3c", ("Linux", "2")), ("B3d", ("Linux", "32")),
                     ("B3e", ("Barrelfish", "2")), ("B3f", ("Barrelfish", "32"))):  # fmt: skip
        assert published(one) == unmap[key]
    readings = [float(row["value"]) for row in data.rows("unmap") if row["unit"] == "cores"]
    assert published("B3g") == sum(readings) / len(readings)


def test_are_the_headlines_those_of_their_table():
    headline = {row["id"]: float(row["value"]) for row in data.rows("headline_claims")}
    assert published("B3b") == pytest.approx(1 - headline["H31"] / 100)
    assert published("B6") == headline["H35-Jacobi"]
    assert published("H11") == headline["H11"]
    assert published("H19") == pytest.approx(1 - headline["H19"] / 100)


def test_are_moves_and_messages_those_of_their_tables():
    moves = {row["metric"]: float(row["value"]) for row in data.rows("migration")}
    assert published("C1") == moves["thread migration (cost-model constant)"]
    assert published("C2") == moves["remote page fault (cost-model constant)"]
    assert published("C3") == moves["added migration time, low"]
    messages = {row["value"]: row["metric"] for row in data.rows("messaging")}
    assert messages["618"] == "message latency, two-hop" and published("B1d") == 618
    assert messages["4000"].startswith("worst-case notify path") and published("B1e") == 4000
    assert messages["4"].startswith("common-case RPC speed-up") and published("B11") == 4


def test_is_no_constant_of_a_held_out_row_taken_from_its_own_source():
    """The unmap curve is figure 7; the Opteron's constants are of section 5.1, tables 1 to 3."""
    assert not any("igure" in row["source"] for row in data.rows("costs"))
    sources = {row["source"] for row in data.rows("costs")}
    papers = ("LATR", "LKML", "Multicore Locks", "David", "DeVuyst", "Keleher", "HetProbe")
    assert not [one for one in sources for paper in papers if paper in one]
    known = ["B1d", "B1e", "B4c", "C1", "C2", "C3"]
    assert [one.id for one in CLAIMS if not one.held_out] == known


def test_is_an_unknown_claim_told_the_known_ones():
    with pytest.raises(UsageError, match="unknown claim 'H99'; known: 'B1'"):
        table(["H99"])


# ---- ours ----------------------------------------------------------------------------------------


def test_are_the_figures_of_the_last_column_those_of_the_model():
    why = {one.id: one.why for one in CLAIMS}
    assert f"a fetch alone is {ours.fetch_us(ours.INFINIBAND):.0f} us" in why["B5b"]
    costs, cycle = Costs.preset(ours.OPTERON), 1 / ours.clock(ours.OPTERON)
    assert f"{costs.switch_s / cycle:,.0f} of these cycles" in why["B3e"]
    idle = spaces.unmap_on("many", 2, Costs.preset(ours.OPTERON, switch_s=0))
    assert spaces.unmap_on("many", 2, costs) - idle == pytest.approx(costs.switch_s)


def test_does_a_visit_save_pages_and_come_back():
    machine = Machine.multikernel(2)
    for moves, kind, count in ((False, "REMOTE_PAGE_RESPONSE", 40), (True, "BACK_MIGRATION", 2)):
        run = simulate(programs.visits, machine, (2, machine.kernels, 20, moves))
        assert (run.messages.kind == kind).sum() >= count
    assert (run.messages.kind == "REMOTE_PAGE_RESPONSE").sum() == 0


def test_do_two_machines_lose_below_the_break_even_and_win_above_it():
    machine, costs = Machine.preset(ours.INFINIBAND), Costs.preset(ours.INFINIBAND)
    places = ("k0",) * 16 + ("k1",) * 96
    for us, wins in ((10, False), (100, True)):
        both = ours.per_operation(
            programs.pages_and_work, machine, costs, places, us * 2100, times=2
        )
        assert (both < us * 1e-6 * 112 / 16) == wins


# ---- how sure ------------------------------------------------------------------------------------


def test_does_a_move_pay_only_above_some_work_and_later_if_it_costs_more():
    usual, dear = turns_at("migration"), turns_at("migration", move_s=1e-3)
    assert usual.holds and usual.below < usual.above < dear.above


def test_on_which_constant_does_the_break_even_of_a_migration_hang_most():
    hung = hangs_on("migration")
    assert hung.constant[0] == "move_s"
    assert (hung.swing.diff().dropna() <= 0).all()
    assert hung.set_index("constant").swing["frame_s"] == 1, "no signal, no difference"


def test_is_what_hangs_on_takes_over_what_a_search_would_find():
    for row in hangs_on("migration", ["handler_s", "fault_s"]).itertuples():
        for end, at in ((row.low, row.at_low), (row.high, row.at_high)):
            assert at == turns_at("migration", **{row.constant: end}).above


def test_does_the_crossing_of_unmaps_come_sooner_if_interrupts_cost_more():
    it = CONCLUSIONS["unmap"]
    cheap, dear = (Costs.preset(it.platform, ipi_s=ipi) for ipi in (2.5e-7, 5e-7))
    assert it.holds(14, dear) and not it.holds(14, cheap)


@pytest.mark.parametrize("wrong", [("weather", None), ("unmap", ["cal_s"])])
def test_is_an_unknown_conclusion_or_constant_told_the_known_ones(wrong):
    with pytest.raises(UsageError, match="known"):
        hangs_on(*wrong)
    assert set(CONCLUSIONS) == {"unmap", "mmap storm", "migration"}
