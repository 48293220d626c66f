"""A lesson on its way out: read, numbered, and run as a stranger would run it.

A stranger has the library and the notebook, and nothing else.  So the kernel is fresh, its folder
is empty and goes away afterwards, and no profile of the user's takes part.  What a lesson writes
is gone with the folder, and a lesson that reads a file beside it fails here rather than in class.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError

from popcorn_lib.publish import PublishError

_LIBRARY = Path(__file__).resolve().parents[2]


def read(path):
    """The notebook at `path`, each cell with its number; PublishError if it is not a notebook."""
    path = Path(path)
    if not path.is_file():
        raise PublishError(f"no such notebook: {path}")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises whatever its JSON and schema readers raise
        raise PublishError(f"{path} is not a notebook: {error}") from error
    return number(notebook)


def number(notebook):
    """Write each cell's number into its metadata: removing cells must not change their names."""
    for count, cell in enumerate(notebook.cells, start=1):
        cell.metadata["number"] = count
    return notebook


def name(cell):
    """How messages call a cell: its number, as one counts in the notebook, and how it begins."""
    start = cell.source.strip().partition("\n")[0]
    start = start if len(start) <= 40 else start[:39] + "…"
    return f"cell {cell.metadata['number']} ({start!r})"


def title(notebook, default):
    """The first heading of the first level, without its markup."""
    for cell in notebook.cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            if line.startswith("# "):
                return line[2:].strip().strip("#").replace("*", "").replace("`", "").strip()
    return default


def run(notebook, timeout=120):
    """Run the notebook in place; PublishError names the cell that failed or took too long."""
    at = {}
    with tempfile.TemporaryDirectory(prefix="lesson-", ignore_cleanup_errors=True) as folder:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            store_widget_state=False,
            resources={"metadata": {"path": folder}},
            on_cell_start=lambda cell, cell_index: at.update(cell=cell),
        )
        try:
            # A kernel says on stderr that its sockets are plain: true, and no news to a lecturer.
            client.execute(env=_surroundings(folder), stderr=subprocess.DEVNULL)
        except (CellControlSignal, CellExecutionError, DeadKernelError) as error:
            raise PublishError(f"{name(at['cell'])} {_reason(error, timeout)}") from error
    return notebook


def _surroundings(folder):
    """The kernel's environment: our library, no predictions to make, no profile of the user's."""
    paths = [str(_LIBRARY), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "POPCORN_PREDICT": "off",
        "IPYTHONDIR": str(Path(folder, ".ipython")),
    }


def _reason(error, timeout):
    if isinstance(error, CellExecutionError):
        return f"raises {error.ename}: {error.evalue}"
    if isinstance(error, DeadKernelError):
        return "killed its kernel"
    return f"took longer than {timeout} s"
