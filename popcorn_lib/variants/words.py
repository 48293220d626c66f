"""Words at home: the simplest memory for many kernels, and the first that lessons show.

The idea.  No page ever moves to a thread.  Each touch of memory is sent to the process's home
kernel, which does it and answers: two messages, never a stale word.

Source.  Delegation to the origin, as Popcorn's third generation does it for futexes and system
calls (kernel/popcorn/process_server.c, 2017); for words it is ours.
"""

from typing import NamedTuple

from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.mechanisms.memory.tables import Access
from popcorn_lib.messages import LINE, message


@message("memory", size=lambda request: LINE + request.bulk)
class WORD_REQUEST(NamedTuple):
    """To home: do this to memory for thread `tid`."""

    tid: int
    pid: int
    operation: str
    address: int
    operands: tuple
    bulk: int = 0  # bytes that go along


@message("memory", size=lambda answer: LINE + answer.bulk)
class WORD_RESPONSE(NamedTuple):
    """From home: what the operation gives; `refused` if the address does not allow it."""

    tid: int
    value: object
    refused: bool = False
    bulk: int = 0


class WordsAtHome(Memory):
    """Memory that is touched at home only; areas and fork are as in `Memory`.

    Bulk bytes must fit into one message (7 KiB on the default ring).
    """

    state = Memory.state | {"asked": dict, "askers": dict}
    # asked: tid -> its operation; askers: home: tid -> the kernel that waits for the answer

    def want(self, tid, operation, address, *operands):
        if operation == "futex":  # it asks for a place, not for the content
            return super().want(tid, operation, address, *operands)
        # DOC: word 1, the thread's kernel asks home
        pid, home = self.kernel["threads"].process_of(tid)
        self.asked[tid] = operation
        bulk = len(operands[0]) if operation == "store_bytes" else 0
        self.kernel.send(home, WORD_REQUEST(tid, pid, operation, address, operands, bulk))
        # DOC: end

    def on_word_request(self, source, message):
        # DOC: word 2, home looks at the word and changes it
        self.askers[message.tid] = source
        operation, address, operands = message[2:5]
        self.waiting[message.tid] = Access(operation, address, operands, message.pid)
        self.attempt(message.tid)
        # DOC: end

    def done(self, tid, result):
        # DOC: word 2b, home answers
        del self.waiting[tid]
        bulk = len(result) if isinstance(result, bytes) else 0
        self.kernel.send(self.askers.pop(tid), WORD_RESPONSE(tid, result, False, bulk))
        # DOC: end

    def on_word_response(self, source, message):
        # DOC: word 3, the thread goes on
        del self.asked[message.tid]
        if message.refused:
            self.denied(message.tid, 0)
        else:
            self.kernel.resume(message.tid, message.value)
        # DOC: end

    def refuse(self, tid):
        if tid not in self.askers:
            return super().refuse(tid)
        del self.waiting[tid]
        self.kernel.send(self.askers.pop(tid), WORD_RESPONSE(tid, None, refused=True))

    def interrupt(self, tid):
        return tid in self.asked or super().interrupt(tid)
