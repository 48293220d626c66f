"""Plays an emulator and its guest for `test_guests.py`: joins the memory, speaks, falls silent.

The arguments are those of QEMU.  FAKE in the environment says what it does: "silent" never speaks,
"broken" ends at once with a complaint, "polite" answers everything but GO.
"""

import os
import sys
import time

from popcorn_lib.isa.guests.packages import GUESTS
from popcorn_lib.isa.guests.running import FIELD, KINDS, UNAME
from popcorn_lib.isa.guests.window import NOTEBOOK, PARCEL, Window


def main(name, arguments):
    """Be the guest of this name until somebody ends us."""
    if os.environ["FAKE"] == "broken":
        sys.exit("no such machine")
    [path] = [one.rpartition("mem-path=")[2] for one in arguments if "mem-path=" in one]
    window = Window(path, GUESTS[name].number)
    if os.environ["FAKE"] == "polite":
        names = b"".join(field.encode().ljust(FIELD, b"\0") for field in UNAME)
        at = PARCEL * (1 + window.me)
        window.memory[at : at + len(names)] = names
        window.send(NOTEBOOK, (KINDS.index("HERE"),))
    while True:
        answer(window, window.receive(NOTEBOOK))
        time.sleep(0.001)


def answer(window, message):
    """A ping of n messages takes 2000 n nanoseconds, and as many calls take 500 n."""
    if message and KINDS[message[0]] == "PING":
        count = message[1]
        window.send(NOTEBOOK, (message[0], 2000 * count, 0, 500 * count))
    elif message and KINDS[message[0]] == "ARRIVE":
        window.send(NOTEBOOK, (message[0], 77))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
