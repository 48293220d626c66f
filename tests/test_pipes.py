"""Descriptors and pipes: one table for a process, one stream for all who hold an end."""

import errno
import random

import pytest
import socket_scenarios
from oracle import check_invariants, counted
from programs import PAGE, outcomes
from socket_scenarios import tried
from test_futex import roams

from popcorn_lib import Machine, UsageError, simulate, single_system_image

NAMED = pytest.mark.parametrize(
    ("scenario", "value"), socket_scenarios.PIPES.items(), ids=lambda s: getattr(s, "__name__", "")
)
LONG = (socket_scenarios.full_pipe_waits, socket_scenarios.short_writes_are_whole)
KERNELS = ("k0", "k1", "k2")


def run(main, kernels=3, *args, seed=0, start="k0"):
    made = simulate(main, Machine.multikernel(kernels), args, seed, start=start)
    assert made.residue() == {}
    assert check_invariants(made) is None
    return made


@NAMED
def test_do_pipes_do_what_linux_shows_on_any_kernels(scenario, value):
    for kernels, places in ((1, ("k1", "k2")), (2, ("k1", "k0")), (3, ("k1", "k2"))):
        for start in {"k0", f"k{kernels - 1}"}:
            assert run(scenario, kernels, *places, start=start).value == value, (kernels, start)


@NAMED
def test_does_it_stay_the_same_when_the_threads_move_about(scenario, value):
    for seed in range(3):
        made = run(
            roams, 3, KERNELS, seed, scenario, "k1", "k2", seed=seed, start=KERNELS[seed % 3]
        )
        assert made.value == value, seed


@pytest.mark.parametrize(
    "scenario", [s for s in socket_scenarios.PIPES if s not in LONG], ids=lambda s: s.__name__
)
def test_can_a_program_of_pipes_tell_how_many_kernels_it_runs_on(scenario):
    machine = Machine.multikernel(2, page_size=PAGE)
    verdict = single_system_image(scenario, ("k1", "k0"), machine=machine)
    assert verdict.holds, verdict


def test_how_many_descriptors_has_a_process():
    def main(sys):
        reading, writing = yield sys.pipe()
        made = []
        while type(fd := (yield from tried(sys.dup(writing)))) is int:
            made.append(fd)
        both = yield from tried(sys.pipe())
        yield sys.close(made[3])
        half = yield from tried(sys.pipe())
        return (reading, writing), len(made), fd, both, half, (yield sys.dup(reading)) == made[3]

    for kernels in (1, 2):
        found = run(roams, kernels, KERNELS[:kernels], 1, main).value
        assert found == ((3, 4), 1019, "EMFILE", "EMFILE", "EMFILE", True)


def test_are_the_first_three_descriptors_taken():
    def main(sys):
        found = []
        for fd in (0, 1, 2):
            found.append((yield from tried(sys.close(fd))))
        return found, (yield sys.pipe())

    assert run(main, 1).value == (["EBADF"] * 3, (3, 4))


def test_how_many_bytes_does_a_pipe_take():
    def main(sys):
        reading, writing = yield sys.pipe()
        filled = yield sys.write(writing, bytes(65_536))
        tid = yield sys.clone(more, writing, on="k1")
        yield sys.nanosleep(1e-3)
        first = yield sys.read(reading, 70_000)
        rest = yield sys.read(reading, 70_000)
        return filled, len(first), rest, (yield sys.join(tid))

    def more(sys, writing):
        return (yield sys.write(writing, b"more"))

    for kernels in (1, 2):
        assert run(main, kernels).value == (65_536, 65_536, b"more", 4)


@pytest.mark.parametrize("kernels", [1, 2])
def test_does_a_waiting_reader_die_when_it_is_killed(kernels):
    def main(sys):
        reading, _ = yield sys.pipe()
        pid = yield sys.fork(waits, reading, on="k1")
        yield sys.kill(pid, 9)
        return (yield sys.wait4(pid))[1]

    def waits(sys, reading):
        yield sys.read(reading, 1)

    assert outcomes(main, kernels, migrations=kernels - 1) == {(9, 0)}


@pytest.mark.parametrize("kernels", [1, 2])
def test_does_a_reader_that_is_sent_away_lose_a_byte(kernels):
    """It waits, is told to move, and what comes meanwhile is there for it, once."""

    def main(sys):
        reading, writing = yield sys.pipe()
        tid = yield sys.clone(reads, reading)
        yield from tried(sys.sched_setaffinity({1}, tid))
        yield sys.write(writing, b"ab")
        yield sys.close(writing)
        return (yield sys.join(tid))

    def reads(sys, reading):
        got = []
        while piece := (yield sys.read(reading, 1)):
            got.append(piece)
        return b"".join(got)

    assert outcomes(main, kernels) == {(b"ab", 0)}


@pytest.mark.parametrize("handled", ["default", "ignored", "handler", "blocked"])
def test_what_does_sigpipe_do_wherever_the_writer_is(handled):
    def main(sys, how):
        pid = yield sys.fork(breaks, how)
        return (yield sys.wait4(pid))[1]

    def breaks(sys, how):
        if how == "blocked":
            yield sys.sigprocmask(0, {13})
        elif how != "default":
            yield sys.sigaction(13, notes if how == "handler" else 1)
        tid = yield sys.clone(writes, on="k1")
        yield sys.exit((yield sys.join(tid)))

    def notes(sys, signum, info):
        yield sys.gettid()

    def writes(sys):
        reading, writing = yield sys.pipe()
        yield sys.close(reading)
        try:
            yield sys.write(writing, b"x")
        except OSError as error:
            return error.errno

    status = {"default": 13}.get(handled, errno.EPIPE << 8)
    for kernels, migrations in ((1, 0), (2, 0), (2, 1)):
        assert outcomes(main, kernels, (handled,), migrations) == {(status, 0)}


# ---- random programs ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_does_every_byte_come_once_whoever_writes_and_reads(seed):
    """Some writers with marked pieces, some readers, all moving: as on paper, nothing else."""
    rng = random.Random(seed)
    pieces = [[bytes([w]) * rng.randint(1, 4096) for _ in range(8)] for w in range(3)]

    def main(sys):
        reading, writing = yield sys.pipe()
        writers = []
        for number in range(3):
            writers.append((yield sys.clone(writes, writing, number, on=KERNELS[number])))
        readers = []
        for number in range(2):
            readers.append((yield sys.clone(reads, reading, number, on=KERNELS[number])))
        for tid in writers:
            yield sys.join(tid)
        yield sys.close(writing)
        got = b""
        for tid in readers:
            got += yield sys.join(tid)
        return [got.count(bytes([w])) for w in range(3)]

    def writes(sys, writing, number):
        for piece in pieces[number]:
            yield sys.write(writing, piece)

    def reads(sys, reading, number):
        sizes, got = random.Random(seed + number), b""
        while piece := (yield sys.read(reading, sizes.randint(1, 9000))):
            got += piece
        return got

    made = run(roams, 3, KERNELS, seed, main, seed=seed)
    assert made.value == [sum(map(len, mine)) for mine in pieces]


# ---- what it costs, and wrong use ---------------------------------------------------------------


def test_what_does_a_call_on_a_pipe_cost():
    def main(sys, place):
        reading, writing = yield sys.pipe()
        tid = yield sys.clone(writes, writing, on=place)
        yield sys.join(tid)
        return (yield sys.read(reading, 9))

    def writes(sys, writing):
        yield sys.write(writing, b"x")

    assert not counted(run(main, 2, "k0"), "sockets")
    assert counted(run(main, 2, "k1"), "sockets") == {"FILE_REQUEST": 1, "FILE_RESPONSE": 1}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda sys: sys.write(3, "text"), "'text'"),
        (lambda sys: sys.read(3, -1), "-1"),
        (lambda sys: sys.close("3"), "'3'"),
        (lambda sys: sys.connect(3, "10.0.0.9"), "'10.0.0.9'"),
        (lambda sys: sys.bind(3, ("no.such.name", 80)), "'no.such.name'"),
        (lambda sys: sys.bind(3, ("127.0.0.1", 65_536)), "65536"),
        (lambda sys: sys.setsockopt(3, 1, 2, None), "None"),
    ],
)
def test_does_a_wrong_argument_say_what_is_wrong(wrong, word):
    def main(sys):
        yield wrong(sys)

    with pytest.raises(UsageError, match=word):
        simulate(main, Machine.smp(1))
