"""/proc: one system, told by all kernels together.

The idea.  Who reads a file asks every kernel for its part and puts the parts together: two messages
for each other kernel.  A kernel tells of a thread if the thread's id is one of its own, wherever
the thread runs now; so each is told of once, and shadows never.  Which processes there are, init's
kernel knows, zombies too.

The parts are taken one after the other, so what a file says of two threads need not have been true
at the same moment.

Source.  Popcorn Linux, fs/proc/remote_proc_pid.c, kernel/proc_remote.c, where a kernel lists the
tasks that it has.
"""

import errno
from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.mechanisms.namespaces.cpu import CpuSpace
from popcorn_lib.mechanisms.namespaces.files import FILES, OF_PROCESS
from popcorn_lib.mechanisms.namespaces.pid import NOBODY, Pids
from popcorn_lib.mechanisms.namespaces.uts import UtsSpaces
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.messages import PROC_REQUEST, PROC_RESPONSE
from popcorn_lib.syscalls import Failure

NAMES = {"sys/kernel/hostname": "nodename", "sys/kernel/domainname": "domainname"}


@dataclass
class Reading:
    """A thread that reads a file of /proc."""

    file: str
    pid: int  # whose file it is; 0: nobody's
    flags: int  # of an unshare that wants to know of other threads; else 0
    parts: dict = field(default_factory=dict)  # kernel -> what it has told


class Told(NamedTuple):
    """What one kernel tells of a process."""

    tids: tuple = ()  # of its threads, those with an id of this kernel
    stopped: int = 0  # home: the signal that has stopped it
    areas: tuple = ()  # home: what is mapped
    entry: tuple = ()  # init's kernel: an Entry, if there is such a process


class Entry(NamedTuple):
    """What init's kernel knows of a process, in the numbers of the reader's namespace."""

    pid: int
    parent: int
    group: int
    session: int
    uid: int
    zombie: bool
    may_look: bool  # whether the reader may see its memory


class Proc(CpuSpace, UtsSpaces, Pids):
    """The part of the namespaces mechanism that reads /proc."""

    state = Pids.state | {"reads": dict}  # tid -> Reading

    # ---- whose file, and which ------------------------------------------------------------------

    def sys_proc(self, tid, path):
        name = path.removeprefix("/proc").strip("/")
        whose, _, rest = name.partition("/")
        if name in NAMES:
            self.read_names(tid, NAMES[name])
        elif name in FILES:
            self.read(tid, name, 0)
        elif whose == "self" and rest in OF_PROCESS:
            self.read(tid, rest, self.kernel["threads"].tasks[tid].pid)
        elif _is_number(whose) and rest in OF_PROCESS:
            self._look_up(tid, rest, int(whose))
        else:
            self.kernel.fail(tid, errno.ENOENT)

    def _look_up(self, tid, file, number):
        """In another PID namespace only init's kernel knows whom a number means."""
        if not self.of(tid).number:
            return self.read(tid, file, number)
        self.waits[tid] = ("proc", file)
        self._send(tid, "proc", (number,))

    def do_proc(self, source, tid, pid, spaces, number):
        target = self.inward(pid, number)
        return Failure(errno.ENOENT) if target == NOBODY else target

    def found(self, tid, pid, file):
        self.read(tid, file, pid)

    # ---- every kernel's part --------------------------------------------------------------------

    def count_threads(self, tid, flags):
        """For unshare: who is alone has nothing to share with other threads."""
        self.read(tid, "task", self.kernel["threads"].tasks[tid].pid, flags)

    def read(self, tid, file, pid, flags=0):
        # DOC: proc 1, every kernel is asked for its part
        self.reads[tid] = Reading(file, pid, flags)
        asker = self.kernel["threads"].tasks[tid].pid
        for kernel in self.kernel.boot.kernels:
            self.kernel.send(kernel, PROC_REQUEST(tid, asker, file, pid))
        # DOC: end

    def on_proc_request(self, source, message):
        tid, asker, file, pid = message
        part = self.tell_process(asker, pid, file) if pid else getattr(self, "tell_" + file)(asker)
        self.kernel.send(source, PROC_RESPONSE(tid, part))

    def tell_(self, asker):
        """The processes: each is told of by its home, and by init's kernel, which knows them all.

        To somebody in another PID namespace only init's kernel can tell what they are called.
        """
        # DOC: proc 2, a kernel tells of those whose number it has given
        threads = self.kernel["threads"]
        if self.first_of(asker).pid:
            return tuple(sorted({self.outward(asker, pid) for pid in threads.tree} - {0}))
        known = threads.tree if self.kernel.name == self.init else ()
        return tuple(sorted({*filter(threads.is_home, threads.groups), *known}))
        # DOC: end

    def tell_cpuinfo(self, asker):
        return self.cpus()

    tell_stat = tell_cpuinfo

    def tell_meminfo(self, asker):
        """How many CPUs, and how many bytes of memory are in use here."""
        used = len(self.kernel["memory"].frames) * self.kernel.boot.page_size
        return len(self.cpus()), used

    def tell_process(self, asker, pid, file):
        """This kernel's part of what there is to say of a process, as far as it is asked for."""
        kernel, threads = self.kernel, self.kernel["threads"]
        tids = tuple(t for t in threads.of(pid) if kernel.home_of(t) == kernel.name)
        told = Told(tids, entry=self.entry(asker, pid))
        if threads.is_home(pid) and pid in threads.groups:
            areas = kernel["memory"].layout(pid) if file == "maps" else ()
            told = told._replace(stopped=threads.groups[pid].stopped, areas=areas)
        return told

    def entry(self, asker, pid):
        """Init's kernel: an Entry of a process; () if there is none, or it is not here."""
        threads = self.kernel["threads"]
        if self.kernel.name == self.init and pid == asker:
            threads.process(pid)
        if pid not in threads.tree:
            return ()
        process, me = threads.tree[pid], threads.process(asker).uid
        family = (pid, process.parent, process.pgid, process.sid)
        seen = (self.outward(asker, number) for number in family)
        may = me in (ROOT, process.uid)
        return Entry(*seen, process.uid, process.status is not None, may)

    # ---- put together ---------------------------------------------------------------------------

    def on_proc_response(self, source, message):
        # DOC: proc 3, and the reader puts the parts together
        tid, part = message
        reading = self.reads[tid]
        reading.parts[source] = part
        if len(reading.parts) < len(self.kernel.boot.kernels):
            return
        del self.reads[tid]
        parts = [reading.parts[kernel] for kernel in self.kernel.boot.kernels]
        text = self.joined(tid, reading.file, reading.pid, parts)
        # DOC: end
        if not reading.flags:
            self.kernel.resume(tid, text)
        elif len(text) > 1:
            self.kernel.fail(tid, errno.EINVAL)
        else:
            self.unshare(tid, reading.flags)

    def joined(self, tid, file, pid, parts):
        """What a file says, from the parts of all kernels in the machine's order."""
        if not pid:
            nested = self.of(tid).number
            return FILES[file](parts[:1] if nested and not file else parts)
        entry = parts[0].entry
        if not entry or not entry.pid:
            return Failure(errno.ENOENT)
        if file == "maps" and not entry.may_look:
            return Failure(errno.EACCES)
        others = {tid for part in parts for tid in part.tids} - {pid}
        areas = next((part.areas for part in parts if part.areas), ())
        stopped = any(part.stopped for part in parts)
        return OF_PROCESS[file](entry, (entry.pid, *sorted(others)), stopped, areas)

    def interrupt(self, tid):
        return tid in self.reads or super().interrupt(tid)

    def ended(self, tid):
        self.reads.pop(tid, None)
        super().ended(tid)


def _is_number(text):
    return text.isascii() and text.isdigit() and not text.startswith("0")
