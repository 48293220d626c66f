"""Two real kernels here and now: needs QEMU, apt and cross compilers (make test-guests)."""

import random
import signal
from itertools import permutations

import guests as tool
import pytest

from popcorn_lib.isa.guests import GUESTS, GuestError, boot, packages, transcript, watch
from popcorn_lib.isa.guests.journey import Signalled, arrive, go
from popcorn_lib.isa.guests.machines import HERE
from popcorn_lib.isa.moving import RULES, meaning, stack_map, tour
from popcorn_lib.isa.moving.rules import variables
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.state import fresh
from popcorn_lib.isa.moving.tours import SAME, unmoved

pytestmark = [pytest.mark.guests, pytest.mark.timeout(300)]
PAIRS = list(permutations(GUESTS))


@pytest.fixture(scope="module")
def two():
    with boot() as guests:
        yield guests


def test_do_both_kernels_say_who_they_are(two):
    assert [two.names[name]["machine"] for name in GUESTS] == ["x86_64", "aarch64"]
    assert all(0 < two.boot_s[name] < 60 for name in GUESTS)


@pytest.mark.parametrize("start", GUESTS)
def test_is_every_message_answered_rightly(two, start):
    one = two.ping(20_000, start)
    assert one.wrong == 0 and one.times > 0


@pytest.mark.parametrize("seed", range(8))
def test_does_any_journey_through_both_kernels_end_as_the_run_that_stays(two, seed):
    rng = random.Random(seed)
    start = rng.choice(list(GUESTS))
    stops = [(rng.randint(1, 30), rng.choice(list(GUESTS))) for _ in range(rng.randint(0, 12))]
    journey = two.tour(start, stops)
    assert (journey.outcome, journey.said, journey.final) == (SAME, "", unmoved())
    for moved, arrived in zip(journey.moves, journey.arrivals, strict=True):
        assert meaning(moved.before) == meaning(arrived) and moved.state == arrived


def test_what_if_it_moves_at_every_single_migration_point(two):
    journey = two.tour("x86-64", [(1, name) for _ in range(80) for name in ("AArch64", "x86-64")])
    assert (journey.outcome, len(journey.moves)) == (SAME, unmoved()["migration points"] - 1)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_does_a_wrong_move_end_as_on_the_emulator(two, source, target):
    """A thread that runs wild reads what happens to lie there, so faults may come elsewhere."""
    for name in [*RULES, *variables(stack_map(source))]:
        stops = [(30, target), (30, source)]
        real, emulated = two.tour(source, stops, name), tour(source, stops, name)
        assert real.outcome == emulated.outcome, (name, real.said, emulated.said)


@pytest.mark.parametrize("name", GUESTS)
def test_what_if_a_thread_would_not_end(two, name):
    """It goes on in the loop after the program's end, but says that it has not finished."""
    thread = run(fresh(stack_map(name)))
    thread.write(thread.map.globals["finished"][0], bytes(8))
    arrive(two, thread)
    with pytest.raises(Signalled, match="SIGXCPU") as stopped:
        go(two, thread, 1)
    assert stopped.value.endless
    assert two.tour(name, []).outcome == SAME  # the guest has not suffered


def test_is_the_record_what_happens_here_too():
    seen, told = watch(), transcript.recorded()
    assert (seen.journey.final, seen.failures) == (told.journey.final, told.failures)
    for mine, theirs in zip(seen.journey.arrivals, told.journey.arrivals, strict=True):
        assert mine == theirs


def test_what_if_an_emulator_is_killed_from_outside():
    guests = boot()
    processes = [guests.machines[name].process for name in GUESTS]
    processes[1].send_signal(signal.SIGKILL)
    with pytest.raises(GuestError, match="AArch64: its machine has ended"):
        guests.tour("x86-64", [(5, "AArch64")])
    assert all(one.poll() is not None for one in processes)
    assert not guests.machines["x86-64"].folder.exists()


def test_can_apt_bring_a_kernel_of_the_other_architecture(tmp_path, monkeypatch):
    monkeypatch.setenv("POPCORN_KERNELS", str(tmp_path))
    monkeypatch.setattr(packages, "BOOT", tmp_path)
    kernel = packages.kernel(GUESTS["AArch64"])
    assert list(tmp_path.iterdir()) == [kernel] and kernel.stat().st_size > 5_000_000


@pytest.mark.parametrize("name", GUESTS)
def test_is_the_init_that_is_kept_what_the_source_makes(name, tmp_path):
    tool.compiled(name, tmp_path / "init.elf")
    made_by = transcript.record()["made by"]
    compiler = tool.processor(name).compiler
    if made_by[compiler] == tool.first_line(compiler):  # another version makes another program
        assert (tmp_path / "init.elf").read_bytes() == (HERE / f"init-{name}.elf").read_bytes()
