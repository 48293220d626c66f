"""Stand-ins for the tools that two kernels need: scripts in the place of apt and of QEMU."""

import sys
from pathlib import Path

import pytest

from popcorn_lib.isa.guests import GUESTS, packages, running

FAKE = Path(__file__).resolve().parent / "fake_guest.py"


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No tool, no kernel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("POPCORN_KERNELS", str(tmp_path / "kernels"))
    monkeypatch.setattr(packages, "BOOT", tmp_path / "boot")
    return tmp_path


@pytest.fixture
def tool(nowhere):
    """A function that makes a tool: an executable script of this name and text."""

    def make(name, text="#!/bin/sh\n"):
        (nowhere / name).write_text(text, encoding="utf-8")
        (nowhere / name).chmod(0o755)

    return make


@pytest.fixture
def fakes(nowhere, tool, monkeypatch):
    """A function that puts fake emulators in place; they do what its argument says."""

    def place(behaviour):
        monkeypatch.setenv("FAKE", behaviour)
        (nowhere / "kernels").mkdir(exist_ok=True)
        for guest in GUESTS.values():
            run = f'exec "{sys.executable}" "{FAKE}" {guest.name} "$@"'
            tool(guest.qemu, f"#!/bin/sh\n{run}\n")
            (nowhere / "kernels" / f"vmlinuz-1-cloud-{guest.debian}").touch()

    return place


@pytest.fixture
def started(monkeypatch):
    """Every Machine that is started."""
    made, before = [], running.Machine

    def machine(*arguments):
        made.append(before(*arguments))
        return made[-1]

    monkeypatch.setattr(running, "Machine", machine)
    return made
