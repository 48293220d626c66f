"""Programs of System V IPC that run on a real Linux too; each tells what Linux's manual pages say.

Modelled on what the Linux Test Project asks of msgget, msgsnd, msgrcv, msgctl, semget, semop,
semctl, shmget, shmat, shmdt and shmctl.  Each takes the names of two kernels.  Values hold no ids;
who must come first is waited for, or has slept for less long.  Nothing is left behind.
"""

import errno
import random
import signal

from scenarios import BLINK, NAP, moves, tried

PRIVATE, CREAT, EXCL, NOWAIT = 0, 0o1000, 0o2000, 0o4000
RMID, SET, STAT = 0, 1, 2
GETPID, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL = range(11, 18)
UNDO, NOERROR, EXCEPT, COPY = 0x1000, 0o10000, 0o20000, 0o40000
RDONLY, RND, REMAP = 0o10000, 0o20000, 0o40000
LOCK, UNLOCK, DEST = 11, 12, 0o1000
KEY, PAGE = 0x51, 4096
NEVER = 0x7FFFFFF0  # an id that nothing has


def status_of(sys, pid):
    return (yield sys.wait4(pid))[1]


def tell(sys, result):
    """End with a status that says how a call has ended: 0, or its errno."""
    yield sys.exit(getattr(errno, result, 99) if isinstance(result, str) else 0)


def does(sys, name, *args):
    """A process that makes one call, and tells how it has ended."""
    yield from tell(sys, (yield from tried(getattr(sys, name)(*args))))


def as_user(sys, on, name, *args):
    """How a call ends for somebody who is not root."""

    def other(sys):
        yield sys.setuid(4321)
        yield from does(sys, name, *args)

    pid = yield sys.fork(other, on=on)
    return (yield from status_of(sys, pid)) >> 8


# ---- keys ---------------------------------------------------------------------------------------


def keys(sys, there, yonder):
    found = []
    for get, size in (("msgget", ()), ("semget", (2,)), ("shmget", (100,))):
        get, ctl = getattr(sys, get), getattr(sys, get[:3] + "ctl")
        found.append((yield from tried(get(KEY, *size, 0))))
        first = yield get(KEY, *size, CREAT | 0o640)
        yield from moves(sys, there)
        found.append((yield get(KEY, *size, CREAT | 0o600)) == first)
        found.append((yield get(KEY, *size, 0)) == first)
        found.append((yield from tried(get(KEY, *size, CREAT | EXCL | 0o600))))
        private = yield get(PRIVATE, *size, 0o600)
        other = yield get(PRIVATE, *size, 0o600)
        found.append(len({first, private, other}))
        control = (lambda n, *a, ctl=ctl: ctl(n, 0, *a)) if get.__name__ == "semget" else ctl
        perm = (yield control(first, STAT))[0]
        found.append((perm.key, perm.uid, perm.cuid, perm.mode))
        for number in (first, private, other):
            found.append((yield control(number, RMID)))
            found.append((yield from tried(control(number, STAT))))
        found.append((yield from tried(get(KEY, *size, 0))))
        yield from moves(sys, yonder)
    return tuple(found)


def sizes(sys, there, yonder):
    found = []
    for count in (-1, 0, 32001):
        found.append((yield from tried(sys.semget(PRIVATE, count, 0o600))))
    found.append((yield from tried(sys.semget(KEY, 0, 0))))
    sems = yield sys.semget(KEY, 3, CREAT | 0o600)
    for count in (0, 2, 3, 4):
        result = yield from tried(sys.semget(KEY, count, 0))
        found.append(result if isinstance(result, str) else result == sems)
    yield sys.semctl(sems, 0, RMID)
    for size in (0, -1):
        found.append((yield from tried(sys.shmget(PRIVATE, size, 0o600))))
    segment = yield sys.shmget(KEY, 100, CREAT | 0o600)
    for size in (0, 99, 100, 101, 4096):
        result = yield from tried(sys.shmget(KEY, size, 0))
        found.append(result if isinstance(result, str) else result == segment)
    yield sys.shmctl(segment, RMID)
    return tuple(found)


def wrong_ids(sys, there, yonder):
    found = []
    for number in (-1, NEVER):
        for request in (
            sys.msgsnd(number, 1, b""),
            sys.msgsnd(number, 0, b""),
            sys.msgrcv(number, 1),
            sys.msgctl(number, STAT),
            sys.msgctl(number, RMID),
            sys.msgctl(number, 99),
            sys.semop(number, ((0, 1, 0),)),
            sys.semop(number, ()),
            sys.semop(number, ((0, 1, 0),) * 501),
            sys.semctl(number, 0, GETVAL),
            sys.semctl(number, 0, SETVAL, -1),
            sys.semctl(number, 0, RMID),
            sys.semctl(number, 0, 99),
            sys.shmat(number),
            sys.shmctl(number, STAT),
            sys.shmctl(number, RMID),
            sys.shmctl(number, 99),
        ):
            found.append((yield from tried(request)))
    for address in (0, 1, PAGE, 1 << 40):
        found.append((yield from tried(sys.shmdt(address))))
    return tuple(found)


# ---- whose is it? -------------------------------------------------------------------------------


def users(sys, there, yonder):
    found = []
    for mode in (0, 0o600, 0o640, 0o660, 0o666, 0o606, 0o440, 0o400):
        queue = yield sys.msgget(KEY, CREAT | mode)
        sems = yield sys.semget(KEY, 2, CREAT | mode)
        segment = yield sys.shmget(KEY, 100, CREAT | mode)
        yield sys.msgsnd(queue, 1, b"x")
        for call in (
            ("msgget", KEY, 0),
            ("msgget", KEY, 0o600),
            ("msgget", KEY, 0o400),
            ("msgget", KEY, 0o006),
            ("msgsnd", queue, 1, b"y"),
            ("msgctl", queue, STAT),
            ("msgctl", queue, RMID),
            ("msgctl", queue, SET, {"mode": 0o666}),
            ("msgrcv", queue, 10),
            ("semget", KEY, 2, 0o600),
            ("semget", KEY, 3, 0o600),
            ("semop", sems, ((0, 1, 0),)),
            ("semop", sems, ((1, 0, NOWAIT),)),
            ("semop", sems, ((7, 0, NOWAIT),)),
            ("semctl", sems, 0, GETVAL),
            ("semctl", sems, 7, GETVAL),
            ("semctl", sems, 0, SETVAL, 1),
            ("semctl", sems, 7, SETVAL, 1),
            ("semctl", sems, 0, SETALL, (0, 0)),
            ("semctl", sems, 0, SETALL, (0, 99999)),
            ("semctl", sems, 0, RMID),
            ("shmget", KEY, 100, 0o400),
            ("shmat", segment),
            ("shmat", segment, None, RDONLY),
            ("shmctl", segment, STAT),
            ("shmctl", segment, LOCK),
            ("shmctl", segment, RMID),
        ):
            found.append((yield from as_user(sys, there, *call)))
        yield sys.msgctl(queue, RMID)
        yield sys.semctl(sems, 0, RMID)
        yield sys.shmctl(segment, RMID)
    return tuple(found)


def given_away(sys, there, yonder):
    """IPC_SET makes somebody else the owner; the creator stays what it is."""
    queue = yield sys.msgget(PRIVATE, 0o600)
    before = yield from as_user(sys, there, "msgsnd", queue, 1, b"")
    yield sys.msgctl(queue, SET, {"uid": 4321, "mode": 0o7644})
    after = []
    for call in (
        ("msgsnd", queue, 1, b""),
        ("msgctl", queue, SET, {"msg_qbytes": 16384}),
        ("msgctl", queue, SET, {"msg_qbytes": 16385}),
        ("msgctl", queue, RMID),
    ):
        after.append((yield from as_user(sys, yonder, *call)))
    return before, tuple(after), (yield from tried(sys.msgctl(queue, STAT)))


def what_stat_tells(sys, there, yonder):
    queue = yield sys.msgget(PRIVATE, 0o640)
    me = yield sys.getpid()
    before = yield sys.msgctl(queue, STAT)
    pid = yield sys.fork(does, "msgsnd", queue, 3, b"four", on=there)
    yield sys.wait4(pid)
    yield sys.msgsnd(queue, 3, b"")
    sent = yield sys.msgctl(queue, STAT)
    yield sys.msgctl(queue, SET, before._replace(msg_qbytes=99))
    yield sys.msgrcv(queue, 10)
    after = yield sys.msgctl(queue, STAT)
    yield sys.msgctl(queue, RMID)
    counts = [(s.msg_cbytes, s.msg_qnum, s.msg_qbytes) for s in (before, sent, after)]
    pids = (before.msg_lspid, before.msg_lrpid, sent.msg_lspid == me, after.msg_lrpid == me)
    return tuple(counts), pids, after.msg_perm.mode


# ---- queues -------------------------------------------------------------------------------------


def types(sys, there, yonder):
    queue = yield sys.msgget(PRIVATE, 0o600)
    found = []
    for mtype in (0, -1):
        found.append((yield from tried(sys.msgsnd(queue, mtype, b""))))
    for mtype, data in ((5, b"a"), (3, b"b"), (4, b"c"), (3, b"d"), (9, b"e"), (5, b"f")):
        yield sys.msgsnd(queue, mtype, data)
        yield from moves(sys, yonder)
    for mtype, flags in (
        (7, NOWAIT),
        (-2, NOWAIT),
        (3, 0),
        (-4, 0),
        (5, EXCEPT),
        (-9, EXCEPT),
        (0, COPY),
        (0, COPY | NOWAIT | EXCEPT),
        (1, COPY | NOWAIT),
        (9, COPY | NOWAIT),
        (0, NOWAIT),
        (0, NOWAIT),
        (0, NOWAIT),
    ):
        found.append((yield from tried(sys.msgrcv(queue, 10, mtype, flags))))
    yield sys.msgctl(queue, RMID)
    return tuple(found)


def long_messages(sys, there, yonder):
    queue = yield sys.msgget(PRIVATE, 0o600)
    found = [(yield from tried(sys.msgsnd(queue, 1, b"x" * 8193)))]
    yield sys.msgsnd(queue, 1, b"x" * 8192)
    yield sys.msgsnd(queue, 2, b"yyy")
    found.append((yield from tried(sys.msgrcv(queue, -1))))
    found.append((yield from tried(sys.msgrcv(queue, 8191, 1))))
    found.append((yield from tried(sys.msgrcv(queue, 2, 2, NOERROR))))
    found.append(len((yield sys.msgrcv(queue, 8192))[1]))
    yield sys.msgctl(queue, RMID)
    return tuple(found)


def full(sys, there, yonder):
    """A full queue: bytes count, and so do messages without any."""
    queue = yield sys.msgget(PRIVATE, 0o600)
    found = []
    for size in (8192, 8000, 193, 192, 1, 0):
        found.append((yield from tried(sys.msgsnd(queue, 1, b"x" * size, NOWAIT))))
    yield sys.msgctl(queue, SET, {"msg_qbytes": 3})
    found.append((yield from tried(sys.msgsnd(queue, 1, b"", NOWAIT))))
    for _ in range(4):
        yield sys.msgrcv(queue, 9999)
    for _ in range(4):
        found.append((yield from tried(sys.msgsnd(queue, 1, b"", NOWAIT))))
    pid = yield sys.fork(does, "msgsnd", queue, 2, b"", on=there)
    yield sys.nanosleep(NAP)
    found.append((yield sys.msgctl(queue, STAT)).msg_qnum)
    yield sys.msgrcv(queue, 0)
    found.append((yield from status_of(sys, pid)))
    found.append((yield sys.msgctl(queue, STAT)).msg_qnum)
    yield sys.msgctl(queue, RMID)
    return tuple(found)


def removed_while_waiting(sys, there, yonder):
    queue = yield sys.msgget(PRIVATE, 0o600)
    filled = yield sys.msgget(PRIVATE, 0o600)
    sems = yield sys.semget(PRIVATE, 1, 0o600)
    yield sys.msgsnd(filled, 1, b"x" * 8192)
    yield sys.msgsnd(filled, 1, b"x" * 8192)
    pids = [
        (yield sys.fork(does, "msgrcv", queue, 10, on=there)),
        (yield sys.fork(does, "msgsnd", filled, 1, b"x", on=yonder)),
        (yield sys.fork(does, "semop", sems, ((0, -1, 0),), on=there)),
    ]
    yield sys.nanosleep(NAP)
    for number in (queue, filled):
        yield sys.msgctl(number, RMID)
    yield sys.semctl(sems, 0, RMID)
    found = []
    for pid in pids:
        found.append((yield from status_of(sys, pid)) >> 8)
    return tuple(found)


def cut_short(sys, there, yonder):
    """A handler runs: EINTR, even under SA_RESTART, and no message is lost."""
    queue = yield sys.msgget(PRIVATE, 0o600)
    sems = yield sys.semget(PRIVATE, 1, 0o600)
    pids = []
    for call in (("msgrcv", queue, 10), ("semop", sems, ((0, -1, UNDO),))):
        pids.append((yield sys.fork(handles, *call, on=there)))
    yield sys.nanosleep(NAP)
    waited = yield sys.semctl(sems, 0, GETNCNT)
    for pid in pids:
        yield sys.kill(pid, signal.SIGUSR1)
    found = []
    for pid in pids:
        found.append((yield from status_of(sys, pid)) >> 8)
    yield sys.msgsnd(queue, 1, b"kept")
    yield sys.semop(sems, ((0, 1, 0),))
    found += [(yield sys.msgrcv(queue, 10)), (yield sys.semctl(sems, 0, GETVAL))]
    yield sys.msgctl(queue, RMID)
    yield sys.semctl(sems, 0, RMID)
    return waited, tuple(found)


def handles(sys, name, *args):
    yield sys.sigaction(signal.SIGUSR1, ignore, 0x10000000)
    yield from does(sys, name, *args)


def ignore(sys, signum, info):
    yield sys.getpid()


def too_long_for_the_first(sys, there, yonder):
    """A message that is too long for who waits first: E2BIG there, the next one gets it."""
    queue = yield sys.msgget(PRIVATE, 0o600)
    first = yield sys.fork(does, "msgrcv", queue, 2, on=there)
    yield sys.nanosleep(NAP)
    second = yield sys.fork(does, "msgrcv", queue, 2, 0, NOERROR, on=yonder)
    yield sys.nanosleep(NAP)
    yield sys.msgsnd(queue, 1, b"long")
    found = [(yield from status_of(sys, first)), (yield from status_of(sys, second))]
    found.append((yield sys.msgctl(queue, STAT)).msg_qnum)
    yield sys.msgctl(queue, RMID)
    return tuple(found)


def excluded(sys, there, yonder):
    """IPC_SET takes a right away from somebody who waits."""

    def other(sys):
        yield sys.setuid(4321)
        yield from does(sys, "msgrcv", queue, 9)

    queue = yield sys.msgget(PRIVATE, 0o666)
    pid = yield sys.fork(other, on=there)
    yield sys.nanosleep(NAP)
    yield sys.msgctl(queue, SET, {"mode": 0o600})
    status = yield from status_of(sys, pid)
    yield sys.msgctl(queue, RMID)
    return status >> 8


# ---- semaphores ---------------------------------------------------------------------------------


def operations(sys, there, yonder):
    sems = yield sys.semget(PRIVATE, 3, 0o600)
    found = []
    for ops in (
        ((0, 0, 0),),
        ((3, 1, 0),),
        ((-1, 1, 0),),
        ((0, 5, 0), (1, -1, NOWAIT)),
        ((0, 5, 0), (0, -5, 0), (0, 0, 0), (1, 2, 0)),
        ((1, -1, 0), (1, -2, NOWAIT)),
        ((1, -2, 0), (0, 7, 0)),
        ((0, 32760, 0),),
        ((0, 32761, 0),),
        ((0, 32761, 0), (0, -32761, 0)),
        ((2, -32768, NOWAIT),),
        ((2, 32767, UNDO), (2, 1, 0)),
    ):
        found.append((yield from tried(sys.semop(sems, ops))))
        found.append((yield sys.semctl(sems, 0, GETALL)))
        yield from moves(sys, there if len(found) % 4 else yonder)
    yield sys.semctl(sems, 0, RMID)
    return tuple(found)


def values(sys, there, yonder):
    sems = yield sys.semget(PRIVATE, 2, 0o600)
    me, found = (yield sys.getpid()), []
    for request in (
        sys.semctl(sems, 0, GETPID),
        sys.semctl(sems, 0, SETVAL, 3),
        sys.semctl(sems, 0, SETVAL, -1),
        sys.semctl(sems, 0, SETVAL, 32768),
        sys.semctl(sems, 2, SETVAL, 1),
        sys.semctl(sems, -1, GETVAL),
        sys.semctl(sems, 2, GETNCNT),
        sys.semctl(sems, 0, SETALL, (1, 32768)),
        sys.semctl(sems, 0, GETALL),
        sys.semctl(sems, 99, SETALL, (1, 2)),
        sys.semctl(sems, 99, GETALL),
    ):
        found.append((yield from tried(request)))
    found.append((yield sys.semctl(sems, 0, GETPID)) == me)
    found.append((yield sys.semctl(sems, 0, STAT)).sem_nsems)
    pid = yield sys.fork(does, "semop", sems, ((1, 0, NOWAIT), (0, -1, 0)), on=there)
    found.append((yield from status_of(sys, pid)) >> 8)
    found.append((yield sys.semctl(sems, 0, GETPID)) == me)
    pid = yield sys.fork(does, "semop", sems, ((0, -1, UNDO),), on=there)
    found.append((yield from status_of(sys, pid)) >> 8)
    found.append((yield sys.semctl(sems, 0, GETPID)) == pid)
    found.append((yield sys.semctl(sems, 0, GETALL)))
    yield sys.semctl(sems, 0, RMID)
    return tuple(found)


def undone(sys, there, yonder):
    """What a process has done under SEM_UNDO is undone at its end, however it ends."""
    sems = yield sys.semget(PRIVATE, 3, 0o600)
    yield sys.semctl(sems, 0, SETALL, (5, 5, 0))
    yield sys.semop(sems, ((0, -1, UNDO),))
    found = []
    for how in ("exit", "kill", "reset", "twice", "below"):
        pid = yield sys.fork(undoes, sems, how, on=there)
        yield sys.nanosleep(BLINK)
        found.append((yield from status_of(sys, pid)))
        found.append((yield sys.semctl(sems, 0, GETALL)))
        yield sys.semctl(sems, 2, SETVAL, 0)
    yield sys.semctl(sems, 0, RMID)
    return tuple(found)


def undoes(sys, sems, how):
    yield sys.semop(sems, ((0, -2, UNDO), (1, -1, 0), (2, 3, UNDO)))
    if how == "kill":
        yield sys.kill((yield sys.getpid()), signal.SIGKILL)
    elif how == "reset":
        yield sys.semctl(sems, 0, SETVAL, 4)
    elif how == "twice":
        yield sys.semop(sems, ((0, 2, UNDO), (2, -1, UNDO)))
    elif how == "below":
        yield sys.semop(sems, ((2, -2, 0),))
    yield sys.exit(len((yield sys.semctl(sems, 0, GETALL))))


def undo_wakes(sys, there, yonder):
    """A lock whose holder dies is free again; a child does not inherit what is to be undone."""
    sems = yield sys.semget(PRIVATE, 1, 0o600)
    yield sys.semctl(sems, 0, SETVAL, 1)
    holder = yield sys.fork(holds, sems, on=there)
    yield sys.nanosleep(BLINK)
    waiter = yield sys.fork(does, "semop", sems, ((0, -1, 0),), on=yonder)
    yield sys.nanosleep(NAP)
    waits = yield sys.semctl(sems, 0, GETNCNT)
    yield sys.kill(holder, signal.SIGKILL)
    found = waits, (yield from status_of(sys, waiter)), (yield from status_of(sys, holder))
    yield sys.semctl(sems, 0, RMID)
    return found


def holds(sys, sems):
    yield sys.semop(sems, ((0, -1, UNDO),))
    yield sys.wait4((yield sys.fork(does, "semctl", sems, 0, GETVAL)))
    yield sys.pause()


# ---- segments -----------------------------------------------------------------------------------


def attached(sys, segment):
    return (yield sys.shmctl(segment, STAT)).shm_nattch


def shared_bytes(sys, there, yonder):
    segment = yield sys.shmget(KEY, 2 * PAGE + 1, CREAT | 0o600)
    one, two = (yield sys.shmat(segment)), (yield sys.shmat(segment))
    yield sys.store(one + PAGE, 7)
    found = [(yield sys.load(two + PAGE)), (yield from attached(sys, segment))]
    pid = yield sys.fork(adds, one + PAGE, two, segment, on=there)
    found += [(yield from status_of(sys, pid)) >> 8, (yield from attached(sys, segment))]
    found += [(yield sys.load(two + PAGE)), (yield sys.load(one + 2 * PAGE))]
    yield from moves(sys, yonder)
    found += [(yield sys.shmdt(one)), (yield from attached(sys, segment))]
    found += [(yield from tried(sys.shmdt(one))), (yield sys.load(two + PAGE))]
    found += [(yield sys.shmctl(segment, RMID)), (yield from tried(sys.shmget(KEY, 1, 0)))]
    status = yield sys.shmctl(segment, STAT)
    found += [status.shm_perm.key, oct(status.shm_perm.mode), status.shm_segsz]
    three = yield sys.shmat(segment)
    found += [(yield sys.load(three + PAGE)), (yield from attached(sys, segment))]
    yield sys.shmdt(two)
    yield sys.shmdt(three)
    found += [(yield from tried(sys.shmctl(segment, STAT))), (yield from tried(sys.shmat(segment)))]
    return tuple(found)


def adds(sys, word, other, segment):
    """A child that adds 35, detaches one attachment and leaves the other to its end."""
    before = yield from attached(sys, segment)
    yield sys.fetch_add(word, 35)
    yield sys.shmdt(other)
    after = yield from attached(sys, segment)
    yield sys.exit(10 * before + after)


def kept_for_nobody(sys, there, yonder):
    """A segment keeps its bytes while nobody has attached it."""
    segment = yield sys.shmget(PRIVATE, 10, 0o600)
    yield sys.wait4((yield sys.fork(writes, segment, 42, on=there)))
    before = yield from attached(sys, segment)
    yield from moves(sys, yonder)
    address = yield sys.shmat(segment, None, RDONLY)
    found = before, (yield sys.load(address)), (yield from attached(sys, segment))
    yield sys.shmctl(segment, RMID)
    return found


def writes(sys, segment, value):
    yield sys.store((yield sys.shmat(segment)), value)


def where_attached(sys, there, yonder):
    segment = yield sys.shmget(PRIVATE, PAGE, 0o600)
    place = yield sys.mmap(4 * PAGE)
    yield sys.munmap(place + PAGE, PAGE)
    found = [(yield sys.shmat(segment, place + PAGE)) == place + PAGE]
    yield from moves(sys, there)
    for address, flags in (
        (place, 0),
        (place + PAGE, 0),
        (place + 1, 0),
        (0, REMAP),
        (place + 3 * PAGE + 5, RND),
        (place + 5, RND),
    ):
        found.append((yield from tried(sys.shmat(segment, address or None, flags))))
    found.append((yield sys.shmat(segment, place + 9, RND | REMAP)) == place)
    found.append((yield sys.shmat(segment, place + PAGE, REMAP)) == place + PAGE)
    found.append((yield from attached(sys, segment)))
    yield sys.munmap(place, PAGE)
    found.append((yield from attached(sys, segment)))
    found.append((yield from tried(sys.shmdt(place))))
    yield sys.mmap(PAGE, addr=place + PAGE, flags=0x32)
    found.append((yield from attached(sys, segment)))
    found += [(yield from tried(sys.shmdt(place + PAGE))), (yield sys.shmctl(segment, RMID))]
    return tuple(found)


def read_only(sys, there, yonder):
    segment = yield sys.shmget(PRIVATE, 10, 0o600)
    yield sys.wait4((yield sys.fork(writes, segment, 7)))
    statuses = []
    for touches in (reads_it, writes_it):
        pid = yield sys.fork(touches, segment, on=there)
        statuses.append((yield from status_of(sys, pid)))
    left = yield from attached(sys, segment)
    yield sys.shmctl(segment, RMID)
    return tuple(statuses), left


def reads_it(sys, segment):
    yield sys.exit((yield sys.load((yield sys.shmat(segment, None, RDONLY)))))


def writes_it(sys, segment):
    yield sys.store((yield sys.shmat(segment, None, RDONLY)), 1)


def locked(sys, there, yonder):
    segment = yield sys.shmget(PRIVATE, 10, 0o600)
    modes = []
    for command in (LOCK, UNLOCK):
        yield sys.shmctl(segment, command)
        modes.append((yield sys.shmctl(segment, STAT)).shm_perm.mode)
    yield sys.shmctl(segment, RMID)
    return tuple(modes)


# ---- drawn at random ----------------------------------------------------------------------------

SEEDS = range(12)


def random_operations(rng, count):
    ops = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        flags = rng.choice((0, 0, 0, UNDO, NOWAIT))
        ops.append((rng.randrange(count), rng.choice((-3, -2, -1, -1, 0, 0, 1, 1, 2)), flags))
    return tuple(ops)


def random_semaphores(sys, there, yonder, seed):
    """Some wait, one after the other; after every step of main: the values and who still waits."""
    rng, count = random.Random(seed), 2
    sems = yield sys.semget(PRIVATE, count, 0o600)
    yield sys.semctl(sems, 0, SETALL, tuple(rng.randrange(3) for _ in range(count)))
    pids, found = [], []
    for number in range(16):
        ops, where = random_operations(rng, count), (there, yonder)[number % 2]
        if rng.random() < 0.5:
            pids.append((yield sys.fork(does, "semop", sems, ops, on=where)))
        else:
            ops = tuple((which, change, flags | NOWAIT) for which, change, flags in ops)
            found.append((yield from tried(sys.semop(sems, ops))))
        yield sys.nanosleep(BLINK)
        found.append((yield sys.semctl(sems, 0, GETALL)))
        for which in range(count):
            found.append((yield sys.semctl(sems, which, GETNCNT)))
            found.append((yield sys.semctl(sems, which, GETZCNT)))
    yield sys.semctl(sems, 0, RMID)
    for pid in pids:
        found.append((yield from status_of(sys, pid)))
    return tuple(found)


def random_messages(sys, there, yonder, seed):
    """Receivers and senders wait, one after the other; main sends and receives in between."""
    rng = random.Random(seed)
    queue = yield sys.msgget(PRIVATE, 0o600)
    yield sys.msgctl(queue, SET, {"msg_qbytes": 6})
    pids, found = [], []
    for number in range(18):
        where, mtype = (there, yonder)[number % 2], rng.randrange(1, 4)
        data = b"abcd"[: rng.randrange(5)]
        send = ("msgsnd", queue, mtype, data)
        wanted = rng.choice((0, mtype, -mtype))
        receive = ("msgrcv", queue, rng.choice((1, 9)), wanted, rng.choice((0, NOERROR, EXCEPT)))
        call = rng.choice((send, receive))
        if rng.random() < 0.6:
            pids.append((yield sys.fork(does, *call, on=where)))
        else:
            last = call[-1] | NOWAIT if call is receive else data
            more = (NOWAIT,) if call is send else ()
            request = getattr(sys, call[0])(*call[1:-1], last, *more)
            found.append((yield from tried(request)))
        yield sys.nanosleep(BLINK)
        status = yield sys.msgctl(queue, STAT)
        found.append((status.msg_cbytes, status.msg_qnum))
    yield sys.msgctl(queue, RMID)
    for pid in pids:
        found.append((yield from status_of(sys, pid)))
    return tuple(found)


ALL = (
    keys,
    sizes,
    wrong_ids,
    what_stat_tells,
    types,
    long_messages,
    full,
    removed_while_waiting,
    cut_short,
    too_long_for_the_first,
    operations,
    values,
    undone,
    undo_wakes,
    shared_bytes,
    kept_for_nobody,
    where_attached,
    read_only,
    locked,
)
ROOTS = (users, given_away, excluded)  # only root may become another user
RANDOM = (random_semaphores, random_messages)
