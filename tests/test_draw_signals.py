"""Does the board of signals say what the kernels' tables say, and where signals wait?"""

from itertools import product
from signal import SIG_BLOCK, SIGCONT, SIGSTOP, SIGUSR1

import pytest

from popcorn_lib import SIGRTMIN, Machine, explorers, simulate
from popcorn_lib.draw import signal_table, stepper
from popcorn_lib.draw.boards import BOARDS, KINDS
from popcorn_lib.draw.story import Story
from popcorn_lib.predicates import states

SIGNALS = BOARDS["signals"]
WAITS = "waits for the pairing"


def told(story):
    return [SIGNALS.words(story, event.index) for event in story.events]


def story_of(**settings):
    return Story(explorers.signals().run(**settings).trace)


def collects(sys):
    """Signals queue at home for a thread that blocks them."""
    yield sys.sigprocmask(SIG_BLOCK, {SIGUSR1, SIGRTMIN})
    pid = yield sys.getpid()
    for value in (1, 2):
        yield sys.sigqueue(pid, SIGRTMIN, value)
        yield sys.kill(pid, SIGUSR1)


def sleeper(sys):
    yield sys.nanosleep(1)


def stops(sys):
    child = yield sys.fork(sleeper, on="k1")
    for signum in (SIGSTOP, SIGCONT):
        yield sys.kill(child, signum)
    yield sys.wait4(child)


# ---- what it says --------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before it goes", "on its way", "when it is there"])
@pytest.mark.parametrize("mask", ["open", "blocked on the way", "blocked"])
@pytest.mark.parametrize("to", ["the thread", "the process"])
def test_is_what_the_board_says_what_the_tables_say(to, mask, when):
    story = story_of(to=to, mask=mask, when=when)
    for event, views in states(story.trace):
        words = SIGNALS.words(story, event.index)
        for view in views.values():
            assert ("runs" in words) >= bool(view.signals.frames)
            assert ("pending" in words) >= bool(view.signals.pending or view.signals.shared)
            assert ("blocks" in words) >= bool(view.signals.masks)


def test_does_a_signal_in_flight_stand_where_it_waits():
    story = story_of(to="the thread", mask="open", when="on its way")
    early = [words for words in told(story) if WAITS in words]
    assert early and f"k0:3: {WAITS} on k0" in early[0]
    assert not [w for w in told(story_of(when="when it is there")) if WAITS in w]


def test_does_a_signal_that_nobody_takes_stand_at_home():
    story = story_of(to="the process", mask="blocked", when="when it is there")
    assert "process k0:2: pending SIGUSR1 on k0" in " ".join(told(story))


def test_are_queued_signals_told_with_their_values_and_standard_ones_once():
    story = Story(simulate(collects, Machine.multikernel(2)).trace)
    assert "pending SIGRT+0 (1), SIGUSR1, SIGRT+0 (2)" in " ".join(told(story))


def test_is_a_stopped_process_told_on_each_of_its_kernels():
    story = Story(simulate(stops, Machine.multikernel(2), max_seconds=1e-3).trace)
    assert any("stopped by SIGSTOP on k1" in words for words in told(story))
    assert "stopped" not in told(story)[-1]


# ---- its form ------------------------------------------------------------------------------------


def test_has_every_cell_a_kind_and_every_row_all_columns_also_under_faults():
    explorer = explorers.signals(to="the process", mask="blocked on the way")
    for fault, seed in product(explorer.choices["fault"], range(4)):
        story = Story(explorer.outcome(explorer.chosen({"fault": fault, "seed": seed})).trace)
        for event in story.events:
            for _, cells in SIGNALS.rows(story, event.index):
                assert len(cells) == len(SIGNALS.columns(story))
                assert all(kind in KINDS if text else kind == "" for kind, text in cells)


def test_does_the_picture_hold_every_cell_in_words():
    story = story_of(to="the process", mask="blocked on the way", when="before it goes")
    for event in story.events:
        described = signal_table(story, at=event.index).description
        for head, cells in SIGNALS.rows(story, event.index):
            assert head in described and all(text in described for _, text in cells)


def test_is_there_a_board_only_if_there_is_a_signal():
    def quiet(sys):
        yield sys.nanosleep(1e-6)

    assert "signals" not in [b.name for b in stepper(simulate(quiet, Machine.smp(1)).trace).boards]
    shown = stepper(story_of(when="when it is there").trace, board="signals")
    assert shown.board == "signals"
