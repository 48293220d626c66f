"""The claims, one row each: what was published, and which of our functions speaks about it.

A row is held out if none of the constants of its platform was taken from what it says.  That column
was filled in before the rows were run.  Calibration rows show that a constant does what it should.
"""

from typing import NamedTuple

from popcorn_lib.claims import ours
from popcorn_lib.claims.ours import INFINIBAND, OPTERON, PHI, XEON

BAUMANN = "Baumann et al., The Multikernel, SOSP 2009"
SIEWIOR = "Siewior, futex private hash, LKML 2025-04-16"
LITL = "Guiroux, Lachaize, Quéma, Multicore Locks, USENIX ATC 2016 (raw data)"


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


CLAIMS = (
    Claim(
        "B1", "a futex hand-over by messages is slower than on one coherent kernel", None, "times",
        "thesis (direction)", ours.wake_by_messages, (), XEON, True,
        "no figure could be read", 1,
    ),
    Claim(
        "B2a", "a mutex-bound program at 64 threads, in its rate at 8 (ssl_proxy, AMD-64)", 0.28,
        "times", LITL, ours.mutex_collapse, (64, 8, 8), OPTERON, True,
        "here who waits sleeps at once and its core is idle; real threads spin, are moved and wake "
        "on cold cores",
    ),
    Claim(
        "B2b", "calls per thread with one shared counter, in those without, on 32 CPUs",
        131321 / 1923077, "times", SIEWIOR, ours.shared_counter, (32, 2), XEON, True, "",
    ),
    Claim(
        "B2c", "the same on 144 CPUs", 48811 / 1963165, "times", SIEWIOR, ours.shared_counter,
        (144, 4), XEON, True, "",
    ),
    Claim(
        "B3a", "page faults without the address space's lock, in those with it, 24 CPUs (ebizzy)",
        9383.07 / 5492.69, "times", "Dufour, speculative page faults, LKML 2019",
        ours.faults_without_lock, (24, 2), XEON, True,
        "here readers of the lock pay one cache line; Linux's also wait behind its writers",
    ),
    Claim(
        "B3b", "unmap without interrupts to other cores, in the usual one (LATR)", 1 - 0.708,
        "times", "Kumar et al., LATR, ASPLOS 2018", ours.unmap_without_interrupts, (), XEON, True,
        "an unmap's other work is hardly priced here, so that less is left without interrupts",
    ),
    Claim(
        "B3c", "unmap on Linux, 2 cores", 5200, "cycles", BAUMANN + ", figure 7",
        ours.unmap_cycles, ("one", 2), OPTERON, True,
        "an unmap's own work is hardly priced here: about 3,000 cycles are missing",
    ),
    Claim(
        "B3d", "unmap on Linux, 32 cores", 29500, "cycles", BAUMANN + ", figure 7",
        ours.unmap_cycles, ("one", 32), OPTERON, True, "",
    ),
    Claim(
        "B3e", "unmap on Barrelfish, 2 cores", 10300, "cycles", BAUMANN + ", figure 7",
        ours.unmap_cycles, ("many", 2), OPTERON, True, "",
    ),
    Claim(
        "B3f", "unmap on Barrelfish, 32 cores", 17500, "cycles", BAUMANN + ", figure 7",
        ours.unmap_cycles, ("many", 32), OPTERON, True, "",
    ),
    Claim(
        "B3g", "the fewest cores with which messages unmap sooner", 12.5, "cores",
        BAUMANN + ", figure 7", ours.unmap_crossing, (), OPTERON, True, "",
    ),
    Claim(
        "B4a", "updates by a server that is asked, in those of 16 threads that share the lines", 2,
        "times", BAUMANN + ", figure 3", ours.server_of_updates, (), OPTERON, True,
        "a letter wakes a thread that sleeps; Barrelfish's server and clients poll in user space",
    ),
    Claim(
        "B4b", "what an update by 16 threads costs more than one by one thread", 12000, "cycles",
        BAUMANN + ", figure 3", ours.stall_of_updates, (), OPTERON, True,
        "lines come one after the other, but the links between sockets never fill up here",
    ),
    Claim(
        "B5a", "a word that two kernels write, in one on one kernel", None, "times",
        "every page-based shared memory (direction)", ours.page_ping_pong, (), XEON, True, "", 1,
    ),
    Claim(
        "B5b", "a remote fault below which a region is not worth running on two machines", 100,
        "us", "Lyerly et al., libHetMP, HetProbe's default", ours.fetch_us, (INFINIBAND,),
        INFINIBAND, True,
        "the default is a threshold on a fault and the work for it, ours is the fault alone",
    ),
    Claim(
        "B6", "Jacobi on eight machines with page-based shared memory (TreadMarks)", 7.4,
        "times", "Keleher et al., USENIX 1994, second-hand", ours.coarse_sharing, (), INFINIBAND,
        True, "another network, 30 years younger; what is alike is the coarse sharing",
    ),
    Claim(
        "C1", "moving a thread between Xeon and Phi", 900, "us",
        "AIRA/Popcorn partitioner cost model", ours.migration_us, (), PHI, False, "",
    ),
    Claim(
        "C2", "fetching a page between Xeon and Phi", 50, "us",
        "AIRA/Popcorn partitioner cost model", ours.fetch_us, (PHI,), PHI, False, "",
    ),
    Claim(
        "H19", "performance lost when a thread moves every 100 ms (at most)", 0.05, "share",
        "DeVuyst, Venkat, Tullsen, ASPLOS 2012", ours.lost_at_interval, (), PHI, True,
        "other processors: theirs also run translated code for a while after each move",
    ),
    Claim(
        "H11", "messages, in a fused kernel over coherent memory (NPB, at most)", 2.1, "times",
        "Xing et al., Stramash, ASPLOS 2025", ours.fused_kernel, (), ours.COHERENT, True,
        "ours is the worst of three micro-benchmarks, theirs the worst of whole programs",
    ),
    Claim(
        "B11", "a call with notification by interrupt, in one that polls longer", 4, "times",
        "Barrelfish Technical Note 9", ours.interrupts_for_polling, (), "default", True,
        "ours wakes the thread that has asked in both cases, theirs only in one",
    ),
)  # fmt: skip
OUTSIDE = {
    "H01": "placement of phases with their costs on each processor is not part of the model yet",
    "H02": "offloading is not modelled",
    "H03": "a job mix on unlike machines with watts is not built yet",
    "H04": "real applications are not built yet",
    "H05": "work sharing between unlike processors is not built yet",
    "H06": "re-probing is not built yet",
    "H07": "placement under load is not built yet",
    "H08": "placement under load is not built yet",
    "H09": "a job mix on boards is not built yet",
    "H10": "a job mix on boards is not built yet",
    "H12": "it is about another simulator's accuracy",
    "H13": "which phase suits which instruction set is not modelled",
    "H14": "which phase suits which instruction set is not modelled",
    "H15": "which phase suits which instruction set is not modelled",
    "H16": "cores of a composite instruction set are no kernels",
    "H17": "cores of a composite instruction set are no kernels",
    "H18": "cores of a composite instruction set are no kernels",
    "H20": "vector units are not modelled",
    "H21": "containers are not modelled",
    "H22": "a service that follows its clients between sites is not modelled",
    "H23": "what a compiler adds for a common stack layout is not modelled",
    "H24": "what a compiler adds for a common stack layout is not modelled",
    "H25": "sizes of binaries are not modelled",
    "H26": "programmable cards are not modelled",
    "H27": "a mail server split over NUMA domains needs a real application",
    "H28": "idle states of cores in a phone are not modelled",
    "H29": "idle states of cores in a phone are not modelled",
    "H30": "drivers are not modelled",
    "H31": "see B3b, which is this claim",
    "H32": "a web server's mix of unmaps needs a real application",
    "H33": "a cache of remote memory is not modelled",
    "H34": "a cache of remote memory is not modelled",
    "H35-Jacobi": "see B6, which is this claim",
    "H35-TSP": "its sharing is not described in what was at hand",
    "H35-Quicksort": "its sharing is not described in what was at hand",
    "H35-ILINK": "its sharing is not described in what was at hand",
    "H36": "swapping over a network is not modelled",
}
