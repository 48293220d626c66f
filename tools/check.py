"""Run parts of the tests, each against its budget of seconds; `make test` and its kin call it.

`python tools/check.py lint library notebooks` is `make test`; `make test-all` adds `browser`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUDGET = {"library": 1200, "notebooks": 480, "browser": 1500, "data": 120, "guests": 300}
PATIENT = "--timeout=300"  # of one test that runs a whole lesson: some machines are slow
EXTRA = {
    "browser": "browser tests (make test-all, with Chromium: "
    "Debian apt install chromium, macOS brew install --cask google-chrome)",
    "data": "making data/isa again (make test-data, with Debian's cross compilers)",
    "guests": "two real kernels (make test-guests, with QEMU: "
    "Debian apt install qemu-system-x86 qemu-system-arm)",
    "slow": "slow searches (make test-slow, with SPIN: "
    "Debian apt install spin gcc libc6-dev, macOS brew install spin)",
}


def main(names):
    """Stop at the first part that fails or breaks its budget; end with what was left out."""
    for name in names:
        print(f"--- {name}", flush=True)
        start = time.monotonic()
        PARTS[name]()
        seconds = time.monotonic() - start
        budget = BUDGET.get(name)
        print(f"{name}: {seconds:.0f} s" + (f" of {budget} s" if budget else ""), flush=True)
        if budget and seconds > budget:
            sys.exit(f"{name} took longer than its budget of {budget} s")
    print("left out: " + ", ".join(text for name, text in EXTRA.items() if name not in names))


def lint():
    """Ruff, notebooks included."""
    run("ruff", "check", "--quiet", ".")
    run("ruff", "format", "--check", "--quiet", ".")


def library():
    """What needs neither a browser nor patience."""
    run(
        "pytest",
        "-q",
        "-p",
        "no:nbmake",
        "-n",
        "auto",
        "-m",
        "not slow and not browser and not compilers and not guests",
    )


def notebooks():
    """Every lesson from top to bottom, each in a fresh kernel.

    They run in a copy, so that nothing a lesson writes stays in the tree, and with no network.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(
            ROOT / "notebooks",
            Path(folder, "notebooks"),
            ignore=shutil.ignore_patterns(".*", "*progress*.json"),
        )
        startup = Path(folder, "ipython", "profile_default", "startup")
        startup.mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "no_network.py", startup)
        settings = {"POPCORN_PREDICT": "off", "IPYTHONDIR": str(Path(folder, "ipython"))}
        config = f"--config-file={ROOT / 'pyproject.toml'}"
        run("pytest", "-q", "-n", "auto", PATIENT, "--nbmake", config, str(copy), **settings)


def browser():
    """What a reader sees, in a real browser."""
    run("pytest", "-q", PATIENT, "-m", "browser and not slow", "tests/browser")


def data():
    """Whether the tables of data/isa come out again; it names the packages that it needs."""
    run("pytest", "-q", "-m", "compilers")


def guests():
    """Two real kernels here and now; it names the packages that it needs."""
    run("pytest", "-q", "-m", "guests")


def slow():
    """Long searches; they have no budget."""
    run("pytest", "-q", "-m", "slow and not browser", "--timeout=1800", "--durations=10")


def run(tool, *arguments, **settings):
    """Run a tool of this environment at the root of the project; stop here if it fails."""
    environment = {**os.environ, **settings}
    job = subprocess.run([sys.executable, "-m", tool, *arguments], cwd=ROOT, env=environment)
    if job.returncode:
        sys.exit(job.returncode)


PARTS = {
    function.__name__: function
    for function in (lint, library, notebooks, browser, data, guests, slow)
}

if __name__ == "__main__":
    unknown = sorted(set(sys.argv[1:]) - set(PARTS))
    if unknown or not sys.argv[1:]:
        sys.exit(f"unknown part {unknown}; known: {', '.join(PARTS)}")
    main(sys.argv[1:])
