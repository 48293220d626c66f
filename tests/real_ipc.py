"""Programs of System V IPC as real processes of this Linux: an oracle that knows none of ours.

    python real_ipc.py patience        prints {(scenario, seed): (value, wait status)}

All programs run at once, each in a process and, where this is allowed, in an IPC namespace of its
own.  patience: how much longer every nap is, for a machine that is busy.  x86-64 only: it knows the
C library's structures.  It imports nothing of the library.
"""

import ast
import ctypes
import os
import signal
import subprocess
import sys
from collections import namedtuple

import ipc_scenarios
import real_linux
from real import drive

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = libc.mmap.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
libc.shmdt.argtypes = [ctypes.c_void_p]
libc.shmget.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_int]
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.msgsnd.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
libc.msgrcv.argtypes = [*libc.msgsnd.argtypes[:3], ctypes.c_long, ctypes.c_int]
libc.msgrcv.restype = ctypes.c_ssize_t
CLONE_NEWIPC = 0x08000000
STAT, SET, GETALL, SETVAL, SETALL = 2, 1, 13, 16, 17
INT, LONG, WORD = ctypes.c_int, ctypes.c_long, ctypes.c_uint64


class Perm(ctypes.Structure):
    _fields_ = [(name, INT) for name in ("key", "uid", "gid", "cuid", "cgid", "mode")]
    _fields_ += [("seq", ctypes.c_ushort), ("pad", ctypes.c_ushort), ("reserved", LONG * 2)]


class Queue(ctypes.Structure):
    _fields_ = [("msg_perm", Perm), ("times", LONG * 3)]
    _fields_ += [(name, ctypes.c_ulong) for name in ("msg_cbytes", "msg_qnum", "msg_qbytes")]
    _fields_ += [("msg_lspid", INT), ("msg_lrpid", INT), ("reserved", LONG * 2)]


class Sems(ctypes.Structure):
    _fields_ = [("sem_perm", Perm), ("times", LONG * 4), ("sem_nsems", LONG), ("more", LONG * 2)]


class Segment(ctypes.Structure):
    _fields_ = [("shm_perm", Perm), ("shm_segsz", LONG), ("times", LONG * 3)]
    _fields_ += [("shm_cpid", INT), ("shm_lpid", INT), ("shm_nattch", LONG), ("more", LONG * 2)]


class Sembuf(ctypes.Structure):
    _fields_ = [("number", ctypes.c_ushort), ("change", ctypes.c_short), ("flags", ctypes.c_short)]


def checked(result):
    """Raise what the C library says of a call that failed."""
    if result in (-1, ctypes.c_void_p(-1).value):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def plain(structure):
    """A C structure as a named tuple."""
    names = [name for name, _ in structure._fields_ if name not in ("times", "reserved", "more")]
    values = [getattr(structure, name) for name in names]
    values = [plain(value) if isinstance(value, Perm) else value for value in values]
    return namedtuple("Told", names)(*values)


def changed(structure, given):
    """Set the fields of IPC_SET."""
    if not isinstance(given, dict):
        given = given._asdict() | given[0]._asdict()
    perm = getattr(structure, structure._fields_[0][0])
    for name in ("uid", "gid", "mode", "msg_qbytes"):
        if name in given and (name != "msg_qbytes" or isinstance(structure, Queue)):
            setattr(structure if name == "msg_qbytes" else perm, name, given[name])


def control(call, shape, command, argument, *ids):
    """IPC_STAT and IPC_SET by the structure of the kind, all else by a number."""
    structure = shape()
    if command == SET:
        if getattr(libc, call)(*ids, STAT, ctypes.byref(structure)) < 0:
            structure = shape()  # not readable: the fields that are not given do not matter then
        changed(structure, argument)
    if command not in (STAT, SET):
        return checked(getattr(libc, call)(*ids, command, argument or 0))
    checked(getattr(libc, call)(*ids, command, ctypes.byref(structure)))
    return plain(structure) if command == STAT else 0


class RealSys(real_linux.RealSys):
    """The calls that the scenarios make, on the Linux below: functions to be called."""

    def fork(self, fn, *args, on=None):
        return lambda: _fork(fn, args)

    def msgget(self, key, flags):
        return lambda: checked(libc.msgget(key, flags))

    def msgsnd(self, id, mtype, data, flags=0):
        packed = mtype.to_bytes(8, "little", signed=True) + data
        return lambda: checked(libc.msgsnd(id, packed, len(data), flags))

    def msgrcv(self, id, size, mtype=0, flags=0):
        return lambda: _receive(id, size, mtype, flags)

    def msgctl(self, id, command, argument=None):
        return lambda: control("msgctl", Queue, command, argument, id)

    def semget(self, key, count, flags):
        return lambda: checked(libc.semget(key, count, flags))

    def semop(self, id, operations):
        packed = (Sembuf * len(operations))(*operations)
        return lambda: checked(libc.semop(id, packed, ctypes.c_size_t(len(operations))))

    def semctl(self, id, number, command, argument=0):
        return lambda: _semctl(id, number, command, argument)

    def shmget(self, key, size, flags):
        return lambda: checked(libc.shmget(key, size, flags))

    def shmat(self, id, addr=None, flags=0):
        return lambda: checked(libc.shmat(id, addr, flags))

    def shmdt(self, address):
        return lambda: checked(libc.shmdt(address))

    def shmctl(self, id, command, argument=None):
        return lambda: control("shmctl", Segment, command, argument, id)

    def mmap(self, length, addr=0, flags=0x22):
        return lambda: checked(libc.mmap(addr, length, 3, flags, -1, 0))

    def munmap(self, addr, length):
        return lambda: checked(libc.munmap(addr, length))

    def load(self, addr):
        return lambda: WORD.from_address(addr).value

    def store(self, addr, value):
        return lambda: setattr(WORD.from_address(addr), "value", value)

    def fetch_add(self, addr, n):
        return lambda: _fetch_add(addr, n)

    def kill(self, pid, signum):
        return lambda: os.kill(pid, signum) or 0

    def pause(self):
        return signal.pause

    def sigaction(self, signum, handler, flags):  # SA_RESTART is asked for: these calls ignore it
        return lambda: signal.signal(signum, lambda *_: None) and signal.siginterrupt(signum, False)


def _fork(fn, args):
    pid = os.fork()
    if pid == 0:
        end(fn, args, lambda value: None)
    return pid


def end(fn, args, tell):
    """Be a process that runs fn, tells its value and ends."""
    try:
        tell(drive(fn(RealSys(), *args)))
        os._exit(0)
    finally:
        os._exit(real_linux.CRASHED)


def _receive(number, size, mtype, flags):
    buffer = ctypes.create_string_buffer(8 + max(size, 0))
    length = checked(libc.msgrcv(number, buffer, size, mtype, flags))
    return int.from_bytes(buffer.raw[:8], "little"), buffer.raw[8 : 8 + length]


def _semctl(number, which, command, argument):
    if command not in (GETALL, SETALL):
        return control("semctl", Sems, command, argument, number, which)
    count = control("semctl", Sems, STAT, None, number, 0).sem_nsems if command == GETALL else 2
    given = argument if command == SETALL else (0,) * count
    values = (ctypes.c_ushort * max(len(given), 1))(*given)
    checked(libc.semctl(number, which, command, values))
    return tuple(values) if command == GETALL else 0


def _fetch_add(address, n):
    word = WORD.from_address(address)
    word.value += n
    return word.value - n


def begin(program, *args):
    """Start a program as a process of its own; returns its pid and where its value comes from."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.unshare(CLONE_NEWIPC)  # if it may not, the programs tidy up after themselves
        end(program, ("", "", *args), lambda value: os.write(writing, repr(value).encode()))
    os.close(writing)
    return pid, reading


def finish(pid, reading):
    """(value, wait status) of a program."""
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    return (ast.literal_eval(text) if text else None), os.waitpid(pid, 0)[1]


def programs():
    """Every program with its arguments: (function, seed), a seed of -1 is none."""
    simple = (*ipc_scenarios.ALL, *(() if os.getuid() else ipc_scenarios.ROOTS))
    drawn = [(program, seed) for program in ipc_scenarios.RANDOM for seed in ipc_scenarios.SEEDS]
    return [(program, -1) for program in simple] + drawn


def real(patience=1):
    """{(name of the scenario, seed): (value, wait status)} on this Linux."""
    command = [sys.executable, __file__, str(patience)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ast.literal_eval(ran.stdout)


def main():
    # Those that share a key follow each other where they may have to share a namespace.
    found = {}
    for group in ([p for p in programs() if p[1] < 0], [p for p in programs() if p[1] >= 0]):
        begun = {
            (program.__name__, seed): begin(program, *((seed,) if seed >= 0 else ()))
            for program, seed in group
        }
        found |= {name: finish(*process) for name, process in begun.items()}
    print(repr(found))


if __name__ == "__main__":
    real_linux.patience = int(sys.argv[1])
    main()
