"""Lessons as files: what an export keeps, what it refuses, and how it says so.

Most notebooks here carry their outputs already, so that no kernel is needed to look at the export;
three tests run a real one.
"""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from popcorn_lib.draw.palette import GROUND
from popcorn_lib.publish import PublishError, ink, lesson, reveal
from popcorn_lib.publish.__main__ import main
from popcorn_lib.publish.export import TEMPLATES, to_html
from popcorn_lib.publish.outputs import VIEW
from popcorn_lib.publish.sheets import stacks

PIXEL = base64.b64encode(b"\x89PNG stands in for a picture").decode()


def text(source, kind=None, tags=(), **more):
    """A Markdown cell with a mark for the slides, and tags."""
    return marked(new_markdown_cell(source, **more), kind, tags)


def code(source, *outputs, kind=None, tags=()):
    """A code cell that has run already."""
    return marked(new_code_cell(source, outputs=list(outputs)), kind, tags)


def marked(cell, kind, tags):
    if kind:
        cell.metadata["slideshow"] = {"slide_type": kind}
    cell.metadata["tags"] = list(tags)
    return cell


def shown(data, **metadata):
    return new_output("display_data", data=data, metadata=metadata)


def exported(*cells, kind="slides", path=Path("02_messages.ipynb")):
    """The HTML of a lesson that has run already."""
    return to_html(lesson.number(new_notebook(cells=list(cells))), kind, path)


def body(html):
    """What the reader sees: the page without its scripts and styles."""
    return html.partition("<main")[2].partition("</main>")[0]


def written(path, *sources):
    """A notebook on disk with a title and these code cells, not run."""
    cells = [text("# A small *lesson*", "slide"), *map(new_code_cell, sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path


KINDS = pytest.mark.parametrize("kind", ["slides", "pages"])


# What the reader gets


@KINDS
def test_does_the_page_take_its_title_and_language_from_the_lesson(kind):
    html = exported(text("# Messages & *kernels*"), kind=kind)
    assert "<title>Messages &amp; kernels</title>" in html
    assert '<html lang="en-GB">' in html


@KINDS
def test_is_code_shown_without_prompts_and_hidden_where_the_author_says_so(kind):
    html = exported(code("answer = 42"), code("plumbing()", tags=["hide-input"]), kind=kind)
    assert "answer" in html and "plumbing" not in html
    assert not re.search(r"In\s*(&nbsp;|\xa0)?\[", html)


@KINDS
def test_does_a_picture_keep_its_description(kind):
    words = {"image/png": {"alt": "Three kernels & a page"}}
    html = exported(code("draw()", shown({"image/png": PIXEL}, **words)), kind=kind)
    assert 'alt="Three kernels &amp; a page"' in html


@KINDS
def test_is_a_picture_beside_the_lesson_taken_into_the_file(kind, tmp_path):
    (tmp_path / "ring.png").write_bytes(b"picture")
    html = exported(text("![A ring](ring.png)"), kind=kind, path=tmp_path / "a.ipynb")
    assert "data:image/png;base64," in html and 'src="ring.png"' not in html


@KINDS
def test_does_a_stepper_stay_alive(kind):
    stepper = '<div class="popcorn-stepper"><svg role="img" aria-label="one"></svg>'
    script = "<script>if (1 < 2 && true) start();</script></div>"
    html = exported(code("step()", shown({"text/html": stepper + script})), kind=kind)
    assert "if (1 < 2 && true) start();" in html and 'class="popcorn-stepper"' in html


@KINDS
def test_is_a_formula_typeset_without_a_script(kind):
    html = exported(text(r"It costs $2\alpha + n$ and" + "\n\n" + r"$$\frac{n}{B}$$"), kind=kind)
    assert html.count("<math") == 2 and "<mfrac>" in html
    assert r'alttext="2\alpha + n"' in html and "$" not in body(html)


@KINDS
def test_does_a_link_to_the_next_lesson_lead_to_its_export(kind):
    html = exported(text("[on](03_moving.ipynb#Go), [out](https://example.org/a.ipynb)"), kind=kind)
    assert 'href="03_moving.html#Go"' in html and 'href="https://example.org/a.ipynb"' in html


def test_do_notes_go_to_the_lecturer_and_skipped_cells_nowhere():
    html = exported(
        text("# Title", "slide"),
        text("Wait for hands.", "notes"),
        text("for the notebook only", "skip"),
        text("the same by tag", tags=["hide-slide"]),
    )
    assert re.search(r'<aside class="notes">\s*<p>Wait for hands.</p>', html)
    assert "for the notebook only" not in html and "the same by tag" not in html


def test_does_a_page_keep_everything_and_list_its_headings():
    html = exported(
        text("# Title\n\n## Why *two*?"),
        text("Wait for hands.", "notes"),
        text("for the notebook only", "skip"),
        text("## Why *two*?"),
        kind="pages",
    )
    assert "for the notebook only" in html
    assert "<summary>For the lecturer</summary>" in html
    assert '<a href="#Why-two?">Why two?</a>' in html
    assert len(set(re.findall(r'<h2 id="([^"]+)"', html))) == 2


def test_are_slides_cut_where_the_author_marks_them():
    cells = [
        text("a"),
        text("b", "fragment"),
        text("c"),
        text("d", "subslide"),
        text("e", "notes"),
        text("f", "slide"),
    ]
    deck = stacks(cells)
    groups = [[sheet.groups for sheet in stack] for stack in deck]
    said = [[["".join(c.source for c in g.cells) for g in s] for s in stack] for stack in groups]
    assert said == [[["a", "bc"], ["d"]], [["f"]]]
    assert [group.fragment for group in deck[0][0].groups] == [False, True]
    assert [cell.source for cell in deck[0][1].notes] == ["e"]


# What an export refuses


def test_is_a_dead_widget_replaced_by_its_twin():
    data = {VIEW: {"model_id": "m1"}, "text/plain": "IntSlider()", "text/html": "<p>the twin</p>"}
    html = exported(code("explore()", shown(data)))
    assert "<p>the twin</p>" in html and "m1" not in body(html) and "IntSlider" not in html


@pytest.mark.parametrize("plain", ["IntSlider(value=3)", "interactive(children=(In…"])
def test_is_a_widget_without_a_twin_refused_by_name(plain):
    data = {VIEW: {"model_id": "m1"}, "text/plain": plain}
    with pytest.raises(PublishError, match=r"cell 2 \('explore\(3\)'\).*no static twin"):
        exported(text("# T"), code("explore(3)\nmore()", shown(data)))


def test_is_an_output_that_no_browser_shows_refused():
    with pytest.raises(PublishError, match=r"cell 1 .*no form that a browser can show"):
        exported(code("plot()", shown({"application/vnd.plotly.v1+json": {}})))


@pytest.mark.parametrize(
    "cell",
    [
        code("draw()", shown({"image/png": PIXEL})),
        code("draw()", shown({"image/svg+xml": "<svg></svg>"})),
        code("draw()", shown({"text/html": "<svg viewBox='0 0 1 1'><path d='M0 0'/></svg>"})),
        text("<img src='data:image/png;base64,AA=='>"),
    ],
)
def test_is_a_picture_without_words_refused(cell):
    with pytest.raises(PublishError, match=r"cell 1 .*without a description"):
        exported(cell)


@pytest.mark.parametrize(
    "html",
    [
        "<script src='https://cdn.example/x.js'></script>",
        "<script>import x from 'https://cdn.example/x.mjs'</script>",
        "<script>await import('//cdn.example/x.mjs')</script>",
        "<link rel=stylesheet href=//cdn.example/x.css>",
        "<style>@import 'https://cdn.example/x.css';</style>",
        "<p style='background: url(https://cdn.example/x.png)'>",
        "<img alt='x' src='elsewhere.png'>",
        "<svg role='img'><use href='other.svg#a'/></svg>",
    ],
)
def test_is_whatever_would_be_fetched_refused(html):
    with pytest.raises(PublishError, match=r"cell 1 .* loads "):
        exported(code("show()", shown({"text/html": html})))


def test_is_a_formula_that_cannot_be_typeset_blamed_on_its_cell():
    with pytest.raises(PublishError, match=r"cell 2 .*cannot typeset"):
        exported(text("# T"), text(r"$\frobnicate{1}$"))


# What the file is made of


@KINDS
def test_does_the_finished_file_fetch_nothing(kind):
    html = exported(text("# T\n\n[out](https://example.org)", "slide"), code("1 + 1"), kind=kind)
    html = re.sub(r"<a [^>]*>", "", html)
    web = r"""["']?\s*(?:https?:)?//"""
    assert not re.search(rf"\b(?:src|srcset|href|poster)\s*=\s*{web}", html)
    assert not re.search(rf"url\(\s*{web}", html)
    assert not re.search(rf"@?\bimport\b[^;\n]{{0,40}}{web}", html)


def test_is_a_deck_small_enough_to_send():
    assert len(exported(text("# T"), code("1 + 1"))) < 350_000
    assert len(exported(text("# T"), code("1 + 1"), kind="pages")) < 30_000


def test_can_a_script_not_end_its_own_tag():
    page = reveal.inline("a = '<script></script><!-- x -->'")
    assert page == r"a = '<script>\x3c/script>\x3c!-- x -->'"
    assert all("</script" not in reveal.reveal()[part] for part in ("js", "notes"))


THEMES = pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])


@THEMES
@pytest.mark.parametrize("colour", ink.COLOURS)
def test_is_every_colour_of_text_readable_on_every_paper(colour, theme):
    for paper in ink.PAPERS.values():
        assert ink.contrast(ink.COLOURS[colour][theme], paper[theme]) >= 4.5


def test_is_every_colour_of_a_page_one_of_ours():
    """White behind a figure without a ground of its own is the only one that does not change."""
    for name in ("common.css", "page.css", "slides.css"):
        css = (TEMPLATES / "popcorn" / name).read_text("utf-8")
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", css)) <= {"#ffffff"}
        used = set(re.findall(r"var\(--(\w+)\)", css))
        assert used <= {*ink.PAPERS, *ink.COLOURS, *ink.RULES, "sans", "mono"}
    code = {"#" + style["color"] for _, style in ink.Ink if style["color"]}
    assert len(code) > 5 and code <= {light for light, _ in ink.COLOURS.values()}


def test_is_a_page_of_the_same_ground_as_the_pictures_on_it():
    assert ink.PAPERS["paper"] == GROUND["ground"]


@KINDS
@pytest.mark.parametrize(
    ("theme", "scheme"), [("system", "light dark"), ("light", "light"), ("dark", "dark")]
)
def test_is_a_file_made_in_the_theme_that_is_asked_for(kind, theme, scheme, tmp_path):
    html = to_html(lesson.number(new_notebook(cells=[text("# T")])), kind, Path("a.ipynb"), theme)
    assert f":root{{color-scheme:{scheme};" in html
    assert "@media print{:root{color-scheme:light}}" in html


def test_is_an_empty_corner_of_a_table_not_called_a_heading():
    table = "<table><thead><tr><th></th><th>kind</th></tr></thead><tbody></tbody></table>"
    html = exported(code("frame", shown({"text/html": table})))
    assert "<td></td><th>kind</th>" in html


# Running, and the command line


def test_does_a_lesson_run_as_a_stranger_would_run_it(tmp_path, capsys):
    path = written(
        tmp_path / "a.ipynb",
        "import os, pathlib\nprint(os.environ['POPCORN_PREDICT'], os.listdir('.') == ['.ipython'])",
        "import popcorn_lib\npathlib.Path('left.txt').write_text('behind')",
    )
    before = path.read_bytes()
    asked = ["slides", str(path), "--theme", "dark", "--to", str(tmp_path / "out")]
    assert main(asked) == 0
    html = (tmp_path / "out" / "a.html").read_text("utf-8")
    assert ":root{color-scheme:dark;" in html
    assert "off True" in html
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.ipynb", "out"]
    index = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert re.search(r'<a href="a.html">A small lesson</a> <span class="size">\d+ kB', index)
    assert "a.ipynb: ran in" in capsys.readouterr().out


def test_does_one_bad_lesson_stop_neither_the_others_nor_the_alarm(tmp_path, capsys):
    bad = written(tmp_path / "bad.ipynb", "x = 1", "assert x == 2, 'no'")
    good = written(tmp_path / "good.ipynb", "1 + 1")
    assert main(["pages", str(bad), str(good), "--to", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "error: bad.ipynb, cell 3 (\"assert x == 2, 'no'\") raises AssertionError: no" in said
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["good.html", "index.html"]


def test_is_a_cell_that_never_ends_stopped_and_named():
    notebook = lesson.number(new_notebook(cells=[new_code_cell("while True: pass")]))
    with pytest.raises(PublishError, match=r"cell 1 \('while True: pass'\) took longer than 1 s"):
        lesson.run(notebook, timeout=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["slides", "nowhere.ipynb"], "no such notebook: nowhere.ipynb"),
        (["slides"], "no notebooks/*.ipynb here"),
    ],
)
def test_does_a_wrong_call_say_what_is_wrong(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["films"], ["slides", "--colour"], []])
def test_is_an_unknown_word_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: python -m popcorn_lib.publish" in capsys.readouterr().err


def test_is_a_file_that_is_no_notebook_refused(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": 3}))
    assert main(["slides", str(path), "--to", str(tmp_path)]) == 1
    assert "is not a notebook" in capsys.readouterr().err


def python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_does_a_missing_package_come_with_what_to_install(tmp_path):
    path = written(tmp_path / "a.ipynb")
    said = python(
        "import sys; sys.modules['nbclient'] = None\n"
        "from popcorn_lib.publish.__main__ import main\n"
        f"sys.exit(main(['slides', {str(path)!r}]))"
    )
    assert said.returncode == 1
    assert 'error: nbclient is not installed: pip install -e ".[publish]"' in said.stderr


def test_does_the_library_itself_not_import_the_exporter():
    said = python(
        "import sys, popcorn_lib\n"
        "print([name for name in sys.modules if 'publish' in name or 'nbconvert' in name])"
    )
    assert said.stdout.strip() == "[]", said.stderr
