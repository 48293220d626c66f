"""The tables in data/: every row has a source, and the library's constants are what they say."""

import ast
import csv
import inspect
import math
import tokenize
from io import StringIO

import pytest

from popcorn_lib import Costs, Machine, UsageError, data
from popcorn_lib.graphs import EDGE
from popcorn_lib.worlds import costs as module

TABLES = sorted(path.stem for path in data.FOLDER.glob("*.csv"))


def table(name):
    """Read here, without the library."""
    with open(data.FOLDER / f"{name}.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def one(name, **which):
    """The number of the only row in which these columns have these texts."""
    rows = [row for row in table(name) if which.items() <= row.items()]
    assert len(rows) == 1, rows
    return float(rows[0].get("value") or rows[0]["median"])


def pairs(kind):
    """The median of the near or far pairs of the two-socket Xeon, in seconds."""
    rows = [
        row
        for row in table("core_to_core")
        if "6242" in row["platform"] and row["sockets"] == "2" and kind in row["pair_class"]
    ]
    assert len(rows) == 1, rows
    assert rows[0]["unit"] == "ns"
    return float(rows[0]["median"]) * 1e-9


@pytest.mark.parametrize("name", TABLES)
def test_has_every_row_of_a_table_a_source(name):
    rows = table(name)
    assert rows and all(None not in row and None not in row.values() for row in rows)
    assert [row for row in rows if not row["source"].strip() or not row["locator"].strip()] == []
    assert data.rows(name) == rows
    assert len(data.frame(name)) == len(rows)


def test_does_the_readme_name_every_table_and_no_other():
    readme = (data.FOLDER / "README.md").read_text(encoding="utf-8")
    named = {part for part in readme.split("`") if part.endswith(".csv")}
    assert named == {f"{name}.csv" for name in TABLES}


def test_is_an_unknown_table_an_error_that_lists_the_known_ones():
    for read in (data.rows, data.frame):
        with pytest.raises(UsageError) as caught:
            read("latencies")
        assert all(name in str(caught.value) for name in ["latencies", *TABLES])


def test_is_a_slot_of_the_ring_a_cache_line_between_near_cores():
    assert Costs().chunk_s == pytest.approx(pairs("near"), rel=1e-9)


def test_is_the_default_link_a_cache_line_between_far_cores():
    assert EDGE["latency_s"] == pytest.approx(pairs("far"), rel=1e-9)
    [edge] = Machine.multikernel(2).graph.edges.values()
    assert edge["latency_s"] == EDGE["latency_s"]


def test_does_a_polled_message_take_what_barrelfish_measured():
    cycles = one("messaging", topic="ump_poll", unit="cycles (approx)", value="600")
    costs = Costs()
    total = EDGE["latency_s"] + costs.chunk_s + costs.poll_s
    assert total == pytest.approx(cycles / 2.5e9, rel=1e-3)


def test_is_an_interrupt_the_worst_case_path_of_barrelfish():
    [row] = [row for row in table("messaging") if row["metric"].startswith("worst-case notify")]
    assert Costs().interrupt_s == pytest.approx(float(row["value"]) / 2.5e9)
    assert Costs(notify="interrupt").notice_s == Costs().interrupt_s
    assert Costs(notify="poll").notice_s == Costs().poll_s


def test_is_a_call_the_cheapest_null_call_of_lmbench():
    values = [r for r in table("linux_primitives") if r["primitive"] == "null_syscall"]
    assert {row["unit"] for row in values} == {"us"}
    assert Costs().call_s == pytest.approx(min(float(row["value"]) for row in values) * 1e-6)


def test_stands_a_comment_with_a_source_above_every_cost():
    """A constant's source is a comment above it; the next constant may share it."""
    source = inspect.getsource(module)
    names = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    fields = {n.lineno: n.target.id for n in names[0].body if isinstance(n, ast.AnnAssign)}
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    said = {}
    for line, name in fields.items():
        above = line - 1
        while above in fields:
            above -= 1
        text = comments.get(line, "")
        while above in comments:
            text = comments[above] + text
            above -= 1
        said[name] = text
    assert set(said) == set(Costs.__dataclass_fields__)
    assert [name for name, text in said.items() if not text] == []
    named = [name for name in TABLES if any(f"data/{name}.csv" in text for text in said.values())]
    assert named == ["core_to_core", "linux_primitives", "messaging", "unmap"]


def test_are_the_opteron_links_two_hops_of_the_multikernel_paper():
    """The latency is what is left of 618 cycles at 2 GHz after what the model adds by itself."""
    machine = Machine.preset("8x4-core-opteron")
    cycles = one("messaging", topic="urpc_cross_core", metric="message latency, two-hop")
    costs = Costs()
    for edge in machine.graph.edges.values():
        total = edge["latency_s"] + costs.chunk_s + costs.poll_s
        assert total == pytest.approx(cycles / 2.0e9, rel=0.01)
    assert len(machine.kernels) == 8
    assert {node["cores"] for node in machine.graph.nodes.values()} == {4}


def test_are_the_xeon_and_phi_what_the_partitioner_assumes():
    machine = Machine.preset("xeon+phi")
    [edge] = machine.graph.edges.values()
    fault = one("migration", metric="remote page fault (cost-model constant)")
    assert edge["latency_s"] == pytest.approx(fault * 1e-6 / 2)
    assert [n["isa"] for n in machine.graph.nodes.values()] == ["x86-64", "k1om"]


def test_is_the_two_socket_xeon_made_of_the_same_far_pairs():
    [edge] = Machine.preset("2-socket-xeon").graph.edges.values()
    assert math.isclose(edge["latency_s"], pairs("far"))
