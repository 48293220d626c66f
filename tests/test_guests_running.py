"""What if a guest, its emulator or its reader fails? Fakes stand for QEMU here, in both places."""

import os
import random
import re
import time

import pytest

from popcorn_lib import UsageError
from popcorn_lib.isa.guests import GUESTS, GuestError, boot, initramfs, running, window
from popcorn_lib.isa.guests.machines import HERE, PLACE
from popcorn_lib.isa.guests.ping import summed
from popcorn_lib.isa.guests.window import SLOTS, WORDS, Window
from popcorn_lib.isa.moving.state import ROOM, TOP

pytest_plugins = "guest_stand_ins"


def all_gone(started):
    """Whether both machines have ended and left no file."""
    return len(started) == 2 and not any(one.alive() or one.folder.exists() for one in started)


def test_what_if_a_guest_never_speaks(fakes, started):
    fakes("silent")
    began = time.monotonic()
    with pytest.raises(GuestError, match=r"not there after 0\.5 s"):
        boot(timeout=0.5)
    assert time.monotonic() - began < 10 and all_gone(started)


def test_what_if_the_emulator_does_not_start(fakes, started):
    fakes("broken")
    with pytest.raises(GuestError, match=r"its machine has ended\nno such machine"):
        boot()
    assert all_gone(started)


def test_are_both_ended_with_the_block_and_by_an_error_in_it(fakes, started):
    fakes("polite")
    with pytest.raises(ZeroDivisionError), boot() as guests:
        assert not any(one.folder.exists() is False for one in started)
        _ = 1 / 0
    assert all_gone(started) and repr(guests) == "<Guests: ended>"
    with pytest.raises(UsageError, match="boot\\(\\) starts new ones"):
        guests.ping(1)


def test_are_both_ended_when_nobody_knows_them_any_more(fakes, started):
    fakes("polite")
    guests = boot()
    assert "x86-64 and AArch64" in repr(guests) or "AArch64 and x86-64" in repr(guests)
    del guests
    assert all_gone(started)


def test_what_if_a_guest_does_not_answer(fakes, started, monkeypatch):
    fakes("polite")
    guests = boot()
    monkeypatch.setattr(running, "SECONDS", 0.5)
    with pytest.raises(GuestError, match=r"x86-64: no answer to GO within 0\.5 s"):
        guests.tour("x86-64", [(1, "AArch64")])
    assert all_gone(started)


def test_what_if_a_guest_ends_in_mid_conversation(fakes, started):
    fakes("polite")
    guests = boot()
    started[1].kill()
    with pytest.raises(GuestError, match="AArch64: its machine has ended"):
        guests.ping(1, start="AArch64")
    assert all_gone(started)


def test_what_if_somebody_interrupts_the_wait(fakes, started, monkeypatch):
    """The answer would come later and be taken for the next one."""
    fakes("polite")
    guests = boot()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(guests.window, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        guests.ping(1)
    assert all_gone(started)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux has cores to choose")
def test_does_starting_guests_leave_this_process_on_its_cores(fakes, started):
    fakes("polite")
    allowed = os.sched_getaffinity(0)
    with boot():
        assert os.sched_getaffinity(0) == allowed
        cores = [os.sched_getaffinity(one.process.pid) for one in started]
        assert all(len(one) == 1 for one in cores)
        assert len(set.union(*cores)) == min(2, len(allowed))


def test_is_a_ping_counted_whole(fakes):
    fakes("polite")
    with boot() as guests:
        one = guests.ping(2_500)
        assert one.times == 2_500 and one.calls == pytest.approx(4)
        assert one.round_trip_s == pytest.approx(2e-6)


def test_are_wrong_names_and_numbers_errors_that_say_what_to_do(fakes):
    fakes("polite")
    with boot() as guests:
        with pytest.raises(UsageError, match=r"unknown guest 's390x'; known: 'x86-64', 'AArch64'"):
            guests.tour("x86-64", [(1, "s390x")])
        with pytest.raises(UsageError, match="0 migration points"):
            guests.tour("x86-64", [(0, "AArch64")])
        with pytest.raises(UsageError, match="unknown rule or variable 'luck'"):
            guests.tour("x86-64", [], leave_out="luck")
        for times in (0, -1, 1.5, "2", 10**7):
            with pytest.raises(UsageError, match=re.escape(repr(times))):
                guests.ping(times)
        for ask in (guests.console, lambda name: guests.ping(1, name)):
            with pytest.raises(UsageError, match="unknown guest 'Z80'"):
                ask("Z80")


def test_is_a_slow_round_told_and_no_measure_of_the_others():
    told = summed([(10, 100, 0, 50), (10, 90, 1, 50), (10, 9_000, 0, 70)])
    assert (told.times, told.wrong) == (30, 1)
    assert told.round_trip_s == pytest.approx(10e-9) and told.slowest_s == pytest.approx(900e-9)


# ---- the window and the archive -----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_does_a_ring_lose_or_reorder_or_mix_messages(tmp_path, seed):
    """Against plain lists, with sends and receives between all three in any order."""
    rng = random.Random(seed)
    members = [Window(tmp_path / "window", me) for me in range(window.MEMBERS)]
    queues = {(a, b): [] for a in range(3) for b in range(3)}
    for _ in range(2_000):
        source, target = rng.randrange(3), rng.randrange(3)
        queue = queues[source, target]
        if rng.random() < 0.6:
            message = tuple(rng.getrandbits(64) for _ in range(WORDS))
            assert members[source].send(target, message) == (len(queue) < SLOTS)
            queue += [message] if len(queue) < SLOTS else []
        else:
            assert members[target].receive(source) == (queue.pop(0) if queue else None)
    for one in members:
        one.close()


def test_is_the_notebooks_side_of_the_memory_the_guests_side():
    """Numbers that stand in C and in Python."""
    c = "".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.[ch]")))
    defined = {name: value for name, value in re.findall(r"#define (\w+) (\w+)", c)}
    for name, value in {
        "WORDS": window.WORDS,
        "SLOTS": window.SLOTS,
        "MEMBERS": window.MEMBERS,
        "NOTEBOOK": window.NOTEBOOK,
        "SIZE": window.SIZE,
        "TOP": TOP,
        "ROOM": ROOM,
    }.items():
        assert int(defined[name].rstrip("ul"), 0) == value, name
    assert int(re.search(r"PARCEL\(guest\) \((\w+)", c)[1], 0) == window.PARCEL
    assert tuple(re.search(r"enum \{ (HERE.*?) \}", c)[1].split(", ")) == running.KINDS
    assert re.search(r'DEVICE ".*/0000:00:(\w+)\.0/"', c)[1] == PLACE.removeprefix("0x")
    for guest in GUESTS.values():
        header = (HERE / f"{guest.name}.h").read_text(encoding="utf-8")
        assert int(re.search(r"#define ME (\d)", header)[1]) == guest.number


def read_archive(data):
    """The members of a cpio archive, read by another hand: {name: (mode, content)}."""
    found, at = {}, 0
    while data[at : at + 6] == b"070701":
        fields = [int(data[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name = data[at + 110 : at + 110 + fields[11]]
        begin = (at + 110 + fields[11] + 3) // 4 * 4
        found[name[:-1].decode()] = (fields[1], data[begin : begin + fields[6]])
        at = (begin + fields[6] + 3) // 4 * 4
    assert at == len(data)
    return found


def test_is_an_archive_read_as_it_was_written():
    entries = {"dir": (initramfs.FOLDER, b"")}
    entries |= {f"dir/{'x' * n}": (initramfs.PROGRAM, bytes(range(n))) for n in range(1, 9)}
    assert read_archive(initramfs.archive(entries)) == entries | {initramfs.END: (0, b"")}
