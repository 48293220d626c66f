"""What the library says when it is used in a way that cannot work.

A failing system call is no error of this kind: Linux would report it to the program, so it is an
`OSError` with Linux's errno inside the thread's generator.  What stands here is for the author of
a program, a machine or a mechanism.
"""


class UsageError(ValueError):
    """A name, value or shape that the library cannot take; the text contains it."""


class UnknownCall(UsageError, AttributeError):
    """A call on `sys` that does not exist; the text lists the calls that do."""


class ProgramError(RuntimeError):
    """A Python exception left a thread; its text names the thread and the program's line."""


class Stopped(RuntimeError):
    """A run that cannot go on; `trace` is what had happened until then, None if it was not kept."""

    def __init__(self, text, trace=None):
        super().__init__(text)
        self.trace = trace


class Deadlock(Stopped):
    """Nothing can happen any more, but somebody waits; the text says who waits for what."""


class HandlerError(Stopped):
    """Under faults, a kernel could not handle a message; the text says which."""


def choose(what, given, known):
    """Return `given` if it is one of `known`; raise UsageError that lists the known ones."""
    if given in known:
        return given
    names = ", ".join(repr(name) for name in known)
    raise UsageError(f"unknown {what} {given!r}; known: {names}")
