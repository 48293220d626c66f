"""Two real kernels on emulated processors, with one piece of memory in common.

Both end with the `with` block, at an error, at the end of Python, and by themselves when they have
heard nothing for some minutes: a guest never outlives its use.
"""

import tempfile
import time
import weakref
from pathlib import Path

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.isa.guests import journey
from popcorn_lib.isa.guests.machines import Machine
from popcorn_lib.isa.guests.packages import GUESTS, kernel, needed
from popcorn_lib.isa.guests.ping import ROUND, summed
from popcorn_lib.isa.guests.window import WORDS, Window

KINDS = ("HERE", "ECHO", "ANSWER", "PING", "ARRIVE", "GO")  # of messages, as in data/guests/init.c
UNAME = ("system", "node", "release", "version", "machine")
FIELD = 65  # bytes of a name in Linux's `struct utsname`
SECONDS = 20  # for an answer, and for all messages of a ping
MANY = 1_000_000  # messages of one call of ping


class GuestError(RuntimeError):
    """A guest has ended or does not answer; the text has the last lines of its console."""


def boot(timeout=60):
    """Start both guests and wait until both have said that they are there: Guests.

    timeout: seconds.  A kernel that is not there yet is downloaded first, which takes longer.
    Raises UsageError that names missing Debian packages, and GuestError where a guest fails.
    """
    needed()
    kernels = {name: kernel(guest) for name, guest in GUESTS.items()}
    guests = Guests()
    try:
        guests.start(kernels)
        guests.meet(timeout)
    except BaseException:
        guests.close()
        raise
    return guests


class Guests:
    """Two guests; `close()` ends them, and so does the end of a `with` block.

    names: {guest: {field of `uname`: text}}.  boot_s: {guest: seconds from the start of its
    emulator to its first message}.
    """

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="guests-", ignore_cleanup_errors=True)
        self.window = Window(Path(self.folder.name, "window"))
        self.machines, self.began, self.names, self.boot_s = {}, {}, {}, {}
        # Called once at most: here, or when nobody knows these guests any more, or at Python's end.
        self.close = weakref.finalize(self, _end, self.machines, self.window, self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return f"<Guests: {' and '.join(self.names) if self.close.alive else 'ended'}>"

    def start(self, kernels):
        """Start a machine for each guest.  kernels: {guest: path}."""
        for name, path in kernels.items():
            self.began[name] = time.monotonic()
            self.machines[name] = Machine(GUESTS[name], path, self.folder.name)

    def meet(self, timeout):
        """Wait for each guest's first message; GuestError if one has not come in time."""
        until = time.monotonic() + timeout
        while waiting := [name for name in self.machines if name not in self.names]:
            left = until - time.monotonic()
            name, _ = self._hear(waiting, left, f"not there after {timeout:g} s")
            self.boot_s[name] = time.monotonic() - self.began[name]
            text = self.window.read_parcel(GUESTS[name].number, FIELD * len(UNAME))
            parts = [text[at : at + FIELD] for at in range(0, len(text), FIELD)]
            words = [part.partition(b"\0")[0].decode() for part in parts]
            self.names[name] = dict(zip(UNAME, words, strict=True))

    def ask(self, name, kind, *words):
        """Send a guest a message and wait for its answer, seven words.

        Raises GuestError if none comes; then both guests have been ended.
        """
        choose("guest", name, GUESTS)
        if not self.close.alive:
            raise UsageError("these guests have ended; boot() starts new ones")
        padded = (KINDS.index(kind), *words, *[0] * (WORDS - 1 - len(words)))
        self.window.send(GUESTS[name].number, padded)  # one at a time: the ring is never full
        _, answer = self._hear([name], SECONDS, f"no answer to {kind} within {SECONDS} s")
        return answer

    def _hear(self, names, seconds, otherwise):
        """(guest, message) of the first that speaks."""
        of = {GUESTS[name].number: name for name in names}
        try:
            heard = self.window.wait(of, seconds, lambda guest: self.machines[of[guest]].alive())
        except BaseException:
            self.close()  # whoever was interrupted would take this answer for the next one
            raise
        if heard:
            return of[heard[0]], heard[1]
        gone = [name for name in names if not self.machines[name].alive()]
        why = f"{gone[0]}: its machine has ended" if gone else f"{names[0]}: {otherwise}"
        said = self.machines[(gone or names)[0]].last_words()
        self.close()
        raise GuestError(f"{why}\n{said}".rstrip())

    def console(self, name):
        """All that a guest's kernel has written to its console."""
        choose("guest", name, GUESTS)
        return self.machines[name].console()

    def ping(self, times=20_000, start="x86-64"):
        """Messages from one guest to the other and back, polled by both: a Ping.

        times: 1 to a million; fewer are sent if they take longer than some seconds.  start: the
        guest that asks and measures.
        Raises UsageError for another number or name.
        """
        if not isinstance(times, int) or not 1 <= times <= MANY:
            raise UsageError(f"{times!r} messages: a whole number from 1 to {MANY:,} is needed")
        rounds, until = [], time.monotonic() + SECONDS
        for done in range(0, times, ROUND):
            count = min(ROUND, times - done)
            rounds.append((count, *self.ask(start, "PING", count)[1:4]))
            if time.monotonic() > until:
                break
        return summed(rounds)

    def tour(self, start, stops, leave_out=()):
        """Run our program as a process of a guest, and move it on the way: a `journey.Journey`.

        start, stops, leave_out: as of `moving.tour`, between these guests.
        """
        return journey.journey(self, start, stops, leave_out)


def _end(machines, window, folder):
    """No machine, no shared memory, no file is left."""
    for machine in machines.values():
        machine.kill()
    window.close()
    folder.cleanup()
