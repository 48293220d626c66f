"""Arrays of numbers in a program's memory.

What a thread reads comes page by page from whichever kernel has it, and what it writes takes the
page away from all others: numbers move as any other bytes do.  Between two pages of one array
other threads may come, so a program that shares one needs a barrier, as it would on Linux.
"""

from typing import NamedTuple

import numpy

from popcorn_lib.errors import UsageError

PART = 1 << 16  # bytes that one call moves


class Array(NamedTuple):
    """`length` numbers of one NumPy type from `address` on."""

    address: int
    length: int
    dtype: str

    def get(self, sys, start=0, stop=None):
        """A copy of the numbers from start to stop, as a NumPy array."""
        stop = self.length if stop is None else stop
        parts = []
        for begin, end in self._parts(start, stop):
            parts.append((yield sys.load_bytes(begin, end - begin)))
        return numpy.frombuffer(bytearray().join(parts), self.dtype)

    def put(self, sys, values, start=0):
        """Write numbers from place `start` on."""
        values = numpy.ascontiguousarray(values, self.dtype).ravel()
        data, place = memoryview(values.tobytes()), 0
        for begin, end in self._parts(start, start + len(values)):
            yield sys.store_bytes(begin, data[place : place + end - begin])
            place += end - begin

    def _parts(self, start, stop):
        """[(begin, end)] of addresses; short, as for every page a call copies what is left."""
        if not 0 <= start <= stop <= self.length:
            raise UsageError(f"numbers {start} to {stop} of an array that has {self.length}")
        size = numpy.dtype(self.dtype).itemsize
        first, last = self.address + start * size, self.address + stop * size
        return [(begin, min(begin + PART, last)) for begin in range(first, last, PART)]


def array(sys, length, dtype="f8"):
    """Map an array of zeros that begins on a page of its own."""
    address = yield sys.mmap(max(1, length) * numpy.dtype(dtype).itemsize)
    return Array(address, length, dtype)
