"""SPIN, asked about tests/spin/msi.pml: an independent count of the states of MSI."""

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).parent / "spin" / "msi.pml"
INSTALL = "Debian: apt install spin gcc libc6-dev; macOS: brew install spin"


class Answer(NamedTuple):
    """What SPIN says: distinct states, "" or what is wrong, steps to it, and how long it took."""

    states: int
    wrong: str
    steps: int
    seconds: float  # with the generation and the compilation of the checker


def missing():
    """What has to be installed first, in words; "" if all is there."""
    lacking = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    return f"{' and '.join(lacking)} not found; {INSTALL}" if lacking else ""


def ask(folder, nodes, bug=None, breadth_first=False):
    """Make a checker in a folder and run it; without reductions, so that states can be compared.

    bug: "KEPT_PAGE", "EARLY_GRANT" or "ONE_QUEUE".
    """
    begin = time.perf_counter()
    defines = [f"-DN={nodes}"] + ([f"-D{bug}"] if bug else [])
    options = ["-O2", "-w", "-DSAFETY", "-DNOREDUCE"] + (["-DBFS"] if breadth_first else [])
    _run(folder, "spin", "-a", *defines, str(MODEL))
    _run(folder, "gcc", *options, "-o", "pan", "pan.c")
    said = _run(folder, "./pan", "-m1000000")
    return _answer(said, time.perf_counter() - begin)


def _run(folder, *command):
    job = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    text = job.stdout + job.stderr
    assert job.returncode == 0 and "rror:" not in text.replace("errors:", ""), text
    return text


def _answer(said, seconds):
    [states] = re.findall(r"(\d+) states, stored", said)
    wrong = re.findall(
        r"^pan:1: (assertion violated|invalid end state).*\(at depth (\d+)\)", said, re.M
    )
    assert "max search depth too small" not in said, said
    if not wrong:
        assert "errors: 0" in said, said
        return Answer(int(states), "", 0, seconds)
    [(what, depth)] = wrong
    # An assertion fails within the step that follows this depth.
    return Answer(int(states), what, int(depth) + (what == "assertion violated"), seconds)
