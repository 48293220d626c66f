"""A picture: an SVG, the text that says the same, and the ways in which a notebook shows them.

In a page it is an image with its description, which every reader gets, also where scripts and
inline SVG are taken out (a notebook from somebody else, GitHub, print).  Where scripts run, a few
lines put the same SVG into the page itself, so that it takes the page's theme.
"""

import json
import re
from base64 import b64encode
from functools import cache
from pathlib import Path

from popcorn_lib.draw import palette, svg


@cache
def asset(name):
    """The text of a file that lies beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8").strip()


@cache
def sheet():
    """The style of a picture that stands alone."""
    return palette.light() + asset("picture.css")


@cache
def page_sheet():
    """The style of pictures inside a page, with both themes."""
    return palette.themed() + asset("picture.css")


def call(script, *arguments):
    """A script element that calls a file's function with its own element and plain data."""
    plain = {"ensure_ascii": False, "separators": (",", ":")}
    data = ",".join(json.dumps(value, **plain) for value in arguments)
    safe = data.replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " ")
    return f"<script>({_source(script)})(document.currentScript,{safe})</script>"


@cache
def _source(script):
    """A script with the parts that it names, without indentation and lines of comment."""
    text = re.sub(r"// PART (\S+)", lambda part: asset(part[1]), asset(script))
    text = text.replace("// GROUND", asset("ground.js"))
    return re.sub(r"(?m)^\s*(//.*)?\n|^\s+", "", text)


class Picture:
    """An SVG with its name and description; a notebook shows it, `save` writes it to a file.

    svg: the document as text.  description: what it shows, in words.
    draws_title: whether the title stands in the drawing.
    """

    def __init__(self, width, height, body, title, description, draws_title=False):
        self.width, self.height, self.body = width, height, body
        self.title, self._description, self.draws_title = title, description, draws_title

    @property
    def description(self):
        """What the picture shows, in words; made when it is asked for."""
        if callable(self._description):
            self._description = self._description()
        return self._description

    @property
    def svg(self):
        """The whole SVG document."""
        size = self.width, self.height
        return svg.document(*size, self.body, sheet(), self.title, self.description)

    def bare(self):
        """The SVG for a page that has the style already."""
        size = self.width, self.height
        return svg.document(*size, self.body, "", self.title, self.description)

    def image(self):
        """The picture as an HTML image that needs nothing else."""
        data = b64encode(self.svg.encode()).decode()
        alt = svg.escape(f"{self.title}. {self.description}")
        return (
            f'<img alt="{alt}" width="{self.width:g}" style="max-width:100%;height:auto" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def save(self, path):
        """Write the SVG to a file; returns the path."""
        Path(path).write_text(self.svg, encoding="utf-8")
        return path

    def _repr_html_(self):
        script = call("picture.js", page_sheet())
        return f'<div class="popcorn popcorn-picture">{self.image()}{script}</div>'

    def __str__(self):
        return f"{self.title}\n{self.description}"

    def __repr__(self):
        return f"<Picture: {self.title}>"
