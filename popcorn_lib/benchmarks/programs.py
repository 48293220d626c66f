"""The micro-benchmarks: small programs that do one thing over and over.

Each is `program(sys, times, places)`: it does its one thing `times` times, on the kernels `places`;
the first is where it starts.  On a machine with one kernel every place is that kernel, so the same
program measures both.  Threads take the places in turn.
"""

import signal
from errno import EAGAIN
from itertools import cycle, islice
from socket import AF_INET, SOCK_STREAM

from popcorn_lib.sync import (
    BARRIER_BYTES,
    MUTEX_BYTES,
    barrier_init,
    barrier_wait,
    mutex_lock,
    mutex_unlock,
)

PAGE = 4096
WORK = 2_000  # operations, about a microsecond
MAKING = 1e-3  # seconds: more than a thread takes to be made anywhere
SHOWN = BARRIER_BYTES  # beside a barrier, a word with the address that is shown
BUSY = 1e9  # operations: longer than everybody takes to come


def together(sys, places, function, *args):
    """One thread on each place runs `function(sys, number, *args)`; returns when all are done.

    All begin at the same moment, when the last of them has long been made.
    """
    start = (yield sys.clock_gettime()) + len(places) * MAKING
    tids = []
    for number, place in enumerate(places):
        tids.append((yield sys.clone(starts, start, function, number, *args, on=place)))
    for tid in tids:
        yield sys.join(tid)


def starts(sys, start, function, *args):
    """Begin at the moment `start`, or at once where it took longer than that to come here."""
    yield sys.nanosleep(max(0, start - (yield sys.clock_gettime())))
    yield from function(sys, *args)


# ---- messages ------------------------------------------------------------------------------------


def remote_call(sys, times, places):
    """A thread on another kernel asks home whether its process is there: a request, an answer."""
    yield from together(sys, places[1:] or places, asks, times)


def asks(sys, number, times):
    pid = yield sys.getpid()
    for _ in range(times):
        yield sys.kill(pid, 0)


# ---- threads -------------------------------------------------------------------------------------


def migration(sys, times, places):
    """A thread goes to another kernel and comes back."""
    for place in islice(cycle((places[-1], places[0])), 2 * times):
        yield sys.migrate(place)


def fork_storm(sys, times, places):
    """One process on each place forks a child that exits, and waits for it."""
    start = (yield sys.clock_gettime()) + len(places) * MAKING
    for place in places:
        yield sys.fork(starts, start, forks, times, on=place)
    for _ in places:
        yield sys.wait4()


def forks(sys, times):
    for _ in range(times):
        yield sys.fork(exits)
        yield sys.wait4()


def exits(sys):
    yield sys.exit(0)


# ---- memory --------------------------------------------------------------------------------------


def page_fetch(sys, times, places):
    """A thread on another kernel reads pages that home has written, each for the first time."""
    pages = yield sys.mmap(times * PAGE)
    for number in range(times):
        yield sys.store(pages + number * PAGE, 1)
    yield from together(sys, places[1:] or places, reads, pages, times)


def reads(sys, number, pages, times):
    for page in range(times):
        yield sys.load(pages + page * PAGE)


def page_ping_pong(sys, times, places):
    """One thread on each place adds to the same word."""
    word = yield sys.mmap(PAGE)
    yield from together(sys, places, adds, word, times)


def adds(sys, number, word, times):
    for _ in range(times):
        yield sys.fetch_add(word, 1)


def mmap_storm(sys, times, places):
    """One thread on each place maps a page, writes it and unmaps it."""
    yield from together(sys, places, maps, times)


def maps(sys, number, times):
    for _ in range(times):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, 1)
        yield sys.munmap(page, PAGE)


def unmap(sys, times, places):
    """A page that a busy thread on each place has read is unmapped; gives the seconds it takes."""
    meet = yield sys.mmap(PAGE)
    yield from barrier_init(sys, meet, len(places))
    tids, took = [], []
    for place in places[1:]:
        tids.append((yield sys.clone(touches, times, meet, on=place)))
    for _ in range(times):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, 1)
        yield sys.store(meet + SHOWN, page)
        yield from barrier_wait(sys, meet)
        yield sys.nanosleep(len(places) * MAKING)  # all have read it, and are busy
        begin = yield sys.clock_gettime()
        yield sys.munmap(page, PAGE)
        took.append((yield sys.clock_gettime()) - begin)
        yield from barrier_wait(sys, meet)
    for tid in tids:
        yield sys.join(tid)
    return tuple(took)


def touches(sys, times, meet):
    for _ in range(times):
        yield from barrier_wait(sys, meet)
        yield sys.load((yield sys.load(meet + SHOWN)))
        yield sys.compute(BUSY)
        yield from barrier_wait(sys, meet)


# ---- synchronisation -----------------------------------------------------------------------------


def futex_wake(sys, times, places):
    """Two threads hand a turn to and fro; who has not got it sleeps."""
    turn = yield sys.mmap(PAGE)
    yield from together(sys, (places[0], places[-1]), plays, turn, times)


def plays(sys, me, turn, times):
    for _ in range(times):
        while (yield sys.load(turn)) != me:
            try:
                yield sys.futex_wait(turn, 1 - me)
            except OSError as error:
                if error.errno != EAGAIN:
                    raise
        yield sys.store(turn, 1 - me)
        yield sys.futex_wake(turn, 1)


def contended_mutex(sys, times, places):
    """One thread on each place works, under the same mutex and as long without it.

    Without work the thread that has the mutex would be done before another has woken up.
    """
    memory = yield sys.mmap(PAGE)
    yield from together(sys, places, locks, memory, times)


def locks(sys, number, mutex, times):
    for _ in range(times):
        yield from mutex_lock(sys, mutex)
        count = yield sys.load(mutex + MUTEX_BYTES)
        yield sys.store(mutex + MUTEX_BYTES, count + 1)
        yield sys.compute(WORK)
        yield from mutex_unlock(sys, mutex)
        yield sys.compute(WORK)


# ---- signals, names, sockets ---------------------------------------------------------------------


def signal_delivery(sys, times, places):
    """A process signals another, whose handler signals back."""
    yield sys.sigprocmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    child = yield sys.fork(answers, on=places[-1])
    yield sys.sigtimedwait({signal.SIGUSR2})
    for _ in range(times):
        yield sys.kill(child, signal.SIGUSR1)
        yield sys.sigtimedwait({signal.SIGUSR2})
    yield sys.kill(child, signal.SIGKILL)
    yield sys.wait4()


def answers(sys):
    def handler(sys, signum, info):
        yield sys.kill(info.si_pid, signal.SIGUSR2)

    yield sys.sigaction(signal.SIGUSR1, handler)
    yield sys.kill((yield sys.getppid()), signal.SIGUSR2)
    while True:
        try:
            yield sys.pause()
        except OSError:  # EINTR: the handler has run
            continue


def proc_read(sys, times, places):
    """A thread reads a file of /proc that tells of all kernels."""
    for _ in range(times):
        yield sys.proc("/proc/stat")


def socket_handover(sys, times, places):
    """A thread with a connection goes to the next place and sends a byte, which comes back."""
    listener = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.bind(listener, ("127.0.0.1", 80))
    yield sys.listen(listener, 1)
    tid = yield sys.clone(echoes, listener)
    fd = yield sys.socket(AF_INET, SOCK_STREAM)
    yield sys.connect(fd, ("127.0.0.1", 80))
    for place in islice(cycle((places[-1], places[0])), 2 * times):
        yield sys.migrate(place)
        yield sys.send(fd, b"?")
        yield sys.recv(fd, 1)
    yield sys.close(fd)
    yield sys.join(tid)


def echoes(sys, listener):
    fd, _ = yield sys.accept(listener)
    while data := (yield sys.recv(fd, 1)):
        yield sys.send(fd, data)
    yield sys.close(fd)
