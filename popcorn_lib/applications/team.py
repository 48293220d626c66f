"""A team: the same function on several kernels, one thread for each place."""

from popcorn_lib.errors import UsageError
from popcorn_lib.sync import BARRIER_BYTES, barrier_init, barrier_wait


def team(sys, places, worker, *args):
    """Run `worker(sys, number, barrier, *args)` on each of the places; what each returned.

    places: names of kernels, one for each thread, as often as wanted.  barrier: for all of them.
    """
    if not places:
        raise UsageError("a team needs one place or more, not ()")
    barrier = yield sys.mmap(BARRIER_BYTES)
    yield from barrier_init(sys, barrier, len(places))
    tids = []
    for number, place in enumerate(places):
        tids.append((yield sys.clone(worker, number, barrier, *args, on=place)))
    results = []
    for tid in tids:
        results.append((yield sys.join(tid)))
    return results


def share(length, number, size):
    """(start, stop) of the part of `length` things that member `number` of `size` has."""
    return length * number // size, length * (number + 1) // size


def summed(sys, number, barrier, slots, values):
    """Each member gives its values and gets the sums of everybody's, the same to the last bit.

    slots: an Array with room for the values of all, one member's behind the other's, as close as
    they can lie: everybody reads all of them anyway.  A member that comes early to the next sum
    would overwrite what another still reads: between two uses of the same slots there must be
    another barrier, for example that of a sum in other slots.
    """
    yield from slots.put(sys, values, number * len(values))
    yield from barrier_wait(sys, barrier)
    everybody = yield from slots.get(sys)
    return everybody.reshape(-1, len(values)).sum(axis=0)
