"""Pages for exactly two kernels: the flows, the races, and what programs see."""

import random
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE

import pytest
from oracle import check_invariants
from programs import (
    CAS_RACE,
    COHERENCE,
    MESSAGE_PASSING,
    PAGE,
    STORE_BUFFERING,
    expected,
    litmus,
    random_litmus,
    random_tree,
    tree_program,
    tree_value,
    tree_words,
    visit,
)

from popcorn_lib import Machine, UsageError, explore, simulate, single_system_image
from popcorn_lib.mechanisms.memory.areas import Area
from popcorn_lib.mechanisms.memory.tables import Frame, Page
from popcorn_lib.syscalls import MAP_FIXED
from popcorn_lib.variants.delegation import DelegatedFutex
from popcorn_lib.variants.programs import data_and_flag, handshake, impatient
from popcorn_lib.variants.two_kernels import TwoKernelMemory
from popcorn_lib.variants.two_kernels.tables import (
    ACK_DATA,
    DATA_REQUEST,
    DATA_RESPONSE,
    INVALID,
    INVALID_DATA,
    NOT_REPLICATED,
    VALID,
    WRITTEN,
    Replica,
)

BOTH = PROT_READ | PROT_WRITE
PRIVATE, SHARED = MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS


def machine(kernels=2, memory=TwoKernelMemory, **others):
    return Machine.multikernel(kernels, page_size=PAGE).replace(memory=memory, **others)


# ---- the flows ----------------------------------------------------------------------------------

R0, W0, R1, W1 = ("k0", "load"), ("k0", "store"), ("k1", "load"), ("k1", "store")
SHORT, ONE_PAGE = 64, 64 + PAGE
ASK, VOID = ("DATA_REQUEST", SHORT), ("DATA_VOID_RESPONSE", SHORT)
DATA = ("DATA_RESPONSE", ONE_PAGE)
TAKE = [("INVALID_DATA", SHORT), ("ACK_DATA", SHORT)]
# flow: (what comes before, the touch, its messages, the page afterwards on k0 and k1)
FLOWS = {
    "F1": ([W0], R1, [ASK, DATA], "valid, owned here", "valid"),
    "F2": ([W0], W1, [ASK, DATA], "invalid", "written, owned here"),
    "F3 read": ([], R1, [ASK, VOID], "invalid", "not replicated, owned here"),
    "F3 write": ([], W1, [ASK, VOID], "invalid", "not replicated, owned here"),
    "F1 back": ([W1], R0, [ASK, DATA], "valid", "valid, owned here"),
    "R1": ([W0, W1], R0, [ASK, DATA], "valid", "valid, owned here"),
    "W1": ([W0, R1], W0, TAKE, "written, owned here", "invalid"),
    "W1 away": ([W1, R0], W1, TAKE, "invalid", "written, owned here"),
    "W2": ([W0, R1], W1, [ASK, VOID], "invalid", "written, owned here"),
    "W3": ([W0, W1], W0, [ASK, DATA], "written, owned here", "invalid"),
    "L home": ([W0], W0, [], None, None),
    "L written": ([W0, W1], W1, [], "invalid", "written, owned here"),
    "L valid": ([W0, R1], R0, [], "valid, owned here", "valid"),
    "L alone": ([R1], W1, [], "invalid", "not replicated, owned here"),
}


def script(sys, steps):
    """One thread goes from kernel to kernel and touches one word."""
    page = yield sys.mmap(PAGE)
    for number, (kernel, call) in enumerate(steps):
        yield from visit(sys, kernel)
        given = (number + 1,) if call == "store" else ()
        yield getattr(sys, call)(page, *given)


def data_messages(run):
    return [(m.kind, m.bytes) for m in run.trace.messages if "DATA" in m.kind]


def statuses(run):
    """What each kernel says of the page in its last word on it."""
    said = {"k0": None, "k1": None}
    for event in run.trace.events:
        for line in TwoKernelMemory.describe_frozen(event.state["memory"]):
            status = line.partition(": ")[2]
            if status.startswith((NOT_REPLICATED, WRITTEN, VALID, INVALID)):
                said[event.kernel] = status
    return said


@pytest.mark.parametrize("flow", FLOWS)
def test_which_messages_does_a_flow_take_and_what_is_the_page_then(flow):
    before, touch, messages, home, other = FLOWS[flow]
    first = simulate(script, machine(), (before,))
    run = simulate(script, machine(), ([*before, touch],))
    assert data_messages(run)[len(data_messages(first)) :] == messages
    assert statuses(run) == {"k0": home, "k1": other}
    assert run.residue() == {} and check_invariants(run) is None


# ---- races, message by message ------------------------------------------------------------------

PID = 5
HERE = Page("k0", PID, 1)


def both(status, owner):
    """Two kernels with a copy each of one page; `owner` owns it."""
    kernels = machine().boot()
    kernels["k0"]["memory"].layouts[PID] = (Area(PAGE, 2 * PAGE, BOTH, "k0", PID, PAGE),)
    for name, kernel in kernels.items():
        kernel["memory"].directory[HERE] = Replica(status, name == owner)
        kernel["memory"].frames[HERE] = Frame(b"\1")
    return kernels


def asks(kernel, write):
    """A thread of the kernel lacks a right: the message that goes out."""
    kernel.effects = []
    kernel["memory"].fault(HERE, write)
    [(_, _, message)] = kernel.effects
    return message


def sent(effects):
    return [message for kind, _, message in effects if kind == "send"]


@pytest.mark.parametrize(("owner", "other"), [("k0", "k1"), ("k1", "k0")])
def test_what_if_both_want_to_write_at_once(owner, other):
    kernels = both(VALID, owner)
    invalidation, request = asks(kernels[owner], True), asks(kernels[other], True)
    assert (invalidation, request) == (INVALID_DATA(HERE), DATA_REQUEST(HERE, True, False))
    assert kernels[owner].message(other, request) == [], "it waits: the owner wins"
    assert sent(kernels[other].message(owner, invalidation)) == [ACK_DATA(HERE)]
    assert not kernels[other]["memory"].may(HERE, write=False)
    answer = sent(kernels[owner].message(other, ACK_DATA(HERE)))
    assert answer == [DATA_RESPONSE(HERE, b"\1", True, PAGE)], "with data: its copy is gone"
    kernels[other].message(owner, answer[0])
    assert kernels[other]["memory"].owns(HERE) and not kernels[owner]["memory"].owns(HERE)


def test_what_if_the_invalidation_overtakes_the_page():
    kernels = both(WRITTEN, "k0")
    kernels["k1"]["memory"].directory[HERE] = Replica(INVALID, False)
    [page] = sent(kernels["k0"].message("k1", asks(kernels["k1"], False)))
    invalidation = asks(kernels["k0"], True)
    assert kernels["k1"].message("k0", invalidation) == [], "it waits for the page"
    assert sent(kernels["k1"].message("k0", page)) == [ACK_DATA(HERE)]
    assert kernels["k1"]["memory"].directory[HERE] == Replica(INVALID, False)
    assert HERE not in kernels["k1"]["memory"].frames


# ---- programs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [STORE_BUFFERING, MESSAGE_PASSING, COHERENCE, CAS_RACE])
@pytest.mark.parametrize(("kernels", "migrations"), [(1, 0), (2, 0), (2, 1)])
def test_have_litmus_tests_exactly_the_outcomes_of_their_interleavings(
    threads, kernels, migrations
):
    result = explore(litmus, machine(kernels), (threads, ("k1", "k0")), migrations)
    assert result.violation is None and result.complete
    assert result.outcomes == expected(threads)


@pytest.mark.parametrize("seed", range(12))
def test_have_random_litmus_tests_exactly_the_outcomes_of_their_interleavings(seed):
    rng = random.Random(seed)
    count = 2 + (seed % 4 == 0)
    threads = random_litmus(rng, threads=count, operations=3 - (count == 3))
    result = explore(litmus, machine(), (threads, ("k1", "k0", "k1")[:count]))
    assert result.violation is None and result.complete
    assert result.outcomes == expected(threads)


@pytest.mark.parametrize("seed", range(6))
def test_have_random_litmus_tests_the_same_outcomes_with_moves(seed):
    threads = random_litmus(random.Random(700 + seed), operations=3)
    result = explore(litmus, machine(), (threads, ("k1", "k0")), 1)
    assert result.violation is None and result.complete
    assert result.outcomes == expected(threads)


@pytest.mark.parametrize("seed", range(10))
def test_do_random_trees_of_threads_give_what_plain_python_gives(seed):
    tree = random_tree(random.Random(seed), depth=2 + seed % 2)
    for kernels in (1, 2):
        made = machine(kernels)
        run = simulate(tree_program, made, (tree, made.kernels), seed)
        assert run.value == (tree_value(tree), tree_words(tree))
        assert run.residue() == {} and check_invariants(run) is None
        assert kernels > 1 or len(run.messages) == 0


def add(sys, address):
    return (yield sys.fetch_add(address, 1))


def unmapped_meanwhile(sys):
    page = yield sys.mmap(PAGE)
    yield sys.join((yield sys.clone(add, page, on="k1")))
    thread = yield sys.clone(add, page, on="k1")
    yield sys.munmap(page, PAGE)
    value = yield sys.load((yield sys.mmap(PAGE)))
    return value, (yield sys.join(thread))


def mapped_over(sys):
    page = yield sys.mmap(PAGE)
    yield sys.join((yield sys.clone(add, page, on="k1")))
    thread = yield sys.clone(add, page, on="k1")
    yield sys.mmap(PAGE, BOTH, PRIVATE | MAP_FIXED, page)
    return (yield sys.load(page)), (yield sys.join(thread)), (yield sys.load(page))


def objects_that_come_and_go(sys):
    page = yield sys.mmap(PAGE, BOTH, SHARED)
    threads = [(yield sys.clone(add, page, on="k1")), (yield sys.clone(add, page, on="k1"))]
    yield sys.join(threads[0])
    yield sys.munmap(page, PAGE)
    value = yield sys.load((yield sys.mmap(PAGE, BOTH, SHARED)))
    yield sys.join(threads[1])
    return value


def parent_and_child(sys):
    shared, own = (yield sys.mmap(PAGE, BOTH, SHARED)), (yield sys.mmap(PAGE))
    yield sys.store(own, 1)
    pid = yield sys.fork(child, shared, own, on="k1")
    old = yield sys.fetch_add(shared, 1)
    yield sys.store(own, 3)
    _, status = yield sys.wait4(pid)
    return old, status >> 8, (yield sys.load(shared))


def child(sys, shared, own):
    yield sys.fetch_add(shared, 2)
    yield sys.exit_group((yield sys.load(own)))


def killed(sys):
    page = yield sys.mmap(PAGE)
    for kernel in ("k1", "k0"):
        yield sys.clone(add, page, on=kernel)
    yield sys.exit_group(3)


PROGRAMS = [
    (unmapped_meanwhile, (), 0),
    (mapped_over, (), 0),
    (objects_that_come_and_go, (), 0),
    (parent_and_child, (), 0),
    (killed, (), 1),
    (data_and_flag, ("k1",), 1),
    (handshake, ("k1",), 1),
    (impatient, ("k1", "k0"), 0),
]


@pytest.mark.parametrize(("main", "args", "migrations"), PROGRAMS)
def test_can_no_program_tell(main, args, migrations):
    verdict = single_system_image(main, args, machine=machine(), migrations=migrations)
    assert verdict.holds, verdict


def test_do_both_variants_work_together():
    both = machine(futex=DelegatedFutex)
    assert single_system_image(handshake, ("k1",), machine=both, migrations=1).holds


# ---- would it be seen? --------------------------------------------------------------------------


class DoesNotHold(TwoKernelMemory):
    """An invalidation does not wait for the page that is on its way."""

    def on_invalid_data(self, source, message):
        fault = self.faults.pop(message.page, None)
        super().on_invalid_data(source, message)
        self.faults.update({message.page: fault} if fault else {})


class OwnerYields(TwoKernelMemory):
    """The owner serves a request even while it is about to write."""

    def on_data_request(self, source, message):
        fault = self.faults.pop(message.page, None)
        super().on_data_request(source, message)
        self.faults.update({message.page: fault} if fault else {})


@pytest.mark.parametrize("kind", [DoesNotHold, OwnerYields])
def test_is_a_broken_rule_found(kind):
    kinds = [
        explore(litmus, machine(memory=kind), (threads, ("k1", "k0"))).violation
        for threads in (STORE_BUFFERING, COHERENCE)
    ]
    assert any(kinds)


# ---- how many kernels? --------------------------------------------------------------------------


@pytest.mark.parametrize("world", [simulate, explore])
@pytest.mark.parametrize("kernels", [3, 4])
def test_are_more_than_two_kernels_refused_by_name_and_number(world, kernels):
    with pytest.raises(UsageError, match=f"TwoKernelMemory.*{kernels}"):
        world(handshake, machine(kernels), ("k1",))


def test_does_it_work_on_one_kernel_with_many_cores():
    alone = Machine.smp(4, page_size=PAGE).replace(memory=TwoKernelMemory)
    run = simulate(data_and_flag, alone, ("k1",))
    assert run.status == 0 and len(run.messages) == 0 and run.residue() == {}
