"""Programs of signals drawn at random, for searches: two threads and a child process.

Each of the three makes a few of these steps; what they see is the value.
"""

import random
import signal

from signal_programs import BLOCK, SHARED, SIGRTMIN, UNBLOCK, counts, failure, told

SENT = (signal.SIGUSR1, signal.SIGUSR1, SIGRTMIN, signal.SIGTERM, signal.SIGSTOP, signal.SIGCONT)
HANDLED = (signal.SIGUSR1, SIGRTMIN)
WHOM = ("child", "child", "main", "thread", "process")


def draw(seed):
    """(steps of main, of its thread, of its child)."""
    rng = random.Random(seed)
    return tuple(
        tuple(_step(rng, who) for _ in range(count))
        for who, count in zip(("main", "thread", "child"), rng.choice(SIZES), strict=True)
    )


SIZES = ((2, 2, 1), (2, 1, 2), (1, 2, 2), (3, 1, 1), (2, 2, 2))


def _step(rng, who):
    kind = rng.choice(("kill", "kill", "look", "block", "unblock", "take", "wait"))
    if kind == "kill":
        whom = rng.choice(WHOM)
        if whom == "child":
            return kind, whom, rng.choice(SENT)
        return kind, whom, rng.choice(HANDLED)  # main has to live
    if kind == "wait" and who != "main":
        kind = "look"
    return kind, rng.choice(HANDLED)


def drawn(sys, steps, here, there):
    """Run what has been drawn."""
    word = yield sys.mmap(64, flags=SHARED)
    for number, signum in enumerate(HANDLED):
        yield sys.sigaction(signum, counts(word + 8 * number))
    yield sys.sigprocmask(BLOCK, set(HANDLED))
    who = {"process": (yield sys.getpid())}
    who["child"] = yield sys.fork(acts, steps[2], dict(who), word, on=there)
    who["main"] = yield sys.gettid()
    thread = yield sys.clone(acts, steps[1], dict(who), word, on=there)
    who["thread"] = thread
    seen = yield from acts(sys, steps[0], who, word)
    seen += ((yield sys.join(thread)),)
    yield from failure(sys, sys.kill(who["child"], signal.SIGKILL))
    ended = yield from failure(sys, sys.wait4(who["child"]))
    last = told(ended[1]) if type(ended) is tuple else ended
    counted = (yield sys.load(word)), (yield sys.load(word + 8))
    yield sys.sigprocmask(UNBLOCK, set(HANDLED))
    return seen, last, counted, (yield sys.load(word)), (yield sys.load(word + 8))


def acts(sys, steps, who, word):
    """The steps of one thread, and what it sees."""
    seen = []
    for kind, *given in steps:
        if kind == "kill":
            whom, signum = given
            pid, tid = who["process"], who.get(whom, 0)
            if whom == "child" and not tid:  # it is the child itself
                tid = yield sys.getpid()
            if whom in ("main", "thread") and tid:
                request = sys.tgkill(pid, tid, signum)
            else:
                request = sys.kill(tid or pid, signum)
            seen.append((yield from failure(sys, request)))
        elif kind == "look":
            seen.append((yield sys.load(word + 8 * HANDLED.index(given[0]))))
        elif kind == "take":
            found = yield from failure(sys, sys.sigtimedwait(set(given), 0))
            seen.append(found if type(found) is str else found.si_signo == given[0])
        elif kind == "wait":
            found = yield from failure(sys, sys.wait4(who["child"], 1 | 2 | 8))  # never waits
            seen.append(found if type(found) is str else bool(found[0]) and told(found[1]))
        else:
            old = yield sys.sigprocmask(BLOCK if kind == "block" else UNBLOCK, set(given))
            seen.append(len(old))
    return tuple(seen)
