"""Lesson 01, why many kernels: its items."""

import networkx

from popcorn_lib.learn import Lesson
from popcorn_lib.machine import Machine
from popcorn_lib.variants.words import WordsAtHome
from popcorn_lib.worlds.explore import explore
from popcorn_lib.worlds.simulate import simulate

lesson = Lesson(
    "01",
    needs="0.1",
    objectives={
        "O1": "say why one cache line bounds what many cores do together",
        "O2": "name the steps of an unmap on one kernel and on many, and compare costs",
        "O3": "describe a machine as a graph, and read latencies from it",
        "O4": "say what a multikernel gives up, and what a single system image gives back",
        "O5": "show by a schedule why kernels must not rely on what others know",
    },
)

lesson.predict(
    "p1",
    "The ray tracer on 48 cores: how many thousand operations per second?",
    unit="thousand per second",
    objectives="O1",
)


def throughput(cores, work_ns, handoff_ns):
    each = cores / (work_ns + handoff_ns)
    line = 1 / handoff_ns
    return min(each, line) * 1000


lesson.check(
    "c1",
    "How many million updates per second do `cores` cores make together?",
    reference=throughput,
    cases=[(1, 400, 100), (4, 400, 100), (8, 400, 100), (48, 400, 100), (48, 0, 114.3)],
    hints=[
        "A core that is never kept waiting: how long does one round of work and update take it?",
        "The line serves one core at a time: how often does it move per nanosecond?",
        "The holes are `(work_ns + handoff_ns)` and `handoff_ns`.",
    ],
    objectives="O1",
)

lesson.order(
    "o1",
    "One kernel, many cores: a thread unmaps a page that others have used.",
    steps={
        "answer": "each other core acknowledges",
        "drop": "each other core drops the page from its TLB",
        "frame": "the frame is free for somebody else",
        "own": "the core drops the page from its own TLB",
        "return": "`munmap` returns",
        "table": "the core takes the page out of the page table",
        "tell": "the core sends every other core an interrupt",
    },
    before=[
        ("table", "own", "Dropped earlier, the entry could come back from the page table."),
        ("table", "tell", "Told earlier, a core could load the entry again."),
        ("tell", "drop"),
        ("drop", "answer", "An answer says that the entry is gone."),
        ("answer", "frame", "A core that still knows the frame could write into a stranger's."),
        ("own", "frame"),
        ("answer", "return"),
        ("own", "return"),
        ("frame", "return"),
    ],
    objectives="O2",
)


def holder(sys, page):
    """Uses the page, and stays."""
    yield sys.load(page)
    yield sys.nanosleep(1)


def unmapping(sys, places):
    """One page, used on every kernel named, is unmapped; returns when that began and ended."""
    page = yield sys.mmap(4096)
    for place in places:
        yield sys.clone(holder, page, on=place)
    yield sys.nanosleep(0.1)
    begin = yield sys.clock_gettime()
    yield sys.munmap(page, 4096)
    return begin, (yield sys.clock_gettime())


def unmap(machine):
    """An unmap that concerns every kernel of a machine: its messages, and how long it takes."""
    run = simulate(unmapping, machine, args=(machine.kernels[1:],))
    begin, end = run.value
    messages = run.messages[run.messages.time_s.between(begin, end, inclusive="left")]
    times = {
        "sent (µs)": (messages.time_s - begin) * 1e6,
        "handled (µs)": (messages.handled_s - begin) * 1e6,
    }
    return messages.assign(**times), (end - begin) * 1e6


def line(points, cores):
    """The straight line through two points, at `cores`."""
    (a, low), (b, high) = points
    return low + (high - low) * (cores - a) / (b - a)


def crossover(one, many):
    for cores in range(2, 1000):
        if line(many, cores) < line(one, cores):
            return cores


lesson.check(
    "c2",
    "The fewest cores, from 2 to 999, at which `many` is cheaper than `one`; else None.",
    reference=crossover,
    cases=[
        (((2, 5200), (32, 29500)), ((2, 10300), (32, 17500))),
        (((2, 10), (12, 110)), ((2, 50), (12, 50))),
        (((2, 10), (12, 20)), ((2, 20), (12, 30))),
        (((2, 30), (12, 40)), ((2, 20), (12, 50))),
    ],
    hints=[
        "`line` gives the cost at any number of cores.",
        "Try the numbers one by one, from 2 on, and return the first that fits.",
        "A function that ends without a return gives None.",
    ],
    objectives="O2",
)


def build():
    graph = networkx.cycle_graph(["k0", "k1", "k2", "k3"])
    networkx.set_node_attributes(graph, 12, "cores")
    networkx.set_edge_attributes(graph, 141e-9, "latency_s")
    graph.add_node("k4", isa="aarch64", cores=64)
    graph.add_edge("k2", "k4", latency_s=25e-6)
    return Machine.from_graph(graph)


def described(build):
    """A machine in plain words, sorted, so that two of them can be compared line by line."""
    graph = build().graph
    kernels = {
        f"kernel {name}": f"{node['isa']}, {node['cores']} cores"
        for name, node in sorted(graph.nodes.items())
    }
    links = {
        "link {}-{}".format(*sorted(pair)): f"{link['latency_s'] * 1e9:,.0f} ns"
        for pair, link in sorted(graph.edges.items(), key=lambda item: sorted(item[0]))
    }
    return kernels | links


lesson.check(
    "c3",
    "Build the machine that is described.",
    reference=build,
    cases=[()],
    run=described,
    hints=[
        "`networkx.cycle_graph([...])` takes the names and makes a ring of them.",
        "`graph.add_node(name, cores=...)` and `graph.add_edge(a, b, latency_s=...)` add to it; "
        "the ISA is x86-64 where nothing is said.",
        "`networkx.set_node_attributes(graph, 12, 'cores')` gives all nodes there are one value, "
        "`set_edge_attributes` all edges.",
    ],
    objectives="O3",
)


def ticket(sys, word):
    return (yield sys.fetch_add(word, 1))


def late(sys, word):
    yield sys.nanosleep(1e-3)
    return (yield from ticket(sys, word))


def office(sys):
    word = yield sys.mmap(64)
    thread = yield sys.clone(late, word, on="k1")
    mine = yield from ticket(sys, word)
    return mine != (yield sys.join(thread))


class Told(WordsAtHome):
    state = WordsAtHome.state | {"counts": dict}

    def sys_fetch_add(self, tid, address, n):
        old = self.counts.get(address, 0)
        self.counts[address] = old + n
        names = self.kernel.boot.kernels
        self.kernel.resume(tid, old * len(names) + names.index(self.kernel.name))

    def exited(self, pid):
        self.counts.clear()
        super().exited(pid)


MOVES = {"nobody moves": 0, "one thread moves": 1}


def endings(memory, moves):
    """How the office can end with a student's memory, in every order of events on two kernels."""
    machine = Machine.multikernel(2).replace(memory=memory)
    found = explore(office, machine, migrations=MOVES[moves], stop=False, max_states=20_000)
    if found.violations:
        return ", ".join(sorted(found.violations))
    alike = any(not value for value, _ in found.outcomes)
    return "two tickets are alike" if alike else "all tickets differ"


lesson.predict(
    "p2",
    "Each kernel has its own count and tells the other. Can two tickets be alike?",
    choices=["never", "always", "in some orders of events"],
    objectives="O5",
)

lesson.check(
    "c4",
    "Two tickets are never alike, whatever the order of events, and whoever moves.",
    reference=Told,
    cases=[*MOVES],
    run=endings,
    hints=[
        "Telling takes time, and a ticket is given before the other kernel has heard of it.",
        "One way: only one kernel gives tickets, and the other asks it. "
        "`self.want(tid, 'fetch_add', address, n)` asks home, as in lesson 00.",
        "Another way needs no message: each kernel gives numbers that no other can give. "
        "`self.kernel.boot.kernels` names all kernels, `self.kernel.name` is this one.",
    ],
    objectives="O5",
)

lesson.quiz(
    "q1",
    "A counter that all cores update is split into one for each core, and read by adding them up. "
    "What follows?",
    {
        "Updates scale; a read becomes dearer": (
            True,
            "The lines stay where they are until somebody reads them all. Linux does this too.",
        ),
        "Updates scale, and a read costs what it did": (
            False,
            "A read now fetches a line from every core.",
        ),
        "Nothing: there are as many updates as before": (
            False,
            "As many, but no line moves: the hand-off is what cost.",
        ),
    },
    objectives="O1",
)

lesson.quiz(
    "q2",
    "Linux booted twice on one machine, each on its own cores and memory, no message between them. "
    "Is that a single system image?",
    {
        "No: a program sees the cores and processes of one kernel only": (
            True,
            "It is a multikernel that gives nothing back. Parker was proposed in this form.",
        ),
        "Yes, as long as both run the same version": (
            False,
            "A program could not start a thread on the other kernel, or signal a process there.",
        ),
        "No: they would need one clock": (False, "That is not what a program would miss first."),
    },
    objectives="O4",
)
