"""Waiting for each other: threads wait for a word to change, main changes it and wakes them."""

from contextlib import suppress

from popcorn_lib.draw import futex_queues
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import with_board
from popcorn_lib.variants.delegation import DelegatedFutex
from popcorn_lib.variants.words import WordsAtHome

VARIANTS = {
    "queues with dummies": {},
    "delegated": {"futex": DelegatedFutex},
    "delegated, words at home": {"futex": DelegatedFutex, "memory": WordsAtHome},
    **defects("futex"),
}
OWN = {"threads": [2, 3, 4], "wake": ["one by one", "all at once"]}
TWIN = {
    "threads": [2, 3],
    "wake": ["one by one", "all at once"],
    "variant": ["queues with dummies", "delegated"],
    "view": ["step by step", "queues", "counts"],
}


def waiter(sys, word):
    """Wait while the word is 0."""
    while (yield sys.load(word)) == 0:
        with suppress(BlockingIOError):  # EAGAIN: it has changed meanwhile
            yield sys.futex_wait(word, 0)


def gate(sys, places, wake):
    """A thread waits on each of the places; main opens the gate and wakes them."""
    word = yield sys.mmap(64)
    threads = []
    for place in places:
        threads.append((yield sys.clone(waiter, word, on=place)))
    yield sys.nanosleep(2e-3)  # by now they wait
    yield sys.store(word, 1)
    woken, most = 0, 1 if wake == "one by one" else len(threads)
    for _ in range(0, len(threads), most):
        woken += yield sys.futex_wake(word, most)
    for thread in threads:
        yield sys.join(thread)
    return woken


def futex(program=gate, **settings):
    """Explore threads that wait for each other; arguments, result and errors as for `memory`.

    settings: threads, wake, placement, kernels, topology, latency_us, variant, fault, seed, view.
    """
    views = with_board("futex", "queues", futex_queues)
    return Simulated(program, OWN, VARIANTS, views, TWIN, settings)
