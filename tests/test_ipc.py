"""System V IPC on many kernels: one key is one object, nothing is lost, in every interleaving."""

import errno
import random
import signal
from functools import cache
from mmap import MAP_ANONYMOUS, MAP_SHARED

import pytest
from oracle import Steps, check_invariants, counted
from programs import PAGE, outcomes, visit
from scenarios import tried

from popcorn_lib import (
    GETALL,
    GETNCNT,
    GETVAL,
    IPC_CREAT,
    IPC_EXCL,
    IPC_NOWAIT,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    SA_RESTART,
    SEM_UNDO,
    SETALL,
    SETVAL,
    Machine,
    UsageError,
    explore,
    simulate,
    single_system_image,
)
from popcorn_lib.mechanisms.ipc import Ipc, keys
from popcorn_lib.mechanisms.ipc.tables import Wait
from popcorn_lib.syscalls import Failure

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])
NEW = IPC_CREAT | 0o600


def last(kernels):
    """The name of the last of so many kernels."""
    return f"k{kernels - 1}"


def run(main, kernels=3, *args, **options):
    """One run, after which nothing is left over and the invariants have held all the time."""
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def slow(seed):
    """A seed for long evenings."""
    return pytest.param(seed, marks=pytest.mark.slow)


def does(sys, name, *args):
    """The result of one call, or the name of its errno."""
    return (yield from tried(getattr(sys, name)(*args)))


def operates(sys, sems, *operations):
    """One semop after the other."""
    for operation in operations:
        yield sys.semop(sems, (operation,))


# ---- one key, one object ------------------------------------------------------------------------


@WHERE
@pytest.mark.parametrize("get", ["msgget", "semget", "shmget"])
def test_is_a_key_that_two_kernels_create_at_once_one_object(get, kernels, migrations):
    def main(sys):
        size = () if get == "msgget" else (1,)
        thread = yield sys.clone(does, get, 7, *size, NEW, on=last(kernels))
        mine = yield from does(sys, get, 7, *size, NEW)
        theirs = yield sys.join(thread)
        more = (0,) if get == "semget" else ()
        yield getattr(sys, get[:3] + "ctl")(mine, *more, IPC_RMID)
        return mine == theirs

    assert outcomes(main, kernels, migrations=migrations) == {(True, 0)}


@WHERE
def test_does_just_one_of_two_create_it_if_it_must_be_new(kernels, migrations):
    def main(sys):
        thread = yield sys.clone(does, "msgget", 7, NEW | IPC_EXCL, on=last(kernels))
        mine = yield from does(sys, "msgget", 7, NEW | IPC_EXCL)
        theirs = yield sys.join(thread)
        yield sys.msgctl((yield sys.msgget(7, 0)), IPC_RMID)
        return tuple(sorted(isinstance(got, str) for got in (mine, theirs)))

    assert outcomes(main, kernels, migrations=migrations) == {((False, True), 0)}


@WHERE
def test_is_a_key_free_for_all_once_its_object_has_been_removed(kernels, migrations):
    def main(sys):
        first = yield sys.msgget(7, NEW)
        yield sys.msgsnd(first, 1, b"old")
        yield sys.join((yield sys.clone(does, "msgctl", first, IPC_RMID, on=last(kernels))))
        gone = yield from tried(sys.msgget(7, 0))
        second = yield sys.msgget(7, NEW)
        empty = yield from tried(sys.msgrcv(second, 9, 0, IPC_NOWAIT))
        yield sys.msgctl(second, IPC_RMID)
        return gone, empty

    assert outcomes(main, kernels, migrations=migrations) == {(("ENOENT", "ENOMSG"), 0)}


@pytest.mark.parametrize("kernels", [1, 3])
def test_what_if_there_are_too_many_objects(kernels, monkeypatch):
    monkeypatch.setattr(keys, "LIMITS", {"queues": 2, "sets": 1, "segments": 1})

    def main(sys):
        found = []
        for get, size, count in (("msgget", (), 3), ("semget", (1,), 2), ("shmget", (1,), 2)):
            numbers = []
            for _ in range(count):
                numbers.append((yield from does(sys, get, IPC_PRIVATE, *size, 0o600)))
            found.append(numbers.pop())
            control, more = get[:3] + "ctl", (0,) if get == "semget" else ()
            for number in numbers:
                yield getattr(sys, control)(number, *more, IPC_RMID)
        return set(found)

    assert run(main, kernels, start=last(kernels)).value == {"ENOSPC"}


def test_is_what_a_program_leaves_behind_residue():
    def main(sys):
        yield sys.msgget(7, NEW)
        yield sys.semget(7, 1, NEW)
        yield sys.shmget(7, 1, NEW)

    made = simulate(main, Machine.multikernel(2), start="k1")
    assert set(made.residue()["k0"]["ipc"]) == {"queues", "sets", "segments"}
    assert explore(main, Machine.multikernel(2)).violation.kind == "residue"


def test_do_ids_name_their_home_and_fit_into_an_int():
    ipc = Machine.multikernel(128).boot()["k127"]["ipc"]
    number = ipc.free_number("queues")
    assert ipc.home_of_id(number) == "k127" and 0 < number < 1 << 22
    assert [ipc.home_of_id(wrong) for wrong in (-1, 128 << 15)] == [None, None]


# ---- queues -------------------------------------------------------------------------------------


@WHERE
def test_do_messages_come_once_and_in_order_whoever_waits_for_whom(kernels, migrations):
    def main(sys):
        queue = yield sys.msgget(IPC_PRIVATE, 0o600)
        yield sys.msgctl(queue, IPC_SET, {"msg_qbytes": 1})  # room for one: the sender waits
        thread = yield sys.clone(sends, queue, on=last(kernels))
        got = []
        for _ in range(2):
            got.append((yield sys.msgrcv(queue, 1)))
        yield sys.join(thread)
        yield sys.msgctl(queue, IPC_RMID)
        return tuple(got)

    def sends(sys, queue):
        yield sys.msgsnd(queue, 2, b"a")
        yield sys.msgsnd(queue, 1, b"b")

    assert outcomes(main, kernels, migrations=migrations) == {(((2, b"a"), (1, b"b")), 0)}


@WHERE
def test_which_of_two_receivers_gets_which_type(kernels, migrations):
    def main(sys):
        queue = yield sys.msgget(IPC_PRIVATE, 0o600)
        threads = []
        for mtype in (2, 0):
            threads.append((yield sys.clone(does, "msgrcv", queue, 9, mtype, on=last(kernels))))
        yield sys.msgsnd(queue, 2, b"")
        yield sys.msgsnd(queue, 2, b"")
        got = []
        for thread in threads:
            got.append((yield sys.join(thread)))
        yield sys.msgctl(queue, IPC_RMID)
        return tuple(got)

    assert outcomes(main, kernels, migrations=migrations) == {(((2, b""), (2, b"")), 0)}


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_do_long_messages_and_many_values_arrive_whole(kernels):
    def main(sys):
        queue = yield sys.msgget(IPC_PRIVATE, 0o600)
        data = bytes(range(256)) * 32
        yield sys.msgsnd(queue, 1, data)
        whole = (yield sys.msgrcv(queue, 8192)) == (1, data)
        yield sys.msgctl(queue, IPC_RMID)
        sems = yield sys.semget(IPC_PRIVATE, 32000, 0o600)
        values = tuple(number % 32768 for number in range(32000))
        yield sys.semctl(sems, 0, SETALL, values)
        yield sys.semop(sems, tuple((number, 1, 0) for number in range(500)))
        same = (yield sys.semctl(sems, 0, GETALL))[499:] == (500, *values[500:])
        yield sys.semctl(sems, 0, IPC_RMID)
        return whole, same

    assert run(main, kernels, start=last(kernels)).value == (True, True)


# ---- semaphores ---------------------------------------------------------------------------------


@WHERE
def test_does_a_semaphore_keep_two_threads_apart(kernels, migrations):
    def main(sys):
        page = yield sys.mmap(PAGE)
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        yield sys.semctl(sems, 0, SETVAL, 1)
        thread = yield sys.clone(adds, sems, page, on=last(kernels))
        yield from adds(sys, sems, page)
        yield sys.join(thread)
        yield sys.semctl(sems, 0, IPC_RMID)
        return (yield sys.load(page))

    def adds(sys, sems, page):
        yield sys.semop(sems, ((0, -1, 0),))
        yield sys.store(page, (yield sys.load(page)) + 1)
        yield sys.semop(sems, ((0, 1, 0),))

    assert outcomes(main, kernels, migrations=migrations) == {(2, 0)}


@WHERE
def test_can_nobody_see_half_of_a_call_with_two_operations(kernels, migrations):
    def main(sys):
        sems = yield sys.semget(IPC_PRIVATE, 2, 0o600)
        yield sys.semctl(sems, 0, SETVAL, 1)
        thread = yield sys.clone(moves, sems, on=last(kernels))
        seen = yield sys.semctl(sems, 0, GETALL)
        yield sys.join(thread)
        yield sys.semctl(sems, 0, IPC_RMID)
        return seen

    def moves(sys, sems):
        yield sys.semop(sems, ((0, -1, 0), (1, 1, 0)))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((1, 0), 0), ((0, 1), 0)}


@WHERE
def test_is_a_lock_free_again_when_its_holder_has_been_killed(kernels, migrations):
    def main(sys):
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        yield sys.semctl(sems, 0, SETVAL, 1)
        pid = yield sys.fork(holder, sems, on=last(kernels))
        yield sys.kill(pid, signal.SIGKILL)
        yield sys.wait4(pid)
        value = yield sys.semctl(sems, 0, GETVAL)  # the parent hears of the end after the undo
        yield sys.semctl(sems, 0, IPC_RMID)
        return value

    def holder(sys, sems):
        yield from operates(sys, sems, (0, -1, SEM_UNDO), (0, -1, SEM_UNDO))

    assert outcomes(main, kernels, migrations=migrations) == {(1, 0)}


@WHERE
def test_do_threads_on_many_kernels_share_what_is_to_be_undone(kernels, migrations):
    """Two threads undo each other's: nothing is left to be undone at the end of the process."""

    def main(sys):
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        yield sys.wait4((yield sys.fork(child, sems, on="k0")))
        value = yield sys.semctl(sems, 0, GETVAL)
        yield sys.semctl(sems, 0, IPC_RMID)
        return value

    def child(sys, sems):
        thread = yield sys.clone(operates, sems, (0, 2, SEM_UNDO), on=last(kernels))
        yield from operates(sys, sems, (0, -1, SEM_UNDO), (0, 1, 0))
        yield sys.join(thread)

    assert outcomes(main, kernels, migrations=migrations) == {(1, 0)}


# What threads do, by brute force: each tuple of a thread is one semop; IPC_NOWAIT where it says so.


def attempt(values, operations):
    """The values afterwards, an errno's name, or None: it has to wait.  By the manual."""
    values = list(values)
    for number, change, flags in operations:
        if (change == 0 and values[number]) or values[number] + change < 0:
            return "EAGAIN" if flags & IPC_NOWAIT else None
        values[number] += change
    return tuple(values)


def wake(values, waiting):
    """Let those go on who can: first who only waits for zeros, else in order: (state, who)."""
    for only_zeros in (True, False):
        for thread, operations in waiting:
            zeros = all(change == 0 for _, change, _ in operations)
            after = attempt(values, operations)
            if zeros == only_zeros and after is not None:
                rest = tuple(item for item in waiting if item[0] != thread)
                return after, rest, thread
    return values, waiting, None


def ends(threads, values):
    """Every end: what each thread's calls gave and the values; "deadlock" where nothing goes on."""

    @cache
    def go(places, values, waiting, results):
        found, stuck = set(), {thread for thread, _ in waiting}
        for thread, place in enumerate(places):
            if thread in stuck or place == len(threads[thread]):
                continue
            found |= step(places, values, waiting, results, thread, threads[thread][place])
        over = not waiting and all(p == len(t) for p, t in zip(places, threads, strict=True))
        return found or ({(results, values)} if over else {"deadlock"})

    def step(places, values, waiting, results, thread, operations):
        places = tuple(p + (n == thread) for n, p in enumerate(places))
        after = attempt(values, operations)
        if after is None:
            return go(places, values, (*waiting, (thread, operations)), results)
        told = [list(r) for r in results]
        told[thread].append(after if isinstance(after, str) else 0)
        values = values if isinstance(after, str) else after
        while True:
            after, waiting, woken = wake(values, waiting)
            if woken is None:
                return go(places, values, waiting, tuple(map(tuple, told)))
            told[woken].append(after if isinstance(after, str) else 0)
            values = values if isinstance(after, str) else after

    return go((0,) * len(threads), values, (), ((),) * len(threads))


def draw_threads(rng):
    def operation():
        return (
            rng.randrange(2),
            rng.choice((-2, -1, -1, 0, 1, 1, 2)),
            rng.choice((0, 0, IPC_NOWAIT)),
        )

    def call():
        return tuple(operation() for _ in range(rng.choice((1, 1, 2))))

    return tuple(tuple(call() for _ in range(2)) for _ in range(3))


def tells(sys, sems, calls):
    results = []
    for operations in calls:
        results.append((yield from tried(sys.semop(sems, operations))))
    return tuple(results)


@pytest.mark.parametrize("seed", range(20))
def test_do_random_semops_end_as_brute_force_says(seed):
    rng = random.Random(seed)
    threads, values = draw_threads(rng), (rng.randrange(3), rng.randrange(3))

    def main(sys, places):
        sems = yield sys.semget(IPC_PRIVATE, 2, 0o600)
        yield sys.semctl(sems, 0, SETALL, values)
        tids, results = [], []
        for calls, place in zip(threads, places, strict=True):
            tids.append((yield sys.clone(tells, sems, calls, on=place)))
        for tid in tids:
            results.append((yield sys.join(tid)))
        found = tuple(results), (yield sys.semctl(sems, 0, GETALL))
        yield sys.semctl(sems, 0, IPC_RMID)
        return found

    expected = ends(threads, values)
    for kernels, places in ((1, ("k0",) * 3), (2, ("k0", "k1", "k1"))):
        machine = Machine.multikernel(kernels, page_size=PAGE)
        result = explore(main, machine, (places,), stop=False)
        found = {value for value, _ in result.outcomes} | set(result.violations)
        assert result.complete and found == expected


# ---- waits that end otherwise -------------------------------------------------------------------


@WHERE
@pytest.mark.parametrize("removes", ["msgctl", "semctl"])
def test_what_if_an_object_is_removed_under_a_thread_that_waits(removes, kernels, migrations):
    def main(sys):
        if removes == "msgctl":
            number, more = (yield sys.msgget(IPC_PRIVATE, 0o600)), ()
            call = ("msgrcv", number, 9)
        else:
            number, more = (yield sys.semget(IPC_PRIVATE, 1, 0o600)), (0,)
            call = ("semop", number, ((0, -1, 0),))
        thread = yield sys.clone(does, *call, on=last(kernels))
        yield getattr(sys, removes)(number, *more, IPC_RMID)
        return (yield sys.join(thread))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {("EIDRM", 0), ("EINVAL", 0)}


@WHERE
def test_is_nothing_left_of_threads_that_wait_when_their_process_exits(kernels, migrations):
    def main(sys):
        queue = yield sys.msgget(IPC_PRIVATE, 0o600)
        pid = yield sys.fork(child, queue, on=last(kernels))
        status = (yield sys.wait4(pid))[1]
        yield sys.msgctl(queue, IPC_RMID)
        return status

    def child(sys, queue):
        yield sys.clone(does, "msgrcv", queue, 9, on="k0")
        yield sys.exit_group(3)

    assert outcomes(main, kernels, migrations=migrations) == {(3 << 8, 0)}


@WHERE
def test_does_a_thread_that_is_sent_away_wait_on_where_it_arrives(kernels, migrations):
    def main(sys):
        queue = yield sys.msgget(IPC_PRIVATE, 0o600)
        thread = yield sys.clone(does, "msgrcv", queue, 9, on=last(kernels))
        yield from tried(sys.sched_setaffinity({0}, thread))
        yield sys.msgsnd(queue, 1, b"here")
        got = yield sys.join(thread)
        left = (yield sys.msgctl(queue, IPC_STAT)).msg_qnum
        yield sys.msgctl(queue, IPC_RMID)
        return got, left

    assert outcomes(main, kernels, migrations=migrations) == {(((1, b"here"), 0), 0)}


@WHERE
def test_is_a_message_never_lost_to_a_signal(kernels, migrations):
    """Whoever is interrupted has no message; it is in the queue then, SA_RESTART or not."""

    def main(sys):
        queue = yield sys.msgget(IPC_PRIVATE, 0o600)
        yield sys.sigaction(signal.SIGUSR1, handler, SA_RESTART)
        thread = yield sys.clone(does, "msgrcv", queue, 9, on=last(kernels))
        me = yield sys.getpid()
        yield from tried(sys.tgkill(me, thread, signal.SIGUSR1))
        yield sys.msgsnd(queue, 1, b"")
        got = yield sys.join(thread)
        left = (yield sys.msgctl(queue, IPC_STAT)).msg_qnum
        yield sys.msgctl(queue, IPC_RMID)
        return got, left

    def handler(sys, signum, info):
        yield sys.gettid()

    found = outcomes(main, kernels)
    assert found == {(((1, b""), 0), 0), (("EINTR", 1), 0)}


# ---- segments -----------------------------------------------------------------------------------


def attached(sys, segment):
    return (yield sys.shmctl(segment, IPC_STAT)).shm_nattch


@WHERE
def test_is_the_number_of_attachments_true_at_every_moment(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(7, 8, NEW)
        address = yield sys.shmat(segment)
        counts = [(yield from attached(sys, segment))]
        pid = yield sys.fork(child, segment, address, on=last(kernels))
        counts.append((yield sys.wait4(pid))[1] >> 8)
        counts.append((yield from attached(sys, segment)))
        yield sys.shmdt(address)
        counts.append((yield from attached(sys, segment)))
        yield sys.shmctl(segment, IPC_RMID)
        return tuple(counts)

    def child(sys, segment, address):
        yield sys.exit((yield from attached(sys, segment)))

    assert outcomes(main, kernels, migrations=migrations) == {((1, 2, 1, 0), 0)}


@pytest.mark.parametrize("start", ["k1", "k2"])
def test_is_it_true_where_process_caller_and_segment_have_three_kernels(start):
    """The fork, the attachments and the end: of a process at home on k1, called from k2."""

    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
        yield from visit(sys, "k2")
        address = yield sys.shmat(segment)
        pid = yield sys.fork(child, address, on="k1")
        counts = [(yield from attached(sys, segment))]
        yield sys.wait4(pid)
        counts.append((yield from attached(sys, segment)))
        yield from visit(sys, "k1")
        yield sys.munmap(address, PAGE)
        yield from visit(sys, "k0")
        counts.append((yield from attached(sys, segment)))
        yield sys.shmctl(segment, IPC_RMID)
        return tuple(counts)

    def child(sys, address):
        yield sys.sched_yield()
        yield sys.shmdt(address)

    machine = Machine.multikernel(3, page_size=PAGE)
    result = explore(main, machine, start=start)
    assert result.violation is None and result.complete
    assert {value for value, _ in result.outcomes} == {(2, 1, 0), (1, 1, 0)}
    assert outcomes(main, 1) == result.outcomes


@WHERE
def test_do_two_processes_add_to_one_word_of_a_segment(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(7, 8, NEW)
        pid = yield sys.fork(adds, on=last(kernels))
        yield from adds(sys)
        yield sys.wait4(pid)
        address = yield sys.shmat(segment)
        yield sys.shmctl(segment, IPC_RMID)
        return (yield sys.load(address))

    def adds(sys):
        address = yield sys.shmat((yield sys.shmget(7, 8, 0)))
        yield sys.fetch_add(address, 1)
        yield sys.shmdt(address)

    assert outcomes(main, kernels, migrations=migrations) == {(2, 0)}


@WHERE
def test_may_a_segment_be_removed_while_another_process_attaches_it(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
        pid = yield sys.fork(child, segment, on=last(kernels))
        yield sys.shmctl(segment, IPC_RMID)
        status = (yield sys.wait4(pid))[1]
        return status >> 8, (yield from tried(sys.shmat(segment)))

    def child(sys, segment):
        address = yield from tried(sys.shmat(segment))
        if address == "EINVAL":
            yield sys.exit(1)
        yield sys.fetch_add(address, 5)
        yield sys.exit((yield sys.load(address)))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((5, "EINVAL"), 0), ((1, "EINVAL"), 0)}


@WHERE
def test_do_processes_wait_for_each_other_by_a_futex_in_a_segment(kernels, migrations):
    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 16, 0o600)
        address = yield sys.shmat(segment)
        yield sys.shmctl(segment, IPC_RMID)
        pid = yield sys.fork(wakes, address, on=last(kernels))
        while (yield sys.load(address)) == 0:
            yield from tried(sys.futex_wait(address, 0))
        yield sys.wait4(pid)
        return (yield sys.load(address))

    def wakes(sys, address):
        yield sys.store(address, 7)
        yield sys.futex_wake(address)

    assert outcomes(main, kernels, migrations=migrations) == {(7, 0)}


@pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 0), (2, 1), (3, 0)])
def test_may_a_process_be_killed_at_any_moment(kernels, migrations):
    """When its parent hears of it, nothing is attached and everything has been undone."""

    def main(sys):
        segment = yield sys.shmget(7, 8, NEW)
        sems = yield sys.semget(7, 1, NEW)
        pid = yield sys.fork(child, segment, sems, on=last(kernels))
        yield sys.kill(pid, signal.SIGKILL)
        yield sys.wait4(pid)
        left = (yield from attached(sys, segment)), (yield sys.semctl(sems, 0, GETVAL))
        yield sys.shmctl(segment, IPC_RMID)
        yield sys.semctl(sems, 0, IPC_RMID)
        return left

    def child(sys, segment, sems):
        address = yield sys.shmat(segment)
        yield sys.semop(sems, ((0, 1, SEM_UNDO),))
        yield sys.clone(does, "semop", sems, ((0, -2, 0),))
        yield sys.shmdt(address)

    assert outcomes(main, kernels, migrations=migrations) == {((0, 0), 0)}


@pytest.mark.parametrize("seed", [*range(6), *(slow(seed) for seed in range(6, 40))])
def test_is_every_attachment_given_back_by_processes_drawn_at_random(seed):
    """Threads attach, detach, unmap, map over and fork at once, and some are killed."""
    rng = random.Random(seed)
    steps = tuple(
        (rng.choice(("at", "over", "dt", "unmap", "fork", "add", "go")), rng.randrange(4))
        for _ in range(14)
    )

    def main(sys, places):
        segment = yield sys.shmget(7, 2 * PAGE, NEW)
        pids = []
        for number in range(3):
            pids.append((yield sys.fork(process, segment, number, places, 1, on=places[number])))
        yield sys.nanosleep(rng.random() * 1e-4)
        yield from tried(sys.kill(pids[0], signal.SIGKILL))
        for pid in pids:
            yield sys.wait4(pid)
        while (yield from attached(sys, segment)):  # of orphans
            yield sys.nanosleep(1e-4)
        yield sys.shmctl(segment, IPC_RMID)

    def process(sys, segment, number, places, depth):
        other = yield sys.clone(acts, segment, number, places, depth, on=places[number + 1])
        yield from acts(sys, segment, number + 3, places, depth)
        yield sys.join(other)

    def acts(sys, segment, number, places, depth):
        mine = [(yield sys.shmat(segment))]
        for kind, which in steps[number:] + steps[:number]:
            address = mine[which % len(mine)]
            if kind == "at":
                mine.append((yield sys.shmat(segment)))
            elif kind == "over":
                yield from tried(sys.shmat(segment, address, which % 2 * 0o40000))
            elif kind == "dt":
                yield from tried(sys.shmdt(address))
            elif kind == "unmap":
                yield sys.munmap(address + which % 2 * PAGE, PAGE)
            elif kind == "fork" and depth:
                here = places[which]
                pid = yield sys.fork(acts, segment, number, places, depth - 1, on=here)
                yield sys.wait4(pid)
            elif kind == "go":
                yield from visit(sys, places[which])
            elif mine[0] == address:
                again = yield sys.shmat(segment)
                yield sys.fetch_add(again, 1)

    for kernels in (1, 3):
        machine = Machine.multikernel(kernels, page_size=PAGE)
        places = tuple(f"k{(n + seed) % kernels}" for n in range(5))
        made = simulate(main, machine, (places,), seed, start=last(kernels))
        assert (made.status, made.residue()) == (0, {})
        assert seed % 6 != 1 or check_invariants(made) is None


def test_is_an_anonymous_mapping_no_segment():
    def main(sys):
        shared = yield sys.mmap(PAGE, flags=MAP_SHARED | MAP_ANONYMOUS)
        private = yield sys.mmap(PAGE)
        return (yield from tried(sys.shmdt(shared))), (yield from tried(sys.shmdt(private)))

    assert run(main, start="k1").value == ("EINVAL", "EINVAL")


def test_is_a_hole_in_a_segment_no_obstacle():
    """What else lies in the hole stays; the count is of attachments, not of areas."""

    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 4 * PAGE, 0o600)
        address = yield sys.shmat(segment)
        yield sys.munmap(address + PAGE, PAGE)
        counts = [(yield from attached(sys, segment))]
        yield sys.shmdt(address)
        counts.append((yield from attached(sys, segment)))
        yield sys.shmctl(segment, IPC_RMID)
        return tuple(counts)

    for start in ("k0", "k2"):
        assert run(main, start=start).value == (1, 0)


# ---- one system, and how it is paid for ---------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_can_a_random_program_tell_how_many_kernels_it_runs_on(seed):
    """Threads of two processes send, receive, operate, create and remove at once."""
    rng = random.Random(seed)
    calls = (
        ("msgsnd", 1, b"a", IPC_NOWAIT),
        ("msgrcv", 9, 0, IPC_NOWAIT),
        ("msgrcv", 9, -2, IPC_NOWAIT),
        ("msgctl", IPC_RMID),
        ("msgctl", IPC_SET, {"mode": 0o400}),
    )
    drawn = tuple(tuple(rng.choice(calls) for _ in range(2)) for _ in range(2))

    def main(sys, there, yonder):
        pid = yield sys.fork(makes, drawn[0], on=there)
        mine = yield from makes(sys, drawn[1])
        status = (yield sys.wait4(pid))[1]
        yield from tried(sys.msgctl((yield sys.msgget(7, NEW)), IPC_RMID))
        return mine, status

    def makes(sys, calls):
        results = []
        for name, *args in calls:
            queue = yield sys.msgget(7, NEW)
            results.append((yield from does(sys, name, queue, *args)))
        if (yield sys.getpid()) != (yield sys.getppid()):
            return tuple(results)

    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(main, ("k1", "k0"), machine=machine)
    assert verdict.holds, verdict


def test_what_does_a_call_cost():
    def main(sys):
        queue = yield sys.msgget(7, NEW)
        yield sys.msgsnd(queue, 1, b"x" * 100)
        yield sys.msgrcv(queue, 100)
        yield sys.msgctl(queue, IPC_RMID)

    assert len(run(main, 3).messages) == 0, "the authority asks nobody"
    made = run(main, 3, start="k1")
    assert counted(made, "namespaces") == {"IPC_REQUEST": 4, "IPC_RESPONSE": 4}
    assert sorted(made.messages.bytes)[-3:] == [64, 164, 164]


def test_what_does_a_wait_cost():
    """Two messages, however long it is, and a third to cut it short."""

    def main(sys, kills):
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        pid = yield sys.fork(operates, sems, (0, -1, 0), on="k1")
        yield sys.nanosleep(1)
        assert (yield sys.semctl(sems, 0, GETNCNT)) == 1
        yield sys.kill(pid, signal.SIGKILL) if kills else sys.semop(sems, ((0, 1, 0),))
        yield sys.wait4(pid)
        yield sys.semctl(sems, 0, IPC_RMID)

    usual = {"IPC_REQUEST": 1, "IPC_RESPONSE": 1}
    assert counted(run(main, 2, False), "namespaces") == usual
    assert counted(run(main, 2, True), "namespaces") == usual | {"IPC_CANCEL": 1}


def test_what_does_a_segment_cost():
    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
        address = yield sys.shmat(segment)
        yield sys.store(address, 1)
        yield sys.shmdt(address)
        yield sys.shmctl(segment, IPC_RMID)

    made = run(main, 2, start="k1")
    assert counted(made, "namespaces") == {"IPC_REQUEST": 3, "IPC_RESPONSE": 3}
    page = {"REMOTE_PAGE_REQUEST": 1, "REMOTE_PAGE_RESPONSE": 1}
    gone = {"OBJECT_RELEASE": 1, "VMA_ACK": 1, "OBJECT_GONE": 1, "OBJECT_GONE_ACK": 1}
    assert counted(made, "memory") == page | gone


def test_does_a_step_depend_on_nothing_but_state_and_input(monkeypatch):
    def main(sys):
        sems = yield sys.semget(7, 2, NEW)
        pid = yield sys.fork(operates, sems, (0, -1, SEM_UNDO), on="k1")
        address = yield sys.shmat((yield sys.shmget(7, 9, NEW)))
        yield from visit(sys, "k2")
        yield sys.store(address, 1)
        yield sys.semop(sems, ((0, 1, 0), (1, 1, 0)))
        yield sys.wait4(pid)
        yield sys.shmctl((yield sys.shmget(7, 9, 0)), IPC_RMID)
        yield sys.semctl(sems, 0, IPC_RMID)

    steps, machine = Steps(monkeypatch), Machine.multikernel(3, page_size=PAGE)
    simulate(main, machine)
    assert len(steps.steps) > 40 and steps.again(machine) == 0


# ---- can the invariants fail? -------------------------------------------------------------------


class LeavesItsPlace(Ipc):
    """A wait that is cut short is forgotten here, not at home."""

    def interrupt(self, tid):
        if tid not in self.waits:
            return False
        del self.waits[tid]
        self.kernel.fail(tid, errno.EINTR)
        return "final"

    def on_ipc_response(self, source, message):
        if message.tid in self.waits:
            super().on_ipc_response(source, message)


class WakesNobody(Ipc):
    """After a change nobody looks at who waits."""

    def _let_go_on(self, item):
        pass


class WakesNoSender(Ipc):
    """Who waits for room is not told that there is some."""

    def _admit_senders(self, queue):
        pass


class ForksAtOnce(Ipc):
    """A fork does not wait until the child's attachments are counted."""

    def fork(self, tid, child, flags):
        return False


def a_wait_cut_short(sys):
    queue = yield sys.msgget(IPC_PRIVATE, 0o600)
    thread = yield sys.clone(does, "msgrcv", queue, 9, on="k1")
    yield from tried(sys.sched_setaffinity({0}, thread))
    yield sys.msgctl(queue, IPC_RMID)
    yield sys.join(thread)


def a_semaphore(sys):
    sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
    thread = yield sys.clone(operates, sems, (0, -1, 0), on="k1")
    yield sys.semop(sems, ((0, 1, 0),))
    yield sys.join(thread)
    yield sys.semctl(sems, 0, IPC_RMID)


def a_full_queue(sys):
    queue = yield sys.msgget(IPC_PRIVATE, 0o600)
    yield sys.msgctl(queue, IPC_SET, {"msg_qbytes": 1})
    yield sys.msgsnd(queue, 1, b"a")
    thread = yield sys.clone(does, "msgsnd", queue, 1, b"b", on="k1")
    yield sys.msgrcv(queue, 9)
    yield sys.join(thread)
    yield sys.msgctl(queue, IPC_RMID)


def three_kernels_fork(sys):
    """A process at home on k1 forks on k2; the segment is on k0."""
    yield sys.wait4((yield sys.fork(forks_elsewhere, on="k2")))


def forks_elsewhere(sys):
    segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
    yield sys.shmat(segment)
    yield sys.shmctl(segment, IPC_RMID)
    yield sys.wait4((yield sys.fork(idles)))


def idles(sys):
    yield sys.sched_yield()


PLANTED = {
    LeavesItsPlace: (a_wait_cut_short, "everybody_waits_once"),
    WakesNobody: (a_semaphore, "nobody_waits_for_what_is_there"),
    WakesNoSender: (a_full_queue, "nobody_waits_for_what_is_there"),
    ForksAtOnce: (three_kernels_fork, "attachments_are_counted"),
}


@pytest.mark.parametrize("wrong", PLANTED)
def test_is_a_planted_defect_found(wrong):
    program, invariant = PLANTED[wrong]
    machine = Machine.multikernel(3, page_size=PAGE)
    sound = explore(program, machine, start="k1")
    assert sound.violation is None and sound.complete
    found = explore(program, machine.replace(ipc=wrong), start="k1").violation
    assert (found.kind, found.message.split(":")[0]) == ("invariant", invariant)


def test_what_does_the_state_say_in_words():
    kernels = Machine.multikernel(2).boot()
    ipc = kernels["k0"]["ipc"]
    ipc.waits[1 << 22 | 5] = Wait("semop", "k1")
    assert ipc.describe() == ["k0:5 waits in semop for k1"]
    assert Failure(errno.EIDRM).errno == 43


# ---- errors of use ------------------------------------------------------------------------------

WRONG = {
    "msgget needs a whole number as key, not 'mine'": lambda sys: sys.msgget("mine", 0),
    "msgsnd needs bytes, not 'text'": lambda sys: sys.msgsnd(0, 1, "text"),
    "msgrcv needs a whole number as size, not None": lambda sys: sys.msgrcv(0, None),
    "msgctl needs what IPC_STAT gave, or a dict, not 0": lambda sys: sys.msgctl(0, IPC_SET, 0),
    "field of IPC_SET 'owner'; known: 'uid'": lambda s: s.msgctl(0, IPC_SET, {"owner": 1}),
    "semop needs .number, operation, flags., ..., not 5": lambda sys: sys.semop(0, 5),
    "semop needs a whole number as flags, not 'now'": lambda sys: sys.semop(0, ((0, 1, "now"),)),
    "semop: 32768 does not fit into 16 bits": lambda sys: sys.semop(0, ((0, 1 << 15, 0),)),
    "SETALL needs a tuple of numbers, not 3": lambda sys: sys.semctl(0, 0, SETALL, 3),
    "semctl needs a whole number as argument, not 1.5": lambda s: s.semctl(0, 0, SETVAL, 1.5),
    "shmat needs a whole number as addr, not 'top'": lambda sys: sys.shmat(0, "top"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_the_author_of_a_wrong_program_hear(text):
    def main(sys):
        yield WRONG[text](sys)

    with pytest.raises(UsageError, match=text):
        simulate(main, Machine.multikernel(2))
