"""Lesson 04: accesses to one word, one after the other, and what they come to."""

from popcorn_lib.machine import Machine
from popcorn_lib.worlds.simulate import simulate

MACHINE = Machine.multikernel(4, page_size=64)


def walk(sys, moves):
    """One thread goes where each access is to happen, and touches one word there."""
    word = yield sys.mmap(64)
    for kernel, does in map(str.split, moves):
        if kernel != MACHINE.kernels[(yield sys.getcpu())[1]]:
            yield sys.migrate(kernel)
        yield sys.load(word) if does == "reads" else sys.store(word, 1)


def walked(*moves):
    """The trace of such a walk."""
    return simulate(walk, MACHINE, args=(moves,)).trace


def sent(*moves):
    """The page messages of such a walk: [(source, destination, kind), ...]."""
    messages = walked(*moves).messages
    return [(m.source, m.destination, m.kind) for m in messages if "PAGE" in m.kind]


def rights(*moves):
    """Who may do what after each access, and its page messages, as a pandas DataFrame.

    It plays the accesses ("k1 reads", "k2 writes", ...) and reads every kernel's own tables.
    """
    import pandas

    trace = walked(*moves)
    memories = {name: kernel["memory"] for name, kernel in MACHINE.boot().items()}
    rows, count, page = [], 0, None
    for event in trace.events:
        memory = memories[event.kernel].thaw(event.state["memory"])
        page = page or next(iter(memory.directory), None)
        count += sum("PAGE" in trace.messages[number].kind for number in event.sent)
        if event.cause == "request" and event.name in ("load", "store"):
            rows.append(None)
        elif event.cause == "request" and rows and rows[-1] is None:
            rows[-1], count = _row(memories, page) | {"page messages": count}, 0
    return pandas.DataFrame(rows, index=pandas.Index(moves, name="access"))


def _row(memories, page):
    """The rights of every kernel; before anybody else has asked for the page, home has them all."""
    if page is None:
        return {name: "rw" if name == "k0" else "-" for name in memories}
    return {name: memory.rights(page) or "-" for name, memory in memories.items()}


def timed(sys, *moves):
    """How long each access takes and how long a second one, in microseconds; no move stays put.

    The block has two pages: touching the second one first leaves out the question for the area.
    """
    block, times = (yield sys.mmap(8192)), []
    for kernel, does in map(str.split, moves):
        yield sys.migrate(kernel)
        yield sys.load(block + 4096)
        for _ in range(2):
            start = yield sys.clock_gettime()
            yield sys.load(block) if does == "reads" else sys.store(block, 1)
            times.append(round(1e6 * ((yield sys.clock_gettime()) - start), 2))
    return times
