"""What two real kernels have done: seen now, or recorded on another machine.

    seen = watch()                  boots both guests, some seconds; see `packages.missing`
    seen = recorded()               the same, as it was recorded in data/guests/transcript.json

Times in it are of emulated processors on one machine: orders and counts carry over, seconds do not.
"""

import json
from dataclasses import dataclass
from itertools import permutations
from statistics import median

from popcorn_lib.data import FOLDER
from popcorn_lib.isa.guests.journey import Journey
from popcorn_lib.isa.guests.packages import GUESTS
from popcorn_lib.isa.guests.ping import Ping
from popcorn_lib.isa.guests.running import boot
from popcorn_lib.isa.moving.move import move
from popcorn_lib.isa.moving.state import from_plain as thread

HERE = FOLDER / "guests"
START = "x86-64"
STOPS = ((5, "AArch64"), (26, "x86-64"), (1, "AArch64"), (40, "x86-64"), (60, "AArch64"))
# One rule or value of each kind of failure, forgotten on the way there and back.
FORGOTTEN = ("return addresses", "pointers into the stack", "globals", "go_on.half")
AT = 30  # migration points before such a move
# Beginnings of the lines of a console that are kept.
TOLD = ("Linux version", "Machine model", "DMI:", "CPU features: kernel page", "Run /init")


@dataclass
class Transcript:
    """All that a lesson shows of two guests.

    names: {guest: {field of `uname`: text}}.  boots: [{guest: seconds until its first message}],
    one for each time that both were started together.  console: {guest: lines of its kernel}.
    pings: {guest that asked: Ping}.  journey: a Journey through both.  failures: dicts with rule,
    source, target, outcome, said: the same with something forgotten.
    """

    names: dict
    boots: list
    console: dict
    pings: dict
    journey: Journey
    failures: list

    @property
    def boot_s(self):
        """{guest: seconds until its first message}, the median of the boots."""
        return {name: median(one[name] for one in self.boots) for name in self.names}

    def plain(self):
        """As JSON's types; `from_plain` is the way back."""
        told = {name: getattr(self, name) for name in ("names", "boots", "console", "failures")}
        pings = {name: one._asdict() for name, one in self.pings.items()}
        made = vars(self.journey) | {
            "moves": [one.before.plain() for one in self.journey.moves],
            "arrivals": [one.plain() for one in self.journey.arrivals],
        }
        return told | {"pings": pings, "journey": made}


def watch(timeout=60):
    """Boot two guests, let them talk, and send a thread to and fro: a Transcript.

    timeout: seconds until both must be there.  Errors are those of `running.boot`.
    """
    with boot(timeout) as guests:
        return Transcript(
            {name: guests.names[name] for name in GUESTS},
            [{name: guests.boot_s[name] for name in GUESTS}],
            {name: _told(guests.console(name)) for name in GUESTS},
            {name: guests.ping(start=name) for name in GUESTS},
            guests.tour(START, STOPS),
            [_failure(guests, rule, *pair) for rule in FORGOTTEN for pair in permutations(GUESTS)],
        )


def _failure(guests, rule, source, target):
    end = guests.tour(source, [(AT, target), (AT, source)], rule)
    names = ("rule", "source", "target", "outcome", "said")
    return dict(zip(names, (rule, source, target, end.outcome, end.said), strict=True))


def _told(console):
    """Lines of a console without the seconds before them."""
    lines = [line.partition("] ")[2].strip() for line in console.splitlines()]
    return [line for line in lines if line.startswith(TOLD)]


def record():
    """The content of data/guests/transcript.json."""
    return json.loads((HERE / "transcript.json").read_text(encoding="utf-8"))


def recorded():
    """The Transcript in `data/`.

    Its moves are really made here, from the thread as it was before each; what the kernels did is
    recorded, so also the thread as it was in the other kernel afterwards.
    """
    return from_plain(record())


def from_plain(plain):
    """The Transcript that `Transcript.plain` has told."""
    told = dict(plain["journey"])
    befores, arrivals = told.pop("moves"), [thread(one) for one in told.pop("arrivals")]
    for name in ("stops", "processes"):
        told[name] = [tuple(pair) for pair in told[name]]
    moves = [
        move(thread(one), target) for one, (_, target) in zip(befores, told["stops"], strict=True)
    ]
    return Transcript(
        *(plain[name] for name in ("names", "boots", "console")),
        {name: Ping(**one) for name, one in plain["pings"].items()},
        Journey(**told, moves=moves, arrivals=arrivals),
        plain["failures"],
    )
