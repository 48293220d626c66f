"""Is a sweep on a Dask cluster the same as at home, even if its workers are killed meanwhile?"""

import os
import signal
import time
from concurrent.futures import CancelledError

import dask
import pytest
from distributed import Client, LocalCluster
from pandas.testing import assert_frame_equal
from sweep_measures import calls, counted, ends_its_process, hangs, slow
from test_sweep import everything, stop_after

from popcorn_lib import sweep


@pytest.fixture(scope="module")
def client():
    """Two workers, processes, each with one thread."""
    with new_cluster() as cluster, Client(cluster) as client:
        yield client


def new_cluster(workers=2):
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):  # Dask's own tries
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        )


def pids(client):
    return list(client.run(os.getpid).values())


def test_are_the_rows_the_same_on_a_cluster(client):
    assert_frame_equal(everything(executor=client), everything(workers=0))


def test_can_functions_of_a_notebook_be_swept_on_a_cluster(client):
    scale = 3
    table = sweep(lambda x: x * scale, x=[1, 2], executor=client)
    assert table.value.tolist() == [3, 6]


def test_is_every_point_measured_though_dask_remembers_equal_calls(client, tmp_path):
    for _ in range(3):
        sweep(counted, x=[1, 2], folder=str(tmp_path), executor=client)
    assert calls(tmp_path) == {1: 3, 2: 3}
    with client.get_executor(pure=False) as executor:
        sweep(counted, x=[1, 2], folder=str(tmp_path), executor=executor)
    assert calls(tmp_path) == {1: 4, 2: 4}


def test_what_if_workers_are_killed_in_the_middle(client, tmp_path):
    before = pids(client)
    victims = iter(before)

    def kill_one(done, total, failed):
        if done in (3, 9):
            os.kill(next(victims), signal.SIGKILL)

    given = {"x": range(16), "folder": str(tmp_path), "cache": tmp_path / "kept"}
    table = sweep(slow, seconds=0.05, executor=client, progress=kill_one, **given)
    assert table.error.tolist() == [""] * 16
    assert table.value.tolist() == [x * x for x in range(16)]
    assert next(victims, None) is None, "nobody has been killed"
    kept = (tmp_path / "kept").read_bytes().count(b"\n")
    assert kept == 16, "an answer is kept twice, or not at all"
    client.wait_for_workers(2)
    assert not set(before) & set(pids(client))


def test_what_if_a_point_kills_every_worker_that_takes_it(client, tmp_path):
    table = sweep(ends_its_process, x=range(5), folder=str(tmp_path), executor=client)
    died = "WorkerDied: the process that measured this point ended, twice"
    assert table.error.tolist() == ["", "", died, "", ""]
    assert table.value.tolist()[:2] == [0, 1] and table.value.tolist()[3:] == [3, 4]


def test_what_if_a_point_never_ends_on_a_cluster(client):
    begin = time.monotonic()
    table = sweep(hangs, x=[0, 1, 2], how="busy", executor=client, timeout=0.5)
    assert table.error.tolist() == ["", "TimeoutError: no answer within 0.5 s", ""]
    assert_frame_equal(table, sweep(hangs, x=[0, 1, 2], how="busy", workers=0, timeout=0.5))
    assert time.monotonic() - begin < 30
    assert sweep(hangs, x=[0, 2, 3, 4], how="busy", executor=client).value.tolist() == [0, 2, 3, 4]


def test_what_if_a_sweep_on_a_cluster_is_interrupted(client, tmp_path):
    given = {"x": range(20), "folder": str(tmp_path), "cache": tmp_path / "kept"}
    with pytest.raises(KeyboardInterrupt) as stop:
        sweep(slow, seconds=0.05, executor=client, progress=stop_after(4), **given)
    done = stop.value.table
    assert 4 <= len(done) < 20
    kept = calls(tmp_path)
    table = sweep(slow, seconds=0.05, executor=client, **given)
    assert table.value.tolist() == [x * x for x in range(20)]
    again = {x for x, often in calls(tmp_path).items() if often > kept.get(x, 0)}
    assert not again & set(done.x), "what was finished is measured again"


def test_what_if_the_cluster_is_closed_in_the_middle(tmp_path):
    given = {"x": range(12), "folder": str(tmp_path), "cache": tmp_path / "kept"}
    with new_cluster(1) as cluster, Client(cluster) as client:

        def close(done, total, failed):
            if done == 3:
                client.close()

        with pytest.raises(CancelledError) as stop:
            sweep(slow, seconds=0.05, executor=client, progress=close, **given)
    done = stop.value.table
    assert 3 <= len(done) < 12
    table = sweep(slow, seconds=0.05, workers=2, **given)
    assert table.value.tolist() == [x * x for x in range(12)]
