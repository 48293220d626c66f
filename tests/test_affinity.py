"""Affinity: the CPUs of all kernels as those of one machine, and the mask that moves a thread."""

import networkx
import pytest
from oracle import check_invariants, counted
from programs import PAGE, outcomes, visit
from scenarios import tried

from popcorn_lib import Machine, UsageError, simulate


def unlike():
    """Three kernels with one, three and two cores."""
    graph = networkx.path_graph(["a", "b", "c"])
    networkx.set_node_attributes(graph, {"a": 1, "b": 3, "c": 2}, "cores")
    return Machine.from_graph(graph, page_size=PAGE)


def run(main, machine=None, *args, **options):
    made = simulate(main, machine or unlike(), args, **options)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


def test_how_are_the_cpus_numbered_and_where_is_a_thread():
    def main(sys):
        found = [(yield sys.getcpu())]
        for kernel in "bca":
            yield sys.migrate(kernel)
            found.append((yield sys.getcpu()))
        return found, (yield sys.sched_getaffinity())

    found, mask = run(main).value
    assert found == [(0, 0), (1, 1), (4, 2), (0, 0)]
    assert mask == frozenset(range(6))


@pytest.mark.parametrize(
    ("cpus", "place", "mask"),
    [
        ({0}, (0, 0), {0}),
        ({0, 5}, (0, 0), {0, 5}),
        ([2], (2, 1), {2}),
        (range(2, 6), (2, 1), {2, 3, 4, 5}),
        ((5,), (5, 2), {5}),
        ({5, 77}, (5, 2), {5}),
        (range(100), (0, 0), range(6)),
    ],
)
def test_does_setting_the_affinity_bring_a_thread_to_the_lowest_cpu(cpus, place, mask):
    def main(sys):
        answer = yield sys.sched_setaffinity(cpus)
        return answer, (yield sys.getcpu()), (yield sys.sched_getaffinity())

    made = run(main)
    assert made.value == (0, place, frozenset(mask))
    moved = place[1] != 0
    sent = counted(made)
    assert (sent["CLONE_REQUEST"], sent["PROCESS_PAIRING"]) == (moved, moved), "as migrate does"


def test_does_a_thread_stay_where_its_new_mask_has_a_cpu():
    def main(sys):
        yield sys.migrate("c")
        yield sys.sched_setaffinity({0, 2, 5})
        first = yield sys.getcpu()
        yield sys.sched_setaffinity({0, 2})
        return first, (yield sys.getcpu())

    made = run(main)
    assert made.value == ((5, 2), (0, 0))
    assert counted(made)["BACK_MIGRATION"] == 1


@pytest.mark.parametrize("how", ["clone", "fork"])
@pytest.mark.parametrize(("on", "mask"), [(None, {2, 4}), ("c", {2, 4}), ("a", {0})])
def test_does_a_child_inherit_the_mask_and_does_on_win_over_it(how, on, mask):
    def main(sys):
        yield sys.sched_setaffinity({2, 4})
        yield getattr(sys, how)(child, on=on)
        yield sys.nanosleep(1)
        return (yield sys.sched_getaffinity())

    seen = []

    def child(sys):
        mask = yield sys.sched_getaffinity()
        yield sys.exit(sum(1 << cpu for cpu in mask))

    made = run(main)
    assert made.value == {2, 4}
    seen = [event.text for event in made.trace.events if event.text.startswith("exit(")]
    assert seen == [f"exit({sum(1 << cpu for cpu in mask)})"]


def test_does_the_mask_travel_and_does_migrate_win_over_it():
    def main(sys):
        yield sys.sched_setaffinity({0, 1})
        found = []
        for kernel in ("b", "c", "b"):
            yield sys.migrate(kernel)
            found.append((yield sys.sched_getaffinity()))
        return found

    assert run(main).value == [{0, 1}, {4, 5}, {1, 2, 3}]


def test_does_each_thread_have_a_mask_of_its_own():
    def main(sys):
        tid = yield sys.clone(other)
        yield sys.sched_setaffinity({0})
        return (yield sys.join(tid)), (yield sys.sched_getaffinity())

    def other(sys):
        yield sys.nanosleep(1)
        yield sys.sched_setaffinity({4})
        yield sys.nanosleep(1)
        return (yield sys.sched_getaffinity())

    assert run(main).value == ({4}, {0})


@pytest.mark.parametrize("cpus", [(), [6], {100_000}])
def test_is_a_mask_without_a_cpu_of_this_machine_refused(cpus):
    def main(sys):
        return (yield from tried(sys.sched_setaffinity(cpus))), (yield sys.sched_getaffinity())

    assert run(main).value == ("EINVAL", frozenset(range(6)))


def test_does_one_kernel_alone_have_masks_and_send_nothing():
    def main(sys):
        yield sys.sched_setaffinity({3, 1})
        yield sys.migrate("anywhere")
        return (yield sys.getcpu()), (yield sys.sched_getaffinity())

    made = run(main, Machine.smp(4))
    assert made.value == ((1, 0), {1, 3})
    assert len(made.messages) == 0


@pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 1), (3, 1)])
def test_does_a_threads_work_go_on_wherever_its_mask_sends_it(kernels, migrations):
    def main(sys):
        word = yield sys.mmap(PAGE)
        tid = yield sys.clone(adds, word, on="k1")
        yield from adds(sys, word)
        yield sys.join(tid)
        return (yield sys.load(word))

    def adds(sys, word):
        yield sys.sched_setaffinity({kernels - 1})
        yield sys.fetch_add(word, 1)
        yield from visit(sys, "k0")

    assert outcomes(main, kernels, migrations=migrations) == {(2, 0)}


WRONG = {
    "numbers of CPUs, not 3": 3,
    "a CPU, not 'k'": "k1",
    "a CPU, not 1.5": [0, 1.5],
    "-1 is no number": {-1, 0},
    "numbers of CPUs, not None": None,
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_the_author_of_a_wrong_mask_hear(text):
    def main(sys):
        yield sys.sched_setaffinity(WRONG[text])

    with pytest.raises(UsageError, match=text):
        simulate(main, Machine.multikernel(3))
