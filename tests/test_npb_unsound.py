"""EP, IS and CG: what if a thread moves in the middle, and what if the machine makes mistakes?"""

from itertools import count

import pytest
from npb_programs import SMALL_EP, value_of

from popcorn_lib import Deadlock, Machine
from popcorn_lib.applications import cg, ep, is_sort
from popcorn_lib.applications.arrays import Array
from popcorn_lib.applications.npb import run_npb
from popcorn_lib.errors import ProgramError
from popcorn_lib.mechanisms.memory import Memory

# ---- a thread that moves ------------------------------------------------------------------------


def moving(worker, after, to):
    """The same worker, whose thread 0 moves to another kernel after so many of its calls."""

    def moved(sys, number, *args):
        generator, done = worker(sys, number, *args), 0
        proceed, result = generator.send, None
        while True:
            try:
                call = proceed(result)
            except StopIteration as end:
                assert number or done >= after, "the thread never moved"
                return end.value
            done += 1
            if number == 0 and done == after:
                yield sys.migrate(to)
                assert (yield sys.getcpu())[1] == int(to[1:])
            try:
                proceed, result = generator.send, (yield call)
            except OSError as error:
                proceed, result = generator.throw, error

    return moved


@pytest.mark.parametrize(
    ("benchmark", "parameters", "after"),
    [
        (ep, SMALL_EP._replace(m=20), 5),
        (is_sort, is_sort.CLASSES["S"], 60),
        (cg, cg.CLASSES["S"]._replace(iterations=2), 300),
    ],
)
def test_what_if_a_thread_moves_in_the_middle(monkeypatch, benchmark, parameters, after):
    still = value_of(benchmark, parameters, 2)
    monkeypatch.setattr(benchmark, "worker", moving(benchmark.worker, after, "k1"))
    assert value_of(benchmark, parameters, 2) == still


# ---- machines that are not sound ----------------------------------------------------------------


WORDS = 64  # bytes: pages with more are numbers; without a sound barrier nobody would ever end


class KeepsOldCopies(Memory):
    """Says that its copy of a page of numbers is gone, and goes on reading it."""

    def drop(self, page):
        kept = self.frames.get(page)
        super().drop(page)
        if kept and len(kept.data) > WORDS:
            self.frames[page] = kept


class LosesWrites(Memory):
    """Home forgets what another kernel has written when the page comes back."""

    def on_remote_page_response(self, source, message):
        if message.page.home == self.kernel.name and len(message.data) > WORDS:
            message = message._replace(data=b"")
        super().on_remote_page_response(source, message)


def is_caught(name, machine):
    try:
        return not run_npb(name, machine).verified
    except (Deadlock, ProgramError):
        return True


@pytest.mark.parametrize("name", ["IS", "CG"])
def test_what_if_a_kernel_keeps_reading_what_another_has_changed(name):
    assert is_caught(name, Machine.multikernel(2).replace(memory=KeepsOldCopies))


@pytest.mark.parametrize("name", ["EP", "IS", "CG"])
def test_what_if_home_loses_what_another_kernel_has_written(name):
    assert is_caught(name, Machine.multikernel(2).replace(memory=LosesWrites))


def no_barrier(sys, barrier):
    return iter(())


@pytest.mark.parametrize(("name", "module"), [("IS", is_sort), ("CG", cg)])
def test_what_if_the_threads_do_not_wait_for_each_other(monkeypatch, name, module):
    monkeypatch.setattr(module, "barrier_wait", no_barrier)
    assert not run_npb(name, Machine.multikernel(2)).verified


def forgetful(put, lost):
    """`put`, which does nothing the one time that its number is `lost`."""
    numbers = count()

    def lossy(*args):
        if next(numbers) != lost:
            yield from put(*args)

    return lossy


ITERATION = 4 + 25 * 6 + 4  # writes of one thread in CG: to begin with, for the steps, at the end
LAST = 1 + 14 * ITERATION + 4 + 2  # z, in the first step of the last iteration


@pytest.mark.parametrize(("name", "lost"), [("EP", 0), ("IS", 30), ("CG", LAST)])
def test_what_if_one_write_of_many_is_left_out(monkeypatch, name, lost):
    monkeypatch.setattr(Array, "put", forgetful(Array.put, lost))
    assert not run_npb(name, Machine.multikernel(1)).verified


def test_does_cg_forgive_a_step_of_the_wrong_length(monkeypatch):
    """z and r go equally wrong, so later steps make it good: a right zeta is no proof of memory."""
    monkeypatch.setattr(Array, "put", forgetful(Array.put, LAST + 2 * 6 - 1))  # d, two steps later
    assert run_npb("CG", Machine.multikernel(1)).verified
