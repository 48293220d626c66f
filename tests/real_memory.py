"""The same programs with the mappings of this Linux: an oracle that knows nothing of our kernels.

    python real_memory.py              prints {scenario or seed: (value, wait status)}

A request is a function that makes the real call: mmap, munmap and mprotect of the C library,
touches through ctypes.  Each program runs in a child of its own, whose value comes back through a
pipe.  It imports nothing of the library.
"""

import ast
import ctypes
import os
import resource
import subprocess
import sys
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE

from real import drive

SEEDS = range(24)  # of random programs
CRASHED = 99  # the exit status of a process whose program has raised

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class RealSys:
    """The calls of `sys` that the scenarios make, on the Linux below: functions to be called."""

    def mmap(
        self, length, prot=PROT_READ | PROT_WRITE, flags=MAP_PRIVATE | MAP_ANONYMOUS, addr=None
    ):
        return lambda: _checked(libc.mmap(addr, length, prot, flags, -1, 0))

    def munmap(self, addr, length):
        return lambda: _checked(libc.munmap(addr, length))

    def mprotect(self, addr, length, prot):
        return lambda: _checked(libc.mprotect(addr, length, prot))

    def load(self, addr):
        return lambda: ctypes.c_uint64.from_address(addr).value

    def store(self, addr, value):
        return lambda: setattr(ctypes.c_uint64.from_address(addr), "value", value)

    def load_bytes(self, addr, n):
        return lambda: ctypes.string_at(addr, n)

    def store_bytes(self, addr, data):
        return lambda: _store_bytes(addr, data)

    def fork(self, fn, *args, on=None):
        return lambda: _fork(fn, args)

    def wait4(self, pid):
        return lambda: os.waitpid(pid, 0)

    def exit(self, status):
        return lambda: os._exit(status)

    def migrate(self, kernel):
        return lambda: 0


def _checked(result):
    """Raise what the C library says of a call that failed."""
    if result in (-1, ctypes.c_void_p(-1).value):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _store_bytes(address, data):
    """In the order of addresses, which the C library does not promise."""
    for place, byte in enumerate(data):
        ctypes.c_ubyte.from_address(address + place).value = byte


def _fork(fn, args, tell=None):
    pid = os.fork()
    if pid == 0:
        status = CRASHED
        try:
            value = drive(fn(RealSys(), *args))
            if tell:
                os.write(tell, repr(value).encode())
            status = 0
        finally:
            os._exit(status)
    return pid


def _outcome(fn, *args):
    """(value, wait status) of a program in a child of its own."""
    here, there = os.pipe()
    pid = _fork(fn, args, there)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        text = pipe.read()
    return ast.literal_eval(text.decode() or "None"), os.waitpid(pid, 0)[1]


def real():
    """The outcomes of all scenarios and random programs here."""
    command = [sys.executable, "-E", "-s", __file__]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    return ast.literal_eval(ran.stdout)


def main():
    import memory_random
    import memory_scenarios

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = {s.__name__: _outcome(s, "", "") for s in memory_scenarios.ALL}
    for seed in SEEDS:
        found[seed] = _outcome(memory_random.program, memory_random.drawn(seed), ("",))
    print(repr(found))


if __name__ == "__main__":
    main()
