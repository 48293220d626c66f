"""Do two real kernels carry a thread to and fro? No QEMU is needed: there is a transcript.

How machines fail is in `test_guests_running.py`, what needs QEMU in `test_guests_live.py`.
"""

import os
import re
import tarfile

import pytest

from popcorn_lib import UsageError
from popcorn_lib.isa.guests import GUESTS, boot, missing, packages, recorded, transcript
from popcorn_lib.isa.guests.machines import HERE
from popcorn_lib.isa.moving import meaning, tour
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.state import fresh
from popcorn_lib.isa.moving.tours import SAME, unmoved

pytest_plugins = "guest_stand_ins"


@pytest.fixture(scope="module")
def seen():
    return recorded()


# ---- the transcript -----------------------------------------------------------------------------


def test_does_every_move_mean_the_same_before_and_in_the_other_kernel(seen):
    journey = seen.journey
    assert len(journey.moves) == len(journey.arrivals) == len(journey.stops) > 3
    for moved, arrived in zip(journey.moves, journey.arrivals, strict=True):
        assert moved.before.isa != arrived.isa
        assert meaning(moved.before) == meaning(arrived)
        assert moved.state == arrived  # to the last bit: the process has what it was given


def test_does_the_emulator_agree_with_what_the_kernels_did_between_two_moves(seen):
    """Unicorn knows nothing of Linux; from each arrival it comes to the same thread."""
    journey = seen.journey
    starts = [fresh(journey.moves[0].before.map), *journey.arrivals]
    for start, (points, _), moved in zip(starts, journey.stops, journey.moves, strict=False):
        assert meaning(run(start, points)) == meaning(moved.before)
        assert moved.before.points == start.points + points


def test_does_the_journey_end_as_the_run_that_never_moved(seen):
    assert (seen.journey.outcome, seen.journey.said) == (SAME, "")
    assert seen.journey.final == unmoved()


def test_is_it_a_process_of_its_own_at_each_stop(seen):
    guests = [guest for guest, _ in seen.journey.processes]
    assert guests == [seen.journey.start, *(target for _, target in seen.journey.stops)]
    for guest in GUESTS:
        pids = [pid for name, pid in seen.journey.processes if name == guest]
        assert len(set(pids)) == len(pids) and min(pids) > 1  # 1 is init


def test_does_each_kernel_say_that_it_is_debians_and_of_its_own_processor(seen):
    assert {name: one["machine"] for name, one in seen.names.items()} == {
        "x86-64": "x86_64",
        "AArch64": "aarch64",
    }
    for name, lines in seen.console.items():
        assert lines[0].startswith(f"Linux version {seen.names[name]['release']} ")
        assert "Debian" in seen.names[name]["version"] and lines[-1].startswith("Run /init")


def test_are_boots_and_pings_what_they_say(seen):
    assert all(set(one) == set(GUESTS) and min(one.values()) > 0 for one in seen.boots)
    assert all(min(times) <= seen.boot_s[name] <= max(times) for name, times in _by_guest(seen))
    for one in seen.pings.values():
        assert (one.times, one.wrong) == (20_000, 0)
        assert 0 < one.round_trip_s <= one.slowest_s
        assert one.calls == pytest.approx(one.round_trip_s / one.call_s)


def _by_guest(seen):
    return [(name, [one[name] for one in seen.boots]) for name in GUESTS]


def test_does_a_real_kernel_end_a_wrong_thread_as_the_emulator_does(seen):
    """Each with something forgotten: the same kind of end, and each kernel names a signal."""
    assert len(seen.failures) == 2 * len(transcript.FORGOTTEN)
    for one in seen.failures:
        stops = [(transcript.AT, one["target"]), (transcript.AT, one["source"])]
        assert tour(one["source"], stops, one["rule"]).outcome == one["outcome"] != SAME
        assert one["outcome"] != "fault" or re.search(r"with SIG(SEGV|BUS|ILL)", one["said"])


def test_does_a_transcript_survive_being_written_down(seen):
    plain = transcript.record()
    made_by = plain.pop("made by")
    assert seen.plain() == _as_tuples(plain)
    assert any(one.qemu in made_by for one in GUESTS.values())


def _as_tuples(plain):
    """JSON knows no tuples."""
    journey = plain["journey"]
    pairs = {name: [tuple(one) for one in journey[name]] for name in ("stops", "processes")}
    return plain | {"journey": journey | pairs}


def test_are_the_files_small():
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 100_000


# ---- what is missing ----------------------------------------------------------------------------


def test_is_everything_that_is_missing_named_with_its_package(nowhere):
    assert missing() == [
        "qemu-system-x86",
        "qemu-system-arm",
        "linux-image-cloud-amd64:amd64",
        "linux-image-cloud-arm64:arm64",
    ]
    with pytest.raises(UsageError, match=r"apt install qemu-system-x86 qemu-system-arm .*recorded"):
        boot()
    assert recorded().journey.outcome == SAME  # needs none of them


def test_is_a_kernel_that_apt_can_bring_not_missing(tool):
    for name in ("apt-get", "dpkg-deb"):
        tool(name)
    assert missing() == ["qemu-system-x86", "qemu-system-arm"]
    tool("qemu-system-aarch64")
    assert missing() == ["qemu-system-x86"]


def test_is_the_newest_kernel_taken(nowhere):
    (nowhere / "boot").mkdir()
    (nowhere / "kernels").mkdir()
    for folder, version in (("boot", "6.1.0-9"), ("kernels", "6.1.0-56"), ("boot", "5.10.0-99")):
        (nowhere / folder / f"vmlinuz-{version}-cloud-amd64").touch()
    assert packages.kernel(GUESTS["x86-64"]).name == "vmlinuz-6.1.0-56-cloud-amd64"
    assert packages.kept(GUESTS["AArch64"]) is None


APT = """#!/bin/sh
case "$*" in
*" download "*) touch linux-image-7.2-cloud-arm64_7.2-1_arm64.deb ;;
*" depends "*) echo linux-image-cloud-arm64; echo '  Depends: linux-image-7.2-cloud-arm64' ;;
esac
"""


@pytest.fixture
def download(nowhere, tool, monkeypatch):
    """A function that lets apt bring a package with empty files of these names."""

    def prepare(*names):
        with tarfile.open(nowhere / "files.tar", mode="w") as archive:
            for name in names:
                archive.addfile(tarfile.TarInfo(f"./boot/{name}"))
        monkeypatch.setenv("PATH", f"{nowhere}{os.pathsep}{os.defpath}")
        for name in ("apt-get", "apt-cache"):
            tool(name, APT)
        tool("dpkg-deb", f"#!/bin/sh\nexec cat {nowhere / 'files.tar'}\n")

    return prepare


def test_does_a_download_keep_the_kernel_and_nothing_else(nowhere, download):
    download("config-7.2", "vmlinuz-7.2-cloud-arm64")
    kernel = packages.kernel(GUESTS["AArch64"])
    assert kernel.name == "vmlinuz-7.2-cloud-arm64"
    assert list((nowhere / "kernels").iterdir()) == [kernel]


def test_what_if_the_package_has_no_kernel(download):
    download("config-7.2")
    with pytest.raises(UsageError, match=r"7\.2-1_arm64\.deb has no kernel"):
        packages.kernel(GUESTS["AArch64"])


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho 'E: no such mirror' >&2\nexit 100\n", "no such mirror"),
        ("#!/bin/sh\nexit 0\n", "apt knows no such package"),
        ("#!/bin/sh\nexec /bin/sleep 100\n", "took longer than 0.2 s"),
    ],
)
def test_what_if_apt_cannot_bring_the_kernel(nowhere, tool, monkeypatch, script, said):
    if "sleep" in script:
        monkeypatch.setattr(packages, "SECONDS", 0.2)
    for name in ("apt-get", "apt-cache"):
        tool(name, script)
    with pytest.raises(UsageError, match=f"linux-image-cloud-arm64.*{said}.*vmlinuz-"):
        packages.kernel(GUESTS["AArch64"])
    assert list((nowhere / "kernels").iterdir()) == []


def test_what_if_there_is_no_room_for_a_kernel(nowhere):
    (nowhere / "kernels").touch()  # a file where the folder should be
    with pytest.raises(UsageError, match="no kernel for AArch64"):
        packages.kernel(GUESTS["AArch64"])
