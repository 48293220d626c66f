"""One kernel: its mechanisms, and the one way to make it do something.

The rule of the house: a kernel's step depends on its own state and on the one input that it
handles (a request of a local thread, a message, an expired timer).  It answers with a list of
effects, which the world carries out:

    ("send", destination, message)          ("resume", tid, result)
    ("start", tid, token)                   ("end", tid)
    ("timer", key, seconds)                 ("drop", key)
    ("exited", pid, status, value)          ("clock", tid)          ("restart", tid)
    ("handler", tid, token, siginfo)
    ("work", what, amount)                  ("note", text)
    ("wire", host, message)

A mechanism changes its own plain dicts, lists and records in place and asks other mechanisms
through its kernel.  It never waits: what must wait is a pending entry of plain data.
"""

import re
from collections import deque
from typing import NamedTuple

from popcorn_lib.errors import UsageError, choose
from popcorn_lib.graphs import MAX_KERNELS
from popcorn_lib.syscalls import Failure

# Popcorn's global process ids: the flag, seven bits for the kernel, fifteen for its own number;
# the ids of kernels from the 128th on go on where those end.
GLOBAL, KERNEL_SHIFT = 1 << 22, 15
LOCAL_IDS = range(2, 1 << KERNEL_SHIFT)  # 1 is init's on every kernel


RESTARTS, FINAL, ALWAYS = True, "final", "always"  # is a call made again after a signal?


def maker(number):
    """The index of the kernel that gave a global id."""
    return (number - GLOBAL) >> KERNEL_SHIFT


def short(number):
    """A global id in a form to read: "k1:3" is the id 3 that kernel 1 gave."""
    if not 0 <= maker(number) < MAX_KERNELS:
        return str(number)
    return f"k{maker(number)}:{number & (1 << KERNEL_SHIFT) - 1}"


def readable(text):
    """The same text with the global ids in it in their short form."""
    return re.sub(r"\b(?:[4-9]\d{6}|1[0-2]\d{6})\b", lambda found: short(int(found[0])), text)


class Boot(NamedTuple):
    """What a kernel is told when it starts, and never changes."""

    name: str
    kernels: tuple  # the names of all kernels, in the machine's order
    cores: tuple  # how many cores each of them has
    page_size: int
    isas: tuple  # the instruction set of each of them
    address: str = "10.0.0.1"  # of the machine, towards hosts outside
    outside: tuple = ()  # their addresses


class Kernel:
    """One of the kernels of a machine; `request`, `message` and `timer` are its steps."""

    def __init__(self, boot, mechanisms):
        self.boot = boot
        self.name = boot.name
        self.mechanisms = {kind.name: kind(self) for kind in mechanisms}
        self.names = tuple(self.mechanisms)
        self.touched = set()  # the mechanisms that this step has looked at
        self.effects = []
        self._to_myself = deque()
        self._calls, self._kinds = _tables(mechanisms)

    def __getitem__(self, name):
        """The mechanism called `name`."""
        self.touched.add(name)
        return self.mechanisms[name]

    # ---- the steps ------------------------------------------------------------------------------

    def start(self, token):
        """The first process of the machine starts here."""
        self.effects = effects = []
        self["threads"].boot_process(token)
        return effects

    def request(self, tid, call):
        """A local thread asks: `call` is a Call whose `start` has become a token."""
        self.effects = effects = []
        if self["threads"].holds_back(tid):
            return effects
        mechanism, method = self._calls[choose("call", call.name, self._calls)]
        getattr(self[mechanism], method)(tid, *call.args)
        return self._finish(effects)

    def message(self, source, message):
        """A message of kernel `source` is handled."""
        self.effects = effects = []
        self._handle(source, message)
        return self._finish(effects) if self._to_myself else effects

    def _handle(self, source, message):
        try:
            mechanism, method = self._kinds[message.kind]
        except KeyError:
            raise UsageError(f"nobody handles {message!r}: it needs a method on_...") from None
        getattr(self[mechanism], method)(source, message)

    def again(self, held):
        """Handle now what was held back: (source, message), ..."""
        for source, message in held:
            self._handle(source, message)

    def timer(self, key):
        """A timer has expired; its key begins with the name of the mechanism that set it."""
        self.effects = effects = []
        self[key[0]].on_timer(key)
        return self._finish(effects)

    def _finish(self, effects):
        """A message to oneself is no message: it is handled before the step ends."""
        while self._to_myself:
            self._handle(self.name, self._to_myself.popleft())
        return effects

    def abandon(self):
        """Forget what a step that crashed has left undone."""
        self._to_myself.clear()

    def owner_of(self, cause, name):
        """The mechanism that serves a call or handles a kind of message, for the trace."""
        kinds = {"request": self._calls, "message": self._kinds, "wire": self._kinds}
        table = kinds.get(cause, {})
        return table.get(name, ("threads", ""))[0]

    # ---- what a mechanism can do ----------------------------------------------------------------

    def send(self, destination, message):
        """Send a message; to this kernel itself it is handled before the step ends."""
        if destination == self.name:
            self._to_myself.append(message)
        else:
            self.effects.append(("send", destination, message))

    def resume(self, tid, result):
        """Let a thread go on with a result, unless it is killed, sent away or signalled first."""
        if not self["threads"].diverts(tid, result):
            self.effects.append(("resume", tid, result))

    def fail(self, tid, errno):
        """Let a thread go on with an OSError."""
        self.resume(tid, Failure(errno))

    def work(self, what, amount):
        """Say what this step does that takes time: only a world knows how long.

        what: "load" or "store" (amount: the name of a cache line), "lock" and "unlock" (its name;
        the end of a step unlocks too), "flush" (tids whose cores drop translations), "copy"
        (bytes), "fault", "thread", "process", "frame", "move" (how many).
        """
        self.effects.append(("work", what, amount))

    def effect(self, *effect):
        """Any other effect; the list is at the head of this file."""
        self.effects.append(effect)

    def home_of(self, number):
        """The kernel that a global pid or tid names; None if it names none."""
        index = maker(number)
        return self.boot.kernels[index] if 0 <= index < len(self.boot.kernels) else None

    def global_id(self, local):
        """The global form of a local id of this kernel."""
        return GLOBAL + (self.boot.kernels.index(self.name) << KERNEL_SHIFT) + local

    # ---- what a thread takes along, and who forgets it ------------------------------------------

    def cloned(self, tid, child):
        """Thread `tid` has made thread `child`, of its own process or the first of a new one."""
        for name in self.names:
            self[name].cloned(tid, child)

    def pack(self, tid):
        """What every mechanism gives a thread to take along: ((mechanism, packed), ...)."""
        packed = ((name, self[name].leave(tid)) for name in self.names)
        return tuple((name, item) for name, item in packed if item is not None)

    def unpack(self, tid, packed):
        """Hand over what a thread has brought."""
        for name, item in packed:
            self[name].arrive(tid, item)

    def interrupt(self, tid):
        """End the wait of a thread soon; False if it waits for nothing, else see Mechanism."""
        answers = [self[name].interrupt(tid) for name in self.names]
        return next((answer for answer in answers if answer), False)

    def ended(self, tid):
        """A thread has ended here: every mechanism drops what it keeps for it."""
        for name in self.names:
            self[name].ended(tid)

    def ending(self, pid):
        """Home: a process has no threads any more; does that still take messages?"""
        return any([self[name].ending(pid) for name in self.names])

    def exited(self, pid):
        """A process is gone from all kernels: every mechanism drops what it keeps for it."""
        for name in self.names:
            self[name].exited(pid)

    def residue(self):
        """What is left in the tables: {mechanism: {field: content}}, {} if nothing is."""
        left = {name: self.mechanisms[name].residue() for name in self.names}
        return {name: tables for name, tables in left.items() if tables}


def _tables(mechanisms):
    """Which mechanism and method serves each call and handles each kind of message."""
    calls, kinds = {}, {}
    for kind in mechanisms:
        for method in dir(kind):
            if method.startswith("sys_"):
                calls[method[4:]] = kind.name, method
            elif method.startswith("on_") and method != "on_timer":
                kinds[method[3:].upper()] = kind.name, method
    return calls, kinds
