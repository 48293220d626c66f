"""FT and MG: what if a thread moves in the middle, and who notices if memory or a barrier errs?"""

import random
from collections import Counter

import pytest
from npb_programs import value_of
from test_applications_grids import MODULES, SMALL_FT, SMALL_MG, with_slow
from test_npb_unsound import KeepsOldCopies, LosesWrites, forgetful, is_caught, moving, no_barrier

from popcorn_lib import Machine, simulate
from popcorn_lib.applications import ft, mg
from popcorn_lib.applications.arrays import Array
from popcorn_lib.applications.npb import run_npb


@pytest.mark.parametrize(("module", "after"), [(ft, 12), (mg, 150)])
def test_what_if_a_thread_moves_in_the_middle(monkeypatch, module, after):
    parameters = {ft: SMALL_FT, mg: SMALL_MG}[module]
    still = value_of(module, parameters, 2)
    monkeypatch.setattr(module, "worker", moving(module.worker, after, "k1"))
    assert value_of(module, parameters, 2) == still


@pytest.mark.parametrize("memory", [KeepsOldCopies, LosesWrites])
@pytest.mark.parametrize("name", MODULES)
def test_what_if_a_page_is_lost_or_an_old_one_read(name, memory):
    assert is_caught(name, Machine.multikernel(2).replace(memory=memory))


@pytest.mark.parametrize("name", MODULES)
def test_what_if_the_threads_do_not_wait_for_each_other(monkeypatch, name):
    monkeypatch.setattr(MODULES[name], "barrier_wait", no_barrier)
    assert not run_npb(name, Machine.multikernel(2)).verified


def without(wait, lost):
    """`wait`, which no thread does the one time that is its `lost`; and how often each came."""
    come = Counter()

    def hasty(sys, barrier):
        tid = yield sys.gettid()
        come[tid] += 1
        return None if come[tid] == lost + 1 else (yield from wait(sys, barrier))

    return hasty, come


def what_hurts(monkeypatch, module, parameters, machine):
    """The barriers without which the result is another one, and how many there are."""
    args, wait, lost, hurts = (machine.kernels, parameters), module.barrier_wait, 0, set()
    right = simulate(module.main, machine, args, trace=False).value
    while True:
        hasty, come = without(wait, lost)
        monkeypatch.setattr(module, "barrier_wait", hasty)
        if simulate(module.main, machine, args, trace=False).value != right:
            hurts.add(lost)
        monkeypatch.setattr(module, "barrier_wait", wait)
        lost += 1
        if lost >= max(come.values()):
            return hurts, lost


def test_is_a_missing_barrier_of_ft_always_noticed(monkeypatch):
    """Where threads differ in speed; if they walk in step, each has just written what is read."""
    cube = ft.Parameters(16, 16, 16, 2, ())
    hurts, many = what_hurts(monkeypatch, ft, cube, with_slow("k1"))
    assert many == 1 + cube.steps
    assert hurts == set(range(many))
    assert what_hurts(monkeypatch, ft, cube, Machine.multikernel(2)) == (set(), many)


def test_is_every_barrier_of_mg_needed_but_the_last(monkeypatch):
    """Behind the last of them, each thread reads planes of its own alone."""
    once, hurts = SMALL_MG._replace(iterations=1), set()
    for machine in with_slow("k0"), with_slow("k1"):
        more, many = what_hurts(monkeypatch, mg, once, machine)
        hurts |= more
    assert many == 1 + 10  # the first residual, and a V of three levels
    assert hurts == set(range(many - 1))


@pytest.mark.parametrize(("module", "parameters"), [(ft, SMALL_FT), (mg, SMALL_MG)])
def test_what_if_one_write_of_many_is_left_out(monkeypatch, module, parameters):
    right, put, written = value_of(module, parameters, 2), Array.put, []

    def counted(*args):
        written.append(args)
        return put(*args)

    monkeypatch.setattr(Array, "put", counted)
    value_of(module, parameters, 2)
    for lost in random.Random(16).sample(range(len(written)), 12):
        monkeypatch.setattr(Array, "put", forgetful(put, lost))
        assert value_of(module, parameters, 2) != right
