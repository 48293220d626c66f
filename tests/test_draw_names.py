"""Do the boards of namespaces, ports and connections say what the kernels' tables say?"""

from itertools import pairwise, product

import pytest
from draw_traces import busy, data_of, main, traced
from name_programs import HERE, alone, boxes, breaks_off, outside, run, same_port, talks, unwaited

from popcorn_lib import Faults, Machine
from popcorn_lib.draw import byte_streams, namespace_tree, port_table, spacetime, stepper
from popcorn_lib.draw.boards import BOARDS
from popcorn_lib.draw.story import Story, thread_name
from popcorn_lib.draw.words import happened
from popcorn_lib.predicates import states

NAMESPACES, PORTS, STREAMS = (BOARDS[name] for name in ("namespaces", "ports", "streams"))
PICTURES = {"namespaces": namespace_tree, "ports": port_table, "streams": byte_streams}


def words_of(board, story):
    return [board.words(story, event.index) for event in story.events]


def test_does_a_long_title_widen_a_picture_of_few_columns():
    trace = run(unwaited, seed=0).trace
    short, long = (namespace_tree(trace, title="name " * count) for count in (1, 40))
    assert long.width > 1400 > short.width  # 200 letters, of 7 pixels and more


# ---- namespaces ----------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [boxes, unwaited])
@pytest.mark.parametrize("seed", range(3))
def test_are_the_rows_what_init_knows_of_namespaces(program, seed):
    story, seen = run(program, seed=seed), 0
    for event, views in states(story.trace):
        init, tree = views["k0"].namespaces, views["k0"].threads.tree
        rows = dict(NAMESPACES.rows(story, event.index))
        if not init.members and not init.pids:
            assert rows == {}
            continue
        for number, space in init.pids.items():
            assert rows[f"PID namespace {number}"][0][1].startswith(f"in {space.parent}")
            for pid, inside in space.numbers.items():
                assert f"{inside} in {number}" in rows[thread_name(pid)][0][1].split(", ")
        living = {pid for pid, process in tree.items() if process.status is None}
        for pid in living | set(init.members):
            spaces = init.first_of(pid)
            _, (_, uts), (_, ipc), (_, net) = rows[thread_name(pid)]
            assert (uts.split(":")[0], ipc, net) == tuple(map(str, spaces[:3]))
            kind, text = rows[thread_name(pid)][0]
            assert (kind == "init") == any(space.init == pid for space in init.pids.values())
            goes = spaces.children if spaces.children != spaces.pid else None
            assert text.endswith(f"children into {goes}") == (goes is not None)
            if spaces.uts:
                assert uts == f"{spaces.uts}: {init.uts[spaces.uts].names.nodename}"
            seen += 1
    assert seen > 50


def test_stand_the_rows_in_the_order_of_the_tree():
    story = run(boxes)
    heads = max((dict(NAMESPACES.rows(story, e.index)) for e in story.events), key=len)
    order = [head for head in heads if head.startswith("PID")]
    assert order == ["PID namespace 0", "PID namespace 1", "PID namespace 2"]
    below = {b: a for a, b in pairwise(heads) if a.startswith("PID")}
    assert [heads[head][0][1] for head in below][1:] == [
        f"1 in 1, {list(below)[1]} in 0",
        f"1 in 2, 2 in 1, {list(below)[2]} in 0",
    ]


def test_has_a_thread_apart_from_its_process_a_row_on_either_kernel():
    story = run(boxes)
    found = set()
    for event, views in states(story.trace):
        rows = dict(NAMESPACES.rows(story, event.index))
        for name, view in views.items():
            for tid, spaces in view.namespaces.spaces.items():
                task = view.threads.tasks.get(tid)
                if task and task.status == "active" and task.pid != tid and spaces.net:
                    assert rows[thread_name(tid)][3] == ("own", str(spaces.net))
                    assert "thread of " in rows[thread_name(tid)][0][1]
                    found.add(name)
    assert found == {"k0", "k1"}


def test_say_the_words_who_is_apart_and_that_an_init_has_ended():
    said = " ".join(words_of(NAMESPACES, run(boxes)))
    assert "1 in 1, k0:3 in 0" in said and "UTS 1: web" in said and "network 1" in said
    assert set(words_of(NAMESPACES, run(alone))) == {
        "All processes are in the first namespace of each kind."
    }
    story = run(unwaited)
    for event in story.events:
        heads = [head for head, _ in NAMESPACES.rows(story, event.index)]
        if "k1:2" in heads:
            assert heads == ["PID namespace 0", "k0:2", "PID namespace 1", "k0:3", "k1:2"]
    rows = [row for e in story.events for row in NAMESPACES.rows(story, e.index)]
    assert any(cells[0][0] == "over" for head, cells in rows)
    assert any(cells[0][0] == "taken" for head, cells in rows)


# ---- ports ---------------------------------------------------------------------------------------


def holders_by_tables(views):
    """{row: {kernel: what a cell must say}} by ports and files alone."""
    found = {}
    for keeper, view in views.items():
        for (net, protocol, port), bindings in view.sockets.ports.items():
            for ref, host, _, listening in bindings:
                head = f"{protocol} {host}:{port}" + (f" in network {net}" if net else "")
                row = found.setdefault(head, {})
                row.setdefault(keeper, set()).add("decides")
                for name, other in views.items():
                    if ref in other.sockets.files:
                        word = "listens" if listening else "bound"
                        row.setdefault(name, set()).add(f"{ref} {word}")
    return found


@pytest.mark.parametrize("program", [talks, same_port, breaks_off])
def test_is_what_stands_at_a_port_what_its_kernel_and_the_files_say(program):
    story, seen = run(program), 0
    for event, views in states(story.trace):
        rows, right = dict(PORTS.rows(story, event.index)), holders_by_tables(views)
        assert set(rows) == set(right)
        for head, cells in rows.items():
            for name, (kind, text) in zip(story.kernels, cells, strict=True):
                told = right[head].get(name, ())
                moves = "is coming" in text
                assert bool(text) == bool(told) or moves
                for word in told:
                    ref, _, does = word.rpartition(" ")
                    assert does in text and ref in text, (event.index, head, word)
                assert moves or ("listens" in text) == any("listens" in w for w in told)
                seen += bool(kind)
    assert seen > 5


def test_are_the_same_port_in_two_networks_two_rows():
    story = run(same_port)
    last = max((dict(PORTS.rows(story, e.index)) for e in story.events), key=len)
    assert list(last) == [f"udp {HERE}:53", f"tcp {HERE}:80", f"tcp {HERE}:80 in network 1"]
    assert all("of k0:2 is bound" in cells[0][1] for cells in last.values())


def test_say_the_words_who_listens_and_who_moves():
    said = " ".join(words_of(PORTS, run(talks)))
    assert f"tcp {HERE}:80: on k0: k0/file 1 of k0:2 listens, decides about it" in said
    assert "k1/file 1 of k0:2 is coming" in said
    assert "1 connection to accept" in " ".join(words_of(PORTS, run(breaks_off)))
    assert words_of(PORTS, run(talks))[0] == "Nobody holds a port."


# ---- connections ---------------------------------------------------------------------------------


def judge_end(file, cells):
    """Whether what is said of an end is what its positions and queues are."""
    _, (_, sent), (_, acknowledged), (_, unread), (kind, _) = cells
    assert unread.split(" ")[0] == str(len(file.unread))
    if kind == "reset":
        return acknowledged == ""
    in_flight = file.snd_nxt - file.snd_una - (file.fin_sent and file.snd_una <= file.fin)
    if kind == "opening":
        return (sent, acknowledged, file.state[:3]) == ("0", "0", "syn")
    assert int(sent) - int(acknowledged) == in_flight
    mute, eof = file.fin is not None, file.eof
    right = {(0, 0): "open", (1, 0): "mute", (0, 1): "eof", (1, 1): "closed"}
    return kind == right[mute, eof]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda seed: run(talks, seed=seed), {"opening", "mute", "eof", "moves", "steers"}),
        (outside, {"opening", "eof", "moves", "steers"}),
        (lambda seed: run(breaks_off, seed=seed), {"reset"}),
    ],
    ids=["moving", "outside", "broken off"],
)
def test_is_what_is_said_of_an_end_what_the_tables_say(make, expected, seed):
    story, kinds = make(seed), set()
    for event, views in states(story.trace):
        rows = dict(STREAMS.rows(story, event.index))
        held = 0
        for name, view in views.items():
            for file in view.sockets.files.values():
                if getattr(file, "remote", None) and hasattr(file, "snd_una"):
                    head = " → ".join(f"{h}:{p}" for h, p in (file.local, file.remote))
                    assert rows[head][0][1].startswith(name)
                    assert (rows[head][0][0] == "has") == file.settled
                    assert judge_end(file, rows[head]), (event.index, head, rows[head])
                    held += 1
        moving = [cells for cells in rows.values() if cells[0][0] == "moves"]
        assert held + len(moving) == len(rows)
        for cells in moving:
            old, new = cells[0][1].split(" → ")
            assert any(leaving.to == new for leaving in views[old].sockets.leaving.values())
        kinds |= {kind for cells in rows.values() for kind, _ in cells}
    assert kinds >= {"has", "open", "bytes", "unread", "unacknowledged"} | expected


def test_do_both_ends_count_every_byte_whatever_moves():
    story, ends = run(talks), {}
    for event in story.events:
        for head, cells in STREAMS.rows(story, event.index):
            was = ends.get(head, 0)
            assert int(cells[1][1]) >= was  # no byte is lost from the count in a hand-over
            ends[head] = int(cells[1][1])
    assert sorted(ends.values()) == [6, 12_000]


def test_are_a_hand_over_and_each_half_close_told():
    said, reset = words_of(STREAMS, run(talks)), words_of(STREAMS, run(breaks_off))
    for word in ("on k1 → k0", "hand-over not settled", "syn sent", "only receives",
                 "only sends"):  # fmt: skip
        assert any(word in words for words in said), word
    assert any("broken off" in words for words in reset)
    assert said[0] == "There is no connection."


def test_are_bytes_unread_until_they_are_read():
    story = run(talks)
    unread = [int(cells[3][1]) for e in story.events for _, cells in STREAMS.rows(story, e.index)]
    assert max(unread) >= 4096 and unread[-1] == 0


# ---- form, size, and what is not there -----------------------------------------------------------


@pytest.mark.parametrize(("name", "program"), [("namespaces", boxes), ("ports", talks),
                                               ("streams", talks)])  # fmt: skip
def test_does_the_picture_hold_every_cell_in_words_and_every_cell_a_kind(name, program):
    story, board = run(program), BOARDS[name]
    assert board.used(story)
    for event in story.events:
        described = PICTURES[name](story, at=event.index).description
        for head, cells in board.rows(story, event.index):
            assert len(cells) == len(board.columns(story))
            assert head in described and all(text in described for _, text in cells)
            assert all(kind in board.kinds if text else kind == "" for kind, text in cells)
    with pytest.raises(ValueError, match="-1"):
        PICTURES[name](story, at=-1)


def test_is_a_dead_kernel_marked_on_each_board():
    marked = {name: 0 for name in ("namespaces", "ports", "streams")}
    for seed, program in product(range(1, 13), (boxes, talks)):
        options = {"faults": Faults(crash=1), "max_seconds": 1e-2, "seed": seed}
        story = Story(traced(program, machine=Machine.multikernel(2), **options))
        for name in marked if story.dead else ():
            for _, cells in BOARDS[name].rows(story, story.last):
                dead = is_dead(name, story, cells)
                assert [kind for kind, text in dead if text and kind != "dead"] == []
                marked[name] += len(dead)
    assert all(marked.values()), marked


def is_dead(name, story, cells):
    """The cells that are about what a dead kernel has."""
    if name == "ports":
        return [cell for at, cell in zip(story.kernels, cells, strict=True) if at in story.dead]
    return cells if "k0" in story.dead and name == "namespaces" else [
        cell for cell in cells[:1] if name == "streams" and cell[1] in story.dead
    ]  # fmt: skip


@pytest.mark.parametrize("program", [busy, main])
def test_does_a_stepper_not_grow_where_nobody_has_names_or_sockets(program, monkeypatch):
    trace = traced(program)
    names = ("namespaces", "ports", "streams")
    assert not any(BOARDS[name].used(Story(trace)) for name in names)
    size = len(stepper(trace)._repr_html_())
    fewer = {name: board for name, board in BOARDS.items() if name not in names}
    monkeypatch.setattr("popcorn_lib.draw.boards.BOARDS", fewer)
    assert len(stepper(trace)._repr_html_()) == size


def test_has_the_stepper_the_boards_that_a_trace_touches():
    assert [b.name for b in stepper(run(boxes).trace).boards][-1] == "namespaces"
    shown = stepper(run(talks).trace, board="streams")
    assert [b["title"] for b in data_of(shown)["boards"]][-2:] == ["ports", "connections"]


# ---- packets from outside ------------------------------------------------------------------------


def test_is_a_packet_from_outside_told_drawn_and_not_folded_away():
    story = outside()
    packets = [event for event in story.events if event.cause == "wire"]
    assert packets
    for event in packets:
        words = happened(story, event.index)
        assert "gets a SEGMENT packet from a host outside the machine" in words
    assert ">packet<" in spacetime(story).svg
    assert ">packet<" not in spacetime(run(talks)).svg
    folded = stepper(story.trace, fold=True).shown.rows
    assert {(event.index,) for event in packets} <= set(folded)
