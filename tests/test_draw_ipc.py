"""Does the board of System V IPC say what the kernels' tables say?"""

import ipc_scenarios
import pytest
from draw_traces import busy, data_of, main, traced

from popcorn_lib import (
    CLONE_NEWIPC,
    IPC_CREAT,
    IPC_PRIVATE,
    IPC_RMID,
    Faults,
    Machine,
    explorers,
    simulate,
)
from popcorn_lib.draw import ipc_objects, stepper
from popcorn_lib.draw.boards import BOARDS
from popcorn_lib.draw.boards.ipc import UNDERWAY
from popcorn_lib.draw.story import Story, thread_name
from popcorn_lib.mechanisms.memory.areas import segment_object
from popcorn_lib.predicates import states

IPC = BOARDS["ipc"]
MANY = ["keys", "types", "full", "removed_while_waiting", "cut_short", "operations", "values",
        "undo_wakes", "shared_bytes", "where_attached"]  # fmt: skip
WAITING = {"full", "removed_while_waiting", "cut_short", "undo_wakes"}
NAMES = {"queues": "queue", "sets": "semaphores", "segments": "segment"}


def story_of(name, seed=0):
    program = getattr(ipc_scenarios, name)
    return Story(simulate(program, Machine.multikernel(3), ("k1", "k2"), seed).trace)


def rows_of(story):
    return [dict(IPC.rows(story, event.index)) for event in story.events]


# ---- the tables ----------------------------------------------------------------------------------


def objects_by_tables(views):
    """{head: (key, kernel, object, who holds its memory)} by the kernels' tables alone."""
    found = {}
    for kernel, view in views.items():
        for table, name in NAMES.items():
            for (space, number), item in getattr(view.ipc, table).items():
                head = f"{name} {number}" + (f" in namespace {space}" if space else "")
                pids = view.memory.objects.get(segment_object(number), {})
                found[head] = item.perm.key, kernel, item, {pid for pid in pids if pid}
    return found


def judge(item, holds, pids):
    """Whether what is said of an object's content is what is in it."""
    kind, text = holds
    if hasattr(item, "messages"):
        sizes = [f"({len(data)} B)" for _, data in item.messages]
        return text.count("type ") == len(sizes) and all(size in text for size in sizes)
    if hasattr(item, "values"):
        assert all(f"{thread_name(pid)} would undo" in text for pid in item.undo)
        return text.startswith(", ".join(map(str, item.values))) and (
            kind == "bare"
        ) != any(item.values)  # fmt: skip
    return text.startswith(f"{item.size} byte") and all(thread_name(pid) in text for pid in pids)


@pytest.mark.parametrize("name", MANY)
def test_are_the_rows_the_objects_that_the_kernels_keep(name):
    story, seen = story_of(name), 0
    for event, views in states(story.trace):
        rows, right = dict(IPC.rows(story, event.index)), objects_by_tables(views)
        assert {head for head in rows if head != UNDERWAY} == set(right)
        for head, (key, kernel, item, pids) in right.items():
            (kind, said), keeper, holds, (_, line) = rows[head]
            assert keeper == ("keeper", kernel) and judge(item, holds, pids), (event.index, head)
            assert (kind, said) == ("key", str(key)) if key else kind in ("private", "removed")
            order = [thread_name(waiter.asker.tid) for waiter in item.waiting]
            assert [part.split(" on ")[0] for part in line.split(", ") if " on " in part] == order
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("name", MANY)
def test_has_every_thread_in_a_call_one_place_in_line_or_on_the_way(name):
    story, lines, ways = story_of(name), 0, 0
    for event, views in states(story.trace):
        told = " ".join(cells[3][1] for _, cells in IPC.rows(story, event.index))
        for kernel, view in views.items():
            for tid in view.ipc.waits:
                assert told.count(f"{thread_name(tid)} on {kernel} (") == 1, (event.index, told)
        rows = dict(IPC.rows(story, event.index))
        ways += UNDERWAY in rows
        lines += any(cells[3][0] == "in line" for cells in rows.values())
    assert ways and bool(lines) == (name in WAITING)


def test_is_it_said_of_a_segment_that_it_waits_for_those_who_have_it():
    rows = [cells for found in rows_of(story_of("shared_bytes")) for cells in found.values()]
    removed = [cells for cells in rows if cells[0] == ("removed", "not any more")]
    assert removed and all(", of k" in cells[2][1] for cells in removed)


def two_namespaces(sys):
    """The same key in two namespaces is two objects."""
    numbers = [(yield sys.msgget(7, IPC_CREAT))]
    numbers.append((yield sys.msgget(IPC_PRIVATE, IPC_CREAT)))
    yield sys.msgctl(numbers.pop(), IPC_RMID)
    yield sys.unshare(CLONE_NEWIPC)
    yield sys.msgget(7, IPC_CREAT)
    yield sys.nanosleep(1e-4)


def test_is_one_key_in_two_namespaces_two_rows_and_no_defect():
    story = Story(simulate(two_namespaces, Machine.multikernel(2)).trace)
    last = rows_of(story)[-2]  # after the last event there is no namespace any more
    assert list(last) == ["queue 0", "queue 1 in namespace 1"]
    assert {cells[0] for cells in last.values()} == {("key", "7")}
    assert ("private", "none") in [cells[0] for found in rows_of(story) for cells in found.values()]


# ---- what cannot be, and who is dead -------------------------------------------------------------


def test_is_a_key_that_two_kernels_have_made_marked_on_both():
    settings = {"asks": "all at once", "variant": "defect: two kernels create one key"}
    explorer = explorers.ipc()
    story = Story(explorer.outcome(explorer.chosen(settings)).trace)
    wrong = [found for found in rows_of(story)
             if "twice" in [cells[0][0] for cells in found.values()]]  # fmt: skip
    keepers = {cells[1][1] for cells in wrong[-1].values() if cells[0] == ("twice", "7")}
    assert keepers == {"k0", "k1"}
    asking = [found[UNDERWAY][3][1] for found in rows_of(story) if UNDERWAY in found]
    assert any("(msgget at k1)" in text and "(msgget at k0)" in text for text in asking)


def test_is_an_object_on_a_dead_kernel_marked():
    marked = 0
    for seed in range(8):
        options = {"faults": Faults(crash=1), "max_seconds": 1e-2, "seed": seed}
        given = explorers.ipc().program, ("k1", "k0"), "queue", "main first"
        story = Story(traced(*given, machine=Machine.multikernel(2), **options))
        for _, cells in IPC.rows(story, story.last) if "k0" in story.dead else ():
            marked += cells[1] == ("dead", "k0")
    assert marked


# ---- words, and form -----------------------------------------------------------------------------


def test_say_the_words_what_is_there_and_who_waits():
    explorer = explorers.ipc(kind="semaphore")
    story = Story(explorer.run().trace)
    said = [IPC.words(story, event.index) for event in story.events]
    assert said[0] == said[-1] == "There is no object, and nobody asks for one."
    assert "semaphores 0 on k0, key 7: 0; waiting: nobody." in said
    assert any("waiting: k0:4 on k0 (semaphore 0 by -1), k0:3 on k1" in words for words in said)
    assert any("0, k0:2 would undo +1" in words for words in said)


@pytest.mark.parametrize("name", ["full", "undo_wakes", "shared_bytes"])
def test_does_the_picture_hold_every_cell_in_words_and_every_cell_its_kind(name):
    story = story_of(name)
    assert IPC.used(story)
    for event in story.events[::3]:
        described = ipc_objects(story, at=event.index).description
        for head, cells in IPC.rows(story, event.index):
            assert len(cells) == len(IPC.columns(story)) and head in described
            assert all(text in described for _, text in cells)
            assert all(kind in IPC.kinds if text else kind == "" for kind, text in cells)
    with pytest.raises(ValueError, match="-1"):
        ipc_objects(story, at=-1)


def test_has_the_stepper_the_board_only_where_there_are_objects():
    assert "ipc" not in [board.name for board in stepper(traced(busy)).boards]
    assert "ipc" not in [board.name for board in stepper(traced(main)).boards]
    shown = stepper(story_of("keys").trace, board="ipc")
    assert IPC.title in [board["title"] for board in data_of(shown)["boards"]]
