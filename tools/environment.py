"""Make .venv with the locked packages and this project in it; make calls it after a change.

It runs on whatever Python the machine has, so nothing here is newer than Python 3.6.
"""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)


def main():
    """Each step says what it does, and the last one leaves the stamp that make looks at."""
    check_python()
    if not healthy():
        print(f"making .venv with Python {sys.version.split()[0]}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    print("installing the packages of requirements.lock (a minute the first time)", flush=True)
    # The lock is complete, so pip need not look for more; Python compiles what it runs.
    pip("--no-deps", "--no-compile", "--require-hashes", "-r", "requirements.lock")
    print("installing popcorn_lib itself, to be edited in place", flush=True)
    pip("--no-deps", "--no-build-isolation", "-e", ".")
    (VENV / "ready").touch()
    print("ready", flush=True)


def check_python():
    """Stop with what to do where this Python cannot make the environment."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"{sys.executable} is Python {sys.version.split()[0]}; "
            "the lessons need Python 3.11 or newer.\n"
            "Install one (Debian: apt install python3 python3-venv; macOS: brew install python)\n"
            "or name one that is there: make lab PYTHON=/path/to/python3"
        )
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        sys.exit(
            "This Python cannot make virtual environments: its venv or ensurepip is missing.\n"
            "Debian and Ubuntu keep them in a package of their own: apt install python3-venv"
        )


def healthy():
    """Whether .venv holds a Python that still runs, is new enough and has pip."""
    code = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([str(PYTHON), "-c", code], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def pip(*arguments):
    """Run pip install; count packages aloud while it works, and show its words only if it fails."""
    job = subprocess.Popen(
        [str(PYTHON), "-m", "pip", "install", "--no-input", "--progress-bar", "off", *arguments],
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    said, found, spoke = [], 0, time.time()
    for line in job.stdout:
        said.append(line)
        found += line.startswith(("Collecting ", "Processing "))
        if found and line.startswith("Installing collected"):
            print(f"  unpacking {found} packages", flush=True)
            found = 0
        elif found and time.time() - spoke > 5:
            print(f"  {found} packages so far", flush=True)
            spoke = time.time()
    if job.wait():
        sys.exit("".join(said[-30:]) + "pip stopped here; the next call goes on from where it was.")


if __name__ == "__main__":
    main()
