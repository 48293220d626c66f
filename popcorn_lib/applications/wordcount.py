"""Word count, map and reduce: how often each word is in a text, counted by threads on any kernels.

The idea.  The text lies in memory, and each thread counts a part of it.  Then the parts' counts
must come together: each word has one thread that adds up what all have counted of it ("memory"), or
each thread writes what it has counted into a pipe, and one adds up ("pipes").

Invariant.  A word is counted by the thread in whose part it begins, and by no other: who finds a
letter just before its part skips the word, and who has a word at the end reads on behind its part.

Sharing.  The text is written once and then only read, so each kernel has copies of its pages, those
at the borders of parts on two.  In "memory" everybody reads from everybody, one piece each; each
thread's counts begin on a page of their own.  In "pipes" all bytes go to one kernel.

Words.  Runs of letters, digits and underscores of ASCII, in lower case, and of bytes above 127, so
that a word in UTF-8 stays whole, and typographic quotes count as letters.

Operations.  PER_BYTE for each byte of text and of counts that a thread looks at, of kind "int":
ours, of the order of a loop over characters with a hash.

Source.  The pattern: Dean and Ghemawat, MapReduce, OSDI 2004.
"""

import re
from collections import Counter
from itertools import accumulate
from zlib import crc32

import numpy

from popcorn_lib.applications.arrays import Array, array
from popcorn_lib.applications.team import team
from popcorn_lib.errors import UsageError, choose
from popcorn_lib.sync import barrier_wait

KIND, PER_BYTE = "int", 8
LETTER = rb"[\w\x80-\xff]"
WORD = re.compile(LETTER + rb"+")
AHEAD = 64  # bytes that are read at a time behind a part, to find the end of its last word
PIPE = 1 << 16  # bytes that are read from a pipe at a time, all that it holds


def main(sys, places, text, merge="memory", weights=None):
    """Count the words of `text`, bytes; the result is sorted pairs ((word, how often), ...).

    places: names of kernels, one for each thread.  merge: "memory" or "pipes".  weights: how large
    each thread's part is, compared with the others; default: all alike.
    """
    reduce = {"memory": in_memory, "pipes": by_pipes}
    choose("way to merge", merge, reduce)
    ends = shares(len(text), [1] * len(places) if weights is None else weights, len(places))
    source = yield from array(sys, len(text), "u1")
    yield from source.put(sys, numpy.frombuffer(text, "u1"))
    counts = yield from reduce[merge](sys, places, source, ends)
    return tuple(sorted(counts.items()))


def shares(length, weights, size):
    """(0, ..., length): where parts end whose lengths are as the weights."""
    if len(weights) != size or min(weights, default=0) < 0 or not sum(weights):
        raise UsageError(f"{size} places, one or more, need a weight each, not {weights!r}")
    *upto, total = accumulate(weights, initial=0)
    return (*(int(length * weight / total) for weight in upto), length)


def made_up(size, seed=1, words=2000):
    """A text of `size` bytes, drawn by a seed: a few words are frequent, most are rare.

    words: how many there are.  The k-th is drawn 1 / k as often as the first, as in Zipf's law.
    """
    random = numpy.random.default_rng(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]
    known = ["".join(random.choice(syllables, random.integers(1, 5))) for _ in range(words)]
    odds = 1 / numpy.arange(1, words + 1)
    drawn = random.choice(words, size // 3 + 1, p=odds / odds.sum())  # two letters and a space each
    drawn = [known[number] for number in drawn]
    lines = (" ".join(drawn[begin : begin + 12]) for begin in range(0, len(drawn), 12))
    return "\n".join(lines)[:size].encode()


# ---- map ----------------------------------------------------------------------------------------


def counted(sys, text, ends, number):
    """What thread `number` counts: those words that begin in its part of the text."""
    return Counter((yield from words_of(sys, text, *ends[number : number + 2])))


# DOC: border, a word belongs to the part in which it begins
def words_of(sys, text, start, stop):
    """The words that begin from place `start` to before place `stop`, in lower case."""
    before = yield from bytes_of(sys, text, max(0, start - 1), start)
    part = yield from bytes_of(sys, text, start, stop)
    yield sys.compute(PER_BYTE * len(part), KIND)
    if re.match(LETTER, before):
        begun = re.match(LETTER + b"*", part)
        part = part[begun.end() :]  # the end of a word that another thread counts
    while re.search(LETTER + rb"\Z", part) and stop < text.length:
        more = yield from bytes_of(sys, text, stop, min(stop + AHEAD, text.length))
        rest = re.match(LETTER + b"*", more)[0]
        part, stop = part + rest, stop + len(more) if rest == more else text.length
    return WORD.findall(part.lower())


# DOC: end


def bytes_of(sys, text, start, stop):
    """Bytes of the text."""
    return (yield from text.get(sys, start, stop)).tobytes()


# ---- reduce, in memory --------------------------------------------------------------------------


def in_memory(sys, places, text, ends):
    """Count, and let each thread add up its share of the words; the counts of all.

    index: for each thread a row of addresses, where its piles begin, one for each thread, and where
    the last ends.  sums: for each thread where its sums begin and end.
    """
    size = len(places)
    index = yield from array(sys, size * (size + 1), "i8")
    sums = yield from array(sys, 2 * size, "i8")
    yield from team(sys, places, map_and_add, text, ends, index, sums)
    return (yield from added(sys, (yield from sums.get(sys)).reshape(-1, 2)))


def map_and_add(sys, number, barrier, text, ends, index, sums):
    """One thread: count its part, then add up what everybody has counted of its words."""
    size = len(ends) - 1
    words = yield from counted(sys, text, ends, number)
    piles = yield from kept(sys, dealt(words, size))
    yield from index.put(sys, piles, number * (size + 1))
    yield from barrier_wait(sys, barrier)
    rows = (yield from index.get(sys)).reshape(size, -1)
    total = yield from added(sys, rows[:, number : number + 2])
    yield from sums.put(sys, (yield from kept(sys, [total])), 2 * number)


def dealt(counts, size):
    """Counts in `size` piles, by word: which pile a word belongs to, all threads agree about."""
    piles = [{} for _ in range(size)]
    for word, many in counts.items():
        piles[crc32(word) % size][word] = many
    return piles


def kept(sys, piles):
    """Write piles into pages of one's own; where each begins, and where the last ends."""
    pieces = [packed(pile) for pile in piles]
    data = b"".join(pieces)
    own = yield from array(sys, len(data), "u1")
    yield from own.put(sys, numpy.frombuffer(data, "u1"))
    return list(accumulate(map(len, pieces), initial=own.address))


def added(sys, pieces):
    """The sums of the counts at these pieces of memory: rows (begin, end)."""
    total = Counter()
    for begin, end in pieces.tolist():
        piece = Array(begin, end - begin, "u1")
        yield from add(sys, total, (yield from piece.get(sys)).tobytes())
    return total


def add(sys, total, data):
    """Add counts in lines to a total."""
    yield sys.compute(PER_BYTE * len(data), KIND)
    for line in data.split(b"\n")[:-1]:
        word, many = line.split(b" ")
        total[word] += int(many)


def packed(counts):
    """{word: how often} as lines."""
    return b"".join(b"%b %d\n" % entry for entry in counts.items())


# ---- reduce, by pipes ---------------------------------------------------------------------------


def by_pipes(sys, places, text, ends):
    """Count, and let one thread here add up what all others write into a pipe each."""
    reading, writing = [], []
    for _ in places:
        ends_of_pipe = yield sys.pipe()
        reading.append(ends_of_pipe[0])
        writing.append(ends_of_pipe[1])
    adder = yield sys.clone(drain, reading)
    yield from team(sys, places, map_and_pour, text, ends, writing)
    return (yield sys.join(adder))


def map_and_pour(sys, number, _, text, ends, pipes):
    """One thread: count its part, write the counts into its pipe, and close it."""
    words = yield from counted(sys, text, ends, number)
    yield sys.write(pipes[number], packed(words))
    yield sys.close(pipes[number])


def drain(sys, pipes):
    """Add up what comes by the pipes, one after the other, each to its end."""
    total = Counter()
    for pipe in pipes:
        data = b""
        while piece := (yield sys.read(pipe, PIPE)):
            data += piece
        yield from add(sys, total, data)
        yield sys.close(pipe)
    return total
