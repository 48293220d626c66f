"""Programs of signals that several tests share; each gives a value that any machine may give.

Each takes two places for its threads and processes.  Those in `ALIKE` have one outcome, the same on
a real Linux; those in `RACES` may end in several ways, all of which one kernel has too.
"""

import errno
import os
import signal
from contextlib import suppress

SA_RESTART, SA_NODEFER, SA_RESETHAND, SIGRTMIN = 1 << 28, 1 << 30, 1 << 31, 34
SHARED = 0x21  # MAP_SHARED | MAP_ANONYMOUS
USR1, USR2, CHLD, TSTP = signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD, signal.SIGTSTP
TERM, STOP, CONT, SEGV = signal.SIGTERM, signal.SIGSTOP, signal.SIGCONT, signal.SIGSEGV
BLOCK, UNBLOCK, SETMASK = signal.SIG_BLOCK, signal.SIG_UNBLOCK, signal.SIG_SETMASK


def counts(word):
    """A handler that counts in a word."""

    def handler(sys, signum, info):
        yield sys.fetch_add(word, 1)

    return handler


def notes(word):
    """A handler that writes its signals' numbers, and their values, one after the other."""

    def handler(sys, signum, info):
        before = yield sys.load(word)
        yield sys.store(word, before * 100 + signum % 32 + info.si_value)

    return handler


def failure(sys, request):
    """The name of the errno with which a call fails, or its result."""
    try:
        return (yield request)
    except OSError as error:
        return errno.errorcode[error.errno]


def told(status):
    """A wait status in words."""
    if os.WIFSTOPPED(status):
        return "stopped", os.WSTOPSIG(status)
    if os.WIFCONTINUED(status):
        return "continued", 0
    if os.WIFSIGNALED(status):
        return "killed", os.WTERMSIG(status)
    return "exited", os.WEXITSTATUS(status)


def waited(sys, pid, options=0):
    """What wait4 tells of one child."""
    return told((yield sys.wait4(pid, options))[1])


def pauses(sys):
    """Wait for ever."""
    while True:
        with suppress(InterruptedError):
            yield sys.pause()


def until(sys, word, wanted=1):
    """Wait in short sleeps until a word has a value."""
    while (yield sys.load(word)) != wanted:
        yield sys.nanosleep(1e-4)


# ---- one outcome --------------------------------------------------------------------------------


def coalesces(sys, here, there):
    """Two of a standard signal are one, two of a real-time signal are two, in order."""
    word = yield sys.mmap(64)
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigaction(SIGRTMIN + 1, notes(word + 8), mask={SIGRTMIN + 1})
    yield sys.sigprocmask(BLOCK, {USR1, SIGRTMIN + 1})
    pid = yield sys.getpid()
    for number in (1, 2):
        yield sys.kill(pid, USR1)
        yield sys.sigqueue(pid, SIGRTMIN + 1, number)
    before = yield sys.load(word)
    yield sys.sigprocmask(UNBLOCK, {USR1, SIGRTMIN + 1})
    return before, (yield sys.load(word)), (yield sys.load(word + 8))


def lowest_first(sys, here, there):
    """Of several pending signals the lowest number comes first, and its handler runs last."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()
    everything = {USR2, USR1, SIGRTMIN + 2}
    for signum in everything:
        yield sys.sigaction(signum, notes(word), mask=everything)
    yield sys.sigprocmask(BLOCK, everything)
    yield sys.sigqueue(pid, SIGRTMIN + 2, 0)
    yield sys.kill(pid, USR2)
    yield sys.kill(pid, USR1)
    pending = yield sys.sigpending()
    old = yield sys.sigprocmask(SETMASK, set())
    return sorted(pending) == sorted(old), (yield sys.load(word))


def blocked_meanwhile(sys, here, there):
    """While a handler runs its own signal is blocked, with SA_NODEFER it is not."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()

    def handler(sys, signum, info):
        count = yield sys.fetch_add(word, 1)
        if count == 0:
            yield sys.kill(pid, signum)
            yield sys.store(word + 8, (yield sys.load(word)))

    seen = []
    for flags in (0, SA_NODEFER):
        yield sys.store(word, 0)
        yield sys.sigaction(USR1, handler, flags)
        yield sys.kill(pid, USR1)
        seen.append(((yield sys.load(word + 8)), (yield sys.load(word))))
    return tuple(seen)


def once_only(sys, here, there):
    """SA_RESETHAND: the second of them kills."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.sigaction(USR1, counts(word), SA_RESETHAND)
        pid = yield sys.getpid()
        yield sys.kill(pid, USR1)
        yield sys.store(word + 8, 1)
        yield sys.kill(pid, USR1)
        yield sys.store(word + 8, 2)

    pid = yield sys.fork(child, on=there)
    ended = yield from waited(sys, pid)
    return ended, (yield sys.load(word)), (yield sys.load(word + 8))


def ignored(sys, here, there):
    """What is ignored does nothing; what is pending and ignored then is gone."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()
    yield sys.sigaction(USR1, signal.SIG_IGN)
    yield sys.kill(pid, USR1)
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigprocmask(BLOCK, {USR1})
    yield sys.kill(pid, USR1)
    yield sys.sigaction(USR1, signal.SIG_IGN)
    old = yield sys.sigaction(USR1, counts(word))
    pending = yield sys.sigpending()
    yield sys.sigprocmask(UNBLOCK, {USR1})
    return old[0] == signal.SIG_IGN, len(pending), (yield sys.load(word))


def inherited(sys, here, there):
    """A child inherits actions and the mask, but nothing that is pending."""
    word = yield sys.mmap(64, flags=SHARED)
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigprocmask(BLOCK, {USR1, USR2})
    yield sys.kill((yield sys.getpid()), USR1)

    def child(sys):
        pending = yield sys.sigpending()
        yield sys.kill((yield sys.getpid()), USR1)
        old = yield sys.sigprocmask(UNBLOCK, {USR1})
        yield sys.exit_group(len(pending) * 10 + len(old))

    ended = yield from waited(sys, (yield sys.fork(child, on=there)))
    return ended, (yield sys.load(word)), len((yield sys.sigpending()))


def killed(sys, here, there):
    """Fatal signals, from another process."""
    found = []
    for signum in (TERM, signal.SIGKILL, USR1, SIGRTMIN):
        pid = yield sys.fork(pauses, on=there)
        yield sys.kill(pid, signum)
        found.append((yield from waited(sys, pid)))
    return tuple(found)


def sender_told(sys, here, there):
    """siginfo tells the true sender, and what it has sent."""
    yield sys.sigprocmask(BLOCK, {USR1, SIGRTMIN, CHLD})
    parent = yield sys.getpid()

    def child(sys):
        yield sys.kill(parent, USR1)
        yield sys.sigqueue(parent, SIGRTMIN, 42)
        yield sys.exit_group(7)

    pid = yield sys.fork(child, on=there)
    first = yield sys.sigtimedwait({USR1})
    second = yield sys.sigtimedwait({SIGRTMIN})
    third = yield sys.sigtimedwait({CHLD})
    yield sys.wait4(pid)
    who = [info.si_pid == pid for info in (first, second, third)]
    codes = first.si_code, second.si_code, third.si_code
    return who, codes, second.si_value, third.si_status, int(third.si_signo)


def child_handler(sys, here, there):
    """SIGCHLD has run its handler when wait4 returns, and finds the child there."""
    word = yield sys.mmap(64)

    def handler(sys, signum, info):
        pid, _ = yield sys.wait4(-1, os.WNOHANG)
        yield sys.fetch_add(word, 1 if pid else 100)

    def child(sys):
        yield sys.getpid()

    yield sys.sigaction(CHLD, handler)
    yield sys.sigprocmask(BLOCK, {CHLD})
    yield sys.fork(child, on=there)
    with suppress(InterruptedError):
        yield sys.sigsuspend(set())
    return (yield sys.load(word)), (yield from failure(sys, sys.wait4(-1)))


def child_waited(sys, here, there):
    """The same the other way round: after wait4 the handler has run."""
    word = yield sys.mmap(64)

    def child(sys):
        yield sys.getpid()

    yield sys.sigaction(CHLD, counts(word), SA_RESTART)
    pid = yield sys.fork(child, on=there)
    ended = yield from waited(sys, pid)
    return ended, (yield sys.load(word))


def no_zombies(sys, here, there):
    """Who ignores SIGCHLD has no zombies to wait for."""

    def child(sys):
        yield sys.getpid()

    yield sys.sigaction(CHLD, signal.SIG_IGN)
    yield sys.fork(child, on=there)
    return (yield from failure(sys, sys.wait4(-1)))


def suspended(sys, here, there):
    """sigsuspend lets a signal in that was blocked, and blocks it again."""
    word = yield sys.mmap(64)
    yield sys.sigaction(USR1, counts(word))
    old = yield sys.sigprocmask(BLOCK, {USR1})
    yield sys.kill((yield sys.getpid()), USR1)
    before = yield sys.load(word)
    how = yield from failure(sys, sys.sigsuspend(old))
    blocked = yield sys.sigprocmask(BLOCK, set())
    return before, how, (yield sys.load(word)), USR1 in blocked


def fault_mended(sys, here, there):
    """A handler of SIGSEGV makes the page accessible; the access is made again."""
    page = yield sys.mmap(4096, 0)

    def handler(sys, signum, info):
        yield sys.mprotect(page, 4096, 3)
        yield sys.store(page + 8, int(info.si_addr == page))

    yield sys.sigaction(SEGV, handler)
    yield sys.store(page, 5)
    return (yield sys.load(page)), (yield sys.load(page + 8))


def fault_blocked(sys, here, there):
    """A fault whose signal is blocked or ignored kills."""
    found = []
    for how in ("block", "ignore"):

        def child(sys, how):
            page = yield sys.mmap(4096, 0)
            if how == "block":
                yield sys.sigprocmask(BLOCK, {SEGV})
            else:
                yield sys.sigaction(SEGV, signal.SIG_IGN)
            yield sys.load(page)

        found.append((yield from waited(sys, (yield sys.fork(child, how, on=there)))))
    return tuple(found)


def probes(sys, here, there):
    """errno of kill and its kin."""
    parent = yield sys.getpid()
    pid = yield sys.fork(pauses, on=there)
    nobody = 4_000_000
    asked = [
        sys.kill(pid, 0), sys.kill(pid, 65), sys.kill(pid, -1), sys.kill(nobody, 0),
        sys.kill(nobody, 65), sys.kill(-nobody, TERM), sys.tgkill(pid, pid, 0),
        sys.tgkill(pid, 0, TERM), sys.tgkill(0, pid, TERM), sys.tgkill(-1, pid, 0),
        sys.tgkill(parent, pid, TERM), sys.tkill(0, TERM), sys.tkill(-5, TERM),
        sys.tkill(nobody, 0), sys.tkill(pid, 0), sys.sigqueue(nobody, TERM, 0),
        sys.sigaction(signal.SIGKILL, signal.SIG_IGN), sys.sigaction(STOP, signal.SIG_DFL),
        sys.sigaction(65, signal.SIG_IGN), sys.sigaction(0, signal.SIG_IGN),
        sys.sigprocmask(17, {TERM}), sys.sigtimedwait({TERM}, 0), sys.wait4(pid, 1 << 20),
    ]  # fmt: skip
    found = []
    for request in asked:
        found.append((yield from failure(sys, request)))
    yield sys.kill(pid, signal.SIGKILL)
    found.append((yield from waited(sys, pid)))
    return tuple(found)


def zombies(sys, here, there):
    """A zombie can be signalled, nothing comes of it; afterwards there is nobody."""

    def child(sys):
        yield sys.exit_group(3)

    yield sys.sigprocmask(BLOCK, {CHLD})
    pid = yield sys.fork(child, on=there)
    yield sys.sigtimedwait({CHLD})
    zombie = yield from failure(sys, sys.kill(pid, TERM))
    ended = yield from waited(sys, pid)
    return zombie, ended, (yield from failure(sys, sys.kill(pid, TERM)))


def job(sys, here, there):
    """Stop and continue: what the parent hears, and that a signal waits until it goes on."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.sigaction(USR1, counts(word))
        yield sys.store(word + 8, 1)
        while (yield sys.load(word)) == 0 or (yield sys.load(word + 16)) == 0:
            with suppress(InterruptedError):
                yield sys.nanosleep(1e-4)
        yield sys.exit_group(5)

    pid = yield sys.fork(child, on=there)
    yield from until(sys, word + 8)
    found = []
    yield sys.kill(pid, STOP)
    found.append((yield from waited(sys, pid, os.WUNTRACED)))
    yield sys.kill(pid, USR1)
    found.append((yield sys.load(word)))
    found.append((yield sys.wait4(pid, os.WNOHANG | os.WUNTRACED)))
    yield sys.kill(pid, CONT)
    found.append((yield from waited(sys, pid, os.WCONTINUED)))
    yield sys.store(word + 16, 1)
    found.append((yield from waited(sys, pid)))
    return tuple(found), (yield sys.load(word))


def stopped_and_killed(sys, here, there):
    """A stopped process keeps SIGTERM for later, SIGKILL it obeys at once."""
    found = []
    for signum in (TERM, signal.SIGKILL):
        pid = yield sys.fork(pauses, on=there)
        yield sys.kill(pid, STOP)
        found.append((yield from waited(sys, pid, os.WUNTRACED)))
        yield sys.kill(pid, signum)
        if signum == TERM:
            found.append((yield sys.wait4(pid, os.WNOHANG)))
            yield sys.kill(pid, CONT)
        found.append((yield from waited(sys, pid)))
    return tuple(found)


def cancel_each_other(sys, here, there):
    """SIGCONT takes back a pending stop, a stop takes back a pending SIGCONT."""
    word = yield sys.mmap(64)
    yield sys.sigaction(CONT, counts(word))
    yield sys.sigprocmask(BLOCK, {TSTP, CONT})
    pid = yield sys.getpid()
    yield sys.kill(pid, TSTP)
    first = yield sys.sigpending()
    yield sys.kill(pid, CONT)
    second = yield sys.sigpending()
    return sorted(map(int, first)), sorted(map(int, second))


def continue_is_pending(sys, here, there):
    """Also SIGCONT and SIGCHLD can be waited for while they are blocked, whatever they do."""
    yield sys.sigprocmask(BLOCK, {CONT, CHLD, signal.SIGURG})
    pid = yield sys.getpid()
    for signum in (CONT, CHLD, signal.SIGURG):
        yield sys.kill(pid, signum)
    found = []
    for _ in range(3):
        found.append(int((yield sys.sigtimedwait({CONT, CHLD, signal.SIGURG})).si_signo))
    return tuple(found), (yield from failure(sys, sys.sigtimedwait({CONT}, 0)))


def orphaned(sys, here, there):
    """SIGTSTP stops no member of an orphaned group, SIGSTOP does."""

    def child(sys):
        yield sys.setsid()
        yield sys.kill((yield sys.getpid()), TSTP)
        yield sys.exit_group(4)

    return (yield from waited(sys, (yield sys.fork(child, on=there)), os.WUNTRACED))


def hung_up(sys, here, there):
    """The shell of a stopped job ends: the job gets SIGHUP and goes on, to its end."""
    word = yield sys.mmap(64, flags=SHARED)

    def shell(sys):
        yield sys.setsid()
        pid = yield sys.fork(work, on=here)
        yield sys.setpgid(pid, pid)
        yield from until(sys, word + 16)
        yield sys.kill(pid, STOP)
        yield sys.wait4(pid, os.WUNTRACED)

    def work(sys):
        yield sys.sigaction(signal.SIGHUP, ends)
        yield sys.store(word + 16, 1)
        yield from pauses(sys)

    def ends(sys, signum, info):
        yield sys.store(word, signum)
        yield sys.exit_group(0)

    yield sys.wait4((yield sys.fork(shell, on=there)))
    yield from until(sys, word, signal.SIGHUP)
    return int((yield sys.load(word)))


def group(sys, here, there):
    """A kill of a group reaches its members on all kernels, and nobody else."""
    pids = []
    for place in (here, there, here):
        pids.append((yield sys.fork(pauses, on=place)))
    first, second, other = pids
    yield sys.setpgid(first, first)
    yield sys.setpgid(second, first)
    yield sys.kill(-first, TERM)
    ended = [(yield from waited(sys, first)), (yield from waited(sys, second))]
    left = yield sys.wait4(other, os.WNOHANG)
    yield sys.kill(other, signal.SIGKILL)
    return tuple(ended), left, (yield from waited(sys, other))


def restarts(sys, here, there):
    """Which calls a handler ends with EINTR: (without, with) SA_RESTART."""
    word = yield sys.mmap(64, flags=SHARED)

    def waits(sys, name, flags):
        yield sys.sigaction(USR1, counts(word), flags)
        yield sys.store(word + 8, 1)
        requests = {
            "nanosleep": lambda: sys.nanosleep(0.2),
            "pause": lambda: sys.pause(),
            "sigsuspend": lambda: sys.sigsuspend(set()),
            "sigtimedwait": lambda: sys.sigtimedwait({USR2}, 0.2),
            "wait4": lambda: sys.wait4(-1),
        }
        if name == "wait4":
            yield sys.fork(short, on=here)
        how = yield from failure(sys, requests[name]())
        yield sys.exit_group(1 if how == "EINTR" else 2)

    def short(sys):
        yield sys.nanosleep(0.2)

    found = []
    for name in ("nanosleep", "pause", "sigsuspend", "sigtimedwait", "wait4"):
        for flags in (0, SA_RESTART):
            yield sys.store(word + 8, 0)
            pid = yield sys.fork(waits, name, flags, on=there)
            yield from until(sys, word + 8)
            ended = 0
            while not ended:  # the first may come before the call has begun
                yield sys.nanosleep(0.05)
                yield sys.kill(pid, USR1)
                yield sys.nanosleep(0.01)
                ended, status = yield sys.wait4(pid, os.WNOHANG)
            found.append((name, flags != 0, told(status)[1]))
    return tuple(found)


ALIKE = (
    coalesces, lowest_first, blocked_meanwhile, once_only, ignored, inherited, killed, sender_told,
    child_handler, child_waited, no_zombies, suspended, fault_mended, fault_blocked, probes,
    zombies, job, stopped_and_killed, cancel_each_other, continue_is_pending, orphaned, hung_up,
    group, restarts,
)  # fmt: skip


# ---- races: few calls each, for searches --------------------------------------------------------


def flag(sys, here, there):
    """Kill, then raise a flag: who sees the flag has run the handler."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()
    yield sys.sigaction(USR1, counts(word))

    def other(sys):
        yield sys.kill(pid, USR1)
        yield sys.store(word + 8, 1)

    thread = yield sys.clone(other, on=there)
    seen = (yield sys.load(word + 8)), (yield sys.load(word))
    yield sys.join(thread)
    return seen, (yield sys.load(word))


def first_comes_first(sys, here, there):
    """Two threads that block nothing: the first one runs the handler, wherever it is."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()

    def handler(sys, signum, info):
        yield sys.store(word, 1 + ((yield sys.gettid()) == pid))

    def other(sys):
        yield sys.kill(pid, USR1)

    yield sys.sigaction(USR1, handler)
    yield sys.join((yield sys.clone(other, on=there)))
    return (yield sys.load(word))


def one_can(sys, here, there):
    """Only one of two threads does not block the signal, or neither does it at first."""
    word = yield sys.mmap(64)
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigprocmask(BLOCK, {USR1})

    def other(sys):
        yield sys.sigprocmask(UNBLOCK, {USR1})
        return (yield sys.load(word))

    thread = yield sys.clone(other, on=there)
    yield sys.kill((yield sys.getpid()), USR1)
    seen = yield sys.join(thread)
    yield sys.sigprocmask(UNBLOCK, {USR1})
    return seen, (yield sys.load(word))


def two_actions(sys, here, there):
    """A sigaction against a kill: who sees that it is done never runs the old handler."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()
    yield sys.sigaction(USR1, notes(word))

    def other(sys):
        yield sys.sigaction(USR1, counts(word))
        yield sys.store(word + 8, 1)

    def killer(sys):
        yield sys.kill(pid, USR1)

    threads = [(yield sys.clone(other, on=there)), (yield sys.clone(killer, on=here))]
    seen = (yield sys.load(word + 8)), (yield sys.load(word))
    for thread in threads:
        yield sys.join(thread)
    return seen, (yield sys.load(word))


def reset_race(sys, here, there):
    """SA_RESETHAND and two signals at once: the handler is for one, the other kills."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.sigaction(USR1, counts(word), SA_RESETHAND)
        me = yield sys.getpid()
        thread = yield sys.clone(kills, me, on=there)
        yield from failure(sys, sys.tgkill(me, thread, USR1))
        yield sys.join(thread)

    def kills(sys, pid):
        yield sys.kill(pid, USR1)

    return (yield from waited(sys, (yield sys.fork(child, on=here))))


def all_die(sys, here, there):
    """When a kill has returned, no thread of the process does anything any more."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.clone(adds, on=there)
        yield from adds(sys)
        yield sys.pause()

    def adds(sys):
        yield sys.fetch_add(word, 1)
        yield sys.fetch_add(word, 1)

    pid = yield sys.fork(child, on=here)
    yield sys.kill(pid, TERM)
    seen = yield sys.load(word)
    ended = yield from waited(sys, pid)
    return seen == (yield sys.load(word)), ended


def all_die_of_one(sys, here, there):
    """The same of a signal to one thread."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.clone(adds, on=there)
        yield sys.pause()

    def adds(sys):
        yield sys.fetch_add(word, 1)
        yield sys.fetch_add(word, 1)

    pid = yield sys.fork(child, on=here)
    yield sys.tgkill(pid, pid, TERM)
    seen = yield sys.load(word)
    ended = yield from waited(sys, pid)
    return seen == (yield sys.load(word)), ended


def all_stop(sys, here, there, signum=STOP):
    """When a kill has returned, no thread does anything until the process goes on."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.clone(adds, on=there)
        yield from adds(sys)

    def adds(sys):
        yield sys.fetch_add(word, 1)

    pid = yield sys.fork(child, on=here)
    yield sys.kill(pid, signum)
    seen = yield sys.load(word)
    still = yield sys.load(word)
    _, status = yield sys.wait4(pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return "done"
    yield sys.kill(pid, CONT)
    return seen == still, told(status), (yield from waited(sys, pid))


def all_stop_typed(sys, here, there):
    """The same of SIGTSTP, in a group that is not orphaned."""
    return (yield from all_stop(sys, here, there, TSTP))


def stop_heard(sys, here, there):
    """When the kill that stops it has returned, a wait without waiting finds it stopped."""
    pid = yield sys.fork(pauses, on=there)
    yield sys.kill(pid, STOP)
    found = yield sys.wait4(pid, os.WNOHANG | os.WUNTRACED)
    yield sys.kill(pid, signal.SIGKILL)
    return told(found[1]), (yield from waited(sys, pid))


def stop_and_go(sys, here, there):
    """SIGSTOP and SIGCONT from two threads at once, and SIGKILL at the end."""
    pid = yield sys.fork(pauses, on=there)

    def other(sys):
        yield sys.kill(pid, CONT)

    thread = yield sys.clone(other, on=here)
    yield sys.kill(pid, STOP)
    yield sys.join(thread)
    found = yield sys.wait4(pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
    yield sys.kill(pid, signal.SIGKILL)
    return told(found[1]) if found[0] else None, (yield from waited(sys, pid))


def waits_for_child(sys, here, there):
    """SIGCHLD and wait4: neither comes without the other."""
    word = yield sys.mmap(64)

    def handler(sys, signum, info):
        pid, _ = yield sys.wait4(-1, os.WNOHANG)
        yield sys.fetch_add(word, 1 if pid else 10)

    def child(sys):
        yield sys.getpid()

    yield sys.sigaction(CHLD, handler)
    yield sys.fork(child, on=there)
    how = yield from failure(sys, sys.wait4(-1))
    return how if isinstance(how, str) else "waited", (yield sys.load(word))


def waited_child(sys, here, there):
    """After a wait4 the handler of SIGCHLD has run."""
    word = yield sys.mmap(64)

    def child(sys):
        yield sys.getpid()

    yield sys.sigaction(CHLD, counts(word), SA_RESTART)
    yield sys.fork(child, on=there)
    yield sys.wait4(-1)
    return (yield sys.load(word))


def polled_child(sys, here, there):
    """A wait without waiting finds the child, or not, and so does the next one."""
    word = yield sys.mmap(64)

    def child(sys):
        yield sys.getpid()

    yield sys.sigaction(CHLD, counts(word), SA_RESTART)
    pid = yield sys.fork(child, on=there)
    found, _ = yield sys.wait4(-1, os.WNOHANG)
    seen = yield sys.load(word)
    if not found:
        yield sys.wait4(pid)
    return bool(found), seen, (yield sys.load(word))


def mutual(sys, here, there):
    """Two processes kill each other: one survives, or neither."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys, place):
        other = yield sys.load(word)
        if other:
            yield sys.kill(other, signal.SIGKILL)

    first = yield sys.fork(pauses, on=here)
    yield sys.store(word, first)
    second = yield sys.fork(child, 0, on=there)
    yield sys.kill(second, signal.SIGKILL)
    ended = yield from waited(sys, second)
    yield from failure(sys, sys.kill(first, TERM))
    return ended, (yield from waited(sys, first))


def futex_interrupted(sys, here, there):
    """A futex wait is cut short, or woken, or neither has come to that."""
    word = yield sys.mmap(64)
    pid, me = (yield sys.getpid()), (yield sys.gettid())
    yield sys.sigaction(USR1, counts(word))

    def other(sys):
        yield sys.tgkill(pid, me, USR1)
        yield sys.store(word + 8, 1)
        return (yield sys.futex_wake(word + 8))

    thread = yield sys.clone(other, on=there)
    how = yield from failure(sys, sys.futex_wait(word + 8, 0))
    if how == "EINTR":
        how = how, (yield from failure(sys, sys.futex_wait(word + 8, 0)))
    return how, (yield sys.join(thread)), (yield sys.load(word))


def handler_moves(sys, here, there):
    """A handler that moves to another kernel, and is interrupted by another one there."""
    word = yield sys.mmap(64)
    pid, me = (yield sys.getpid()), (yield sys.gettid())

    def handler(sys, signum, info):
        with suppress(OSError):
            yield sys.migrate(there)
        yield sys.fetch_add(word, 1)

    def other(sys):
        yield sys.tgkill(pid, me, USR2)

    yield sys.sigaction(USR1, handler)
    yield sys.sigaction(USR2, notes(word + 8))
    thread = yield sys.clone(other, on=there)
    yield sys.tgkill(pid, me, USR1)
    seen = yield sys.load(word)
    yield sys.join(thread)
    return seen, (yield sys.load(word + 8))


def handler_exits(sys, here, there):
    """A handler that ends its thread, or its process, with another signal pending."""
    word = yield sys.mmap(64, flags=SHARED)

    def leaves(sys, signum, info):
        yield sys.kill((yield sys.getpid()), USR2)
        yield sys.exit(0)

    def child(sys):
        yield sys.sigaction(USR1, leaves, mask={USR2})
        yield sys.sigaction(USR2, counts(word))
        yield sys.sigprocmask(BLOCK, {USR1})
        thread = yield sys.clone(opens, on=there)
        yield sys.kill((yield sys.getpid()), USR1)
        yield sys.join(thread)

    def opens(sys):
        yield sys.sigprocmask(UNBLOCK, {USR1})
        yield sys.pause()

    ended = yield from waited(sys, (yield sys.fork(child, on=here)))
    return ended, (yield sys.load(word))


def segv_race(sys, here, there):
    """A fault and a signal at once: both handlers run."""
    word = yield sys.mmap(64)
    page = yield sys.mmap(64, 0)
    pid, me = (yield sys.getpid()), (yield sys.gettid())

    def mends(sys, signum, info):
        yield sys.mprotect(page, 64, 3)

    def other(sys):
        yield sys.tgkill(pid, me, USR1)

    yield sys.sigaction(SEGV, mends)
    yield sys.sigaction(USR1, counts(word))
    thread = yield sys.clone(other, on=there)
    yield sys.store(page, 3)
    yield sys.join(thread)
    return (yield sys.load(page)), (yield sys.load(word))


def group_race(sys, here, there):
    """A group is killed while a member forks: what was there dies."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.fetch_add(word, 1)
        yield sys.pause()

    pid = yield sys.fork(child, on=there)
    yield sys.setpgid(pid, pid)
    other = yield sys.fork(child, on=here)
    yield sys.setpgid(other, pid)
    yield sys.kill(-pid, TERM)
    seen = yield sys.load(word)
    ended = [(yield from waited(sys, pid)), (yield from waited(sys, other))]
    return seen == (yield sys.load(word)), tuple(ended)


def suspend_race(sys, here, there):
    """Block, look, sigsuspend: a signal that comes in between is not lost."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigprocmask(BLOCK, {USR1})

    def other(sys):
        yield sys.kill(pid, USR1)

    thread = yield sys.clone(other, on=there)
    how = yield from failure(sys, sys.sigsuspend(set()))
    yield sys.join(thread)
    return how, (yield sys.load(word))


def stopped_signal(sys, here, there):
    """A signal to a stopped process is handled when it goes on, not before."""
    word = yield sys.mmap(64, flags=SHARED)

    def child(sys):
        yield sys.sigaction(USR1, leaves)
        yield sys.store(word + 8, 1)
        yield from pauses(sys)

    def leaves(sys, signum, info):
        yield sys.fetch_add(word, 1)
        yield sys.exit_group(0)

    pid = yield sys.fork(child, on=there)
    yield sys.kill(pid, STOP)
    if (yield sys.load(word + 8)) == 0:
        yield sys.kill(pid, signal.SIGKILL)
        return "early"
    yield sys.kill(pid, USR1)
    seen = yield sys.load(word)
    yield sys.kill(pid, CONT)
    ended = yield from waited(sys, pid)
    return seen, ended, (yield sys.load(word))


def sent_away(sys, here, there):
    """A signal to a thread that another thread sends to another kernel."""
    word = yield sys.mmap(64)
    pid = yield sys.getpid()
    yield sys.sigaction(USR1, counts(word))

    def sleeper(sys):
        return (yield from failure(sys, sys.futex_wait(word + 8, 0)))

    thread = yield sys.clone(sleeper, on=here)
    yield sys.sched_setaffinity(range(1, 2), thread)
    yield sys.tgkill(pid, thread, USR1)
    yield sys.store(word + 8, 1)
    yield sys.futex_wake(word + 8)
    return (yield sys.join(thread)), (yield sys.load(word))


def waits_at_home(sys, here, there):
    """A signal that nobody can take waits for a thread that is made later, elsewhere."""
    word = yield sys.mmap(64)
    yield sys.sigaction(USR1, counts(word))
    yield sys.sigprocmask(BLOCK, {USR1})
    yield sys.kill((yield sys.getpid()), USR1)

    def other(sys):
        yield sys.sigprocmask(UNBLOCK, {USR1})
        return (yield sys.load(word))

    return (yield sys.join((yield sys.clone(other, on=there))))


def sender_is_killed(sys, here, there):
    """Once it has been killed, nobody hears of a process any more but that it has ended."""
    word = yield sys.mmap(64)
    yield sys.sigaction(USR1, counts(word), SA_RESTART)

    def child(sys, parent):
        yield sys.kill(parent, USR1)

    pid = yield sys.fork(child, (yield sys.getpid()), on=there)
    yield sys.kill(pid, signal.SIGKILL)
    seen = yield sys.load(word)
    yield from waited(sys, pid)
    return seen == (yield sys.load(word))


def in_order(sys, here, there):
    """Two real-time signals are queued while a thread stops blocking them: first come, first."""
    word = yield sys.mmap(64)
    yield sys.sigaction(SIGRTMIN, notes(word))
    yield sys.sigprocmask(BLOCK, {SIGRTMIN})
    pid = yield sys.getpid()

    def other(sys):
        yield sys.sigprocmask(UNBLOCK, {SIGRTMIN})

    thread = yield sys.clone(other, on=there)
    for value in (1, 2):
        yield sys.sigqueue(pid, SIGRTMIN, value)
    yield sys.join(thread)
    yield sys.sigprocmask(UNBLOCK, {SIGRTMIN})
    return (yield sys.load(word))


def duel(sys, here, there):
    """Two processes send each other SIGKILL: one of them dies of it, or both do."""
    word = yield sys.mmap(64, flags=SHARED)

    def fights(sys, other):
        yield sys.kill((yield sys.load(other)), signal.SIGKILL)

    yield sys.store(word, 1)
    first = yield sys.fork(fights, word, on=there)
    yield sys.store(word, first)
    second = yield sys.fork(fights, word, on=here)
    yield sys.store(word, second)
    return (yield from waited(sys, second)), (yield from waited(sys, first))[0]


RACES = (
    flag, first_comes_first, one_can, two_actions, reset_race, all_die, all_die_of_one, all_stop,
    all_stop_typed, stop_heard, stop_and_go, waits_for_child, waited_child, polled_child, mutual,
    futex_interrupted, handler_moves, handler_exits, segv_race, group_race, suspend_race,
    stopped_signal, sent_away, duel, waits_at_home,
    sender_is_killed, in_order,
)  # fmt: skip
