"""Do the boards say what the kernels' tables say after every event, and do pictures show it?"""

import random
import re
import time
from itertools import groupby, pairwise
from xml.etree import ElementTree

import memory_random
import networkx
import pytest
from draw_traces import RACING, by_hand
from programs import random_tree, tree_program
from test_memory_random import life, society

from popcorn_lib import Faults, Machine, explore, simulate
from popcorn_lib.draw import (
    futex_queues,
    page_history,
    page_table,
    palette,
    shadow_chain,
    stepper,
)
from popcorn_lib.draw.boards import BOARDS, KINDS
from popcorn_lib.draw.boards.futex import BETWEEN
from popcorn_lib.draw.boards.page_history import THICK
from popcorn_lib.draw.boards.shadow_chain import chain
from popcorn_lib.draw.story import Story
from popcorn_lib.errors import Stopped
from popcorn_lib.lessons.l03_moving_a_thread import tour
from popcorn_lib.lessons.l05_programs import relay
from popcorn_lib.lessons.l05_waiting_for_each_other import waiter, waker
from popcorn_lib.mechanisms.futex import Futex
from popcorn_lib.predicates import states
from popcorn_lib.variants.delegation import DelegatedFutex
from popcorn_lib.variants.two_kernels import TwoKernelMemory
from popcorn_lib.variants.words import WordsAtHome

PAGES, FUTEX, THREADS = BOARDS["pages"], BOARDS["futex"], BOARDS["threads"]
PICTURES = (page_table, page_history, futex_queues, shadow_chain)


# ---- programs: those of the lessons --------------------------------------------------------------


def adds(sys, word, times):
    for _ in range(times):
        yield sys.fetch_add(word, 1)


def counters(sys, apart, times=6):
    """Lesson 04: two threads count, each in a word of its own."""
    first = yield sys.mmap(8192)
    threads = []
    for number in range(2):
        place = f"k{number + 1}"
        threads.append((yield sys.clone(adds, first + number * apart, times, on=place)))
    for thread in threads:
        yield sys.join(thread)


def crowd(sys, places):
    """Lesson 05: many wait for one word, one wakes them all."""
    word = yield sys.mmap(64)
    for place in places:
        yield sys.clone(waiter, word, on=place)
    yield sys.nanosleep(1e-3)
    yield sys.clone(waker, word, len(places), on="k2")
    yield sys.nanosleep(1)


def travels(sys, *path):
    """Lesson 03: a thread goes from kernel to kernel and stays."""
    yield from tour(sys, *path)
    yield sys.nanosleep(1)


WAITERS = ("k1", "k0", "k2", "k3", "k1")


def of_pages(seed):
    """A trace of mappings and touches, drawn at random: one thread, or several."""
    rng = random.Random(seed)
    if seed % 2:
        args = (memory_random.drawn(seed, 8), ("k0", "k1", "k2"))
        return simulate(memory_random.program, Machine.multikernel(3), args, seed).trace
    lives = tuple(life(rng, 3, 6) for _ in range(3))
    machine = Machine.multikernel(3, page_size=64)
    return simulate(society, machine, (lives, ("k0", "k1", "k2")), seed).trace


def of_waiters(futex=Futex, seed=0):
    machine = Machine.multikernel(4).replace(futex=futex)
    return simulate(crowd, machine, (WAITERS,), seed, RACING, max_seconds=0.5).trace


def of_tour(*path):
    return simulate(travels, Machine.multikernel(3), path, costs=RACING, max_seconds=0.5).trace


def of_counters(apart, times=6):
    return simulate(counters, Machine.multikernel(3), (apart, times), costs=RACING).trace


@pytest.fixture(scope="module")
def traces():
    return [of_pages(0), of_pages(1), of_waiters(), of_tour("k1", "k2", "k1"), of_counters(8)]


# ---- pages ---------------------------------------------------------------------------------------


def right_by_tables(views, page, name):
    """What a kernel may do with a page, by frames and directory alone."""
    memory = views[name].memory
    if name != page.home:
        frame = memory.frames.get(page)
        return "" if frame is None else "rw" if frame.writable else "r"
    if not memory.is_backed(page):
        return ""
    entry = memory.directory.get(page)
    return "rw" if entry is None else "r" if name in entry.owners else ""


def asks_by_tables(views, page, name):
    memory = views[name].memory
    entry = memory.directory.get(page)
    own = entry if entry and entry.requester == name else memory.faults.get(page)
    return "" if own is None else "rw" if own.write else "r"


def test_is_what_the_board_says_of_a_page_what_the_tables_say():
    assert sum(judged(of_pages(seed)) for seed in range(16)) > 10_000


def judged(trace):
    """How many cells of a trace are as frames and directories have them."""
    story, count = Story(trace), 0
    for event, views in states(trace):
        shown = PAGES.cells(story, event.index)
        held = {page for view in views.values() for page in view.memory.frames}
        backed = {page for page in held if views[page.home].memory.is_backed(page)}
        assert backed <= set(shown)
        for page, cells in shown.items():
            for name, cell in cells.items():
                assert cell.right == right_by_tables(views, page, name), (event.index, page, name)
                mapped = name != page.home or views[name].memory.is_backed(page)
                assert cell.asks == (asks_by_tables(views, page, name) if mapped else "")
                assert cell.home == (name == page.home)
                count += 1
    return count


def test_does_a_cell_say_the_words_of_its_page():
    story = Story(of_counters(8))
    for event, views in states(story.trace):
        for page, cells in PAGES.cells(story, event.index).items():
            for name, cell in cells.items():
                if cell.right:
                    words = [views[name].memory.word(page, place) for place in (0, 8)]
                    found = [f"+{p}={w}" for p, w in zip((0, 8), words, strict=True) if w]
                    assert cell.text.startswith(f"{cell.right} {' '.join(found) or 'zeros'}")


def test_what_stands_on_the_board_while_home_waits_for_an_owner():
    story = Story(of_counters(8))
    said = [text for row in all_rows(PAGES, story) for _, text in row[1]]
    assert "busy for k2, awaits k1" in said and "asks for rw" in said
    assert "k1 may write, k2 asks to write" in " ".join(all_words(PAGES, story))


def all_rows(board, story):
    return [row for event in story.events for row in board.rows(story, event.index)]


def all_words(board, story):
    return [board.words(story, event.index) for event in story.events]


def thick(trace):
    """The thick pieces of every kernel's strip of every page, in the order of the drawing."""
    strips = page_history(trace).svg.split('<path class="sign"')[1:]
    return [len(re.findall(rf"v-{THICK}h", strip)) for strip in strips]


def test_is_false_sharing_a_zip_and_a_page_each_none():
    shared, apart = of_counters(8), of_counters(4096)
    assert thick(apart) == [1, 1, 0, 1, 0, 1]
    k0, k1, k2 = thick(shared)
    assert k0 == 1 and k1 >= 3 and k2 >= 3
    story, writers = Story(shared), []
    for event in story.events:
        for cells in PAGES.cells(story, event.index).values():
            writers += [name for name, cell in cells.items() if cell.right == "rw"]
    turns = [name for name, _ in groupby(writers)]
    assert len(turns) == k0 + k1 + k2 and turns[0] == "k0"
    assert all({a, b} == {"k1", "k2"} for a, b in pairwise(turns[1:]))


def test_are_the_marks_below_a_page_the_events_that_changed_it():
    trace = of_counters(8)
    story, changed, old = Story(trace), [], None
    for event, views in states(trace):
        page = next(iter(PAGES.cells(story, event.index)), None)
        now = page and [
            (right_by_tables(views, page, name), asks_by_tables(views, page, name))
            for name in story.kernels
        ]
        changed += [event.index] if now != old else []
        old = now
    picture = page_history(trace)
    assert f"{len(changed)} changes" in picture.description
    assert len(re.findall(r'class="tip c\d" transform', picture.svg)) == len(changed)


def test_can_a_part_of_the_history_be_drawn_and_an_event_be_marked():
    trace = of_counters(8)
    part = page_history(trace, at=20, window=(15, 25))
    assert "Events 15 to 25" in part.description and ">event 20<" in part.svg
    assert "event 26" not in part.description
    with pytest.raises(ValueError, match="30"):
        page_history(trace, at=30, window=(15, 25))
    with pytest.raises(ValueError, match="ends before"):
        page_history(trace, window=(25, 15))


# ---- futexes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("futex", [Futex, DelegatedFutex])
@pytest.mark.parametrize("seed", range(4))
def test_is_every_queue_in_the_order_of_its_owner_and_nobody_left_out(futex, seed):
    story, longest = Story(of_waiters(futex, seed)), 0
    for event, views in states(story.trace):
        shown = FUTEX.queues(story, event.index)
        lines = {k: [p.tid for p in line] for k, line in shown.items() if k != BETWEEN and line}
        queues = {k: line for view in views.values() for k, line in view.futex.queues.items()}
        assert lines == {key: [w.tid for w in line] for key, line in queues.items()}
        waiting = [tid for view in views.values() for tid in view.futex.waits]
        placed = [p.tid for line in shown.values() for p in line if p.kind != "waker"]
        looking = [tid for view in views.values() for tid in view.futex.calls]
        assert sorted(placed) == sorted(waiting + looking)
        longest = max(longest, *map(len, lines.values()), 0)
    assert longest == 5
    assert FUTEX.columns(story) == ("owner", "1st", "2nd", "3rd", "4th", "5th")


def test_is_a_waiter_elsewhere_a_dummy_and_one_at_home_none():
    story = Story(of_waiters())
    full = next(e.index for e in story.events if "5 places" in FUTEX.words(story, e.index))
    [(name, cells)] = FUTEX.rows(story, full)[:1]
    assert name.startswith("word +0 of page") and cells[0] == ("owner", "k0")
    for kind, text in cells[1:]:
        assert kind == ("waiter" if "on k0" in text else "dummy")
    svg = futex_queues(story.trace, at=full).svg
    assert svg.count('class="node"') == 5 and svg.count("stroke-dasharray") >= 4
    assert svg.index("k0:4 on k0") < svg.index("k0:3 on k1")


class Quick(Futex):
    """Lesson 05: a timeout ends the wait and leaves the dummy behind."""

    invariants = ()

    def _cancel(self, tid, reason):
        wait = self.waits[tid]
        wait.reason, wait.removed = reason, True
        self._settle(tid)

    def on_wake_notice(self, source, message):
        if message.tid in self.waits:
            super().on_wake_notice(source, message)


def test_is_a_dummy_that_was_left_behind_seen_as_such():
    found = explore(relay, Machine.multikernel(2).replace(futex=Quick), args=("k1", "k1"))
    story = Story(found.violation.trace)
    stale = [text for _, cells in all_rows(FUTEX, story) for kind, text in cells if kind == "stale"]
    assert stale and all("waits no longer" in text for text in stale)
    right = Story(of_waiters())
    assert "stale" not in {kind for _, cells in all_rows(FUTEX, right) for kind, _ in cells}


# ---- threads -------------------------------------------------------------------------------------

TOURS = ["k1", "k1 k2", "k1 k0", "k1 k2 k1", "k1 k0 k2", "k1 k2 k0", "k1 k2 k1 k0", "k1 k2 k0 k1"]


@pytest.mark.parametrize("path", TOURS)
def test_does_the_chain_of_shadows_lead_from_home_to_the_thread(path):
    story = Story(of_tour(*path.split()))
    [(_, spots)] = THREADS.spots(story, story.last).values()
    way = chain(spots, "k0")
    assert way[-1] == path.split()[-1] and spots[way[-1]].kind == "waits"
    tasks = {n: v.threads.tasks for _, views in states(story.trace) for n, v in views.items()}
    for name, spot in spots.items():
        assert spot.next == next(iter(tasks[name].values())).next
    if len(way) > 1:
        assert " → ".join(way) in shadow_chain(story.trace).description


def is_here(spot):
    return spot.kind in ("runs", "waits", "coming", "arriving")


def test_is_every_thread_at_one_place_or_on_one_way():
    assert sum(flights(seed) for seed in range(6)) > 20


def flights(seed):
    """How often a thread of a random tree is on its way, after all events."""
    tree = random_tree(random.Random(seed))
    machine, places = Machine.multikernel(3, page_size=64), ("k0", "k1", "k2")
    story = Story(simulate(tree_program, machine, (tree, places), seed, RACING).trace)
    flew = 0
    for event in story.events:
        live = story.where(event.index)
        for tid, (_, spots) in THREADS.spots(story, event.index).items():
            if tid in live:
                found = [name for name, spot in spots.items() if is_here(spot)]
                assert len(found) == 1, (event.index, tid, spots)
                assert live[tid][0] in (*found, None)
                flew += spots[found[0]].kind == "coming"
    return flew


def test_is_a_thread_on_its_way_back_a_dashed_arrow_and_no_shadow_besides():
    trace = of_tour("k1", "k2", "k1")
    story = Story(trace)
    flies = next(
        m.sent_by for m in trace.messages if m.kind == "BACK_MIGRATION" and m.source == "k2"
    )
    [(_, spots)] = THREADS.spots(story, flies).values()
    assert spots["k1"].kind == "coming" and spots["k1"].comes == "k2"
    svg = shadow_chain(trace, at=flies).svg
    assert svg.count('class="wire high"') == 1 and svg.count('class="wire"') == 1


def child(sys):
    yield sys.exit(3)


def leaves_a_zombie(sys):
    yield sys.fork(child, on="k1")
    yield sys.nanosleep(1e-3)
    yield sys.wait4()


def test_is_a_child_that_nobody_has_waited_for_a_zombie():
    story = Story(simulate(leaves_a_zombie, Machine.multikernel(2)).trace)
    rows = {head: cells for head, cells in all_rows(THREADS, story) if ("zombie" in str(cells))}
    [(head, cells)] = rows.items()
    assert cells[0] == ("zombie", f"zombie (status {3 << 8})") and head == "k0:3"
    assert "zombie" not in str(THREADS.rows(story, story.last))


# ---- every board ---------------------------------------------------------------------------------


def test_has_every_cell_a_kind_that_is_explained_and_every_row_all_columns(traces):
    for story in map(Story, traces):
        for board in BOARDS.values():
            for _, cells in all_rows(board, story):
                assert len(cells) == len(board.columns(story))
                assert all(kind in KINDS if text else kind == "" for kind, text in cells)


def test_is_every_glyph_told_by_its_shape_and_in_a_colour_of_the_palette():
    colours = {**palette.MECHANISMS, **palette.STATES, **palette.GROUND}
    assert all(colour in colours and meaning for _, colour, meaning in KINDS.values())
    for board in BOARDS.values():
        paths = [path for path, _, _ in board.kinds.values()]
        assert len(set(paths)) == len(paths)
        assert all(KINDS[kind] == look for kind, look in board.kinds.items())


def test_do_the_words_change_when_what_they_tell_does(traces):
    for story in map(Story, traces):
        for board in BOARDS.values():
            said = {}
            for event in story.events:
                rows = board.rows(story, event.index)
                words = board.words(story, event.index)
                assert said.setdefault(rows, words) == words
            assert len(set(said.values())) == len(said)


def test_does_a_description_hold_every_cell_of_its_picture(traces):
    for trace in traces:
        story = Story(trace)
        for board, picture in ((PAGES, page_table), (FUTEX, futex_queues), (THREADS, shadow_chain)):
            for index in range(0, len(trace), 7):
                told = picture(story, at=index).description
                for head, cells in board.rows(story, index):
                    assert head in told and all(text in told for _, text in cells)


def test_is_a_trace_of_300_events_read_at_once():
    trace = of_counters(8, 45)
    assert len(trace) > 280
    start = time.perf_counter()
    story = Story(trace)
    for board in BOARDS.values():
        assert [board.rows(story, e.index) for e in story.events]
        assert all_words(board, story)
    assert time.perf_counter() - start < 1  # about a tenth where nothing else runs


def test_does_the_stepper_show_the_boards_that_a_trace_touches():
    assert [b.name for b in stepper(of_waiters()).boards] == ["futex", "threads"]
    shown = stepper(of_counters(8), board="pages", start=17)
    assert "k1 may write, k2 asks to write" in shown.text()


# ---- other machines ------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", [TwoKernelMemory, WordsAtHome])
@pytest.mark.parametrize("seed", range(4))
def test_do_the_boards_read_other_memories(memory, seed):
    machine = Machine.multikernel(2, page_size=64).replace(memory=memory)
    lives = tuple(life(random.Random(seed), 2, 5) for _ in range(2))
    story = Story(simulate(society, machine, (lives, ("k0", "k1")), seed).trace)
    for event, views in states(story.trace):
        for page, cells in PAGES.cells(story, event.index).items():
            for name, cell in cells.items():
                if views[page.home].memory.is_backed(page):
                    assert cell.right == views[name].memory.rights(page)
    assert all_rows(PAGES, story) and all(all_words(board, story) for board in BOARDS.values())
    owner = "owner" in " ".join(all_words(PAGES, story))
    assert owner == (memory is TwoKernelMemory)
    assert ElementTree.fromstring(page_history(story).svg) is not None


def test_what_is_said_of_a_machine_without_these_tables():
    story = Story(by_hand())
    for board in BOARDS.values():
        assert not board.used(story) and board.rows(story, 0) == ()
        assert f"no {board.mechanism}" in board.words(story, 0)
    assert "no futex" in futex_queues(story, at=1).description
    bare = Story(simulate(child, Machine.multikernel(2)).trace)
    assert not FUTEX.used(bare) and not PAGES.used(bare) and THREADS.used(bare)


def test_is_a_dead_kernel_seen_to_be_dead():
    dead = 0
    for seed in range(40):
        machine = Machine.multikernel(3)
        try:
            trace = simulate(counters, machine, (8,), seed, faults=Faults(crash=1)).trace
        except Stopped as stopped:
            trace = stopped.trace
        crash = next((e for e in trace.events if e.name == "crash" and e.kernel != "k0"), None)
        if crash is None:
            continue
        story = Story(trace)
        place = story.kernels.index(crash.kernel)
        for index in (crash.index - 1, crash.index):
            there = [cells[place] for _, cells in THREADS.rows(story, index)]
            assert (("dead", "dead") in there) == (index == crash.index and any(map(any, there)))
            found = [cells[place] for _, cells in PAGES.rows(story, index)]
            dead += found.count(("dead", "dead")) if index == crash.index else 0
            assert index == crash.index or ("dead", "dead") not in found
    assert dead


# ---- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("at", [-1, 999, "3"])
def test_is_an_event_that_is_not_there_named_with_the_range(picture, at):
    trace = of_tour("k1")
    last = len(trace) - 1
    with pytest.raises(ValueError, match=f"{re.escape(repr(at))}.*0 to {last}"):
        picture(trace, at=at)


def test_which_moment_does_a_picture_show_that_is_not_told():
    trace = of_counters(8)
    shown = [picture(trace).description for picture in (page_table, futex_queues, shadow_chain)]
    assert "k2 rw +0=6 +8=6" in shown[0] and "Nobody waits" in shown[1]
    assert len(trace) - 1 > int(re.match(r"After event (\d+)", shown[0])[1])


def test_is_every_picture_well_formed_without_ids_and_the_same_each_time(traces):
    for trace in traces:
        story = Story(trace)
        for picture in PICTURES:
            for at in (None, 0, len(trace) // 2):
                svg = picture(story, at=at).svg
                root = ElementTree.fromstring(svg)
                assert root.get("role") == "img" and not re.search(r"\sid=", svg)
                assert svg == picture(trace, at=at).svg


def test_does_nothing_lie_outside_a_picture(traces):
    for story in map(Story, traces):
        for picture in PICTURES:
            for at in range(0, len(story.events), 9):
                drawn = picture(story, at=at)
                for x in re.findall(
                    r'<(?:text|rect) (?:class="[^"]*" )?x="(-?[\d.]+)"', drawn.body
                ):
                    assert 0 <= float(x) < drawn.width


def test_is_a_hostile_name_only_text():
    graph = networkx.path_graph(["k0", "<script>&'\""])
    machine = Machine.from_graph(graph)
    trace = simulate(travels, machine, ("<script>&'\"",), max_seconds=0.5).trace
    for picture in PICTURES:
        svg = picture(trace).svg
        assert "<script>" not in svg
        ElementTree.fromstring(svg)
