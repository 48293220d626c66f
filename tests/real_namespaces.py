"""Programs of namespaces as real processes of this Linux: an oracle that knows no kernels of ours.

    python real_namespaces.py patience        prints {scenario: (value, wait status)}

All programs run at once, each in a process with namespaces of its own, so that nothing of the
machine is changed.  Only root may do that.  It imports nothing of the library.
"""

import ast
import ctypes
import os
import platform
import signal
import subprocess
import sys
import threading

import ns_scenarios
import real_linux
from real import drive

libc = ctypes.CDLL(None, use_errno=True)
SYS_CLONE = {"x86_64": 56, "aarch64": 220}.get(platform.machine())


def checked(result):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


class RealSys(real_linux.RealSys):
    """The calls that the scenarios make, on the Linux below: functions to be called."""

    def fork(self, fn, *args, flags=0, on=None):
        return lambda: _fork(fn, args, flags)

    def unshare(self, flags):
        if flags >> 32:  # an int in C
            return lambda: checked(libc.syscall(272, ctypes.c_long(flags)))
        return lambda: checked(libc.unshare(flags))

    def setns(self, pid, flags):
        return lambda: _setns(pid, flags)

    def sethostname(self, name):
        return lambda: checked(libc.sethostname(name.encode(), ctypes.c_size_t(len(name))))

    def setdomainname(self, name):
        return lambda: checked(libc.setdomainname(name.encode(), ctypes.c_size_t(len(name))))

    def uname(self):
        return Names

    def gettid(self):
        return threading.get_native_id

    def kill(self, pid, signum):
        return lambda: os.kill(pid, signum) or 0

    def sigprocmask(self, how, set):
        return lambda: signal.pthread_sigmask(how, set)

    def sigtimedwait(self, set, timeout):
        return lambda: signal.sigtimedwait(set, timeout * real_linux.patience)


class Names:
    """uname, with the domainname, which Python leaves out."""

    def __init__(self):
        buffer = ctypes.create_string_buffer(6 * 65)
        checked(libc.uname(buffer))
        fields = [buffer.raw[65 * i : 65 * i + 65].split(b"\0")[0].decode() for i in range(6)]
        self.nodename, self.domainname = fields[1], fields[5]


def _setns(pid, flags):
    descriptor = os.pidfd_open(pid)
    try:
        return checked(libc.setns(descriptor, flags))
    finally:
        os.close(descriptor)


def _fork(fn, args, flags):
    pid = checked(libc.syscall(SYS_CLONE, ctypes.c_long(flags | signal.SIGCHLD), 0, 0, 0, 0))
    if pid == 0:
        end(fn, args, lambda value: None)
    return pid


def end(fn, args, tell):
    """Be a process that runs fn, tells its value and ends."""
    try:
        tell(drive(fn(RealSys(), *args)))
        os._exit(0)
    except BaseException as error:
        os.write(2, f"{fn.__name__}: {error!r}\n".encode())
    finally:
        os._exit(real_linux.CRASHED)


def begin(scenario):
    """Start a scenario; returns its pid and where its value comes from."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        checked(libc.unshare(ns_scenarios.NEWUTS | ns_scenarios.NEWIPC))
        end(scenario, ("", ""), lambda value: os.write(writing, repr(value).encode()))
    os.close(writing)
    return pid, reading


def finish(pid, reading):
    """(value, wait status) of a scenario."""
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    return (ast.literal_eval(text) if text else None), os.waitpid(pid, 0)[1]


def real(patience=1):
    """{name of the scenario: (value, wait status)} on this Linux."""
    command = [sys.executable, __file__, str(patience)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    return ast.literal_eval(ran.stdout)


def main():
    begun = {scenario.__name__: begin(scenario) for scenario in ns_scenarios.ALL}
    print(repr({name: finish(*process) for name, process in begun.items()}))


if __name__ == "__main__":
    real_linux.patience = int(sys.argv[1])
    main()
