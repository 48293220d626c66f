"""Traces for the tests of pictures, and what is in the pictures that they give."""

import json
import re
from base64 import b64decode
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace

import networkx

from popcorn_lib import Costs, Deadlock, HandlerError, Machine, simulate
from popcorn_lib.trace import Event, Sent, Trace

HOSTILE = '<script>alert("1")</script>&\''


def worker(sys, word, rounds):
    for _ in range(rounds):
        yield sys.fetch_add(word, 1)
    yield sys.migrate("k2")
    return 7


def main(sys, rounds=1):
    word = yield sys.mmap(4096)
    tid = yield sys.clone(worker, word, rounds, on="k1")
    yield sys.migrate("k1")
    yield sys.store(word, 9)
    yield sys.join(tid)
    yield sys.migrate("k0")
    return (yield sys.load(word))


def busy_worker(sys, word, lock, rounds, wakes):
    for _ in range(rounds):
        yield sys.fetch_add(word, 1)
        for _ in range(wakes):
            yield sys.futex_wake(lock)
    yield sys.migrate("k2")


def busy(sys, rounds=1, wakes=1):
    """A word that two kernels want, a futex on another page, and local steps in between."""
    word, lock = (yield sys.mmap(4096)), (yield sys.mmap(4096))
    for _ in range(8):
        yield sys.getpid()
    tid = yield sys.clone(busy_worker, word, lock, rounds, wakes, on="k1")
    for _ in range(rounds):
        yield sys.nanosleep(2e-5)
        yield sys.store(word, 9)
        yield sys.futex_wake(lock)
    yield sys.join(tid)


RACING = Costs(thread_s=0, switch_s=0, fault_s=0, move_s=0)  # threads are there at once


def traced(program, *args, machine=None, **options):
    """The trace of a run, also of one that does not end well."""
    try:
        return simulate(program, machine or Machine.multikernel(3), args=args, **options).trace
    except (Deadlock, HandlerError) as error:
        return error.trace


def by_hand(name="k1", kind="PING", text="a call", note="a note", mechanism="threads"):
    """Two kernels, two events, one message handled and one, of high priority, on its way."""
    graph = networkx.Graph()
    graph.add_edge("k0", name, latency_s=1e-6)
    describe = SimpleNamespace(describe_frozen=lambda frozen: list(frozen))
    machine = SimpleNamespace(graph=graph, kernels=("k0", name), mechanism=lambda _: describe)
    made = Trace(machine)
    ask = (0, 0.0, "k0", "request", "call", mechanism, 5, text, None, (0, 1), (), (), (note,))
    got = (1, 1e-6, name, "message", kind, mechanism, 5, text, 0, (), ((5, "0"),), (), ())
    made.events = [Event(*ask, {mechanism: ("one",)}), Event(*got, {mechanism: (text,)})]
    sent = ("k0", name, mechanism, kind, 64)
    made.messages = [
        Sent(0, 0.0, 1e-6, *sent, "normal", 1, 5, text, 0, 1),
        Sent(1, 0.0, None, *sent, "high", 1, 5, text, 0, None),
    ]
    return made


# ---- what is in a picture -----------------------------------------------------------------------


def first_image(html):
    """The SVG in the first image of a page."""
    return b64decode(re.search(r"data:image/svg\+xml;base64,([^\"]+)", html)[1]).decode()


def alt_of(html):
    """What the first image of a page says."""
    return unescape(re.search(r'<img alt="([^"]+)"', html)[1])


def data_of(shown):
    """What the script of a stepper gets."""
    html = shown._repr_html_()
    return json.loads(html[html.rindex("document.currentScript,") + 23 : html.rindex(")</script>")])


def seen(svg, what="e"):
    """The numbers of the events ("e") or messages ("m") that are seen in a drawing."""
    found = re.findall(rf'<g class="{what} ([^"]*)" data-i="(\d+)"', svg)
    return [int(number) for classes, number in found if "off" not in classes.split()]


def dimmed(svg, what="e"):
    """Those of them that are dimmed."""
    found = re.findall(rf'<g class="{what} ([^"]*)" data-i="(\d+)"', svg)
    return [int(number) for classes, number in found if "dim" in classes.split()]


def folds(svg):
    """(events, label) of the folds in a drawing."""
    texts = r"<text[^>]*>([^<]*)</text>.*?<text[^>]*>([^<]*)<"
    return re.findall(rf'<g class="f [^"]*"[^>]*>{texts}', svg)


class Reader(HTMLParser):
    """What is left of a page where script and style are dropped."""

    def __init__(self, html):
        super().__init__()
        self.inside, self.text, self.tags = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag in ("script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)
