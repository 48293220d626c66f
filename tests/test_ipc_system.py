"""System V IPC as a whole: one system, what it costs, and invariants that can fail."""

import errno
import random
import signal

import pytest
from ipc_programs import NEW, does, operates, run
from oracle import Steps, counted
from programs import PAGE, visit
from scenarios import tried

from popcorn_lib import (
    GETNCNT,
    IPC_NOWAIT,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_SET,
    SEM_UNDO,
    Machine,
    explore,
    simulate,
    single_system_image,
)
from popcorn_lib.mechanisms.ipc import Ipc
from popcorn_lib.mechanisms.ipc.tables import Wait
from popcorn_lib.syscalls import Failure

# ---- one system, and how it is paid for ---------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_can_a_random_program_tell_how_many_kernels_it_runs_on(seed):
    """Threads of two processes send, receive, operate, create and remove at once."""
    rng = random.Random(seed)
    calls = (
        ("msgsnd", 1, b"a", IPC_NOWAIT),
        ("msgrcv", 9, 0, IPC_NOWAIT),
        ("msgrcv", 9, -2, IPC_NOWAIT),
        ("msgctl", IPC_RMID),
        ("msgctl", IPC_SET, {"mode": 0o400}),
    )
    drawn = tuple(tuple(rng.choice(calls) for _ in range(2)) for _ in range(2))

    def main(sys, there, yonder):
        pid = yield sys.fork(makes, drawn[0], on=there)
        mine = yield from makes(sys, drawn[1])
        status = (yield sys.wait4(pid))[1]
        yield from tried(sys.msgctl((yield sys.msgget(7, NEW)), IPC_RMID))
        return mine, status

    def makes(sys, calls):
        results = []
        for name, *args in calls:
            queue = yield sys.msgget(7, NEW)
            results.append((yield from does(sys, name, queue, *args)))
        if (yield sys.getpid()) != (yield sys.getppid()):
            return tuple(results)

    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(main, ("k1", "k0"), machine=machine)
    assert verdict.holds, verdict


def test_what_does_a_call_cost():
    def main(sys):
        queue = yield sys.msgget(7, NEW)
        yield sys.msgsnd(queue, 1, b"x" * 100)
        yield sys.msgrcv(queue, 100)
        yield sys.msgctl(queue, IPC_RMID)

    assert len(run(main, 3).messages) == 0, "the authority asks nobody"
    made = run(main, 3, start="k1")
    assert counted(made, "namespaces") == {"IPC_REQUEST": 4, "IPC_RESPONSE": 4}
    assert sorted(made.messages.bytes)[-3:] == [64, 164, 164]


def test_what_does_a_wait_cost():
    """Two messages, however long it is, and a third to cut it short."""

    def main(sys, kills):
        sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
        pid = yield sys.fork(operates, sems, (0, -1, 0), on="k1")
        yield sys.nanosleep(1)
        assert (yield sys.semctl(sems, 0, GETNCNT)) == 1
        yield sys.kill(pid, signal.SIGKILL) if kills else sys.semop(sems, ((0, 1, 0),))
        yield sys.wait4(pid)
        yield sys.semctl(sems, 0, IPC_RMID)

    usual = {"IPC_REQUEST": 1, "IPC_RESPONSE": 1}
    assert counted(run(main, 2, False), "namespaces") == usual
    assert counted(run(main, 2, True), "namespaces") == usual | {"IPC_CANCEL": 1}


def test_what_does_a_segment_cost():
    def main(sys):
        segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
        address = yield sys.shmat(segment)
        yield sys.store(address, 1)
        yield sys.shmdt(address)
        yield sys.shmctl(segment, IPC_RMID)

    made = run(main, 2, start="k1")
    assert counted(made, "namespaces") == {"IPC_REQUEST": 3, "IPC_RESPONSE": 3}
    page = {"REMOTE_PAGE_REQUEST": 1, "REMOTE_PAGE_RESPONSE": 1}
    gone = {"OBJECT_RELEASE": 1, "VMA_ACK": 1, "OBJECT_GONE": 1, "OBJECT_GONE_ACK": 1}
    assert counted(made, "memory") == page | gone


def test_does_a_step_depend_on_nothing_but_state_and_input(monkeypatch):
    def main(sys):
        sems = yield sys.semget(7, 2, NEW)
        pid = yield sys.fork(operates, sems, (0, -1, SEM_UNDO), on="k1")
        address = yield sys.shmat((yield sys.shmget(7, 9, NEW)))
        yield from visit(sys, "k2")
        yield sys.store(address, 1)
        yield sys.semop(sems, ((0, 1, 0), (1, 1, 0)))
        yield sys.wait4(pid)
        yield sys.shmctl((yield sys.shmget(7, 9, 0)), IPC_RMID)
        yield sys.semctl(sems, 0, IPC_RMID)

    steps, machine = Steps(monkeypatch), Machine.multikernel(3, page_size=PAGE)
    simulate(main, machine)
    assert len(steps.steps) > 40 and steps.again(machine) == 0


# ---- can the invariants fail? -------------------------------------------------------------------


class LeavesItsPlace(Ipc):
    """A wait that is cut short is forgotten here, not at home."""

    def interrupt(self, tid):
        if tid not in self.waits:
            return False
        del self.waits[tid]
        self.kernel.fail(tid, errno.EINTR)
        return "final"

    def on_ipc_response(self, source, message):
        if message.tid in self.waits:
            super().on_ipc_response(source, message)


class WakesNobody(Ipc):
    """After a change nobody looks at who waits."""

    def _let_go_on(self, item):
        pass


class WakesNoSender(Ipc):
    """Who waits for room is not told that there is some."""

    def _admit_senders(self, queue):
        pass


class ForksAtOnce(Ipc):
    """A fork does not wait until the child's attachments are counted."""

    def fork(self, tid, child, flags):
        return False


def a_wait_cut_short(sys):
    queue = yield sys.msgget(IPC_PRIVATE, 0o600)
    thread = yield sys.clone(does, "msgrcv", queue, 9, on="k1")
    yield from tried(sys.sched_setaffinity({0}, thread))
    yield sys.msgctl(queue, IPC_RMID)
    yield sys.join(thread)


def a_semaphore(sys):
    sems = yield sys.semget(IPC_PRIVATE, 1, 0o600)
    thread = yield sys.clone(operates, sems, (0, -1, 0), on="k1")
    yield sys.semop(sems, ((0, 1, 0),))
    yield sys.join(thread)
    yield sys.semctl(sems, 0, IPC_RMID)


def a_full_queue(sys):
    queue = yield sys.msgget(IPC_PRIVATE, 0o600)
    yield sys.msgctl(queue, IPC_SET, {"msg_qbytes": 1})
    yield sys.msgsnd(queue, 1, b"a")
    thread = yield sys.clone(does, "msgsnd", queue, 1, b"b", on="k1")
    yield sys.msgrcv(queue, 9)
    yield sys.join(thread)
    yield sys.msgctl(queue, IPC_RMID)


def three_kernels_fork(sys):
    """A process at home on k1 forks on k2; the segment is on k0."""
    yield sys.wait4((yield sys.fork(forks_elsewhere, on="k2")))


def forks_elsewhere(sys):
    segment = yield sys.shmget(IPC_PRIVATE, 8, 0o600)
    yield sys.shmat(segment)
    yield sys.shmctl(segment, IPC_RMID)
    yield sys.wait4((yield sys.fork(idles)))


def idles(sys):
    yield sys.sched_yield()


PLANTED = {
    LeavesItsPlace: (a_wait_cut_short, "everybody_waits_once"),
    WakesNobody: (a_semaphore, "nobody_waits_for_what_is_there"),
    WakesNoSender: (a_full_queue, "nobody_waits_for_what_is_there"),
    ForksAtOnce: (three_kernels_fork, "attachments_are_counted"),
}


@pytest.mark.parametrize("wrong", PLANTED)
def test_is_a_planted_defect_found(wrong):
    program, invariant = PLANTED[wrong]
    machine = Machine.multikernel(3, page_size=PAGE)
    sound = explore(program, machine, start="k1")
    assert sound.violation is None and sound.complete
    found = explore(program, machine.replace(ipc=wrong), start="k1").violation
    assert (found.kind, found.message.split(":")[0]) == ("invariant", invariant)


def test_what_does_the_state_say_in_words():
    kernels = Machine.multikernel(2).boot()
    ipc = kernels["k0"]["ipc"]
    ipc.waits[1 << 22 | 5] = Wait("semop", "k1")
    assert ipc.describe() == ["k0:5 waits in semop for k1"]
    assert Failure(errno.EIDRM).errno == 43
