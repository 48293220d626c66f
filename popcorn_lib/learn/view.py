"""One message, two faces: plain text everywhere, semantic HTML in a notebook.

A message is a title and blocks below it.  A block knows its `text()` and its `html()`.  Templates
and values are kept apart until they are rendered, so that every value is escaped by construction
and only the catalogue's own backticks become code.  The HTML needs no script, style sheet, id or
class, since a notebook's sanitiser removes them; it inherits its colours and therefore their
contrast in light and dark themes alike.
"""

import re
import textwrap
from html import escape

FRAME = "border-left: 3px solid gray; padding: 1px 12px; margin: 8px 0; max-width: 60em"
BLOCK = "margin: 5px 0"
INSIDE = "margin: 0 0 8px 18px"
CELL = "text-align: left; vertical-align: top; padding: 2px 12px 2px 0"
WRAP = "white-space: pre-wrap; overflow-wrap: anywhere"


def shorten(text, limit=160):
    """Return `text` with its middle left out where it is longer than `limit`."""
    half = (limit - 3) // 2
    return text if len(text) <= limit else f"{text[:half]} … {text[-half:]}"


def show(value, limit=160):
    """Return a short repr of any value, also of one whose repr fails."""
    try:
        return shorten(repr(value), limit)
    except Exception:  # a learner's __repr__ may do anything
        return f"<{type(value).__name__}>"


def _mark(template):
    """Escape a template and turn its backticks into code elements."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(template, quote=False))


class Line:
    """A paragraph: a template of the catalogue and the values that fill it."""

    def __init__(self, template, **values):
        self.template, self.values = template, values

    def text(self):
        return self.template.format(**self.values)

    def phrase(self):
        """Return the HTML without the paragraph around it."""
        return _mark(self.template).format(
            **{name: self._filled(value) for name, value in self.values.items()}
        )

    @staticmethod
    def _filled(value):
        return value.phrase() if isinstance(value, Line) else escape(str(value))

    def html(self):
        return f"<p style='{BLOCK}'>{self.phrase()}</p>"

    def __str__(self):
        return self.text()


def words(author):
    """Return a Line of an author's own words: braces mean themselves, backticks mark code."""
    return Line(author.replace("{", "{{").replace("}", "}}"))


class Code(str):
    """A string that is shown as code where it stands in a table's cell."""


class Listing:
    """A block of source or of any text whose line breaks count."""

    def __init__(self, source):
        self.source = source.strip("\n")

    def text(self):
        return textwrap.indent(self.source, "    ")

    def html(self):
        return f"<pre style='{BLOCK}; {WRAP}'><code>{escape(self.source)}</code></pre>"


class Table:
    """Rows under a header; the first cell of each row names the row."""

    def __init__(self, head, rows):
        self.head, self.rows = head, rows

    def text(self):
        lines = [[str(cell) for cell in row] for row in (self.head, *self.rows) if any(row)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)

    def html(self):
        head = "".join(f"<th scope='col' style='{CELL}'>{escape(cell)}</th>" for cell in self.head)
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        head = f"<thead><tr>{head}</tr></thead>" if any(self.head) else ""
        return (
            f"<table style='{BLOCK}; border-collapse: collapse'>{head}<tbody>{body}</tbody></table>"
        )

    @staticmethod
    def _row(row):
        cells = [_cell(cell) for cell in row]
        first = f"<th scope='row' style='{CELL}'>{cells[0]}</th>"
        return first + "".join(f"<td style='{CELL}'>{cell}</td>" for cell in cells[1:])


def _cell(value):
    if isinstance(value, Line):
        return value.phrase()
    text = escape(str(value))
    return f"<code style='{WRAP}'>{text}</code>" if isinstance(value, Code) else text


class Fold:
    """A summary that opens to show its body; works without scripts, a kernel or a network.

    As plain text only the summary shows: there is nothing to open it with.
    """

    def __init__(self, summary, *body):
        self.summary, self.body = summary, body

    def text(self):
        return f"  {self.summary.text()}"

    def html(self):
        body = "".join(block.html() for block in self.body)
        summary = f"<summary>{self.summary.phrase()}</summary>"
        return f"<details style='{BLOCK}'>{summary}<div style='{INSIDE}'>{body}</div></details>"


class Note:
    """A message to the learner: a titled first line, and blocks below it."""

    def __init__(self, text, *blocks, **values):
        self.title, self.body = Line(text.title, **values), Line(text.body, **values)
        self.blocks = list(blocks)

    def __repr__(self):
        return "\n".join([f"{self.title}. {self.body}", *(block.text() for block in self.blocks)])

    def _repr_html_(self):
        first = (
            f"<p style='{BLOCK}'><strong>{self.title.phrase()}.</strong> {self.body.phrase()}</p>"
        )
        return f"<div style='{FRAME}'>{first}{''.join(b.html() for b in self.blocks)}</div>"


class Result(float):
    """What a graded answer gives: a score from 0 to 1 that shows itself as its message.

    `bool(result)` is True only where everything is right.  `outcome` names the kind of answer,
    `details` has the traceback, if there was one.  A cell graded by nbgrader ends with
    `c1(f).score * points`, a plain float.
    """

    def __new__(cls, score, note=None, outcome="", details=""):
        return super().__new__(cls, score)

    def __init__(self, score, note=None, outcome="", details=""):
        self.note, self.outcome, self.details = note, outcome, details

    @property
    def score(self):
        return float(self)

    def __bool__(self):
        return self == 1

    def __repr__(self):
        return repr(self.note)

    __str__ = __repr__

    def _repr_html_(self):
        return self.note._repr_html_()
