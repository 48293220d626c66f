"""UTS namespaces: what the machine is called, the same on every kernel.

The idea.  Init's kernel has the names, others keep copies, so that uname needs no message.  Before
a name changes all copies are dropped; so nobody who has seen the new one can meet anybody who
still sees the old one.  A kernel without a copy asks for one, once.

Invariant.  A copy is what init's kernel has.

What else uname tells is the same for all and never changes: a thread that moves between unlike
instruction sets is told of one machine.

Source.  Linux, kernel/utsname.c, uname(2), sethostname(2).  Popcorn's code has no UTS namespace
that spans kernels; here it is kept as pages are: read-replicate, write-invalidate.
"""

import errno
from typing import NamedTuple

from popcorn_lib.mechanisms.namespaces.members import Members
from popcorn_lib.mechanisms.namespaces.tables import Names, Uts
from popcorn_lib.messages import UTS_INVALIDATE, UTS_INVALIDATED, UTS_REQUEST, UTS_RESPONSE
from popcorn_lib.syscalls import HOST_NAME_MAX, Failure, Utsname

SYSTEM = {"sysname": "Linux", "release": "6.1.0-popcorn", "version": "#1 SMP", "machine": "x86_64"}


class Asked(NamedTuple):
    """Something that stands in line at a UTS namespace."""

    kernel: str
    tid: int
    field: str  # which name changes; "copy": a copy is asked for; "free": it goes
    value: str = ""


class UtsSpaces(Members):
    """The part of the namespaces mechanism that knows names."""

    # ---- read -----------------------------------------------------------------------------------

    def sys_uname(self, tid):
        self.read_names(tid, "uname")

    def read_names(self, tid, call):
        """Answer a call with the names, at once if there is a copy here."""
        # DOC: uts 1, a copy answers, without one init's kernel is asked
        names = self.names_here(self.of(tid).uts)
        if names:
            return self.kernel.resume(tid, self.said(call, names))
        self.waits[tid] = (call,)
        self.kernel.send(self.init, UTS_REQUEST(tid, self.of(tid).uts))
        # DOC: end

    def names_here(self, space):
        """The names of a UTS namespace as this kernel knows them; None if it does not."""
        if self.kernel.name == self.init:
            return self.uts[space].names if space in self.uts else Names()
        return self.copies.get(space, None if space else Names())

    def said(self, call, names):
        """The result of a call that asks for names; of /proc it is the text of a file."""
        if call == "uname":
            return Utsname(**SYSTEM, **names._asdict())
        return getattr(names, call) + "\n"

    def on_uts_request(self, source, message):
        # DOC: uts 2, a copy is given, but not in the middle of a change
        if message.space and message.space not in self.uts:
            self.kernel.send(source, UTS_RESPONSE(message.tid, message.space, None))
        else:
            self.queue(message.space, Asked(source, message.tid, "copy"))
        # DOC: end

    def on_uts_response(self, source, message):
        tid, space, names = message
        if names:
            self.copies[space] = names
        if tid in self.waits:
            [call] = self.waits.pop(tid)
            self.kernel.resume(tid, self.said(call, names))

    # ---- change ---------------------------------------------------------------------------------

    def sys_sethostname(self, tid, name):
        self.ask(tid, "setname", "nodename", name)

    def sys_setdomainname(self, tid, name):
        self.ask(tid, "setname", "domainname", name)

    def do_setname(self, source, tid, pid, spaces, field, name):
        if not self.is_root(pid):
            return Failure(errno.EPERM)
        if len(name.encode()) > HOST_NAME_MAX:
            return Failure(errno.EINVAL)
        self.queue(spaces.uts, Asked(source, tid, field, name))
        return None

    def queue(self, space, asked):
        """Stand in line at a namespace; what comes first is served first."""
        others = set(self.kernel.boot.kernels) - {self.kernel.name}
        uts = self.uts.setdefault(space, Uts(Names(), others))  # of the first all have a copy
        uts.line.append(asked)
        if len(uts.line) == 1:
            self.serve(space)

    def serve(self, space):
        """Serve who is in line, until somebody has to wait for copies to be dropped."""
        # DOC: uts 3, a change waits until no copy is left
        uts = self.uts[space]
        while uts.line:
            if uts.line[0].field != "copy" and uts.holders:
                for kernel in sorted(uts.holders):
                    self.kernel.send(kernel, UTS_INVALIDATE(space))
                return
            self.grant(space, uts, uts.line.pop(0))
        # DOC: end

    def grant(self, space, uts, asked):
        """Now it is so."""
        if asked.field == "copy":
            if asked.kernel != self.kernel.name:
                uts.holders.add(asked.kernel)
            self.kernel.send(asked.kernel, UTS_RESPONSE(asked.tid, space, uts.names))
        elif asked.field == "free":
            del self.uts[space]
        else:
            uts.names = uts.names._replace(**{asked.field: asked.value})
            self.answer(asked.kernel, asked.tid, 0)

    def on_uts_invalidate(self, source, message):
        self.copies[message.space] = None
        if message.space:
            del self.copies[message.space]
        self.kernel.send(source, UTS_INVALIDATED(message.space))

    def on_uts_invalidated(self, source, message):
        uts = self.uts[message.space]
        uts.holders.discard(source)
        if not uts.holders:
            self.serve(message.space)

    # ---- come and go ----------------------------------------------------------------------------

    def make_uts(self, number, old):
        self.uts[number] = Uts(self.names_here(old))

    def free_uts(self, number):
        self.queue(number, Asked("", 0, "free"))
