"""A browser, a page that can reach this machine alone, and lessons: in a JupyterLab, and exported.

Every test that uses `page` also shows that nothing raised an error in the page and that no other
machine was asked for anything.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
from in_lab import MISSING, QUIET, Lesson, chromium_here, fresh, serve
from playwright.sync_api import sync_playwright
from sample import SAMPLES

from popcorn_lib.publish.export import KINDS, to_html
from popcorn_lib.publish.lesson import number, read, run

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}


def pytest_collection_modifyitems(items):
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests."""
    path = chromium_here()
    if path is None:
        pytest.exit(f"{MISSING}make test-all CHROMIUM=/path/to/chromium", returncode=1)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh page without a network; what went wrong in it fails the test at its end."""
    with fresh(browser) as page:
        yield page


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The folder that JupyterLab serves: a copy of the lessons."""
    own = shutil.ignore_patterns(".*", "*progress*.json")
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    return shutil.copytree(ROOT / "notebooks", folder, ignore=own)


@pytest.fixture(scope="session")
def lab(served):
    """The address of a JupyterLab that serves a copy of the lessons."""
    with serve(served, served.parent) as address:
        yield address


@pytest.fixture
def open_lesson(page, lab):
    """open_lesson("00_start_here") opens that lesson in JupyterLab, its kernel ready."""
    return lambda name: Lesson(page, lab, name)


class Export:
    """A lesson that has run, as `notebook`, and the addresses of its `slides` and `pages`."""

    def __init__(self, name, notebook, theme, folder):
        self.name, self.notebook = name, notebook
        path = LESSONS.get(name, Path(f"{name}.ipynb"))
        for kind in KINDS:
            file = folder / f"{kind}.html"
            file.write_text(to_html(deepcopy(notebook), kind, path, theme), encoding="utf-8")
            setattr(self, kind, file.as_uri())


@pytest.fixture(scope="session")
def export(request, tmp_path_factory):
    """export("02_messages") is that lesson as an Export; it runs once for all tests.

    Those that will be asked for run in the background, two at a time, before they are.
    """
    asked = [getattr(test, "callspec", None) for test in request.session.items]
    names = dict.fromkeys(
        one.params["published"] for one in asked if one and "published" in one.params
    )

    @cache
    def made(name, theme="system"):
        notebook = running[name].result() if name in running else ran(name)
        return Export(name, notebook, theme, tmp_path_factory.mktemp(f"{name}-{theme}"))

    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(ran, name) for name in names}
        yield made


def ran(name):
    """A lesson or a sample, run as a stranger would run it."""
    return run(read(LESSONS[name]) if name in LESSONS else number(SAMPLES[name]()))


@pytest.fixture(params=[*SAMPLES, *LESSONS])
def published(request, export):
    """Every lesson and sample in turn; one that cannot be published fails by its name."""
    return export(request.param)
