"""Put notebooks into the form that is committed: `python tools/clean.py notebooks/*.ipynb`.

No outputs, no counts, no state of widgets, no traces of the editor; one line of the file for each
line of a cell.  Cells keep their ids, so that a change shows as what it is.
"""

import sys
from pathlib import Path

import nbformat

OF_NOTEBOOK = {"kernelspec", "title"}
OF_CELL = {"tags", "slideshow", "nbgrader", "editable", "deletable"}


def cleaned(text):
    """The text of a notebook file as it is to be committed."""
    notebook = nbformat.reads(text, as_version=4)
    keep(notebook.metadata, OF_NOTEBOOK)
    for cell in notebook.cells:
        keep(cell.metadata, OF_CELL)
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    return nbformat.writes(notebook) + "\n"


def keep(metadata, names):
    """Drop every other entry."""
    for name in set(metadata) - names:
        del metadata[name]


def main(paths):
    """Rewrite the files that are not clean, and say which."""
    for path in map(Path, paths):
        before = path.read_text(encoding="utf-8")
        if (after := cleaned(before)) != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"cleaned {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
