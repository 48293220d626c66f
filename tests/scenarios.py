"""Programs of processes that run on a real Linux too; each tells what Linux's manual pages say.

Modelled on what the Linux Test Project asks of fork, wait4, setpgid, getpgid, getsid, setsid,
getppid, setuid and sched_setaffinity.  Each takes the names of two kernels to use.  Values hold no
ids, only how they relate; what must come first is waited for or has slept for less long.
"""

import errno
import os

BLINK, NAP = 0.02, 0.1  # seconds: by the end of a nap, who only blinks has long been done
NOBODY = 1 << 22  # a pid that no process has: Linux's stay below, ours are never the 0th


def tried(request):
    """The result of a call, or the name of its errno."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def quits(sys, status):
    yield sys.exit(status)


def returns(sys):
    yield sys.getpid()
    return "to nobody"


def naps(sys, seconds=NAP):
    yield sys.nanosleep(seconds)


def moves(sys, kernel):
    """Migrate, or be there already."""
    yield from tried(sys.migrate(kernel))


def tells(sys, question, *args):
    """End with status 0 if a program says True: a value that comes back through wait4."""
    yield sys.exit(0 if (yield from question(sys, *args)) is True else 1)


def asked(sys, on, question, *args):
    """Whether a program says True in a child."""
    pid = yield sys.fork(tells, question, *args, on=on)
    return (yield sys.wait4(pid)) == (pid, 0)


# ---- fork, exit, wait ---------------------------------------------------------------------------


def statuses(sys, there, yonder):
    found = []
    for status in (0, 42, 300, -1):
        pid = yield sys.fork(quits, status, on=there)
        yield from moves(sys, yonder)
        got, status = yield sys.wait4(pid)
        found.append((got == pid, os.WIFEXITED(status), os.WEXITSTATUS(status)))
    pid = yield sys.fork(returns, on=yonder)
    found.append((yield sys.wait4(pid))[1])
    yield sys.fork(quits, 3)
    found.append((yield sys.wait4())[1])
    return tuple(found)


def own_exit(sys, there, yonder):
    yield sys.fork(naps, on=there)
    yield from moves(sys, there)
    yield sys.exit_group(258)


def copies(sys, there, yonder):
    mine = [1]

    def change(sys, theirs):
        mine.append(2)
        theirs.append(3)
        return mine == [1, 2] and theirs[-1] == 3
        yield

    return (yield from asked(sys, there, change, mine)), tuple(mine)


def other_ids(sys, there, yonder):
    def other(sys, parent):
        me = yield sys.getpid()
        return me != parent and (yield sys.getppid()) == parent

    return (yield from asked(sys, there, other, (yield sys.getpid())))


def many_children(sys, there, yonder):
    for number in range(6):
        yield sys.fork(quits, number, on=(there, yonder, None)[number % 3])
    found = []
    for _ in range(6):
        found.append(os.WEXITSTATUS((yield sys.wait4())[1]))
    return tuple(sorted(found)), (yield from tried(sys.wait4()))


def oldest_zombie_first(sys, there, yonder):
    pids = []
    for kernel in (yonder, there, None):
        yield from moves(sys, kernel or there)
        pids.append((yield sys.fork(quits, 1, on=kernel)))
    yield sys.nanosleep(NAP)
    order = []
    for _ in pids:
        order.append(pids.index((yield sys.wait4())[0]))
    return tuple(order)


def one_of_two(sys, there, yonder):
    first = yield sys.fork(quits, 1, on=there)
    second = yield sys.fork(naps, on=yonder)
    order = [(yield sys.wait4(second))[0] == second]
    order.append((yield sys.wait4(first)) == (first, 1 << 8))
    return (*order, (yield from tried(sys.wait4(first))))


def without_hanging(sys, there, yonder):
    def look(which, options=0):
        found = yield from tried(sys.wait4(which, os.WNOHANG | options))
        return "the child" if found == (pid, 0) else found

    pid = yield sys.fork(naps, on=there)
    found = [(yield from look(pid)), (yield from look(-1, os.WUNTRACED | os.WCONTINUED))]
    yield sys.nanosleep(2 * NAP)
    return (*found, (yield from look(0)), (yield from look(-1)))


def bad_waits(sys, there, yonder):
    found = []
    for pid, options in ((-1, 0), (0, 0), (1, 0), (NOBODY, 0), (-NOBODY, 0), (-1, -1)):
        found.append((yield from tried(sys.wait4(pid, options))))
    yield sys.fork(quits, 0)
    me, parent = (yield sys.getpid()), (yield sys.getppid())
    for pid, options in ((me, 0), (parent, 0), (-(2**31), 0), (-1, 1 << 20)):
        found.append((yield from tried(sys.wait4(pid, options))))
    yield sys.wait4()
    return tuple(found)


def grandchildren(sys, there, yonder):
    """A child's children are nobody else's."""

    def middle(sys):
        yield sys.fork(naps, on=yonder)
        yield sys.fork(quits, 1)
        return (yield sys.wait4())[1] == 1 << 8

    return (yield from asked(sys, there, middle)), (yield from tried(sys.wait4()))


def orphan(sys, there, yonder):
    def dies(sys):
        yield sys.fork(outlives, (yield sys.getpid()), on=yonder)
        yield sys.nanosleep(BLINK)

    def outlives(sys, parent):
        before = yield sys.getppid()
        yield sys.nanosleep(NAP)
        after = yield sys.getppid()
        assert before == parent != after

    pid = yield sys.fork(dies, on=there)
    status = (yield sys.wait4(pid))[1]
    return status, (yield from tried(sys.wait4()))


# ---- groups and sessions ------------------------------------------------------------------------


def waits_by_group(sys, there, yonder):
    ours = yield sys.fork(naps, BLINK, on=there)
    theirs = yield sys.fork(naps, on=yonder)
    other = yield sys.fork(naps, NAP / 2)
    for pid in (theirs, other):
        yield sys.setpgid(pid, theirs)
    mine = yield sys.wait4(0)
    first = yield sys.wait4(-theirs)
    second = yield sys.wait4(-theirs)
    none = yield from tried(sys.wait4(-theirs))
    return mine == (ours, 0), first == (other, 0), second == (theirs, 0), none


def own_group(sys, there, yonder):
    def alone(sys, parent):
        me, group = (yield sys.getpid()), (yield sys.getpgid())
        yield from moves(sys, yonder)
        yield sys.setpgid(0, 0)
        same = (yield sys.getpgid(0)), (yield sys.getpgid(me))
        return group == (yield sys.getpgid(parent)) == parent and same == (me, me)

    me = yield sys.getpid()
    leads = (yield sys.getpgid()) == me
    return leads, (yield from asked(sys, there, alone, me))


def bad_setpgids(sys, there, yonder):
    me = yield sys.getpid()
    pid = yield sys.fork(naps, on=there)
    stranger = yield sys.getppid()
    found = []
    for pair in (
        (0, -1),
        (me, -1),
        (NOBODY, 0),
        (-5, 0),
        (stranger, 0),
        (0, NOBODY),
        (pid, NOBODY),
    ):
        found.append((yield from tried(sys.setpgid(*pair))))
    found.append((yield from tried(sys.setpgid(0, me))))
    yield sys.wait4()
    found.append((yield from tried(sys.setpgid(pid, pid))))
    found.append((yield from tried(sys.setpgid(me, pid))))
    return tuple(found)


def only_children(sys, there, yonder):
    """A process may not regroup its parent, its sibling or its grandchild."""

    def meddles(sys, sibling):
        found = []
        for pid in ((yield sys.getppid()), sibling):
            found.append((yield from tried(sys.setpgid(pid, pid))))
        return found == ["ESRCH", "ESRCH"]

    sibling = yield sys.fork(naps)
    answer = yield from asked(sys, there, meddles, sibling)
    return answer, (yield sys.wait4())[0] == sibling


def regroup(sys, there, yonder):
    """A group goes on when its leader has gone, and can still be joined."""
    leader = yield sys.fork(naps, BLINK, on=there)
    member = yield sys.fork(naps, on=yonder)
    late = yield sys.fork(naps)
    yield sys.setpgid(leader, leader)
    yield sys.setpgid(member, leader)
    yield sys.wait4(leader)
    found = [(yield from tried(sys.setpgid(late, leader)))]
    found.append((yield sys.getpgid(late)) == (yield sys.getpgid(member)) == leader)
    found.append((yield from tried(sys.getpgid(leader))))
    return (*found, (yield sys.wait4(-leader))[1], (yield sys.wait4(-leader))[1])


def zombies_have_groups(sys, there, yonder):
    pid = yield sys.fork(quits, 0, on=there)
    me = yield sys.getpid()
    yield sys.nanosleep(BLINK)
    found = [(yield sys.getpgid(pid)) == me, (yield from tried(sys.setpgid(pid, pid)))]
    found.append((yield sys.getpgid(pid)) == pid)
    found.append((yield sys.getsid(pid)) == (yield sys.getsid()))
    yield sys.wait4(pid)
    found.append((yield from tried(sys.getpgid(pid))))
    return (*found, (yield from tried(sys.getsid(pid))))


def unknown_pids(sys, there, yonder):
    found = []
    for pid in (NOBODY, -1, -99):
        found.append((yield from tried(sys.getpgid(pid))))
        found.append((yield from tried(sys.getsid(pid))))
    init = yield from tried(sys.getpgid(1))
    return (*found, type(init) is int)


def new_session(sys, there, yonder):
    def child(sys, session):
        me = yield sys.getpid()
        before = (yield sys.getsid()) == session
        made = yield sys.setsid()
        ids = (yield sys.getsid()), (yield sys.getpgid()), (yield sys.getsid(me))
        again = yield from tried(sys.setsid())
        stuck = yield from tried(sys.setpgid(0, 0))
        return before and {made, *ids} == {me} and (again, stuck) == ("EPERM", "EPERM")

    refused = yield from tried(sys.setsid())
    return refused, (yield from asked(sys, there, child, (yield sys.getsid())))


def across_sessions(sys, there, yonder):
    """A child in a session of its own is out of reach, and so is our group for it."""

    def leaves(sys, group):
        yield sys.setsid()
        yield sys.nanosleep(NAP)
        pid = yield sys.fork(joins, group, on=yonder)
        yield sys.exit((yield sys.wait4(pid))[1] >> 8)

    def joins(sys, group):
        refused = yield from tried(sys.setpgid(0, group))
        yield sys.exit(7 if refused == "EPERM" else 8)

    me = yield sys.getpid()
    pid = yield sys.fork(leaves, me, on=there)
    yield sys.nanosleep(BLINK)
    found = [(yield from tried(sys.setpgid(pid, me))), (yield from tried(sys.setpgid(pid, pid)))]
    found.append((yield sys.getsid(pid)) == pid)
    return (*found, (yield sys.wait4(pid))[1] >> 8)


def a_group_left_behind(sys, there, yonder):
    """Who led a group, and left it to others, begins no session."""

    def leader(sys, old):
        yield sys.setpgid(0, 0)
        member = yield sys.fork(naps, on=yonder)
        yield sys.setpgid(0, old)
        refused = yield from tried(sys.setsid())
        yield sys.wait4(member)
        return refused == "EPERM" and (yield sys.setsid()) == (yield sys.getpid())

    return (yield from asked(sys, there, leader, (yield sys.getpgid())))


# ---- users --------------------------------------------------------------------------------------


def users(sys, there, yonder):
    """To be started as root."""

    def drops(sys):
        root = yield sys.getuid()
        yield sys.setuid(1000)
        yield from moves(sys, yonder)
        found = [(yield sys.getuid())]
        for uid in (0, 1001, 1000, -1):
            found.append((yield from tried(sys.setuid(uid))))
        inherits = yield from asked(sys, there, is_user, 1000)
        return (root, found, inherits) == (0, [1000, "EPERM", "EPERM", 0, "EINVAL"], True)

    def is_user(sys, uid):
        return (yield sys.getuid()) == uid

    answer = yield from asked(sys, there, drops)
    return answer, (yield sys.getuid()), (yield from tried(sys.setuid(0)))


# ---- affinity -----------------------------------------------------------------------------------


def affinity(sys, there, yonder):
    def has(sys, cpus):
        yield from moves(sys, yonder) if len(cpus) > 1 else tried(sys.getpid())
        return (yield sys.sched_getaffinity()) == cpus

    every = yield sys.sched_getaffinity()
    found = []
    for wrong in ([], [100_000]):
        found.append((yield from tried(sys.sched_setaffinity(wrong))))
    found.append((yield from asked(sys, None, has, every)))
    for cpus in ({max(every)}, {min(every), 100_000}):
        yield sys.sched_setaffinity(cpus)
        found.append((yield sys.sched_getaffinity()) == cpus & every)
        found.append((yield from asked(sys, None, has, cpus & every)))
    yield sys.sched_setaffinity(every)
    return (*found, (yield sys.sched_getaffinity()) == every)


ALL = [
    statuses, own_exit, copies, other_ids, many_children, oldest_zombie_first, one_of_two,
    without_hanging, bad_waits, grandchildren, orphan, waits_by_group, own_group, bad_setpgids,
    only_children, regroup, zombies_have_groups, unknown_pids, new_session, across_sessions,
    a_group_left_behind, users, affinity,
]  # fmt: skip
