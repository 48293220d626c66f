"""A last look at the finished file, with a browser's eyes.

What would it fetch?  An export that a lecturer opens in a cellar must fetch nothing.  Links that a
reader follows are no fetching.  And which picture says nothing to who cannot see it?
"""

import re

from bs4 import BeautifulSoup

from popcorn_lib.publish import PublishError
from popcorn_lib.publish.lesson import name

_SOURCES = ("src", "srcset", "poster", "data", "background")
_FROM_CSS = re.compile(r"""@import\s+["']([^"']+)|url\(\s*["']?([^"')]+)""")
_FROM_SCRIPT = re.compile(
    r"""\b(?:import\s*\(?|from|fetch\s*\(|importScripts\s*\()\s*["'`]((?:https?:)?//[^"'`]+)"""
)
_INSIDE = ("data:", "#", "blob:", "about:")
_MUTE = "No description has been provided for this image"  # nbconvert's words for no alt text


def audit(html, notebook):
    """PublishError for the first thing the file would load, or the first picture without words."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(True):
        for url in loads(tag):
            raise PublishError(
                f"{_place(tag, notebook)} loads {url[:80]}: an export carries everything in itself "
                "(pictures must lie beside the lesson or in a folder there)"
            )
    for tag in soup.find_all(["img", "svg"]):
        if is_mute(tag):
            raise PublishError(
                f"{_place(tag, notebook)} shows a picture without a description: give an alt text "
                "(for figures: display(figure, metadata={'image/png': {'alt': '…'}}))"
            )


def loads(tag):
    """The addresses that a browser fetches because of this tag."""
    found = [tag[key] for key in _SOURCES if tag.get(key)]
    if tag.name not in ("a", "area"):
        found += [tag[key] for key in ("href", "xlink:href") if tag.get(key)]
    found += _in_css(tag.get("style", ""))
    if tag.name == "style":
        found += _in_css(tag.string or "")
    if tag.name == "script" and not tag.get("src"):
        found += _FROM_SCRIPT.findall(tag.string or "")
    return [url for url in found if not url.strip().startswith(_INSIDE)]


def is_mute(tag):
    """Whether a picture has neither words nor the mark that it needs none."""
    if tag.name == "img":
        return tag.get("alt") in (None, _MUTE)
    spoken = any(tag.get(key) for key in ("aria-label", "aria-labelledby")) or tag.find("title")
    around = [tag, *tag.parents]
    quiet = any(
        one.get("aria-hidden") == "true" or one.get("role") in ("img", "presentation", "none")
        for one in around
        if one.attrs
    )
    return not (spoken or quiet)


def _in_css(text):
    return [one or other for one, other in _FROM_CSS.findall(text)]


def _place(tag, notebook):
    holder = tag.find_parent(attrs={"data-cell": True})
    if holder is None:
        return "the page itself"
    number = int(holder["data-cell"])
    return name(next(cell for cell in notebook.cells if cell.metadata["number"] == number))
