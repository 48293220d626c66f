"""The piece of memory that both guests and this process share, and the messages in it.

There is a ring of slots for each ordered pair of guests and notebook.  A slot is one cache line:
seven words of a message, and its number.  Number 0 says that the slot is empty.  The writer puts
the words first and the number last, the reader takes the words first and puts 0 last: no slot has
two writers at a time, and no lock is needed.  All sides poll.  The same in C: `data/guests/ring.h`.
As in Barrelfish's channels between cores (Baumann and others, SOSP 2009) a message is a cache line,
and its reader polls one word of it.

Both processors have small ends, and so must this machine's; that stores are seen in their order is
true of x86-64, on which this was tested.
"""

import mmap
import time
from pathlib import Path

SIZE = 1 << 20  # bytes; the device takes powers of two only
WORDS, SLOTS, PAGE = 7, 64, 4096
MEMBERS = 3  # two guests, 0 and 1, and the notebook
NOTEBOOK = 2
PAUSE = 0.0005  # seconds between two looks; the guests need the processors
PARCEL = 0x40000  # bytes of each guest's place for what is too large for a message


class Window:
    """The shared memory as one member sees it.

    path: the file that is the memory; it is made here, all zeros, if it is not there.
    me: the member's number, for us the notebook's.
    """

    def __init__(self, path, me=NOTEBOOK):
        if not Path(path).exists():
            Path(path).write_bytes(bytes(SIZE))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), SIZE)
        self.words, self.me = memoryview(self.memory).cast("Q"), me
        self.sent, self.taken = [0] * MEMBERS, [0] * MEMBERS

    def send(self, to, message):
        """Put a message of seven words into the ring to a member; False if the ring is full."""
        at = _slot(self.me, to, self.sent[to])
        if self.words[at]:
            return False
        for place, word in enumerate(message, start=at + 1):
            self.words[place] = word
        self.sent[to] += 1
        self.words[at] = self.sent[to]
        return True

    def receive(self, source):
        """The seven words of the next message from a member; None if there is none yet."""
        at = _slot(source, self.me, self.taken[source])
        if self.words[at] != self.taken[source] + 1:
            return None
        message = tuple(self.words[at + 1 : at + 1 + WORDS])
        self.words[at] = 0
        self.taken[source] += 1
        return message

    def wait(self, sources, seconds, alive):
        """(source, message) of the first of these members that says something; None if none does.

        It waits so many seconds at most, and no longer than `alive(source)` is true for each.
        """
        until = time.monotonic() + seconds
        while True:
            for source in sources:
                if (message := self.receive(source)) is not None:
                    return source, message
            if time.monotonic() > until or not all(map(alive, sources)):
                return None
            time.sleep(PAUSE)

    def read_parcel(self, guest, size):
        """Bytes from the start of a guest's parcel."""
        at = PARCEL * (1 + guest)
        return self.memory[at : at + size]

    def write_parcel(self, guest, data):
        """Put bytes at the start of a guest's parcel."""
        at = PARCEL * (1 + guest)
        self.memory[at : at + len(data)] = data

    def close(self):
        """Let the memory go; a second time does nothing."""
        self.words.release()
        self.memory.close()


def _slot(source, target, number):
    """The index of the first word of a slot."""
    return (PAGE * (MEMBERS * source + target)) // 8 + number % SLOTS * (1 + WORDS)
