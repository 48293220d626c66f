"""Calls about memory: areas, words, bytes."""

from mmap import MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE

from popcorn_lib.errors import UsageError
from popcorn_lib.syscalls.request import Call, whole, word


class MemoryCalls:
    """The address space of a process."""

    def mmap(
        self, length, prot=PROT_READ | PROT_WRITE, flags=MAP_PRIVATE | MAP_ANONYMOUS, addr=None
    ):
        """Map `length` bytes of zeros; the result is their address.

        prot: PROT_READ and so on of Python's `mmap`, PROT_NONE is 0.  flags: MAP_PRIVATE or
        MAP_SHARED (a forked child sees the same bytes), with MAP_ANONYMOUS; MAP_FIXED takes the
        place of what is there, MAP_FIXED_NOREPLACE does not.  addr: a wish, or with these a must.
        EINVAL: a length of 0, neither or both of private and shared, a crooked fixed address.
        ENOMEM: no room.  EBADF: not anonymous; there are no files.  EPERM: below the first 64 KiB.
        EEXIST: MAP_FIXED_NOREPLACE, and something is there.
        """
        length, prot, flags = (
            whole("mmap", what, value)
            for what, value in (("length", length), ("prot", prot), ("flags", flags))
        )
        address = 0 if addr is None else whole("mmap", "addr", addr)
        return Call("mmap", (length, prot, flags, address))

    def munmap(self, addr, length):
        """Unmap whole pages; other threads' next touch there is SIGSEGV once this has returned.

        EINVAL: a crooked address, a length of 0, or beyond the address space.
        """
        return Call("munmap", (whole("munmap", "addr", addr), whole("munmap", "length", length)))

    def mprotect(self, addr, length, prot):
        """Change what may be done with whole pages, for all threads once this has returned.

        EINVAL: a crooked address or an unknown right.  ENOMEM: not all of it is mapped; what lies
        before the first hole has been changed, as in Linux.
        """
        pairs = (("addr", addr), ("length", length), ("prot", prot))
        return Call("mprotect", tuple(whole("mprotect", what, value) for what, value in pairs))

    def load(self, addr):
        """The word at `addr`: unsigned, 64 bits.  Unmapped is SIGSEGV, misaligned SIGBUS."""
        return Call("load", (whole("load", "addr", addr),))

    def store(self, addr, value):
        """Write one word; a negative value wraps."""
        return Call("store", (whole("store", "addr", addr), word("store", value)))

    def cas(self, addr, expected, new):
        """Write `new` if the word is `expected`, in one step; the result is the old word."""
        operands = (word("cas", expected), word("cas", new))
        return Call("cas", (whole("cas", "addr", addr), *operands))

    def fetch_add(self, addr, n):
        """Add `n` to the word in one step; the result is the old word."""
        return Call("fetch_add", (whole("fetch_add", "addr", addr), word("fetch_add", n)))

    def load_bytes(self, addr, n):
        """`n` bytes from any address, page by page: other threads may come between two pages."""
        count = whole("load_bytes", "n", n)
        if count < 0:
            raise UsageError(f"load_bytes needs 0 bytes or more, not {n!r}")
        return Call("load_bytes", (whole("load_bytes", "addr", addr), count))

    def store_bytes(self, addr, data):
        """Write bytes to any address, page by page."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise UsageError(f"store_bytes needs bytes, not {data!r}")
        return Call("store_bytes", (whole("store_bytes", "addr", addr), bytes(data)))
