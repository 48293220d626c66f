"""Programs of signals as real processes of this Linux: an oracle that knows none of our kernels.

    python real_signals.py [name ...]      prints {program: (value, wait status)}

All programs run at once, each as the leader of a group of its own, as a shell would start it.  A
handler is a real handler: the C library calls it, and it runs the program's generator.  Python
cannot be interrupted anywhere, so all signals are blocked but while a call is made, or, for a call
that does not wait, right after it; the mask that the program asked for holds then.
x86-64 only: it knows the C library's structures.  It imports nothing of the library.
"""

import ast
import ctypes
import errno
import os
import signal
import subprocess
import sys
from collections import namedtuple

import real_linux
import signal_programs
from real import drive

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.memmove.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
SA_SIGINFO, SA_RESTORER = 0x4, 0x04000000
FAULTS = (signal.SIGSEGV, signal.SIGBUS)
RT_TGSIGQUEUE, TGKILL, TKILL, RT_SIGQUEUEINFO = 297, 234, 200, 129
Info = namedtuple("Info", "si_signo si_code si_pid si_uid si_value si_status si_addr")


class SigSet(ctypes.Structure):
    _fields_ = [("bits", ctypes.c_uint64), ("more", ctypes.c_uint64 * 15)]


class SigAction(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", SigSet)]
    _fields_ += [("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]


class TimeSpec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def bits(signums):
    return SigSet(sum(1 << int(number) - 1 for number in signums))


def signums(sigset):
    return frozenset(number for number in range(1, 65) if sigset.bits >> number - 1 & 1)


def timespec(seconds):
    return TimeSpec(int(seconds), int(seconds % 1 * 1e9))


def checked(result):
    if result in (-1, ctypes.c_void_p(-1).value):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def told(address):
    """A siginfo_t."""
    numbers = (ctypes.c_int32 * 12).from_address(address)
    (where,) = (ctypes.c_uint64 * 1).from_address(address + 16)
    signo, code = numbers[0], numbers[2]
    if signo in FAULTS:
        return Info(signo, code, 0, 0, 0, 0, where)
    value = numbers[6]
    child = signo == signal.SIGCHLD and code > 0
    return Info(signo, code, numbers[4], numbers[5], 0 if child else value, value * child, 0)


class Mask:
    """What the program blocks now; a handler has its own while it runs."""

    def __init__(self):
        self.blocked = frozenset()
        self.handlers = {}  # address -> (generator function, its C function), kept alive

    def close(self):
        libc.pthread_sigmask(signal.SIG_SETMASK, ctypes.byref(bits(range(1, 65))), None)

    def now(self):
        held = SigSet()
        libc.pthread_sigmask(signal.SIG_BLOCK, None, ctypes.byref(held))
        return signums(held)

    def look(self, result=None):
        """Let in what is pending and not blocked, until nothing is."""
        brief = TimeSpec(0, 0)
        while libc.ppoll(None, 0, ctypes.byref(brief), ctypes.byref(bits(self.blocked))) < 0:
            pass
        return result

    def during(self, call, *args):
        """Make a call that waits, or that may raise a signal itself."""
        libc.pthread_sigmask(signal.SIG_SETMASK, ctypes.byref(bits(self.blocked)), None)
        try:
            result = call(*args)
            number = ctypes.get_errno()
        finally:
            self.close()
        ctypes.set_errno(number)
        return result

    def handler(self, function):
        def run(signum, info, _):
            before, number = self.blocked, ctypes.get_errno()
            self.blocked = self.now()
            self.close()
            drive(function(RealSys(), signum, told(info)))
            self.blocked = before
            ctypes.set_errno(number)

        made = HANDLER(run)
        address = ctypes.cast(made, ctypes.c_void_p).value
        self.handlers[address] = function, made
        return address


MASK = Mask()


class RealSys(real_linux.RealSys):
    """The calls that the programs make, on the Linux below: functions to be called."""

    def fork(self, fn, *args, on=None):
        return lambda: _fork(fn, args)

    def exit_group(self, status=0):
        return lambda: os._exit(status & 0xFF)

    def mmap(self, length, prot=3, flags=0x22):
        return lambda: checked(libc.mmap(0, length, prot, flags, -1, 0))

    def mprotect(self, addr, length, prot):
        return lambda: checked(libc.mprotect(addr, length, prot))

    def load(self, addr):
        return lambda: _load(addr)

    def store(self, addr, value):
        return lambda: _store(addr, value)

    def fetch_add(self, addr, n):
        return lambda: _fetch_add(addr, n)

    def kill(self, pid, signum):
        return lambda: MASK.look(checked(libc.kill(pid, signum)))

    def tgkill(self, tgid, tid, signum):
        return lambda: MASK.look(checked(libc.syscall(TGKILL, tgid, tid, signum)))

    def tkill(self, tid, signum):
        return lambda: MASK.look(checked(libc.syscall(TKILL, tid, signum)))

    def sigqueue(self, pid, signum, value=0):
        return lambda: MASK.look(checked(libc.sigqueue(pid, signum, ctypes.c_void_p(value))))

    def sigaction(self, signum, handler=None, flags=0, mask=()):
        return lambda: MASK.look(_sigaction(signum, handler, flags, mask))

    def sigprocmask(self, how, set):
        return lambda: _sigprocmask(how, set)

    def sigpending(self):
        return lambda: signal.sigpending() & MASK.blocked

    def sigsuspend(self, mask):
        return lambda: MASK.look(checked(libc.sigsuspend(ctypes.byref(bits(mask)))))

    def pause(self):
        return lambda: MASK.look(checked(libc.sigsuspend(ctypes.byref(bits(MASK.blocked)))))

    def sigtimedwait(self, set, timeout=None):
        return lambda: _sigtimedwait(set, timeout)

    def nanosleep(self, seconds):
        return lambda: _sleep(seconds)

    def wait4(self, pid=-1, options=0):
        return lambda: _wait4(pid, options)


def _load(address):
    word = ctypes.c_uint64()
    MASK.during(libc.memmove, ctypes.addressof(word), address, 8)
    return word.value


def _store(address, value):
    word = ctypes.c_uint64(value)
    MASK.during(libc.memmove, address, ctypes.addressof(word), 8)


def _fetch_add(address, n):
    word = ctypes.c_uint64.from_address(address)
    word.value += n
    return MASK.look(word.value - n)


def _sigaction(signum, handler, flags, mask):
    old, new = SigAction(), None
    if handler is not None:
        plain = handler in (signal.SIG_DFL, signal.SIG_IGN)
        address = int(handler) if plain else MASK.handler(handler)
        flags = flags | (0 if plain else SA_SIGINFO)
        new = SigAction(address, bits(mask), ctypes.c_int(flags).value)
    checked(libc.sigaction(signum, new and ctypes.byref(new), ctypes.byref(old)))
    before = old.handler or 0
    function = MASK.handlers[before][0] if before > 1 else before
    return function, old.flags & ~(SA_SIGINFO | SA_RESTORER), signums(old.mask)


def _sigprocmask(how, signums):
    old = MASK.blocked
    given = frozenset(int(number) for number in signums) - {signal.SIGKILL, signal.SIGSTOP}
    if how not in (signal.SIG_BLOCK, signal.SIG_UNBLOCK, signal.SIG_SETMASK):
        return checked(libc.pthread_sigmask(how, ctypes.byref(bits(given)), None) and _invalid())
    MASK.blocked = {
        signal.SIG_BLOCK: old | given, signal.SIG_UNBLOCK: old - given, signal.SIG_SETMASK: given
    }[how]  # fmt: skip
    return MASK.look(old)


def _invalid():
    ctypes.set_errno(errno.EINVAL)
    return -1


def _sigtimedwait(signums, timeout):
    buffer = ctypes.create_string_buffer(128)
    given = ctypes.byref(bits(signums))
    until = None if timeout is None else ctypes.byref(timespec(timeout))
    checked(MASK.during(libc.sigtimedwait, given, buffer, until))
    return told(ctypes.addressof(buffer))


def _sleep(seconds):
    how = libc.ppoll(None, 0, ctypes.byref(timespec(seconds)), ctypes.byref(bits(MASK.blocked)))
    return MASK.look(checked(how))


def _wait4(pid, options):
    status = ctypes.c_int()
    found = checked(MASK.during(libc.waitpid, pid, ctypes.byref(status), options))
    return found, status.value


def _fork(fn, args):
    pid = os.fork()
    if pid == 0:
        _end(fn, args, lambda value: None)
    return pid


def _end(fn, args, tell):
    """Be a process that runs fn, tells its value and ends."""
    try:
        tell(drive(fn(RealSys(), *args)))
        os._exit(0)
    finally:
        os._exit(real_linux.CRASHED)


def begin(program):
    """Start a program; returns its pid and where its value comes from."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        MASK.close()
        _end(program, ("", ""), lambda value: os.write(writing, repr(value).encode()))
    os.close(writing)
    return pid, reading


def finish(pid, reading):
    """(value, wait status) of a program."""
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    return (ast.literal_eval(text) if text else None), os.waitpid(pid, 0)[1]


def real(names=(), timeout=60):
    """{name of the program: (value, wait status)} on this Linux."""
    command = [sys.executable, __file__, *names]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert ran.returncode == 0, ran.stderr
    return ast.literal_eval(ran.stdout)


if __name__ == "__main__":
    chosen = [p for p in signal_programs.ALIKE if p.__name__ in sys.argv[1:] or not sys.argv[1:]]
    begun = {program.__name__: begin(program) for program in chosen}
    print(repr({name: finish(*process) for name, process in begun.items()}))
