"""Two real kernels, and the thread of `moving` that goes from one to the other.

Two stock kernels of Debian, for x86-64 and for AArch64, run on processors that QEMU emulates, and
share a piece of memory.  Through it they send each other messages, and this process sends them a
thread: a process of one Linux becomes a process of the other in the middle of its recursion.

    missing()                       what Debian packages this needs and cannot find
    recorded()                      what happened on another machine; needs nothing
    watch()                         the same here and now
    with boot() as guests:          and step by step
        guests.ping(1000)
        guests.tour("x86-64", [(30, "AArch64"), (40, "x86-64")])

Real are the kernels, which are not modified, their processes, their signals and the messages.  Not
real is the time, since processors are emulated; and there is no single system image: neither kernel
knows of the other, the whole thread is copied at once, and what rewrites it is this library.
"""

from popcorn_lib.isa.guests.journey import Journey
from popcorn_lib.isa.guests.packages import GUESTS, cache, missing
from popcorn_lib.isa.guests.ping import Ping
from popcorn_lib.isa.guests.running import GuestError, Guests, boot
from popcorn_lib.isa.guests.transcript import Transcript, recorded, watch

__all__ = [
    "GUESTS",
    "GuestError",
    "Guests",
    "Journey",
    "Ping",
    "Transcript",
    "boot",
    "cache",
    "missing",
    "recorded",
    "watch",
]
