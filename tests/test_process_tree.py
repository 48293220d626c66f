"""The tree of processes: parents, groups, sessions and users, kept by init's kernel."""

import pytest
from oracle import check_invariants
from programs import PAGE, outcomes, visit
from scenarios import NAP, naps, quits, tried

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.mechanisms.threads.tree import Asker, Process, families_agree, nobody_waits_twice
from popcorn_lib.mechanisms.threads.wait import nobody_waits_in_vain

WHERE = pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])


def run(main, kernels=3, *args, **options):
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


# ---- the first process, and init ----------------------------------------------------------------


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_whose_child_is_the_first_process(kernels):
    def main(sys):
        me = yield sys.getpid()
        group, session = (yield sys.getpgid()), (yield sys.getsid())
        user, parent = (yield sys.getuid()), (yield sys.getppid())
        return group == me, session, user, parent, (yield sys.getpgid(1)), (yield sys.getsid(1))

    for start in {"k0", f"k{kernels - 1}"}:
        assert run(main, kernels, start=start).value == (True, 1, 0, 1, 1, 1)


@pytest.mark.parametrize("first", ["fork", "wait4", "setsid", "exit", "exit_group", "return"])
def test_what_if_init_first_hears_of_a_process_by(first):
    def main(sys):
        if first == "fork":
            yield sys.fork(naps, 1, on="k0")
        elif first == "wait4":
            return (yield from tried(sys.wait4()))
        elif first == "setsid":
            return (yield from tried(sys.setsid()))
        elif first != "return":
            yield getattr(sys, first)(4)

    expected = {"wait4": "ECHILD", "setsid": "EPERM"}.get(first)
    for seed in range(4):
        made = run(main, 3, start="k2", seed=seed)
        assert made.value == expected
        assert made.status == (4 << 8 if "exit" in first else 0)


def test_may_nobody_regroup_init():
    def main(sys):
        return (yield from tried(sys.setpgid(1, 0))), (yield from tried(sys.setpgid(0, 1)))

    assert run(main).value == ("ESRCH", "EPERM")


# ---- threads of one process, on several kernels -------------------------------------------------


@WHERE
def test_do_all_threads_of_a_process_have_one_user_one_group_one_parent(kernels, migrations):
    def main(sys):
        yield sys.wait4((yield sys.fork(child, on="k1")))

    def child(sys):
        before = yield from identity(sys)
        tid = yield sys.clone(changes, on=f"k{kernels - 1}")
        me = yield sys.join(tid)
        parent, group, session, user = yield from identity(sys)
        assert before[0] == parent and before[3] == 0
        assert (group, session, user) == (me, me, 7)

    def changes(sys):
        yield sys.setuid(7)
        return (yield sys.setsid())

    assert outcomes(main, kernels, migrations=migrations) == {(None, 0)}


def identity(sys):
    ids = (yield sys.getppid()), (yield sys.getpgid()), (yield sys.getsid())
    return (*ids, (yield sys.getuid()))


@WHERE
def test_can_two_threads_of_a_process_become_two_users(kernels, migrations):
    def main(sys):
        other = yield sys.clone(becomes, 2, on="k1")
        mine = yield from becomes(sys, 1)
        return mine, (yield sys.join(other)), (yield sys.getuid())

    def becomes(sys, uid):
        return (yield from tried(sys.setuid(uid)))

    found = outcomes(main, kernels, migrations=migrations)
    assert found == {((0, "EPERM", 1), 0), (("EPERM", 0, 2), 0)}


@WHERE
def test_may_two_children_make_and_join_a_group_at_once(kernels, migrations):
    """A shell's pipeline: parent and child both set the group, whoever comes first."""

    def main(sys):
        pid = yield sys.fork(joins, on="k1")
        yield sys.setpgid(pid, pid)
        return (yield sys.wait4(-pid)) == (pid, 0)

    def joins(sys):
        yield sys.setpgid(0, 0)
        assert (yield sys.getpgid()) == (yield sys.getpid())

    result = outcomes(main, kernels, migrations=migrations)
    assert result == {(True, 0)}


@WHERE
def test_which_users_are_there(kernels, migrations):
    def main(sys):
        found = []
        for uid in (-1, 2**32 - 1, 2**32, -2, 0, 5, 0, 5):
            found.append((yield from tried(sys.setuid(uid))))
        yield from visit(sys, "k1")
        return (*found, (yield sys.getuid()))

    value = ("EINVAL", "EINVAL", "EINVAL", "EINVAL", 0, 0, "EPERM", 0, 5)
    assert outcomes(main, kernels, migrations=migrations) == {(value, 0)}


# ---- waits that end otherwise -------------------------------------------------------------------


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_is_a_wait_cut_short_and_does_nothing_of_it_reach_the_next_one(kernels):
    """A timer of a mechanism of ours interrupts the waiting thread, as a signal will."""

    class Impatient(Threads):
        def sys_wait4(self, tid, which, options):
            super().sys_wait4(tid, which, options)
            if which == -1 and tid in self.waiting:
                self.kernel.effect("timer", ("threads", "hurry", tid), 0)

        def on_timer(self, key):
            if key[1] == "hurry":
                self.kernel.interrupt(key[2])
            else:
                super().on_timer(key)

    def main(sys):
        yield from visit(sys, "k1")
        pid = yield sys.fork(quits, 3, on=f"k{kernels - 1}")
        first = yield from tried(sys.wait4())
        second = yield from tried(sys.wait4(pid))
        return first if type(first) is str else first == (pid, 768), second in (
            "ECHILD",
            (pid, 768),
        )

    machine = Machine.multikernel(kernels, page_size=PAGE).replace(threads=Impatient)
    result = explore(main, machine)
    assert result.violation is None and result.complete
    assert result.outcomes == {(("EINTR", True), 0), ((True, True), 0)}


def test_is_a_process_that_waits_for_itself_a_deadlock_told_in_words():
    def main(sys):
        pid = yield sys.fork(waits_for_ever)
        yield sys.wait4(pid)

    def waits_for_ever(sys):
        yield sys.join((yield sys.clone(joins, (yield sys.gettid()))))

    def joins(sys, tid):
        yield sys.join(tid)

    result = explore(main, Machine.multikernel(2))
    assert result.violation.kind == "deadlock"
    assert "k0:2 on k0 waits in wait4(k0:3, 0)" in result.violation.message


# ---- what can be seen, and what would be seen ---------------------------------------------------


def test_does_the_state_in_words_show_the_tree():
    def main(sys):
        yield sys.migrate("k1")
        first = yield sys.fork(quits, 1)
        yield sys.setpgid(first, first)
        yield sys.fork(child)
        yield sys.nanosleep(NAP)
        yield sys.wait4(-first)
        yield sys.setuid(5)
        yield sys.wait4()

    def child(sys):
        yield sys.nanosleep(2 * NAP)

    lines = set()
    for event in run(main, 2).trace.events:
        lines.update(Threads.describe_frozen(event.state["threads"]))
    for line in (
        "process k1:2: child of k0:2, group k1:2, session 1, a zombie with status 256",
        "process k1:3: child of k0:2, group k0:2, session 1",
        "process k0:2: child of init, group k0:2, session 1, user 5",
        "k0:2 waits for any child",
        "k0:2 waits in wait4",
        "number k1:2 is taken",
    ):
        assert line in lines, line


class Neglectful(Threads):
    """Init's kernel forgets to hand over orphans."""

    def on_process_exited(self, source, message):
        self.process(message.pid).children.clear()
        super().on_process_exited(source, message)


class Greedy(Threads):
    """A number is free as soon as its process has ended, waited for or not."""

    def bury_if_dead(self, pid):
        super().bury_if_dead(pid)
        if pid not in self.groups:
            self.pids.discard(pid)


def lineage(sys):
    yield sys.fork(middle)
    yield sys.wait4()


def middle(sys):
    yield sys.fork(naps, 0)


def two_children(sys):
    pids = {(yield sys.fork(quits, 0)), (yield sys.fork(quits, 0))}
    return len(pids)


def test_would_the_explorer_see_an_orphan_that_nobody_adopts():
    machine = Machine.multikernel(2).replace(threads=Neglectful)
    violation = explore(lineage, machine).violation
    assert violation.kind == "invariant"
    assert "families_agree: k0:4 is no child of its parent k0:3" in violation.message


def test_would_the_explorer_see_a_number_that_is_given_to_two():
    result = explore(two_children, Machine.smp(1).replace(threads=Greedy), stop=False)
    assert (1, 0) in result.outcomes
    assert outcomes(two_children, 1) == outcomes(two_children, 2) == {(2, 0)}


def test_do_the_invariants_see_what_is_wrong():
    def check(invariant, tree, waits=(), joins=()):
        threads = Threads(None)
        threads.tree, threads.waits, threads.joins = dict(tree), list(waits), dict(joins)
        return invariant({"k0": threads})

    mother, child = Process(1, 5, 1, 0, None, [6]), Process(5, 5, 1, 0)
    assert check(families_agree, {5: mother, 6: child}) is None
    assert check(families_agree, {6: child}) == "6 is no child of its parent 5"
    dead = Process(1, 5, 1, 0, 0, [6])
    assert check(families_agree, {5: dead, 6: child}) == "5 is dead and has children"
    waiter = (Asker("k0", 7, 5), -1, 0)
    assert check(nobody_waits_twice, {}, [waiter], {8: [("k0", 9)]}) is None
    child.status = 0
    assert check(nobody_waits_in_vain, {5: mother, 6: child}, [waiter]).endswith("[6]")
    mother.children.clear()
    assert check(nobody_waits_in_vain, {5: mother}, [waiter]).endswith("[]")
    twice = check(nobody_waits_twice, {}, [waiter], {8: [("k0", 7)]})
    assert twice == "waits in two queues: 7"
