"""Kernels: what serves what, and the rule that a step depends on state and input alone."""

import random
from collections import Counter
from typing import NamedTuple

import pytest
from oracle import Steps, check_invariants
from programs import PAGE, random_tree, tree_program

from popcorn_lib import Machine, Mechanism, UsageError, explore, messages, simulate
from popcorn_lib.kernel import GLOBAL
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.messages import message
from popcorn_lib.syscalls import CALLS, Call

OURS = {
    name: kind
    for name, kind in messages.KINDS.items()
    if kind.__module__.startswith(messages.__name__)
}


def owners(prefix):
    """{name: the mechanisms of the default machine that have a method for it}."""
    found = Counter()
    for kind in Machine.multikernel(2).mechanisms:
        found.update(name for name in dir(kind) if name.startswith(prefix))
    del found["on_timer"]
    return found


def test_has_every_kind_of_message_exactly_one_handler():
    assert owners("on_") == {"on_" + name.lower(): 1 for name in OURS}


def test_has_every_call_exactly_one_server():
    assert owners("sys_") == {"sys_" + name: 1 for name in (*CALLS, "return", "sigreturn")}


def test_does_every_kind_name_a_mechanism_that_handles_it():
    machine = Machine.multikernel(2)
    for name, kind in OURS.items():
        ours = [machine.mechanism(kind.mechanism)]
        ours += [machine.mechanism("ipc")] if kind.mechanism == "namespaces" else []
        assert any(hasattr(mechanism, "on_" + name.lower()) for mechanism in ours)
        assert isinstance(kind.bytes, property) or kind.bytes >= messages.LINE
        assert kind.priority in (messages.HIGH, messages.NORMAL)


def test_are_two_messages_of_different_kinds_different():
    one, other = messages.NEW_KERNEL(1), messages.LAST_MEMBER(1)
    same = messages.NEW_KERNEL(1)
    assert ((one == other), (one != other)) == (False, True)
    assert ((one == same), (one != same)) == (True, False)
    assert len({one, other, same}) == 2


@pytest.mark.parametrize("seed", range(6))
def test_does_a_step_depend_on_state_and_input_alone(seed, monkeypatch):
    machine = Machine.multikernel(3, page_size=PAGE)
    tree = ("clone", 1, random_tree(random.Random(seed))), *random_tree(random.Random(seed), 3)
    listening = Steps(monkeypatch)
    run = simulate(tree_program, machine, (tree, machine.kernels), seed)
    assert len(listening.steps) == len(run.trace) - 1, "all but the boot"
    assert {cause for _, _, cause, *_ in listening.steps} >= {"request", "message"}
    assert listening.again(machine) == 0
    for step, event in zip(listening.steps, run.trace.events[1:], strict=True):
        assert (event.kernel, event.state) == (step[0], step[-1])


class Forgetful(Threads):
    """Breaks the rule of the house: it counts, in the class, what it does."""

    calls = 0

    def sys_gettid(self, tid):
        Forgetful.calls += 1
        self.kernel.resume(tid, tid + Forgetful.calls)


def test_would_the_check_of_the_rule_see_it_broken(monkeypatch):
    def main(sys):
        yield sys.gettid()

    machine = Machine.multikernel(2).replace(threads=Forgetful)
    listening = Steps(monkeypatch)
    simulate(main, machine)
    assert listening.again(machine) == 1


@message("echo")
class SHOUT(NamedTuple):
    """Answer me."""

    tid: int


@message("echo")
class ECHO(NamedTuple):
    """The answer."""

    tid: int


class Echo(Mechanism):
    """A thread shouts to a kernel and goes on when the echo is back."""

    name = "echo"
    state = {"waiting": dict}

    def sys_shout(self, tid, to):
        self.waiting[tid] = to
        self.kernel.send(to, SHOUT(tid))

    def on_shout(self, source, shout):
        self.kernel.send(source, ECHO(shout.tid))

    def on_echo(self, source, echo):
        self.kernel.resume(echo.tid, self.waiting.pop(echo.tid))


def shout(sys, *kernels):
    heard = []
    for kernel in kernels:
        heard.append((yield Call("shout", (kernel,))))
    return tuple(heard)


def test_is_a_message_to_oneself_no_message():
    machine = Machine.multikernel(2).with_mechanism(Echo)
    run = simulate(shout, machine, ("k0", "k0"))
    assert run.value == ("k0", "k0")
    assert len(run.messages) == 0
    run = simulate(shout, machine, ("k1", "k0"))
    assert list(run.messages.kind) == ["SHOUT", "ECHO"]
    assert explore(shout, machine, ("k1", "k0")).outcomes == {(("k1", "k0"), 0)}
    assert run.residue() == {}


class Broken(Echo):
    """Sends itself a message and then fails."""

    state = {"waiting": dict, "heard": list}

    def sys_shout(self, tid, to):
        self.kernel.send(self.kernel.name, ECHO(tid))
        raise ZeroDivisionError("broken")

    def on_echo(self, source, echo):
        self.heard.append(echo.tid)

    def sys_calm(self, tid):
        self.kernel.resume(tid, 0)


def shout_beside(sys):
    yield sys.clone(shout, "k0")
    yield Call("calm")


def test_does_a_step_that_crashes_leave_nothing_for_the_next_one():
    machine = Machine.multikernel(2).with_mechanism(Broken)
    result = explore(shout_beside, machine, stop=False)
    assert result.violations == {"crash"}, "the other schedules end well, without a shout"


class Doubling(Memory):
    """A student's mechanism: a word counts double."""

    def word(self, page, place):
        return 2 * super().word(page, place)


def test_does_every_world_run_a_students_subclass():
    def main(sys):
        page = yield sys.mmap(PAGE)
        yield sys.store(page, 21)
        tid = yield sys.clone(reader, page, on="k1")
        return (yield sys.join(tid))

    def reader(sys, page):
        return (yield sys.load(page))

    plain = Machine.multikernel(2, page_size=PAGE)
    theirs = plain.replace(memory=Doubling)
    assert simulate(main, theirs).value == 42
    assert explore(main, theirs).outcomes == {(42, 0)}
    assert simulate(main, plain).value == 21


def test_what_if_a_message_has_a_kind_that_nobody_handles():
    @message("echo")
    class WHISPER(NamedTuple):
        tid: int

    class Odd(Echo):
        def sys_shout(self, tid, to):
            self.kernel.send(to, WHISPER(tid))
            self.kernel.resume(tid, None)

    machine = Machine.multikernel(2).with_mechanism(Odd)
    with pytest.raises(UsageError, match="WHISPER"):
        simulate(shout, machine, ("k1",))


def test_does_a_global_id_name_its_kernel_and_no_other_number_any():
    kernels = Machine.multikernel(3).boot()
    for number, (name, kernel) in enumerate(kernels.items()):
        made = kernel.global_id(5)
        assert made == 1 << 22 | number << 15 | 5
        assert {other.home_of(made) for other in kernels.values()} == {name}
    for wrong in (0, 1, -1, GLOBAL - 1, GLOBAL | 3 << 15 | 2, 2 * GLOBAL, 1 << 40):
        assert kernels["k0"].home_of(wrong) is None


@pytest.mark.parametrize("seed", range(4))
def test_do_the_invariants_hold_in_every_moment_of_a_run(seed):
    machine = Machine.multikernel(4, page_size=PAGE)
    tree = random_tree(random.Random(100 + seed))
    assert check_invariants(simulate(tree_program, machine, (tree, machine.kernels), seed)) is None
