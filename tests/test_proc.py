"""/proc: one system, told by all kernels together."""

import mmap
import re
import signal

import pytest
from ns_scenarios import child
from programs import PAGE, outcomes, visit
from scenarios import NAP, naps, tried
from test_namespaces import run, sent

from popcorn_lib import (
    CLONE_NEWPID,
    CLONE_NEWUTS,
    Machine,
    UsageError,
    explore,
    simulate,
    single_system_image,
)
from popcorn_lib.variants import programs
from popcorn_lib.variants.defects.namespaces import ShadowsAreListed

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])
FILES = ("/proc", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/self/task")


def fields(text):
    """The lines `name: value` of a file."""
    return dict(re.split(r"\s*:\s*", line, maxsplit=1) for line in text.splitlines() if line)


# ---- the list of processes ----------------------------------------------------------------------


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_is_each_process_listed_once_wherever_its_threads_have_been(kernels):
    def main(sys):
        pids = [(yield sys.getpid())]
        for place in range(kernels):
            pids.append((yield sys.fork(travels, on=f"k{place}")))
        tid = yield sys.clone(travels)
        yield sys.nanosleep(NAP)
        listed = yield sys.proc("/proc")
        yield sys.kill(0, signal.SIGTERM)
        return listed, pids, (yield sys.join(tid))

    def travels(sys):
        for place in (*range(kernels), 0):
            yield from visit(sys, f"k{place}")
        yield sys.nanosleep(2 * NAP)

    def catches(sys):
        yield sys.sigaction(signal.SIGTERM, signal.SIG_IGN)
        listed, pids, _ = yield from main(sys)
        return listed == tuple(map(str, sorted(pids)))

    made = simulate(catches, Machine.multikernel(kernels, page_size=PAGE))
    assert made.value is True and made.residue() == {}


@WHERE
def test_is_a_process_listed_until_it_has_been_waited_for(kernels, migrations):
    """At every moment of its life and as a zombie; never after."""

    def main(sys):
        pid = yield sys.fork(quits, on="k1")
        before = str(pid) in (yield sys.proc("/proc"))
        yield sys.wait4(pid)
        return before, str(pid) in (yield sys.proc("/proc"))

    def quits(sys):
        yield sys.exit_group(0)

    assert outcomes(main, kernels, migrations=migrations) == {((True, False), 0)}


@WHERE
def test_are_the_threads_listed_wherever_they_are(kernels, migrations):
    def main(sys):
        word = yield sys.mmap(PAGE)
        tid = yield sys.clone(waits, word, on="k1")
        me = yield sys.getpid()
        listed = yield sys.proc(f"/proc/{me}/task")
        yield sys.fetch_add(word, 1)
        yield sys.futex_wake(word)
        yield sys.join(tid)
        left = yield sys.proc("/proc/self/task")
        return listed == tuple(map(str, sorted((me, tid)))), left == (str(me),)

    def waits(sys, word):
        if (yield sys.load(word)) == 0:
            yield from tried(sys.futex_wait(word, 0))

    found = outcomes(main, kernels, migrations=migrations and kernels < 3)
    assert found == {((True, True), 0)}


def test_what_does_a_process_see_that_is_in_a_pid_namespace():
    def main(sys):
        pid = yield sys.fork(init, flags=CLONE_NEWPID, on="k1")
        yield sys.nanosleep(NAP)
        listed = yield sys.proc("/proc")
        found = fields((yield sys.proc(f"/proc/{pid}/status")))
        mine = yield sys.getpid()
        _, status = yield sys.wait4(pid)
        return status, len(listed), found["Pid"] == str(pid), found["PPid"] == str(mine)

    def init(sys):
        outside = yield from tried(sys.proc("/proc/4194306/status"))
        pid = yield sys.fork(naps, 2 * NAP, on="k2")
        tid = yield sys.clone(naps, 2 * NAP, on="k0")
        listed = yield sys.proc("/proc")
        tasks = yield sys.proc("/proc/1/task")
        found = fields((yield sys.proc(f"/proc/{pid}/status")))
        stat = (yield sys.proc("/proc/self/stat")).split()
        yield sys.wait4(pid)
        gone = yield from tried(sys.proc(f"/proc/{pid}/stat"))
        assert (outside, listed, tasks) == ("ENOENT", ("1", "2"), ("1", str(tid)))
        assert (found["Pid"], found["PPid"], gone) == ("2", "1", "ENOENT")
        assert (stat[0], stat[3], stat[4]) == ("1", "0", "0")
        yield sys.exit_group(5)

    assert run(main).value == (5 << 8, 3, True, True)


# ---- the machine --------------------------------------------------------------------------------


@pytest.mark.parametrize("cores", [(1,), (2,), (1, 3), (2, 1, 4)])
def test_has_cpuinfo_one_processor_for_each_cpu(cores):
    def main(sys):
        return (yield sys.proc("/proc/cpuinfo")), (yield sys.proc("/proc/stat"))

    graph = Machine.multikernel(len(cores)).graph
    for kernel, count in zip(graph, cores, strict=True):
        graph.nodes[kernel]["cores"] = count
    info, stat = simulate(main, Machine.from_graph(graph)).value
    numbers = [str(cpu) for cpu in range(sum(cores))]
    assert re.findall(r"^processor : (\d+)$", info, re.MULTILINE) == numbers
    assert info.count("processor") == len(numbers)
    assert re.findall(r"^cpu(\d+) ", stat, re.MULTILINE) == numbers
    assert stat.startswith("cpu  ")


def test_is_memory_that_is_used_on_any_kernel_not_free():
    def main(sys):
        before = fields((yield sys.proc("/proc/meminfo")))
        word = yield sys.mmap(40 * 4096)
        tid = yield sys.clone(fills, word, on="k1")
        yield sys.join(tid)
        after = fields((yield sys.proc("/proc/meminfo")))
        return before, after

    def fills(sys, word):
        for page in range(40):
            yield sys.store(word + 4096 * page, 1)

    before, after = simulate(main, Machine.multikernel(2)).value
    total, *free = (int(x.split()[0]) for x in (before["MemTotal"], before["MemFree"],
                                                after["MemFree"]))  # fmt: skip
    assert total == free[0] == 2 << 20 and free[0] - free[1] == 160


@pytest.mark.parametrize("kernels", [1, 2, 3, 5])
@pytest.mark.parametrize("file", FILES)
def test_what_does_a_file_cost(kernels, file):
    """Every other kernel is asked once."""

    def main(sys):
        yield from visit(sys, f"k{kernels - 1}")
        yield sys.proc(file)

    found = sent(run(main, kernels))
    assert found["PROC_REQUEST"] == found["PROC_RESPONSE"] == kernels - 1
    assert sum(found.values()) == 2 * (kernels - 1)


# ---- a process ----------------------------------------------------------------------------------


def test_what_does_a_process_look_like_that_lives_is_stopped_and_is_dead():
    def main(sys):
        pid = yield sys.fork(rests, on="k1")
        states = [(yield from state(sys, pid))]
        for signum in (signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL):
            yield sys.kill(pid, signum)
            yield sys.nanosleep(NAP)
            states.append((yield from state(sys, pid)))
        yield sys.wait4(pid)
        return states, (yield from tried(sys.proc(f"/proc/{pid}/status")))

    def rests(sys):
        yield sys.pause()

    def state(sys, pid):
        status = fields((yield sys.proc(f"/proc/{pid}/status")))["State"]
        letter = (yield sys.proc(f"/proc/{pid}/stat")).split()[2]
        assert status[0] == letter
        return status

    states = ["R (running)", "T (stopped)", "R (running)", "Z (zombie)"]
    for kernels in (2, 3):
        assert run(main, kernels).value == (states, "ENOENT")


def test_do_status_and_stat_say_what_the_calls_say():
    def main(sys):
        return (yield from child(sys, "k2", looks))

    def looks(sys):
        yield sys.setsid()
        yield sys.setuid(7)
        yield sys.clone(naps, 1, on="k0")
        yield from visit(sys, "k1")
        status = fields((yield sys.proc("/proc/self/status")))
        me, parent = (yield sys.getpid()), (yield sys.getppid())
        stat = (yield sys.proc(f"/proc/{me}/stat")).split()
        assert [status[name] for name in ("Tgid", "Pid", "PPid")] == [str(me)] * 2 + [str(parent)]
        assert status["Uid"].split() == ["7"] * 4 and status["Threads"] == "2"
        expected = [me, parent, me, me, 2]
        assert [int(stat[place - 1]) for place in (1, 4, 5, 6, 20)] == expected
        yield sys.exit_group(1)

    assert run(main).value == 1


def test_are_the_areas_those_that_home_has():
    def main(sys):
        first = yield sys.mmap(3 * PAGE)
        yield sys.mprotect(first + PAGE, PAGE, mmap.PROT_READ)
        tid = yield sys.clone(maps, on="k1")
        shared = yield sys.join(tid)
        me = yield sys.getpid()
        other = yield from child(sys, "k2", looks, me)
        text = yield sys.proc(f"/proc/{me}/maps")
        return first, shared, text, other

    def maps(sys):
        return (yield sys.mmap(PAGE, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))

    def looks(sys, pid):
        seen = yield from tried(sys.proc(f"/proc/{pid}/maps"))
        yield sys.setuid(7)
        refused = yield from tried(sys.proc(f"/proc/{pid}/maps"))
        allowed = yield from tried(sys.proc("/proc/self/maps"))
        yield sys.exit_group(len(seen) > 20 and len(allowed) > 20 and refused == "EACCES")

    first, shared, text, other = run(main).value
    lines = [line.split() for line in text.splitlines()]
    places = [(int(start, 16), int(end, 16), rights) for start, end, rights in
              ((*line[0].split("-"), line[1]) for line in lines)]  # fmt: skip
    assert places == [
        (first, first + PAGE, "rw-p"),
        (first + PAGE, first + 2 * PAGE, "r--p"),
        (first + 2 * PAGE, first + 3 * PAGE, "rw-p"),
        (shared, shared + PAGE, "rw-s"),
    ]
    assert {line[2] for line in lines} == {"00000000"} and other == 1


def test_which_files_are_there():
    def main(sys):
        me = yield sys.getpid()
        inside = yield sys.proc(f"/proc/{me}")
        found = []
        for name in inside:
            text = yield sys.proc(f"/proc/self/{name}")
            found.append(bool(text) or name == "maps")
        missing = []
        for name in ("nothing", "self/nothing", "0", "-1", "1", "12", f"0{me}", f"{me}/task/{me}",
                     "4194999", "4194999/stat", "sys/kernel/nothing", "self/self"):  # fmt: skip
            missing.append((yield from tried(sys.proc(f"/proc/{name}"))))
        same = (yield sys.proc("/proc/")) == (yield sys.proc("/proc"))
        return inside, set(found), set(missing), same

    assert run(main).value == (("maps", "stat", "status", "task"), {True}, {"ENOENT"}, True)


@pytest.mark.parametrize("path", [None, 5, "/etc/passwd", "", "proc"])
def test_is_what_is_no_path_of_proc_an_error_of_the_program(path):
    def main(sys):
        yield sys.proc(path)

    with pytest.raises(UsageError, match=re.escape(repr(path))):
        simulate(main, Machine.smp(1))


def test_does_the_file_of_the_hostname_follow_the_namespace():
    def main(sys):
        return (yield from child(sys, "k1", inside, flags=CLONE_NEWUTS))

    def inside(sys):
        yield sys.sethostname("inside")
        yield sys.setdomainname("far")
        yield from visit(sys, "k2")
        names = (yield sys.proc("/proc/sys/kernel/hostname")), (yield sys.uname()).nodename
        domain = yield sys.proc("/proc/sys/kernel/domainname")
        yield sys.exit_group((*names, domain) == ("inside\n", "inside", "far\n"))

    assert run(main).value == 1


def test_what_does_one_see_if_every_kernel_lists_the_tasks_that_it_has():
    """Popcorn's way: a process with threads on two kernels is listed twice."""
    machine = Machine.multikernel(2, page_size=PAGE)
    wrong = explore(programs.listed, machine.replace(namespaces=ShadowsAreListed), ("k1",))
    right = explore(programs.listed, machine, ("k1",))
    assert wrong.outcomes == {(1, 0), (2, 0)} and wrong.complete
    assert right.outcomes == {(1, 0)} and right.complete


# ---- a reader is killed, and the claim ----------------------------------------------------------


@WHERE
def test_does_a_reader_that_is_killed_leave_nothing(kernels, migrations):
    def main(sys):
        pid = yield sys.fork(reads, on="k1")
        yield sys.kill(pid, signal.SIGKILL)
        return (yield sys.wait4(pid))[1]

    def reads(sys):
        yield sys.proc("/proc")
        yield sys.uname()

    found = outcomes(main, kernels, migrations=migrations and kernels < 3)
    assert {status for status, _ in found} == {0, 9}


def test_does_it_look_like_one_system():
    def main(sys):
        pid = yield sys.fork(renames, flags=CLONE_NEWUTS, on="k1")
        before = len((yield sys.proc("/proc")))
        yield sys.wait4(pid)
        return before, len((yield sys.proc("/proc"))), (yield sys.proc("/proc/cpuinfo"))

    def renames(sys):
        yield sys.sethostname((yield sys.proc("/proc/sys/kernel/hostname")) + "!")

    verdict = single_system_image(main, kernels=3, migrations=1)
    assert verdict.holds and len(verdict.outcomes) == 1
