"""Does the picture of the cores tell the truth about who ran where, and when?"""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_lib import Costs, Faults, Machine, simulate
from popcorn_lib.draw import gantt
from popcorn_lib.draw.gantt import LEFT, RIGHT, WIDE
from popcorn_lib.draw.story import duration, thread_name

WORK = 2.5e6  # a millisecond of one core


def crunch(sys, rounds, work, to=None):
    for number in range(rounds):
        if to and number == rounds // 2:
            yield sys.migrate(to)
        yield sys.compute(work)


def main(sys, jobs):
    """jobs: (rounds, work, kernel, where to migrate half way) of each thread."""
    tids = []
    for rounds, work, kernel, to in jobs:
        tids.append((yield sys.clone(crunch, rounds, work, to, on=kernel)))
    for tid in tids:
        yield sys.join(tid)


CROWD = tuple((6, WORK * (1 + n / 4), "k0", "k1" if n == 2 else None) for n in range(5))


@pytest.fixture(scope="module")
def run():
    return simulate(main, Machine.multikernel(2, cores=2), (CROWD,))


def stays(run, column):
    """The stays of each core or thread, in order of time: [[(from, until), ...], ...]."""
    return [
        list(zip(rows.from_s, rows.until_s, strict=True))
        for _, rows in run.cores.groupby(column, sort=False)
    ]


def overlaps(spans):
    return [(a, b) for a, b in pairwise(sorted(spans)) if b[0] < a[1]]


# ---- what the world remembers ------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.integers(1, 5),
            st.sampled_from([1e2, 1e5, WORK, 4e6, 1e7]),
            st.sampled_from(["k0", "k1"]),
            st.sampled_from([None, "k2"]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 3),
    st.integers(0, 2),
    st.sampled_from([Costs(), Costs(slice_s=1e-4), Costs(handler_s=0, slice_s=0)]),
)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_is_no_core_with_two_threads_and_no_thread_on_two_cores(jobs, cores, seed, costs):
    machine = Machine.multikernel(3, cores=cores)
    run = simulate(main, machine, (tuple(jobs),), seed=seed, costs=costs)
    for column in (["kernel", "core"], "tid"):
        assert [overlaps(spans) for spans in stays(run, column) if overlaps(spans)] == []
    assert run.cores.core.max() < cores
    asked = sum(rounds * work for rounds, work, *_ in jobs) / 2.5e9
    had = (run.cores.until_s - run.cores.from_s).sum()
    calls = len([event for event in run.trace.events if event.cause == "request"])
    work = len(run.cores) * costs.switch_s + 6 * costs.thread_s + 12 * costs.move_s
    assert asked < had < asked + calls * costs.call_s * 1.2 + work + 1e-6


def test_does_a_core_stand_idle_only_while_nobody_waits_for_one():
    jobs = ((1, 100 * WORK, "k0", None), *[(30, WORK, "k0", None)] * 3)
    run = simulate(main, Machine.smp(cores=2), (jobs,), costs=Costs(slice_s=1e-3))
    one, other = (sum(until - since for since, until in spans) for spans in
                  stays(run, ["kernel", "core"]))  # fmt: skip
    assert run.seconds == pytest.approx(0.1, rel=0.01)  # the long one, never disturbed
    assert sorted((one, other)) == pytest.approx([0.09, 0.1], rel=0.01)


def test_does_a_long_call_keep_its_core_until_it_is_done():
    """Its thread is not ready before, even if a core elsewhere is free."""
    jobs = ((2, 40 * WORK, "k0", None), (3, WORK, "k0", None), (200, 1e5, "k0", None))
    run = simulate(main, Machine.smp(cores=2), (jobs,), costs=Costs(slice_s=1e-4))
    long = run.trace.events[-1].tid, max(stays(run, "tid"), key=lambda s: s[0][1] - s[0][0])
    assert sum(until - since for since, until in long[1]) == pytest.approx(0.08, rel=0.01)
    assert long[1][-1][1] >= 0.08


def test_does_a_thread_come_back_to_its_core_if_that_is_free():
    def naps(sys, count):
        for _ in range(count):
            yield sys.compute(WORK / 100)
            yield sys.nanosleep(1e-4)

    def main(sys):
        tids = []
        for _ in range(2):
            tids.append((yield sys.clone(naps, 20)))
        for tid in tids:
            yield sys.join(tid)

    run = simulate(main, Machine.smp(cores=3), costs=Costs(thread_s=0))
    for tid, rows in run.cores.groupby("tid"):
        assert rows.core.nunique() == 1, thread_name(tid)


def test_has_a_run_without_a_trace_nothing_to_show():
    bare = simulate(main, Machine.smp(), (CROWD[:1],), trace=False)
    with pytest.raises(RuntimeError, match="trace=True"):
        gantt(bare)


def test_does_a_thread_on_a_dead_kernel_have_no_core_any_more():
    def main(sys):
        for _ in range(3):
            yield sys.clone(crunch, 40, WORK, on="k1")
        yield sys.nanosleep(1)

    for seed in range(1, 40):
        machine, faults = Machine.multikernel(2), Faults(crash=1)
        run = simulate(main, machine, seed=seed, faults=faults, max_seconds=0.05)
        died = [e for e in run.trace.events if e.name == "crash" and e.kernel == "k1"]
        there = run.cores[run.cores.kernel == "k1"]
        if died and len(there):
            assert there.until_s.max() == died[0].time_s < run.seconds
            return
    raise AssertionError("with no seed does k1 die while a thread runs there")


# ---- the drawing --------------------------------------------------------------------------------


def bars(picture):
    """(class, x, y, width) of every bar below the legend."""
    pattern = r'<g class="(c\d)"><rect class="node"[^>]* x="([\d.]+)" y="(\d+)" width="([\d.]+)"'
    found = re.findall(pattern, picture.svg)
    return [(kind, float(x), int(y), float(w)) for kind, x, y, w in found if int(y) > 60]


def test_are_the_bars_as_long_as_the_stays(run):
    drawn = sum(width for *_, width in bars(gantt(run)))
    had = (run.cores.until_s - run.cores.from_s).sum()
    assert drawn / (WIDE - LEFT - RIGHT) * run.seconds == pytest.approx(had, rel=0.02)


def test_does_no_bar_lie_on_another(run):
    lanes = {}
    for _, x, y, width in bars(gantt(run)):
        lanes.setdefault(y, []).append((x, x + width - 1.11))  # the shortest are a hair wider
    assert len(lanes) == len(stays(run, ["kernel", "core"])) == 3
    assert [overlaps(spans) for spans in lanes.values() if overlaps(spans)] == []


def test_has_every_thread_a_look_and_a_name(run):
    picture = gantt(run)
    for tid in map(int, run.cores.tid.unique()):
        assert f">{thread_name(tid)}</text>" in picture.svg
        assert thread_name(tid) in picture.description


def test_do_more_threads_than_colours_look_different():
    jobs = tuple((1, WORK, "k0", None) for _ in range(9))
    svg = gantt(simulate(main, Machine.smp(cores=10), (jobs,))).svg
    bar = r'<g class="(c\d)"><rect class="node"[^>]*y="42"[^>]*/><path class="tip" d="([^"]*)"'
    looks = {(kind, re.sub(r"[\d.]+ ", "", d)) for kind, d in re.findall(bar, svg)}
    assert len(looks) == 10


def test_is_a_migration_a_line_and_in_the_words(run):
    picture = gantt(run)
    moved = picture.description.count(" to k1 core ")
    assert moved >= 1
    lines = re.findall(r'class="wire c\d"[^>]*d="M([\d.]+) (\d+)L([\d.]+) (\d+)"', picture.svg)
    down = [line for line in lines if int(line[3]) - int(line[1]) > 60]
    assert len(down) >= 1 and all(float(x2) >= float(x1) for x1, _, x2, _ in lines)


def test_does_a_window_show_only_what_happens_in_it(run):
    since, until = 4e-3, 5e-3
    inside = run.cores[(run.cores.from_s < until) & (run.cores.until_s > since)]
    picture = gantt(run, window=(since, until))
    assert f"From {duration(since)} to {duration(until)}." in picture.description
    edges = [(x, x + width) for _, x, _, width in bars(picture)]
    assert min(x for x, _ in edges) >= LEFT and max(x for _, x in edges) <= WIDE - RIGHT + 0.1
    seen = {thread_name(int(tid)) for tid in inside.tid}
    assert set(re.findall(r">(k\d:\d+)</text>", picture.svg)) == seen
    whole, look = gantt(run), r'<g class="(c\d)">(?:(?!</g>).)*</g><text x="\d+" y="53"[^>]*>(.*?)<'
    assert set(re.findall(look, picture.svg)) <= set(re.findall(look, whole.svg))


def test_is_an_idle_core_told_and_empty(run):
    alone = simulate(main, Machine.multikernel(2), (((2, WORK, "k0", None),),))
    assert "k1 core 0: busy 0 %, nobody." in gantt(alone).description
    assert len({y for _, _, y, _ in bars(gantt(alone))}) == 1


@pytest.mark.parametrize("window", [(-1, 1e-3), (1e-3, 1e-3), (0, 99), (2e-3, 1e-3)])
def test_is_a_window_that_is_not_in_the_run_named(run, window):
    with pytest.raises(ValueError, match=re.escape(repr(window))):
        gantt(run, window=window)


def test_is_a_long_run_of_short_stays_a_small_picture():
    def shares(sys, word):
        for _ in range(700):
            yield sys.fetch_add(word, 1)

    def two(sys):
        word = yield sys.mmap(4096)
        tid = yield sys.clone(shares, word, on="k1")
        yield from shares(sys, word)
        yield sys.join(tid)

    run = simulate(two, Machine.multikernel(2))
    assert len(run.cores) > 500
    picture = gantt(run)
    ElementTree.fromstring(picture.svg)
    assert len(picture.svg) < 150 * 1024 and "drawn wider" in picture.svg
    assert not re.search(r"\sid=", picture.svg)


def naps(sys, times):
    for _ in range(times):
        yield sys.compute(WORK / 100)
        yield sys.nanosleep(5e-5)


def test_do_the_names_of_short_stays_leave_each_other_room():
    run = simulate(naps, Machine.multikernel(1), (30,))
    names = re.findall(r'<text x="([\d.]+)" y="96" class="mid halo"[^>]*>(.*?)<', gantt(run).svg)
    spans = [(float(x) - 3.9 * len(name), float(x) + 3.9 * len(name)) for x, name in names]
    assert len(spans) > 9 and overlaps(spans) == []
