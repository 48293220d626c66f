"""The random numbers of the NAS Parallel Benchmarks: a fixed sequence that every machine repeats.

The idea.  x becomes 5^13 x modulo 2^46, and x / 2^46 is the next number.  n steps are one step with
the n-th power of the multiplier, so every thread jumps to its own part of the one sequence, and a
block of numbers is one product of an array of powers with a seed.

Invariant.  Whoever makes a part, and in however many blocks, it is the same numbers, bit for bit: a
product in 64 bits has lost only what lies above the 46 that are kept, and a float64 holds 53.

Source.  Bailey et al., The NAS Parallel Benchmarks, RNR-94-007 (1994), section 2.3.
"""

from functools import lru_cache

import numpy

from popcorn_lib.errors import UsageError

MULTIPLIER = 5**13
BITS = 46
MASK = (1 << BITS) - 1
SEED = 314159265  # of all benchmarks but EP


def randoms(seed, count, multiplier=MULTIPLIER):
    """The `count` numbers that follow `seed`: float64, greater than 0 and less than 1.

    seed: an odd integer below 2^46.  multiplier: an odd integer.
    """
    _check(seed, count)
    block = _powers(count, multiplier) * numpy.uint64(seed)
    block &= numpy.uint64(MASK)
    return block * 2.0**-BITS


def skipped(seed, n, multiplier=MULTIPLIER):
    """The seed n numbers later: `randoms(skipped(seed, n), 1)` is number n + 1 after `seed`."""
    _check(seed, n)
    return seed * pow(multiplier, n, 1 << BITS) & MASK


@lru_cache(maxsize=8)
def _powers(count, multiplier):
    """The multiplier to the powers 1 to `count`, modulo 2^64, of which the low 46 bits count."""
    powers = numpy.full(count, multiplier, numpy.uint64)
    done = 1
    while done < count:
        powers[done : 2 * done] = powers[: min(done, count - done)] * powers[done - 1]
        done *= 2
    return powers


def _check(seed, count):
    if not (0 < seed <= MASK and seed % 2):
        raise UsageError(f"a seed must be odd, above 0 and below 2^{BITS}, not {seed!r}")
    if count < 0:
        raise UsageError(f"the count of numbers must be 0 or more, not {count!r}")
