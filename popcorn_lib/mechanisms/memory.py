"""Memory, first form: the words of a process live on its home kernel.

The idea.  A process has one address space, on its home kernel.  A thread that runs elsewhere sends
each touch of a word to home and gets the answer back: two messages, never a stale word.  Lesson 04
replaces this by pages that move to where they are used.

Invariant.  A word that is kept is not zero and lies in an area of its process.

Source.  The simplest consistent design, delegation to the origin, as Popcorn's third generation
does it for futexes and system calls (kernel/popcorn/process_server.c, 2017).
"""

import errno
import signal

from popcorn_lib.kernel import Mechanism, short
from popcorn_lib.messages import VMA_OP_REQUEST, VMA_OP_RESPONSE, WORD_REQUEST, WORD_RESPONSE
from popcorn_lib.syscalls import MASK, WORD

FIRST, LIMIT = 0x10000, 1 << 47  # where areas may lie


def words_lie_in_areas(kernels):
    """Every word that is kept is not zero and lies in an area of its process."""
    for name, memory in kernels.items():
        for pid, words in memory.words.items():
            for address, value in words.items():
                if not value or not memory.mapped(pid, address):
                    return f"{name} keeps {value} at {address:#x} of process {pid}"
    return None


class Memory(Mechanism):
    name = "memory"
    state = {"areas": dict, "words": dict, "waiting": dict}
    # areas: pid -> {start: length}; words: pid -> {address: value}; waiting: tid -> operation
    invariants = (words_lie_in_areas,)

    # ---- areas ----------------------------------------------------------------------------------

    def sys_mmap(self, tid, length):
        pid, home = self.kernel["threads"].process_of(tid)
        self.waiting[tid] = "mmap"
        self.kernel.send(home, VMA_OP_REQUEST(tid, pid, length))

    def on_vma_op_request(self, source, message):
        length = -(-message.length // self.kernel.boot.page_size) * self.kernel.boot.page_size
        areas = self.areas.setdefault(message.pid, {})
        address = _first_gap(areas, length)
        if length <= 0:
            answer = (0, errno.EINVAL)
        elif address + length > LIMIT:
            answer = (0, errno.ENOMEM)
        else:
            areas[address] = length
            answer = (address, 0)
        if not areas:
            del self.areas[message.pid]
        self.kernel.send(source, VMA_OP_RESPONSE(message.tid, *answer))

    def on_vma_op_response(self, source, message):
        del self.waiting[message.tid]
        if message.errno:
            self.kernel.fail(message.tid, message.errno)
        else:
            self.kernel.resume(message.tid, message.address)

    # ---- words ----------------------------------------------------------------------------------

    def sys_load(self, tid, address):
        self._touch(tid, "load", address)

    def sys_store(self, tid, address, value):
        self._touch(tid, "store", address, value)

    def sys_cas(self, tid, address, expected, new):
        self._touch(tid, "cas", address, expected, new)

    def sys_fetch_add(self, tid, address, n):
        self._touch(tid, "fetch_add", address, n)

    def _touch(self, tid, operation, address, *operands):
        # DOC: word 1, the thread's kernel asks home
        pid, home = self.kernel["threads"].process_of(tid)
        self.waiting[tid] = operation
        self.kernel.send(home, WORD_REQUEST(tid, pid, operation, address, operands))
        # DOC: end

    def on_word_request(self, source, message):
        # DOC: word 2, home looks at the word and changes it
        tid, pid, operation, address, operands = message
        if address % WORD:
            answer = (0, signal.SIGBUS)
        elif not self.mapped(pid, address):
            answer = (0, signal.SIGSEGV)
        else:
            answer = (self._apply(pid, operation, address, operands), 0)
        self.kernel.send(source, WORD_RESPONSE(tid, *map(int, answer)))
        # DOC: end

    def _apply(self, pid, operation, address, operands):
        """Do one operation on one word in one step; returns the old word."""
        words = self.words.setdefault(pid, {})
        old = words.get(address, 0)
        new = _after(operation, old, operands)
        if new:
            words[address] = new
        else:
            words.pop(address, None)
        if not words:
            del self.words[pid]
        return old

    def on_word_response(self, source, message):
        # DOC: word 3, the thread goes on
        operation = self.waiting.pop(message.tid)
        if message.signal:
            self.kernel["threads"].fatal(message.tid, message.signal)
        else:
            self.kernel.resume(message.tid, None if operation == "store" else message.value)
        # DOC: end

    # ---- around ---------------------------------------------------------------------------------

    def mapped(self, pid, address):
        """Whether the word at `address` lies in an area of the process."""
        areas = self.areas.get(pid, {})
        return any(start <= address < start + length for start, length in areas.items())

    def interrupt(self, tid):
        """The answer comes soon by itself: nothing to do but to wait for it."""
        return tid in self.waiting

    def exited(self, pid):
        self.areas.pop(pid, None)
        self.words.pop(pid, None)

    def describe(self):
        areas = [
            f"area {start:#x} of {short(pid)}: {length} bytes"
            for pid, mine in self.areas.items()
            for start, length in sorted(mine.items())
        ]
        words = [
            f"word {address:#x} of {short(pid)} = {value}"
            for pid, mine in self.words.items()
            for address, value in sorted(mine.items())
        ]
        waits = [f"{short(tid)} waits for {what}" for tid, what in self.waiting.items()]
        return areas + words + waits


def _first_gap(areas, length):
    """The lowest address at which `length` bytes are free."""
    address = FIRST
    for start, size in sorted(areas.items()):
        if start - address >= length:
            break
        address = start + size
    return address


def _after(operation, old, operands):
    """The word after an operation."""
    if operation == "store":
        return operands[0]
    if operation == "fetch_add":
        return old + operands[0] & MASK
    if operation == "cas":
        return operands[1] if old == operands[0] else old
    return old
