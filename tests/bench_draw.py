"""How soon our pictures are there, beside matplotlib: `make bench` prints ratios of one run.

Drawing: a space-time diagram of 300 messages as a string of SVG, ours beside one that matplotlib
draws with an annotation for each arrow.  Moving: from the press of an arrow key in JupyterLab to
the changed picture on the screen, our stepper beside `interact` over a matplotlib figure of the
same content.  The second needs Chromium.  Ends with the number of rivals that came too close.
"""

import io
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import matplotlib
import nbformat
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import palette, spacetime
from popcorn_lib.draw.story import Story, duration
from popcorn_lib.draw.words import happened
from popcorn_lib.variants.words import WordsAtHome

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE / "browser"))
from in_lab import MISSING, QUIET, Lesson, chromium_here, picture, serve  # noqa: E402

DRAWN, MOVED = 100, 2  # so many times sooner than the rival
STEPPED, MOVES = 30, 20  # messages of the run to step through; key presses
MARKS = {"boot": "s", "request": "o", "message": "D", "timer": "^", "fault": "X"}
COLOURS = [light for light, _ in palette.KERNELS]


def worker(sys, word, rounds):
    for _ in range(rounds):
        yield sys.fetch_add(word, 1)


def adders(sys, rounds):
    word = yield sys.mmap(4096)
    thread = yield sys.clone(worker, word, rounds, on="k1")
    yield from worker(sys, word, rounds)
    yield sys.join(thread)


def trace_of(messages):
    """A run with about so many messages, two for every addition from afar."""
    machine = Machine.multikernel(2).replace(memory=WordsAtHome)
    return simulate(adders, machine, (messages // 2,)).trace


# ---- drawing ------------------------------------------------------------------------------------


def by_matplotlib(trace, upto=None, figure=Figure):
    """The same diagram as one would draw it with matplotlib: the lanes, threads that run, marks,
    arrows, and every event's number, time and name.

    What can be drawn with a single call is, as matplotlib's documentation advises.
    """
    story = Story(trace)
    lanes = {name: number for number, name in enumerate(trace.machine.kernels)}
    shown = figure(figsize=(9, 0.36 * len(trace) + 1))
    axes = shown.subplots()
    axes.vlines(range(len(lanes)), 0, len(trace), color="0.8")
    runs = [(lanes[stay.kernel], *span) for stay in story.stays for span in stay.runs]
    axes.vlines(*zip(*runs, strict=True), linewidth=5)
    for cause, mark in MARKS.items():
        events = [event for event in trace.events if event.cause == cause]
        xs = [lanes[event.kernel] for event in events]
        axes.scatter(xs, [event.index for event in events], marker=mark, zorder=3)
    for message in trace.messages:
        start = lanes[message.source], message.sent_by
        end = lanes[message.destination], message.handled_by
        style = {"arrowstyle": "->", "color": palette.MECHANISMS[message.mechanism][0]}
        axes.annotate("", end, start, arrowprops=style)
    for event in trace.events:
        colour = "tab:orange" if event.index == upto else "black"
        axes.text(lanes[event.kernel] + 0.04, event.index, event.name, fontsize=8, color=colour)
        axes.text(-0.35, event.index, event.index, fontsize=7, ha="right")
        axes.text(-0.33, event.index, duration(event.time_s), fontsize=7)
    if upto is not None:
        axes.axhspan(upto - 0.5, upto + 0.5, color="moccasin", zorder=0)
    axes.set_xticks(range(len(lanes)), lanes)
    axes.set_xlim(-0.5, len(lanes) - 0.3)
    axes.set_ylim(len(trace), -1)
    return shown


def seconds(draw, rounds):
    """The best of several rounds, in seconds of the processor."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        draw()
        times.append(time.process_time() - begin)
    return min(times)


def compare_drawing():
    """300 messages as SVG; returns the rivals that come too close."""
    trace = trace_of(300)
    print(f"a diagram of {len(trace.messages)} messages and {len(trace)} events, as SVG")

    def rival():
        by_matplotlib(trace).savefig(io.StringIO(), format="svg")

    ours = seconds(lambda: spacetime(trace).svg, 20)
    with matplotlib.rc_context({"svg.fonttype": "none"}):  # its quicker way with text
        theirs = seconds(rival, 3)
    print(f"  ours {1e3 * ours:8.1f} ms\n  matplotlib, annotations {1e3 * theirs:8.1f} ms")
    print(f"  {theirs / ours:.0f} times sooner; at least {DRAWN}")
    return ["matplotlib's drawing"] * (theirs < DRAWN * ours)


# ---- moving -------------------------------------------------------------------------------------

CELLS = (
    "from bench_draw import STEPPED, rival_of, trace_of\ntrace = trace_of(STEPPED)\ntrace.show()",
    "import ipywidgets\nipywidgets.interact(rival_of(trace), event=(0, len(trace) - 1));",
)
SLIDERS = (".popcorn-stepper input[type=range]", ".noUi-handle")
# From the key's own time to the second frame after the picture has changed: then it is on screen.
WATCH = """area => {
  const seen = node => node.closest?.("svg, img") || node.querySelector?.("img");
  const frame = () => new Promise(requestAnimationFrame);
  window.moved = new Promise(done => {
    let pressed;
    const press = event => { pressed = event.timeStamp; };
    addEventListener("keydown", press, {capture: true, once: true});
    const watch = new MutationObserver(async changes => {
      const all = changes.flatMap(change => [change.target, ...change.addedNodes]);
      if (pressed === undefined || !all.some(seen)) return;
      watch.disconnect();
      for (const image of area.querySelectorAll("img")) await image.decode();
      await frame(), await frame();
      done(performance.now() - pressed);
    });
    watch.observe(area, {subtree: true, childList: true, attributes: true});
  });
}"""


def rival_of(trace):
    """What `interact` calls: the diagram with its event marked, and what happened in words."""
    from matplotlib import pyplot

    story = Story(trace)

    def show(event=0):
        by_matplotlib(trace, event, pyplot.figure).axes[0].set_title(happened(story, event))
        pyplot.show()

    return show


def compare_moving(chromium):
    """A step in JupyterLab; returns the rivals that come too close."""
    from playwright.sync_api import sync_playwright

    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE.parent)])  # for the kernel
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lessons = Path(folder, "lessons")
        lessons.mkdir()
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        cells = [new_code_cell(cell) for cell in CELLS]
        notebook = new_notebook(cells=cells, metadata=kernel)
        nbformat.write(notebook, lessons / "bench.ipynb")
        with serve(lessons, Path(folder)) as address:
            browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(60_000)
            lesson = Lesson(page, address, "bench")
            lesson.run()
            ours, theirs = (milliseconds(lesson, *cell) for cell in enumerate(SLIDERS))
            assert lesson.errors() == []
            browser.close()
    print(f"a step through {len(trace_of(STEPPED))} events, from the key to the screen: the median")
    print(f"  ours {ours:8.0f} ms\n  interact with matplotlib {theirs:8.0f} ms")
    print(f"  {theirs / ours:.1f} times sooner; at least {MOVED}")
    return ["interact with matplotlib"] * (theirs < MOVED * ours)


def milliseconds(lesson, number, slider):
    """The median of some moves of the slider in a cell's output."""
    area = lesson.cell(number).locator(".jp-Cell-outputArea")
    area.locator("svg, img").first.wait_for()
    area.locator(slider).focus()
    before, times = picture(area), []
    for _ in range(MOVES):
        area.evaluate(WATCH)
        lesson.page.keyboard.press("ArrowRight")
        times.append(lesson.page.evaluate("window.moved"))
    assert picture(area) != before
    return statistics.median(times)


def main():
    close = compare_drawing()
    print()
    chromium = chromium_here()
    if chromium is None:
        print(f"steps in a browser are left out: {MISSING}make bench CHROMIUM=/path/to/chromium")
    else:
        close += compare_moving(chromium)
    for name in close:
        print(f"too slow beside: {name}")
    return len(close)


if __name__ == "__main__":
    sys.exit(main())
