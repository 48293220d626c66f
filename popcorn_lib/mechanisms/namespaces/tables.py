"""What a kernel keeps of namespaces, and the invariants on it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from popcorn_lib.kernel import short
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.mechanisms.threads.tasks import ACTIVE

KINDS = ("uts", "ipc", "net", "pid")


class Spaces(NamedTuple):
    """The namespaces of a thread, by number; 0 is the first of its kind, all that most know."""

    uts: int = 0
    ipc: int = 0
    net: int = 0
    pid: int = 0
    children: int = 0  # the PID namespace of the processes that it makes
    number: int = 0  # what its process is called in its PID namespace; 0: by its global pid

    def held(self):
        """Every namespace that it keeps alive: (kind, number), ..."""
        numbers = {*zip(KINDS, self[:4], strict=True), ("pid", self.children)}
        return {(kind, number) for kind, number in numbers if number}


FIRST = Spaces()


class Names(NamedTuple):
    """What a UTS namespace is about."""

    nodename: str = "popcorn"
    domainname: str = "(none)"


@dataclass
class Member:
    """A process that is, or was, in other namespaces than the first; on init's kernel."""

    first: Spaces = FIRST  # those of its first thread
    held: set = field(default_factory=set)  # (kind, number) that its threads have ever been in


@dataclass
class Uts:
    """A UTS namespace, on init's kernel."""

    names: Names
    holders: set = field(default_factory=set)  # other kernels that have a copy, or may have
    line: list = field(default_factory=list)  # what is asked of it, in order; see `uts.py`


@dataclass
class PidSpace:
    """A PID namespace, on init's kernel."""

    parent: int  # the namespace that it is in
    init: int = 0  # the process that is number 1 in it; 0: none yet
    living: set = field(default_factory=set)  # its processes and those of the namespaces in it
    numbers: dict = field(default_factory=dict)  # pid -> its number in here
    ended: object = None  # the wait status of its init, whose end waits for all others'

    @property
    def dead(self):
        """Whether its init has ended: then nobody comes any more."""
        return bool(self.init) and self.init not in self.living


# ---- invariants ---------------------------------------------------------------------------------


def threads_are_where_they_belong(kernels):
    """A process's first thread is in the namespaces that init's kernel knows, wherever it runs."""
    members = _init(kernels).members
    if not members and not any(namespaces.spaces for namespaces in kernels.values()):
        return None  # so that nobody looks at threads where there are no namespaces
    for namespaces in kernels.values():
        tasks = namespaces.kernel["threads"].tasks
        for tid, task in tasks.items():
            if tid != task.pid or task.status != ACTIVE or tid in namespaces.waits:
                continue
            known = members[tid].first if tid in members else FIRST
            if namespaces.spaces.get(tid, FIRST) != known:
                return f"{short(tid)} has lost its namespaces: it belongs into {known}"
    return None


def no_copy_is_stale(kernels):
    """A kernel's copy of the names of a UTS namespace is what init's kernel has."""
    init = _init(kernels)
    for name, namespaces in kernels.items():
        for space, names in namespaces.copies.items():
            known = init.uts.get(space)
            if names and (known is None or names != known.names or name not in known.holders):
                return f"{name} has a stale copy of UTS namespace {space}: {names}"
    return None


def numbers_name_one_process(kernels):
    """In a PID namespace one number names one process, and its living ones have a number."""
    for number, space in _init(kernels).pids.items():
        if len(set(space.numbers.values())) < len(space.numbers):
            return f"two processes have one number in PID namespace {number}: {space.numbers}"
        if not space.living <= set(space.numbers):
            return f"a process of PID namespace {number} has no number in it"
    return None


def nobody_outlives_init(kernels):
    """When the end of a PID namespace's init is told, all others in it have ended."""
    for number, space in _init(kernels).pids.items():
        if space.dead and space.ended is None and space.living:
            left = ", ".join(map(short, sorted(space.living)))
            return f"the init of PID namespace {number} has ended, not {left}"
    return None


def _init(kernels):
    return next(iter(kernels.values()))


class Tables(Mechanism):
    """The tables of the namespaces mechanism."""

    state = {
        "spaces": dict,  # tid -> Spaces of the threads here that are not in the first ones
        "inits": set,  # at home: the processes that are number 1 in their PID namespace
        "copies": dict,  # UTS namespace -> Names, except on init's kernel; None: of the first, none
        "waits": dict,  # tid -> what it waits for
        "members": dict,  # init's kernel: pid -> Member
        "uts": dict,  # init's kernel: number -> Uts; of the first, once it is not as at boot
        "pids": dict,  # init's kernel: number -> PidSpace
    }
    invariants = (
        threads_are_where_they_belong,
        no_copy_is_stale,
        numbers_name_one_process,
        nobody_outlives_init,
    )

    @property
    def init(self):
        """The kernel where init runs: it serves every change."""
        return self.kernel.boot.kernels[0]

    def of(self, tid):
        """The namespaces of a thread here."""
        return self.spaces.get(tid, FIRST)

    def put(self, tid, spaces):
        """From now on the thread is in these."""
        if spaces == FIRST:
            self.spaces.pop(tid, None)
        else:
            self.spaces[tid] = spaces

    def interrupt(self, tid):
        """The answer comes soon by itself."""
        return tid in self.waits

    def residue(self):
        """What the machine is called is nothing that a program has left over."""
        left = super().residue()
        for table in ("uts", "copies"):
            others = {number: item for number, item in left.get(table, {}).items() if number}
            left[table] = others
        return {name: content for name, content in left.items() if content}

    def describe(self):
        lines = [f"{short(tid)} is in {_said(spaces)}" for tid, spaces in self.spaces.items()]
        for number, uts in self.uts.items():
            copies = f", copies on {', '.join(sorted(uts.holders))}" if uts.holders else ""
            lines.append(f"UTS namespace {number}: {uts.names.nodename}{copies}")
        for number, names in self.copies.items():
            lines.append(f"copy of UTS namespace {number}: {names.nodename if names else 'none'}")
        for number, space in self.pids.items():
            told = sorted((nr, pid) for pid, nr in space.numbers.items())
            named = ", ".join(f"{nr} is {short(pid)}" for nr, pid in told)
            lines.append(f"PID namespace {number} in {space.parent}: {named or 'empty'}")
        return lines + [f"{short(tid)} waits in {call}" for tid, (call, *_) in self.waits.items()]


def _said(spaces):
    """The namespaces that are not the first, in words."""
    return ", ".join(f"{kind} {number}" for kind, number in sorted(spaces.held()))
