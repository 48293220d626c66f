"""Small lessons with a little of everything, for tests that must know what is on the page."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

STEPPER = '''
from IPython.display import HTML
HTML("""<div class="popcorn popcorn-stepper" id="s" tabindex="0">
<svg role="img" aria-label="Two kernels" viewBox="0 0 800 700" width="800" height="700">
<circle cx="400" cy="350" r="300" fill="#3f8ad0"/></svg>
<p><button>On</button> <label>Step <input type="range" max="9" value="0"></label>
<output>step 0</output></p></div>
<script>{ const root = document.getElementById("s"); let at = 0;
const step = () => root.querySelector("output").textContent = `step ${++at}`;
root.querySelector("button").onclick = step;
root.addEventListener("keydown", (e) => e.key === "ArrowRight" && step()); }</script>""")
'''
RUN = """
from popcorn_lib import Machine, simulate
from popcorn_lib.draw import bars, explore_grid, machine_graph, stepper
def worker(sys, word):
    yield sys.fetch_add(word, 1)
def main(sys):
    word = yield sys.mmap(4096)
    thread = yield sys.clone(worker, word, on="k1")
    yield sys.join(thread)
run = simulate(main, Machine.multikernel(2))
"""
GRID = """
def make(kernels, topology):
    return machine_graph(Machine.multikernel(kernels, topology=topology))
explore_grid(make, kernels=[2, 3], topology=["full", "star"])
"""
ITEMS = """
from popcorn_lib.learn import Lesson
lesson = Lesson("s", store="sample_progress.json")
guess = lesson.predict("guess", "How many messages?", unit="messages")
choice = lesson.predict("choice", "Which kernel asks?", choices=["k0", "k1"])
one = lesson.quiz("one", "Who asks?", {"k0": (False, "It is home."), "k1": (True, "Yes.")})
two = lesson.quiz("two", "What is sent?", {"a word": (True, "Yes."), "a page": (True, "Also."),
                                           "a kernel": (False, "Never.")})
row = lesson.order("row", "Put in order", {"ask": "It asks", "answer": "It is answered"},
                   [("ask", "answer")])
twice = lesson.check("twice", "Write `twice`", reference=lambda n: 2 * n, cases=[1, 2],
                     hints=["Look at `2`."])
"""

MORE = """
import contextlib
from popcorn_lib import draw, explorers
def locker(sys, word):
    while (yield sys.cas(word, 0, 1)) != 0:
        with contextlib.suppress(BlockingIOError):
            yield sys.futex_wait(word, 1)
    yield sys.nanosleep(1e-4)
    yield sys.store(word, 0)
    yield sys.futex_wake(word, 1)
def busy(sys):
    word = yield sys.mmap(4096)
    one = yield sys.clone(locker, word, on="k1")
    two = yield sys.clone(locker, word, on="k2")
    yield sys.migrate("k2")
    yield sys.join(one)
    yield sys.join(two)
long = simulate(busy, Machine.multikernel(3))
import pandas
points = pandas.DataFrame({"cores": [1, 2, 4], "time_s": [4.0, 2.1, 1.2]})
"""


def cell(made, kind=None, *tags):
    """A cell with its mark for the slides and its tags."""
    if kind:
        made.metadata["slideshow"] = {"slide_type": kind}
    made.metadata["tags"] = list(tags)
    return made


def words(source, kind=None, *tags):
    """A cell of Markdown."""
    return cell(new_markdown_cell(source), kind, *tags)


def code(source, kind=None, *tags):
    """A cell of code, which has not run."""
    return cell(new_code_cell(source.strip("\n")), kind, *tags)


def small():
    """Six slides: a stack, a fragment, notes, and a stepper of its own with a picture too large."""
    return new_notebook(
        cells=[
            words("# Opening words", "slide"),
            words("Said, not shown.", "notes"),
            words("## First thought\n\n- one\n- two", "slide"),
            words("It waits.", "fragment"),
            words("### Below it\n\nA formula: $n^2$", "subslide"),
            words("## Code", "slide"),
            code("for kernel in range(3):\n    print('kernel', kernel)"),
            words("## Stepper", "slide"),
            code(STEPPER, None, "hide-input"),
            words("## Last words\n\n| a | b |\n|---|---|\n| 1 | 2 |", "slide"),
        ]
    )


def lively():
    """The library's own: a picture, a stepper, a grid, a table, and every kind of item."""
    return new_notebook(
        cells=[
            words("# Alive", "slide"),
            code(RUN, None, "hide-input"),
            words("## A stepper", "slide"),
            code("stepper(run.trace)", None, "hide-input"),
            words("## A grid", "slide"),
            code(GRID, None, "hide-input"),
            words("## Pictures and a table", "slide"),
            code("run.messages[['source', 'kind']].head(2)", None, "hide-input"),
            code("bars({'polled': 600, 'notified': 4000}, unit='cycles')", None, "hide-input"),
            words("## Items", "slide"),
            code(ITEMS, None, "hide-input"),
            code("guess", None, "hide-input"),
            code("two", "slide", "hide-input"),
            code("two.answer('a')", None, "hide-input"),
            code("row", "slide", "hide-input"),
            code("twice(lambda n: n + 1)", None, "hide-input"),
            code("1 / 0", "slide", "raises-exception"),
        ]
    )


VIEWS = [
    "draw.machine_graph(long.trace.machine)",
    "draw.spacetime(long.trace, upto=8)",
    "draw.stepper(long.trace, start=12)",
    "draw.side_by_side(run.trace, long.trace)",
    "draw.steps([(0.0, 1), (1.5, 2)], x='time', y='slots in use')",
    "draw.message_matrix(long.trace, by='mechanism')",
    "draw.gantt(long)",
    "draw.latency(long.messages)",
    "draw.scaling(points, 'cores', 'time_s')",
    "draw.page_table(long.trace, 20)",
    "draw.page_history(long.trace)",
    "draw.futex_queues(long.trace, 45)",
    "draw.signal_table(long.trace, 20)",
    "draw.shadow_chain(long.trace, 20)",
    "draw.ipc_objects(explorers.ipc().run().trace)",
]


def views():
    """Every view of a run, and one explorer; on the page every explorer."""
    import popcorn_lib.explorers as explorers

    pictures = [code(one, "slide", "hide-input") for one in VIEWS]
    steps = "explorers.sockets(view=['step by step', 'connections'])"
    twins = [code(f"explorers.{one}()", "skip", "hide-input") for one in explorers.__all__]
    return new_notebook(
        cells=[
            words("# Views", "slide"),
            code(RUN + MORE, "skip", "hide-input"),
            *pictures,
            words("## An explorer\n\nWhich variant sends more messages?", "slide"),
            code(steps, None, "hide-input"),
            *twins,
        ]
    )


SAMPLES = {"small": small, "lively": lively, "views": views}
