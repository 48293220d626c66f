"""A JupyterLab of our own, and a lesson that is open in it."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
MAC = [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Chromium")]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]
MISSING = (
    "no Chromium found; install one (Debian: apt install chromium, macOS: brew install "
    "--cask google-chrome) or name it: "
)
# The question about news would lie over what a test wants to use.
NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'


def chromium_here():
    """The path of the Chromium that the environment names or that is installed; None if none is."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *map(shutil.which, MAC)]
    return next(filter(None, found), None)


@contextmanager
def serve(lessons, folder):
    """Serve the folder `lessons`; whatever JupyterLab writes besides goes to `folder`."""
    port, token = free_port(), secrets.token_hex(8)
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(NO_NEWS, encoding="utf-8")
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.root_dir={lessons}", f"--port={port}", "--log-level=WARN"]
    command += ["--LabApp.expose_app_in_browser=True"]
    log = folder / "jupyterlab.log"
    with open(log, "wb") as file:
        environment = {**private_jupyter(folder), "JUPYTER_TOKEN": token}
        server = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    address = f"http://localhost:{port}/lab?token={token}"
    try:
        while not answers(address):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def private_jupyter(folder):
    """The environment in which Jupyter keeps its files in `folder` and reads nobody's settings."""
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
    private = {name: str(folder / name.lower()) for name in names}
    private["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    private["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    return {**os.environ, **private}


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def answers(address):
    """Whether something serves this address."""
    try:
        with urlopen(address) as response:
            return response.status == 200
    except (URLError, ConnectionError):
        return False


@contextmanager
def fresh(browser):
    """A page without a network; at its end it fails on errors in it, and if it asked elsewhere."""
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


class Lesson:
    """One notebook in JupyterLab, asked through the application rather than through its looks."""

    def __init__(self, page, lab, name):
        self.page = page
        page.goto(lab.replace("/lab?", f"/lab/tree/{name}.ipynb?reset&"))
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.content?.model?.cells")
        page.wait_for_function(f"{PANEL}.sessionContext.session?.kernel?.status === 'idle'")

    def run(self):
        """Run all cells; returns when the last one has ended."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def outputs(self):
        """The outputs of each cell, as the notebook would save them."""
        return [cell.get("outputs", []) for cell in self.page.evaluate(CELLS)]

    def errors(self):
        """(cell number, what was raised) for each cell that failed."""
        return [
            (number, f"{output['ename']}: {output['evalue']}")
            for number, outputs in enumerate(self.outputs())
            for output in outputs
            if output["output_type"] == "error"
        ]

    def show_all(self):
        """Put all cells into the page, and wait for their outputs."""
        change = "panel.content.notebookConfig = {...panel.content.notebookConfig, ...all}"
        self.page.evaluate(
            f"all => {{ const panel = {PANEL}; {change}; }}", {"windowingMode": "none"}
        )
        there = sum(map(bool, self.outputs()))
        self.page.wait_for_function(
            "there => [...document.querySelectorAll('.jp-Notebook .jp-Cell-outputArea')]"
            ".filter(area => area.querySelector('.jp-OutputArea-output > *')).length === there",
            arg=there,
        )

    def cell(self, number):
        """A cell, scrolled into view: JupyterLab has only those near the window in its page."""
        self.page.evaluate(f"{PANEL}.content.scrollToItem({number})")
        cell = self.page.locator(f'.jp-Notebook [data-windowed-list-index="{number}"]')
        cell.scroll_into_view_if_needed()
        return cell

    def first(self, selector):
        """The first output that contains such an element: (the output's area, the element)."""
        for number, outputs in enumerate(self.outputs()):
            if outputs:
                area = self.cell(number).locator(".jp-Cell-outputArea")
                area.locator("> *").first.wait_for(state="attached")
                if area.locator(selector).count():
                    return area, area.locator(selector).first
        raise AssertionError(f"no output of this lesson contains {selector}")


PANEL = "window.jupyterapp.shell.currentWidget"
CELLS = f"Array.from({PANEL}.content.model.cells).map(cell => cell.toJSON())"
SLIDER = ".noUi-handle, input[type=range]"


def picture(area):
    """What the pictures of an output look like now."""
    return area.locator("svg, img").evaluate_all("all => all.map(one => one.outerHTML).join()")
