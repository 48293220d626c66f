"""Programs of processes in namespaces, for our kernels and for a real Linux alike.

Each is a program `scenario(sys, one, two)`: one and two are kernels to fork on, which a real Linux
takes no notice of.  Values are free of ids of the first namespaces.  It imports no library.  A
child reports by its exit status: a number, of which each bit or digit is one thing that it found.
"""

import errno
import os
import signal

from scenarios import NAP, naps, tried

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
FILES, THREAD, FS = 0x400, 0x10000, 0x200
NOBODY = 65534  # a user


def number(value):
    """A finding as an exit status."""
    return value if isinstance(value, int) else getattr(errno, value)


def child(sys, on, fn, *args, flags=0):
    """Run a child and give its exit status."""
    pid = yield sys.fork(fn, *args, flags=flags, on=on)
    waited, status = yield sys.wait4(pid)
    assert waited == pid
    return os.waitstatus_to_exitcode(status)


# ---- UTS ----------------------------------------------------------------------------------------


def renamed(sys, one, two):
    """Does a new name stay in its namespace, and do children have it?"""
    before = (yield sys.uname()).nodename

    def main(sys):
        yield sys.unshare(NEWUTS)
        kept = (yield sys.uname()).nodename == before
        yield sys.sethostname("inside")
        yield sys.setdomainname("in.side")
        yield sys.exit_group(kept + 2 * (yield from child(sys, two, reads)))

    def reads(sys):
        names = yield sys.uname()
        yield sys.exit_group(names.nodename == "inside" and names.domainname == "in.side")

    found = yield from child(sys, one, main)
    return found, (yield sys.uname()).nodename == before


def joins_names(sys, one, two):
    """setns into the UTS namespace of another process."""

    def other(sys):
        yield sys.sethostname("theirs")
        yield sys.nanosleep(4 * NAP)

    pid = yield sys.fork(other, flags=NEWUTS, on=one)
    yield sys.nanosleep(NAP)
    mine = (yield sys.uname()).nodename
    result = yield sys.setns(pid, NEWUTS)
    theirs = (yield sys.uname()).nodename
    yield sys.wait4(pid)
    return mine == "theirs", result, theirs, (yield sys.uname()).nodename


def long_names(sys, one, two):
    yield sys.unshare(NEWUTS)
    found = []
    for length in (0, 1, 64, 65):
        found.append((yield from tried(sys.sethostname("n" * length))))
        found.append(len((yield sys.uname()).nodename))
    found.append((yield from tried(sys.setdomainname("n" * 65))))
    yield sys.setuid(NOBODY)
    found.append((yield from tried(sys.sethostname("n" * 65))))
    return tuple(found)


# ---- flags and errors ---------------------------------------------------------------------------


def flags_refused(sys, one, two):
    found = []
    for flags in (-1, 1, 0, FS, FILES, THREAD, FILES | THREAD | FS, 0x100000, 1 << 32):
        found.append((yield from tried(sys.unshare(flags))))
    for flags in (NEWPID, NEWPID, NEWUTS):
        found.append((yield from tried(sys.unshare(flags))))
    me = yield sys.getpid()
    for pid, flags in ((me, 0), (me, 1), (0, NEWUTS), (-1, NEWUTS), (me, NEWUTS), (1 << 22, 0)):
        found.append((yield from tried(sys.setns(pid, flags))))
    return tuple(found)


def only_root(sys, one, two):
    yield sys.setuid(NOBODY)
    found = []
    for flags in (NEWUTS, NEWIPC, NEWPID, NEWNET, NEWUTS | NEWPID):
        found.append((yield from tried(sys.unshare(flags))))
        found.append((yield from tried(sys.fork(naps, 1, flags=flags, on=one))))
    found.append((yield from tried(sys.setns((yield sys.getpid()), NEWUTS))))
    found.append((yield from tried(sys.unshare(0))))
    found.append((yield from tried(sys.wait4())))
    return tuple(found)


# ---- PID ----------------------------------------------------------------------------------------


def first_inside(sys, one, two):
    """What are the first process in a namespace and its children called, inside?"""

    def init(sys):
        ids = (yield sys.getpid()), (yield sys.gettid()), (yield sys.getppid())
        group = yield sys.getpgid()
        assert (*ids, group) == (1, 1, 0, 0), (ids, group)
        assert (yield sys.setsid()) == 1
        assert (yield sys.getsid()) == 1
        second = yield sys.fork(grandchild, 2, on=two)
        third = yield sys.fork(grandchild, 3, on=one)
        waited = (yield sys.wait4(third)), (yield sys.wait4())
        yield sys.exit_group(waited == ((3, 3 << 8), (2, 2 << 8)) and (second, third) == (2, 3))

    def grandchild(sys, called):
        ids = (yield sys.getpid()), (yield sys.getppid()), (yield sys.getpgid())
        yield sys.exit_group(called if ids == (called, 1, 1) else 0)

    return (yield from child(sys, one, init, flags=NEWPID))


def children_only(sys, one, two):
    """unshare is for the children; when the first of them has ended nobody comes after it."""
    mine = yield sys.getpid()
    yield sys.unshare(NEWPID)
    same = (yield sys.getpid()) == mine

    def init(sys):
        yield sys.exit_group((yield sys.getpid()))

    found = yield from child(sys, one, init)
    return same, found, (yield from tried(sys.fork(naps, 1, on=two)))


def nested(sys, one, two):
    """Three deep: each level has its own numbers."""

    def init(sys, deep):
        found = 100 * (yield sys.getppid()) + (yield sys.getpid())
        if deep:
            pid = yield sys.fork(init, deep - 1, flags=NEWPID, on=two if deep % 2 else one)
            waited, status = yield sys.wait4()
            assert pid == waited == 2
            found += os.waitstatus_to_exitcode(status)
        yield sys.exit_group(found)

    return (yield from child(sys, one, init, 2, flags=NEWPID))


def orphans(sys, one, two):
    """The init of the namespace inherits them."""

    def init(sys):
        yield sys.fork(parent, on=two)
        first = yield sys.wait4()
        second = yield sys.wait4()
        yield sys.exit_group((first, second) == ((2, 0), (3, 5 << 8)))

    def parent(sys):
        yield sys.fork(late, on=one)

    def late(sys):
        yield sys.nanosleep(NAP)
        yield sys.exit_group(5 if (yield sys.getppid()) == 1 else 6)

    return (yield from child(sys, one, init, flags=NEWPID))


def spared(sys, one, two):
    """The init of a namespace takes only signals that it handles, and SIGKILL from outside."""

    def init(sys):
        me = yield sys.getpid()
        found = []
        for signum in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP):
            found.append((yield sys.kill(me, signum)))
        pid = yield sys.fork(strikes, on=two)
        found.append((yield sys.wait4(pid)))
        yield sys.nanosleep(20 * NAP)
        yield sys.exit_group(1)

    def strikes(sys):
        for signum in (signal.SIGKILL, signal.SIGTERM):
            yield sys.kill(1, signum)
        found = yield from tried(sys.kill(-1, signal.SIGKILL))
        yield sys.exit_group(number(found))

    pid = yield sys.fork(init, flags=NEWPID, on=one)
    yield sys.nanosleep(2 * NAP)
    yield sys.kill(pid, signal.SIGTERM)
    alive = yield sys.wait4(pid, os.WNOHANG)
    yield sys.kill(pid, signal.SIGKILL)
    return alive, (yield sys.wait4(pid))[1]


def strangers(sys, one, two):
    """Who is not in the namespace cannot be named, nor by its outside number who is."""
    outside = yield sys.getpid()

    def init(sys):
        found = []
        for call in (sys.kill(outside, 0), sys.getpgid(outside), sys.getsid(outside)):
            found.append((yield from tried(call)))
        found.append((yield from tried(sys.setpgid(outside, 0))))
        found.append((yield from tried(sys.setpgid(0, outside))))
        found.append((yield from tried(sys.wait4(outside))))
        found.append((yield from tried(sys.setns(outside, NEWUTS))))
        found.append((yield from tried(sys.kill(-outside, 0))))
        expected = ["ESRCH"] * 4 + ["EPERM", "ECHILD", "ESRCH", "ESRCH"]
        yield sys.exit_group(found == expected)

    return (yield from child(sys, one, init, flags=NEWPID))


def groups(sys, one, two):
    """A job inside: made, stopped, waited for and killed by the numbers of the namespace."""

    def init(sys):
        pid = yield sys.fork(naps, 100, on=two)
        other = yield sys.fork(naps, 100, on=one)
        yield sys.setpgid(pid, pid)
        yield sys.setpgid(other, pid)
        found = [pid, (yield sys.getpgid(other))]
        yield sys.kill(-pid, signal.SIGSTOP)
        for _ in range(2):
            found.append((yield sys.wait4(-pid, os.WUNTRACED))[0])
        yield sys.kill(-pid, signal.SIGKILL)
        for _ in range(2):
            found.append((yield sys.wait4(-pid))[0])
        found[2:] = sorted(found[2:])
        found.append((yield from tried(sys.kill(-pid, 0))))
        yield sys.exit_group(found == [2, 2, 2, 2, 3, 3, "ESRCH"])

    return (yield from child(sys, one, init, flags=NEWPID))


def senders(sys, one, two):
    """Whom does a signal name as its sender?"""

    def init(sys):
        yield sys.sigprocmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD})
        pid = yield sys.fork(inside, on=two)
        first = yield sys.sigtimedwait({signal.SIGUSR1}, 200 * NAP)
        ended = yield sys.sigtimedwait({signal.SIGCHLD}, 200 * NAP)
        second = yield sys.sigtimedwait({signal.SIGUSR1}, 200 * NAP)
        same = pid == first.si_pid == ended.si_pid == 2
        yield sys.exit_group(same + 2 * (second.si_pid == 0))

    def inside(sys):
        yield sys.kill(1, signal.SIGUSR1)

    yield sys.sigprocmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = yield sys.fork(init, flags=NEWPID, on=one)
    yield sys.nanosleep(3 * NAP)
    yield sys.kill(pid, signal.SIGUSR1)
    told = yield sys.sigtimedwait({signal.SIGCHLD}, 200 * NAP)
    return told.si_pid == pid, told.si_status, (yield sys.wait4(pid))[1]


def dies_with_its_init(sys, one, two):
    """All are killed, also one whose parent is outside, before the parent hears of init."""
    yield sys.unshare(NEWPID)

    def init(sys):
        yield sys.fork(naps, 100, on=two)
        yield sys.fork(parent, on=one)
        yield sys.nanosleep(2 * NAP)
        yield sys.exit_group(4)

    def parent(sys):
        yield sys.fork(naps, 100, on=two)
        yield sys.nanosleep(100 * NAP)

    first = yield sys.fork(init, on=one)
    second = yield sys.fork(naps, 100, on=two)
    found = (yield sys.wait4(second)), (yield sys.wait4(first))
    return [status for _, status in found]


def joins_numbers(sys, one, two):
    """setns with CLONE_NEWPID: the children come into that namespace."""

    def init(sys):
        yield sys.nanosleep(4 * NAP)

    def comes(sys):
        yield sys.exit_group(10 * (yield sys.getppid()) + (yield sys.getpid()))

    pid = yield sys.fork(init, flags=NEWPID, on=one)
    result = yield sys.setns(pid, NEWPID)
    found = yield from child(sys, two, comes)
    back = yield sys.setns((yield sys.getpid()), NEWPID)
    mine = yield sys.getpid()
    outside = yield sys.fork(naps, 1, on=two)
    yield sys.wait4(outside)
    yield sys.wait4(pid)
    return result, found, back, outside > 2 and mine > 2


ALL = (
    renamed,
    joins_names,
    long_names,
    flags_refused,
    only_root,
    first_inside,
    children_only,
    nested,
    orphans,
    spared,
    strangers,
    groups,
    senders,
    dies_with_its_init,
    joins_numbers,
)
