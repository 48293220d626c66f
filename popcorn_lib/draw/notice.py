"""Words in a picture's place: why there is none.

notice("This cannot be", "the two-kernel protocol needs exactly two kernels, not 3")
"""

from textwrap import wrap

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import Picture

WIDE, LINE, LETTERS = 720, 22, 84


def notice(title, words):
    """A picture that says something in plain words, with a mark beside its title."""
    lines = [line for part in str(words).splitlines() for line in wrap(part, LETTERS)]
    height = 76 + LINE * len(lines)
    size = "font-size:15px"
    parts = [
        svg.element("rect", class_="sheet", width=WIDE, height=height),
        '<path class="cross" style="--c:var(--p-now)" d="M24 24l14 14m0-14l-14 14"/>',
        svg.text(54, 36, title, "name", style="font-size:16px"),
        *(svg.text(54, 68 + LINE * at, line, style=size) for at, line in enumerate(lines)),
    ]
    return Picture(WIDE, height, "".join(parts), title, str(words), draws_title=True)
