"""A plan put to the test: the program that it describes, run by `simulate`.

The idea.  A phase becomes `compute` calls that take as long as it says, on one core and then on
all; its pages become one store each; moving becomes `migrate`.  Of a chain one thread does it all.
Of a task graph each kernel has a thread that does the kernel's tasks in the plan's order, and waits
on a word of each task that it needs.  Then plan and simulation stand side by side.

Before the clock starts, the first thread visits all kernels of the plan and writes every page where
the plan says that it lies.  So each kernel knows the thread and the area, as the prices assume.

What the plan leaves out, and the simulation has: threads that are made and joined for the parallel
part of a phase, a task's word that travels, calls, and switches from thread to thread.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from popcorn_lib.placement.plan import Plan
from popcorn_lib.placement.program import START, needs, phase_of
from popcorn_lib.worlds.simulate import simulate

EVERYBODY = 2**31 - 1


class Job(NamedTuple):
    """A phase as its thread sees it."""

    name: str
    kernel: str
    pages: tuple  # addresses to write
    serial: float  # operations on one core
    part: float  # operations on each core after that
    cores: int
    word: int = 0  # not 0 when it is done
    waits: tuple = ()  # the words of others


class Row(NamedTuple):
    """A phase as planned and as simulated, in seconds."""

    phase: str
    kernel: str
    planned_crossing_s: float
    crossing_s: float
    planned_run_s: float
    run_s: float
    difference_s: float


# ---- the program --------------------------------------------------------------------------------


def follow(sys, jobs, visits, size, moves):
    """Do as planned; returns [(phase, begun, all is there, ended)], in seconds.

    jobs: [Job] in the plan's order, addresses from 0.  visits: {kernel: addresses to write first}.
    """
    base = yield sys.mmap(size)
    here = home = next(iter(visits))
    for kernel in (*visits, home):
        if kernel != here:
            yield sys.migrate(kernel)
        here = kernel
        for address in visits[kernel]:
            yield sys.store(base + address, 1)
    if moves:
        return (yield from in_turn(sys, jobs, base, home))
    threads, done = [], []
    for kernel in visits:
        mine = [job for job in jobs if job.kernel == kernel]
        threads.append((yield sys.clone(in_turn, mine, base, kernel, on=kernel)))
    for thread in threads:
        done += yield sys.join(thread)
    return done


def in_turn(sys, jobs, base, here):
    """One thread does one job after the other, each where it is planned."""
    done = []
    for job in jobs:
        done.append((yield from one(sys, job, base, here)))
        here = job.kernel
    return done


def one(sys, job, base, here):
    """A job: wait, go there, get its pages, work, tell those who wait."""
    for word in job.waits:
        while (yield sys.load(base + word)) == 0:
            with suppress(OSError):  # EAGAIN: it has just been done
                yield sys.futex_wait(base + word, 0)
    begun = yield sys.clock_gettime()
    if here != job.kernel:
        yield sys.migrate(job.kernel)
    for address in job.pages:
        yield sys.store(base + address, 1)
    came = yield sys.clock_gettime()
    yield sys.compute(job.serial)
    if job.part:
        yield from on_all_cores(sys, job)
    ended = yield sys.clock_gettime()
    if job.word:
        yield sys.store(base + job.word, 1)
        yield sys.futex_wake(base + job.word, EVERYBODY)
    return job.name, begun, came, ended


def on_all_cores(sys, job):
    """The parallel part: a thread for each core, this one among them."""
    team = []
    for _ in range(job.cores - 1):
        team.append((yield sys.clone(work, job.part)))
    yield sys.compute(job.part)
    for thread in team:
        yield sys.join(thread)


def work(sys, operations):
    """What one more core does."""
    yield sys.compute(operations)


# ---- from a plan to the program -----------------------------------------------------------------


def arguments(plan):
    """What `follow` is given: jobs, visits, size, moves."""
    page, home = plan.prices.machine.page_size, plan.prices.home
    visits = {home: []} | {kernel: [] for kernel in plan.places.values()}
    for number, lying in enumerate(visits.values()):
        lying.append(number * page)  # a page of its own, to learn the area
    size, words, jobs = len(visits) * page, {}, []
    moves = all(threads for *_, threads in needs_of(plan))
    for name in () if moves else plan.order:
        words[name] = size
        size += page
    for name in plan.order:
        pages = []
        for before, count, _ in needs(plan.graph, name):
            lying = range(size, size + count * page, page)
            visits[plan.place(before)] += lying
            pages += lying
            size += count * page
        waits = tuple(words[before] for before in plan.graph.predecessors(name) if not moves)
        jobs.append(job(plan, name, tuple(pages), words.get(name, 0), waits))
    return jobs, {kernel: tuple(lying) for kernel, lying in visits.items()}, size, moves


def needs_of(plan):
    """What the phases need of each other; of a lone phase, what it needs of the start."""
    every = [need for name in plan.order for need in needs(plan.graph, name)]
    return [need for need in every if need[0] != START] or every


def job(plan, name, pages, word, waits):
    """The Job of a phase: its seconds as operations of its kernel."""
    phase, kernel = phase_of(plan.graph, name), plan.places[name]
    node = plan.prices.nodes[kernel]
    rate = node["clock_hz"] * node["int_per_cycle"]
    operations, cores = phase.on(plan.prices.machine, kernel) * rate, node["cores"]
    serial, part = operations * (1 - phase.parallel), operations * phase.parallel / cores
    return Job(name, kernel, pages, serial, part, cores, word, waits)


# ---- plan and simulation ------------------------------------------------------------------------


def simulate_plan(plan, trace=True):
    """Run a plan's program; returns a Simulated.  A policy's probes are not run.

    trace: keep events, messages and cores, which joules need; without it many pages are quicker.
    """
    plan = replace(plan, probes={})
    machine, costs = plan.prices.machine, plan.prices.costs
    return Simulated(plan, simulate(follow, machine, arguments(plan), costs=costs, trace=trace))


@dataclass(frozen=True)
class Simulated:
    """A plan and its run."""

    plan: Plan
    run: object

    @cached_property
    def times(self):
        """{phase: (begun, all is there, ended)}, in seconds of the run."""
        return {name: times for name, *times in self.run.value}

    @property
    def seconds(self):
        """From the first phase's begin to the last one's end."""
        return self.until - self.since

    @property
    def since(self):
        return min(times[0] for times in self.times.values())

    @property
    def until(self):
        return max(times[2] for times in self.times.values())

    @property
    def joules(self):
        """Of the whole machine while the phases run; UsageError if it does not tell its watts."""
        prices, stays = self.plan.prices, self.run.cores
        held = (stays.until_s.clip(upper=self.until) - stays.from_s.clip(lower=self.since)).clip(0)
        total = prices.idle_w * self.seconds
        for kernel, seconds in held.groupby(stays.kernel).sum().items():
            more = prices.watts(kernel, "busy_w") - prices.watts(kernel, "idle_w")
            total += more * seconds / prices.nodes[kernel]["cores"]
        return total

    @cached_property
    def rows(self):
        """[Row]: for each phase what was planned, what came, and the difference."""
        rows = []
        for step in self.plan.steps:
            begun, came, ended = self.times[step.phase]
            crossing, run = came - begun, ended - came
            difference = crossing + run - step.crossing_s - step.run_s
            both = step.crossing_s, crossing, step.run_s, run
            rows.append(Row(step.phase, step.kernel, *both, difference))
        return rows

    def to_frame(self):
        """The rows as a pandas DataFrame; its columns are the fields of a Row."""
        import pandas

        return pandas.DataFrame(self.rows, columns=Row._fields)

    def __repr__(self):
        return f"<Simulated: {self.seconds:.6g} s, planned {self.plan.seconds:.6g} s>"
