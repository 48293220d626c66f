"""The same program with real threads and real futexes of this Linux, as an oracle.

    python real_futex.py scenario flags patience

flags: 128 for FUTEX_PRIVATE_FLAG, or 0: then the kernel looks at the page.  patience: how much
longer every time is, for a machine that is busy.  Words are read and written through ctypes,
futexes are system call 202.  It imports nothing of the library.
"""

import ast
import ctypes
import os
import platform
import subprocess
import sys
import threading
import time
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE

from real import drive

PRIVATE = 128  # FUTEX_PRIVATE_FLAG
WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAIT_BITSET, WAKE_BITSET = 0, 1, 3, 4, 9, 10
ANY = 0xFFFFFFFF
NUMBER = {"x86_64": 202, "aarch64": 98}.get(platform.machine())

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.syscall.restype = ctypes.c_long
THREADS = {}  # tid -> (thread, [value])
LOCK = threading.Lock()  # makes fetch_add one step


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

    @classmethod
    def of(cls, seconds):
        seconds *= PATIENCE
        whole = int(seconds // 1)
        return cls(whole, int((seconds - whole) * 1e9))


def _checked(result):
    """Raise what the C library says of a call that failed."""
    if result in (-1, ctypes.c_void_p(-1).value):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _futex(address, operation, value, second=None, address2=0, value3=0):
    """System call 202; `second` is a Timespec or a number."""
    if isinstance(second, Timespec):
        second = ctypes.byref(second)
    elif second is not None:
        second = ctypes.c_long(second)
    return _checked(
        libc.syscall(
            ctypes.c_long(NUMBER),
            ctypes.c_void_p(address),
            ctypes.c_int(operation),
            ctypes.c_uint(value & ANY),
            second,
            ctypes.c_void_p(address2),
            ctypes.c_uint(value3 & ANY),
        )
    )


class RealSys:
    """The calls of `sys` that the scenarios make, on the Linux below: functions to be called."""

    def fork(self, fn, *args, on=None):
        return lambda: _fork(fn, args)

    def wait4(self, pid):
        return lambda: os.waitpid(pid, 0)

    def exit_group(self, status):
        return lambda: os._exit(status)

    def nanosleep(self, seconds):
        return lambda: time.sleep(seconds * PATIENCE)

    def migrate(self, kernel):
        return lambda: 0

    def clone(self, fn, *args, on=None):
        return lambda: _clone(fn, args)

    def join(self, tid):
        return lambda: _join(tid)

    def mmap(self, length, prot=PROT_READ | PROT_WRITE, flags=MAP_PRIVATE | MAP_ANONYMOUS, addr=0):
        return lambda: _checked(libc.mmap(addr, length, prot, flags, -1, 0))

    def munmap(self, addr, length):
        return lambda: _checked(libc.munmap(addr, length))

    def load(self, addr):
        return lambda: ctypes.c_uint64.from_address(addr).value

    def store(self, addr, value):
        return lambda: setattr(ctypes.c_uint64.from_address(addr), "value", value)

    def fetch_add(self, addr, n):
        return lambda: _fetch_add(addr, n)

    def futex_wait(self, addr, value, timeout=None, bitset=ANY):
        return lambda: _wait(addr, value, timeout, bitset)

    def futex_wake(self, addr, count=1, bitset=None):
        plain, bits = bitset is None, ANY if bitset is None else bitset
        operation = (WAKE if plain else WAKE_BITSET) | FLAGS
        return lambda: _futex(addr, operation, count, value3=bits)

    def futex_requeue(self, addr, wake, requeue, addr2):
        return lambda: _futex(addr, REQUEUE | FLAGS, wake, requeue, addr2)

    def futex_cmp_requeue(self, addr, wake, requeue, addr2, value):
        return lambda: _futex(addr, CMP_REQUEUE | FLAGS, wake, requeue, addr2, value)


def _wait(address, value, timeout, bitset):
    """WAIT takes a relative timeout and no bitset, WAIT_BITSET a bitset and a point in time."""
    if bitset == ANY:
        until = None if timeout is None else Timespec.of(timeout)
        return _futex(address, WAIT | FLAGS, value, until)
    until = None if timeout is None else Timespec.of(time.monotonic() / PATIENCE + timeout)
    return _futex(address, WAIT_BITSET | FLAGS, value, until, 0, bitset)


def _fetch_add(address, n):
    word = ctypes.c_uint64.from_address(address)
    with LOCK:
        old, word.value = word.value, word.value + n
    return old


def _fork(fn, args):
    pid = os.fork()
    if pid == 0:
        try:
            drive(fn(RealSys(), *args))
        finally:
            os._exit(99)  # it has to leave by exit_group
    return pid


def _clone(fn, args):
    kept = []
    program = fn(RealSys(), *args)
    thread = threading.Thread(target=lambda: kept.append(drive(program)), daemon=True)
    thread.start()
    THREADS[id(thread)] = thread, kept
    return id(thread)


def _join(tid):
    thread, kept = THREADS[tid]
    thread.join(10)
    return kept[0]


def real(scenario, flags, patience=1):
    """The value of a scenario here, in a process of its own."""
    command = [sys.executable, __file__, scenario.__name__, str(flags), str(patience)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    return ast.literal_eval(ran.stdout)


if __name__ == "__main__":
    import futex_scenarios

    FLAGS, PATIENCE = int(sys.argv[2]), int(sys.argv[3])
    print(repr(drive(getattr(futex_scenarios, sys.argv[1])(RealSys(), "", ""))))
