"""Signals: what a program sees of them, on one kernel and on many, and how many messages they take.

The programs are in `signal_programs.py`; `test_signals_real.py` asks a real Linux the same.
"""

import os
import signal

import pytest
from oracle import Steps, check_invariants
from signal_programs import (
    ALIKE,
    BLOCK,
    CONT,
    SHARED,
    STOP,
    TERM,
    UNBLOCK,
    USR1,
    USR2,
    counts,
    failure,
    pauses,
    told,
    until,
    waited,
)

import popcorn_lib
from popcorn_lib import SIGRTMAX, SIGRTMIN, Machine, UsageError, simulate
from popcorn_lib.mechanisms.signals.tables import SIGNUMS, name_of

PLACES = {1: ("k0", "k0"), 2: ("k1", "k0"), 3: ("k1", "k2")}
EACH = pytest.mark.parametrize("kernels", PLACES)


def run(main, kernels=2, args=None, **options):
    """A run whose value, status and messages the tests look at; nothing may be left over."""
    args = PLACES[kernels] if args is None else args
    made = simulate(main, Machine.multikernel(kernels), args, **options)
    assert made.residue() == {}
    return made


# ---- does a program see the same everywhere? ----------------------------------------------------


@EACH
@pytest.mark.parametrize("program", ALIKE, ids=lambda program: program.__name__)
def test_is_it_the_same_on_one_kernel_and_on_many(program, kernels):
    alone = run(program, 1)
    assert alone.status == 0
    for start in sorted({"k0", f"k{kernels - 1}"}):
        for seed in (0, 1):
            made = run(program, kernels, start=start, seed=seed)
            assert (made.value, made.status) == (alone.value, 0), (start, seed)
        assert check_invariants(made) is None


@pytest.mark.parametrize("program", ALIKE[:12], ids=lambda program: program.__name__)
def test_does_every_step_depend_on_its_own_kernel_alone(program, monkeypatch):
    steps = Steps(monkeypatch)
    run(program, 3)
    assert steps.again(Machine.multikernel(3)) == 0


# ---- errno, from any kernel ---------------------------------------------------------------------


def strangers(sys, here, there):
    """Root's child becomes user 7 and signals: itself, its child, root, init, everybody."""
    word = yield sys.mmap(64, flags=SHARED)

    def user(sys, root):
        yield sys.setuid(7)
        mine = yield sys.fork(pauses, on=here)
        found = []
        for pid, signum in (
            (mine, 0), (root, 0), (root, TERM), (root, CONT), (root, 65), (1, 0), (1, TERM),
            (-1, 0),
        ):  # fmt: skip
            found.append((yield from failure(sys, sys.kill(pid, signum))))
        found.append((yield from failure(sys, sys.tgkill(root, root, USR1))))
        found.append((yield from failure(sys, sys.tkill(root, USR1))))
        found.append((yield from failure(sys, sys.sigqueue(root, USR1, 1))))
        yield sys.kill(mine, signal.SIGKILL)
        yield sys.wait4(mine)
        ok = [
            "0",
            "EPERM",
            "EPERM",
            "0",
            "EINVAL",
            "EPERM",
            "EPERM",
            "0",
            "EPERM",
            "EPERM",
            "EPERM",
        ]
        yield sys.store(word, [str(each) for each in found] == ok)

    pid = yield sys.fork(user, (yield sys.getpid()), on=there)
    ended = yield from waited(sys, pid)
    return ended, (yield sys.load(word))


@EACH
def test_may_a_user_signal_only_their_own_and_the_session_with_sigcont(kernels):
    assert run(strangers, kernels).value == (("exited", 0), 1)


def nobody_permitted(sys, here, there):
    """A user whom nobody else belongs to: a kill of a group of others, and one of everybody."""

    def user(sys, group):
        yield sys.setuid(9)
        first = yield from failure(sys, sys.kill(-group, TERM))
        second = yield from failure(sys, sys.kill(-1, TERM))
        yield sys.exit_group(10 * (first == "EPERM") + (second == 0))

    group = yield sys.getpgid(0)
    pid = yield sys.fork(user, group, on=there)
    yield sys.setpgid(pid, pid)
    return (yield from waited(sys, pid))


@EACH
def test_is_a_kill_of_everybody_no_failure_where_nobody_may_be_signalled(kernels):
    """Linux, kill_something_info: EPERM of a single process is no error there."""
    assert run(nobody_permitted, kernels).value == ("exited", 11)


def test_does_init_ignore_what_root_sends():
    def main(sys):
        yield sys.kill(1, signal.SIGKILL)
        yield sys.kill(1, TERM)
        return (yield sys.kill(1, 0))

    assert run(main, 1, ()).value == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda sys: sys.kill("1", 9),
        lambda sys: sys.kill(1, 1.5),
        lambda sys: sys.tgkill(1, None, 9),
        lambda sys: sys.sigqueue(1, 9, "x"),
        lambda sys: sys.sigaction(USR1, 7),
        lambda sys: sys.sigaction(USR1, len),
        lambda sys: sys.sigaction("USR1", signal.SIG_IGN),
        lambda sys: sys.sigprocmask(BLOCK, 5),
        lambda sys: sys.sigprocmask(BLOCK, {"x"}),
        lambda sys: sys.sigprocmask(BLOCK, {0}),
        lambda sys: sys.sigsuspend({65}),
        lambda sys: sys.sigtimedwait({-1}),
        lambda sys: sys.sigtimedwait({USR1}, "soon"),
    ],
)
def test_is_a_wrong_use_told_with_the_line(call):
    def main(sys):
        yield call(sys)

    with pytest.raises(UsageError) as caught:
        simulate(main, Machine.smp())
    assert "line" in str(caught.value)


def test_has_every_signal_a_name():
    names = [name_of(number) for number in SIGNUMS]
    assert len(set(names)) == 64
    assert names[:2] == ["SIGHUP", "SIGINT"] and names[-1] == "SIGRT+30"
    assert names[31] == "SIGRT-2" and names[SIGRTMIN] == "SIGRT+1"


def test_have_the_constants_linuxs_values():
    assert (SIGRTMIN, SIGRTMAX) == (signal.SIGRTMIN, signal.SIGRTMAX)
    assert popcorn_lib.SA_RESTART == 0x10000000 and popcorn_lib.SA_NODEFER == 0x40000000
    assert popcorn_lib.SA_RESETHAND == 0x80000000


# ---- messages -----------------------------------------------------------------------------------


def sent(made, after=1e-3):
    """The kinds of messages of signals from a time on, in order."""
    late = [m for m in made.trace.messages if m.time_s >= after and m.mechanism == "signals"]
    return [m.kind for m in late]


@pytest.mark.parametrize("program", ALIKE, ids=lambda program: program.__name__)
def test_does_one_kernel_send_no_message(program):
    assert not run(program, 1).trace.messages


def hunted(sys, path, sender):
    """A thread goes along a path and waits; main, from where it is told, signals it."""
    yield sys.sigprocmask(BLOCK, {USR1})
    thread, pid = (yield sys.clone(nomad, path)), (yield sys.getpid())
    if sender != "k0":
        yield sys.migrate(sender)
    yield sys.nanosleep(1e-3)
    yield sys.tgkill(pid, thread, USR1)
    yield sys.nanosleep(1e-3)
    yield sys.tgkill(pid, thread, USR1)
    yield sys.join(thread)


def nomad(sys, path):
    for kernel in path:
        yield sys.migrate(kernel)
    yield sys.sigtimedwait({USR1})
    yield sys.sigtimedwait({USR1})


@pytest.mark.parametrize("hops", range(4))
def test_does_a_chain_of_h_hops_take_h_requests_and_one_response(hops):
    made = run(hunted, 4, (("k1", "k2", "k3")[:hops], "k0"))
    one = ["REMOTE_KILL_REQUEST"] * hops + ["REMOTE_KILL_RESPONSE"] * bool(hops)
    assert sent(made) == 2 * one


@pytest.mark.parametrize("hops", range(4))
def test_does_a_sender_elsewhere_ask_init_and_home_first(hops):
    made = run(hunted, 4, (("k1", "k2", "k3")[:hops], "k1"))
    asked = ["KILL_TARGETS_REQUEST", "KILL_TARGETS_RESPONSE", "REMOTE_KILL_REQUEST"]
    answered = [] if hops == 1 else ["REMOTE_KILL_RESPONSE"]
    assert sent(made) == 2 * (asked + ["REMOTE_KILL_REQUEST"] * hops + answered)


def offered(sys, here, there):
    """A process with threads on other kernels, all of which block the signal, then one does not."""
    word = yield sys.mmap(64)
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigprocmask(BLOCK, {USR1})
    threads = []
    for place in (here, there):
        threads.append((yield sys.clone(waits_until, word, on=place)))
    yield sys.nanosleep(1e-3)
    yield sys.kill((yield sys.getpid()), USR1)
    yield sys.nanosleep(1e-3)
    yield sys.store(word + 8, 1)
    for thread in threads:
        yield sys.join(thread)
    yield sys.sigprocmask(UNBLOCK, {USR1})
    return (yield sys.load(word))


def waits_until(sys, word):
    yield from until(sys, word + 8)


def test_is_a_signal_that_nobody_can_take_offered_once_to_each_kernel():
    made = run(offered, 3)
    assert made.value == 1
    assert sent(made) == ["SIGNAL_OFFER", "SIGNAL_OFFER_RESPONSE"] * 2


def test_is_an_order_to_a_process_one_question_and_answer_per_kernel():
    def job(sys, here, there):
        pid = yield sys.fork(two, there, on=here)
        yield sys.nanosleep(1e-3)
        yield sys.kill(pid, signal.SIGKILL)
        yield sys.wait4(pid)

    def two(sys, there):
        yield sys.clone(pauses, on=there)
        yield sys.pause()

    made = run(job, 3)
    assert sent(made) == ["GROUP_ORDER", "GROUP_ORDER_RESPONSE"] * 2


# ---- masks, actions, values ---------------------------------------------------------------------


def asks(sys, signum, info):
    yield sys.getpid()


def test_is_the_old_action_told():
    def main(sys, here):
        yield sys.migrate(here)
        found = [(yield sys.sigaction(USR1, asks, popcorn_lib.SA_RESTART, {USR2, STOP}))]
        found.append((yield sys.sigaction(USR1)))
        found.append((yield sys.sigaction(USR1, signal.SIG_IGN)))
        found.append((yield sys.sigaction(USR1, signal.SIG_DFL)))
        found.append((yield sys.sigaction(signal.SIGKILL)))
        same = found[1] == found[2] and found[1][0] is asks
        return found[0], same, found[1][1:], found[3], found[4]

    default = (0, 0, frozenset())
    expected = (
        default,
        True,
        (popcorn_lib.SA_RESTART, frozenset({USR2})),
        (1, 0, frozenset()),
        default,
    )
    assert run(main, 2, ("k1",)).value == expected


def test_can_kill_and_stop_not_be_blocked():
    def main(sys):
        yield sys.sigprocmask(signal.SIG_SETMASK, {signal.SIGKILL, STOP, USR1})
        return (yield sys.sigprocmask(BLOCK, set()))

    assert run(main, 1, ()).value == frozenset({USR1})


def test_has_a_new_thread_the_mask_of_its_maker_and_nothing_pending():
    def main(sys, here, there):
        yield sys.sigprocmask(BLOCK, {USR1, USR2})
        yield sys.tgkill((yield sys.getpid()), (yield sys.gettid()), USR2)
        thread = yield sys.clone(look, on=there)
        return (yield sys.join(thread)), (yield sys.sigpending())

    def look(sys):
        old = yield sys.sigprocmask(UNBLOCK, {USR1})
        return old, (yield sys.sigpending())

    assert run(main).value == ((frozenset({USR1, USR2}), frozenset()), frozenset({USR2}))


@EACH
def test_does_a_pending_signal_follow_its_thread(kernels):
    def main(sys, here, there):
        word = yield sys.mmap(64)
        yield sys.sigaction(USR1, counts(word))
        yield sys.sigprocmask(BLOCK, {USR1})
        me = yield sys.gettid()
        yield sys.tgkill((yield sys.getpid()), me, USR1)
        for place in (here, there, here):
            yield from failure(sys, sys.migrate(place))
        pending = yield sys.sigpending()
        yield sys.sigprocmask(UNBLOCK, {USR1})
        return pending, (yield sys.load(word))

    assert run(main, kernels).value == (frozenset({USR1}), 1)


@EACH
def test_can_a_handler_be_cut_short_by_ten_others(kernels):
    """Each handler raises the next signal; they end in the reverse order."""

    def main(sys, here, there):
        word = yield sys.mmap(64)
        yield sys.store(word + 8, 1)

        def handler(sys, signum, info):
            if signum < SIGRTMIN + 9:
                yield sys.tkill((yield sys.gettid()), signum + 1)
            place = yield sys.fetch_add(word, 1)
            yield sys.fetch_add(word + 8, (signum - SIGRTMIN) * 10**place)

        for number in range(10):
            yield sys.sigaction(SIGRTMIN + number, handler)
        yield from failure(sys, sys.migrate(there))
        yield sys.kill((yield sys.getpid()), SIGRTMIN)
        return (yield sys.load(word)), (yield sys.load(word + 8))

    assert run(main, kernels).value == (10, 1 + sum((9 - place) * 10**place for place in range(10)))


@EACH
def test_do_real_time_signals_come_in_order_from_several_senders(kernels):
    def main(sys, here, there):
        yield sys.sigprocmask(BLOCK, {SIGRTMIN})
        pid = yield sys.getpid()
        children = []
        for number, place in enumerate((here, there)):
            children.append((yield sys.fork(sends, pid, number, on=place)))
        got = {0: [], 1: []}
        for _ in range(20):
            info = yield sys.sigtimedwait({SIGRTMIN})
            assert info.si_pid == children[info.si_value // 100]
            got[info.si_value // 100].append(info.si_value % 100)
        for child in children:
            yield sys.wait4(child)
        return got[0] == got[1] == list(range(10))

    def sends(sys, pid, number):
        for value in range(10):
            yield sys.sigqueue(pid, SIGRTMIN, 100 * number + value)

    assert run(main, kernels).value is True


@EACH
def test_is_eintr_told_from_a_wake_up_that_came_first(kernels):
    """A thread waits on a futex, in join and in a pipe's read; SA_RESTART decides."""

    def main(sys, here, there):
        found = []
        word = yield sys.mmap(64)
        ends = yield sys.pipe()
        for call in ("futex", "futex, timed", "read", "join"):
            for flags in (0, popcorn_lib.SA_RESTART):
                yield sys.sigaction(USR1, counts(word + 16), flags)
                yield sys.store(word, 0)
                thread = yield sys.clone(waits, call, word, ends, on=there)
                yield from until(sys, word)
                yield sys.nanosleep(1e-3)
                yield sys.tgkill((yield sys.getpid()), thread, USR1)
                yield sys.nanosleep(1e-3)
                yield sys.store(word + 8, 1)
                yield sys.futex_wake(word + 8)
                yield sys.write(ends[1], b"x")
                found.append((yield sys.join(thread)))
                yield sys.store(word + 8, 0)
                if found[-1] != b"x":
                    yield sys.read(ends[0], 1)
        return found, (yield sys.load(word + 16))

    def waits(sys, call, word, ends):
        yield sys.store(word, 1)
        requests = {
            "futex": lambda: sys.futex_wait(word + 8, 0),
            "futex, timed": lambda: sys.futex_wait(word + 8, 0, 1),
            "read": lambda: sys.read(ends[0], 1),
            "join": None,
        }
        thread = (yield sys.clone(naps)) if call == "join" else 0
        request = sys.join(thread) if thread else requests[call]()
        return (yield from failure(sys, request))

    def naps(sys):
        yield sys.nanosleep(5e-3)
        return "slept"

    found, count = run(main, kernels).value
    assert found == ["EINTR", 0, "EINTR", "EINTR", "EINTR", b"x", "slept", "slept"]
    assert count == 8


@EACH
def test_do_calls_of_system_v_ipc_end_with_eintr_whatever_the_flags(kernels):
    def main(sys, here, there):
        word = yield sys.mmap(64)
        queue = yield sys.msgget(popcorn_lib.IPC_PRIVATE, 0o600)
        sems = yield sys.semget(popcorn_lib.IPC_PRIVATE, 1, 0o600)
        yield sys.sigaction(USR1, counts(word + 8), popcorn_lib.SA_RESTART)
        found = []
        for call in ("msgrcv", "semop"):
            yield sys.store(word, 0)
            thread = yield sys.clone(waits, call, queue, sems, word, on=there)
            yield from until(sys, word)
            yield sys.nanosleep(1e-3)
            yield sys.tgkill((yield sys.getpid()), thread, USR1)
            found.append((yield sys.join(thread)))
        yield sys.msgctl(queue, popcorn_lib.IPC_RMID)
        yield sys.semctl(sems, 0, popcorn_lib.IPC_RMID)
        return found, (yield sys.load(word + 8))

    def waits(sys, call, queue, sems, word):
        yield sys.store(word, 1)
        if call == "msgrcv":
            return (yield from failure(sys, sys.msgrcv(queue, 10)))
        return (yield from failure(sys, sys.semop(sems, ((0, -1, 0),))))

    assert run(main, kernels).value == (["EINTR", "EINTR"], 2)


@EACH
def test_is_a_broken_pipe_a_signal_and_an_errno(kernels):
    def main(sys, here, there):
        word = yield sys.mmap(64)
        yield sys.sigaction(signal.SIGPIPE, counts(word))
        reading, writing = yield sys.pipe()
        yield sys.close(reading)
        yield from failure(sys, sys.migrate(there))
        how = yield from failure(sys, sys.write(writing, b"x"))
        return how, (yield sys.load(word))

    assert run(main, kernels).value == ("EPIPE", 1)


@EACH
def test_does_a_broken_pipe_kill_who_does_not_handle_it(kernels):
    def main(sys, here, there):
        pid = yield sys.fork(writes, on=there)
        return (yield from waited(sys, pid))

    def writes(sys):
        reading, writing = yield sys.pipe()
        yield sys.close(reading)
        yield sys.write(writing, b"x")

    assert run(main, kernels).value == ("killed", signal.SIGPIPE)


# ---- a shell ------------------------------------------------------------------------------------


def shell(sys, kernels, members):
    """Job control: a group over all kernels is stopped, continued, stopped, and killed."""
    page = yield sys.mmap(4096 * members, flags=SHARED)
    job, heard = 0, []
    pids = []
    for number in range(members):
        place = f"k{number % kernels}"
        pid = yield sys.fork(works, page + 4096 * number, number % kernels, on=place)
        job = job or pid
        yield sys.setpgid(pid, job)
        pids.append(pid)
    for number in range(members):
        while (yield sys.load(page + 4096 * number)) < 3:
            yield sys.nanosleep(1e-5)
    for signum, options in (
        (STOP, os.WUNTRACED),
        (CONT, os.WCONTINUED),
        (signal.SIGTSTP, os.WUNTRACED),
    ):
        yield sys.kill(-job, signum)
        found = []
        for _ in pids:
            pid, status = yield sys.wait4(-job, options)
            found.append((pids.index(pid), told(status)))
        heard.append(sorted(found))
        if signum != CONT:
            before = yield from progress(sys, page, members)
            yield sys.nanosleep(1e-3)
            heard.append(before == (yield from progress(sys, page, members)))
        else:
            before = yield from progress(sys, page, members)
            yield sys.nanosleep(1e-3)
            after = yield from progress(sys, page, members)
            heard.append(all(a < b for a, b in zip(before, after, strict=True)))
    yield sys.kill(-job, TERM)
    heard.append((yield sys.wait4(-job, os.WNOHANG)))
    yield sys.kill(-job, CONT)
    found = []
    for _ in pids:
        pid, status = yield sys.wait4(-job)
        found.append((pids.index(pid), told(status)))
    heard.append(sorted(found))
    heard.append((yield from failure(sys, sys.kill(-job, 0))))
    return heard


def works(sys, word, number):
    """Count for ever, with a second thread elsewhere."""
    yield sys.clone(adds, word, on=f"k{number}")
    yield from adds(sys, word)


def adds(sys, word):
    while True:
        yield sys.fetch_add(word, 1)
        yield sys.nanosleep(1e-5)


def progress(sys, page, members):
    seen = []
    for number in range(members):
        seen.append((yield sys.load(page + 4096 * number)))
    return seen


@pytest.mark.parametrize("seed", [0, 1, 2])
@EACH
def test_is_a_job_stopped_continued_and_killed_as_a_whole(kernels, seed):
    members = 4
    made = run(shell, kernels, (kernels, members), seed=seed)
    each = range(members)
    assert made.value == [
        [(n, ("stopped", STOP)) for n in each],
        True,
        [(n, ("continued", 0)) for n in each],
        True,
        [(n, ("stopped", signal.SIGTSTP)) for n in each],
        True,
        (0, 0),
        [(n, ("killed", TERM)) for n in each],
        "ESRCH",
    ]
