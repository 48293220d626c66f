"""Letters: programs that know their kernels send each other messages themselves.

The idea.  What a thread says to another need not go through memory that kernels keep equal.  It
posts a letter to a kernel by name, under a tag, and whoever collects that tag there gets it: one
message, where a futex takes several.  The price is the single system image: a program that uses
letters names kernels, must be written for them, and computes something else, or nothing, on one.

Barrier and lock here keep their state in one thread's hands: nobody shares a word.

Invariant.  Every letter is collected once, and those of one sender under one tag in order.

Source.  Barrelfish's user-level messages (Baumann et al., SOSP 2009), with the kernel in between.
"""

from typing import NamedTuple

from popcorn_lib.errors import choose
from popcorn_lib.kernel import FINAL
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.messages import message
from popcorn_lib.syscalls import Call, Failure

EINTR = 4


@message("letters")
class LETTER(NamedTuple):
    """A word for whoever collects the tag on this kernel."""

    tag: object
    value: object


class Letters(Mechanism):
    """A mechanism more: `machine.with_mechanism(Letters)`."""

    name = "letters"
    state = {"boxes": dict, "waiting": dict}
    # boxes: tag -> values that nobody has collected; waiting: tag -> tids, first come first served

    def sys_post(self, tid, to, tag, value):
        # DOC: letter 1, one message, to a kernel by its name
        self.kernel.send(choose("kernel", to, self.kernel.boot.kernels), LETTER(tag, value))
        self.kernel.resume(tid, 0)
        # DOC: end

    def sys_collect(self, tid, tag):
        box = self.boxes.get(tag)
        if not box:
            self.waiting.setdefault(tag, []).append(tid)
            return
        self.kernel.resume(tid, box.pop(0))
        if not box:
            del self.boxes[tag]

    def on_letter(self, source, letter):
        # DOC: letter 2, it is handed to who waits, or kept
        tids = self.waiting.get(letter.tag)
        if not tids:
            self.boxes.setdefault(letter.tag, []).append(letter.value)
            return
        self.kernel.resume(tids.pop(0), letter.value)
        if not tids:
            del self.waiting[letter.tag]
        # DOC: end

    def interrupt(self, tid):
        """A signal ends the wait."""
        for tag, tids in list(self.waiting.items()):
            if tid in tids:
                tids.remove(tid)
                if not tids:
                    del self.waiting[tag]
                self.kernel.resume(tid, Failure(EINTR))
                return FINAL
        return False


# ---- for programs --------------------------------------------------------------------------------


def post(to, tag, value=0):
    """Send a letter to kernel `to`; yield it.  UsageError: there is no such kernel."""
    return Call("post", (to, tag, value))


def collect(tag):
    """Get a letter with this tag on the kernel where one runs, or wait for it; yield it."""
    return Call("collect", (tag,))


def letter_barrier(sys, places, me):
    """Wait until a thread on each of these kernels has come; the first of them counts.

    places: the kernels, one thread on each.  me: the caller's own.  To be called with `yield from`.
    """
    first, *others = places
    if me != first:
        yield post(first, "come")
        yield collect("go")
        return
    for _ in others:
        yield collect("come")
    for name in others:
        yield post(name, "go")


def letter_locksmith(sys, turns):
    """The thread that keeps the lock: it gives the key away, and waits until it comes back."""
    for _ in range(turns):
        kernel = yield collect("want")
        yield post(kernel, "key")
        yield collect("back")


def letter_lock(sys, keeper, me):
    """Ask the locksmith on kernel `keeper` for the key.  me: the caller's own kernel."""
    yield post(keeper, "want", me)
    yield collect("key")


def letter_unlock(sys, keeper):
    """Give the key back."""
    yield post(keeper, "back")
