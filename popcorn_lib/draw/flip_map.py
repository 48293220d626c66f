"""Where a choice flips: a map of two quantities, in each cell what is best there, and by how much.

flip_map(cells, "pages", [0, 100], "accesses", [10, 20], title="...")

What is best is said by its name and by a mark of its own; its colour only repeats that.  A heavy
line runs where two neighbours differ.
"""

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.picture import Picture

CELL, HIGH, LEFT, TOP, SIDE = 104, 52, 132, 96, 16
MARKS = ("h10v10h-10z", "m5 0l6 10h-12z", "m5-1l6 6-6 6-6-6z")  # square, triangle, diamond
WIDEST = 7.9  # of a title's letters


def flip_map(cells, x, columns, y, rows, title):
    """A map; the first of `rows` is at the bottom.

    cells: {(column, row): (what is best, words on how much)}.  x, y: what the axes are called.
    """
    names = sorted({best for best, _ in cells.values()})
    width = max(LEFT + CELL * len(columns) + SIDE, round(WIDEST * len(title)) + 2 * SIDE)
    height = TOP + HIGH * len(rows) + SIDE
    places = {row: TOP + HIGH * number for number, row in enumerate(reversed(rows))}
    parts = [svg.element("rect", class_="sheet", width=width, height=height)]
    parts += [svg.text(SIDE, 28, title, "name"), svg.text(LEFT, 54, f"across: {x}", "quiet")]
    parts.append(svg.text(SIDE, 76, f"up: {y}", "quiet"))
    parts += [
        svg.text(LEFT + CELL * (n + 0.5), 84, f"{column:,}", "mid")
        for n, column in enumerate(columns)
    ]
    for row, top in places.items():
        parts.append(svg.text(LEFT - 12, top + HIGH / 2 + 4, f"{row:,}", "end"))
        for number, column in enumerate(columns):
            left = LEFT + CELL * number
            parts.append(_cell(left, top, names, *cells[column, row]))
    heavy, edges = "--c:var(--p-now);stroke-width:3", _edges(cells, columns, rows)
    parts.append(svg.element("path", class_="wire", style=heavy, d=edges) if edges else "")
    return Picture(width, height, "".join(parts), title, _said(cells, x, columns, y, rows), True)


def _cell(left, top, names, best, words):
    place = names.index(best)
    mark = MARKS[place % len(MARKS)]
    kind = palette.kernel_class(int(best[1:]) if best[1:].isdigit() else place)
    return (
        f'<g class="{kind}"><rect class="cell" x="{left + 1}" y="{top + 1}" width="{CELL - 2}" '
        f'height="{HIGH - 2}" rx="3" fill-opacity="0.16"/>'
        f'<path class="tip" d="M{left + 14} {top + 12}{mark}"/></g>'
        + svg.text(left + 32, top + 22, best, "name")
        + svg.text(left + 14, top + 42, words)
    )


def _edges(cells, columns, rows):
    """The path between cells in which different things are best."""
    path, down = [], len(rows)
    for n, column in enumerate(columns):
        for m, row in enumerate(rows):
            left, top = LEFT + CELL * n, TOP + HIGH * (down - 1 - m)
            best = cells[column, row][0]
            if n + 1 < len(columns) and cells[columns[n + 1], row][0] != best:
                path.append(f"M{left + CELL} {top}v{HIGH}")
            if m + 1 < down and cells[column, rows[m + 1]][0] != best:
                path.append(f"M{left} {top}h{CELL}")
    return "".join(path)


def _said(cells, x, columns, y, rows):
    """The map in words, column by column."""
    lines = []
    for column in columns:
        best = [f"{', '.join(filter(None, cells[column, row]))} at {row:,}" for row in rows]
        lines.append(f"{x} {column:,}: by {y}, {'; '.join(best)}.")
    return " ".join(lines)
