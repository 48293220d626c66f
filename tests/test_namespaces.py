"""Namespaces: what a name means depends on who says it, not on the kernel where it is said."""

import errno
import os
import random
import signal
from collections import Counter
from socket import AF_INET, SOCK_DGRAM, SOCK_STREAM

import pytest
from ns_scenarios import child
from oracle import check_invariants
from programs import (
    COHERENCE,
    MESSAGE_PASSING,
    PAGE,
    STORE_BUFFERING,
    expected,
    outcomes,
    perform,
    used,
    visit,
)
from scenarios import NAP, naps, tried

from popcorn_lib import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_NEWCPU,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VM,
    GETPID,
    HOST_NAME_MAX,
    IPC_CREAT,
    IPC_NOWAIT,
    IPC_RMID,
    IPC_STAT,
    MSG_DONTWAIT,
    Machine,
    UsageError,
    Utsname,
    explore,
    simulate,
    single_system_image,
)
from popcorn_lib.mechanisms.namespaces import Namespaces
from popcorn_lib.mechanisms.namespaces.tables import (
    FIRST,
    Member,
    Names,
    PidSpace,
    Spaces,
    Uts,
    no_copy_is_stale,
    numbers_name_one_process,
    threads_are_where_they_belong,
)
from popcorn_lib.syscalls import THREAD

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])


def run(main, kernels=3, *args, **options):
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def sent(made):
    """How many messages of namespaces a run has sent, by kind."""
    return Counter(m.kind for m in made.trace.messages if m.mechanism == "namespaces")


# ---- UTS: one name for all ----------------------------------------------------------------------


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_what_does_uname_tell_on_each_kernel(kernels):
    def main(sys):
        found = set()
        for kernel in range(kernels):
            yield from visit(sys, f"k{kernel}")
            found.add((yield sys.uname()))
        return found

    made = run(main, kernels)
    assert made.value == {Utsname("Linux", "popcorn", *next(iter(made.value))[2:])}
    assert not sent(made)


@WHERE
def test_does_nobody_see_the_old_name_after_the_new_one(kernels, migrations):
    """A thread reads the name and tells of it; who hears that must not read an older one."""

    def main(sys):
        page = yield sys.mmap(PAGE)
        tids = [(yield sys.clone(changes, on="k0"))]
        tids.append((yield sys.clone(reads, page, on="k1")))
        seen = yield sys.load(page)
        mine = (yield sys.uname()).nodename
        for tid in tids:
            yield sys.join(tid)
        return seen, mine

    def changes(sys):
        yield sys.sethostname("new")

    def reads(sys, page):
        yield sys.store(page, (yield sys.uname()).nodename == "new")

    found = outcomes(main, kernels, migrations=migrations and kernels < 3)
    assert {value for value, _ in found} == {(0, "popcorn"), (0, "new"), (1, "new")}


@WHERE
def test_is_a_name_known_everywhere_when_the_call_returns(kernels, migrations):
    def main(sys):
        yield sys.sethostname("a")
        tid = yield sys.clone(changes, on=f"k{kernels - 1}")
        yield sys.join(tid)
        first = (yield sys.uname())[1::4]
        yield from visit(sys, "k1")
        return first, (yield sys.uname())[1::4], (yield sys.proc("/proc/sys/kernel/hostname"))

    def changes(sys):
        assert (yield sys.uname()).nodename == "a"
        yield sys.sethostname("b")
        yield sys.setdomainname("c")

    assert outcomes(main, kernels, migrations=migrations) == {((("b", "c"),) * 2 + ("b\n",), 0)}


@pytest.mark.parametrize("kernels", [1, 2, 3, 5])
def test_what_does_a_change_of_the_name_cost(kernels):
    """All copies go, 2 messages each; 2 to ask from elsewhere; 2 for a copy that is asked for."""

    def main(sys):
        yield from visit(sys, f"k{kernels - 1}")
        yield sys.sethostname("new")
        yield sys.uname()
        yield sys.uname()

    others = kernels - 1
    kinds = {
        "NS_REQUEST": bool(others), "NS_RESPONSE": bool(others),
        "UTS_INVALIDATE": others, "UTS_INVALIDATED": others,
        "UTS_REQUEST": bool(others), "UTS_RESPONSE": bool(others),
    }  # fmt: skip
    assert sent(run(main, kernels)) == Counter({k: n for k, n in kinds.items() if n})


def named_litmus(sys, threads, places):
    """A litmus test of which word 0 is the name of the host, and word 1 one of memory."""
    page = yield sys.mmap(PAGE)
    yield sys.sethostname("0")
    tids = []
    for operations, place in zip(threads, places, strict=True):
        tids.append((yield sys.clone(named_thread, page, operations, on=place)))
    results = []
    for tid in tids:
        results.append((yield sys.join(tid)))
    words = int((yield sys.uname()).nodename), (yield sys.load(page + 8))
    return tuple(results), words[: used(threads)]


def named_thread(sys, page, operations):
    results = []
    for operation in operations:
        kind, place, *given = operation
        if place:
            results.append((yield from perform(sys, page, operation)))
        elif kind == "load":
            results.append(int((yield sys.uname()).nodename))
        else:
            yield sys.sethostname(str(given[0]))
            results.append(None)
    return tuple(results)


RACES = {
    "store buffering": STORE_BUFFERING,
    "message passing": MESSAGE_PASSING,
    "the other way round": tuple(
        tuple((kind, 1 - place, *given) for kind, place, *given in thread)
        for thread in MESSAGE_PASSING
    ),
    "coherence": COHERENCE,
    "two writers": ((("store", 0, 1), ("load", 0)), (("store", 0, 2), ("load", 0))),
}


@pytest.mark.parametrize("places", [("k0", "k0"), ("k0", "k1"), ("k1", "k0"), ("k1", "k2")])
@pytest.mark.parametrize("race", RACES)
def test_is_the_name_one_word_for_all_in_whatever_order_things_happen(race, places):
    """All outcomes of all interleavings, by brute force, and no other."""
    threads = RACES[race]
    assert outcomes(named_litmus, 3, (threads, places)) == expected(threads)


def test_do_two_changes_at_once_come_one_after_the_other():
    def main(sys):
        tids = []
        for place, name in (("k1", "left"), ("k2", "right")):
            tids.append((yield sys.clone(changes, name, on=place)))
        for tid in tids:
            yield sys.join(tid)
        return (yield sys.uname()).nodename

    def changes(sys, name):
        yield sys.sethostname(name)

    assert {value for value, _ in outcomes(main, 3)} == {"left", "right"}
    assert single_system_image(main, kernels=3, migrations=0).holds


def test_how_long_may_a_name_be():
    def main(sys):
        found = []
        for name in ("", "n" * 64, "n" * 65, "ä" * 32, "ä" * 33):
            found.append((yield from tried(sys.sethostname(name))))
            found.append((yield from tried(sys.setdomainname(name))))
        return found

    assert run(main).value == [0, 0, 0, 0, "EINVAL", "EINVAL", 0, 0, "EINVAL", "EINVAL"]
    assert HOST_NAME_MAX == 64


@pytest.mark.parametrize("name", [None, 5, b"bytes"])
def test_is_a_name_that_is_no_text_an_error_of_the_program(name):
    def main(sys):
        yield sys.sethostname(name)

    with pytest.raises(UsageError, match=repr(name)):
        simulate(main, Machine.smp(1))


# ---- who is in which ----------------------------------------------------------------------------


@WHERE
def test_is_a_namespace_the_threads_own_and_does_it_travel(kernels, migrations):
    """As in Linux, unshare concerns the caller; what it makes from then on inherits."""

    def main(sys):
        tid = yield sys.clone(other, on="k1")
        inside = yield sys.join(tid)
        return inside, (yield sys.uname()).nodename

    def other(sys):
        yield sys.unshare(CLONE_NEWUTS)
        yield sys.sethostname("inside")
        yield from visit(sys, f"k{kernels - 1}")
        tid = yield sys.clone(reads, on="k0")
        return (yield sys.join(tid)), (yield sys.uname()).nodename

    def reads(sys):
        return (yield sys.uname()).nodename

    value = (("inside", "inside"), "popcorn")
    assert outcomes(main, kernels, migrations=migrations) == {(value, 0)}


@WHERE
def test_may_a_thread_join_the_namespace_that_another_makes(kernels, migrations):
    def main(sys):
        page = yield sys.mmap(PAGE, flags=0x21)
        pid = yield sys.fork(host, page, flags=CLONE_NEWUTS, on="k1")
        yield sys.setns(pid, CLONE_NEWUTS)
        yield sys.futex_wait(page, 0) if not (yield sys.load(page)) else sys.getpid()
        name = (yield sys.uname()).nodename
        yield sys.wait4(pid)
        return name, (yield sys.uname()).nodename

    def host(sys, page):
        yield sys.sethostname("theirs")
        yield sys.store(page, 1)
        yield sys.futex_wake(page)

    def tolerant(sys):
        try:
            return (yield from main(sys))
        except OSError as error:
            return errno.errorcode[error.errno]

    found = {value for value, _ in outcomes(tolerant, kernels, migrations=migrations)}
    assert found == {("theirs", "theirs"), "ESRCH", "EAGAIN"}


def test_which_flags_are_refused():
    left_out = (CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWUTS | CLONE_NEWNS, 0x40000, 1, -1)

    def main(sys):
        found = []
        for flags in left_out:
            found.append((yield from tried(sys.unshare(flags))))
            found.append((yield from tried(sys.fork(naps, 1, flags=flags))))
            found.append((yield from tried(sys.setns((yield sys.getpid()), flags))))
        for flags in (CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWNET):
            found.append((yield from tried(sys.clone(naps, 1, flags=THREAD | flags))))
        return set(found), (yield sys.unshare(0)), (yield sys.unshare(CLONE_FS | CLONE_NEWCPU))

    assert run(main).value == ({"EINVAL"}, 0, 0)


@pytest.mark.parametrize("kernels", [1, 3])
def test_may_only_root_and_are_its_children_counted_if_it_may_not(kernels):
    def main(sys):
        yield sys.setuid(7)
        yield from visit(sys, "k1")
        found = []
        for flags in (CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWCPU):
            found.append((yield from tried(sys.unshare(flags))))
            found.append((yield from tried(sys.fork(naps, 1, flags=flags))))
        found.append((yield from tried(sys.setns((yield sys.getpid()), CLONE_NEWUTS))))
        found.append((yield from tried(sys.sethostname("x"))))
        return set(found), (yield from tried(sys.wait4()))

    assert run(main, kernels).value == ({"EPERM"}, "ECHILD")


def test_do_programs_that_use_no_namespaces_send_nothing_of_it():
    def main(sys):
        tid = yield sys.clone(naps, on="k1")
        yield sys.getpid()
        yield sys.gettid()
        yield sys.wait4((yield sys.fork(naps, on="k2")))
        yield sys.join(tid)

    assert not sent(run(main))


@pytest.mark.parametrize(("start", "messages"), [("k0", 0), ("k1", 2)])
def test_what_does_a_change_of_namespaces_cost(start, messages):
    def main(sys):
        yield sys.unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID)
        yield sys.getpid()

    made = run(main, start=start)
    assert sum(sent(made).values()) == messages


@WHERE
def test_may_threads_unshare_what_they_share(kernels, migrations):
    """CLONE_FILES and its kin: only who has no other thread, wherever that may be."""

    def main(sys):
        tid = yield sys.clone(looks, on="k1")
        together = yield from tried(sys.unshare(CLONE_FILES))
        yield sys.join(tid)
        flags = CLONE_FILES | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUTS
        alone = yield from tried(sys.unshare(flags))
        yield sys.sethostname("mine")
        return together in (0, "EINVAL"), alone, (yield sys.uname()).nodename

    def looks(sys):
        assert (yield from tried(sys.unshare(CLONE_FILES | CLONE_NEWUTS))) == "EINVAL"

    assert outcomes(main, kernels, migrations=migrations) == {((True, 0, "mine"), 0)}


# ---- PID: ids inside and outside ----------------------------------------------------------------


@WHERE
def test_is_the_first_process_number_1_wherever_it_runs(kernels, migrations):
    def main(sys):
        pid = yield sys.fork(init, flags=CLONE_NEWPID, on="k1")
        got, status = yield sys.wait4()
        return got == pid, status

    def init(sys):
        mine = (yield sys.getpid()), (yield sys.gettid()), (yield sys.getppid())
        pid = yield sys.fork(leaf, on=f"k{kernels - 1}")
        waited = yield sys.wait4(pid)
        yield sys.exit_group(mine == (1, 1, 0) and waited == (2, 2 << 8))

    def leaf(sys):
        yield sys.exit_group((yield sys.getpid()) * (yield sys.getppid()))

    assert outcomes(main, kernels, migrations=migrations) == {((True, 256), 0)}


@WHERE
def test_does_all_of_a_namespace_die_with_its_init_before_the_parent_hears(kernels, migrations):
    """Whoever lives on in it would have answered: its queue goes with the last of them."""

    def main(sys):
        queue = yield sys.msgget(7, IPC_CREAT | 0o600)
        pid = yield sys.fork(init, queue, flags=CLONE_NEWPID, on="k1")
        got, status = yield sys.wait4(pid)
        yield sys.msgsnd(queue, 1, b"!")
        left = yield from tried(sys.msgrcv(queue, 1, 0, IPC_NOWAIT))
        yield sys.msgctl(queue, IPC_RMID)
        return got == pid, status, left

    def init(sys, queue):
        yield sys.fork(waits, queue, on=f"k{kernels - 1}")
        yield sys.exit_group(3)

    def waits(sys, queue):
        yield sys.msgrcv(queue, 1)

    found = outcomes(main, kernels, migrations=migrations and kernels < 3)
    assert found == {((True, 3 << 8, (1, b"!")), 0)}


@WHERE
def test_does_a_child_that_is_being_made_die_too(kernels, migrations):
    """One thread of init forks while another ends the process."""

    def main(sys):
        pid = yield sys.fork(init, flags=CLONE_NEWPID, on="k1")
        return (yield sys.wait4(pid))[1]

    def init(sys):
        yield sys.clone(forks, on="k0")
        yield sys.exit_group(3)

    def forks(sys):
        yield sys.fork(sleeps, on=f"k{kernels - 1}")

    def sleeps(sys):
        yield sys.pause()

    assert outcomes(main, kernels, migrations=migrations) == {(3 << 8, 0)}


def test_can_a_thread_of_a_nested_process_be_named():
    """The first thread is called as its process, the others by their global ids."""

    def main(sys):
        return (yield from child(sys, "k1", init, flags=CLONE_NEWPID))

    def init(sys):
        tid = yield sys.clone(naps, 1, on="k2")
        me = yield sys.getpid()
        found = []
        for call in (
            sys.tgkill(me, me, 0),
            sys.tkill(me, 0),
            sys.tgkill(me, tid, 0),
            sys.tkill(tid, 0),
            sys.sched_setaffinity({0, 1, 2}, me),
            sys.tgkill(2, me, 0),
            sys.tgkill(me, 2, 0),
            sys.tkill(2, 0),
            sys.join(me),
        ):
            found.append((yield from tried(call)))
        assert found == [0] * 5 + ["ESRCH"] * 3 + [errno.errorcode[errno.EDEADLK]], found
        yield sys.join(tid)
        yield sys.exit_group(1)

    assert run(main).value == 1


def test_may_a_process_whose_children_go_elsewhere_make_threads():
    def main(sys):
        yield sys.unshare(CLONE_NEWPID)
        refused = yield from tried(sys.clone(naps, 0))
        yield sys.setns((yield sys.getpid()), CLONE_NEWPID)
        tid = yield sys.clone(naps, 0)
        yield sys.join(tid)
        return refused

    assert run(main).value == "EINVAL"


def test_how_deep_can_namespaces_be():
    def main(sys):
        return (yield from child(sys, None, deeper, 40, flags=CLONE_NEWPID))

    def deeper(sys, left):
        try:
            below = yield from child(sys, "k1", deeper, left - 1, flags=CLONE_NEWPID)
            yield sys.exit_group(below + 1)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            yield sys.exit_group(1)

    assert run(main).value == 32


def test_are_numbers_given_again_when_nobody_is_called_by_them():
    def main(sys):
        return (yield from child(sys, "k1", init, flags=CLONE_NEWPID))

    def init(sys):
        found = []
        for place in ("k0", "k1", "k2"):
            found.append((yield sys.fork(naps, 0, on=place)))
            yield sys.wait4()
        leader = yield sys.fork(leads, on="k2")
        yield sys.wait4(leader)
        found.append((yield sys.fork(naps, 0, on="k0")))  # 2 is a group's name still
        for _ in range(2):
            yield sys.wait4()
        yield sys.exit_group(found == [2, 2, 2, 4])

    def leads(sys):
        yield sys.setsid()
        yield sys.fork(naps, NAP)

    assert run(main).value == 1


# ---- IPC and network ----------------------------------------------------------------------------


@WHERE
def test_is_one_key_two_objects_in_two_namespaces_and_do_they_go_with_them(kernels, migrations):
    def main(sys):
        queue = yield sys.msgget(7, IPC_CREAT | 0o600)
        yield sys.msgsnd(queue, 1, b"outside")
        found = yield from child(sys, "k1", inside, flags=CLONE_NEWIPC)
        got = yield sys.msgrcv(queue, 9)
        yield sys.msgctl(queue, IPC_RMID)
        return found, got

    def inside(sys):
        refused = yield from tried(sys.msgget(7, 0))
        queue = yield sys.msgget(7, IPC_CREAT | 0o600)
        empty = yield from tried(sys.msgrcv(queue, 9, 0, IPC_NOWAIT))
        yield sys.shmget(7, PAGE, IPC_CREAT | 0o600)
        yield sys.semget(7, 1, IPC_CREAT | 0o600)
        yield sys.exit_group((refused, empty) == ("ENOENT", "ENOMSG"))

    assert outcomes(main, kernels, migrations=migrations) == {((1, (1, b"outside")), 0)}


def test_does_an_attached_segment_of_a_namespace_go_with_its_last_process():
    def main(sys):
        return (yield from child(sys, "k1", inside, flags=CLONE_NEWIPC))

    def inside(sys):
        segment = yield sys.shmget(7, PAGE, IPC_CREAT | 0o600)
        address = yield sys.shmat(segment)
        yield sys.store(address, 5)
        other = yield from child(sys, f"k{kernels - 1}", reads, address)
        yield sys.exit_group(other)

    def reads(sys, address):
        yield sys.exit_group((yield sys.load(address)))

    for kernels in (1, 2, 3):
        assert run(main, kernels).value == 5


def test_who_has_operated_last_as_the_asker_calls_it():
    def main(sys):
        queue = yield sys.msgget(7, IPC_CREAT | 0o600)
        sems = yield sys.semget(7, 1, IPC_CREAT | 0o600)
        yield sys.msgsnd(queue, 1, b"!")
        found = yield from child(sys, "k1", inside, queue, sems, flags=CLONE_NEWPID)
        mine = (yield sys.msgctl(queue, IPC_STAT)).msg_lspid == (yield sys.getpid())
        yield sys.msgctl(queue, IPC_RMID)
        yield sys.semctl(sems, 0, IPC_RMID)
        return found, mine

    def inside(sys, queue, sems):
        yield sys.fork(operates, queue, sems, on="k2")
        yield sys.nanosleep(NAP)
        stat = yield sys.msgctl(queue, IPC_STAT)
        last = yield sys.semctl(sems, 0, GETPID)
        yield sys.exit_group((stat.msg_lspid, stat.msg_lrpid, last) == (0, 2, 2))

    def operates(sys, queue, sems):
        yield sys.msgrcv(queue, 9)
        yield sys.semop(sems, ((0, 1, 0),))
        yield sys.nanosleep(2 * NAP)

    assert run(main).value == (1, True)


@WHERE
def test_is_one_port_two_services_in_two_namespaces(kernels, migrations):
    address = ("127.0.0.1", 80)

    def main(sys):
        mine = yield sys.socket(AF_INET, SOCK_DGRAM)
        yield sys.bind(mine, address)
        found = yield from child(sys, "k1", inside, flags=CLONE_NEWNET)
        twice = yield sys.socket(AF_INET, SOCK_DGRAM)
        refused = yield from tried(sys.bind(twice, address))
        empty = yield from tried(sys.recv(mine, 9, MSG_DONTWAIT))
        return found, refused, empty

    def inside(sys):
        theirs = yield sys.socket(AF_INET, SOCK_DGRAM)
        bound = yield from tried(sys.bind(theirs, address))
        sender = yield sys.socket(AF_INET, SOCK_DGRAM)
        yield sys.sendto(sender, b"inside", 0, address)
        got = yield sys.recv(theirs, 9)
        yield sys.exit_group((bound, got) == (0, b"inside"))

    found = outcomes(main, kernels, migrations=migrations and kernels < 3)
    assert found == {((1, "EADDRINUSE", "EAGAIN"), 0)}


def test_have_hosts_outside_a_way_into_a_new_network():
    def main(sys):
        yield sys.unshare(CLONE_NEWNET)
        found = []
        for kind in (SOCK_STREAM, SOCK_DGRAM):
            fd = yield sys.socket(AF_INET, kind)
            found.append((yield from tried(sys.connect(fd, ("10.0.0.9", 80)))))
            yield sys.close(fd)
        return found

    def host(sys):
        yield sys.getpid()

    made = simulate(main, Machine.multikernel(2), hosts={"10.0.0.9": host})
    assert made.value == ["ENETUNREACH"] * 2 and made.residue() == {}


def test_does_a_socket_stay_where_it_was_made():
    """As in Linux: the namespace of the thread decides when it is made, not when it is used."""

    def main(sys):
        first = yield sys.socket(AF_INET, SOCK_DGRAM)
        yield sys.unshare(CLONE_NEWNET)
        second = yield sys.socket(AF_INET, SOCK_DGRAM)
        address = ("127.0.0.1", 80)
        return (yield sys.bind(first, address)), (yield sys.bind(second, address))

    assert run(main).value == (0, 0)


# ---- the invariants can fail --------------------------------------------------------------------


def test_is_it_noticed_if_a_thread_loses_its_namespaces():
    class Forgets(Namespaces):
        def leave(self, tid):
            super().leave(tid)

    def main(sys):
        yield sys.unshare(CLONE_NEWUTS)
        yield from visit(sys, "k1")

    found = explore(main, Machine.multikernel(2).replace(namespaces=Forgets)).violation
    assert found.kind == "invariant" and "lost its namespaces" in found.message


def test_is_it_noticed_if_a_copy_is_kept():
    class Keeps(Namespaces):
        def on_uts_invalidate(self, source, message):
            kept = self.names_here(message.space)
            super().on_uts_invalidate(source, message)
            self.copies[message.space] = kept

    def main(sys):
        yield sys.sethostname("new")

    found = explore(main, Machine.multikernel(2).replace(namespaces=Keeps)).violation
    assert found.kind == "invariant" and "stale copy" in found.message


def test_is_it_noticed_if_a_number_names_two():
    boot = Machine.multikernel(2).boot()
    kernels = {name: kernel["namespaces"] for name, kernel in boot.items()}
    k0 = kernels["k0"]
    k0.pids[1] = PidSpace(0, 5, {5}, {5: 1, 6: 1})
    assert "two processes have one number" in numbers_name_one_process(kernels)
    k0.pids[1] = PidSpace(0, 5, {5, 6}, {5: 1})
    assert "has no number" in numbers_name_one_process(kernels)
    k0.pids[1] = PidSpace(0, 5, {5}, {5: 1})
    assert numbers_name_one_process(kernels) is None


def test_do_the_other_invariants_hold_of_what_is_right():
    boot = Machine.multikernel(2).boot()
    kernels = {name: kernel["namespaces"] for name, kernel in boot.items()}
    kernels["k0"].uts[1] = Uts(Names("a"), {"k1"})
    kernels["k1"].copies[1] = Names("a")
    assert no_copy_is_stale(kernels) is None
    kernels["k0"].members[9] = Member(Spaces(uts=1), {("uts", 1)})
    assert threads_are_where_they_belong(kernels) is None
    assert FIRST.held() == set() and Spaces(uts=1, children=2).held() == {("uts", 1), ("pid", 2)}


def test_what_is_said_of_the_tables():
    def main(sys):
        pid = yield sys.fork(init, flags=CLONE_NEWPID | CLONE_NEWUTS, on="k1")
        yield sys.wait4(pid)

    def init(sys):
        yield sys.sethostname("inside")
        yield sys.uname()

    made = run(main, 2)
    said = {line for event in made.trace.events for line in lines_of(made, event)}
    for line in (
        "k0:3 is in pid 1, uts 1",
        "PID namespace 1 in 0: 1 is k0:3",
        "UTS namespace 1: inside, copies on k1",
        "copy of UTS namespace 1: inside",
        "k0:3 waits in setname",
    ):
        assert line in said


def lines_of(made, event):
    """What the namespaces mechanism says of itself at an event."""
    frozen = event.state.get("namespaces")
    return Namespaces.describe_frozen(frozen) if frozen else ()


# ---- programs drawn at random -------------------------------------------------------------------


def random_family(rng, depth=3):
    """(flags, name or None, kernel to fork on, kernel to visit, children)."""
    flags = sum(flag for flag in (CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWIPC) if rng.random() < 0.4)
    name = rng.choice((None, "a", "b", "c"))
    count = rng.randrange(3) if depth else 0
    children = tuple(random_family(rng, depth - 1) for _ in range(count))
    return flags, name, rng.randrange(3), rng.randrange(3), children


def family(sys, tree, kernels, told):
    """Be a process of the family: check what one sees, and make the children one by one.

    told: by plain Python, the name of the host, the numbers of the ancestors that the namespace
    has, and whether the namespace's queue has been made.
    """
    flags, name, _, place, children = tree
    host, numbers, queue = told
    if flags & CLONE_NEWPID:
        numbers = ()
    queue = queue and not flags & CLONE_NEWIPC
    if numbers is not None:
        numbers = (*numbers, len(numbers) + 1)
        ids = (yield sys.getppid()), (yield sys.getpid()), (yield sys.gettid())
        assert ids == (numbers[-2] if len(numbers) > 1 else 0, numbers[-1], numbers[-1])
        assert len((yield sys.proc("/proc"))) == len(numbers)
    assert (yield from tried(sys.msgget(7, 0))) == "ENOENT" or queue
    if name:
        yield sys.sethostname(name)
    yield sys.msgget(7, IPC_CREAT | 0o600)
    host = name or host
    for each in children:
        assert (yield sys.uname()).nodename == host
        pid = yield sys.fork(family, each, kernels, (host, numbers, True), flags=each[0],
                             on=f"k{each[2] % kernels}")  # fmt: skip
        yield from visit(sys, f"k{place % kernels}")
        assert (yield sys.wait4()) == (pid, 0)
        if not each[0] & CLONE_NEWUTS:
            host = last_name(each, host)
    assert (yield sys.uname()).nodename == host


def last_name(tree, host):
    """The name of the host after a family that is in our UTS namespace has lived."""
    _, name, _, _, children = tree
    host = name or host
    for each in children:
        if not each[0] & CLONE_NEWUTS:
            host = last_name(each, host)
    return host


@pytest.mark.parametrize("seed", range(12))
def test_does_a_family_of_processes_see_what_it_should(seed):
    tree = (0, "a", 0, 1, tuple(random_family(random.Random(100 * seed + i)) for i in range(3)))

    def main(sys, kernels):
        yield from family(sys, tree, kernels, ("popcorn", None, False))
        yield sys.msgctl((yield sys.msgget(7, 0)), IPC_RMID)

    for kernels in (1, 2, 3):
        assert run(main, kernels, kernels, start=f"k{kernels - 1}", seed=seed).status == 0


# ---- single system image ------------------------------------------------------------------------


def test_is_it_one_system_for_programs_in_namespaces():
    def main(sys):
        pid = yield sys.fork(init, flags=CLONE_NEWPID | CLONE_NEWUTS, on="k1")
        yield sys.kill(pid, signal.SIGTERM)
        early, status = yield sys.wait4(pid, os.WNOHANG)
        if not early:
            yield sys.kill(pid, signal.SIGKILL)
            _, status = yield sys.wait4(pid)
        return (yield sys.uname()).nodename, status

    def init(sys):
        yield sys.sethostname("inside")
        yield sys.kill(1, signal.SIGKILL)
        yield sys.exit_group((yield sys.uname()).nodename == "inside")

    verdict = single_system_image(main, kernels=2, migrations=1)
    assert verdict.holds
    assert verdict.outcomes == {(("popcorn", 256), 0), (("popcorn", 9), 0)}
