"""How long messages take, as cumulative curves: a figure by matplotlib.

    latency(run.messages, by="kind")

A curve climbs to the share of the messages that has been handled within a time; markers stand
where half, 9 of 10, 99 of 100 and all of them are there, and the description names these times.
"""

from math import ceil

from popcorn_lib.draw.chart import time_unit
from popcorn_lib.draw.figures import Plot, check, looks, new_axes, short, styled
from popcorn_lib.draw.story import duration
from popcorn_lib.draw.words import counted, listed

POINTS = 200  # of a curve; more than a reader can see
QUANTILES = {0.5: "half", 0.9: "9 of 10", 0.99: "99 of 100"}


@styled
def latency(messages, by="kind", title="How long messages take"):
    """How long messages take from sending to handling: the share that is done within a time.

    messages: the DataFrame `run.messages`, or rows of it.  by: the column with a curve for each of
    its values.  Messages that were never handled are told in words only.
    Raises ValueError for an unknown column, or if no message was handled.
    """
    check(messages, [by])
    taken = messages["handled_s"] - messages["time_s"]
    handled = taken[taken < float("inf")]
    if handled.empty:
        raise ValueError("no message was handled, so there is no latency to show")
    groups = {str(name): sorted(times) for name, times in handled.groupby(messages[by])}
    groups = dict(sorted(groups.items(), key=lambda group: quantile(group[1], 0.5)))
    unit, size = time_unit(handled.max())
    xlabel = f"time from sending to handling, in {unit}"
    figure, axes = new_axes(title, xlabel, "share of the messages handled by then")
    look = dict(looks(sorted(groups), by))
    for name, times in groups.items():
        xs, ys = _curve(times, size)
        marks = [next(n for n, y in enumerate(ys) if y >= mark) for mark in (*_told(times), 1)]
        style = {"drawstyle": "steps-post", "markevery": marks, **look[name]}
        axes.plot(xs, ys, label=short(name), **style)
    _dress(axes, handled / size)
    lost = len(taken) - len(handled)
    more = [f"{counted(lost, 'message')} never handled."] if lost else []
    return Plot(figure, title, " ".join([*map(_in_words, groups, groups.values()), *more]))


def quantile(times, share):
    """The least of the sorted times within which this share is done."""
    return times[max(ceil(share * len(times) - 1e-9) - 1, 0)]


def _curve(times, size):
    """(times, shares that are done by then) of a curve with few enough points."""
    count = len(times)
    step = max(1, count // POINTS)
    done = sorted({*range(step, count + 1, step), count})
    return [times[0] / size, *(times[n - 1] / size for n in done)], [0, *(n / count for n in done)]


def _dress(axes, handled):
    """Quantiles by name at the left; times by powers if they are very unlike each other."""
    axes.set_yticks([0, 0.5, 0.9, 1], ["none", "half", "9 of 10", "all"])
    axes.set_ylim(0, 1.02)
    if handled.min() > 0 and handled.max() / handled.min() > 30:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
    else:
        axes.set_xlim(0, None)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.03), handlelength=1.6)


def _told(times):
    """The quantiles that so many times have."""
    return [share for share in QUANTILES if len(times) * (1 - share) >= 0.999]


def _in_words(name, times):
    """A distribution in words."""
    found = [f"{QUANTILES[q]} within {duration(quantile(times, q))}" for q in _told(times)]
    found.append(f"{'all ' if found else ''}within {duration(times[-1])}")
    return f"{name}: {counted(len(times), 'message')}, {listed(found)}."
