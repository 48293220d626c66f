"""The claims, one row each: which of our functions speaks about what was published.

What was published stands in data/behaviours.csv, with its source.  A row is held out if none of the
constants of its platform was taken from what it says.  That column was filled in before the rows
were run.  Calibration rows show that a constant does what it should.
"""

from typing import NamedTuple

from popcorn_lib import data
from popcorn_lib.claims import ours, spaces
from popcorn_lib.claims.ours import BOARDS, COHERENT, INFINIBAND, OPTERON, PHI, XEON


class Claim(NamedTuple):
    """One published figure or direction, in a unit, and how to get ours."""

    id: str
    says: str
    published: object  # a number; None if only a direction is known
    unit: str  # "times": a ratio, 1 is neutral; else an amount
    source: str
    function: object
    args: tuple
    platform: str
    held_out: bool
    why: str  # where ours may differ, and why
    above: object = None  # the direction of a row without a number: is ours above this?


PUBLISHED = {row["id"]: row for row in data.rows("behaviours")}


def claim(id, function, args, platform, why="", held_out=True):
    """The Claim with what data/behaviours.csv says of it."""
    row = PUBLISHED[id]
    value = float(row["value"]) if row["value"] else None
    said = id, row["claim"], value, row["unit"], row["source"]
    above, why = (None, why) if row["value"] else (1, why or row["confidence"])
    return Claim(*said, function, args, platform, held_out, why, above)


MEASURED = (
    claim("B1", ours.wake_by_messages, (), XEON),
    claim("B1b", ours.line_from, (1,), XEON),
    claim("B1c", ours.line_from, (2,), XEON),
    claim("B1d", ours.message_cycles, (OPTERON,), OPTERON, held_out=False),
    claim("B1e", ours.message_cycles, ("default", "interrupt"), "default", held_out=False),
    claim(
        "B2a", ours.mutex_collapse, (OPTERON, 64, 8, 8), OPTERON,
        "here who waits sleeps at once, so that few contend for the lock's line; real threads "
        "spin, are moved and wake on cold cores; how much it works outside the lock is ours",
    ),
    claim("B2d", ours.mutex_collapse, (OPTERON, 48, 6, 8), OPTERON, "as B2a"),
    claim("B2e", ours.mutex_collapse, (XEON, 48, 12, 4), XEON, "as B2a"),
    claim("B2b", ours.shared_counter, (32, 2), XEON),
    claim("B2c", ours.shared_counter, (144, 4), XEON),
    claim(
        "B3a", spaces.faults_without_lock, (24, 2), XEON,
        "here readers of the lock pay one cache line; Linux's also wait behind its writers",
    ),
    claim(
        "B3h", spaces.faults_without_lock, (1024, 16, 2), XEON,
        "threads do nothing but fault here, so that the lock's line is all that counts; ebizzy "
        "also searches what it maps",
    ),
    claim(
        "B3b", spaces.unmap_without_interrupts, (), XEON,
        "an unmap's other work is hardly priced here, so that less is left without interrupts",
    ),
    claim(
        "B3c", spaces.unmap_cycles, ("one", 2), OPTERON,
        "an unmap's own work is hardly priced here: about 3,000 cycles are missing",
    ),
    claim("B3d", spaces.unmap_cycles, ("one", 32), OPTERON),
    claim(
        "B3e", spaces.unmap_cycles, ("many", 2), OPTERON,
        "5,200 of these cycles are the switch back to the thread that waited, a constant of "
        "another machine, where Barrelfish polls",
    ),
    claim("B3f", spaces.unmap_cycles, ("many", 32), OPTERON, "as B3e"),
    claim("B3g", spaces.unmap_crossing, (), OPTERON),
    claim("B3i", spaces.growth_of_storm, ("mmap storm",), OPTERON),
    claim(
        "B3j", spaces.growth_of_storm, ("fork storm",), OPTERON,
        "no lock here is one that forks of several processes meet in, and making a process is "
        "nearly all that they cost",
    ),
    claim(
        "B4a", ours.server_of_updates, (), OPTERON,
        "see B4b: the eight lines are not as dear here; and the server's calls are system calls",
    ),
    claim(
        "B4b", ours.stall_of_updates, (), OPTERON,
        "lines come one after the other, but the links between sockets never fill up here",
    ),
    claim("B4c", ours.update_cycles, (1, 1), OPTERON, held_out=False),
    claim("B5a", ours.words_written_by_two, (), XEON),
    claim(
        "B5b", ours.break_even_us, (), INFINIBAND,
        "96 threads fetch from one kernel, whose link and handler take one page after the other; a "
        "fetch alone is 11 us",
    ),
    claim(
        "B6", ours.coarse_sharing, (), INFINIBAND,
        "the 50 ms of work between two barriers are ours; the coarser, the nearer to 8",
    ),
    claim("C1", ours.migration_us, (PHI,), PHI, held_out=False),
    claim("C2", ours.fetch_us, (PHI,), PHI, held_out=False),
    claim("C3", ours.migration_ms, (BOARDS,), BOARDS, held_out=False),
    claim(
        "H19", ours.lost_at_interval, (), PHI,
        "other processors: theirs also run translated code for a while after each move",
    ),
    claim(
        "H11", ours.fused_kernel, (), COHERENT,
        "ours is the worst of three micro-benchmarks, theirs the worst of whole programs",
    ),
    claim(
        "B11", ours.interrupts_for_polling, (), "default",
        "ours wakes the thread that has asked in both cases, theirs only in one",
    ),
    claim(
        "H36", ours.fetched_for_visited, (), INFINIBAND,
        "theirs is against swapping over a network; how much is read, 1,024 pages, is ours",
    ),
)  # fmt: skip
SAME = {"H31": "B3b", "H35-Jacobi": "B6"}  # headline claims under another name above
LOAD, NO_WATTS, COMPILER, IDLE, SHARING, CACHE = (
    "placement under changing load is not built",
    "watts of those cores are not known, so that energy is not to be had",
    "what a compiler adds for a common stack layout is not modelled",
    "idle states of cores in a phone are not modelled",
    "its sharing is not described in what was at hand",
    "a cache of remote memory is not modelled",
)
OUTSIDE = {
    "B2f": "theirs are 39 applications on pthread mutexes, none of them one of ours",
    "B2g": "programs here have one mutex, not 18",
    "B11b": "polling is priced, not simulated: threads do not lose their core to it",
    "B11c": "polling is priced, not simulated: threads do not lose their core to it",
    "H02": "how much an offloaded region copies in vain is published nowhere, and decides it",
    "H04": "theirs are eight applications with their own inputs; what ours gain is in lesson 14",
    "H06": "its loops are not described in what was at hand; lesson 12 probes again in one of ours",
    "H07": LOAD,
    "H08": LOAD,
    "H12": "it is about another simulator's accuracy",
    "H14": NO_WATTS,
    "H15": NO_WATTS,
    "H16": "cores of a composite instruction set are no kernels",
    "H17": "cores of a composite instruction set are no kernels",
    "H18": "cores of a composite instruction set are no kernels",
    "H20": "vector units are not modelled",
    "H21": "containers are not modelled",
    "H22": "a service that follows its clients between sites is not modelled",
    "H23": COMPILER,
    "H24": COMPILER,
    "H25": "sizes of binaries are not modelled",
    "H26": "programmable cards are not modelled",
    "H27": "a mail server split over NUMA domains needs a real application",
    "H28": IDLE,
    "H29": IDLE,
    "H30": "drivers are not modelled",
    "H32": "a web server's mix of unmaps needs a real application",
    "H33": CACHE,
    "H34": CACHE,
    "H35-TSP": SHARING,
    "H35-Quicksort": SHARING,
    "H35-ILINK": SHARING,
}
