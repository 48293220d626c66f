"""A lesson cut into slides, by the marks that JupyterLab's property inspector sets.

`slide` starts a slide, `subslide` one below it, `fragment` something that waits for a key,
`notes` what only the lecturer sees, `skip` what is not shown; no mark goes on where we are.
The tag `hide-slide` is another word for `skip`.
"""

from dataclasses import dataclass, field

HIDDEN = {"hide-slide", "hide-cell", "remove-cell"}


@dataclass
class Group:
    """Cells that appear together: at once, or as a fragment at the lecturer's key."""

    fragment: bool
    cells: list = field(default_factory=list)


@dataclass
class Sheet:
    """One slide: groups of cells from top to bottom, and the lecturer's notes."""

    groups: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def mark(cell):
    """What the author marked the cell as; "-" where nothing is marked."""
    if HIDDEN & set(cell.metadata.get("tags", ())):
        return "skip"
    return cell.metadata.get("slideshow", {}).get("slide_type") or "-"


def stacks(cells):
    """The slides from left to right, each a list: the slide itself and those below it."""
    deck = []
    for cell in cells:
        kind = mark(cell)
        if kind == "skip" or cell.cell_type == "raw":
            continue
        if not deck or kind == "slide":
            deck.append([Sheet()])
        elif kind == "subslide":
            deck[-1].append(Sheet())
        _place(cell, kind, deck[-1][-1])
    return deck


def _place(cell, kind, sheet):
    if kind == "notes":
        sheet.notes.append(cell)
        return
    # What follows a fragment waits with it, as in JupyterLab's own slides.
    if kind == "fragment" or not sheet.groups:
        sheet.groups.append(Group(fragment=kind == "fragment"))
    sheet.groups[-1].cells.append(cell)
