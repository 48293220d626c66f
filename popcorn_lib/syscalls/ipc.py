"""Calls of System V IPC: message queues, sets of semaphores, segments of shared memory.

Keys name objects for all processes of a namespace, ids are what the calls take.  An object stays
until somebody removes it.  Times (`msg_stime` and its kin) are left out: kernels see no clock.
"""

from typing import NamedTuple

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.syscalls.request import Call, whole

# Linux's values and its usual limits.
IPC_PRIVATE, IPC_CREAT, IPC_EXCL, IPC_NOWAIT = 0, 0o1000, 0o2000, 0o4000
IPC_RMID, IPC_SET, IPC_STAT = 0, 1, 2
GETPID, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL = range(11, 18)
SEM_UNDO = 0x1000
MSG_NOERROR, MSG_EXCEPT, MSG_COPY = 0o10000, 0o20000, 0o40000
SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC = 0o10000, 0o20000, 0o40000, 0o100000
SHM_LOCK, SHM_UNLOCK, SHM_DEST, SHM_LOCKED = 11, 12, 0o1000, 0o2000
MSGMAX, MSGMNB, MSGMNI = 8192, 16384, 32000  # bytes of a message, of a queue; queues
SEMMSL, SEMOPM, SEMVMX, SEMAEM, SEMMNI = 32000, 500, 32767, 32767, 32000
SHMMIN, SHMMAX, SHMMNI = 1, (1 << 64) - (1 << 24) - 1, 4096


class IpcPerm(NamedTuple):
    """Whose an object is, as `ipc_perm`; mode: nine bits, and SHM_DEST and SHM_LOCKED."""

    key: int
    uid: int
    gid: int
    cuid: int
    cgid: int
    mode: int


class MsqidDs(NamedTuple):
    """What IPC_STAT tells of a queue, as `msqid_ds`."""

    msg_perm: IpcPerm
    msg_cbytes: int  # bytes in the queue
    msg_qnum: int  # messages in the queue
    msg_qbytes: int  # bytes for which it has room
    msg_lspid: int  # who sent last
    msg_lrpid: int  # who received last


class SemidDs(NamedTuple):
    """What IPC_STAT tells of a set of semaphores, as `semid_ds`."""

    sem_perm: IpcPerm
    sem_nsems: int


class ShmidDs(NamedTuple):
    """What IPC_STAT tells of a segment, as `shmid_ds`."""

    shm_perm: IpcPerm
    shm_segsz: int  # bytes that were asked for
    shm_cpid: int  # who made it
    shm_lpid: int  # who attached or detached last
    shm_nattch: int  # how often it is attached


class IpcCalls:
    """System V IPC.

    All: EACCES: the mode does not allow it.  EINVAL: no such id, an unknown command.  EIDRM: the
    object was removed during a wait.  EINTR: a wait was interrupted; it is never made again.
    The `get` calls: EEXIST, ENOENT, ENOSPC: too many objects.  The `ctl` calls: EPERM: IPC_SET and
    IPC_RMID are the owner's, the creator's and root's.
    IPC_SET takes what IPC_STAT gave, with some fields replaced, or a dict of the fields to change:
    uid, gid, mode, and msg_qbytes of a queue.
    """

    def msgget(self, key, flags):
        """The id of the queue of a key; IPC_PRIVATE, or IPC_CREAT if there is none: a new one."""
        return Call("msgget", (whole("msgget", "key", key), whole("msgget", "flags", flags)))

    def msgsnd(self, id, mtype, data, flags=0):
        """Send a message of a type above 0; waits while the queue is full.

        EAGAIN: it would, and IPC_NOWAIT is set.  EINVAL: a bad type, or more than MSGMAX bytes.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise UsageError(f"msgsnd needs bytes, not {data!r}")
        given = whole("msgsnd", "id", id), whole("msgsnd", "mtype", mtype), bytes(data)
        return Call("msgsnd", (*given, whole("msgsnd", "flags", flags)))

    def msgrcv(self, id, size, mtype=0, flags=0):
        """Receive (type, data): the first message, the first of a type, or of the lowest up to one.

        mtype: 0 takes any; above 0 that type, or any other under MSG_EXCEPT; below 0 the lowest
        type up to -mtype.  E2BIG: more than `size` bytes; MSG_NOERROR cuts it instead.  ENOMSG:
        there is none, and IPC_NOWAIT is set.  MSG_COPY, with IPC_NOWAIT: a copy of the message at
        place `mtype`, counted from 0.
        """
        pairs = (("id", id), ("size", size), ("mtype", mtype), ("flags", flags))
        return Call("msgrcv", tuple(whole("msgrcv", what, value) for what, value in pairs))

    def msgctl(self, id, command, argument=None):
        """IPC_STAT gives a MsqidDs; IPC_SET changes it; IPC_RMID removes the queue.

        EPERM: IPC_SET of msg_qbytes above MSGMNB is root's.
        """
        return _control("msgctl", id, command, argument, ("msg_qbytes",))

    def semget(self, key, count, flags):
        """The id of a set of semaphores, which start at 0.

        EINVAL: below 0 or above SEMMSL, 0 for a new set, more than an old one has.
        """
        pairs = (("key", key), ("count", count), ("flags", flags))
        return Call("semget", tuple(whole("semget", what, value) for what, value in pairs))

    def semop(self, id, operations):
        """Do (number, operation, flags), ...: all in one step, as soon as all are possible.

        An operation above 0 adds, one below 0 takes away and waits until it can, 0 waits for 0.
        flags: IPC_NOWAIT: EAGAIN instead of waiting.  SEM_UNDO: undone when the process ends.
        E2BIG: more than SEMOPM.  EFBIG: no such number.  ERANGE: above SEMVMX.
        """
        return Call("semop", (whole("semop", "id", id), _operations(operations)))

    def semctl(self, id, number, command, argument=0):
        """GETVAL, SETVAL, GETALL, SETALL (a tuple), GETPID, GETNCNT, GETZCNT; IPC_STAT and so on.

        GETNCNT, GETZCNT: how many wait for semaphore `number` to rise, to be 0.  SETVAL and SETALL
        forget what was to be undone.  ERANGE: a value below 0 or above SEMVMX.
        """
        given = whole("semctl", "id", id), whole("semctl", "number", number)
        command = whole("semctl", "command", command)
        if command == SETVAL:
            argument = whole("semctl", "argument", argument)
        elif command == SETALL:
            argument = _numbers(argument)
        elif command == IPC_SET:
            argument = _changes("semctl", argument, ())
        else:
            argument = None
        return Call("semctl", (*given, command, argument))

    def shmget(self, key, size, flags):
        """The id of a segment of so many bytes, zeros at first.

        EINVAL: a new one of 0 bytes, an old one that has fewer.  ENOMEM: too many bytes.
        """
        pairs = (("key", key), ("size", size), ("flags", flags))
        return Call("shmget", tuple(whole("shmget", what, value) for what, value in pairs))

    def shmat(self, id, addr=None, flags=0):
        """Attach a segment; the result is its address.  A forked child inherits it.

        flags: SHM_RDONLY; SHM_RND rounds `addr` down to a page; SHM_REMAP takes the place of what
        is there.  EINVAL: a crooked address, or something is there.  ENOMEM: no room.
        """
        address = 0 if addr is None else whole("shmat", "addr", addr)
        return Call("shmat", (whole("shmat", "id", id), address, whole("shmat", "flags", flags)))

    def shmdt(self, address):
        """Detach what was attached at an address.  EINVAL: nothing was."""
        return Call("shmdt", (whole("shmdt", "address", address),))

    def shmctl(self, id, command, argument=None):
        """IPC_STAT gives a ShmidDs; IPC_SET; IPC_RMID: the segment goes with its last attachment.

        SHM_LOCK and SHM_UNLOCK only set the bit of the mode: nothing is ever swapped out here.
        """
        return _control("shmctl", id, command, argument, ())


def _control(call, id, command, argument, more):
    command = whole(call, "command", command)
    changes = _changes(call, argument, more) if command == IPC_SET else None
    return Call(call, (whole(call, "id", id), command, changes))


def _changes(call, given, more):
    """The argument of IPC_SET as ((field, value), ...)."""
    known = ("uid", "gid", "mode", *more)
    if isinstance(given, MsqidDs | SemidDs | ShmidDs):
        fields = given._asdict() | given[0]._asdict()
        given = {name: fields[name] for name in known if name in fields}
    if not isinstance(given, dict):
        raise UsageError(f"{call} needs what IPC_STAT gave, or a dict, not {given!r}")
    for name, value in given.items():
        whole(call, choose("field of IPC_SET", name, known), value)
    return tuple(sorted((name, int(value)) for name, value in given.items()))


def _operations(given):
    try:
        operations = tuple((number, change, flags) for number, change, flags in given)
    except (TypeError, ValueError):
        raise UsageError(f"semop needs (number, operation, flags), ..., not {given!r}") from None
    for operation in operations:
        for what, value in zip(("number", "operation", "flags"), operation, strict=True):
            whole("semop", what, value)
        if not -(1 << 15) <= operation[1] < 1 << 15:
            raise UsageError(f"semop: {operation[1]!r} does not fit into 16 bits")
    return operations


def _numbers(given):
    try:
        return tuple(whole("semctl", "a value", value) for value in given)
    except TypeError:
        raise UsageError(f"semctl SETALL needs a tuple of numbers, not {given!r}") from None
