"""Does the cache of a sweep keep every answer, and only where it still is the answer?"""

import io
import json
import math
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal
from sweep_measures import calls, counted, inverse, slow

from popcorn_lib import Machine, UsageError, sweep
from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.sweeps import keys
from popcorn_lib.sweeps.cache import Cache
from popcorn_lib.sweeps.keys import Keys

HERE = Path(__file__).resolve().parent


# --- what is kept


def test_is_a_point_measured_once_however_the_sweep_is_cut(tmp_path):
    given = {"folder": str(tmp_path), "cache": tmp_path / "made" / "kept", "workers": 0}
    sweep(counted, x=[3, 1], **given)
    table = sweep(counted, x=[1, 2, 3], **given)
    assert table.value.tolist() == [1, 4, 9]
    assert calls(tmp_path) == {1: 1, 2: 1, 3: 1}
    lines = given["cache"].read_text().splitlines()
    assert [json.loads(line)["point"]["x"] for line in lines] == [3, 1, 2]


def test_is_the_table_the_same_from_the_cache(tmp_path, monkeypatch):
    odd = [None, True, -(2**80), 0.1, math.inf, math.nan, "two\nlines, ü", 1e-320]
    monkeypatch.setattr("sweep_measures.SHAPES", {i: {"odd": odd[i]} for i in range(len(odd))})
    given = {"shape": [*range(8)], "workers": 0, "cache": tmp_path / "kept"}
    first, second = (sweep(measure_odd, **given) for _ in range(2))
    assert_frame_equal(first, second)
    assert_frame_equal(first, sweep(measure_odd, shape=[*range(8)], workers=0))
    assert [repr(value) for value in second.odd] == [repr(value) for value in odd]


def measure_odd(shape):
    import sweep_measures

    return sweep_measures.SHAPES[shape]


def test_which_errors_are_kept_and_which_are_tried_again(tmp_path):
    told, given = [], {"workers": 0, "cache": tmp_path / "kept", "x": [0, 1]}
    for more in ({}, {}, {"retry": True}):
        table = sweep(inverse, progress=lambda *state: told.append(state), **given, **more)
        assert table.error.tolist() == ["ZeroDivisionError: division by zero", ""]
    assert told == [(1, 2, 1), (2, 2, 1), (2, 2, 1)]
    late = {"x": [1], "folder": str(tmp_path), "workers": 0, "cache": tmp_path / "kept"}
    slept = partial(slow, seconds=0.4)
    assert sweep(slept, timeout=0.1, **late).error.tolist() == [
        "TimeoutError: no answer within 0.1 s"
    ]
    assert sweep(slept, **late).value.tolist() == [1]


# --- the file


LINES = {"a": ({"y": 1}, ""), "b": ({}, "ValueError: ü"), "c": ({"y": 0.1}, "")}


def written(path):
    cache = Cache(path)
    for key, (values, error) in LINES.items():
        cache.add(key, {"x": key}, values, error)
    cache.close()
    return path.read_bytes()


def test_what_if_the_last_line_was_cut_anywhere(tmp_path):
    path = tmp_path / "kept"
    whole = written(path)
    last = whole[:-1].rindex(b"\n") + 1
    for end in [*range(40), *range(last, len(whole))]:
        path.write_bytes(whole[:end])
        cache = Cache(path)
        known = {key: LINES[key] for key in cache.answers}
        assert cache.answers == known and len(known) == whole[:end].count(b'""}') + (
            whole[:end].count(b'\\u00fc"}')
        )
        cache.add("d", {}, {"y": 2}, "")
        cache.close()
        assert Cache(path).answers == known | {"d": ({"y": 2}, "")}


WRITER = """
import sys
from popcorn_lib.sweeps.cache import Cache
cache = Cache(sys.argv[1])
sys.stdin.readline()
for number in range(400):
    cache.add(f"{sys.argv[2]}{number}", {"x": number}, {"text": sys.argv[2] * 500}, "")
"""


def test_what_if_two_processes_write_at_the_same_time(tmp_path):
    path = tmp_path / "kept"
    path.write_bytes(b'{"sweep": "cut')
    command = [sys.executable, "-c", WRITER, str(path)]
    jobs = [subprocess.Popen([*command, who], stdin=subprocess.PIPE) for who in "ab"]
    for job in jobs:
        job.stdin.write(b"\n")
        job.stdin.flush()
    for job in jobs:
        job.communicate()
        assert job.returncode == 0
    assert Cache(path).answers == {
        f"{who}{number}": ({"text": who * 500}, "") for who in "ab" for number in range(400)
    }


@pytest.mark.parametrize("content", ["x,y\n1,2\n", '{"answers": 3}\n', "{", "\n\nnotes"])
def test_is_a_file_with_something_else_left_alone(tmp_path, content):
    path = tmp_path / "mine.csv"
    path.write_text(content)
    if content == "{":  # so may a line begin that was cut
        assert sweep(inverse, x=[1], workers=0, cache=path).inverse.tolist() == [1]
        return
    with pytest.raises(UsageError, match="mine"):
        sweep(inverse, x=[1], workers=0, cache=path)
    assert path.read_text() == content
    with pytest.raises(UsageError, match="folder"):
        sweep(inverse, x=[1], workers=0, cache=tmp_path)


def test_what_if_the_disk_is_full(tmp_path):
    class Full(io.BytesIO):
        def write(self, line):
            return len(line) - 1

    cache = Cache(tmp_path / "kept")
    cache.file = Full()
    with pytest.raises(OSError, match="kept"):
        cache.add("a", {}, {}, "")


# --- the key


def variant(text):
    """The measure that a text defines as `measure`."""
    names = {"__name__": "__main__"}
    exec(text, names)
    return names["measure"]


USES = """
factor = {factor}
def helper(x):{comment}
    return {body}
class Box:
    size = {size}
    def area(self): return self.size ** {power}
def make(closed):
    def measure(x, more={default}):
        inner = lambda y: helper(y) * factor + more + closed + Box().area()
        return inner(x)
    return measure
measure = make({closed})
"""
FIRST = {"factor": 1, "comment": "", "body": "x", "size": 1, "power": 2, "default": 0, "closed": 0}


def test_does_anything_that_measure_uses_change_the_key():
    def key(**changes):
        return Keys(variant(USES.format(**FIRST | changes)))({"x": 1})

    assert key() == key() == key(comment="  # said otherwise")
    changed = [key(**{name: 3}) for name in FIRST if name not in ("comment", "body")]
    changed += [key(body="x + 1"), key(factor=1.0), key(factor=True), key(factor="{1, 2}")]
    assert len({key(), *changed}) == len(changed) + 1


def test_does_anything_about_a_point_change_the_key():
    class Slower(Memory):
        pass

    two = Machine.multikernel(2)
    near, far = (Machine.multikernel(2, latency_s=each) for each in (1e-6, 2e-6))
    points = [two, near, far, two.replace(memory=Slower), [1, 2], (1, 2), [2, 1], 1, 1.0, "1"]
    points += [counted, inverse, partial(inverse, x=1), lambda x: x, len, "x".join, "y".join]
    key = Keys(inverse)
    assert len({key({"x": point}) for point in points}) == len(points)
    assert key({"x": Machine.multikernel(2)}) == key({"x": two})
    assert two.graph.nodes and two.graph.edges and two.graph.adj
    assert key({"x": Machine.multikernel(2)}) == key({"x": two}), "it was only looked at"
    assert Keys(counted)({"x": 1}) != key({"x": 1})


def test_does_another_library_change_the_key(monkeypatch):
    first = Keys(inverse)({"x": 1})
    monkeypatch.setattr(keys, "library", lambda: "another")
    assert Keys(inverse)({"x": 1}) != first


def test_is_the_key_the_same_in_another_session():
    code = (
        "from test_sweep_cache import variant, USES, FIRST, Keys, Machine\n"
        "measure = variant(USES.format(**FIRST | {'factor': {'a', 'b', 'c'}}))\n"
        "print(Keys(measure)({'x': {'d', 'e', 'f'}, 'machine': Machine.preset('xeon+phi')}))"
    )
    said = set()
    for seed in "12":
        command = [sys.executable, "-c", code]
        environment = {"PYTHONHASHSEED": seed}
        ran = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True)
        said.add(ran.stdout or ran.stderr)
    assert len(said) == 1 and len(said.pop()) == 33


def test_what_does_it_say_of_what_has_no_content(tmp_path):
    log = open(tmp_path / "log", "w")  # noqa: SIM115  closed below
    with pytest.raises(UsageError, match="log"):
        sweep(lambda x: log.write(x), x="a", workers=0, cache=tmp_path / "kept")
    assert sweep(lambda x: log.write(x), x="a", workers=0).value.tolist() == [1]
    log.close()
