"""Messages: a burst of letters through the ring of slots of the receiving kernel."""

from typing import NamedTuple

from popcorn_lib.draw import steps
from popcorn_lib.draw.notice import notice
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import VIEWS
from popcorn_lib.mechanism import Mechanism
from popcorn_lib.messages import message
from popcorn_lib.syscalls import Call
from popcorn_lib.worlds.costs import Costs

SIZES = {"a letter of 64 bytes": 64, "a page of 4,096 bytes": 4096}
OWN = {"letters": [1, 2, 8, 32, 64, 100], "each": list(SIZES)}
RING = {"notify": ["interrupt", "poll"], "ring_slots": [64, 16, 4]}
TWIN = {
    "letters": [1, 8, 32, 100],
    "notify": ["interrupt", "poll"],
    "view": ["ring", "step by step"],
}


@message("post", size=lambda letter: letter.size)
class LETTER(NamedTuple):
    """A letter to another kernel."""

    number: int
    size: int


class Post(Mechanism):
    """Letters between kernels that nobody answers."""

    name = "post"

    def sys_post(self, tid, to, count, size):
        for number in range(count):
            self.kernel.send(to, LETTER(number, size))
        self.kernel.resume(tid, None)

    def on_letter(self, source, letter):
        """It has arrived; there is nothing to do."""


def burst(sys, letters, each, kernels):
    """Send letters to the last kernel, all at once."""
    yield Call("post", (f"k{kernels - 1}", letters, SIZES[each]))
    return letters


class Messages(Simulated):
    """An explorer of the ring: notices and slots are settings, too."""

    def machine(self, **settings):
        return super().machine(**settings).with_mechanism(Post)

    def costs(self, chosen):
        return Costs(notify=chosen["notify"], ring_slots=chosen["ring_slots"])


def ring(outcome):
    """The slots in use at the receiver over time."""
    if outcome.run is None:
        return notice(outcome.title, outcome.detail)
    rows, receiver = outcome.run.rings, outcome.machine.kernels[-1]
    rows = rows[rows.kernel == receiver]
    points = list(zip(rows.time_s * 1e6, rows.used, strict=True)) or [(0, 0)]
    full = outcome.settings["ring_slots"], "the ring is full"
    return steps(points, "time in µs", f"slots of {receiver} in use", outcome.title, full)


def messages(program=burst, **settings):
    """Explore the ring of a kernel; arguments, result and errors as for `memory`.

    A program may use `Call("post", (kernel, how many, bytes of each))`.  settings: letters, each,
    notify, ring_slots, kernels, topology, latency_us, fault, seed, view.
    """
    views = {"ring": ring, **VIEWS}
    return Messages(program, OWN, {"ring": {}}, views, TWIN, settings, choices=RING)
