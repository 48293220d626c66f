"""Do matplotlib's figures say what the data say, look like our pictures and stay by themselves?"""

import re
import subprocess
import sys
from base64 import b64decode
from html import unescape
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib
import pandas
import pytest

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import latency, palette, scaling
from popcorn_lib.draw.foreign import colours
from popcorn_lib.draw.latency import quantile


def worker(sys, word, rounds):
    for _ in range(rounds):
        yield sys.fetch_add(word, 1)


def main(sys, rounds=60):
    word = yield sys.mmap(4096)
    tids = []
    for kernel in ("k1", "k2"):
        tids.append((yield sys.clone(worker, word, rounds, on=kernel)))
    for tid in tids:
        yield sys.join(tid)


@pytest.fixture(scope="module")
def messages():
    return simulate(main, Machine.multikernel(3), seed=1).messages


@pytest.fixture
def times():
    """Runs of two variants, and how sure we are of them."""
    rows = [
        (name, kernels, slope / kernels, 0.9 * slope / kernels, 1.2 * slope / kernels)
        for name, slope in (("lock", 8), ("<none> & co", 4))
        for kernels in (1, 2, 4, 8)
    ]
    return pandas.DataFrame(rows, columns=["variant", "kernels", "run_time_s", "low", "high"])


def curves(times):
    return scaling(times, x="kernels", y="run_time_s", by="variant")


def image_of(shown):
    """(the description, the SVG) that a reader without scripts gets."""
    [(alt, data)] = re.findall(
        r'<img alt="([^"]*)"[^>]*src="data:image/svg\+xml;base64,([^"]+)"', shown._repr_html_()
    )
    return unescape(alt), b64decode(data).decode()


# ---- what they say ------------------------------------------------------------------------------


def test_is_a_quantile_the_least_time_within_which_the_share_is_done():
    times = [float(n) for n in range(1, 101)]
    assert [quantile(times, share) for share in (0, 0.5, 0.9, 0.99, 1)] == [1, 50, 90, 99, 100]
    assert quantile([7.0], 0.5) == 7 and quantile([1.0, 2.0], 0.5) == 1


def test_are_curves_the_share_of_messages_that_is_handled(messages):
    axes = latency(messages, by="mechanism").figure.axes[0]
    for line in axes.lines:
        rows = messages[messages.mechanism == line.get_label()]
        taken = (rows.handled_s - rows.time_s) * 1e6
        for time, share in zip(line.get_xdata()[1:], line.get_ydata()[1:], strict=True):
            before, until = (taken < time - 1e-9).mean(), (taken <= time + 1e-9).mean()
            assert before < share <= until
        assert line.get_ydata()[0] == 0 and line.get_ydata()[-1] == 1
    assert len(axes.lines) == messages.mechanism.nunique() == 2


def test_are_quantiles_named_in_words_where_there_are_enough_messages(messages):
    said = latency(messages, by="kind").description
    for kind, rows in messages.groupby("kind"):
        sentence = re.search(rf"{kind}: {len(rows)} messages?, ([^.]*(?:\.\d[^.]*)*)\.", said)[1]
        assert ("9 of 10 within" in sentence) == (len(rows) >= 10)
        assert ("99 of 100 within" in sentence) == (len(rows) >= 100)
        assert sentence.count("within") == 1 + sum(len(rows) >= n for n in (2, 10, 100))
    assert "99 of 100" in said


def test_is_a_message_that_was_never_handled_told_and_not_drawn(messages):
    lost = messages.copy()
    lost.loc[lost.index[:3], "handled_s"] = float("inf")
    assert latency(lost).description.endswith("3 messages never handled.")
    assert "never" not in latency(messages).description
    lost["handled_s"] = float("inf")
    with pytest.raises(ValueError, match="no message was handled"):
        latency(lost)


def test_are_times_of_unlike_size_spaced_by_powers(messages):
    slow = messages.copy()
    slow.loc[slow.index[0], "handled_s"] += 1
    assert latency(slow).figure.axes[0].get_xscale() == "log"
    assert latency(messages).figure.axes[0].get_xscale() == "linear"


def test_is_every_point_of_a_scaling_curve_drawn_and_told(times):
    shown = curves(times)
    lines = {line.get_label(): line for line in shown.figure.axes[0].lines}
    for name, rows in times.groupby("variant"):
        assert list(lines[name].get_xdata()) == list(rows.kernels)
        assert list(lines[name].get_ydata()) == list(rows.run_time_s)
        points = zip(rows.kernels, rows.run_time_s, strict=True)
        told = ", ".join(f"{kernels}: {time:.4g}" for kernels, time in points)
        assert f"{name}: {told}; in all 0.125 times." in shown.description
    assert shown.title == "Run time in seconds by kernels"


def test_does_the_description_change_with_the_data(times, messages):
    fewer = curves(times[times.kernels < 8])
    assert curves(times).description != fewer.description
    assert latency(messages).description != latency(messages[:-1]).description


# ---- how they look ------------------------------------------------------------------------------


def test_do_lines_differ_in_more_than_their_colour(times, messages):
    for shown in (curves(times), latency(messages)):
        lines = shown.figure.axes[0].lines
        assert len({line.get_marker() for line in lines}) == len(lines) > 1


def test_has_every_line_its_name_at_its_end_apart_from_the_others(times):
    close = pandas.concat(
        times.assign(variant=f"v{n}", run_time_s=times.run_time_s + n / 1e3)[:4] for n in range(5)
    )
    names = curves(close).figure.axes[0].texts
    assert [text.get_text() for text in names] == [f"v{n}" for n in range(5)]
    heights = sorted(text.xyann[1] for text in names)
    assert all(b - a > 14 for a, b in pairwise(heights))


def test_do_powers_of_two_stand_equally_far_apart(times):
    axes = curves(times).figure.axes[0]
    assert axes.get_xscale() == "log" and list(axes.get_xticks()) == [1, 2, 4, 8]
    uneven = curves(times.replace({"kernels": {8: 7}}))
    assert uneven.figure.axes[0].get_xscale() == "linear"


def test_is_there_a_band_only_where_the_frame_has_one(times):
    with_band = curves(times).figure.axes[0]
    assert len(with_band.collections) == 2
    without = times.drop(columns="high")
    assert not curves(without).figure.axes[0].collections


def test_is_every_colour_one_of_the_page(times, messages):
    shown = [latency(messages, by=name) for name in ("kind", "mechanism", "destination")]
    for one in (*shown, curves(times)):
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", one.body)
        used = set(re.findall(r"var\(--p-(\w+)\)", one.body))
        assert used and used <= set(colours().values())
    mechanisms = set(re.findall(r"var\(--p-(\w+)\)", shown[1].body)) & set(palette.MECHANISMS)
    assert mechanisms == set(messages.mechanism.unique())


def test_has_no_colour_two_meanings_on_light_ground():
    pairs = [*palette.GROUND, *palette.STATES, *palette.MECHANISMS, *palette.KERNELS]
    assert len(colours()) == len(pairs)


# ---- as a picture in a page ---------------------------------------------------------------------


def test_does_a_reader_without_scripts_get_an_image_with_words(times):
    shown = curves(times)
    alt, svg = image_of(shown)
    assert alt == f"{shown.title}. {shown.description}"
    root = ElementTree.fromstring(svg)
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"lock", "<none> & co", "kernels", "run time in seconds", shown.title} <= set(texts)


def test_is_there_nothing_that_two_copies_could_share(times, messages):
    for shown in (curves(times), latency(messages)):
        assert not re.findall(r"\sid=|url\(|<use|<style|<defs|href", shown.body)
        assert set(re.findall(r"https?://[^\"'\s<]+", shown.svg)) == {"http://www.w3.org/2000/svg"}


def test_are_many_messages_still_a_small_picture(messages):
    many = pandas.concat([messages] * 60, ignore_index=True)
    assert len(many) > 10_000
    for by in ("kind", "mechanism"):
        assert len(latency(many, by=by)._repr_html_().encode()) < 60 * 1024


def test_is_the_same_figure_the_same_text_in_another_process(times):
    program = (
        "import pandas; from popcorn_lib.draw import scaling;"
        "print(scaling(pandas.DataFrame({'k': [1, 2, 4], 's': [3, 2, 1]}), 'k', 's').svg, end='')"
    )
    command = [sys.executable, "-c", program]
    there = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    assert there == scaling(pandas.DataFrame({"k": [1, 2, 4], "s": [3, 2, 1]}), "k", "s").svg


def test_does_nobody_else_notice(times):
    before = dict(matplotlib.rcParams)
    shown = curves(times)
    assert shown._repr_html_() and dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"font.size": 40, "axes.facecolor": "red", "lines.linewidth": 9}):
        assert curves(times).svg == shown.svg


def test_does_a_change_of_the_figure_show(times):
    shown = curves(times)
    shown.figure.axes[0].axhline(1, color="#123456")
    shown.figure.set_figheight(8)
    svg = image_of(shown)[1]
    assert "#123456" in svg and 'height="576"' in svg
    assert re.search(r'clip-path="url\(#(\w+)\)"', svg)[1] in re.findall(r'\sid="(\w+)"', svg)


def test_are_wrong_columns_and_points_named(times, messages):
    with pytest.raises(ValueError, match=r"'colour'.*'kind'"):
        latency(messages, by="colour")
    with pytest.raises(ValueError, match=r"'cores'.*'kernels'"):
        scaling(times, "cores", "run_time_s")
    with pytest.raises(ValueError, match="two points at kernels 1"):
        scaling(times, "kernels", "run_time_s")
    with pytest.raises(ValueError, match="no rows"):
        scaling(times[:0], "kernels", "run_time_s")
