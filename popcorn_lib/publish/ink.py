"""The colours of pages, slides and code, on light and on dark paper; none carries a meaning alone.

Every colour of text keeps a contrast of at least 4.5 to 1 on both papers (`contrast`; tested).
A style sheet names colours by custom properties only, so that one line decides on the theme.
"""

import re

from pygments.formatters import HtmlFormatter
from pygments.style import Style
from pygments.token import Comment, Error, Generic, Keyword, Name, Number, Operator, String, Token

# name -> (on light paper, on dark paper); the pictures' grounds are the papers, too
PAPERS = {
    "paper": ("#ffffff", "#171b21"),
    "tint": ("#f4f7fa", "#20262e"),  # behind code
}
COLOURS = {  # of text
    "ink": ("#1d2733", "#e3e8ee"),
    "quiet": ("#52606d", "#a9b3be"),
    "accent": ("#0b5fa5", "#7cbcf7"),
    "red": ("#a3262a", "#ff9a96"),
    "green": ("#23632f", "#8fd6a0"),
    "brown": ("#8a3b00", "#f2b07e"),
    "violet": ("#5a2d8c", "#cbaaf6"),
    "teal": ("#0d5c63", "#76d3d8"),
}
RULES = {"line": ("#d5dce4", "#3b454f")}  # lines between things, which nobody must see
THEMES = {"system": "light dark", "light": "light", "dark": "dark"}  # a page's color-scheme


def _on_light(name):
    return COLOURS[name][0]


class Ink(Style):
    """Words of the language in the accent colour, text in green, remarks in slanted grey."""

    background_color = PAPERS["tint"][0]
    styles = {
        Token: _on_light("ink"),
        Comment: f"italic {_on_light('quiet')}",
        Keyword: f"bold {_on_light('accent')}",
        Keyword.Constant: f"nobold {_on_light('brown')}",
        Operator.Word: f"bold {_on_light('accent')}",
        Name.Function: _on_light("violet"),
        Name.Class: f"bold {_on_light('violet')}",
        Name.Decorator: _on_light("brown"),
        Name.Builtin: _on_light("teal"),
        Name.Exception: _on_light("red"),
        Number: _on_light("brown"),
        String: _on_light("green"),
        String.Interpol: _on_light("brown"),
        Generic.Error: _on_light("red"),
        Error: _on_light("red"),
    }


def stylesheet(theme="system"):
    """The colours in a theme of THEMES, and the rules for highlighted code.

    "system" leaves the choice to the reader's system; on paper it is always light.
    """
    pairs = PAPERS | COLOURS | RULES
    named = "".join(
        f"--{name}:light-dark({light},{dark});" for name, (light, dark) in pairs.items()
    )
    names = {light: f"var(--{name})" for name, (light, _) in pairs.items()}
    code = "\n".join(HtmlFormatter(style=Ink).get_token_style_defs(".highlight"))
    return (
        f":root{{color-scheme:{THEMES[theme]};{named}}}\n"
        "@media print{:root{color-scheme:light}}\n"
        + re.sub("#[0-9a-fA-F]{6}", lambda found: names[found[0].lower()], code)
    )


def contrast(one, other):
    """How far two colours are apart in brightness, from 1 (equal) to 21 (black and white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    """Relative luminance as the web's accessibility guidelines define it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(
        weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
        for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )
