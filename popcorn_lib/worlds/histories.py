"""Threads for a world that walks to and fro: a thread is what its calls have returned so far.

A generator cannot be copied, but it can be replayed: a deterministic program that gets the same
results makes the same calls.  So a thread's state is its history, a number for "that earlier
history plus this result"; equal histories have equal numbers, and each is replayed at most once.
"""

from dataclasses import fields, is_dataclass

from popcorn_lib.errors import ProgramError, UsageError
from popcorn_lib.kernel import short
from popcorn_lib.worlds.program import (
    SIGRETURN,
    Token,
    advance,
    as_request,
    copied,
    dismiss,
    launch,
    meant,
    place,
)

ENDS = ("return", "exit", "exit_group")  # the last request of a thread


class Numbers:
    """Equal values get equal small numbers; `values[number]` is the value."""

    def __init__(self):
        self.numbers, self.values = {}, []

    def __call__(self, value):
        number = self.numbers.get(value)
        if number is None:
            number = self.numbers[value] = len(self.values)
            self.values.append(value)
        return number


class Histories:
    """All histories of one exploration; a history is a number.

    A handler of a signal is a history of its own on top of another, and forgotten at its end.
    """

    def __init__(self):
        self.number = Numbers()  # (earlier history, result), or ("start", token) for the first
        self.keys, self.objects = Numbers(), {}  # tokens: what they stand for
        self.length = {}  # history -> how many calls have returned in it
        self._made = {}  # history -> (request as kernels see it, request in words) or an error
        self._returns = {}  # history of a handler that has returned -> what it has interrupted
        self._live = {}  # history -> a generator that has just made its request

    def start(self, token):
        """The history of a thread that has not run yet."""
        history = self.number(("start", token.key))
        self.length.setdefault(history, 0)
        return history

    def push(self, history, key, info):
        """A handler, the object `key`, begins on top of a history; info: its Siginfo."""
        handler = self.number((("handler", history), (key, info)))
        self.length.setdefault(handler, self.length[history])
        return handler

    def after(self, history, result):
        """The history plus the result of its request, in the form that `exactly` gives."""
        if history in self._returns:
            return self._returns[history]
        longer = self.number((history, result))
        self.length.setdefault(longer, self.length[history] + 1)
        return longer

    def keep(self, key, value):
        """A token that is the same for the same key; it stands for a copy of `value`."""
        number = self.keys(key)
        if number not in self.objects:
            self.objects[number] = copied(value)
        return Token(number)

    def keep_value(self, value):
        """A token for a value, the same for equal values; UsageError if it is not hashable."""
        return self.keep(("value", exactly(value)), value)

    def request(self, history, tid):
        """What the thread asks next: (Call, words), or the ProgramError that leaves it."""
        if history not in self._made:
            try:
                call = self._advance(history, f"thread {short(tid)}")
                if call.name == "return" and (below := self._below(history)) is not None:
                    call, self._returns[history] = SIGRETURN, below
                self._made[history] = (self._for_kernels(history, call, tid), repr(call))
                if call.name in ENDS:
                    self._check_again(history, f"thread {short(tid)}")
            except ProgramError as error:
                self._made[history] = error
        return self._made[history]

    def _below(self, history):
        """What a handler's history stands on; None for a thread's own."""
        *_, first = self._back(history)
        before, _ = self.number.values[first]
        return None if before == "start" else before[1]

    def _launched(self, first):
        """The generator of a thread or a handler, from the first of its histories."""
        before, given = self.number.values[first]
        if before == "start":
            return launch(*self.objects[given])
        function, _ = self.objects[given[0]]
        return launch(function, (given[1].si_signo, given[1]))

    def _check_again(self, history, name):
        """A finished history once more from its start: does the program ask the same again?"""
        *_, first = chain = list(self._back(history))
        thread, result = self._launched(first), None
        for number in reversed(chain):
            if number != first:
                result = self._meant(self.number.values[number][1])
            asked, before = repr(advance(thread, result, name)), self._made[number][1]
            if asked != before:
                raise UsageError(
                    f"{name} is not deterministic: with the same results it asked for {before} "
                    f"once and for {asked} now ({place(thread)}); a program may use nothing that "
                    "changes from run to run but what its calls return"
                )
        dismiss(thread)

    def _back(self, history):
        """A history and those before it, down to the start of the thread or the handler."""
        while True:
            yield history
            before, _ = self.number.values[history]
            if type(before) is not int:
                return
            history = before

    def dismiss(self):
        """Let go of all generators."""
        while self._live:
            dismiss(self._live.popitem()[1])

    def place(self, history, tid):
        """Where in its program a thread makes the request that follows a history."""
        name = f"thread {short(tid)}"
        return f"{name}, {place(self._live.get(history) or self._replayed(history, name))}"

    def _advance(self, history, name):
        """The next request, from the generator of the history before or by a replay."""
        before, result = self.number.values[history]
        if type(before) is not int:
            thread = self._launched(history)
            call = advance(thread, None, name)
        else:
            thread = self._live.pop(before, None) or self._replayed(before, name)
            call = advance(thread, self._meant(result), name)
        self._live[history] = thread
        return call

    def _replayed(self, history, name):
        """A fresh generator, run up to the request that follows a history."""
        *later, first = self._back(history)
        results = [self.number.values[number][1] for number in reversed(later)]
        thread = self._launched(first)
        for result in [None, *map(self._meant, results)]:
            advance(thread, result, name)
        return thread

    def _meant(self, exact):
        """The Python value of a result in a history; an object of the thread's own."""
        return meant(exact[1], self.objects)  # of (type, value, inside)

    def _for_kernels(self, history, call, tid):
        def keep_start(start):
            return self.keep(("call", history), start)

        try:
            return as_request(call, keep_start, self.keep_value)
        except UsageError as error:
            raise UsageError(f"{error} ({self.place(history, tid)})") from None


def exactly(value):
    """A key that tells 1 from True and 1.0; UsageError if the value is not hashable."""
    try:
        hash(value)
    except TypeError:
        raise UsageError(
            f"explore compares values, so what a program hands over must be hashable: {value!r}"
        ) from None
    return (type(value), value, _inside(value))


def _inside(value):
    """What `==` overlooks in a value that is made of others, or in a zero with a sign."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, tuple):
        return tuple(map(exactly, value))
    if isinstance(value, frozenset):
        return frozenset(map(exactly, value))
    if is_dataclass(value):
        return tuple(exactly(getattr(value, field.name)) for field in fields(value))
    return None
