"""A browser, a page that can reach this machine alone, and a JupyterLab with a copy of the lessons.

Every test that uses `page` also shows that nothing raised an error in the page and that no other
machine was asked for anything.
"""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from in_lab import Lesson, serve
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
MAC = [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Chromium")]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items):
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *map(shutil.which, MAC)]
    path = next(filter(None, found), None)
    if path is None:
        pytest.exit(
            "no Chromium found; install one (Debian: apt install chromium, macOS: brew install "
            "--cask google-chrome) or name it: make test-all CHROMIUM=/path/to/chromium",
            returncode=1,
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh page without a network; what went wrong in it fails the test at its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page, asked, errors = context.new_page(), [], []
    context.route(lambda url: not is_here(url), lambda route: route.abort())
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda channel: asked.append(channel.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [url for url in asked if not is_here(url)] == [], "another machine was asked"
    assert errors == [], "an error in the page"


def is_here(url):
    """Whether an address stays on this machine; a file, data or blob address has no host."""
    return urlsplit(url).hostname in {None, "localhost", "127.0.0.1"}


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of a JupyterLab that serves a copy of the lessons."""
    folder = tmp_path_factory.mktemp("lab")
    own = shutil.ignore_patterns(".*", "*progress*.json")
    lessons = shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=own)
    with serve(lessons, folder) as address:
        yield address


@pytest.fixture
def open_lesson(page, lab):
    """open_lesson("00_start_here") opens that lesson in JupyterLab, its kernel ready."""
    return lambda name: Lesson(page, lab, name)
