"""Is a sweep the same table wherever its points are measured, and whatever happens to them?"""

import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy
import pytest
from pandas.testing import assert_frame_equal
from sweep_measures import (
    adds,
    calls,
    computes,
    counted,
    ends_its_process,
    hangs,
    inverse,
    leaves,
    returns,
    simulated,
    slow,
    square,
)

from popcorn_lib import Costs, Machine, UsageError, sweep
from popcorn_lib.sweeps import Named, executors, grid
from popcorn_lib.sweeps import sweep as module_sweep

MACHINES = {"one": Machine.smp(2), "two": Machine.multikernel(2)}
HERE = Path(__file__).resolve().parent


def everything(**options):
    """A sweep over programs, machines, constants and seeds."""
    return sweep(
        simulated,
        program=[adds, computes],
        machine=MACHINES,
        costs={"poll": Costs(notify="poll"), "interrupt": Costs()},
        seed=range(2),
        **options,
    )


def python(code, **options):
    """A Python of its own that runs this, as a notebook would."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, **{"cwd": HERE} | options)


# --- the table


def test_is_there_one_row_per_point_in_the_order_of_the_grid():
    table = everything(workers=0)
    assert [*table.columns[:4]] == ["program", "machine", "costs", "seed"]
    assert [*table.columns[4:]] == ["value", "seconds", "messages", "error"]
    said = list(table[["program", "machine", "costs", "seed"]].itertuples(index=False, name=None))
    places = [(m, c, s) for m in ("one", "two") for c in ("poll", "interrupt") for s in (0, 1)]
    assert said == [(p, *place) for p in ("adds", "computes") for place in places]
    assert (table[table.machine == "one"].messages == 0).all()
    assert (table[(table.machine == "two") & (table.program == "adds")].messages > 0).all()


def test_are_the_rows_the_same_on_every_executor():
    wanted = everything(workers=0)
    assert_frame_equal(everything(workers=2), wanted)
    with ThreadPoolExecutor(2) as threads:
        assert_frame_equal(everything(executor=threads), wanted)
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        assert_frame_equal(everything(executor=processes), wanted)


def test_can_points_be_listed_and_combined_with_a_grid():
    points = [{"x": 3}, {"x": Named("two", 2)}]
    assert sweep(square, points, workers=0).to_dict("list") == {
        "x": [3, "two"], "value": [9, 4], "error": ["", ""],
    }  # fmt: skip
    both = sweep(lambda x, y: x - y, points, y=(1, 10), workers=0)
    assert both.value.tolist() == [2, -7, 1, -8]
    assert grid(x=[1, 2], y="poll") == [{"x": 1, "y": "poll"}, {"x": 2, "y": "poll"}]


def test_which_returns_become_columns_and_which_are_errors():
    table = sweep(returns, shape=["named", "list", "taken", "error", "no"], workers=0)
    assert table.low.tolist()[0] == 1 and table.high.tolist()[0] == 2
    said = table.error.tolist()
    assert said[0] == said[4] == ""
    assert "value=[1]" in said[1] and "'shape'" in said[2] and "'error'" in said[3]
    numbers = sweep(lambda x: numpy.float64(x) / 2, x=numpy.arange(3), workers=0)
    assert numbers.value.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    "measure, points, parameters, words",
    [
        ("square", None, {"x": [1]}, "'square'"),
        (square, None, {}, "parameters"),
        (square, [], {}, "empty"),
        (square, [3], {}, "3"),
        (square, None, {"x": []}, "'x'"),
        (square, None, {"x": {1, 2}}, "set"),
        (square, None, {"y": [1]}, "square(x) cannot take {'y': 1}"),
        (square, None, {"x": [1], "z": 2}, "'z'"),
        (square, [{"x": 1}], {"x": [1]}, "'x' is given twice"),
        (square, [{"x": 1}, {"z": 1}], {}, "['z']"),
        (square, None, {"x": [2, 1, 2]}, "{'x': 2}"),
        (square, None, {"x": [object()]}, "x={'a name'"),
        (square, None, {"error": [1]}, "'error'"),
        (square, None, {"x": [1], "workers": -1}, "-1"),
        (square, None, {"x": [1], "workers": 1.5}, "1.5"),
        (square, None, {"x": [1], "timeout": 0}, "0"),
        (square, None, {"x": [1], "timeout": "1 s"}, "'1 s'"),
        (square, None, {"x": [1], "executor": "dask"}, "'dask'"),
        (square, None, {"x": [1], "executor": "dask", "workers": 2}, "not both"),
    ],
)
def test_does_an_error_of_use_name_what_is_wrong(measure, points, parameters, words):
    with pytest.raises(UsageError) as error:
        sweep(measure, points, **parameters)
    assert words in str(error.value)


# --- points that fail


def test_does_a_point_that_fails_leave_the_others_alone():
    table = sweep(inverse, x=[2, 0, 4], workers=2)
    assert table.error.tolist() == ["", "ZeroDivisionError: division by zero", ""]
    assert table.inverse.tolist()[::2] == [0.5, 0.25] and table.inverse.isna()[1]
    assert sweep(leaves, x=[1], workers=2).error.tolist() == ["SystemExit: leaves at 1"]


@pytest.mark.parametrize("how", ["busy", "asleep"])
def test_what_if_a_point_never_ends(how):
    begin = time.monotonic()
    table = sweep(hangs, x=[0, 1, 2], how=how, workers=1, timeout=0.5)
    assert table.error.tolist() == ["", "TimeoutError: no answer within 0.5 s", ""]
    assert table.value.tolist()[::2] == [0, 2]
    assert time.monotonic() - begin < 30


def test_what_if_a_point_never_ends_in_a_thread_of_ours():
    before = threading.active_count()
    with ThreadPoolExecutor(1) as threads:
        there = sweep(hangs, x=[0, 1, 2], how="busy", executor=threads, timeout=0.5)
    here = sweep(hangs, x=[0, 1, 2], how="busy", workers=0, timeout=0.5)
    assert_frame_equal(there, here)
    assert here.error.tolist() == ["", "TimeoutError: no answer within 0.5 s", ""]
    assert threading.active_count() == before, "it runs on"


def test_what_if_a_point_ends_its_process(tmp_path):
    table = sweep(ends_its_process, x=range(5), folder=str(tmp_path), workers=2)
    died = "WorkerDied: the process that measured this point ended, twice"
    assert table.error.tolist() == ["", "", died, "", ""]
    assert calls(tmp_path) == {0: 1, 1: 2, 2: 2, 3: 1, 4: 1}


# --- sweeps that are stopped


def stop_after(number):
    def progress(done, total, failed):
        if done >= number:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("workers", [0, 2])
def test_what_if_it_is_interrupted_and_called_again(tmp_path, workers):
    given = {"x": range(8), "folder": str(tmp_path), "cache": tmp_path / "kept"}
    with pytest.raises(KeyboardInterrupt) as stop:
        sweep(counted, workers=workers, progress=stop_after(3), **given)
    done = len(stop.value.table)
    assert not any(is_alive(pid) for pid in workers_of(tmp_path))
    assert 3 <= done < 8 and f"{done} of 8 points" in stop.value.__notes__[0]
    table = sweep(counted, workers=workers, **given)
    assert table.value.tolist() == [x * x for x in range(8)]
    again = [x for x, often in calls(tmp_path).items() if often > 1]
    assert not set(again) & set(stop.value.table.x), "what was finished is measured again"


def test_what_if_an_executor_of_the_callers_breaks(tmp_path):
    given = {"x": [0, 3, 4, 2], "folder": str(tmp_path), "cache": tmp_path / "kept"}
    with (
        pytest.raises(BrokenExecutor) as stop,
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
    ):
        sweep(ends_its_process, executor=pool, **given)
    assert stop.value.table.value.tolist() == [0, 3, 4]
    table = sweep(ends_its_process, workers=1, **given)
    assert table.error.str[:10].tolist() == ["", "", "", "WorkerDied"]
    assert calls(tmp_path)[4] == 1


SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts tests with & ignores it
from sweep_measures import slow
from popcorn_lib import sweep
print("begin", flush=True)
sweep(slow, x=range(12), folder=sys.argv[1], workers=2, cache=sys.argv[1] + "/kept")
"""


@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_what_if_its_whole_process_is_ended(tmp_path, how):
    command = [sys.executable, "-c", SLOW, str(tmp_path)]
    job = subprocess.Popen(command, cwd=HERE, stderr=subprocess.PIPE, text=True)
    kept = tmp_path / "kept"
    until(lambda: kept.exists() and kept.read_bytes().count(b"\n") >= 3)
    if how == "kill":
        job.kill()
    else:
        job.send_signal(2)
    said = job.communicate()[1]
    assert how == "kill" or "of 12 points are done" in said
    until(lambda: not any(is_alive(pid) for pid in workers_of(tmp_path)))
    before, finished = calls(tmp_path), kept.read_bytes().count(b"\n")
    assert 3 <= finished < 12
    table = sweep(slow, x=range(12), folder=str(tmp_path), workers=0, cache=kept, progress=False)
    assert table.value.tolist() == [x * x for x in range(12)]
    after = calls(tmp_path)
    assert sum(after.values()) - sum(before.values()) == 12 - finished


def until(holds, seconds=30):
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.02)


def workers_of(folder):
    """The processes that have measured, but for this one."""
    marks = [mark.read_text().split() for mark in folder.glob("mark-*")]
    return set().union(*marks) - {str(os.getpid())}


def is_alive(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- other processes


def test_can_functions_of_a_notebook_be_swept():
    ran = python(
        "from popcorn_lib import sweep\n"
        "scale = 3\n"
        "def helper(x): return x * scale\n"
        "def cost(x, change): return helper(change(x))\n"
        "print(sweep(cost, x=[1, 2], change={'not': lambda x: x, 'minus': lambda x: -x},"
        " workers=2).value.tolist())"
    )
    assert ran.stdout == "[3, -3, 6, -6]\n", ran.stderr


def test_does_the_example_of_the_readme_run_as_it_stands(tmp_path):
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    [example] = [b for b in re.findall(r"```python\n(.*?)```", readme, re.S) if "sweep(" in b]
    ran = python(f"{example}\nprint(len(table), *table.columns, len(turns))", cwd=tmp_path)
    assert ran.stdout == "8 machine cores seed seconds error 1\n", ran.stderr
    assert (tmp_path / "unmap.jsonl").read_text().count("\n") == 8


def test_what_does_it_say_without_cloudpickle(monkeypatch):
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(UsageError, match="cloudpickle"):
        sweep(lambda x: x, x=[1], workers=1)
    assert sweep(square, x=[3], workers=1).value.tolist() == [9]
    assert sweep(lambda x: x, x=[3], workers=0).value.tolist() == [3]


def test_what_does_it_say_of_a_value_that_cannot_travel():
    with pytest.raises(UsageError, match="a lock"):
        sweep(lambda x: 1, x={"a lock": threading.Lock()}, workers=1)


def test_what_does_it_say_in_a_script_that_runs_on_import(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from popcorn_lib import sweep\nsweep(print, end=['!'], workers=1)")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert ran.returncode == 1
    assert 'if __name__ == "__main__"' in ran.stderr.splitlines()[-2]


def test_what_if_the_processes_have_another_library(monkeypatch):
    monkeypatch.setattr(executors, "library", lambda: "another")
    with ThreadPoolExecutor(1) as threads, pytest.raises(RuntimeError, match="another popcorn_lib"):
        sweep(square, x=[1], executor=threads)


# --- progress


def test_is_progress_told_after_every_point():
    told = []
    sweep(inverse, x=[1, 0, 2], workers=0, progress=lambda *state: told.append(state))
    assert told == [(1, 3, 0), (2, 3, 1), (3, 3, 1)]


def test_is_there_a_line_where_somebody_looks_and_none_elsewhere(capsys, monkeypatch):
    monkeypatch.setattr("popcorn_lib.worlds.progress.SHOWN_AFTER", -1)
    monkeypatch.setattr("popcorn_lib.worlds.progress.EVERY", -1)
    sweep(inverse, x=[1, 0, 2], workers=0)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    sweep(inverse, x=[1, 0, 2], workers=0)
    said = capsys.readouterr().err
    assert "sweep: 2 of 3 points, about 0 s left, 1 failed" in said and said.endswith("\r")
    sweep(inverse, x=[1, 0, 2], workers=0, progress=False)
    assert capsys.readouterr().err == ""


def test_is_sweep_the_one_of_the_sweeps():
    assert sweep is module_sweep
