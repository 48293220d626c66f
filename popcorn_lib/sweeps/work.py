"""What happens where a point is measured, be it this process, another one or another computer."""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Mapping

from popcorn_lib.errors import UsageError
from popcorn_lib.sweeps.keys import library

DIED = "WorkerDied: the process that measured this point ended, twice"
SCALARS = (type(None), bool, int, float, str)


class OtherLibrary(RuntimeError):
    """Where a point is to be measured there is another popcorn_lib."""


def late(seconds):
    """What is said of a point that was stopped."""
    return f"TimeoutError: no answer within {seconds:g} s"


def packed(job, number):
    """The bytes with which another process can measure a point; UsageError if there are none."""
    measure, point = job.measure, job.points[number]
    try:
        import cloudpickle as pickler
    except ImportError:
        pickler = pickle
        _check_module(measure)
    try:
        return pickler.dumps((measure, point.values))
    except Exception as error:  # pickling runs whatever the objects define
        raise UsageError(
            f"{measure!r} or {point.cells} cannot be taken to another process: {error}; "
            "use what stands in a module, or workers=0 to stay in this process"
        ) from error


def _check_module(measure):
    module = getattr(measure, "__module__", None)
    if module == "__main__" or "<" in getattr(measure, "__qualname__", ""):
        raise UsageError(
            f"{measure!r} does not stand in a module, so other processes cannot find it: install "
            "cloudpickle, put it into a module, or use workers=0 to stay in this process"
        )


def run(pack, expected=None, timeout=None):
    """Measure a packed point: (values, error, whether that is an answer of the measure itself).

    expected: the digest of the asker's library; raises OtherLibrary if ours is another one.
    timeout: seconds, None where the asker sees to it.
    """
    if expected not in (None, library()):
        raise OtherLibrary(
            "the processes that measure have another popcorn_lib than this one: install the same "
            "there, or start them anew if its files have been changed since"
        )
    try:
        measure, values = pickle.loads(pack)
    except Exception as error:  # unpickling imports and runs whatever the objects ask for
        return {}, said(error), False
    return answer(measure, values) if timeout is None else within(timeout, measure, values)


def answer(measure, values):
    """(values, error, True) of a measure at a point."""
    try:
        return _checked(measure(**values), values), "", True
    except KeyboardInterrupt:
        raise
    except (Exception, SystemExit) as error:  # a point that fails does not stop the rest
        return {}, said(error), True


def said(error):
    """Type and text of an error, for a cell of the table."""
    return f"{type(error).__name__}: {error}"


def _checked(got, point):
    """What a measure returned as {column: plain value}."""
    got = got._asdict() if hasattr(got, "_asdict") else got
    got = got if isinstance(got, Mapping) else {"value": got}
    columns = {}
    for name, value in got.items():
        plain = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
        if not isinstance(name, str) or name in point or name == "error":
            raise UsageError(f"the measure returns a value called {name!r}, a name that is taken")
        if type(plain) not in SCALARS:
            raise UsageError(f"the measure returns {name}={value!r}: not a number, text or None")
        columns[name] = plain
    return columns


# ---- time limits --------------------------------------------------------------------------------


class Ended(BaseException):
    """Raised inside a measure that took too long; no `except Exception` catches it."""


def within(seconds, measure, values):
    """The answer of a measure in a thread that is ended after some seconds.

    It ends at its next step in Python; a call into C that does not return is left behind.
    """
    answers = []

    def work():
        with contextlib.suppress(Ended):
            answers.append(answer(measure, values))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        if thread.is_alive():
            where, what = ctypes.c_ulong(thread.ident), ctypes.py_object(Ended)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(where, what)
    thread.join(min(seconds, 1.0))
    return answers[0] if answers else ({}, late(seconds), False)


# ---- our own processes --------------------------------------------------------------------------


def begin():
    """A worker process ends with the process that made it, and leaves Ctrl-C to that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow():
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
