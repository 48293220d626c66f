"""Serve the lessons with JupyterLab and open the first one; `make lab` calls it.

HEADLESS=1 (or a Linux machine without a display) only serves and prints the address.
PORT=... asks for a port; without it the first free one from 8888 is taken.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

LESSONS = Path(__file__).resolve().parent.parent / "notebooks"
FIRST = "00_start_here.ipynb"


def main():
    """Start the server, say where it is once it answers, and stay until it ends."""
    port, token = choose_port(os.environ.get("PORT")), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter", "lab", str(LESSONS / FIRST)]
    command += [f"--ServerApp.root_dir={LESSONS}", f"--port={port}", "--ServerApp.port_retries=0"]
    command += ["--ServerApp.log_level=WARN", "--LabApp.log_level=WARN"]
    command += ["-y"]  # one Ctrl-C ends it, without a question
    if headless():
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    print("starting JupyterLab", flush=True)
    # Through the environment: an argument could be read by every user of the machine.
    server = subprocess.Popen(command, env={**os.environ, "JUPYTER_TOKEN": token})
    try:
        if answers(server, f"http://localhost:{port}/api"):
            print("The lessons are at the address below; Ctrl-C here stops them.")
            print(f"http://localhost:{port}/lab/tree/{FIRST}?token={token}", flush=True)
        sys.exit(server.wait())
    except KeyboardInterrupt:
        server.wait()


def headless():
    """Whether there is no screen to open a browser on, or the caller wants none."""
    if os.environ.get("HEADLESS", "0") not in ("", "0"):
        return True
    screens = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform.startswith("linux") and not screens


def choose_port(wanted):
    """The port asked for, or the first free one from 8888 on."""
    if wanted and not (wanted.isdecimal() and 0 < int(wanted) < 65536):
        sys.exit(f"PORT={wanted} is no port: a number from 1 to 65535 is.")
    for port in [int(wanted)] if wanted else range(8888, 8988):
        with socket.socket() as probe:
            if os.name != "nt":  # on Windows the option would allow a port that is in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("localhost", port))
                return port
            except OSError as error:
                reason = error
    sys.exit(f"Port {wanted or '8888 to 8987'} cannot be used: {reason}. Try make lab PORT=9999.")


def answers(server, address):
    """Wait until the server answers there; False if it ended before."""
    while server.poll() is None:
        try:
            with urlopen(address):
                return True
        except (URLError, ConnectionError):
            time.sleep(0.2)
    return False


if __name__ == "__main__":
    main()
