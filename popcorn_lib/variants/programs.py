"""Small programs on which each of the defects shows, and which end well on the repaired library.

Each takes the kernels for its threads and gives a value that does not depend on them.
"""

import errno
from contextlib import suppress
from signal import SIG_BLOCK, SIG_UNBLOCK, SIGTERM, SIGUSR1
from socket import AF_INET, SOCK_STREAM

from popcorn_lib.syscalls import CLONE_NEWPID, CLONE_NEWUTS, IPC_CREAT, IPC_NOWAIT, IPC_RMID

PAGE = 64  # bytes: a small page keeps explored states few


def wait_while_zero(sys, word, *details):
    """Wait once while the word is 0: "woken", or the name of what else ended the wait."""
    try:
        yield sys.futex_wait(word, 0, *details)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "woken"


# ---- one waiter, one waker ----------------------------------------------------------------------


def handshake(sys, there):
    """A thread waits for the word to change; main changes it and wakes."""
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(wait_while_zero, word, on=there)
    yield sys.store(word, 1)
    woken = yield sys.futex_wake(word)
    return woken, (yield sys.join(thread))


# ---- one wake for two waiters, of whom one may give up or be sent away --------------------------


def pass_on(sys, word, timeout=None):
    """Wait; whoever is woken without need wakes the next."""
    how = yield from wait_while_zero(sys, word, timeout)
    if how == "woken":
        yield sys.futex_wake(word)


def impatient(sys, there, yonder):
    """One wake must reach the waiter that stays, even if it first meets one that gives up."""
    word = yield sys.mmap(PAGE)
    brief = yield sys.clone(pass_on, word, 1e-3, on=there)
    stays = yield sys.clone(wait_while_zero, word, on=yonder)
    yield sys.store(word, 1)
    yield sys.futex_wake(word)
    yield sys.join(stays)
    yield sys.join(brief)


def sent_away(sys, there, yonder):
    """The same, but no waiter gives up: one is sent to another kernel meanwhile."""
    word = yield sys.mmap(PAGE)
    moved = yield sys.clone(pass_on, word, on=there)
    stays = yield sys.clone(pass_on, word, on=yonder)
    yield sys.store(word, 1)
    yield sys.futex_wake(word)
    with suppress(ProcessLookupError):  # it has ended already
        yield sys.sched_setaffinity({0}, moved)
    yield sys.join(stays)
    yield sys.join(moved)


# ---- two waiters that wait for different things -------------------------------------------------


def two_bitsets(sys, there, yonder):
    """Main wakes the waiter of bit 2, waits for its end, and only then wakes that of bit 1."""
    word = yield sys.mmap(PAGE)
    one = yield sys.clone(wait_while_zero, word, None, 1, on=there)
    two = yield sys.clone(wait_while_zero, word, None, 2, on=yonder)
    yield sys.store(word, 1)
    yield sys.futex_wake(word, 1, 2)
    yield sys.join(two)
    yield sys.futex_wake(word, 1, 1)
    yield sys.join(one)


# ---- data and a flag ----------------------------------------------------------------------------


def data_and_flag(sys, there):
    """Whoever sees the flag, on one page, must see the data, on another."""
    data = yield sys.mmap(2 * PAGE)
    thread = yield sys.clone(look, data, data + PAGE, on=there)
    yield sys.store(data, 1)
    yield sys.store(data + PAGE, 1)
    return (yield sys.join(thread))


def look(sys, data, flag):
    """Touch the data, so that a copy of it is here; then read the flag, and the data again."""
    yield sys.load(data)
    seen = yield sys.load(flag)
    return seen, (yield sys.load(data))


# ---- two threads that end at the same time ------------------------------------------------------


def two_last(sys, there):
    """Main and a thread elsewhere both end; the process ends with whichever is last."""
    word = yield sys.mmap(PAGE)
    yield sys.clone(touch, word, on=there)
    yield sys.exit(0)


def touch(sys, word):
    yield sys.store(word, 1)


# ---- two threads that meet by a key -------------------------------------------------------------


def one_key(sys, there):
    """Main sends to the queue of a key, a thread elsewhere made it too: does the message arrive?"""
    thread = yield sys.clone(gets, on=there)
    mine = yield from gets(sys)
    theirs = yield sys.join(thread)
    yield sys.msgsnd(mine, 1, b"!")
    try:
        yield sys.msgrcv(theirs, 1, 0, IPC_NOWAIT)
    except OSError as error:
        arrived = errno.errorcode[error.errno]
    else:
        arrived = "arrived"
    for queue in {mine, theirs}:
        yield sys.msgctl(queue, IPC_RMID)
    return arrived


def gets(sys):
    return (yield sys.msgget(7, IPC_CREAT | 0o600))


# ---- a connection that goes to another kernel ---------------------------------------------------


def connection(sys):
    """Two ends of a connection with oneself."""
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, ("127.0.0.1", 80))
    yield sys.listen(listener, 1)
    one = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(one, ("127.0.0.1", 80))
    other, _ = yield sys.accept(listener)
    return one, other


def moved_reader(sys, there):
    """Two bytes come; one is read here, the other there."""
    one, other = yield from connection(sys)
    yield sys.send(one, b"ab")
    first = yield sys.recv(other, 1)
    with suppress(OSError):  # it is there already
        yield sys.migrate(there)
    return first + (yield sys.recv(other, 1))


def sent_meanwhile(sys, there):
    """A thread elsewhere reads what main sends, so the reader's end moves while bytes come."""
    one, other = yield from connection(sys)
    reader = yield sys.clone(reads_all, other, on=there)
    yield sys.send(one, b"a")
    yield sys.send(one, b"b")
    yield sys.close(one)
    return (yield sys.join(reader))


def reads_all(sys, fd):
    got = b""
    while piece := (yield sys.recv(fd, 9)):
        got += piece
    return got


def one_port_for_two(sys, there):
    """Two threads want the same port: who gets it is open, but not both."""
    other = yield sys.clone(takes_port, on=there)
    mine = yield from takes_port(sys)
    return mine + (yield sys.join(other))


def takes_port(sys):
    """1 if the port was free."""
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    with suppress(OSError):
        yield sys.bind(fd, ("127.0.0.1", 80))
        return 1
    return 0


# ---- a name of one's own, and processes among themselves ----------------------------------------


def own_name(sys, there):
    """A process names its host, goes elsewhere and reads the name."""
    yield sys.unshare(CLONE_NEWUTS)
    yield sys.sethostname("mine")
    with suppress(OSError):  # it is there already
        yield sys.migrate(there)
    return (yield sys.uname()).nodename


def contained(sys, there):
    """How many processes there are after the first of a PID namespace has ended: main alone."""
    pid = yield sys.fork(leaves_child, flags=CLONE_NEWPID, on=there)
    yield sys.wait4(pid)
    return len((yield sys.proc("/proc")))


def leaves_child(sys):
    yield sys.fork(rests)
    yield sys.exit_group(0)


def rests(sys):
    yield sys.pause()


def listed(sys, there):
    """How often /proc lists a process of which threads are on two kernels."""
    word = yield sys.mmap(PAGE)
    thread = yield sys.clone(touch, word, on=there)
    pids = yield sys.proc("/proc")
    yield sys.join(thread)
    return pids.count(str((yield sys.getpid())))


# ---- signals for those who move, and for a group ------------------------------------------------


def adds_one(word):
    """A handler that counts in a word."""

    def handler(sys, signum, info):
        yield sys.fetch_add(word, 1)

    return handler


def blocks_and_moves(sys, there):
    """A signal is pending when its thread moves; how often does the handler run there?"""
    word, pid = (yield sys.mmap(PAGE)), (yield sys.getpid())
    yield sys.sigaction(SIGUSR1, adds_one(word))
    yield sys.sigprocmask(SIG_BLOCK, {SIGUSR1})
    yield sys.tgkill(pid, pid, SIGUSR1)
    with suppress(OSError):  # it is there already
        yield sys.migrate(there)
    yield sys.sigprocmask(SIG_UNBLOCK, {SIGUSR1})
    return (yield sys.load(word))


def blocks_and_comes_back(sys, there, here):
    """The same, but then the thread moves back and blocks nothing there either."""
    word, pid = (yield sys.mmap(PAGE)), (yield sys.getpid())
    yield sys.sigaction(SIGUSR1, adds_one(word))
    yield sys.sigprocmask(SIG_BLOCK, {SIGUSR1})
    yield sys.tgkill(pid, pid, SIGUSR1)
    for place in (there, here):
        with suppress(OSError):
            yield sys.migrate(place)
        yield sys.sigprocmask(SIG_UNBLOCK, {SIGUSR1})
    return (yield sys.load(word))


def signalled_on_the_way(sys, there):
    """A thread moves, and waits for a signal that main sends meanwhile."""
    pid = yield sys.getpid()
    yield sys.sigprocmask(SIG_BLOCK, {SIGUSR1})
    thread = yield sys.clone(moves_and_waits, there)
    yield sys.tgkill(pid, thread, SIGUSR1)
    return (yield sys.join(thread))


def moves_and_waits(sys, there):
    with suppress(OSError):
        yield sys.migrate(there)
    return int((yield sys.sigtimedwait({SIGUSR1})).si_signo)


def job_is_killed(sys, there):
    """A job has a child that was made elsewhere; the whole job is killed."""
    yield sys.sigprocmask(SIG_BLOCK, {SIGUSR1})
    job = yield sys.fork(leads_job, (yield sys.getpid()), on=there)
    yield sys.sigtimedwait({SIGUSR1})
    yield sys.kill(-job, SIGTERM)
    return (yield sys.wait4(job))[1]


def leads_job(sys, shell):
    yield sys.setpgid(0, 0)
    yield sys.fork(rests)
    yield sys.kill(shell, SIGUSR1)
    yield sys.pause()
