"""System V IPC: threads on several kernels meet at an object that they find by its key."""

from popcorn_lib.draw import ipc_objects
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import with_board
from popcorn_lib.syscalls import GETVAL, IPC_CREAT, IPC_RMID, IPC_STAT, SEM_UNDO

VARIANTS = {"one kernel decides": {}, **defects("ipc")}
OWN = {
    "threads": [2, 3, 4],
    "kind": ["queue", "semaphore", "segment"],
    "asks": ["main first", "all at once"],
}
TWIN = {
    "kind": ["queue", "semaphore", "segment"],
    "asks": ["main first", "all at once"],
    "variant": ["one kernel decides", "defect: two kernels create one key"],
    "view": ["step by step", "objects"],
}
KEY, NEW = 7, IPC_CREAT | 0o600


def get(sys, kind):
    """The id of the object of the key; whoever asks first makes it."""
    if kind == "queue":
        return (yield sys.msgget(KEY, NEW))
    if kind == "semaphore":
        return (yield sys.semget(KEY, 1, NEW))
    return (yield sys.shmget(KEY, 64, NEW))


def user(sys, kind, start):
    """Find the object and use it: get a message, take and give back, or count in the memory."""
    yield sys.nanosleep(start - (yield sys.clock_gettime()))
    number = yield from get(sys, kind)
    if kind == "queue":
        yield sys.msgrcv(number, 8)
    elif kind == "semaphore":
        yield sys.semop(number, ((0, -1, SEM_UNDO),))
        yield sys.nanosleep(2e-5)
        yield sys.semop(number, ((0, +1, SEM_UNDO),))
    else:
        address = yield sys.shmat(number)
        yield sys.fetch_add(address, 1)
        yield sys.shmdt(address)
    return number


def serve(sys, kind, number, users):
    """What the users wait for: a message for each, or that the semaphore is up."""
    for _ in range(users if kind == "queue" else 0):
        yield sys.msgsnd(number, 1, b"job")
    if kind == "semaphore":
        yield sys.semop(number, ((0, +1, 0),))


def left(sys, kind, number):
    """What is left in the object: messages, the value, the word."""
    if kind == "queue":
        return (yield sys.msgctl(number, IPC_STAT)).msg_qnum
    if kind == "semaphore":
        return (yield sys.semctl(number, 0, GETVAL))
    address = yield sys.shmat(number)
    word = yield sys.load(address)
    yield sys.shmdt(address)
    return word


def remove(sys, kind, number):
    """Objects outlive those who use them, unless somebody removes them."""
    if kind == "queue":
        yield sys.msgctl(number, IPC_RMID)
    elif kind == "semaphore":
        yield sys.semctl(number, 0, IPC_RMID)
    else:
        yield sys.shmctl(number, IPC_RMID)


def meeting(sys, places, kind, asks):
    """Threads meet by a key: how many objects does it name, and what is left in main's?"""
    start, threads = (yield sys.clock_gettime()) + 3e-3, []
    if asks == "main first":
        yield from get(sys, kind)
    for place in places:
        threads.append((yield sys.clone(user, kind, start, on=place)))
    yield sys.nanosleep(start + 1e-3 - (yield sys.clock_gettime()))  # by now they wait
    number = yield from get(sys, kind)
    yield from serve(sys, kind, number, len(threads))
    numbers = {number}
    for thread in threads:
        numbers.add((yield sys.join(thread)))
    rest = yield from left(sys, kind, number)
    for one in sorted(numbers):
        yield from remove(sys, kind, one)
    return {"objects": len(numbers), "left": rest}


def ipc(program=meeting, **settings):
    """Explore queues, semaphores and segments; arguments, result and errors as for `memory`.

    settings: threads, kind (of object), asks (who is first to ask for the key), placement, kernels,
    topology, latency_us, variant, fault, seed, view.
    """
    views = with_board("ipc", "objects", ipc_objects, telling=("in line", "twice", "bytes here"))
    return Simulated(program, OWN, VARIANTS, views, TWIN, settings)
