"""What of a cell's outputs lives on without a kernel.

A widget's picture comes as a bundle: the live view, and its static twin as HTML or text.  The
view is dropped and the twin stays.  A view without a twin would be a hole in the slide, and so
would a kind of output that a browser cannot show by itself: both are refused, by name.
"""

import re

from popcorn_lib.publish import PublishError
from popcorn_lib.publish.lesson import name

VIEW = "application/vnd.jupyter.widget-view+json"
# The best form first: what a browser shows with neither kernel nor network.
SHOWN = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/markdown",
    "text/latex",
    "text/plain",
)
# `IntSlider(value=3)`: how ipywidgets name themselves in text; a name is no twin.
_REPR = re.compile(r"\w+\(")


def settle(notebook):
    """Drop what needs a kernel from every output; PublishError where nothing would be left."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.outputs = [_settled(cell, output) for output in cell.get("outputs", ())]
    return notebook


def _settled(cell, output):
    if "data" not in output:
        return output  # a stream or an error: text, nothing else
    if VIEW in output.data and not _has_twin(output.data):
        raise PublishError(
            f"{name(cell)}: the widget has no static twin, so nobody could use it without a "
            "kernel; show it through the library's views, or give it a text/html form"
        )
    output.data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
    if "text/html" in output.data:
        output.data["text/html"] = _mended(output.data["text/html"])
    if not output.data:
        raise PublishError(f"{name(cell)}: the output has no form that a browser can show")
    return output


def _mended(html):
    """HTML in which an empty corner of a table, as pandas writes it, is not called a heading."""
    return html.replace("<th></th>", "<td></td>")


def _has_twin(data):
    plain = data.get("text/plain", "")
    rich = any(kind in data for kind in SHOWN if kind != "text/plain")
    return rich or bool(plain and not _REPR.match(plain))
