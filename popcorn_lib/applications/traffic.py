"""Counting the messages of a run without keeping its trace, which takes several times as long.

A kernel's step does not know that it is counted: it is the machine that boots kernels whose every
message is noted on the way in.
"""

from collections import Counter
from functools import partial

from popcorn_lib.machine import Machine

PAGE = "REMOTE_PAGE_RESPONSE"  # the one kind of message that brings a page


class Counting(Machine):
    """The same machine, with a Counter of the messages that its kernels handle.

    counted: {(kind, bytes): how many}, of all runs on it; what comes from outside is no message.
    """

    def __init__(self, machine):
        super().__init__(machine.graph, machine.mechanisms, machine.page_size)
        self.machine, self.counted = machine, Counter()

    def boot(self, **around):
        """Fresh kernels that are watched."""
        kernels = self.machine.boot(**around)
        for kernel in kernels.values():
            kernel.message = partial(self._handle, kernel.message)
        return kernels

    def _handle(self, step, source, message):
        if source in self.kernels:
            self.counted[message.kind, message.bytes] += 1
        return step(source, message)

    @property
    def traffic(self):
        """(messages, pages that they brought, bytes of all of them)."""
        pages = sum(many for (kind, _), many in self.counted.items() if kind == PAGE)
        size = sum(size * many for (_, size), many in self.counted.items())
        return self.counted.total(), pages, size
