"""The same program as real processes of this Linux: an oracle that knows nothing of our kernels.

    python real_linux.py scenario 1        prints the (value, wait status) of tests/scenarios.py's

A request is a function that makes the real call.  The program runs in a child that leads a group
of its own, as a shell would start it; its value comes back through a pipe, which is at its end
when every descendant has ended.  It imports nothing of the library.
"""

import ast
import os
import subprocess
import sys
import time
import traceback

from real import drive

CRASHED = 99  # the exit status of a process whose program has raised


class RealSys:
    """The calls of `sys` that this oracle knows, on the Linux below."""

    def fork(self, fn, *args, flags=0, on=None):
        return lambda: _fork(fn, args)

    def wait4(self, pid=-1, options=0):
        return lambda: os.waitpid(pid, options)

    def getpgid(self, pid=0):
        return lambda: os.getpgid(pid)

    def getsid(self, pid=0):
        return lambda: os.getsid(pid)

    def setsid(self):
        return lambda: os.setsid() or os.getpid()

    def exit_group(self, status=0):
        return lambda: os._exit(status & 0xFF)

    exit = exit_group  # every process here has one thread

    def nanosleep(self, seconds):
        return lambda: time.sleep(seconds * patience) or 0

    def sched_setaffinity(self, cpus):
        return lambda: os.sched_setaffinity(0, cpus) or 0

    def sched_getaffinity(self):
        return lambda: frozenset(os.sched_getaffinity(0))

    def migrate(self, kernel):
        return lambda: 0

    def __getattr__(self, name):  # getpid, setpgid, ...: named and shaped as in Python
        return lambda *args: lambda: _or_zero(getattr(os, name)(*args))


def _or_zero(result):
    return 0 if result is None else result


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
    except BaseException:
        traceback.print_exc()
        os._exit(CRASHED)


def _first(fn, args):
    """Run a program as a process: (value, wait status)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        _end(fn, args, lambda value: os.write(writing, repr(value).encode()))
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    return (ast.literal_eval(text) if text else None), os.waitpid(pid, 0)[1]


def real(scenario, patience=1):
    """The (value, wait status) of a scenario here, in a process without threads of its own.

    patience: how much longer every sleep is, for a machine that is busy.
    """
    command = [sys.executable, __file__, scenario.__name__, str(patience)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    return ast.literal_eval(ran.stdout)


if __name__ == "__main__":
    import scenarios

    patience = int(sys.argv[2])
    print(repr(_first(getattr(scenarios, sys.argv[1]), ("", ""))))
