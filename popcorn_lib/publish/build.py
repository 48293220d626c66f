"""One lesson after another to its file, and an index of all that lie there."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape

from jinja2 import Environment, FileSystemLoader

from popcorn_lib.publish import PublishError
from popcorn_lib.publish.export import TEMPLATES, to_html
from popcorn_lib.publish.ink import stylesheet
from popcorn_lib.publish.lesson import read, run
from popcorn_lib.publish.sheets import mark

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def build(kind, paths, folder, jobs=2, say=print, theme="system"):
    """Publish each lesson; return the messages of those that could not be.

    theme: "light" or "dark", or "system" for what the reader's system prefers.

    The waiting is for kernels, which are processes: threads suffice to run lessons side by side.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def attempt(path):
        try:
            say(publish(kind, path, folder, theme))
        except PublishError as error:
            return f"{path.name}, {error}"

    with ThreadPoolExecutor(jobs) as pool:
        problems = [problem for problem in pool.map(attempt, paths) if problem]
    say(index(kind, folder, theme))
    return problems


def publish(kind, path, folder, theme="system"):
    """Run one lesson and write its file; return the line that tells so."""
    start = time.perf_counter()
    notebook = run(read(path))
    ran = time.perf_counter()
    target = folder / f"{path.stem}.html"
    target.write_text(to_html(notebook, kind, path, theme), encoding="utf-8")
    done = time.perf_counter()
    return (
        f"{path.name}: ran in {ran - start:.1f} s, written in {done - ran:.1f} s"
        f" -> {target} ({size(target)}){_hint(kind, notebook)}"
    )


def index(kind, folder, theme="system"):
    """Write index.html over the files in the folder, older ones too; return a line about it."""
    rows = [
        {"file": path.name, "title": unescape(_TITLE.search(text)[1]), "size": size(path)}
        for path in sorted(folder.glob("*.html"))
        if path.name != "index.html" and _TITLE.search(text := path.read_text("utf-8"))
    ]
    loader = FileSystemLoader([TEMPLATES / "popcorn"])
    page = Environment(loader=loader, autoescape=True).get_template("index.html.j2")
    target = folder / "index.html"
    target.write_text(page.render(kind=kind, rows=rows, ink=stylesheet(theme)), encoding="utf-8")
    return f"{target} lists {len(rows)} {kind}"


def size(path):
    """The size of a file as one says it."""
    return f"{path.stat().st_size / 1000:,.0f} kB"


def _hint(kind, notebook):
    if kind == "slides" and all(mark(cell) == "-" for cell in notebook.cells):
        return "\n  no cell is marked as a slide: everything stands on one"
    return ""
