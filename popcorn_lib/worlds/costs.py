"""What things cost: constants with sources, in seconds, that only worlds know.

Kernels never see a cost.  The defaults describe kernels on one board; every one that is not called
ours is a published figure from `data/`, and each can be replaced: `Costs(notify="poll")`.  The
constants of published platforms stand in data/costs.csv, with units, ranges and sources:

    Costs.preset("8x4-core-opteron")        the constants of a platform
    Costs.ranges("8x4-core-opteron")        {constant: (low, value, high)}: how sure they are
"""

import math
from dataclasses import dataclass, fields

from popcorn_lib import data
from popcorn_lib.errors import UsageError, choose

UNITS = {"s": float, "s per byte": float, "slots": int, "bytes": int, "share": float, "word": str}
ACCESSES = ("load", "store", "cas", "fetch_add", "load_bytes", "store_bytes")
CYCLE = 1 / 2.5e9  # seconds: the clock on which published cycle counts are read here


@dataclass(frozen=True)
class Costs:
    """Constants of one simulated machine; times in seconds, sizes in bytes.

    Raises UsageError, naming the constant, for a negative or infinite one.
    """

    # A system call that needs nothing: lmbench null_syscall, data/linux_primitives.csv
    call_s: float = 0.23e-6
    # A word or bytes of memory, which needs no system call.  Ours: as much as one, far more than it
    # is, so that a loop that polls a word is short to simulate; platforms say what was published
    access_s: float = 0.23e-6
    # A message handler.  Ours: about four null system calls; no published figure fits all handlers
    handler_s: float = 1e-6
    # One slot of the ring, a cache line moved between two cores of a socket: median of the near
    # pairs of a 2-socket Xeon Gold 6242, data/core_to_core.csv
    chunk_s: float = 48e-9
    # Until a receiver that polls notices: what is left of the 600 cycles of a polled message
    # (data/messaging.csv) after the default link and one slot
    poll_s: float = 50.6e-9
    # Until a receiver that sleeps notices: the worst-case notify path, data/messaging.csv
    interrupt_s: float = 4000 * CYCLE
    notify: str = "interrupt"  # or "poll"
    # Popcorn's ring: 64 slots of one cache line with 60 bytes of payload, 127 chunks at most
    ring_slots: int = 64
    chunk_bytes: int = 60
    max_chunks: int = 127
    # To a host outside the machine, one way.  Ours, of the order of half a round trip in a room
    wire_s: float = 50e-6
    # How long a thread keeps a core while others are ready.  Ours, of the order of Linux's slice
    slice_s: float = 3e-3
    # A core takes up another thread: lmbench ctx_2p_0K, data/linux_primitives.csv
    switch_s: float = 2.6e-6
    # A cache line from another core of the socket, and from another socket: data/core_to_core.csv
    near_s: float = 48e-9
    far_s: float = 141.4e-9
    # How a lock passes to the next in line: the more spin, the longer ("ticket"), or not ("queue")
    lock: str = "ticket"
    # How long a lock is held at least.  Ours, of the order of two cache lines
    hold_s: float = 100e-9
    # To interrupt another core, and to drop its stale translations: data/unmap.csv
    ipi_s: float = 800 * CYCLE
    flush_s: float = 200 * CYCLE
    # A byte copied.  Ours, of the order of one core's memory copy
    copy_s: float = 0.1e-9
    # A page fault; a thread made; a process made: data/linux_primitives.csv
    fault_s: float = 1.2443e-6
    thread_s: float = 14e-6
    process_s: float = 88e-6
    # A signal handler's frame, lmbench signal_handle, data/linux_primitives.csv
    frame_s: float = 1.26e-6
    # A thread's registers packed or unpacked, when it moves.  Ours, as much as a switch
    move_s: float = 2.6e-6
    # A value of a thread's stack rewritten, when it moves to another instruction set: measured with
    # popcorn_lib.isa.moving, in Python, data/moving/costs.csv; 0 where move_s holds it
    rewrite_s: float = 13e-6
    # With a seed other than 0, calls and messages take up to this share longer, at random
    jitter: float = 0.1

    def __post_init__(self):
        choose("notify", self.notify, ("interrupt", "poll"))
        choose("lock", self.lock, ("ticket", "queue"))
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("notify", "lock") and not _is_good(value):
                raise UsageError(f"{field.name} must be 0 or more and finite, not {value!r}")
        for name in ("ring_slots", "chunk_bytes", "max_chunks"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise UsageError(f"{name} must be a whole number of 1 or more, not {value!r}")

    @classmethod
    def preset(cls, name, **changes):
        """The constants of a platform in data/costs.csv; what it does not say is as the default.

        changes: constants that are to be different.  Raises UsageError for an unknown platform,
        and for a row without source, unit or range.
        """
        return cls(**{row["constant"]: row["value"] for row in constants(name)} | changes)

    @classmethod
    def ranges(cls, name="default"):
        """{constant: (low, value, high)} of a platform's numbers, in the unit of the constant."""
        numbers = (row for row in constants(name) if row["unit"] != "word")
        return {row["constant"]: (row["low"], row["value"], row["high"]) for row in numbers}

    @property
    def each(self):
        """What one of everything costs that ends in _s, in nanoseconds: {"switch": 2600.0, ...}."""
        names = (field.name for field in fields(self))
        return {name[:-2]: getattr(self, name) * 1e9 for name in names if name.endswith("_s")}

    @property
    def notice_s(self):
        """From a message's arrival to the moment an idle receiver notices it."""
        return self.notice(self.notify)

    def notice(self, notify):
        """The same for a link that is polled, or whose messages interrupt."""
        return self.poll_s if notify == "poll" else self.interrupt_s


def _is_good(value):
    return isinstance(value, int | float) and 0 <= value < math.inf


def nanoseconds(seconds):
    """Whole nanoseconds, at least one: time inside a world is whole and always moves on."""
    return max(1, round(seconds * 1e9))


# ---- the table of platforms ---------------------------------------------------------------------


def constants(name, rows=None):
    """The checked rows of a platform, those of "default" below; rows: another table."""
    rows = data.rows("costs") if rows is None else rows
    choose("platform", name, sorted({row["platform"] for row in rows}))
    of = {
        one: [_checked(row) for row in rows if row["platform"] == one] for one in ("default", name)
    }
    return list({row["constant"]: row for row in of["default"] + of[name]}.values())


def _checked(row):
    """A row with its numbers as numbers; UsageError names what is missing or wrong."""
    what = f"{row.get('constant')!r} of platform {row.get('platform')!r}"
    choose("constant", row.get("constant"), [field.name for field in fields(Costs)])
    for column in ("source", "unit", "value", "low", "high"):
        if not (row.get(column) or "").strip():
            raise UsageError(f"the constant {what} has no {column}: a cost needs one")
    kind = UNITS[choose(f"unit of {what}", row["unit"], UNITS)]
    row = row | {column: _number(what, kind, row[column]) for column in ("value", "low", "high")}
    if kind is not str and not row["low"] <= row["value"] <= row["high"]:
        raise UsageError(f"the constant {what} has {row['value']!r} outside its range")
    return row


def _number(what, kind, text):
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"the constant {what} has {text!r}, which is no {kind.__name__}") from None
