"""What somebody sees who has just cloned the repository and typed `make lab`."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

from in_lab import SLIDER, free_port, picture, private_jupyter

ROOT = Path(__file__).resolve().parents[2]
FIRST = "00_start_here"


def test_does_the_first_lesson_run_and_its_picture_follow_a_widget(open_lesson):
    lesson = open_lesson(FIRST)
    lesson.run()
    assert lesson.errors() == []
    area, slider = lesson.first(SLIDER)
    area.locator("svg, img").first.wait_for()
    before = picture(area)
    slider.focus()
    for key in ("ArrowRight", "ArrowLeft"):  # the slider may already stand at its end
        lesson.page.keyboard.press(key)
        until = time.monotonic() + 5
        while picture(area) == before and time.monotonic() < until:
            lesson.page.wait_for_timeout(100)
        if picture(area) != before:
            return
    raise AssertionError("the slider moved, but the picture stayed as it was")


def test_does_make_lab_serve_the_lessons_at_the_address_it_prints(tmp_path):
    command = ["make", "lab", "HEADLESS=1", f"PORT={free_port()}"]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=private_jupyter(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that make and what it started can be ended together
    )
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if line.startswith("http://"):
                break
        assert said and said[-1].startswith("http://"), "".join(said)
        address, token = said[-1].strip().split("?")
        with urlopen(f"{address}?{token}") as shown:
            assert "JupyterLab" in shown.read().decode()
        contents = address.replace("/lab/tree/", "/api/contents/")
        with urlopen(f"{contents}?{token}&content=0") as answer:
            assert json.load(answer)["name"] == f"{FIRST}.ipynb"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)
