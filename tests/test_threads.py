"""Threads: ids, joins, ends, migrations, and the messages that they take."""

import errno
import os

import pytest
from oracle import check_invariants, counted
from programs import PAGE, joined, leave, outcomes, visit

from popcorn_lib import Machine, explore, simulate
from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.mechanisms.threads.tasks import ACTIVE


def run(main, kernels=3, *args, **options):
    """One run, after which nothing is left over and the invariants have held all the time."""
    made = simulate(main, Machine.multikernel(kernels, page_size=PAGE), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def hop(sys, *kernels):
    """Visit kernels; the value is what gettid and getpid said on the way."""
    seen = {((yield sys.gettid()), (yield sys.getpid()))}
    for kernel in kernels:
        yield from visit(sys, kernel)
        seen.add(((yield sys.gettid()), (yield sys.getpid())))
    [ids] = seen
    return ids


def test_have_ids_popcorns_layout_and_do_they_stay_the_same_on_every_kernel():
    def main(sys):
        there = yield sys.clone(hop, "k2", "k0", "k1", on="k1")
        pid = yield sys.getpid()
        deep = yield sys.clone(cloner, on="k2")
        return pid, there, (yield sys.join(there)), (yield sys.join(deep))

    def cloner(sys):
        tid = yield sys.clone(hop, "k0", "k1", on="k1")
        return tid, (yield sys.join(tid))

    pid, there, ids, (deep, deep_ids) = run(main).value
    assert (ids, deep_ids) == ((there, pid), (deep, pid))
    for number, kernel in ((pid, 0), (there, 0), (deep, 2)):
        assert number >> 22 == 1, "the flag"
        assert number >> 15 & 0x7F == kernel, "the kernel on which it was made"
        assert number & 0x7FFF > 1, "1 is init's"


def test_what_do_returns_and_exits_give_to_join_and_to_the_parent():
    def main(sys, how, status):
        tid = yield sys.clone(leave, 300, on="k1")
        there = yield sys.clone(hop, on="k2")
        assert (yield sys.join(tid)) == 300
        assert (yield sys.join(there))[0] == there
        if how == "return":
            return status
        yield getattr(sys, how)(status)

    made = run(main, 3, "return", 7)
    assert made.value == 7 and os.WIFEXITED(made.status) and os.WEXITSTATUS(made.status) == 0
    for how in ("exit", "exit_group"):
        made = run(main, 3, how, 0x1_2A)
        assert made.value is None
        assert os.WIFEXITED(made.status) and os.WEXITSTATUS(made.status) == 0x2A


@pytest.mark.parametrize("kernels", [1, 3])
def test_which_joins_fail(kernels):
    def main(sys):
        tid = yield sys.clone(leave, 4, on="k1")
        me = yield sys.gettid()
        first = yield from joined(sys, tid)
        again = yield from joined(sys, tid)
        nobody = yield from joined(sys, tid + 100)
        return first, again, nobody, (yield from joined(sys, 77)), (yield from joined(sys, me))

    lost = (None, errno.ESRCH)
    expected = {(((4, 0), lost, lost, lost, (None, errno.EDEADLK)), 0)}
    assert outcomes(main, kernels) == expected


@pytest.mark.parametrize("kernels", [1, 3])
def test_who_of_two_joiners_gets_the_value(kernels):
    def main(sys):
        tid = yield sys.clone(leave, 9, on="k1")
        rival = yield sys.clone(joined, tid, on="k2")
        mine = yield from joined(sys, tid)
        return mine, (yield sys.join(rival))

    got, lost = (9, 0), (None, errno.ESRCH)
    assert outcomes(main, kernels) == {((got, lost), 0), ((lost, got), 0)}


def test_what_does_migrate_do_when_there_is_nowhere_to_go():
    def main(sys, kernel):
        try:
            return (yield sys.migrate(kernel))
        except OSError as error:
            return errno.errorcode[error.errno]

    assert run(main, 1, "k0").value == 0
    assert run(main, 1, "elsewhere").value == 0, "one kernel takes every name for its own"
    assert run(main, 2, "k0").value == "EBUSY"
    assert run(main, 2, "k1").value == 0


TOURS = [(), ("k1",), ("k1", "k2"), ("k1", "k0"), ("k1", "k2", "k0"), ("k1", "k2", "k1")]
TOURS += [("k1", "k2", "k3", "k2", "k1", "k0", "k3"), ("k3", "k0", "k3", "k0", "k2")]


@pytest.mark.parametrize("tour", TOURS, ids="-".join)
def test_do_a_tours_messages_follow_from_where_it_leads(tour):
    """Counted from the tour alone: one thread, so the process is where its thread has been."""
    visited, back = {"k0"}, 0
    for kernel in tour:
        back += kernel in visited
        visited.add(kernel)
    first, last = len(visited) - 1, tour[-1] if tour else "k0"
    asked = sum(1 for i, k in enumerate(tour) if k not in ("k0", *tour[:i]) and i > 0)
    asked -= sum(
        1 for i, k in enumerate(tour) if k not in ("k0", *tour[:i]) and i and tour[i - 1] == "k0"
    )
    made = run(hop, 4, *tour)
    sent = counted(made)
    assert (sent["CLONE_REQUEST"], sent["PROCESS_PAIRING"]) == (first, first)
    assert sent["BACK_MIGRATION"] == back
    assert (sent["NEW_KERNEL"], sent["NEW_KERNEL_ANSWER"]) == (asked, asked)
    assert sent["EXIT_PROCESS"] == len(visited - {last}), "one for every shadow"


def test_is_nothing_announced_where_the_process_has_a_thread_already():
    def main(sys):
        yield sys.clone(rest, on="k2")
        yield sys.nanosleep(1e-3)
        tid = yield sys.clone(hop, "k2", on="k1")
        return (yield sys.join(tid)) and None

    def rest(sys):
        yield sys.nanosleep(1)

    assert counted(run(main))["NEW_KERNEL"] == 0


def test_does_one_kernel_send_nothing_at_all():
    def main(sys):
        tids = []
        for kernel in ("k0", "k5", "k1"):
            tids.append((yield sys.clone(hop, "k3", "k1", on=kernel)))
        for tid in tids:
            yield sys.join(tid)

    assert len(run(main, 1).messages) == 0


class Careless(Threads):
    """A thread that leaves stays active behind itself."""

    def send_away(self, tid, to, start=None):
        super().send_away(tid, to, start)
        self.tasks[tid].status = ACTIVE


def test_would_the_explorer_see_a_thread_that_is_active_twice():
    machine = Machine.multikernel(2).replace(threads=Careless)
    result = explore(hop, machine, ("k1",))
    assert result.violation.kind == "invariant"
    assert "active on two kernels" in result.violation.message
