"""Programs: threads as generators, and what of them passes through kernels.

A function and its arguments, and what a thread returns, are Python objects that no kernel looks
into: the world keeps them and hands the kernels a token.  They are copied on the way, a function's
closed-over variables too, so that no two threads share a Python object.
"""

import contextlib
import copy
import linecache
import os
import types
from typing import NamedTuple

from popcorn_lib import syscalls
from popcorn_lib.errors import ProgramError, UsageError
from popcorn_lib.syscalls import Call, Failure, Sys, check_start

VOCABULARY = os.path.dirname(syscalls.__file__)  # no line of a program stands there


SIGRETURN = Call("sigreturn")  # what a thread asks when a handler of it has returned


class Token(NamedTuple):
    """A Python object on its way through kernels: a key that only the world can resolve."""

    key: int


def launch(function, args):
    """The generator of a new thread: `function(sys, *args)` on copies of both.

    Raises UsageError if the function is no generator function.
    """
    function, args = copied((function, args))
    thread = function(Sys(), *args)
    if not isinstance(thread, types.GeneratorType):
        name = getattr(function, "__name__", repr(function))
        raise UsageError(f"{name} is no program: it must yield requests, for example sys.gettid()")
    return thread


def check_program(main, args):
    """UsageError if `main(sys, *args)` cannot be a program."""
    if not isinstance(args, tuple | list):
        raise UsageError(f"args must be a tuple, not {args!r}")
    if not callable(main):
        raise UsageError(f"a program is a generator function, not {main!r}")
    check_start("main", main, args)


def meant(result, objects):
    """What a result stands for: a value, or (handler, ...) of sigaction, its tokens resolved."""
    if type(result) is Token:
        return copied(objects[result.key])
    if type(result) is tuple and result and type(result[0]) is Token:
        return (copied(objects[result[0].key][0]), *result[1:])
    return result


def dismiss(thread):
    """End a thread in the middle of its program, as a kill does.

    Python unwinds the generator; what it asks on the way, in a `finally`, goes to nobody.
    """
    for _ in range(100):
        try:
            return thread.close()
        except RuntimeError:  # it has yielded once more
            continue


def advance(thread, result, name):
    """Give a thread the result of its last call; returns its next request, or how it ends.

    thread: the generator.  result: a value, a Failure, or None at its start.
    Returns a Call; a thread that returns makes the call "return" with its value.
    Raises UsageError for a request that is none and ProgramError for an exception that leaves it.
    """
    try:
        if type(result) is Failure:
            call = thread.throw(_os_error(result.errno))
        else:
            call = thread.send(result)
    except StopIteration as end:
        return Call("return", (end.value,))
    except UsageError as error:
        raise type(error)(f"{error} ({name}, {_place_of(error)})") from error
    except Exception as error:
        text = f"{type(error).__name__}: {error} ({name}, {_place_of(error)})"
        raise ProgramError(text) from error
    if type(call) is not Call:
        raise UsageError(
            f"{name} yielded {call!r}, which is no request; yield what a call on sys returns, "
            f"for example sys.gettid() ({place(thread)})"
        )
    return call


def as_request(call, keep_start, keep_value):
    """A call as kernels see it: Python objects have become tokens.

    keep_start, keep_value: what makes a token of what clone starts, and of a value.
    """
    if call.start is not None:
        return Call(call.name, (keep_start(call.start), *call.args))
    if call.name not in ("return", "exit"):
        return call
    [value] = call.args
    return Call(call.name, (keep_value(value), *call.args[call.name == "return" :]))


def place(thread):
    """Where a generator stands: file, line and its text; the innermost one of a `yield from`."""
    while isinstance(thread.gi_yieldfrom, types.GeneratorType):
        thread = thread.gi_yieldfrom
    if thread.gi_frame is None:
        return f"end of {thread.__name__}"
    return _place(thread.gi_code.co_filename, thread.gi_frame.f_lineno)


def copied(value, memo=None):
    """A deep copy in which functions are copied too, with what they close over.

    `copy.deepcopy` alone would share the functions, and with them their closed-over variables.
    """
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    kind = type(value)
    if kind is types.ModuleType:
        return value
    if kind is types.FunctionType:
        return _copied_function(value, memo)
    if kind in (tuple, frozenset, set):
        return kind([copied(item, memo) for item in value])
    if kind is list:
        new = memo[id(value)] = []
        new.extend(copied(item, memo) for item in value)
        return new
    if kind is dict:
        new = memo[id(value)] = {}
        new.update((copied(key, memo), copied(item, memo)) for key, item in value.items())
        return new
    return copy.deepcopy(value, memo)


def _copied_function(function, memo):
    if not (function.__closure__ or function.__defaults__ or function.__kwdefaults__):
        return function  # nothing in it that two threads could share: so it stays the same one
    old_cells = function.__closure__ or ()
    if not (old_cells or function.__defaults__ or function.__kwdefaults__):
        return function  # it holds nothing that two threads could share; and it stays the same
    cells = tuple(types.CellType() for _ in old_cells)
    code, names = function.__code__, function.__globals__
    new = types.FunctionType(code, names, function.__name__, None, cells or None)
    memo[id(function)] = new  # before what it holds: a function may close over itself
    new.__defaults__ = copied(function.__defaults__, memo)
    new.__kwdefaults__ = copied(function.__kwdefaults__, memo)
    for cell, old in zip(cells, old_cells, strict=True):
        with contextlib.suppress(ValueError):  # a variable that has no value yet
            cell.cell_contents = copied(old.cell_contents, memo)
    return new


def _os_error(number):
    return OSError(number, os.strerror(number))


def _place_of(error):
    """The place of the program's own line in an exception's traceback."""
    step, found = error.__traceback__, None
    while step is not None:
        if not step.tb_frame.f_code.co_filename.startswith((__file__, VOCABULARY)):
            found = step
        step = step.tb_next
    return _place(found.tb_frame.f_code.co_filename, found.tb_lineno) if found else "unknown line"


def _place(file, line):
    text = linecache.getline(file, line).strip()
    where = "the notebook" if "ipykernel" in file or file.startswith("<") else file
    return f"line {line} of {where}: {text}" if text else f"line {line} of {where}"
