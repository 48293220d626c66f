"""The protocol's own source, shown by tag, so that text and code cannot drift apart.

A mechanism marks what its lesson explains:

    # DOC: migrate 1, the thread is packed and leaves
    ...
    # DOC: end

and the lesson shows it with `protocol("migrate 1")`.
"""

import html
from itertools import islice
from pathlib import Path
from textwrap import dedent

from popcorn_lib.errors import choose

ROOT = Path(__file__).parent
BEGIN, END = "# DOC: ", "# DOC: end"


class Excerpt:
    """One tagged piece of source: tag, title, file, first line, text."""

    def __init__(self, tag, title, file, line, text):
        self.tag, self.title, self.file, self.line, self.text = tag, title, file, line, text

    def __str__(self):
        return f"{self.tag}: {self.title} ({self.file}, line {self.line})\n\n{self.text}"

    __repr__ = __str__

    def _repr_html_(self):
        where = f"popcorn_lib/{self.file}, line {self.line}"
        return (
            f"<p><b>{html.escape(self.tag)}: {html.escape(self.title)}</b> "
            f"<small>({html.escape(where)})</small></p>"
            f"<pre><code>{html.escape(self.text)}</code></pre>"
        )


def protocol(tag):
    """The Excerpt with a tag, for example "migrate 1"; UsageError lists the tags there are."""
    found = {excerpt.tag: excerpt for path in _sources() for excerpt in _excerpts(path)}
    return found[choose("tag", tag, sorted(found))]


def _sources():
    rooms = ("applications", "isa", "mechanisms", "sync", "variants", "worlds")
    return sorted(path for room in rooms for path in ROOT.glob(f"{room}/**/*.py"))


def _excerpts(path):
    """The tagged pieces of one file, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        mark = line.strip()
        if mark == END and start is not None:
            title = lines[start - 1].strip().removeprefix(BEGIN)
            tag, _, rest = title.partition(", ")
            text = dedent("\n".join(_with_head(lines, start, number)))
            yield Excerpt(tag, rest, path.relative_to(ROOT).as_posix(), start + 1, text)
            start = None
        elif mark.startswith(BEGIN):
            start = number


def _with_head(lines, start, end):
    """The lines between two marks, after the head of the function or loop they stand in, if any."""
    indent = len(lines[start - 1]) - len(lines[start - 1].lstrip())
    above = reversed(lines[: start - 1])
    heads = (line for line in above if line.strip() and _indent(line) < indent)
    return [*islice(heads, 1), *lines[start : end - 1]]


def _indent(line):
    return len(line) - len(line.lstrip())
