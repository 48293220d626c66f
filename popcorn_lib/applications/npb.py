"""The NAS Parallel Benchmarks as programs: which there are, and how one is run and judged.

The idea.  Each benchmark really computes, in memory that really moves by the page protocol, with
threads on the kernels that it is told; and it ends with numbers that NASA has published.  A machine
that loses an update hardly gets them.  Hardly: EP's threads read nothing that others write, CG
makes good a step of the wrong length, and threads of FT that walk in step miss none of its barriers
if one is left out, so that a right result is evidence and no proof.

The shape.  A benchmark is a module of this package, listed in BENCHMARKS, with

    CLASSES                          {"S": parameters, "W": ...}: sizes, and the official results
    KIND                             of its operations, for `compute`: "int", "float" or "memory"
    operations(parameters)           how many they are, as NPB counts them for its Mop/s
    main(sys, places, parameters)    the program; one thread for each of the places
    expected(parameters)             what main should return, by the official values
    verified(parameters, got)        whether that is close enough, by NPB's own rule

What the model keeps: what is computed, what lies in shared memory, who waits for whom.  What it
drops: time passes for the operations that NPB counts, for bytes copied and for calls, and not for
caches; so seconds are those of a model, to be compared with each other.

Source.  Bailey et al., The NAS Parallel Benchmarks, RNR-94-007 (1994); sizes, official values and
counts of operations as in NPB 3.3.
"""

from typing import NamedTuple

from popcorn_lib.applications import cg, ep, ft, is_sort, mg
from popcorn_lib.applications.traffic import Counting
from popcorn_lib.errors import choose
from popcorn_lib.worlds.simulate import simulate

BENCHMARKS = {"EP": ep, "IS": is_sort, "CG": cg, "FT": ft, "MG": mg}


class Ran(NamedTuple):
    """A benchmark's run: what came out, and what it took.

    seconds: virtual time.  messages: how many between kernels; pages: how many of them brought a
    page; bytes: of all messages.  run: the Run itself.
    """

    name: str
    npb_class: str
    verified: bool
    got: object
    expected: object
    seconds: float
    messages: int
    pages: int
    bytes: int
    run: object


def run_npb(name, machine, places=None, npb_class="S", costs=None, trace=False):
    """Run a benchmark on a machine; returns a Ran.

    places: names of kernels, one for each thread; default: a thread on every kernel.  trace: keep
    the run's events and messages too, which takes several times as long.
    Raises UsageError for an unknown benchmark, class or kernel.
    """
    benchmark = BENCHMARKS[choose("benchmark", name, BENCHMARKS)]
    parameters = benchmark.CLASSES[choose(f"class of {name}", npb_class, benchmark.CLASSES)]
    places = machine.kernels if places is None else tuple(places)
    for place in places:
        choose("kernel", place, machine.kernels)
    counting = Counting(machine)
    run = simulate(benchmark.main, counting, (places, parameters), costs=costs, trace=trace)
    judged = benchmark.verified(parameters, run.value), run.value, benchmark.expected(parameters)
    return Ran(name, npb_class, *judged, run.seconds, *counting.traffic, run)
