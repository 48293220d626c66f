"""The colours of code: few, dark enough for a bad projector, and none that carries a meaning alone.

Every colour keeps a contrast of at least 4.5 to 1 on the paper behind it (`contrast`; tested).
"""

from pygments.formatters import HtmlFormatter
from pygments.style import Style
from pygments.token import Comment, Error, Generic, Keyword, Name, Number, Operator, String, Token

PAPER = "#f4f7fa"


class Ink(Style):
    """Words of the language in the accent colour, text in green, remarks in slanted grey."""

    background_color = PAPER
    styles = {
        Token: "#1d2733",
        Comment: "italic #55626f",
        Keyword: "bold #0b5fa5",
        Keyword.Constant: "nobold #8a3b00",
        Operator.Word: "bold #0b5fa5",
        Name.Function: "#5a2d8c",
        Name.Class: "bold #5a2d8c",
        Name.Decorator: "#8a3b00",
        Name.Builtin: "#0d5c63",
        Name.Exception: "#a3262a",
        Number: "#8a3b00",
        String: "#23632f",
        String.Interpol: "#8a3b00",
        Generic.Error: "#a3262a",
        Error: "#a3262a",
    }


def stylesheet():
    """The rules for highlighted code; its background and frame belong to the page's own style."""
    return HtmlFormatter(style=Ink, nobackground=True).get_style_defs(".highlight")


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
