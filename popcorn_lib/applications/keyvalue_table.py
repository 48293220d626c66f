"""The table of the key-value server: buckets in memory that all workers share.

The idea.  A key belongs to one bucket, and a bucket is a page: it comes to the kernel that needs it
by the page protocol, and nobody sends anybody else an entry.

Invariant.  Who has a bucket's mutex changes it alone, and its version is odd meanwhile; a version
that is even, and the same before and after a read, says that what was read was there at once.

Sharing.  `get_locked` takes the mutex, which is to write on the page: readers on several kernels
take it from each other.  `get_versioned` only reads, so that each kernel may keep a copy until
somebody writes.

Source.  The version is Linux's seqlock, include/linux/seqlock.h, but who finds it odd sleeps on the
mutex and does not spin.
"""

from typing import NamedTuple
from zlib import crc32

from popcorn_lib.errors import UsageError
from popcorn_lib.sync import mutex_lock, mutex_unlock
from popcorn_lib.syscalls import WORD

SIZE = 4096  # bytes of a bucket
MUTEX, VERSION, LENGTH, ENTRIES = (place * WORD for place in range(4))  # what lies in a bucket


class Full(Exception):
    """A bucket has no room for an entry."""


class Table(NamedTuple):
    """`buckets` buckets of `size` bytes each, from `address` on."""

    address: int
    buckets: int
    size: int

    def bucket(self, key):
        """The address of the bucket that a key belongs to."""
        return self.address + crc32(key) % self.buckets * self.size


def make_table(sys, buckets=16, size=SIZE):
    """Map an empty table.  UsageError: no bucket, or none with room for an entry."""
    if buckets < 1 or size % WORD or size <= ENTRIES:
        raise UsageError(f"a table needs buckets of more than {ENTRIES} bytes, not {buckets, size}")
    return Table((yield sys.mmap(buckets * size)), buckets, size)


def get_locked(sys, table, key):
    """The value of a key, None if it has none; under the bucket's mutex."""
    bucket = table.bucket(key)
    yield from mutex_lock(sys, bucket + MUTEX)
    entries = yield from read(sys, bucket)
    yield from mutex_unlock(sys, bucket + MUTEX)
    return unpacked(entries).get(key)


# DOC: versioned, a reader writes nothing: it reads again if somebody has written
def get_versioned(sys, table, key):
    """The value of a key, None if it has none; without a write."""
    bucket = table.bucket(key)
    while (before := (yield sys.load(bucket + VERSION))) % 2 == 0:
        entries = yield from read(sys, bucket)
        if (yield sys.load(bucket + VERSION)) == before:
            return unpacked(entries).get(key)
    return (yield from get_locked(sys, table, key))  # sleep until it has been written


# DOC: end


# DOC: change, who has the mutex changes the bucket, and its version is odd meanwhile
def change(sys, table, key, value):
    """Set the value of a key, None to delete it; the result is the old one.  Full: no room."""
    bucket = table.bucket(key)
    yield from mutex_lock(sys, bucket + MUTEX)
    entries = unpacked((yield from read(sys, bucket)))
    old = entries.pop(key, None)
    if value is not None:
        entries[key] = value
    data = packed(entries)
    fits = ENTRIES + len(data) <= table.size
    if fits and value != old:
        yield sys.fetch_add(bucket + VERSION, 1)
        yield sys.store(bucket + LENGTH, len(data))
        yield sys.store_bytes(bucket + ENTRIES, data)
        yield sys.fetch_add(bucket + VERSION, 1)
    yield from mutex_unlock(sys, bucket + MUTEX)
    if not fits:
        raise Full(f"no room for key {key!r}")
    return old


# DOC: end


def read(sys, bucket):
    """The bytes of a bucket's entries."""
    length = yield sys.load(bucket + LENGTH)
    return (yield sys.load_bytes(bucket + ENTRIES, length))


def packed(entries):
    """{key: value} as lines."""
    return b"".join(b"%b %b\n" % entry for entry in entries.items())


def unpacked(data):
    """The other way round."""
    return dict(line.split(b" ", 1) for line in data.split(b"\n")[:-1])


def contents(sys, table):
    """All keys and values, sorted: ((key, value), ...)."""
    found = {}
    for number in range(table.buckets):
        found |= unpacked((yield from read(sys, table.address + number * table.size)))
    return tuple(sorted(found.items()))
