"""The same program with real threads, pipes and sockets of this Linux, as an oracle.

    python real_sockets.py scenario         prints the value of tests/socket_scenarios.py's

It imports nothing of the library.  Descriptors are plain numbers; Python's socket objects stand
for them where a call needs one.
"""

import ast
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from real import drive

THREADS = {}  # tid -> (thread, [value])


def _as_socket(fd):
    """A socket object for a descriptor, which stays open when the object goes."""
    return _Kept(fileno=fd)


class _Kept(socket.socket):
    def __del__(self):
        self.detach()


class RealSys:
    """The calls of `sys` that the scenarios make, on the Linux below: functions to be called."""

    def clone(self, fn, *args, on=None):
        return lambda: _clone(fn, args)

    def join(self, tid):
        return lambda: _join(tid)

    def fork(self, fn, *args, on=None):
        return lambda: _fork(fn, args)

    def wait4(self, pid):
        return lambda: os.waitpid(pid, 0)

    def exit_group(self, status):
        return lambda: os._exit(status)

    def nanosleep(self, seconds):
        return lambda: time.sleep(seconds)

    def migrate(self, kernel):
        return lambda: 0

    def pipe(self):
        return os.pipe

    def read(self, fd, size):
        return lambda: os.read(fd, size)

    def write(self, fd, data):
        return lambda: os.write(fd, data)

    def dup(self, fd):
        return lambda: os.dup(fd)

    def close(self, fd):
        return lambda: os.close(fd) or 0

    def socket(self, family, kind, protocol=0):
        return lambda: socket.socket(family, kind, protocol).detach()

    def socketpair(self, family, kind, protocol=0):
        return lambda: tuple(end.detach() for end in socket.socketpair(family, kind, protocol))

    def accept(self, fd):
        return lambda: _as_socket(fd)._accept()  # (descriptor, address)

    def recvfrom(self, fd, size, flags=0):
        return lambda: _as_socket(fd).recvfrom(size, flags)

    def sendto(self, fd, data, flags, address):
        return lambda: _as_socket(fd).sendto(data, flags, address)

    def __getattr__(self, name):  # bind, listen, connect, recv, send, shutdown, ...
        return lambda fd, *args: lambda: _or_zero(getattr(_as_socket(fd), name)(*args))


def _or_zero(result):
    return 0 if result is None else result


def _clone(fn, args):
    kept = []
    program = fn(RealSys(), *args)
    thread = threading.Thread(target=lambda: kept.append(drive(program)), daemon=True)
    thread.start()
    THREADS[id(thread)] = thread, kept
    return id(thread)


def _join(tid):
    thread, kept = THREADS[tid]
    thread.join(20)
    return kept[0]


def _fork(fn, args):
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            drive(fn(RealSys(), *args))
        finally:
            os._exit(99)  # it has to leave by exit_group
    return pid


def real(scenario):
    """The value of a scenario here, in a process of its own."""
    command = [sys.executable, __file__, scenario.__name__]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    return ast.literal_eval(ran.stdout)


if __name__ == "__main__":
    import socket_scenarios

    print(repr(drive(getattr(socket_scenarios, sys.argv[1])(RealSys(), "", ""))))
