"""One address space: threads on several kernels add to words, on one page or on a page each."""

from popcorn_lib.draw import page_history
from popcorn_lib.explorers.defects import defects
from popcorn_lib.explorers.simulated import Simulated
from popcorn_lib.explorers.views import with_board
from popcorn_lib.variants.two_kernels import TwoKernelMemory
from popcorn_lib.variants.words import WordsAtHome

VARIANTS = {
    "pages that move": {},
    "words at home": {"memory": WordsAtHome},
    "two kernels": {"memory": TwoKernelMemory},
    **defects("memory"),
}
OWN = {"threads": [2, 3, 4], "pages": ["one page", "a page each"]}
TWIN = {
    "threads": [2, 3],
    "pages": ["one page", "a page each"],
    "variant": ["pages that move", "words at home"],
    "view": ["step by step", "pages over time", "who to whom"],
}


def adder(sys, word):
    """Add to a word, do something else for a while, and add again."""
    yield sys.fetch_add(word, 1)
    yield sys.nanosleep(20e-6)
    yield sys.fetch_add(word, 1)


def counters(sys, places, pages):
    """A thread on each of the places adds to a word of its own; main adds the words up."""
    first = yield sys.mmap(64 * len(places))
    apart = 8 if pages == "one page" else 64  # a page has 64 bytes here
    words = [first + apart * number for number in range(len(places))]
    threads = []
    for word, place in zip(words, places, strict=True):
        threads.append((yield sys.clone(adder, word, on=place)))
    for thread in threads:
        yield sys.join(thread)
    total = 0
    for word in words:
        total += yield sys.load(word)
    return total


def over_time(trace, title, at):
    """The rights to every page, event by event; no event is marked."""
    return page_history(trace, title=title)


def memory(program=counters, **settings):
    """Explore one address space.

    program: `program(sys, ...)`; it takes what it names: `places`, a kernel for each of its
    threads, or any setting by its name.  settings: threads, pages, placement, kernels, topology,
    latency_us, variant, fault, seed, view: several values to choose from, or one that is fixed;
    twin: {setting: values} of the pictures made in advance, where they are not to be the usual
    ones; title: what titles begin with, in place of the program's name.
    Returns an Explorer: shown as it is, `.at(...)` one picture, `.run(...)` the Run behind it.
    Raises UsageError for an unknown setting or name.
    """
    views = with_board("pages", "pages over time", over_time)
    return Simulated(program, OWN, VARIANTS, views, TWIN, settings)
