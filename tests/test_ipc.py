"""System V IPC on many kernels: one key is one object, and no message is lost."""

import signal

import pytest
from ipc_programs import NEW, WHERE, does, last, run
from programs import outcomes
from scenarios import tried

from popcorn_lib import (
    GETALL,
    IPC_EXCL,
    IPC_NOWAIT,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    SA_RESTART,
    SETALL,
    SETVAL,
    Machine,
    UsageError,
    explore,
    simulate,
)
from popcorn_lib.mechanisms.ipc import keys

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
    ipc = Machine.multikernel(256).boot()["k255"]["ipc"]
    number = ipc.free_number("queues")
    assert ipc.home_of_id(number) == "k255" and 0 < number < 1 << 23
    assert [ipc.home_of_id(wrong) for wrong in (-1, 256 << 15)] == [None, None]


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
