"""Processes: fork, the end of a child, and who is told of it, in every interleaving."""

import errno
import os
import random

import pytest
import scenarios
from oracle import check_invariants, counted
from programs import PAGE, joined, leave, outcomes, visit
from scenarios import naps, quits, tried

from popcorn_lib import (
    CLONE_FS,
    CLONE_NEWNS,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VM,
    THREAD,
    Machine,
    UsageError,
    simulate,
    single_system_image,
)
from popcorn_lib.mechanisms.threads import tasks

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])


def last(kernels):
    """The name of the last of so many kernels."""
    return f"k{kernels - 1}"


def run(main, kernels=3, *args, **options):
    """One run, after which nothing is left over and the invariants have held all the time."""
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def waited(sys, pid=-1, options=0):
    """What a wait4 gives: (whether it is a child, status or errno)."""
    try:
        return True, (yield sys.wait4(pid, options))[1]
    except OSError as error:
        return False, error.errno


# ---- fork ---------------------------------------------------------------------------------------


@WHERE
def test_do_parent_and_child_get_what_they_should(kernels, migrations):
    def main(sys, there):
        pid = yield sys.fork(child, (yield sys.getpid()), on=there)
        return (yield sys.wait4(pid)) == (pid, 5 << 8)

    def child(sys, parent):
        me = yield sys.getpid()
        assert me == (yield sys.gettid()) != parent == (yield sys.getppid())
        yield sys.exit_group(5)

    for there in (None, "k0", f"k{kernels - 1}"):
        assert outcomes(main, kernels, (there,), migrations) == {(True, 0)}


def test_does_a_childs_pid_name_the_kernel_on_which_fork_was_called():
    def main(sys):
        yield sys.migrate("k1")
        pid = yield sys.fork(returns, on="k2")
        yield sys.wait4(pid)
        return pid >> 15 & 0x7F

    def returns(sys):
        yield sys.gettid()

    assert run(main).value == 1


@WHERE
def test_is_a_clone_that_shares_nothing_a_fork(kernels, migrations):
    def main(sys):
        pid = yield sys.clone(leave, 3, flags=0, on="k1")
        other = yield sys.fork(leave, 3, flags=17)
        lost = yield from joined(sys, pid)
        return lost, (yield sys.wait4(other))[1], (yield sys.wait4(pid))[1]

    found = {(((None, errno.ESRCH), 3 << 8, 3 << 8), 0)}
    assert outcomes(main, kernels, migrations=migrations) == found


def test_which_flags_does_clone_refuse():
    def main(sys):
        found = []
        for flags in (
            CLONE_THREAD,
            CLONE_SIGHAND,
            CLONE_THREAD | CLONE_SIGHAND,
            CLONE_THREAD | CLONE_VM,
            CLONE_VM,
            CLONE_VM | CLONE_SIGHAND,
            CLONE_FS,
            THREAD | 0x8000,
            CLONE_NEWNS,
        ):
            found.append((yield from tried(sys.clone(naps, 0, flags=flags))))
            found.append((yield from tried(sys.fork(naps, 0, flags=flags))))
        found.append((yield from tried(sys.fork(naps, 0, flags=THREAD))))
        tid = yield sys.clone(leave, 4, flags=CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)
        return set(found), (yield sys.join(tid))

    assert run(main).value == ({"EINVAL"}, 4)
    assert (CLONE_VM, CLONE_SIGHAND, CLONE_THREAD) == (0x100, 0x800, 0x10000)
    assert THREAD == 0x50F00


@pytest.mark.parametrize("kernels", [1, 3])
def test_what_if_no_number_is_left(kernels, monkeypatch):
    monkeypatch.setattr(tasks, "LOCAL_IDS", range(2, 5))

    def main(sys):
        pids = [(yield sys.fork(quits, 1)), (yield sys.fork(quits, 2))]
        full = yield from tried(sys.fork(quits, 3))
        yield sys.nanosleep(1)
        zombies = yield from tried(sys.clone(naps))
        yield sys.wait4(pids[0])
        yield sys.nanosleep(1)
        return full, zombies, (yield sys.fork(quits, 4)) == pids[0]

    assert run(main, kernels).value == ("EAGAIN", "EAGAIN", True)


@WHERE
def test_may_a_number_be_given_again_while_news_of_its_first_owner_is_on_the_way(
    kernels, migrations
):
    def main(sys):
        pids = set()
        for status in (1, 2):
            pid = yield sys.fork(roams, status, on="k1")
            assert (yield sys.wait4(pid)) == (pid, status << 8)
            pids.add(pid)
        return len(pids)

    def roams(sys, status):
        yield from visit(sys, last(kernels))
        yield sys.exit(status)

    found = outcomes(main, kernels, migrations=migrations)
    assert (1, 0) in found, "the number was given twice"
    assert found <= {(1, 0), (2, 0)}


def test_is_the_number_of_a_group_kept_while_the_group_is_there():
    def main(sys, released):
        leader = yield sys.fork(quits, 0)
        member = yield sys.fork(naps, 2)
        yield sys.setpgid(leader, leader)
        yield sys.setpgid(member, leader)
        yield sys.wait4(leader)
        if released:
            yield sys.setpgid(member, 0)
        yield sys.nanosleep(1)
        return (yield sys.fork(quits, 0)) == leader

    for kernels in (1, 3):
        for start in {"k0", f"k{kernels - 1}"}:
            assert run(main, kernels, False, start=start).value is False
            assert run(main, kernels, True, start=start).value is True


@WHERE
def test_does_a_child_get_the_memory_as_it_was_and_keeps_it_to_itself(kernels, migrations):
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.store(word, 1)
        pid = yield sys.fork(child, word, on=last(kernels))
        yield sys.fetch_add(word, 1)
        status = (yield sys.wait4(pid))[1]
        return status >> 8, (yield sys.load(word))

    def child(sys, word):
        yield sys.exit((yield sys.fetch_add(word, 4)))

    assert outcomes(main, kernels, migrations=migrations) == {((1, 2), 0)}


@WHERE
def test_what_if_the_process_exits_during_a_fork(kernels, migrations):
    def main(sys):
        word = yield sys.mmap(PAGE)
        yield sys.store(word, 1)
        yield sys.clone(forks, on="k1")
        yield sys.exit_group(3)

    def forks(sys):
        yield sys.fork(roams, on=last(kernels))

    def roams(sys):
        yield from visit(sys, "k0")

    assert outcomes(main, kernels, migrations=migrations) == {(None, 3 << 8)}


@WHERE
def test_does_a_forked_process_have_threads_of_its_own(kernels, migrations):
    def main(sys):
        pid = yield sys.fork(child, on="k1")
        return (yield sys.wait4(pid))[1]

    def child(sys):
        tid = yield sys.clone(leave, 4, on=last(kernels))
        yield sys.exit_group((yield sys.join(tid)))

    assert outcomes(main, kernels, migrations=migrations) == {(4 << 8, 0)}


# ---- wait ---------------------------------------------------------------------------------------


@WHERE
def test_who_of_two_waiters_gets_a_child(kernels, migrations):
    def main(sys):
        rival = yield sys.clone(waits, on="k1")
        mine = yield from waited(sys)
        return mine, (yield sys.join(rival))

    def waits(sys):
        yield sys.fork(quits, 2)
        return (yield from waited(sys))

    got, none = (True, 2 << 8), (False, errno.ECHILD)
    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((got, none), 0), ((none, got), 0)}


@WHERE
def test_are_two_waiters_served_when_one_wants_a_certain_child(kernels, migrations):
    def main(sys):
        first = yield sys.fork(quits, 1, on="k1")
        rival = yield sys.clone(waited, first)
        mine = yield from waited(sys)
        return mine, (yield sys.join(rival))

    got, none = (True, 1 << 8), (False, errno.ECHILD)
    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((got, none), 0), ((none, got), 0)}


@WHERE
def test_may_a_wait_that_does_not_hang_come_before_or_after_the_end(kernels, migrations):
    def main(sys):
        pid = yield sys.fork(quits, 1, on="k1")
        early = yield sys.wait4(pid, os.WNOHANG)
        assert early in ((0, 0), (pid, 1 << 8))
        return early[1], (yield from waited(sys))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((0, (True, 256)), 0), ((256, (False, errno.ECHILD)), 0)}


@WHERE
def test_what_if_the_process_exits_while_a_thread_waits_for_a_child(kernels, migrations):
    def main(sys):
        yield sys.clone(waited, on="k1")
        yield sys.fork(quits, 1, on="k1")
        return "main"

    assert outcomes(main, kernels, migrations=migrations) == {("main", 0)}


@WHERE
def test_may_parent_and_child_end_at_once(kernels, migrations):
    def main(sys):
        pid = yield sys.fork(parent, on="k1")
        return (yield sys.wait4(pid))[1], (yield from waited(sys))

    def parent(sys):
        yield sys.fork(quits, 2, on=last(kernels))
        yield sys.exit(1)

    found = {((1 << 8, (False, errno.ECHILD)), 0)}
    assert outcomes(main, kernels, migrations=migrations) == found


@WHERE
def test_does_a_signal_that_kills_show_in_the_status(kernels, migrations):
    def main(sys):
        yield sys.fork(stray, on="k1")
        return (yield sys.wait4())[1]

    def stray(sys):
        yield sys.load(8)

    assert outcomes(main, kernels, migrations=migrations) == {(11, 0)}


# ---- orphans ------------------------------------------------------------------------------------


@WHERE
def test_does_init_adopt_and_bury_orphans(kernels, migrations):
    def main(sys):
        pid = yield sys.fork(dies, on="k1")
        yield sys.wait4(pid)
        return (yield from waited(sys))[1]

    def dies(sys):
        yield sys.fork(asks, (yield sys.getpid()))

    def asks(sys, parent):
        assert (yield sys.getppid()) in (parent, 1)

    assert outcomes(main, kernels, migrations=migrations) == {(errno.ECHILD, 0)}


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_does_a_run_last_until_the_last_orphan_has_ended(kernels):
    def main(sys):
        yield sys.fork(naps, 2.5, on="k1")
        return (yield sys.getppid()), "main"

    for start in {"k0", f"k{kernels - 1}"}:
        made = run(main, kernels, start=start)
        assert (made.value, made.status) == ((1, "main"), 0)
        assert made.seconds >= 2.5


@pytest.mark.parametrize("start", ["k0", "k1"])
def test_is_the_outcome_that_of_the_first_process_though_its_number_be_given_again(start):
    pids = []

    def main(sys):
        pids.append((yield sys.getpid()))
        yield sys.fork(orphan, pids[0])
        return "first"

    def orphan(sys, first):
        yield sys.setpgid(0, 0)  # the group it was born in keeps the number
        yield sys.nanosleep(1)
        pid = yield sys.fork(quits, 9)
        assert pid == first

    made = run(main, 2, start=start)
    assert (made.value, made.status) == ("first", 0)


def test_is_it_so_in_every_interleaving():
    def main(sys):
        yield sys.fork(orphan, on="k1")
        return "first"

    def orphan(sys):
        yield sys.setpgid(0, 0)
        yield from visit(sys, "k0")
        yield sys.fork(quits, 9)

    for kernels in (1, 2):
        assert outcomes(main, kernels, migrations=kernels - 1) == {("first", 0)}


# ---- whole families -----------------------------------------------------------------------------


def random_family(rng, depth=3):
    """A process drawn at random: (its own number, whether it waits for its children, its steps)."""
    steps = []
    for _ in range(rng.randrange(2, 6)):
        kind = rng.choice(("migrate", "sleep", "store", "group", *("fork",) * 3 * (depth > 0)))
        what = random_family(rng, depth - 1) if kind == "fork" else rng.randrange(5)
        steps.append((kind, rng.randrange(4), what))
    return rng.randrange(256), rng.random() < 0.8, tuple(steps)


def family(sys, tree, places, word):
    """Be that process; the status is its number and what it has heard from its children."""
    number, waits, steps = tree
    yield sys.store(word, number)
    for kind, place, what in steps:
        place = places[place % len(places)]
        if kind == "fork":
            yield sys.fork(family, what, places, word, on=place)
        elif kind == "migrate":
            yield from visit(sys, place)
        elif kind == "group":
            yield from tried(sys.setpgid(0, 0))
        else:
            yield sys.nanosleep(what * 1e-5) if kind == "sleep" else sys.fetch_add(word + 8, 1)
    assert (yield sys.load(word)) == number, "the memory is its own"
    while waits:
        known, status = yield from waited(sys)
        waits, number = known, number + (status >> 8 if known else 0)
    yield sys.exit(number)


def heard(tree):
    """The status of a family by plain Python."""
    number, waits, steps = tree
    return (number + sum(heard(what) for kind, _, what in steps if waits and kind == "fork")) % 256


@pytest.mark.parametrize("seed", range(25))
def test_does_a_family_drawn_at_random_add_up_wherever_it_lives(seed):
    tree = random_family(random.Random(seed))

    def main(sys, places):
        word = yield sys.mmap(PAGE)
        yield from family(sys, tree, places, word)

    for kernels, start in ((1, "k0"), (2, "k1"), (4, "k2")):
        machine = Machine.multikernel(kernels, page_size=PAGE)
        made = simulate(main, machine, (machine.kernels,), seed, start=start)
        assert made.status == heard(tree) << 8
        assert made.residue() == {}
        assert check_invariants(made) is None


# ---- one system, and how it is paid for ---------------------------------------------------------

# A mask is placement, outside the claim; six children at once are too many interleavings here.
TOLD = [s for s in scenarios.ALL if s not in (scenarios.affinity, scenarios.many_children)]
LARGE = (scenarios.waits_by_group, scenarios.regroup)


@pytest.mark.parametrize("scenario", TOLD, ids=lambda scenario: scenario.__name__)
def test_can_a_program_of_processes_tell_how_many_kernels_it_runs_on(scenario):
    kernels, places = (2, ("k1", "k0")) if scenario in LARGE else (3, ("k1", "k2"))
    machine = Machine.multikernel(kernels, page_size=PAGE)
    verdict = single_system_image(scenario, places, machine=machine)
    assert verdict.holds, verdict


def test_which_messages_does_a_child_cost():
    def main(sys):
        yield sys.wait4((yield sys.fork(quits, 1)))

    assert len(run(main, 3).messages) == 0, "init's kernel asks nobody"
    sent = counted(run(main, 3, start="k1"))
    assert sent == {"TREE_REQUEST": 2, "TREE_RESPONSE": 2, "PROCESS_EXITED": 2, "PID_RELEASED": 2}


def test_what_does_a_trace_call_the_end_of_a_child():
    def main(sys):
        yield sys.wait4((yield sys.fork(quits, 1)))

    texts = [event.text for event in run(main).trace.events]
    assert {"fork(quits)", "exit(1)", "return None"} <= set(texts)


# ---- errors of use ------------------------------------------------------------------------------

WRONG = {
    "a generator function, not 3": lambda sys: sys.fork(3),
    "fork: quits cannot start": lambda sys: sys.fork(quits),
    "flags, not 'x'": lambda sys: sys.fork(naps, flags="x"),
    "clone needs a whole number as flags, not None": lambda sys: sys.clone(naps, flags=None),
    "'k9'.*'k0', 'k1', 'k2'": lambda sys: sys.fork(naps, on="k9"),
    "wait4 needs a whole number as pid, not 'me'": lambda sys: sys.wait4("me"),
    "wait4 needs a whole number as options, not 1.5": lambda sys: sys.wait4(-1, 1.5),
    "getpgid needs a whole number as pid, not None": lambda sys: sys.getpgid(None),
    "setpgid needs a whole number as pgid, not 'g'": lambda sys: sys.setpgid(0, "g"),
    "getsid needs a whole number as pid, not": lambda sys: sys.getsid([]),
    "setuid needs a whole number as uid, not 'root'": lambda sys: sys.setuid("root"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_the_author_of_a_wrong_program_hear(text):
    def main(sys):
        yield WRONG[text](sys)

    with pytest.raises(UsageError, match=text):
        simulate(main, Machine.multikernel(3))
